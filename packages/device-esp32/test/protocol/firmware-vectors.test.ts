import { createHash, createPublicKey, verify } from 'node:crypto';
import { encodeWav16 } from '@louver/core';
import { describe, expect, test } from 'vitest';
import {
  esp32Codec,
  judgeConfig,
  judgeTimeResponse,
  otaSignedText,
  parseRfc3339,
  PROTOCOL,
  type ConfigValues,
} from '../../src/index.js';
import { audioPayload, scalarPayload } from '../../src/simulator/payloads.js';
import { constantName } from '../../generate/c-text.js';
import { payloadBytes, type VectorCase } from '../../generate/vectors-header.js';
import { faultOf } from './validators.js';
import { firmwareCases } from './vector-cases.js';

const codec = esp32Codec();
const decoder = new TextDecoder();

interface Numbered extends VectorCase {
  readonly epochMs: number | null;
  readonly seq: number;
  readonly boot: number;
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

describe('times', () => {
  interface Time extends VectorCase {
    readonly text: string;
    readonly epochMs: number | null;
    readonly canonical: boolean;
  }
  test.each(firmwareCases<Time>('times'))('%s', (_name, { text, epochMs, canonical }) => {
    expect(parseRfc3339(text)).toBe(epochMs ?? NaN);
    if (canonical) expect(new Date(epochMs!).toISOString()).toBe(text);
  });
});

describe('numbers', () => {
  interface Fixed extends VectorCase {
    readonly value: number;
    readonly decimals: number;
    readonly text: string;
  }
  test.each(firmwareCases<Fixed>('numbers'))('written: %s', (_name, { value, decimals, text }) => {
    expect(JSON.parse(text)).toBeCloseTo(value / 10 ** decimals, 9);
    expect(text.split('.')[1]?.length ?? 0).toBe(decimals);
  });

  interface Decimal extends VectorCase {
    readonly text: string;
    readonly thousandths: number | null;
  }
  test.each(firmwareCases<Decimal>('decimals'))('read: %s', (_name, { text, thousandths }) => {
    expect(thousandthsOf(text)).toBe(thousandths);
  });

  /** A JSON number in thousandths; `null` for what is none, and beyond an int32. */
  function thousandthsOf(text: string): number | null {
    if (text.trim() !== text) return null;
    try {
      const value = Math.round((JSON.parse(text) as number) * 1000);
      return (value | 0) === value ? value | 0 : null;
    } catch {
      return null;
    }
  }
});

describe('readings', () => {
  interface Scalar extends Numbered {
    readonly value: number;
    readonly decimals: number;
    readonly payload: string;
  }
  const topic = 'sensor/dev-1/co2';
  test.each(firmwareCases<Scalar>('scalars'))('%s', (_name, one) => {
    const receivedAtMs = (one.epochMs ?? 0) + 1000;
    const value = one.value / 10 ** one.decimals;
    const numbering = { seq: one.seq, boot: one.boot };
    const message = { topic, payload: payloadBytes(one), receivedAtMs, deliveryId: 'd' };
    expect(codec.decode(message)).toMatchObject([
      { kind: 'scalar', value, timestampMs: one.epochMs ?? receivedAtMs, sequence: numbering, identified: true },
    ]);
    if (one.epochMs === null) return;
    // The simulated device writes the same members in the same order.
    const simulated = scalarPayload(value, one.epochMs, numbering);
    expect(JSON.stringify(JSON.parse(one.payload))).toBe(simulated);
  });
});

describe('recordings', () => {
  interface Audio extends Numbered {
    readonly samples: readonly number[] | null;
    readonly sampleCount: number;
    readonly sampleRateHz: number;
    readonly payload: string | null;
    readonly payloadLength: number;
    readonly sha256: string;
  }
  test.each(firmwareCases<Audio>('audios'))('%s', (_name, one) => {
    const samples = Int16Array.from({ length: one.sampleCount }, (_, i) => one.samples?.[i] ?? i * 40_503);
    const data = Buffer.from(encodeWav16(samples, one.sampleRateHz)).toString('base64');
    const duration = (Math.floor((one.sampleCount * 1000) / one.sampleRateHz) / 1000).toFixed(3);
    const time = one.epochMs === null ? '' : `,"timestamp":"${new Date(one.epochMs).toISOString()}"`;
    const numbering = `,"seq":${one.seq},"boot":${one.boot}}`;
    const payload = `{"data":"${data}","sample_rate":${one.sampleRateHz},"duration":${duration}${time}${numbering}`;
    expect({ length: payload.length, sha256: sha256(payload) }).toEqual({
      length: one.payloadLength,
      sha256: one.sha256,
    });
    if (one.payload !== null) expect(payload).toBe(one.payload);
    const message = { topic: 'sensor/dev-1/audio', payload: new TextEncoder().encode(payload) };
    expect(codec.decode({ ...message, receivedAtMs: (one.epochMs ?? 0) + 1000, deliveryId: 'd' })).toMatchObject([
      {
        kind: 'waveform',
        sequence: { boot: one.boot, seq: one.seq },
        recording: { sampleRateHz: one.sampleRateHz, durationS: one.sampleCount / one.sampleRateHz },
      },
    ]);
    if (one.epochMs === null) return;
    const floats = Float64Array.from(samples, (sample) => sample / 0x8000);
    const simulated = JSON.parse(audioPayload(floats, one.sampleRateHz, one.epochMs, one)) as { readonly data: string };
    expect(simulated.data).toBe(data);
    expect(Object.keys(simulated)).toEqual(Object.keys(JSON.parse(payload) as object));
  });
});

describe('configurations', () => {
  interface Config extends VectorCase {
    readonly before: ConfigValues;
    readonly after: ConfigValues;
    readonly applied: boolean;
    readonly reason: string;
    readonly unknown: readonly string[];
  }
  test.each(firmwareCases<Config>('configs'))('%s', (_name, one) => {
    const judged = judgeConfig(payloadBytes(one), one.before);
    expect(judged).toEqual(
      one.applied ? { applied: true, values: one.after, unknown: one.unknown } : { applied: false, reason: one.reason },
    );
  });
});

describe('commands to the device', () => {
  interface Command extends VectorCase {
    readonly nowMs: number;
    readonly outcome: 'accepted' | 'expired' | 'refused';
    readonly command: string;
    readonly rateSeconds: number;
    readonly commandId: string;
  }
  test.each(firmwareCases<Command>('commands'))('%s', (_name, one) => {
    const bytes = payloadBytes(one);
    if (faultOf(PROTOCOL.commands, bytes) !== undefined) return expect(one.outcome).toBe('refused');
    const body = JSON.parse(decoder.decode(bytes)) as {
      readonly command: string;
      readonly parameters?: { readonly rate_seconds?: number };
      readonly command_id?: string;
      readonly expires_at?: string;
    };
    const isExpired = body.expires_at !== undefined && parseRfc3339(body.expires_at) <= one.nowMs;
    expect({
      outcome: isExpired ? 'expired' : 'accepted',
      command: body.command,
      rateSeconds: body.parameters?.rate_seconds ?? 0,
      commandId: body.command_id ?? '',
    }).toEqual({
      outcome: one.outcome,
      command: one.command,
      rateSeconds: one.rateSeconds,
      commandId: one.commandId,
    });
  });
});

describe('what may be forgotten', () => {
  interface Ack extends VectorCase {
    readonly boot: number | null;
    readonly seq: number | null;
  }
  test.each(firmwareCases<Ack>('acks'))('%s', (_name, one) => {
    const bytes = payloadBytes(one);
    expect(faultOf(PROTOCOL.ack, bytes) === undefined).toBe(one.boot !== null);
    if (one.boot === null || one.seq === null) return;
    const ours = codec.encodeStored!({ kind: 'stored-up-to', deviceId: 'dev-1', boot: one.boot, seq: one.seq });
    const theirs = JSON.parse(decoder.decode(bytes)) as unknown;
    expect(theirs).toMatchObject(JSON.parse(ours.payload as string) as object);
  });

  test('the backend writes it to the byte', () => {
    const [, first] = firmwareCases<Ack>('acks')[0]!;
    const { payload } = codec.encodeStored!({
      kind: 'stored-up-to',
      deviceId: 'dev-1',
      boot: first.boot!,
      seq: first.seq!,
    });
    expect(payload).toBe(first.payload);
  });
});

describe('the time', () => {
  interface Answer extends VectorCase {
    readonly askedMs: number;
    readonly nowMs: number;
    readonly utcMs: number | null;
  }
  test.each(firmwareCases<Answer>('time-responses'))('%s', (_name, one) => {
    const bytes = payloadBytes(one);
    let body: unknown;
    try {
      body = JSON.parse(decoder.decode(bytes));
    } catch {
      // Nothing that could be believed.
    }
    expect(judgeTimeResponse(body, one.askedMs, one.nowMs) ?? null).toBe(one.utcMs);
  });
});

describe('topics', () => {
  interface Topic extends VectorCase {
    readonly constant: string;
    readonly deviceId: string;
    readonly topic: string;
  }
  test.each(firmwareCases<Topic>('topics'))('%s', (_name, { constant, deviceId, topic }) => {
    const message = Object.values(PROTOCOL).find(({ name }) => constantName('', name) === constant)!;
    expect(message.topic.replace('{device_id}', deviceId)).toBe(topic);
  });
});

describe('updates', () => {
  interface Manifest {
    readonly board: string;
    readonly secure_version: number;
    readonly size: number;
    readonly sha256: string;
    readonly signature: string;
  }
  interface Ota extends VectorCase {
    readonly board: string;
    readonly secureVersion: number;
    readonly slotBytes: number;
    readonly accepted: boolean;
    readonly signedText: string;
    readonly signedSha256: string;
    readonly signatureGood: boolean;
    readonly publicKey: string;
  }
  test.each(firmwareCases<Ota>('otas'))('%s', (_name, one) => {
    const bytes = payloadBytes(one);
    if (faultOf(PROTOCOL.ota, bytes) !== undefined) return expect(one.accepted).toBe(false);
    const manifest = JSON.parse(decoder.decode(bytes)) as Manifest;
    const fits = manifest.size <= one.slotBytes && manifest.secure_version >= one.secureVersion;
    expect(fits && manifest.board === one.board).toBe(one.accepted);
    if (!one.accepted) return;
    const text = otaSignedText({ ...manifest, secureVersion: manifest.secure_version });
    expect([text, sha256(text)]).toEqual([one.signedText, one.signedSha256]);
    const key = createPublicKey({ key: Buffer.from(one.publicKey, 'base64'), format: 'der', type: 'spki' });
    const isGood = verify('sha256', Buffer.from(text), key, Buffer.from(manifest.signature, 'base64'));
    expect(isGood).toBe(one.signatureGood);
  });
});
