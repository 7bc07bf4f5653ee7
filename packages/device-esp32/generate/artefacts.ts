import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL } from '../src/protocol/messages.js';
import { asyncApiDocument } from './asyncapi.js';
import { protocolHeader } from './protocol-header.js';
import { payloadSchema } from './schemas.js';
import { vectorsHeader, type VectorCase } from './vectors-header.js';

/** A file that is made from the protocol and committed. */
export interface Artefact {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Everything that `npm run generate` writes. @param root The root of the repository: the golden vectors are read there. */
export function artefacts(root: string): readonly Artefact[] {
  const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const casesOf = (file: string): readonly VectorCase[] =>
    (json(`firmware/test/vectors/${file}.json`) as { readonly cases: readonly VectorCase[] }).cases;
  const schemas = Object.values(PROTOCOL).flatMap((message) => {
    const schema = payloadSchema(message);
    return schema === undefined
      ? []
      : [{ path: `packages/device-esp32/schema/${message.name}.json`, text: pretty(schema) }];
  });
  return [
    { path: 'firmware/src/core/protocol_generated.h', text: protocolHeader() },
    ...schemas,
    { path: 'packages/device-esp32/asyncapi.json', text: pretty(asyncApiDocument()) },
    { path: 'firmware/test/vectors/vectors_generated.h', text: vectorsHeader(casesOf) },
  ];
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
