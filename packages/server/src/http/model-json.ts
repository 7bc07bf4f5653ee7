import { basename, dirname, sep } from 'node:path';
import { withoutCode, type LouverError } from '@louver/core';
import type { ModelVersion } from '@louver/ml';
import type { ServedModel } from '../assemble/served-model.js';
import { isoTime } from './representation.js';

/** What serves and what it asks for, then every version. */
export function modelJson({ predictor }: ServedModel, serving: ModelVersion): object {
  const { name, version, path, sha256, sinceMs } = serving;
  return {
    name,
    version,
    file: basename(path),
    sha256,
    since: isoTime(sinceMs),
    recipe: predictor.recipe ?? null,
    columns: predictor.columns.map((column) => ({
      name: column.name,
      unit: column.unit ?? null,
      range: column.range ?? null,
      if_missing: column.ifMissing,
    })),
    versions: predictor.versions.map(versionJson),
  };
}

export function versionJson(each: ModelVersion): object {
  return {
    version: each.version,
    name: each.name,
    file: basename(each.path),
    sha256: each.sha256,
    state: each.state,
    since: isoTime(each.sinceMs),
    reason: each.reason === undefined ? null : withoutFolder(each.reason, each.path),
    predictions: each.predictions,
    errors: each.errors,
    not_finite: each.notFinite,
  };
}

/** Why a model was refused, in the words of `@louver/ml`, with its file. */
export function refusalWords({ message }: LouverError, path: string): string {
  const [file, words] = [basename(path), withoutFolder(message, path)];
  return words.startsWith(file) ? words : `${file}: ${words}`;
}

/** Without a code, and without where on this machine the file lies, nor what lies beside it: weights, a manifest. */
function withoutFolder(words: string, path: string): string {
  return withoutCode(words)
    .replaceAll(path, basename(path))
    .replaceAll(`${dirname(path)}${sep}`, '');
}
