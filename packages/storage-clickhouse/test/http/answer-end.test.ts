import { describe, expect, test } from 'vitest';
import { AnswerEnd } from '../../src/http/answer-end.js';

async function ended(chunks: readonly string[], tag?: string): Promise<AnswerEnd> {
  const end = new AnswerEnd(tag);
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  })();
  let passed = '';
  for await (const chunk of end.watch()(source)) passed += chunk.toString('latin1');
  expect(passed).toBe(chunks.join(''));
  return end;
}

const WORDS =
  'Code: 241. DB::Exception: Query memory limit exceeded: would use 1.00 GiB. (MEMORY_LIMIT_EXCEEDED) (version 25.3.2.39 (official build))';

describe('an answer that fails in its middle', () => {
  test('from 25.11 on says so in a block', async () => {
    const block = `\r\n__exception__\r\nPU1FNUFH98\r\n${WORDS}\n130 PU1FNUFH98\r\n__exception__\r\n`;
    const end = await ended(['"a"\n1\n', block.slice(0, 30), block.slice(30)], 'PU1FNUFH98');
    expect(() => end.check('CSVWithNames')).toThrow(/Code: 241.*MEMORY_LIMIT_EXCEEDED/);
    try {
      end.check('CSVWithNames');
    } catch (fault) {
      expect(fault).toMatchObject({ name: 'ConnectionFault', kind: 'server', clickhouseCode: 241 });
    }
  });

  test('before that in its last line', async () => {
    const end = await ended(['"a"\n1\n', `${WORDS}\n`]);
    expect(() => end.check('CSVWithNames')).toThrow(/MEMORY_LIMIT_EXCEEDED/);
  });

  test('of Parquet also by its end', async () => {
    expect(() => new AnswerEnd(undefined).check('Parquet')).toThrow(/broke off/);
    const cut = await ended(['PAR1', 'x'.repeat(50_000), 'half a col']);
    expect(() => cut.check('Parquet')).toThrow(/the answer broke off before its end/);
  });
});

test('an answer that ended well is not doubted, whatever is in it', async () => {
  (await ended(['PAR1', 'x'.repeat(50_000), 'PA', 'R1'])).check('Parquet');
  (await ended([])).check('CSVWithNames');
  (await ended([`"detail","id"\n"${WORDS}","m1"\n`])).check('CSVWithNames');
  const payload = '"x{\r\n__exception__\r\nabc\r\nhello}","m1"\n';
  for (const tag of ['PU1FNUFH98', undefined]) (await ended([payload], tag)).check('CSVWithNames');
});
