import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { onnxPredictor, shippedModelPath, type OnnxPredictorOptions } from '@louver/ml';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { modelNotices, type ServedModel } from '../../src/assemble/served-model.js';
import { modelBytes, modelFolder } from '../support/models.js';
import { asker, recordingContext, WELL } from './support.js';

type Options = NonNullable<Parameters<typeof asker>[0]>;

const ANN = { name: 'ann', token: 'token-of-ann-12345' } as const;

/** The API with a token that may everything, which is given with every request that has no other. */
function annAsking(options: Options = {}): ReturnType<typeof asker> {
  const ask = asker({ tokens: [ANN], ...options });
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${ANN.token}`);
    return ask(path, { ...init, headers });
  };
}

/** A folder with one model, which serves until somebody changes that. */
async function openFolder(
  options: OnnxPredictorOptions = {},
): Promise<ServedModel & { readonly folder: string; close(): Promise<void> }> {
  const folder = await modelFolder({ 'first.onnx': { version: 'v1', position: 20 } });
  const predictor = onnxPredictor(folder, options);
  await predictor.open(defaultContext());
  const close = async (): Promise<void> => {
    await predictor.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { predictor, folder, close };
}

/** One for all tests after which the same model serves. */
let shared: Awaited<ReturnType<typeof openFolder>>;
beforeAll(async () => void (shared = await openFolder()));
afterAll(() => shared.close());

/** The API over a folder of its own. */
async function served(options: Options = {}) {
  const model = await openFolder();
  onTestFinished(() => model.close());
  return api(model, options);
}

/** The API over a folder with one model, and what to do with it. */
function api(model: ServedModel & { readonly folder: string }, options: Options = {}) {
  const { folder, predictor } = model;
  const health = () => ({ ...WELL, notices: modelNotices(model) });
  const ask = annAsking({ served: model, health, ...options });
  return { ask, folder, predictor, ...asked(ask), files: async () => (await readdir(folder)).sort() };
}

function asked(ask: ReturnType<typeof asker>) {
  const put = (body: Uint8Array | string, { query = '', headers = {} } = {}) =>
    ask(`/api/model${query}`, {
      method: 'PUT',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/octet-stream', ...headers },
    });
  const rollBack = (body: unknown = {}, headers: Record<string, string> = {}) =>
    ask('/api/model/rollback', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { put, rollBack };
}

const kind = (type: string) => ({ type: `urn:louver:problem:${type}` });

describe('GET /api/model', () => {
  test('what serves, what it asks for, and every version', async () => {
    const { ask, predictor } = await served();
    await predictor.predict(Float32Array.of(20, 50));
    const { status, body } = await ask('/api/model');
    const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    const head = { name: 'test model', version: 'v1', file: 'first.onnx', sha256, since };
    expect([status, body]).toEqual([
      200,
      {
        ...head,
        recipe: null,
        columns: predictor.columns.map(({ name, unit = null, range = null }) => ({
          name,
          unit,
          range,
          if_missing: 'hold',
        })),
        versions: [{ ...head, state: 'serving', reason: null, predictions: 1, errors: 0, not_finite: 0 }],
      },
    ]);
    expect((await ask('/api/model?x=1')).status).toBe(400);
  });

  test('a process without a model says so, one that starts too', async () => {
    const none = annAsking();
    expect(await none('/api/model')).toMatchObject({ status: 404, body: kind('no-model') });
    expect(await asked(none).put(modelBytes({ version: 'v2' }))).toMatchObject({ status: 404, body: kind('no-model') });
    expect(await asked(none).rollBack()).toMatchObject({ status: 404, body: kind('no-model') });
    const starting = annAsking({ served: { predictor: onnxPredictor(shippedModelPath()), folder: tmpdir() } });
    for (const answer of [
      await starting('/api/model'),
      await asked(starting).put(modelBytes({ version: 'v2' })),
      await asked(starting).rollBack(),
    ]) {
      expect(answer).toMatchObject({ status: 503, body: kind('model-unavailable') });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });
});

describe('PUT /api/model', () => {
  test('a model takes over, from a file of its own that only this user reads', async () => {
    const { ask, put, folder, predictor } = await served();
    const bytes = modelBytes({ version: 'v2', position: 80 });
    const { status, body } = await put(bytes, { query: '?name=window_v2.onnx' });
    expect([status, body]).toMatchObject([200, { version: 'v2', state: 'serving', reason: null }]);
    const file = `window_v2-${(body['sha256'] as string).slice(0, 8)}.onnx`;
    expect(body['file']).toBe(file);
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    expect(Buffer.compare(await readFile(join(folder, file)), bytes)).toBe(0);
    expect((await predictor.predict(Float32Array.of(20, 50))).value).toBeCloseTo(80, 3);
    expect(await ask('/api/model')).toMatchObject({
      body: { version: 'v2', versions: [{ state: 'serving' }, { version: 'v1', state: 'standby' }] },
    });
  });

  test('twice the same, and the one that serves already: one file, one version', async () => {
    const { ask, put, files } = await served();
    expect((await put(modelBytes({ version: 'v1', position: 20 }))).body).toMatchObject({ file: 'first.onnx' });
    expect(await files()).toEqual(['first.onnx']);
    const bytes = modelBytes({ version: 'v2' });
    const [first, second] = [await put(bytes), await put(bytes)];
    expect(second.body).toEqual(first.body);
    expect(await files()).toEqual(['first.onnx', first.body['file']]);
    expect((await ask('/api/model')).body['versions']).toHaveLength(2);
  });

  test.each([
    ['no model', () => 'not a model', /cannot be read as an ONNX model/],
    ['nothing', () => '', /the file is empty/],
    ['half a model', () => modelBytes({ version: 'v2' }).slice(0, 300), /cut short or damaged/],
    [
      'a model without its weights',
      () => reference('bad_external_data_missing'),
      /expected it as missing_0data\.onnx\.data: copy/,
    ],
    ['a model without a manifest', () => reference('regressor'), /nothing says what its inputs mean: write a manifest/],
    ['a column that is not fed', () => unfed, /it wants the columns temperature, wind/],
  ])('%s is refused in words, the old one serves on, the file is gone', async (_name, bytes, words) => {
    const { ask, put, files, folder } = api(shared);
    const answer = await put(await bytes());
    expect(answer).toMatchObject({ status: 422, body: kind('model-refused') });
    expect(answer.body['detail']).toMatch(words);
    expect(answer.body['detail']).toMatch(
      /^model-[0-9a-f]{8}\.onnx: .*The model before serves on, and the file was removed again$/,
    );
    expect(await files()).toEqual(['first.onnx']);
    const shown = await ask('/api/model');
    expect(shown.body).toMatchObject({ version: 'v1' });
    expect((shown.body['versions'] as object[])[0]).toMatchObject({ state: 'refused' });
    expect(JSON.stringify([answer.body, shown.body])).not.toContain(folder);
  });

  const unfed = modelBytes({
    version: 'v2',
    manifest: { columns: ['temperature', 'wind'].map((name) => ({ name, ifMissing: 0 })) },
  });

  async function reference(name: string): Promise<Uint8Array> {
    return readFile(new URL(`../../../ml/test/golden-onnx/${name}.onnx`, import.meta.url));
  }

  test('what is refused stays where it was there before', async () => {
    const { put, folder, files } = api(shared);
    const { body } = await put('not a model');
    const name = /model-[0-9a-f]{8}\.onnx/.exec(body['detail'] as string)![0];
    await writeFile(join(folder, name), 'not a model');
    const again = await put('not a model');
    expect(again.status).toBe(422);
    expect(again.body['detail']).toMatch(/The model before serves on, and the file stays: it was there before$/);
    expect(await files()).toEqual(['first.onnx', name]);
    await rm(join(folder, name));
  });

  test.each([
    ['said at once', { 'content-length': '4097' }],
    ['found out while it comes', {}],
  ])('too large, %s', async (_name, headers) => {
    const { put, files } = api(shared, { modelBytes: 4096 });
    const answer = await put(new Uint8Array(4097), { headers });
    expect(answer).toMatchObject({ status: 413, body: kind('body-too-large') });
    expect(answer.body['detail']).toMatch(/larger than 4096 bytes: raise limits\.model_bytes/);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await files()).toEqual(['first.onnx']);
    expect((await put(new Uint8Array(4096))).status).toBe(422);
  });

  test('a body that breaks off leaves nothing behind', async () => {
    const { ask, files } = api(shared);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(1000));
        controller.error(new Error('gone'));
      },
    });
    const headers = { 'content-type': 'application/octet-stream' };
    const init = { method: 'PUT', body, headers, duplex: 'half' } as RequestInit;
    expect(await ask('/api/model', init)).toMatchObject({ status: 400, body: kind('body-incomplete') });
    expect(await files()).toEqual(['first.onnx']);
  });

  test('what a process left that was killed meanwhile is removed, what may still come and what is not ours stays', async () => {
    const { put, folder, files } = await served();
    const now = Date.now() / 1000;
    const ages = { '.0123456789ab.upload': 121, '.ba9876543210.upload': 60, 'b.upload': 1e6, '.notes.upload': 1e6 };
    for (const [name, ageS] of Object.entries(ages)) {
      await writeFile(join(folder, name), 'half a model');
      await utimes(join(folder, name), now - ageS, now - ageS);
    }
    expect((await put(modelBytes({ version: 'v1', position: 20 }))).status).toBe(200);
    expect(await files()).toEqual(['.ba9876543210.upload', '.notes.upload', 'b.upload', 'first.onnx']);
  });

  test('somebody who watches the folder all the time changes nothing', async () => {
    const model = await openFolder({ watch: true, watchIntervalMs: 1 });
    onTestFinished(() => model.close());
    const { put, files } = api(model);
    for (const version of ['v2', 'v3']) {
      expect((await put('not a model')).status).toBe(422);
      expect(await put(modelBytes({ version }))).toMatchObject({ status: 200, body: { version, state: 'serving' } });
    }
    // One that is copied there is looked at after those that came before it.
    await writeFile(join(model.folder, 'last.onnx'), modelBytes({ version: 'v4' }));
    await expect.poll(() => model.predictor.modelVersion, { timeout: 30_000 }).toBe('v4');
    const served = model.predictor.versions.filter(({ state }) => state !== 'refused');
    expect(served.map(({ version }) => version)).toEqual(['v4', 'v3', 'v2', 'v1']);
    expect(await files()).toHaveLength(4);
  });

  test('one at a time', async () => {
    const { put } = await served();
    const answers = await Promise.all(['v2', 'v3'].map((version) => put(modelBytes({ version }))));
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(answers[1]!.body).toMatchObject(kind('overloaded'));
    expect((await put(modelBytes({ version: 'v3' }))).status).toBe(200);
  });

  test('where model.path is a file the answer says how', async () => {
    const predictor = onnxPredictor(shippedModelPath());
    await predictor.open(defaultContext());
    onTestFinished(() => predictor.close());
    const answer = await asked(annAsking({ served: { predictor } })).put(modelBytes({ version: 'v2' }));
    expect(answer).toMatchObject({ status: 409, body: kind('model-not-replaceable') });
    expect(answer.body['detail']).toContain('set model.path to a folder');
  });

  test('a folder that cannot be written to', async () => {
    const { predictor } = shared;
    const gone = await mkdtemp(join(tmpdir(), 'louver-gone-'));
    await rm(gone, { recursive: true });
    const answer = await asked(annAsking({ served: { predictor, folder: gone } })).put(modelBytes({ version: 'v2' }));
    expect(answer).toMatchObject({ status: 500, body: kind('model-not-stored') });
    expect(answer.body['detail']).toMatch(/\(ENOENT\): see that the server may write to model\.path/);
  });

  test.each(['text/plain', 'application/json', ''])('content type %j is not read', async (type) => {
    const { put } = api(shared);
    expect((await put(modelBytes({ version: 'v2' }), { headers: { 'content-type': type } })).status).toBe(415);
  });

  test.each(['', '.hidden', '../up', 'a/b', 'x'.repeat(65), 'ü'])('name %j is refused', async (name) => {
    const { put, files } = api(shared);
    const query = `?name=${encodeURIComponent(name)}`;
    const answer = await put(modelBytes({ version: 'v2' }), { query });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ parameter: 'name' }] } });
    expect(await files()).toEqual(['first.onnx']);
  });
});

describe('POST /api/model/rollback', () => {
  test('the model before serves again, the other is marked, and /readyz is ready and says so', async () => {
    const { ask, put, rollBack, files } = await served();
    const { body } = await put(modelBytes({ version: 'v2' }));
    expect((await ask('/readyz')).body['notices']).toEqual([]);
    const answer = await rollBack({ reason: 'it opens at night' });
    expect(answer).toMatchObject({ status: 200, body: { version: 'v1', state: 'serving', reason: null } });
    expect((await ask('/api/model')).body).toMatchObject({
      version: 'v1',
      versions: [{ version: 'v2', state: 'rolled-back', reason: 'it opens at night' }, { version: 'v1' }],
    });
    expect(await files()).toContain(`${body['file'] as string}.rolled-back`);
    const notice = `model v2 (${body['file'] as string}) was rolled back (it opens at night): v1 serves`;
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: { state: 'ready', notices: [notice] } });
    expect(await rollBack()).toMatchObject({ status: 409, body: kind('no-model-before') });
    // Somebody has made up their mind: a next model is no news of the last one.
    await put(modelBytes({ version: 'v3' }));
    expect((await ask('/readyz')).body['notices']).toEqual([]);
  });

  test('without a reason it says who', async () => {
    const { ask, put, rollBack } = await served();
    await put(modelBytes({ version: 'v2' }));
    expect((await rollBack()).status).toBe(200);
    const [version] = (await ask('/api/model')).body['versions'] as { reason: string }[];
    expect(version!.reason).toBe('wanted by ann over HTTP');
  });

  test.each([
    [{ reason: '' }, 'reason'],
    [{ reason: 7 }, 'reason'],
    [{ reason: 'x'.repeat(201) }, 'reason'],
    [{ to: 'v1' }, 'to'],
  ])('%j is refused', async (body, parameter) => {
    const answer = await api(shared).rollBack(body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ parameter }] } });
  });

  test('what a page of another site could send is not read', async () => {
    const { ask } = api(shared);
    expect((await ask('/api/model/rollback', { method: 'POST' })).status).toBe(415);
  });
});

test('viewers and operators look, admins change', async () => {
  const { context, lines } = recordingContext();
  const roles = ['viewer', 'operator', 'admin'] as const;
  const { ask, put, rollBack, files } = await served({
    context,
    tokens: roles.map((role) => ({ name: role, token: `${role}-token-12345`, role })),
  });
  const as = (role: string) => ({ authorization: `Bearer ${role}-token-12345` });
  const bytes = modelBytes({ version: 'v2' });
  expect([(await ask('/api/model')).status, (await put(bytes)).status, (await rollBack()).status]).toEqual([
    401, 401, 401,
  ]);
  for (const role of ['viewer', 'operator']) {
    expect((await ask('/api/model', { headers: as(role) })).status).toBe(200);
    const refused = { status: 403, body: { detail: `this token has the role ${role}, expected admin` } };
    expect(await put(bytes, { headers: as(role) })).toMatchObject(refused);
    expect(await rollBack({}, as(role))).toMatchObject(refused);
  }
  expect(await files()).toEqual(['first.onnx']);
  expect((await put(bytes, { headers: as('admin') })).status).toBe(200);
  expect(lines.find(({ message }) => message === 'model uploaded')?.fields).toMatchObject({ by: 'admin' });
  expect((await rollBack({}, as('admin'))).status).toBe(200);
});

test('without tokens everybody looks and nobody changes', async () => {
  const { folder, files } = api(shared);
  const ask = asker({ served: shared });
  expect((await ask('/api/model')).status).toBe(200);
  for (const headers of [{}, { authorization: `Bearer ${ANN.token}` }]) {
    const answers = [
      await asked(ask).put(modelBytes({ version: 'v2' }), { headers }),
      await asked(ask).rollBack({}, headers),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 403, body: kind('forbidden') });
      expect(answer.body['detail']).toMatch(/has no tokens, expected one with the role admin: set LOUVER_API_TOKEN or/);
      expect(answer.headers.get('connection')).toBe('close');
    }
  }
  expect(await files()).toEqual(await readdir(folder));
  expect(shared.predictor.modelVersion).toBe('v1');
});

test('other methods are told what there is', async () => {
  const { ask } = api(shared);
  expect((await ask('/api/model', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD, PUT');
  expect((await ask('/api/model/rollback')).headers.get('allow')).toBe('POST');
});
