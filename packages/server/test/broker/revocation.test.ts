import { expect, test } from 'vitest';
import { manualClock } from '@louver/core/testkit';
import { startRig, until } from './rig.js';

test('the connection of a removed user ends within seconds, others stay', async () => {
  const clock = manualClock(0);
  const removed = new Set<string>();
  const rig = await startRig({
    context: { clock },
    authenticate: ({ username = '' }) => Promise.resolve({ name: username, role: 'admin' }),
    isValid: ({ name }) => Promise.resolve(!removed.has(name)),
  });
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map((username) => rig.connect({ username, password: 'x', reconnectPeriod: 0 })),
  );
  await clock.advance(5_000);
  removed.add('ann');
  await clock.advance(5_000);
  await until(() => !ann!.connected, 'ann is disconnected');
  await bob!.publishAsync('sensor/b/temperature', '{}', { qos: 1 });
  expect(bob!.connected).toBe(true);
  await rig.stop();
});
