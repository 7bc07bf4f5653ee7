import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asker, filledStorage, recordingContext } from './support.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '__proto__', 'constructor', '%', '%00'),
);
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('0000-01-01T00:00:00Z', '9999-12-31T23:59:60Z', '2026-01-31T12:00:00 02:00', '2026-13-01T00:00:00Z'),
  text,
);
const value: Record<string, fc.Arbitrary<string>> = {
  sensor: fc.oneof(fc.constantFrom('temperature', 'audio', 'co2', 'toString', 'status'), text),
  from: time,
  to: time,
  limit: fc.oneof(fc.integer().map(String), fc.constantFrom('1', '10000', '1e3', 'NaN', '0x1'), text),
};
const parameter = fc
  .oneof(fc.constantFrom(...Object.keys(value)), text)
  .chain((name) => fc.tuple(fc.constant(name), Object.hasOwn(value, name) ? value[name]! : text));
const device = fc.oneof(fc.constantFrom('room-1', 'silent', 'nobody'), text);
const route = fc.constantFrom('/data', '/data/latest', '/commands', '');
/** As programs write them, and as anybody may: unescaped, with broken escapes. */
const spelling = fc.constantFrom(encodeURIComponent, (raw: string) => raw.replace(/[^\x21-\x7e]|[#?\\]/g, '%'));

test('no parameters make a request fail: 200, 400, 404 or 414, in JSON, with every problem explained', async () => {
  const { context, lines } = recordingContext();
  const { reader } = await filledStorage();
  const get = asker({ reader, context });
  await fc.assert(
    fc.asyncProperty(
      device,
      route,
      fc.array(parameter, { maxLength: 6 }),
      spelling,
      async (id, end, parameters, spell) => {
        const query = parameters.map(([name, given]) => `${spell(name)}=${spell(given)}`).join('&');
        const { status, headers, body } = await get(`/api/devices/${spell(id)}${end}?${query}`);
        expect([200, 400, 404, 414]).toContain(status);
        if (status === 200) return;
        expect(headers.get('content-type')).toBe('application/problem+json');
        expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:louver:problem:/) as string });
        if (status === 400) expect((body.errors as unknown[]).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});
