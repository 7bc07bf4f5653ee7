import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ProtocolMessage } from '../../src/index.js';

const folder = new URL('../../schema/', import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>(
  readdirSync(folder).map((file) => [
    file.replace('.json', ''),
    ajv.compile(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as object),
  ]),
);

/** What the schema of a message has against a payload; `undefined` when it is taken. */
export function faultOf(
  { name, payload: { format } }: ProtocolMessage,
  payload: string | Uint8Array,
): string | undefined {
  const validate = validators.get(name)!;
  let value: unknown;
  try {
    const text = typeof payload === 'string' ? payload : new TextDecoder('utf-8', { fatal: true }).decode(payload);
    value = format === 'text' ? text : JSON.parse(text);
  } catch (error) {
    return String(error);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}
