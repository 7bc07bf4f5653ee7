import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

/** What is looked at of a service; the schema of compose has looked at the rest. */
export interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** With what `<<` brings in. */
export function parseCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

/** Variables that compose replaces, with what it takes when they are not set; `$$` is a dollar. */
export function variablesOf(text: string): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const [, name, fallback, bare] of text.replaceAll('$$', '').matchAll(/\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g)) {
    found.set(name ?? bare!, fallback);
  }
  return found;
}

export function secretsOf({ secrets = [] }: Service): readonly string[] {
  return secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
}

/** Versions to the last number: a tag that moves is another program tomorrow. */
const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+(\.\d+)?(-[\w.]+)?$/;

/**
 * What is wrong with a stack beyond the schema of compose.
 * @param root of the repository
 */
export function problemsOf(compose: Compose, root: string): readonly string[] {
  const problems: string[] = [];
  const used = { volumes: new Set<string>(), networks: new Set<string>(), secrets: new Set<string>() };
  for (const [name, service] of Object.entries(compose.services)) {
    const say = (words: string): void => void problems.push(`${name}: ${words}`);
    if (!PINNED.test(service.image ?? '')) say(`image ${service.image} is not pinned to a version`);
    if (!/^\d+:\d+$/.test(service.user ?? '') || service.user!.startsWith('0:')) say(`user is ${service.user}`);
    if (service.read_only !== true) say('the root file system can be written to');
    if (service.cap_drop?.join() !== 'ALL') say('capabilities are kept');
    if (!service.security_opt?.includes('no-new-privileges:true')) say('may gain privileges');
    if (service.mem_limit === undefined || service.pids_limit === undefined) say('memory or processes are not limited');
    if (service.healthcheck === undefined) say('has no health check');
    for (const volume of service.volumes ?? []) {
      const [source = '', , mode] = volume.split(':');
      if (!source.startsWith('.')) used.volumes.add(source);
      else if (mode !== 'ro') say(`${source} can be written to`);
      else if (!existsSync(join(root, source))) say(`${source} is not there`);
    }
    for (const network of service.networks ?? ['default']) used.networks.add(network);
    for (const secret of secretsOf(service)) used.secrets.add(secret);
    for (const port of service.ports ?? []) {
      const isForDevices = port.startsWith('${MQTT_PUBLISH_ADDRESS:-0.0.0.0}:') && port.endsWith(':8883');
      if (!isForDevices && !port.startsWith('${PUBLISH_ADDRESS:-127.0.0.1}:')) say(`port ${port} is open to others`);
    }
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (compose.services[other] === undefined) say(`depends on ${other}, which there is not`);
      else if (condition === 'service_healthy' && compose.services[other].healthcheck === undefined)
        say(`waits for the health of ${other}, which has no check`);
    }
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|TOKEN|SECRET/.test(key) && !/^\/run\/secrets\//.test(String(value)))
        say(`${key} is a secret in the open`);
    }
    const [engine] = service.build === undefined ? [] : [service.build.dockerfile];
    if (engine !== undefined && !existsSync(join(root, engine))) say(`${engine} is not there`);
  }
  for (const kind of ['volumes', 'networks', 'secrets'] as const) {
    const declared = Object.keys(compose[kind]);
    for (const each of used[kind]) if (!declared.includes(each)) problems.push(`${kind}: ${each} is not declared`);
    for (const each of declared) if (!used[kind].has(each)) problems.push(`${kind}: ${each} is not used`);
  }
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    if (!file.startsWith('./deploy/secrets/'))
      problems.push(`secrets: ${name} is at ${basename(file)}, where it may be committed`);
  }
  return problems;
}
