import { expect, test } from 'vitest';
import { topicMatches } from '@louver/core';

test.each([
  ['sensor/+/temperature', 'sensor/a/temperature', true],
  ['sensor/+/temperature', 'sensor/a/b/temperature', false],
  ['sensor/#', 'sensor', true],
  ['sensor/#', 'sensor/a/b', true],
  ['+', 'a', true],
  ['+', 'a/b', false],
  ['a/+', 'a/', true],
  ['#', '$SYS/uptime', false],
  ['+/uptime', '$SYS/uptime', false],
  ['$SYS/#', '$SYS/uptime', true],
])('%s against %s: %s', (filter, topic, matches) => {
  expect(topicMatches(filter, topic)).toBe(matches);
});
