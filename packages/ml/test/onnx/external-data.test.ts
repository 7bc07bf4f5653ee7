import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, type OnnxOutputs } from '../../src/index.js';
import { MAX_MODEL_BYTES } from '../../src/onnx/read-bounded.js';
import { modelFolder, rejection, type ModelFolder } from './model-folder.js';
import { external, floatBytes, identity, onnxBytes, value } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

/** `y = x + a + b`, both of two numbers. */
const sum = (a: Record<string, string>, b: Record<string, string>): Uint8Array =>
  onnxBytes({
    nodes: [
      { operator: 'Add', inputs: ['x', 'a'], outputs: ['s'] },
      { operator: 'Add', inputs: ['s', 'b'], outputs: ['y'] },
    ],
    inputs: [value('x', 'float32', [2])],
    outputs: [value('y', 'float32', [2])],
    initializers: [external('a', [2], a), external('b', [2], b)],
  });

const x = { dims: [2], data: [100, 200] };
const from = (location: string, offset = 0, length = 8): Record<string, string> => ({
  location,
  offset: `${offset}`,
  length: `${length}`,
});

async function answer(bytes: Uint8Array, name = 'model.onnx'): Promise<OnnxOutputs> {
  const model = await loadModel(await folder.write(name, bytes));
  try {
    return await model.run({ x });
  } finally {
    await model.close();
  }
}

describe('weights in other files', () => {
  test('under any name, two in one file', async () => {
    await folder.write('weights.bin', floatBytes(1, 2, 30, 40));
    const { y } = await answer(sum(from('weights.bin'), from('weights.bin', 8)));
    expect(y!.data).toEqual(Float32Array.of(131, 242));
  });

  test('in several files, in folders of the model, named in several ways', async () => {
    await folder.write('one.bin', floatBytes(1, 2));
    await folder.write('deep/er/two.bin', floatBytes(30, 40));
    const { y } = await answer(sum(from('./one.bin'), { location: 'deep/er/two.bin' }));
    expect(y!.data).toEqual(Float32Array.of(131, 242));
  });

  test('of a graph within a graph', async () => {
    await folder.write('branch.bin', floatBytes(1, 2, 30, 40));
    const branch = (at: number) => ({
      nodes: [{ operator: 'Identity', inputs: ['w'], outputs: ['out'] }],
      outputs: [value('out', 'float32', [2])],
      initializers: [external('w', [2], from('branch.bin', at))],
    });
    const choice = onnxBytes({
      nodes: [{ operator: 'If', inputs: ['x'], outputs: ['y'], graphs: { then_branch: branch(0), else_branch: branch(8) } }], // prettier-ignore
      inputs: [value('x', 'bool', [])],
      outputs: [value('y', 'float32', [2])],
    });
    const model = await loadModel(await folder.write('choice.onnx', choice));
    const chosen = async (which: boolean) => (await model.run({ x: { dims: [], data: [which] } }))['y']!.data;
    expect(await chosen(true)).toEqual(Float32Array.of(1, 2));
    expect(await chosen(false)).toEqual(Float32Array.of(30, 40));
    await model.close();
  });

  test.each([
    ['../outside.bin', 'above the folder'],
    ['deep/../../outside.bin', 'above the folder by a detour'],
    ['deep\\..\\..\\outside.bin', 'the same with the other slash'],
    ['/etc/passwd', 'absolute'],
    ['C:\\weights.bin', 'absolute elsewhere'],
    ['\\\\host\\weights.bin', 'on another machine'],
    ['', 'without a name'],
  ])('%j is refused: %s', async (location) => {
    await folder.write('inner/../outside.bin', floatBytes(1, 2));
    const { code, message } = await rejection(answer(sum(from(location), from(location)), 'inner/model.onnx'));
    expect(code).toBe('E_MODEL');
    expect(message).toContain(`inner/model.onnx: its weights lie in ${JSON.stringify(location)}, expected a file in the model's own folder`); // prettier-ignore
  });

  test('a file that is missing, cut short, a folder: named, and where it is expected', async () => {
    const missing = await rejection(answer(sum(from('none.bin'), from('none.bin'))));
    expect(missing.message).toContain(
      `its weights lie in another file, none.bin, which was not found: expected it as ${join(folder.path, 'none.bin')}`,
    );
    await folder.write('short.bin', floatBytes(1, 2, 3));
    const short = await rejection(answer(sum(from('short.bin'), from('short.bin', 8))));
    expect(short.message).toContain('the weights of b end at byte 16 of short.bin, which has only 12');
    const withoutLength = await rejection(answer(sum(from('short.bin'), { location: 'short.bin', offset: '8' })));
    expect(withoutLength).toMatchObject({ code: 'E_MODEL' });
    await folder.write('a-folder/x', '');
    const directory = await rejection(answer(sum(from('a-folder'), from('a-folder'))));
    expect(directory.message).toContain(`${join(folder.path, 'a-folder')}: it is a folder`);
  });

  test('nonsense in place of numbers and places', async () => {
    await folder.write('weights.bin', floatBytes(1, 2));
    const offset = await rejection(answer(sum(from('weights.bin'), { location: 'weights.bin', offset: '-8' })));
    expect(offset.message).toContain('the weights of b have the offset "-8", expected a number of bytes');
    const nowhere = await rejection(answer(sum(from('weights.bin'), { offset: '0' })));
    expect(nowhere.message).toContain('the weights of b lie in another file, but it does not say which');
  });
});

describe('what is too much is refused before it is read', () => {
  /** A file that takes no place on the disk. */
  async function sparse(name: string, bytes: number): Promise<string> {
    const path = await folder.write(name, '');
    const file = await open(path, 'r+');
    await file.truncate(bytes);
    await file.close();
    return path;
  }

  test('a model over the limit', async () => {
    const { code, message } = await rejection(loadModel(await sparse('large.onnx', MAX_MODEL_BYTES + 1)));
    expect(code).toBe('E_MODEL');
    expect(message).toContain('large.onnx: it has 1025 MiB, at most 1024 MiB fit, expected an ONNX model');
  });

  test('weights over the limit', async () => {
    await sparse('large.bin', MAX_MODEL_BYTES);
    const { message } = await rejection(answer(sum(from('large.bin'), from('large.bin'))));
    expect(message).toContain('large.bin: it has 1025 MiB together with the files before it, at most 1024 MiB fit');
  });

  test('what is no file has no end', async () => {
    expect((await rejection(loadModel('/dev/zero'))).message).toContain('/dev/zero: it is no regular file');
  });
});

test('files of other kinds are recognised', async () => {
  const words = async (begin: string): Promise<string> =>
    (await rejection(loadModel(await folder.write('other.onnx', Buffer.from(begin, 'latin1'))))).message;
  expect(await words('PK\x03\x04rest')).toContain('it is a zip archive, as PyTorch (.pt, .pth) and Keras save');
  expect(await words('\x80\x04\x95rest')).toContain('it is a Python pickle: export it to ONNX');
  expect(await words('\x1c\0\0\0TFL3rest')).toContain('it is a TensorFlow Lite model');
  expect(await words('version https://git-lfs.github.com/spec/v1\noid sha256:')).toContain(
    'fetch it with git lfs pull',
  );
  expect(identity('float32', ['n'])[0]).toBe(8);
});
