import { DEVICE_COMMANDS } from '../src/protocol/limits.js';
import type { PayloadMember } from '../src/protocol/members.js';
import { PROTOCOL, type ProtocolMessage } from '../src/protocol/messages.js';

export type JsonSchema = { readonly [key: string]: unknown };

/** RFC 3339 with its offset; that a month has so many days no pattern says. Empty stands for missing. */
const TIME =
  '^$|^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)' +
  '(\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$';

/** Either alphabet, padded or not, in lines or not. */
const BASE64 = '^[A-Za-z0-9+/_\\s-]*(=\\s*){0,2}$';

/** Raw PCM says its rate; a WAV file, which begins with `RIFF`, has it in its header [P-6a]. */
const RATE_OR_WAV: JsonSchema = {
  anyOf: [
    { properties: { sample_rate: { type: 'integer' } }, required: ['sample_rate'] },
    { properties: { data: { type: 'string', pattern: '^UklGR' } }, required: ['data'] },
  ],
};

/** What a command cannot do without [P-35]. */
const COMMAND_PARAMETERS: JsonSchema = {
  allOf: Object.entries(DEVICE_COMMANDS).flatMap(([command, parameters]) => {
    const names = Object.keys(parameters);
    if (names.length === 0) return [];
    return [
      {
        if: { properties: { command: { type: 'string', const: command } }, required: ['command'] },
        then: {
          properties: {
            parameters: {
              type: 'object',
              properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
              required: names,
            },
          },
          required: ['parameters'],
        },
      },
    ];
  }),
};

/** What no list of members says. */
const RULES: ReadonlyMap<ProtocolMessage, JsonSchema> = new Map([
  [PROTOCOL.audio, RATE_OR_WAV],
  [PROTOCOL.commands, COMMAND_PARAMETERS],
]);

/** A message and the name of the file with its schema; `undefined`: bytes, or nothing at all. CBOR holds what the JSON of its topic does. */
export function schemaNameOf({ name, payload }: ProtocolMessage): string | undefined {
  if (payload.format === 'cbor') return PROTOCOL.scalar.name;
  return payload.format === 'json' || payload.format === 'text' ? name : undefined;
}

/** JSON Schema (2020-12) of the payload of one message, of a plain text as if it stood in quotes; `undefined` when it has none of its own. */
export function payloadSchema(message: ProtocolMessage): JsonSchema | undefined {
  const { name, tag, description, payload } = message;
  const head = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:louver:device-esp32:${name}`,
    title: `${tag} ${message.topic}`,
    description,
  };
  switch (payload.format) {
    case 'json':
      return { ...head, ...objectOf(payload.members), ...RULES.get(message) };
    case 'text':
      return { ...head, type: 'string', enum: payload.values, pattern: payload.pattern };
    case 'cbor':
    case 'binary':
    case 'empty':
      return undefined;
  }
}

/** Other members are allowed everywhere: a peer passes over what it does not know. */
function objectOf(members: readonly PayloadMember[]): JsonSchema {
  const required = members.filter((member) => member.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(members.map((member) => [member.name, memberSchema(member)])),
    required: required.length > 0 ? required : undefined,
  };
}

function memberSchema(member: PayloadMember): JsonSchema {
  const { description, unit, values, pattern, min, max } = member;
  const told = unit === undefined ? description : `${description} In ${unit}.`;
  const type = (name: string): unknown => (member.nullable === true ? [name, 'null'] : name);
  switch (member.type) {
    case 'number':
    case 'integer':
      return { description: told, type: type(member.type), minimum: min, maximum: max };
    case 'string':
      return { description: told, type: type('string'), enum: values, pattern, minLength: min, maxLength: max };
    case 'time':
      return { description: told, type: type('string'), pattern: TIME };
    case 'base64':
      return { description: told, type: 'string', pattern: BASE64 };
    case 'boolean':
      return { description: told, type: 'boolean' };
    case 'object':
      return { description: told, ...objectOf(member.members ?? []) };
    case 'strings':
      return { description: told, type: 'array', items: { type: 'string' } };
    case 'numbers':
      return { description: told, type: 'object', additionalProperties: { type: 'number' } };
    case 'any':
      return { description: told };
  }
}
