import { request } from 'node:http';
import { expect, test } from 'vitest';
import { scalarRow, T0 } from '../../support/rows.js';
import { countEngineCalls } from './engine-calls.js';
import { front } from './rig.js';

const engine = front({ limits: { timeoutMs: 20_000 } });

/** Reads an answer as it comes; what is asked for is not kept. */
function read(sql: string, onPiece: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    request(`${engine.url}/?enable_http_compression=0`, { method: 'POST' }, (response) => {
      response.on('data', onPiece).on('end', resolve).on('error', reject);
    }).end(sql);
  });
}

test('never more than two calls of the engine at a time, while rows are written and looked up and thirty readers ask', async () => {
  const calls = countEngineCalls();
  let isOver = false;
  const pipeline = (async () => {
    let batches = 0;
    while (!isOver) {
      const rows = Array.from({ length: 100 }, (_, at) => scalarRow({ device_id: `d${at % 7}` }));
      await engine.storage.write('sensor_temperature', rows);
      const keys = rows
        .slice(0, 5)
        .map(({ device_id: deviceId, message_id: id }) => ({ deviceId, fromMs: T0, toMs: T0, id }));
      expect(await engine.storage.present!('sensor_temperature', keys)).toEqual([true, true, true, true, true]);
      batches += 1;
    }
    return batches;
  })();
  const questions = Array.from({ length: 30 }, (_, at) =>
    at % 3 === 0
      ? engine.ask('SELECT number, {x:String} FROM numbers(200000) FORMAT CSV', { param_x: 'y' })
      : at % 3 === 1
        ? engine.ask('SELECT count() >= 0 FROM sensor_temperature FORMAT JSON')
        : engine.ask("SELECT file('x')"),
  );
  const answers = await Promise.all(questions);
  isOver = true;
  expect(await pipeline).toBeGreaterThan(0);
  calls.restore();
  for (const [at, answer] of answers.entries()) {
    if (at % 3 === 0) expect(answer.trimEnd().split('\n')).toHaveLength(200_000);
    else if (at % 3 === 1) expect(answer).toContain('"rows": 1');
    else expect(answer).toMatch(/^403 497: /);
  }
  expect(calls.total).toBeGreaterThan(200);
  expect(calls.most).toBe(2);
});

test('more readers than there are places for wait, and beyond that are told so', async () => {
  expect(await engine.ask('SELECT 1')).toBe('1\n');
  let release = (): void => undefined;
  const held = engine.storage.guests.call(() => new Promise<void>((resolve) => (release = resolve)));
  const refused: string[] = [];
  const asked = Array.from({ length: 120 }, async () => {
    const answer = await engine.ask('SELECT 1');
    if (answer !== '1\n') refused.push(answer);
    return answer;
  });
  // 8 have begun, 64 wait for their places.
  await expect.poll(() => refused.length, { timeout: 30_000 }).toBe(120 - 8 - 64);
  expect(refused[0]).toMatch(/^503 202: .*TOO_MANY_SIMULTANEOUS_QUERIES/);
  release();
  await held;
  const answers = await Promise.all(asked);
  expect(answers.filter((answer) => answer === '1\n')).toHaveLength(8 + 64);
});

test('our own reads come before those of readers that wait', async () => {
  const order: string[] = [];
  const reader = () =>
    engine
      .ask('SELECT sum(sipHash64(number)) FROM numbers(20000000) FORMAT JSON')
      .then(() => void order.push('reader'));
  // The second waits when the first one has its answer.
  const readers = [reader(), reader(), reader(), reader(), reader()];
  await Promise.race(readers);
  await engine.storage.reader!.devices();
  order.push('own');
  await Promise.all(readers);
  expect(order.indexOf('own')).toBeLessThanOrEqual(2);
  expect(order).toHaveLength(6);
});

test('a long answer comes as it is taken, in flat memory, each row once', async () => {
  const rows = 5_000_000;
  const before = process.memoryUsage().rss;
  let bytes = 0;
  let lines = 0;
  let most = 0;
  await read(`SELECT number AS a, toString(number) AS b FROM numbers(${rows}) FORMAT JSONEachRow`, (piece) => {
    bytes += piece.length;
    for (const byte of piece) if (byte === 0x0a) lines += 1;
    most = Math.max(most, process.memoryUsage().rss);
  });
  expect(lines).toBe(rows);
  expect(bytes).toBeGreaterThan(130e6);
  // Less than the answer: it was never there as a whole. What else there is are pieces and the engine's own pools, 30 to 70 MB.
  expect(most - before).toBeLessThan(0.75 * bytes);
});

test('what costs too much is refused with the code of its limit', async () => {
  expect(await engine.ask('SELECT groupArray(number) FROM numbers(1000000000)')).toMatch(
    /^507 241: .*MEMORY_LIMIT_EXCEEDED/,
  );
  expect(await engine.ask('SELECT number FROM numbers(100000000) FORMAT JSON')).toMatch(/^413 396: /);
  expect(await engine.ask('SELECT sum(sipHash64(number)) FROM numbers(1000000000000)', { max_execution_time: '1' })).toMatch(/^408 159: /); // prettier-ignore
  expect(await engine.ask('SELECT (SELECT sum(sipHash64(number)) FROM numbers(1000000000000))', { max_execution_time: '1' })).toMatch(/^408 159: /); // prettier-ignore
});

test('what is worked on before it begins holds up nothing else of this process', async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 5);
  await engine.ask('SELECT (SELECT sum(sipHash64(number)) FROM numbers(60000000)), number FROM numbers(3)');
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});
