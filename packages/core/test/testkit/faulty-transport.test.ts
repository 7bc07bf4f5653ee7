import { defaultContext, durableReceipt, LouverError, memoryTransport, type Delivery } from '@louver/core';
import { faultyTransport, manualClock } from '@louver/core/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { settled, START_MS } from '../support/rig.js';

const receipt = durableReceipt('none', START_MS);

async function rig() {
  const clock = manualClock(START_MS);
  const memory = memoryTransport();
  const transport = faultyTransport(memory, { clock });
  await transport.open(defaultContext({ clock }));
  const received: Delivery[] = [];
  const stop = new AbortController();
  const outcome = { over: false, error: undefined as unknown };
  const receiving = (async () => {
    for await (const batch of transport.receive(['#'], { maxUnsettled: 100, signal: stop.signal })) {
      received.push(...batch);
    }
  })()
    .catch((error: unknown) => (outcome.error = error))
    .finally(() => (outcome.over = true));
  onTestFinished(async () => {
    stop.abort();
    await receiving;
  });
  const acknowledged: string[] = [];
  const send = async (text: string): Promise<void> => {
    void memory.inject('t', text).then(
      () => acknowledged.push(text),
      () => acknowledged.push(`nack ${text}`),
    );
    await settled();
  };
  const texts = () =>
    received.map(({ payload, dup }) => Buffer.from(payload).toString() + (dup === true ? ' dup' : ''));
  return { clock, memory, transport, received, acknowledged, send, texts, outcome };
}

test('without a fault it is the transport beneath', async () => {
  const { transport, received, acknowledged, send, texts } = await rig();
  await send('1');
  expect(texts()).toEqual(['1']);
  expect(transport.unacknowledged).toBe(1);
  received[0]!.ack(receipt);
  await settled();
  expect([acknowledged, transport.unacknowledged]).toEqual([['1'], 0]);
  await send('2');
  received[1]!.nack(new LouverError('E_TRANSPORT', 'not wanted'));
  await settled();
  expect(acknowledged).toEqual(['1', 'nack 2']);
  expect(transport.health!()).toEqual({ ok: true });
});

test('publishing: refused, hanging, slow', async () => {
  const { transport, clock, memory } = await rig();
  // Topics that begin with $ do not match '#': nobody here has to acknowledge them.
  const out: string[] = [];
  memory.onPublish(({ topic }) => out.push(topic));
  const publish = (topic: string, signal?: AbortSignal) =>
    transport.publish({ topic: `$${topic}`, payload: '', qos: 1 }, signal);
  transport.fail({ on: 'publish', how: 'refuse', times: 1 });
  await expect(publish('a')).rejects.toMatchObject({ code: 'E_TRANSPORT', retryable: true });
  const release = transport.fail({ on: 'publish', how: 'hang' });
  const giveUp = new AbortController();
  const given = publish('b', giveUp.signal);
  giveUp.abort();
  await expect(given).rejects.toMatchObject({ code: 'E_TRANSPORT' });
  const later = publish('c');
  await settled();
  expect(out).toEqual([]);
  release();
  await later;
  transport.fail({ on: 'publish', how: 'slow', delayMs: 500 });
  const slow = publish('d');
  await clock.advance(499);
  await settled();
  expect([out, transport.calls('publish')]).toEqual([['$c'], 4]);
  await clock.advance(1);
  await slow;
  expect(out).toEqual(['$c', '$d']);
});

test('receiving: hangs, is slow, and ends with an error when refused', async () => {
  const { transport, clock, texts, send, outcome } = await rig();
  const release = transport.fail({ on: 'receive', how: 'hang' });
  await send('1');
  expect(texts()).toEqual([]);
  release();
  await settled();
  expect(texts()).toEqual(['1']);
  const quick = transport.fail({ on: 'receive', how: 'slow', delayMs: 100 });
  await send('2');
  expect(texts()).toEqual(['1']);
  await clock.advance(100);
  await settled();
  expect(texts()).toEqual(['1', '2']);
  quick();
  transport.fail({ on: 'receive', how: 'refuse', afterCalls: 1 });
  await send('3');
  expect([texts(), outcome.over]).toEqual([['1', '2', '3'], false]);
  await send('4');
  expect(outcome).toMatchObject({ over: true, error: { code: 'E_TRANSPORT' } });
});

test('repeated deliveries: copies are marked, and only the first counts', async () => {
  const { transport, received, acknowledged, send, texts } = await rig();
  transport.repeat(3);
  await send('1');
  expect(texts()).toEqual(['1', '1 dup', '1 dup']);
  received[1]!.ack(receipt);
  received[2]!.ack(receipt);
  await settled();
  expect(acknowledged).toEqual([]);
  received[0]!.ack(receipt);
  await settled();
  expect(acknowledged).toEqual(['1']);
});

test('dropped acknowledgements: the sender hears nothing, and sends again after the reconnection', async () => {
  const { transport, received, acknowledged, send, texts } = await rig();
  transport.dropAcknowledgements(true);
  await send('1');
  await send('2');
  for (const delivery of received) delivery.ack(receipt);
  await settled();
  expect([acknowledged, transport.unacknowledged]).toEqual([[], 2]);
  transport.dropAcknowledgements(false);
  transport.reconnect();
  await settled();
  expect(texts()).toEqual(['1', '2', '1 dup', '2 dup']);
  received[3]!.ack(receipt);
  received[2]!.ack(receipt);
  await settled();
  expect(acknowledged).toEqual(['2', '1']);
  transport.reconnect();
  await settled();
  expect(texts()).toHaveLength(4);
});

test('disconnected: nothing comes or goes, old acknowledgements are void, and what came meanwhile comes afterwards', async () => {
  const { transport, received, acknowledged, send, texts } = await rig();
  await send('1');
  transport.disconnect();
  expect(transport.health!()).toMatchObject({ ok: false });
  await send('2');
  await expect(transport.publish({ topic: 't', payload: '', qos: 1 })).rejects.toMatchObject({ code: 'E_TRANSPORT' });
  received[0]!.ack(receipt);
  await settled();
  expect([texts(), acknowledged]).toEqual([['1'], []]);
  transport.reconnect();
  await settled();
  expect(transport.health!()).toEqual({ ok: true });
  received[0]!.ack(receipt);
  await settled();
  expect([texts(), acknowledged]).toEqual([['1', '1 dup', '2 dup'], []]);
  received[1]!.ack(receipt);
  received[2]!.ack(receipt);
  await settled();
  expect(acknowledged).toEqual(['1', '2']);
});
