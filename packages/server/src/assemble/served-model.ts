import { basename } from 'node:path';
import type { ModelVersion, OnnxPredictor } from '@louver/ml';

/** The model of this process, for whoever looks at it or changes it. */
export interface ServedModel {
  readonly predictor: OnnxPredictor;
  /** Where an uploaded model goes. Absent: the configuration names a file, and a later start would know of no other. */
  readonly folder?: string;
}

/** `undefined` before the model is open. */
export function servingVersion({ predictor }: ServedModel): ModelVersion | undefined {
  return predictor.versions.find(({ state }) => state === 'serving');
}

/** File and version of what serves; known once the model is open. */
export function modelInWords(served: ServedModel): string {
  const { path = '', version = '' } = servingVersion(served) ?? {};
  return `${basename(path, '.onnx')} ${version}`;
}

/** Models that gave way to the one that serves: nothing is wrong with that one, but somebody should know. */
export function modelNotices({ predictor }: ServedModel): readonly string[] {
  const { versions } = predictor;
  const serving = versions.findIndex(({ state }) => state === 'serving');
  return versions
    .slice(0, Math.max(0, serving))
    .filter(({ state }) => state === 'rolled-back')
    .map(({ version, path, reason }) => {
      const better = versions[serving]!.version;
      return `model ${version} (${basename(path)}) was rolled back (${reason}): ${better} serves`;
    });
}
