import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/wire/base64.js';

/** By grammar instead of by length. */
function reference(text: string): Buffer | undefined {
  const bare = text.replace(/[\r\n\t ]/g, '');
  const body = bare.replace(/={1,2}$/, '');
  const padded = bare !== body;
  if (!/^[A-Za-z0-9+/_-]*$/.test(body) || body.length % 4 === 1 || (padded && bare.length % 4 !== 0)) return undefined;
  return Buffer.from(body, 'base64');
}

describe('decodeBase64', () => {
  test('bytes come back, padded or not, in either alphabet, in lines or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 80 }), (bytes, width) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        const lines = text.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
        for (const form of [text, text.replace(/=/g, ''), Buffer.from(bytes).toString('base64url'), lines]) {
          expect(Buffer.compare(decodeBase64(form)!, bytes)).toBe(0);
        }
      }),
    );
  });

  test('accepts what the grammar accepts and nothing else', () => {
    const character = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...'AZaz09+/-_') },
      { weight: 1, arbitrary: fc.constantFrom('=', '==', ' ', '\n', '*', '.', 'é', '\0', '\u00a0', '\ud83d\ude00') },
    );
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 14 }).map((parts) => parts.join('')),
        (text) => {
          const expected = reference(text);
          const found = decodeBase64(text);
          expect(found === undefined).toBe(expected === undefined);
          if (expected !== undefined) expect(Buffer.compare(found!, expected)).toBe(0);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
