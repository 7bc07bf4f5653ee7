import { defaultContext } from '@louver/core';
import { expect, test } from 'vitest';
import { createApp } from '../../src/http/create-app.js';
import { asker, filledStorage, WELL } from './support.js';
import { json, toldDevices } from './told-devices.js';

interface Operation {
  readonly summary: string;
  readonly 'x-least-role'?: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Schema {
  readonly oneOf?: readonly {
    readonly properties: Readonly<Record<string, { const?: string; properties?: Ranges }>>;
  }[];
  readonly properties?: Ranges;
}

type Ranges = Readonly<Record<string, { readonly minimum: number; readonly maximum: number }>>;

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function document(): Promise<OpenApi> {
  const { status, body } = await asker()('/openapi.json');
  expect(status).toBe(200);
  return body as unknown as OpenApi;
}

test('every route is in it, and nothing else', async () => {
  const { reader } = await filledStorage();
  const app = createApp({ health: () => WELL, reader, tokens: [], context: defaultContext() });
  const routed = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  const { paths } = await document();
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.toSorted()).toEqual([...new Set(routed)].toSorted());
});

test('every operation says what it is and how it fails, and names what its path has', async () => {
  const { openapi, info, paths } = await document();
  expect(openapi).toBe('3.1.0');
  expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
  for (const [path, operations] of Object.entries(paths)) {
    for (const { summary, responses, parameters = [] } of Object.values(operations)) {
      expect(summary).toMatch(/^[A-Z].*\.$/);
      expect(Object.keys(responses)).toContain('default');
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
    }
  }
});

test('the ends of every range in it are taken, and one beyond is not', async () => {
  const { paths } = await document();
  const told = await toldDevices();
  await told.hear('sensor/room-1/temperature', { value: 20 });
  const { oneOf = [] } = paths['/api/devices/{id}/commands']!['post']!.requestBody!.content['application/json']!.schema;
  expect(oneOf).toHaveLength(6);
  for (const { properties } of oneOf) {
    const command = properties['command']!.const;
    const ranges = Object.entries(properties['parameters']!.properties ?? {});
    const give = async (pick: (range: Ranges[string]) => number): Promise<number> => {
      const parameters = Object.fromEntries(ranges.map(([name, range]) => [name, pick(range)]));
      return (await told.ask('/api/devices/room-1/commands', json('POST', { command, parameters }))).status;
    };
    expect([await give(({ minimum }) => minimum), await give(({ maximum }) => maximum)]).toEqual([202, 202]);
    if (ranges.length > 0) expect(await give(({ maximum }) => maximum + 1)).toBe(400);
  }
  const { properties = {} } =
    paths['/api/devices/{id}/config']!['put']!.requestBody!.content['application/json']!.schema;
  for (const [name, { minimum, maximum }] of Object.entries(properties)) {
    const put = async (value: number): Promise<number> =>
      (await told.ask('/api/devices/room-1/config', json('PUT', { [name]: value }))).status;
    expect([name, await put(minimum), await put(maximum), await put(maximum + 1)]).toEqual([name, 200, 200, 400]);
  }
  await told.pipeline.close();
});

test('the role that an operation names is the least that it takes', async () => {
  const roles = ['viewer', 'operator', 'admin'] as const;
  const { reader } = await filledStorage();
  const ask = asker({ reader, tokens: roles.map((role) => ({ name: role, role, token: `token-of-the-${role}` })) });
  const { paths } = await document();
  for (const [path, operations] of Object.entries(paths)) {
    if (!path.startsWith('/api/')) continue;
    for (const [method, { 'x-least-role': least = 'viewer' }] of Object.entries(operations)) {
      const answers = roles.map((role) =>
        ask(path.replace('{id}', 'nobody'), {
          method: method.toUpperCase(),
          headers: { authorization: `Bearer token-of-the-${role}` },
        }),
      );
      const letIn = (await Promise.all(answers)).map(({ status }, at) => (status === 403 ? undefined : roles[at]));
      const from = roles.findIndex((role) => role === least);
      expect([method, path, letIn]).toEqual([method, path, roles.map((role, at) => (at < from ? undefined : role))]);
    }
  }
});
