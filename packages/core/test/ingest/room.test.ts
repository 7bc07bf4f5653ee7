import { expect, test } from 'vitest';
import { Room } from '../../src/ingest/room.js';
import { settled } from '../support/rig.js';

test('is bounded little at first, and widens only where that was not enough, up to its most', async () => {
  const room = new Room(5_000, 1_000);
  room.widen();
  room.take(1_000);
  expect(room.isFull).toBe(true);
  let isOpen = false;
  void room.opened().then(() => (isOpen = true));
  await settled(1);
  expect(isOpen).toBe(false);
  room.widen();
  await settled(1);
  expect({ isOpen, isFull: room.isFull, mayWiden: room.mayWiden }).toEqual({
    isOpen: true,
    isFull: false,
    mayWiden: true,
  });
  room.widen();
  room.take(1_000);
  room.widen();
  room.take(2_000);
  room.widen();
  expect(room.mayWiden).toBe(false);
  room.take(1_000);
  room.widen();
  expect(room.isFull).toBe(true);
  room.give(1);
  expect(room.isFull).toBe(false);
});
