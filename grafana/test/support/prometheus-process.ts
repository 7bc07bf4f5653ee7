import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';

export const hasPrometheus = ['prometheus', 'promtool'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);

/** Much more often than anybody would: tests wait for it. */
const SCRAPE_INTERVAL_MS = 200;

/** One series of an answer, with its samples. */
export interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atS: number, value: string])[];
}

export interface PrometheusProcess {
  /** From now on, or 5 s after the start of Prometheus, the `/metrics` of `host:port` is read. */
  watch(target: string): Promise<void>;
  /** As a panel asks; throws what Prometheus says against the expression. */
  range(expr: string, fromMs: number, toMs: number): Promise<readonly PrometheusSeries[]>;
  /** As an alert rule asks. */
  instant(expr: string, atMs: number): Promise<readonly PrometheusSeries[]>;
  close(): Promise<void>;
}

/**
 * A real Prometheus on a free port.
 * @param past samples of earlier, in the text format of OpenMetrics with times.
 */
export async function startPrometheus(past: string): Promise<PrometheusProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-prometheus-'));
  const data = join(folder, 'data');
  await writeFile(join(folder, 'past.txt'), past);
  const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'past.txt'), data], { encoding: 'utf8' }); // prettier-ignore
  if (made.status !== 0) throw new Error(`promtool: ${made.stderr}`);
  const interval = `${SCRAPE_INTERVAL_MS}ms`;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [{ job_name: 'louver', file_sd_configs: [{ files: [join(folder, 'targets.json')] }] }],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const child = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=100y',
    '--web.listen-address=127.0.0.1:0',
    // Else after 5 s more.
    '--scrape.discovery-reload-interval=100ms',
  ]);
  const ended = once(child, 'exit');
  const url = await listening(child.stderr);
  const ask = async (path: string, fields: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(fields)}`);
    const answer = (await response.json()) as { status: string; error?: string; data: { result: unknown } };
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${fields['query']}`);
    return answer.data.result;
  };
  return {
    async watch(target) {
      await writeFile(join(folder, 'targets.new'), JSON.stringify([{ targets: [target] }]));
      await rename(join(folder, 'targets.new'), join(folder, 'targets.json'));
    },
    async range(query, fromMs, toMs) {
      const step = String(SCRAPE_INTERVAL_MS / 1000);
      const fields = { query, start: String(fromMs / 1000), end: String(toMs / 1000), step };
      return (await ask('query_range', fields)) as PrometheusSeries[];
    },
    async instant(query, atMs) {
      const found = await ask('query', { query, time: String(atMs / 1000) });
      return (found as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => ({
        metric,
        values: [value],
      }));
    },
    async close() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where it listens, once it answers. What it says is read on: else it would stop at some point. */
function listening(stderr: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = [];
  let address: string | undefined;
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stderr });
    lines.on('line', (line) => {
      said.push(line);
      address ??= /msg="Listening on" address=(\S+)/.exec(line)?.[1];
      if (address !== undefined && line.includes('ready to receive web requests')) resolve(`http://${address}`);
    });
    lines.on('close', () => reject(new Error(`prometheus ended:\n${said.join('\n')}`)));
  });
}
