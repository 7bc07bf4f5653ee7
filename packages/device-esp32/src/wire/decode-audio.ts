import {
  emptyWavText,
  looksLikeWav,
  LouverError,
  readWavHeader,
  withoutCode,
  type Recording,
  type WaveformReading,
} from '@louver/core';
import { decodeBase64 } from './base64.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { requireNumber, type JsonObject } from './json.js';
import { poison } from './poison.js';
import { sha256Hex } from './sha256.js';

/** Fastest converters on the market; a rate beyond it is a mistaken unit. */
const MAX_SAMPLE_RATE_HZ = 384_000;

/** A buffered recording [P-3]; in CBOR its bytes themselves [P-10]. */
export function decodeAudio(body: JsonObject, envelope: Envelope, context: DecodeContext): readonly WaveformReading[] {
  const { deviceId } = context;
  const bytes = body.data instanceof Uint8Array ? body.data : base64Of(body.data, deviceId);
  const recording = looksLikeWav(bytes) ? readWav(bytes, body.sample_rate, context) : readPcm(bytes, body, deviceId);
  return [{ kind: 'waveform', ...eventBase(context, envelope), recording }];
}

function base64Of(data: unknown, deviceId: string): Uint8Array {
  if (typeof data !== 'string') {
    throw poison('wrong-type', `data is ${typeof data}, expected a base64 string`, deviceId);
  }
  const bytes = decodeBase64(data);
  if (bytes !== undefined) return bytes;
  throw poison('bad-recording', `data of ${data.length} characters is not base64, expected RFC 4648`, deviceId);
}

/** WAV: the header is believed, not the payload's members beside it [P-6a]. */
function readWav(bytes: Uint8Array, saidHz: unknown, context: DecodeContext): Recording {
  const { deviceId, notice } = context;
  const header = wavHeader(bytes, deviceId);
  if (header.frames === 0) throw poison('bad-recording', emptyWavText(bytes, header), deviceId);
  if (header.sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    const expected = `at most ${MAX_SAMPLE_RATE_HZ}`;
    throw poison('bad-recording', `WAV header: sample rate ${header.sampleRateHz}, expected ${expected}`, deviceId);
  }
  if (typeof saidHz === 'number' && saidHz !== header.sampleRateHz) {
    const detail = `sample_rate is ${saidHz}, the WAV header says ${header.sampleRateHz}`;
    notice({ kind: 'rate-mismatch', deviceId, detail });
  }
  if (header.truncated) {
    notice({ kind: 'truncated', deviceId, detail: `WAV ends after ${header.frames} frames, before its header says` });
  }
  const { sampleRateHz, durationS } = header;
  return { bytes, format: 'wav', sampleRateHz, durationS, sha256: sha256Hex(bytes) };
}

function wavHeader(bytes: Uint8Array, deviceId: string) {
  try {
    return readWavHeader(bytes);
  } catch (cause) {
    const why = LouverError.is(cause) ? withoutCode(cause.message) : String(cause);
    throw poison('bad-recording', why, deviceId);
  }
}

/** Raw 16-bit mono; half a sample at the end is not counted, but stays in the bytes and their hash. */
function readPcm(bytes: Uint8Array, body: JsonObject, deviceId: string): Recording {
  const frames = bytes.length >> 1;
  if (frames === 0)
    throw poison('bad-recording', `recording of ${bytes.length} bytes holds no sample, expected at least 1`, deviceId);
  const sampleRateHz = requireNumber(body, 'sample_rate', deviceId);
  if (!(Number.isInteger(sampleRateHz) && sampleRateHz >= 1 && sampleRateHz <= MAX_SAMPLE_RATE_HZ)) {
    const expected = `a whole number 1..${MAX_SAMPLE_RATE_HZ} for raw PCM`;
    throw poison('out-of-range', `sample_rate is ${sampleRateHz}, expected ${expected}`, deviceId);
  }
  return { bytes, format: 'pcm_s16le', sampleRateHz, durationS: frames / sampleRateHz, sha256: sha256Hex(bytes) };
}
