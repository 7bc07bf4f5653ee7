import { expect, test } from 'vitest';
import { jsonLogger } from '../src/logging.js';

function logged(write: (logger: ReturnType<typeof jsonLogger>) => void, level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = [];
  write(jsonLogger(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('one JSON object a line, with level, time, message and fields', () => {
  const [line] = logged((logger) => logger.info('command sent', { deviceId: 'a', requestId: 'r', commandId: 'c' }));
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    msg: 'command sent',
    deviceId: 'a',
    requestId: 'r',
    commandId: 'c',
  });
});

test('below the level nothing is written', () => {
  expect(logged((logger) => (logger.info('no'), logger.warn('yes')), 'warn').map((line) => line['msg'])).toEqual([
    'yes',
  ]);
});

test('secrets are hidden wherever they slip in', () => {
  const lines = logged((logger) =>
    logger.warn('login', { password: 'canary', login: { password: 'canary', token: 'canary' } }),
  );
  expect(JSON.stringify(lines)).not.toContain('canary');
});
