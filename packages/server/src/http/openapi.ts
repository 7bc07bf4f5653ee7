import { CONFIG_MEMBERS, DEVICE_COMMANDS } from '@louver/device-esp32';
import type { TokenRole } from './api-types.js';
import { PROBLEM_JSON } from './problem-document.js';

type Json = Readonly<Record<string, unknown>>;

const MAX_LIMIT_TEXT = '1,000 unless said otherwise, up to 10,000';

const inPath = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const inQuery = (name: string, description: string, schema: Json = { type: 'string' }, required = false): Json => ({
  name,
  in: 'query',
  required,
  description,
  schema,
});

const time = { type: 'string', format: 'date-time' };
const ID = inPath('id', 'Of the device: 1 to 64 of A-Z a-z 0-9 _ . : -');
const RANGE = [
  inQuery('from', 'Inclusive.', time),
  inQuery('to', 'Inclusive.', time),
  inQuery('limit', MAX_LIMIT_TEXT, { type: 'integer', minimum: 1, maximum: 10_000 }),
];

/** Whether somebody without a token is let in is told by the answer. */
function operation(
  summary: string,
  extras: Json = {},
  ok: Json = { 200: { description: 'As the summary says.' } },
): Json {
  const problems = {
    description: 'What is wrong, in words [RFC 9457].',
    content: { [PROBLEM_JSON]: { schema: PROBLEM } },
  };
  return { summary, ...extras, responses: { ...ok, default: problems } };
}

/** The role that a token needs, where not every one will do. */
function least(role: TokenRole): Json {
  return { 'x-least-role': role };
}

function body(schema: Json): Json {
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

const PROBLEM = { $ref: '#/components/schemas/Problem' };
const NUMBERED = { position: { type: 'number', minimum: 0, maximum: 100, description: 'Percent open.' } };

/** One alternative for each command: its parameters differ. */
const COMMANDS = [...Object.entries(DEVICE_COMMANDS), ['set_window', undefined] as const].map(([command, ranges]) => {
  const properties =
    ranges === undefined
      ? NUMBERED
      : Object.fromEntries(
          Object.entries(ranges as Readonly<Record<string, { min: number; max: number; unit: string }>>).map(
            ([name, { min, max, unit }]) => [name, { type: 'integer', minimum: min, maximum: max, description: unit }],
          ),
        );
  const names = Object.keys(properties);
  const parameters = { type: 'object', properties, required: names, additionalProperties: false };
  const required = names.length > 0 ? ['command', 'parameters'] : ['command'];
  return {
    type: 'object',
    required,
    properties: { command: { const: command }, parameters },
    additionalProperties: false,
  };
});

const CONFIG = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(
    CONFIG_MEMBERS.map(({ name, type, min, max, unit, description }) => [
      name,
      { type, minimum: min, maximum: max, description: `${description} (${unit})` },
    ]),
  ),
};

const LETTERS = {
  type: 'object',
  description: 'Which dead letters: `ids`, or some of the others, or `all`.',
  properties: {
    ids: { type: 'array', items: { type: 'string' }, maxItems: 1_000 },
    code: { type: 'string' },
    device: { type: 'string' },
    from: time,
    to: time,
    all: { type: 'boolean' },
    dry_run: { type: 'boolean' },
  },
};

const PATHS = {
  '/healthz': { get: operation('The process lives.') },
  '/readyz': {
    get: operation(
      'Whether everything does its work; 503 and the reasons when not.',
      {},
      {
        200: { description: 'It does.' },
        503: { description: 'What does not, in words.' },
      },
    ),
  },
  '/metrics': {
    get: operation('What Prometheus is told.', least('viewer'), {
      200: { description: 'Text format 0.0.4.', content: { 'text/plain': {} } },
    }),
  },
  '/openapi.json': { get: operation('This document.') },
  '/api/devices': { get: operation('Every device.') },
  '/api/devices/{id}': {
    delete: operation(
      'Takes a device out of use; its readings stay.',
      { parameters: [ID], ...least('admin') },
      { 204: { description: 'It is.' } },
    ),
  },
  '/api/devices/{id}/data': {
    get: operation('Readings or recordings, oldest first.', {
      parameters: [
        ID,
        inQuery('sensor', '`audio` or the name of a quantity.', { type: 'string' }, true),
        ...RANGE,
        inQuery('interval', 'Such as 30s, 5m, 1h or 7d.'),
        inQuery('aggregation', 'With `interval`.', { enum: ['mean', 'min', 'max', 'count', 'last'] }),
        inQuery('gaps', 'With `interval`.', { enum: ['omit', 'null', 'previous'] }),
        inQuery('columns', 'Names of audio features with commas, with `sensor=audio`.'),
      ],
    }),
  },
  '/api/devices/{id}/data/latest': {
    get: operation('The latest of each quantity and the latest recording.', { parameters: [ID] }),
  },
  '/api/devices/{id}/commands': {
    get: operation('What the window was told.', { parameters: [ID, ...RANGE] }),
    post: operation(
      'Tells the device to do something, or moves its window.',
      { parameters: [ID], ...body({ oneOf: COMMANDS }), ...least('operator') },
      { 202: { description: 'The broker has it; with its `command_id`.' } },
    ),
  },
  '/api/devices/{id}/config': {
    get: operation('How the device should work, and how it does.', { parameters: [ID] }),
    put: operation(
      'How the device should work from now on; the version is raised here.',
      { parameters: [ID], ...body(CONFIG), ...least('operator') },
      { 200: { description: 'The broker has it.' }, 202: { description: 'The broker gets it when it is there.' } },
    ),
  },
  '/api/recordings/{id}': {
    get: operation('A recording to listen to.', { parameters: [inPath('id', 'Its audio_hash.')] }),
  },
  '/api/dead-letters': {
    get: operation('What could not be stored.', {
      parameters: [inQuery('code', 'Why.'), inQuery('device', 'Whose.'), ...RANGE],
    }),
  },
  '/api/dead-letters/{id}': {
    get: operation('One of them, whole.', { parameters: [inPath('id', 'Its message_id.')] }),
  },
  '/api/dead-letters/replay': {
    post: operation('Takes dead letters in again.', { ...body(LETTERS), ...least('operator') }),
  },
  '/api/model': {
    get: operation('The model that serves.'),
    put: operation('Another model.', {
      parameters: [inQuery('name', 'Of its file; `model` unless said otherwise.')],
      requestBody: { required: true, content: { 'application/octet-stream': {} } },
      ...least('admin'),
    }),
  },
  '/api/model/rollback': {
    post: operation('The model before.', {
      ...body({ type: 'object', properties: { reason: { type: 'string', maxLength: 200 } } }),
      ...least('admin'),
    }),
  },
};

/** The HTTP API for programs [OpenAPI 3.1]. What commands and configurations may be is the protocol's own word. */
export function openapi(version: string): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'Louver', version, license: { name: 'MIT' } },
    security: [{}, { token: [] }],
    paths: PATHS,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail'],
          properties: {
            type: { type: 'string', description: 'urn:louver:problem:…: a program branches on it.' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            instance: { type: 'string' },
            request_id: { type: 'string' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                required: ['parameter', 'detail'],
                properties: { parameter: { type: 'string' }, detail: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  };
}
