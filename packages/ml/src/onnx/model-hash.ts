import { createHash } from 'node:crypto';
import type { LocatedManifest } from './manifest-file.js';
import type { ModelFile } from './model-file.js';
import { METADATA_PROPS } from './onnx-metadata.js';
import { protobufFields } from './protobuf-reader.js';

/** SHA-256 in hex. */
export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The fields of an ONNX file that are no `metadata_props`, in order. Throws an `Error` in words when it is damaged. */
export function* withoutMetadata(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { number, start, end } of protobufFields(bytes)) {
    if (number !== METADATA_PROPS) yield bytes.subarray(start, end);
  }
}

/** `5e884898…42d8`: enough to tell two apart and to find one in a list. */
export const shortHash = (hash: string): string => `${hash.slice(0, 8)}…${hash.slice(-4)}`;

/** Holds a model's files against the hashes of its manifest, and says what was compared; throws an `Error` in words. */
export function checkHashes(
  { sha256: wholeFile, sha256WithoutMetadata, external }: ModelFile,
  { manifest, embedded }: LocatedManifest,
): { readonly words: string; readonly compared: boolean } {
  const { sha256: wanted, externalData } = manifest;
  if (wanted === undefined && !externalData) return { words: 'the manifest names none', compared: false };
  const compared: string[] = [];
  if (wanted !== undefined) {
    const found = embedded ? sha256WithoutMetadata : wholeFile;
    const what = embedded ? 'the file without its metadata_props' : 'the file';
    if (found !== wanted) throw new Error(mismatch(what, found, wanted));
    compared.push(`${shortHash(found)} of ${what}`);
  }
  const unused = Object.keys(externalData ?? {}).filter((location) => !external.has(location));
  if (unused.length > 0) {
    const uses = external.size > 0 ? [...external.keys()].join(', ') : 'no other file';
    throw new Error(`externalData of its manifest names ${unused.join(', ')}, and the model's weights lie in ${uses}`);
  }
  const uncovered: string[] = [];
  for (const [location, bytes] of external) {
    const expected = externalData?.[location];
    if (expected === undefined) uncovered.push(location);
    else {
      const found = sha256(bytes);
      if (found !== expected) throw new Error(mismatch(location, found, expected));
      compared.push(`${shortHash(found)} of ${location}`);
    }
  }
  if (externalData && uncovered.length > 0) {
    throw new Error(
      `externalData of its manifest lacks ${uncovered.join(', ')}: give the sha256 of every file of weights`,
    );
  }
  const open = uncovered.length > 0 ? `; ${uncovered.join(', ')} not compared: externalData names no hash` : '';
  return { words: `${compared.join(', ')}${open}`, compared: true };
}

function mismatch(what: string, found: string, wanted: string): string {
  return (
    `the sha256 of ${what} is ${shortHash(found)}, its manifest says ${shortHash(wanted)}: it was changed after it was trained, or is ` +
    `another model's; take the file and the manifest of one export, or export the model again`
  );
}
