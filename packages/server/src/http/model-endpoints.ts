import { rm } from 'node:fs/promises';
import { LouverError, withoutCode, type Context } from '@louver/core';
import type { ModelVersion } from '@louver/ml';
import { servingVersion, type ServedModel } from '../assemble/served-model.js';
import type { ApiContext } from './api-types.js';
import { jsonBody } from './json-body.js';
import { modelJson, refusalWords, versionJson } from './model-json.js';
import { isThere, receiveModel, removeAbandoned, type UploadedModel } from './model-upload.js';
import { modelParameters, noParameters, readParameters } from './parameters.js';
import { badParameters, problem } from './problem-document.js';

export interface ModelParts {
  /** Absent: nothing is decided in this process. */
  readonly served: ServedModel | undefined;
  /** Of an uploaded model. */
  readonly maxBytes: number;
  readonly context: Context;
}

export interface ModelEndpoints {
  readonly show: (c: ApiContext) => Response;
  readonly replace: (c: ApiContext) => Promise<Response>;
  readonly rollBack: (c: ApiContext) => Promise<Response>;
}

const MAX_REASON_CHARS = 200;

/** The model of this process: looked at, replaced, taken back. */
export function modelEndpoints({ served, maxBytes, context }: ModelParts): ModelEndpoints {
  /** One model at a time: each is checked and warmed beside the one that serves. */
  let isReceiving = false;

  function show(c: ApiContext): Response {
    const parsed = readParameters(c, noParameters);
    if (!parsed.ok) return badParameters(c, parsed.errors);
    if (served === undefined) return noModel(c);
    const serving = servingVersion(served);
    return serving === undefined ? notOpen(c) : c.json(modelJson(served, serving));
  }

  async function replace(c: ApiContext): Promise<Response> {
    const parsed = readParameters(c, modelParameters);
    if (!parsed.ok) return badParameters(c, parsed.errors);
    if (served === undefined) return noModel(c);
    const { folder } = served;
    if (folder === undefined) {
      const detail =
        'model.path names a file, and after a restart an uploaded model would be forgotten: set model.path to a folder that holds the model';
      return problem(c, 'model-not-replaceable', detail, { headers: { connection: 'close' } });
    }
    if (servingVersion(served) === undefined) return notOpen(c);
    if (isReceiving) {
      const headers = { 'retry-after': '1', connection: 'close' };
      return problem(c, 'overloaded', 'another model is being uploaded: try again', { headers });
    }
    isReceiving = true;
    try {
      await removeAbandoned(folder, context.clock.now());
      const uploaded = await receiveModel(c, { folder, name: parsed.value.name, maxBytes });
      if (uploaded instanceof Response) return uploaded;
      context.logger.info('model uploaded', { path: uploaded.path, by: c.get('tokenName') });
      return await take(c, served, uploaded);
    } finally {
      isReceiving = false;
    }
  }

  async function rollBack(c: ApiContext): Promise<Response> {
    const parsed = readParameters(c, noParameters);
    if (!parsed.ok) return badParameters(c, parsed.errors);
    if (served === undefined) return noModel(c);
    const body = await jsonBody(c, '{"reason": "it opens at night"}');
    if (body instanceof Response) return body;
    const { reason = `wanted by ${c.get('tokenName') ?? 'somebody'} over HTTP`, ...unknown } = body;
    const errors = Object.keys(unknown).map((name) => ({
      parameter: name.slice(0, 80),
      detail: 'is unknown here, expected reason',
    }));
    if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON_CHARS) {
      errors.push({ parameter: 'reason', detail: `expected a text of 1 to ${MAX_REASON_CHARS} characters` });
    }
    if (errors.length > 0) return badParameters(c, errors);
    try {
      return c.json(versionJson(await served.predictor.rollBack(reason as string)));
    } catch (error) {
      if (!LouverError.is(error)) throw error;
      if (error.code === 'E_NOT_OPEN') return notOpen(c);
      return problem(c, 'no-model-before', withoutCode(error.message));
    }
  }

  return { show, replace, rollBack };
}

/** Lets an uploaded model serve, or removes it when it has just come. */
async function take(c: ApiContext, { predictor }: ServedModel, uploaded: UploadedModel): Promise<Response> {
  const { path, wasThere } = uploaded;
  let version: ModelVersion;
  try {
    version = await predictor.swapTo(path);
  } catch (error) {
    if (!wasThere) await rm(path, { force: true });
    if (!LouverError.is(error)) throw error;
    if (error.code === 'E_NOT_OPEN') return notOpen(c);
    const file = wasThere ? 'stays: it was there before' : 'was removed again';
    const detail = `${refusalWords(error, path)}. The model before serves on, and the file ${file}`;
    return problem(c, 'model-refused', detail);
  }
  // The model that serves, from a file of another name: two files of it would have to be rolled back one after the other.
  if (version.path !== path && !wasThere && (await isThere(version.path))) await rm(path, { force: true });
  return c.json(versionJson(version));
}

function noModel(c: ApiContext): Response {
  const detail =
    'this process has no model: its role is ingest (ask the inference service), or it was started without one (model.path: none)';
  return problem(c, 'no-model', detail, { headers: { connection: 'close' } });
}

function notOpen(c: ApiContext): Response {
  const headers = { 'retry-after': '1', connection: 'close' };
  return problem(c, 'model-unavailable', 'the model is not open: the server starts or stops. Try again', { headers });
}
