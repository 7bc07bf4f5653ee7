import { createHash } from 'node:crypto';
import { LouverError, type Codec, type InboundEvent, type WindowCommand } from '@louver/core';

/**
 * A wire format as small as can be, so that the runtime is tested without knowing the ESP32's:
 * `s/{device}/{quantity}` with `{"v": 21.5, "t": 1700000000000}`, `s/{device}/audio` with raw PCM, `w/{device}` with a command.
 */
export function lineCodec(): Codec {
  return {
    filters: ['s/+/+', 'w/+'],
    decode({ topic, payload, receivedAtMs, deliveryId }) {
      const [kind, deviceId = '', quantity = ''] = topic.split('/');
      const base = { deviceId, receivedAtMs, deviceTimestamp: '', identified: true } as const;
      const messageId = createHash('sha256').update(topic).update(payload).digest('hex').slice(0, 32);
      if (quantity === 'audio') {
        const sha256 = createHash('sha256').update(payload).digest('hex');
        const durationS = payload.byteLength / 32_000;
        const recording = { bytes: payload, format: 'pcm_s16le', sampleRateHz: 16_000, durationS, sha256 } as const;
        const event = {
          ...base,
          timestampMs: receivedAtMs,
          timeSource: 'server',
          messageId,
          kind: 'waveform',
        } as const;
        return [{ ...event, recording } satisfies InboundEvent];
      }
      let body: Record<string, unknown>;
      try {
        body = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
      } catch (cause) {
        throw new LouverError('E_DECODE', 'not JSON', { reason: 'not-json', deviceId, cause });
      }
      if (kind === 'w') {
        const sent = body as unknown as WindowCommand;
        const { temperature, humidity } = sent.featuresUsed;
        // JSON has no NaN.
        const featuresUsed = { ...sent.featuresUsed, temperature: temperature ?? NaN, humidity: humidity ?? NaN };
        const command = { ...sent, featuresUsed };
        const times = { timestampMs: command.timestampMs, timeSource: 'device' } as const;
        return [{ ...base, ...times, kind: 'command-seen', messageId: command.commandId, command }];
      }
      if (typeof body['v'] !== 'number') throw new LouverError('E_DECODE', 'no v', { reason: 'wrong-type', deviceId });
      const timed = typeof body['t'] === 'number';
      const timestampMs = timed ? (body['t'] as number) : receivedAtMs;
      return [
        {
          ...base,
          kind: 'scalar',
          quantity,
          value: body['v'],
          timestampMs,
          timeSource: timed ? 'device' : 'server',
          identified: timed,
          messageId: timed ? messageId : deliveryId,
        },
      ];
    },
    encode(out) {
      if (out.kind === 'window') return { topic: `w/${out.deviceId}`, payload: JSON.stringify(out), qos: 1 };
      const kind = out.kind === 'inference-request' ? 'request' : 'response';
      return { topic: `ml/${kind}/${out.deviceId}`, payload: JSON.stringify({ requestId: out.requestId }), qos: 1 };
    },
  };
}
