import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { LouverError } from '@louver/core';
import { parseDocument } from 'yaml';
import { dotted } from './problems.js';

/** What the command line gives, by flag name in camel case. */
export interface ConfigFlags {
  readonly config?: string;
  readonly host?: string;
  readonly mqttPort?: string;
  readonly mqttUrl?: string;
  readonly httpPort?: string;
  readonly clickhouseUrl?: string;
  readonly clickhousePort?: string;
  readonly dataDir?: string;
  /** `false`: `--no-model`. */
  readonly model?: string | false;
  readonly logLevel?: string;
  readonly role?: string;
  readonly demo?: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of all sources in the form of `louver.yaml`, and where each comes from. */
export interface Layers {
  readonly tree: Readonly<Record<string, unknown>>;
  readonly sourceOf: (path: string) => string;
}

type Tree = Record<string, unknown>;
type Layer = { readonly path: string; readonly value: unknown; readonly source: string };

/** Environment variables, and the key that each stands for. */
export const KEY_OF_VARIABLE: Readonly<Record<string, string>> = {
  LOUVER_MQTT_PORT: 'mqtt.port',
  LOUVER_MQTT_URL: 'mqtt.broker',
  LOUVER_HTTP_PORT: 'http.port',
  LOUVER_CLICKHOUSE_URL: 'clickhouse.url',
  LOUVER_CLICKHOUSE_PORT: 'clickhouse.port',
  LOUVER_DATA_DIR: 'data_dir',
  LOUVER_MODEL: 'model.path',
  LOUVER_LOG_LEVEL: 'log.level',
  LOUVER_API_TOKEN: 'api.tokens',
};

/** Flags of `louver serve`, and the key that each stands for. */
export const KEY_OF_FLAG: Readonly<Record<string, string>> = {
  '--host': 'host',
  '--mqtt-port': 'mqtt.port',
  '--mqtt-url': 'mqtt.broker',
  '--http-port': 'http.port',
  '--clickhouse-url': 'clickhouse.url',
  '--clickhouse-port': 'clickhouse.port',
  '--data-dir': 'data_dir',
  '--model': 'model.path',
  '--log-level': 'log.level',
  '--role': 'role',
};

const DEFAULT_FILE = 'louver.yaml';

/** File, then environment, then flags: what comes later wins. Throws `E_CONFIG` when the file cannot be read. */
export function layers(flags: ConfigFlags, environment: Environment, workingDirectory: string): Layers {
  const tree: Tree = Object.create(null) as Tree;
  const sources = new Map<string, string>();
  const put = ({ path, value, source }: Layer): void => {
    const keys = path.split('.');
    let node = tree;
    for (const key of keys.slice(0, -1)) {
      const next = node[key];
      node = node[key] = isTree(next) ? next : (Object.create(null) as Tree);
    }
    node[keys.at(-1)!] = value;
    sources.set(path, source);
  };

  const file = readFile(flags.config, workingDirectory);
  Object.assign(tree, file.tree);
  for (const layer of [...environmentLayers(environment), ...flagLayers(flags)]) put(layer);

  return {
    tree,
    sourceOf(path) {
      for (let at = path; at !== ''; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
        const source = sources.get(at);
        if (source !== undefined) return source;
      }
      return file.name;
    },
  };
}

function environmentLayers(environment: Environment): readonly Layer[] {
  return Object.entries(KEY_OF_VARIABLE).flatMap(([name, path]) => {
    const value = environment[name];
    // A variable that is set to nothing is not set: that is how compose files leave things out.
    if (value === undefined || value === '') return [];
    return [{ path, value: path === 'api.tokens' ? [value] : value, source: name }];
  });
}

function flagLayers(flags: ConfigFlags): readonly Layer[] {
  return Object.entries(KEY_OF_FLAG).flatMap(([source, path]) => {
    const given = flags[memberOf(source) as keyof ConfigFlags];
    if (given === undefined) return [];
    return [{ path, value: given === false ? 'none' : given, source }];
  });
}

/** `--mqtt-port` is `mqttPort`. */
function memberOf(flag: string): string {
  return flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function readFile(named: string | undefined, workingDirectory: string): { readonly name: string; readonly tree: Tree } {
  const path = resolve(workingDirectory, named ?? DEFAULT_FILE);
  const name = named ?? DEFAULT_FILE;
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return { name, tree: {} };
    throw new LouverError('E_CONFIG', `${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const document = parseDocument(content, { uniqueKeys: true });
  const problem = document.errors[0];
  if (problem) {
    const at = problem.linePos?.[0];
    const [summary] = problem.message.split('\n');
    throw new LouverError('E_CONFIG', `${name}${at ? ` line ${at.line}` : ''} is not YAML: ${summary}`);
  }
  // A bounded number of aliases: a small file must not become a large tree.
  const root: unknown = document.toJS({ maxAliasCount: 100 });
  if (root === null || root === undefined) return { name, tree: {} };
  if (!isTree(root))
    throw new LouverError('E_CONFIG', `${basename(path)}: found no keys, expected e.g. "http: { port: 8080 }"`);
  return { name, tree: normalised(root) };
}

/** Keys without a value are as good as absent; `model: none` and `model: FILE` are short for `model.path`. */
function normalised(tree: Tree, path: readonly string[] = []): Tree {
  const result = Object.create(null) as Tree;
  for (const [key, value] of Object.entries(tree)) {
    if (value === null) continue;
    const here = [...path, key];
    if (isTree(value)) result[key] = normalised(value, here);
    else if (dotted(here) === 'model' && typeof value === 'string') result[key] = { path: value };
    else result[key] = value;
  }
  return result;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
