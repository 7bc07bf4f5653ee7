import { LouverError, type DeviceTalk } from '@louver/core';

/**
 * What is asked and told in the format of `lineCodec`: `time?/{device}` with a number asks for the time, `time!/{device}` has it;
 * `window?/{device}` with a number or `stop` is what people want.
 */
export const lineTalk: DeviceTalk = {
  askFilters: ['time?/+', 'window?/+'],
  askedAt(topic) {
    if (topic.startsWith('time?/')) return 'time-asked';
    return topic.startsWith('window?/') ? 'window-asked' : undefined;
  },
  decodeAsked(topic, payload) {
    const [what, deviceId = ''] = topic.split('/');
    const text = Buffer.from(payload).toString();
    if (what === 'window?' && text === 'stop') return { kind: 'window-asked', deviceId, wanted: text };
    const number = Number(text);
    if (Number.isNaN(number)) throw new LouverError('E_DECODE', 'no number');
    if (what === 'window?') return { kind: 'window-asked', deviceId, wanted: number };
    return { kind: 'time-asked', deviceId, deviceSentMs: number };
  },
  encodeTold: ({ deviceId, kind, ...told }) => ({
    topic: `${kind === 'time-told' ? 'time!' : kind}/${deviceId}`,
    payload: JSON.stringify({ kind, ...told }),
    qos: 1,
  }),
};
