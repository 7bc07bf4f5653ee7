import type { TopicPatterns } from '@louver/device-esp32';
import { urlHost } from '../exposure.js';
import { KNOWN_KEYS } from './known-keys.js';
import { EMBEDDED_KEYS, brokerContradictions, hostOf, mqttConfig, topicPatterns } from './load-config.js';
import { configError, problemsOf } from './problems.js';
import { configSchema } from './schema.js';
import type { Login } from './server-config.js';
import { layers, type Environment, type Layers } from './sources.js';

/** What a client has to know of a server: its broker, and where messages travel. */
export interface ClientConfig extends Login {
  readonly url: string;
  readonly caFile?: string;
  readonly topics: Partial<TopicPatterns>;
}

export interface ClientConfigOptions {
  readonly flags: { readonly config?: string; readonly mqttUrl?: string };
  readonly environment: Environment;
  readonly workingDirectory: string;
}

const clientSchema = configSchema.pick({ host: true, role: true, data_dir: true, mqtt: true });

/**
 * The broker that `louver serve` takes its readings from with the same file, environment and flags; a URL that a flag or the environment
 * gives wins over everything about the embedded broker. The rest of the file is not looked at.
 * @throws LouverError `E_CONFIG` with all problems at once, in the words of `loadConfig`.
 */
export function loadClientConfig({ flags, environment, workingDirectory }: ClientConfigOptions): ClientConfig {
  const { LOUVER_MQTT_URL, LOUVER_MQTT_PORT } = environment;
  const layered = layers(flags, { LOUVER_MQTT_URL, LOUVER_MQTT_PORT }, workingDirectory);
  const { tree } = layered;
  const mqtt = tree['mqtt'] as Record<string, unknown> | undefined;
  if (flags.mqttUrl !== undefined || (LOUVER_MQTT_URL ?? '') !== '')
    for (const key of EMBEDDED_KEYS) delete mqtt?.[key];
  return clientConfig({ ...layered, tree: clientPart(tree) });
}

function clientPart(tree: Layers['tree']): Layers['tree'] {
  return Object.fromEntries(Object.keys(clientSchema.shape).flatMap((key) => (key in tree ? [[key, tree[key]]] : [])));
}

function clientConfig(layered: Layers): ClientConfig {
  const { tree, sourceOf } = layered;
  const checked = clientSchema.safeParse(tree);
  const problems = [
    ...(checked.success ? [] : problemsOf(checked.error.issues, tree, sourceOf, KNOWN_KEYS)),
    ...brokerContradictions(layered),
  ];
  if (!checked.success || problems.length > 0) throw configError(problems);
  const broker = mqttConfig(checked.data);
  const topics = topicPatterns(checked.data.mqtt?.topics);
  if (broker.kind === 'remote') return { ...broker, topics };
  if (broker.port !== 0) return { url: `mqtt://${urlHost(hostOf(checked.data))}:${broker.port}`, topics };
  const text = 'is any free one, which only the first line of the server tells: give it as --mqtt-url mqtt://HOST:PORT';
  throw configError([{ path: 'mqtt.port', text, source: sourceOf('mqtt.port') }]);
}
