import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface LouverProcess {
  readonly pid: number;
  readonly mqttUrl: string;
  readonly httpUrl: string;
  readonly mqttPort: number;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the process has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/**
 * `louver serve` as a process of its own, on free ports; resolves when it says that it is up, ready or not. With `--mqtt-url` or `--config`
 * among the arguments these say which broker.
 */
export async function startLouver(
  dataDirectory: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<LouverProcess> {
  const broker = args.includes('--mqtt-url') || args.includes('--config') ? [] : ['--mqtt-port', '0'];
  const { child, output, exited } = runLouver(
    ['serve', ...broker, '--http-port', '0', '--data-dir', dataDirectory, ...args],
    env,
  );
  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    child.stdout!.on('data', () => {
      const match = /MQTT (?:broker )?(\S+), HTTP (http:\/\/127\.0\.0\.1:\d+)/.exec(output());
      if (match !== null) resolve(match);
    });
    void exited.then((code) => reject(new Error(`louver serve ended with ${code} before it was ready:\n${output()}`)));
  });
  const mqttUrl = ready[1]!.includes('://') ? ready[1]! : `mqtt://${ready[1]}`;
  return {
    pid: child.pid!,
    mqttUrl,
    mqttPort: Number(new URL(mqttUrl).port),
    httpUrl: ready[2]!,
    output,
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Any `louver` command line. */
export function runLouver(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): { readonly child: ChildProcess; output(): string; readonly exited: Promise<number | null> } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, output: () => printed, exited };
}
