import { expect, test } from 'vitest';
import { LouverError, memoryTransport } from '@louver/core';
import { commandsOf, rig } from '../support/rig.js';

test('a command that did not go out is asked for again by the next readings, though nothing has changed', async () => {
  const transport = memoryTransport();
  let away = true;
  const { pipeline } = rig({
    transport: {
      ...transport,
      publish: (message) =>
        away ? Promise.reject(new LouverError('E_TRANSPORT', 'the broker is away')) : transport.publish(message),
    },
  });
  const sent: string[] = [];
  transport.onPublish(({ topic }) => sent.push(topic));
  const send = (topic: string, v: number, t: number) => transport.inject(topic, JSON.stringify({ v, t }));
  await pipeline.open();
  await send('s/a/temperature', 20, 1_767_225_600_000);
  await send('s/a/humidity', 50, 1_767_225_600_000);
  await pipeline.drain();
  expect(sent).toEqual([]);

  away = false;
  await send('s/a/temperature', 20, 1_767_225_600_001);
  await send('s/a/humidity', 50, 1_767_225_600_001);
  await pipeline.drain();
  expect(commandsOf(sent.map((topic) => ({ topic, payload: '', qos: 1 })))).toHaveLength(1);
  await pipeline.close();
});
