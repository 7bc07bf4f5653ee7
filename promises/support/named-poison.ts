const NOW = '2026-01-01T00:00:00Z';
const base64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64');

/** Every kind of P-6, with the reason that its dead letter gives. */
export const NAMED_POISON: readonly (readonly [topic: string, payload: string | Buffer, reason: string])[] = [
  ['sensor/a/temperature', 'warm', 'not-json'],
  ['sensor/a/temperature', '', 'not-json'],
  ['sensor/a/temperature', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'not-json'],
  ['sensor/a/temperature', `{"value": NaN, "timestamp": "${NOW}"}`, 'not-json'],
  ['sensor/a/temperature', `{"value": Infinity, "timestamp": "${NOW}"}`, 'not-json'],
  ['sensor/a/temperature', `{"value": "21", "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', `{"value": null, "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', `{"timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/temperature', '[21]', 'wrong-type'],
  ['sensor/a/temperature', `{"value": 200.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/temperature', `{"value": -100.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/humidity', `{"value": 100.1, "timestamp": "${NOW}"}`, 'out-of-range'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": "yesterday"}', 'bad-timestamp'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": "2026-02-30T00:00:00Z"}', 'bad-timestamp'],
  ['sensor/a/temperature', '{"value": 21, "timestamp": 1767225600}', 'bad-timestamp'],
  ['sensor/a/audio', `{"data": "${base64('RIFF')}", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a/audio', `{"data": "*!*", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a/audio', `{"data": "", "sample_rate": 16000, "duration": 2, "timestamp": "${NOW}"}`, 'bad-recording'],
  ['sensor/a b/temperature', `{"value": 21, "timestamp": "${NOW}"}`, 'bad-device-id'],
  [`sensor/${'x'.repeat(65)}/temperature`, `{"value": 21, "timestamp": "${NOW}"}`, 'bad-device-id'],
  ['sensor/a/temperature', `{"value": 21, "timestamp": "${NOW}", "note": "${'x'.repeat(65_536)}"}`, 'too-large'],
  ['sensor/a/audio', `{"data": "${'A'.repeat(2 * 1024 * 1024)}"}`, 'too-large'],
  ['sensor/a/temperature', `{"__proto__": {"value": 21}, "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/__proto__/temperature', `{"value": "21", "timestamp": "${NOW}"}`, 'wrong-type'],
  ['sensor/a/1x', `{"value": 21, "timestamp": "${NOW}"}`, 'unknown-topic'],
  ['sensor/a/temperature', `${'['.repeat(30_000)}21${']'.repeat(30_000)}`, 'not-json'],
]; // prettier-ignore
