import { PROTOCOL, type PayloadMember, type ProtocolMessage } from '@louver/device-esp32';
import type { Command } from 'commander';
import { louverProgram } from '../../packages/server/src/cli/run-cli.js';
import { openapi } from '../../packages/server/src/http/openapi.js';
import { PROBLEMS } from '../../packages/server/src/http/problem-document.js';
import { LATEST_ACTIONS, LATEST_RECORDINGS } from '../../packages/storage-clickhouse/src/schema/latest-rows.js';
import { TABLES, type Column } from '../../packages/storage-clickhouse/src/schema/tables.js';
import { code, table } from './markdown.js';

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly schema: { readonly enum?: readonly string[] };
  }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly requestBody?: { readonly content: object };
  readonly 'x-least-role'?: string;
}

/** What docs/API.md has from the code: topics, payloads, tables, endpoints, problems, commands. */
export function apiSections(): Readonly<Record<string, string>> {
  return {
    topics: topics(),
    payloads: payloads(),
    tables: tables(),
    endpoints: endpoints(),
    problems: problems(),
    commands: commands(),
  };
}

const messages: readonly ProtocolMessage[] = Object.values(PROTOCOL);

function topics(): string {
  return table(
    ['topic', '', 'from, to', 'QoS', 'retained', 'payload', 'at most', 'what'],
    messages.map(({ topic, tag, direction, qos, retain, payload, maxBytes, description }) => [
      code(topic),
      tag,
      direction.replace('-to-', ' → '),
      String(qos),
      retain ? 'yes' : 'no',
      payload.format === 'json' ? 'JSON' : payload.format === 'cbor' ? 'CBOR' : payload.format,
      `${maxBytes} bytes`,
      description,
    ]),
  );
}

function payloads(): string {
  return messages
    .flatMap(({ topic, payload }) => {
      if (payload.format !== 'json') return [];
      const rows = payload.members.flatMap((member) => memberRows(member, ''));
      return [`### ${code(topic)}\n\n${table(['member', 'type', 'range', 'needed', 'what'], rows)}`];
    })
    .join('\n\n');
}

function memberRows(member: PayloadMember, prefix: string): readonly (readonly string[])[] {
  const { name, type, required, nullable, unit, description, values, min, max } = member;
  const ends =
    min === undefined && max === undefined
      ? ''
      : `${min ?? '…'} to ${max ?? '…'}${type === 'string' ? ' characters' : ''}`;
  const range = values === undefined ? `${ends} ${unit ?? ''}`.trim() : values.map((value) => code(value)).join(', ');
  const own = [
    code(prefix + name),
    type + (nullable === true ? ' or null' : ''),
    range,
    required ? 'yes' : '',
    description,
  ];
  return [own, ...(member.members ?? []).flatMap((inner) => memberRows(inner, `${prefix}${name}.`))];
}

function tables(): string {
  const columnRow = ({ name, type, fallback }: Column): readonly string[] => [
    code(name),
    code(type),
    fallback === undefined ? '' : code(fallback),
  ];
  const written = TABLES.map(({ name, columns, extension, engine, orderBy, partitionTime }) => {
    const kept = `${code(engine)}, ordered by ${code(orderBy)}${partitionTime === undefined ? '' : `, a partition for each month of ${code(partitionTime)}`}.`;
    return `### ${code(name)}\n\n${kept}\n\n${table(['column', 'type', 'default'], [...columns, ...extension].map(columnRow))}`;
  });
  const latest = [LATEST_ACTIONS, LATEST_RECORDINGS].map(({ target, table: source, columns }) => [
    code(target),
    code(source),
    columns.map(([name]) => code(name)).join(', '),
  ]);
  const values = [
    code('device_latest'),
    '`sensor_temperature`, `sensor_humidity`, `sensor_scalar`',
    '`quantity`, `value`',
  ];
  const states = `### Newest rows\n\nKept up by the inserts themselves, as states for \`argMaxMerge\`.\n\n${table(['table', 'fed from', 'what it holds of each device'], [values, ...latest])}`;
  return [...written, states].join('\n\n');
}

function endpoints(): string {
  const paths = openapi('')['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const { summary, parameters = [], responses, requestBody } = operation;
      const asked = parameters.map(({ name, required, schema }) => {
        const values = schema.enum === undefined ? '' : ` (${schema.enum.join(', ')})`;
        return code(name) + values + (required ? '' : '?');
      });
      if (requestBody !== undefined) asked.push(`body: ${code(Object.keys(requestBody.content)[0]!)}`);
      const answers = Object.entries(responses).map(([status, { description }]) =>
        status === 'default' ? 'else a problem' : `${status}: ${description}`,
      );
      const role = operation['x-least-role'] ?? (path.startsWith('/api/') ? 'viewer' : 'nobody');
      return [code(`${method.toUpperCase()} ${path}`), role, asked.join(', '), answers.join(' '), summary];
    }),
  );
  return table(['request', 'token of', 'parameters', 'answers', 'what'], rows);
}

function problems(): string {
  const rows = Object.entries(PROBLEMS).map(([kind, { status, title }]) => [
    code(`urn:louver:problem:${kind}`),
    String(status),
    title,
  ]);
  return table(['`type`', '`status`', '`title`'], rows);
}

function commands(): string {
  const rows = louverProgram().commands.flatMap((command) =>
    (command.commands.length > 0 ? command.commands : [command]).map((below) => [
      code(
        ['louver', ...(below === command ? [] : [command.name()]), `${below.name()} ${wanted(below)}`.trim()].join(' '),
      ),
      below.options.map(({ flags }) => code(flags)).join(', '),
      below.description(),
    ]),
  );
  return table(['command', 'options', 'does'], rows);
}

function wanted(command: Command): string {
  return command.registeredArguments
    .map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    .join(' ');
}
