import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shippedModelPath } from '../../src/index.js';
import { checkedModel } from '../../src/onnx/checked-model.js';
import { embedManifest } from '../../src/onnx/embed-manifest.js';
import { readModelFile } from '../../src/onnx/model-file.js';
import { protobufFields } from '../../src/onnx/protobuf-reader.js';
import { protobufBytes, protobufField } from '../../src/onnx/protobuf-writer.js';
import { modelFolder, referenceFolder, rejection, standardManifest, type ModelFolder } from './model-folder.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const read = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(referenceFolder, name)));

async function opens(path: string): Promise<void> {
  const { model } = await checkedModel(await readModelFile(path));
  await model.release();
}

const refusal = async (path: string): Promise<string> => (await rejection(opens(path))).message;

/** The middle of the graph: in the weights, where one other byte still loads. */
function changed(bytes: Uint8Array): Uint8Array {
  const graph = [...protobufFields(bytes)].find(({ number }) => number === 7)!;
  const copy = bytes.slice();
  copy[Math.floor((graph.start + graph.end) / 2)]! ^= 1;
  return copy;
}

test('a file is read with the hash that sha256sum prints', async () => {
  for (const name of ['regressor.onnx', 'external_data.onnx']) {
    const { sha256, sha256WithoutMetadata } = await readModelFile(join(referenceFolder, name));
    expect(sha256).toBe(hashOf(await read(name)));
    // Of one without metadata_props both are the same.
    expect(sha256WithoutMetadata).toBe(sha256);
  }
  const shipped = await readModelFile(shippedModelPath());
  expect(shipped.sha256).toBe(hashOf(await readFile(shippedModelPath())));
  expect(shipped.sha256WithoutMetadata).not.toBe(shipped.sha256);
});

test('a file that went to another thread opens there', async () => {
  const file = structuredClone(await readModelFile(shippedModelPath()));
  const { model, manifest } = await checkedModel(file);
  expect(manifest.sha256).toBe(file.sha256WithoutMetadata);
  await model.release();
});

describe('in JSON beside the model it is of the whole file', () => {
  test('the right one opens, also in capitals', async () => {
    const sha256 = hashOf(await read('regressor.onnx'));
    await opens(await folder.place('regressor.onnx', { ...standardManifest, sha256: sha256.toUpperCase() }));
  });

  test('one byte of the graph, and it is refused with both hashes and what to do', async () => {
    const bytes = await read('regressor.onnx');
    const other = changed(bytes);
    const path = await folder.place('regressor.onnx', standardManifest);
    await folder.write('regressor.onnx', other);
    await opens(path);
    await folder.write('regressor.onnx.json', JSON.stringify({ ...standardManifest, sha256: hashOf(bytes) }));
    const short = (hash: string): string => `${hash.slice(0, 8)}…${hash.slice(-4)}`;
    expect(await refusal(path)).toContain(
      `the sha256 of the file is ${short(hashOf(other))}, its manifest says ${short(hashOf(bytes))}: it was changed after it was trained`,
    );
    expect(await refusal(path)).toContain('or export the model again');
  });
});

describe('in metadata_props it is of the file without them', () => {
  test('whatever a byte of the graph is changed to, it is refused', async () => {
    const bytes = embedManifest(await read('regressor.onnx'), standardManifest);
    await opens(await folder.write('embedded.onnx', bytes));
    const path = await folder.write('embedded.onnx', changed(bytes));
    expect(await refusal(path)).toContain('the sha256 of the file without its metadata_props is ');
  });

  test('the graph stays byte by byte, other metadata stays, and a new manifest takes the place of an old one', async () => {
    const bare = await read('regressor.onnx');
    const author = protobufBytes(protobufField(14, [...protobufField(1, 'author'), ...protobufField(2, 'me')]));
    const first = embedManifest(protobufBytes([author, bare]), standardManifest);
    const second = embedManifest(first, { ...standardManifest, version: 'v2' });
    for (const bytes of [first, second]) {
      expect(Buffer.compare(bytes.subarray(0, bare.length), bare)).toBe(0);
      const { metadata, sha256WithoutMetadata } = await readModelFile(await folder.write('embedded.onnx', bytes));
      expect([...metadata.properties.keys()]).toEqual(['author', 'louver.manifest']);
      expect(sha256WithoutMetadata).toBe(hashOf(bare));
    }
    expect(embedManifest(second, standardManifest)).toEqual(first);
    expect(() => embedManifest(bare, { ...standardManifest, version: '' })).toThrow('version is "", expected a text');
  });
});

describe('weights in other files', () => {
  const name = 'external_data.onnx';
  const location = 'external_data.onnx.data';

  test('are compared by the location that the model has for them', async () => {
    const externalData = { [location]: hashOf(await read(location)) };
    const path = await folder.place(name, { ...standardManifest, externalData });
    await opens(path);
    const weights = await read(location);
    weights[100]! ^= 1;
    await folder.write(location, weights);
    expect(await refusal(path)).toContain(`the sha256 of ${location} is ${hashOf(weights).slice(0, 8)}…`);
  });

  test('one that the model does not use, one that is not named', async () => {
    const externalData = { 'other.bin': hashOf(await read(location)) };
    const unused = await folder.place(name, { ...standardManifest, externalData });
    expect(await refusal(unused)).toContain(`names other.bin, and the model's weights lie in ${location}`);
    const missing = await folder.place(name, { ...standardManifest, externalData: {} });
    expect(await refusal(missing)).toContain(
      `externalData of its manifest lacks ${location}: give the sha256 of every`,
    );
    const alone = await folder.place('regressor.onnx', { ...standardManifest, externalData });
    expect(await refusal(alone)).toContain("names other.bin, and the model's weights lie in no other file");
  });
});
