import { loadConfig, startServer, type ConfigFlags } from '@louver/server';

export interface MeteredSettings {
  readonly flags: ConfigFlags;
}

export interface MeteredAnswer {
  readonly error?: string;
  readonly mqttPort?: number;
  readonly httpPort?: number;
  /** By name, over all labels. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** A whole server whose counts can be asked for: any message gets them as its answer. TERM closes it. */
export async function runMeteredServer(): Promise<void> {
  const { flags } = JSON.parse(process.argv[2]!) as MeteredSettings;
  const counts: Record<string, number> = {};
  const metrics = {
    count: (name: string, _labels?: unknown, by = 1) => void (counts[name] = (counts[name] ?? 0) + by),
    observe: () => undefined,
    gauge: () => undefined,
  };
  const server = await startServer(loadConfig({ flags }), { context: { metrics } });
  const tell = (answer: MeteredAnswer): unknown => process.send!(answer);
  process.on('message', () => tell({ counts }));
  process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
  tell({ mqttPort: server.ports.mqtt!, httpPort: server.ports.http });
}
