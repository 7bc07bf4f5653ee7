import { basename, dirname, join, relative, resolve } from 'node:path';
import type { ServerConfig } from '../config/server-config.js';

export const PART_NAMES = ['data', 'users', 'recordings', 'model', 'configuration'] as const;

/** A place that a server keeps something in, and the name of its folder in a backup. */
export interface BackupPart {
  readonly name: (typeof PART_NAMES)[number];
  /** Absolute. */
  readonly folder: string;
  /** Files of the folder that belong to it. Absent: all of it. */
  readonly only?: readonly string[];
}

/** What a model that is one file has beside it. */
const BESIDE_A_MODEL = ['', '.json', '.data', '.rolled-back'];

/**
 * Where a server with this configuration keeps what a backup is to have. Places inside the data directory are part of that.
 * @param configFile that it was read from
 */
export function partsOf(config: ServerConfig, workingDirectory: string, configFile: string): readonly BackupPart[] {
  const { role, mqtt, recordings, model } = config;
  const at = (path: string): string => resolve(workingDirectory, path);
  const data = at(config.dataDir);
  const parts: BackupPart[] = [];
  if (role !== 'inference') {
    parts.push({ name: 'data', folder: data });
    if (mqtt.kind === 'embedded') parts.push(file('users', at(mqtt.usersFile)));
    if (recordings !== undefined) parts.push({ name: 'recordings', folder: at(recordings.path) });
  }
  if (model.path !== 'shipped' && model.path !== 'none') parts.push(modelPart(at(model.path)));
  parts.push(file('configuration', at(configFile)));
  return parts.filter(
    ({ name, folder, only }) => name === 'data' || role === 'inference' || !isWithin(data, folder, only),
  );
}

function file(name: BackupPart['name'], path: string): BackupPart {
  return { name, folder: dirname(path), only: [basename(path)] };
}

/** A folder of models is told from a model by its name: it may be gone when it is to be restored. */
function modelPart(path: string): BackupPart {
  if (!path.toLowerCase().endsWith('.onnx')) return { name: 'model', folder: path };
  return { name: 'model', folder: dirname(path), only: BESIDE_A_MODEL.map((ending) => `${basename(path)}${ending}`) };
}

function isWithin(data: string, folder: string, only: readonly string[] | undefined): boolean {
  const way = relative(data, join(folder, only?.[0] ?? ''));
  return way === '' || (way.split(/[/\\]/)[0] !== '..' && resolve(data, way) !== way);
}
