import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

/** Built by `tools/build-before-tests.ts`, where there is a compiler. */
const PROGRAM = fileURLToPath(new URL('../../../../firmware/build/sensor-sim', import.meta.url));

/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutCompiler =
  process.env['CI'] !== 'true' && ['make', 'g++'].some((name) => spawnSync(name, ['--version']).error !== undefined);
export const withCompiler = skipWithoutCompiler ? ' (skipped without make and g++)' : '';

export interface SensorSimSettings {
  readonly id: string;
  readonly mqttUrl: string;
  /** Of its flash: a device that starts again is started with the same. */
  readonly folder: string;
  readonly args?: readonly string[];
}

export interface SimEvent {
  readonly event: string;
  readonly boot?: number;
  /** Of measurements, so far. */
  readonly count?: number;
  /** What it held to be the time; 0: it did not know. */
  readonly utc?: number;
  readonly position?: number;
  readonly version?: number;
}

/** The firmware's node as a process, with its flash in files. */
export class SensorSim {
  /** All that it has said so far. */
  readonly events: SimEvent[] = [];
  readonly exited: Promise<number | null>;
  #errors = '';
  readonly #child: ChildProcess;

  constructor({ id, mqttUrl, folder, args = [] }: SensorSimSettings) {
    const { hostname, port } = new URL(mqttUrl);
    const all = ['--id', id, '--broker', hostname, '--port', port, '--folder', folder, ...args];
    this.#child = spawn(PROGRAM, all, { stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) =>
      this.events.push(JSON.parse(line) as SimEvent),
    );
    this.#child.stderr!.on('data', (chunk) => (this.#errors += String(chunk)));
    // It may be gone when it is told something.
    this.#child.stdin!.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('close', (code) => resolve(code));
      this.#child.once('error', reject);
    });
  }

  /** How often it has said so. */
  count(event: string): number {
    return this.events.filter((one) => one.event === event).length;
  }

  last(event: string): SimEvent | undefined {
    return this.events.findLast((one) => one.event === event);
  }

  /** Resolves when it has said so once more than `before`. */
  async until(event: string, before = 0): Promise<void> {
    try {
      await vi.waitUntil(() => this.count(event) > before, { timeout: 30_000, interval: 5 });
    } catch (error) {
      const said = this.events.map((one) => JSON.stringify(one)).join('\n');
      throw new Error(`sensor-sim did not say ${event}:\n${said}\n${this.#errors}`, { cause: error });
    }
  }

  /** Whether it holds nothing, as far as it has said. */
  get holdsNothing(): boolean {
    return this.events.findLast(({ event }) => event === 'all-stored' || event === 'holding')?.event === 'all-stored';
  }

  /** Resolves when it has understood. */
  async tell(line: string): Promise<void> {
    const before = this.count('told');
    this.#child.stdin!.write(`${line}\n`);
    await this.until('told', before);
  }

  /** `stop`: as when its standard input ends. */
  async end(how: 'stop' | 'SIGKILL'): Promise<number | null> {
    if (how === 'stop') this.#child.stdin!.end('stop\n');
    else this.#child.kill(how);
    return this.exited;
  }
}
