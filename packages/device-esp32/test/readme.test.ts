import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { esp32Codec } from '../src/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('every payload of the README decodes, one of each kind of event', () => {
  const lines = /```text\n(.*?)```/s.exec(readme)![1]!.trim().split('\n');
  const kinds = lines.map((line) => {
    const at = line.indexOf(' ');
    const payload = new TextEncoder().encode(line.slice(at + 1));
    const message = {
      topic: line.slice(0, at),
      payload,
      receivedAtMs: Date.parse('2025-10-24T12:00:02Z'),
      deliveryId: 'j:1',
    };
    return esp32Codec()
      .decode(message)
      .map((event) => event.kind);
  });
  expect(kinds).toEqual([
    ['scalar'],
    ['scalar'],
    ['scalar'],
    ['waveform'],
    ['recording-part'],
    ['scalar', 'scalar', 'scalar', 'scalar'],
    ['device-status'],
    ['device-info'],
    ['config-reported'],
    ['window-state'],
    ['command-seen'],
    ['inference-asked'],
    ['inference-answered'],
  ]);
});

test('the filters of the README are those of the codec', () => {
  const topics = { temperature: 'site1/sensor/+/temperature', windowControl: 'site1/window/{device_id}/control' };
  const listed = /\/\/ reads (.*)/.exec(readme)![1]!.match(/[\w+]+(\/[\w+]+)+/g)!;
  expect(esp32Codec({ topics }).filters.toSorted()).toEqual(listed.toSorted());
});
