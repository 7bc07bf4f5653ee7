import { LouverError, withoutCode, type KeptRecording, type RecordingStore } from '@louver/core';
import type { ApiContext } from './api-types.js';
import { readParameters, recordingParameters } from './parameters.js';
import { badParameters, problem } from './problem-document.js';

/** The same hash is always the same sound. */
const CACHE_CONTROL = 'private, max-age=31536000, immutable';
/** A browser that opens the address plays it. */
const PLAYABLE = "default-src 'none'; media-src 'self'; frame-ancestors 'none'";

/** A recording as a WAV file, by the `audio_hash` of its row. */
export async function oneRecording(c: ApiContext, recordings: RecordingStore | undefined): Promise<Response> {
  const parsed = readParameters(c, recordingParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const { id: hash } = parsed.value;
  if (recordings?.find === undefined) {
    return problem(
      c,
      'unknown-recording',
      'this server keeps no recordings: audio.store_raw: true keeps those to come',
    );
  }
  let found: KeptRecording | undefined;
  try {
    found = await recordings.find(hash);
  } catch (error) {
    if (!LouverError.is(error) || !error.retryable) throw error;
    return problem(c, 'recording-unavailable', withoutCode(error.message));
  }
  if (found === undefined) {
    const detail = `no recording ${hash} is kept: it never came, came before recordings were kept, or was kept for as long as it is to be`;
    return problem(c, 'unknown-recording', detail);
  }
  const etag = `"${hash}"`;
  const headers = { 'cache-control': CACHE_CONTROL, 'content-security-policy': PLAYABLE, etag };
  const isKnown = c.req
    .header('if-none-match')
    ?.split(',')
    .some((each) => each.trim().replace(/^W\//, '') === etag);
  if (isKnown === true) {
    await found.close();
    return c.body(null, 304, headers);
  }
  const ofFile = {
    ...headers,
    'content-type': 'audio/wav',
    'content-length': String(found.bytes),
    'content-disposition': `inline; filename="${hash}.wav"`,
  };
  if (c.req.method !== 'HEAD') return c.body(streamOf(found), 200, ofFile);
  await found.close();
  return c.body(null, 200, ofFile);
}

/** Read as fast as it is taken; who goes away in the middle closes it. */
function streamOf({ pieces, close }: KeptRecording): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
        await close();
      },
    },
    { highWaterMark: 0 },
  );
}
