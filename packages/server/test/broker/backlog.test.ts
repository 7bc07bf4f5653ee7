import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { defaultContext, durableReceipt } from '@louver/core';
import { brokerTransport } from '../../src/broker/broker-transport.js';

test('a client that sends far more at once than is read ahead is read to the end', async () => {
  const transport = brokerTransport({ host: '127.0.0.1', port: 0 });
  await transport.open(defaultContext());
  const stop = new AbortController();
  const received = (async () => {
    let count = 0;
    for await (const batch of transport.receive(['sensor/+/+'], { maxUnsettled: 4096, signal: stop.signal })) {
      count += batch.length;
      setImmediate(() => batch.forEach((delivery) => delivery.ack(durableReceipt('none', 0))));
    }
    return count;
  })();
  const client = await connectAsync(`mqtt://127.0.0.1:${transport.port}`);
  const payload = 'x'.repeat(60);
  await Promise.all(Array.from({ length: 9000 }, () => client.publishAsync('sensor/a/co2', payload, { qos: 1 })));
  await client.endAsync();
  stop.abort();
  expect(await received).toBe(9000);
  await transport.close();
});
