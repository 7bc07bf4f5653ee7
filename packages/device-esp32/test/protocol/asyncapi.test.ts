import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { PROTOCOL } from '../../src/index.js';

const folder = new URL('../../', import.meta.url);
const document = JSON.parse(readFileSync(new URL('asyncapi.json', folder), 'utf8')) as {
  readonly channels: Readonly<Record<string, { readonly address: string; readonly parameters: object }>>;
  readonly operations: Readonly<Record<string, { readonly action: string }>>;
};

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

/** What a JSON pointer into the document stands for. */
function resolved(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>> | undefined)?.[name], document);
}

describe('asyncapi.json', () => {
  test('is an AsyncAPI 3.0 document, by the schema of the specification', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json') as object;
    const validate = // It brings the meta-schema along.
      new Ajv({ strict: false, validateFormats: false, allErrors: true, meta: false, validateSchema: false }).compile(
        schema,
      );
    validate(document);
    expect(validate.errors).toBeNull();
    validate({ ...document, channels: { broken: { address: 5 } } });
    expect(validate.errors).not.toBeNull();
  });

  test('is in the package, and so are the schemas', () => {
    const require = createRequire(import.meta.url);
    expect(require('@louver/device-esp32/asyncapi.json')).toEqual(document);
    const schema = require('@louver/device-esp32/schema/window-state.json') as { readonly $id: string };
    expect(schema.$id).toBe('urn:louver:device-esp32:window-state');
  });

  test('everything that it refers to is there', () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references) {
      const isThere = reference.startsWith('#/')
        ? resolved(reference) !== undefined
        : existsSync(new URL(reference, folder));
      expect([reference, isThere]).toEqual([reference, true]);
    }
  });

  test('each message has its channel, and the backend sends or receives it', () => {
    for (const { name, topic, direction } of Object.values(PROTOCOL)) {
      expect(document.channels[name]!.address).toBe(topic);
      const isReceived = direction.endsWith('-to-backend');
      expect([name, document.operations[name]!.action]).toEqual([name, isReceived ? 'receive' : 'send']);
    }
    expect(Object.keys(document.channels)).toHaveLength(Object.keys(PROTOCOL).length);
  });
});
