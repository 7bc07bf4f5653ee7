import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultContext, type StorageAdapter } from '@louver/core';
import { expect, onTestFinished, test } from 'vitest';
import { clickhouseStorage, type ClusterOptions, type RetentionOptions } from '../../src/index.js';
import { bundle } from '../support/in-another-process.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** The statements of the README's chapter, without `TO louver`. */
const [forOpening, forUse] = ['To make the tables', 'To use them'].map((title) => {
  const [, block] = new RegExp(`${title}[^\`]*\`\`\`sql\\n([^\`]*)\`\`\``).exec(readme)!;
  return [...block!.matchAll(/^GRANT (.*) TO louver;$/gm)].map(([, grant]) => grant!);
}) as [string[], string[]];

/** With retention. */
const [forRetention] = /^GRANT (ALTER TTL .*) TO louver;$/m.exec(readme)!.slice(1) as [string];

/** A server whose user has these grants and no others. */
const start = await bundle(`
  import { chdbFront } from './chdb-front.js';
  const front = await chdbFront(process.argv[2], { grants: JSON.parse(process.argv[3]), cluster: 'louver' });
  console.log(front.url);
`);

async function withGrants(
  grants: readonly string[],
  {
    name = 'database',
    ...options
  }: { readonly name?: string; readonly retention?: RetentionOptions; readonly cluster?: ClusterOptions } = {},
): Promise<{ storage: StorageAdapter; end(): Promise<void> }> {
  const { says, kill } = start(join(folder, name), JSON.stringify(grants));
  const storage = clickhouseStorage({ url: await says(), ...options });
  const end = async (): Promise<void> => {
    await storage.close();
    await kill();
  };
  return { storage, end };
}

async function use(storage: StorageAdapter): Promise<void> {
  await storage.open(defaultContext());
  const row = scalarRow();
  await storage.write('sensor_temperature', [row]);
  const key = { deviceId: row.device_id, fromMs: T0, toMs: T0, id: row.message_id };
  expect(await storage.present!('sensor_temperature', [key])).toEqual([true]);
  expect(await storage.reader!.latest('dev')).toHaveLength(1);
}

test('what the README says is enough, first to make the tables, then to use them', async () => {
  expect([forOpening.length, forUse.length]).toEqual([1, 2]);
  const maker = await withGrants([...forOpening, ...forUse]);
  await use(maker.storage);
  await maker.end();
  const user = await withGrants(forUse);
  await use(user.storage);
  await user.end();
});

test('and every part of it is needed', async () => {
  const [making] = forOpening;
  const rights = /^(.*) ON iot\.\*$/.exec(making!)![1]!.split(', ');
  expect(rights.length).toBeGreaterThan(2);
  for (const right of rights) {
    const others = rights.filter((each) => each !== right).join(', ');
    const { storage, end } = await withGrants([`${others} ON iot.*`, ...forUse], {
      name: right.replaceAll(' ', '-'),
    });
    onTestFinished(end);
    const error = await storage.open(defaultContext()).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'E_CONFIG', retryable: false });
    expect(String(error)).toMatch(
      new RegExp(
        `^[^\n]*the user lacks a right.*run .*GRANT ${right} ON iot\\.\\* TO default.*grant ${right}\\b.*497\\)$`,
      ),
    );
    if (right === 'CREATE DATABASE')
      expect(String(error)).toContain('does not exist: run CREATE DATABASE iot, or GRANT');
  }
});

test('retention needs a right of its own, and says so', async () => {
  const options = { name: 'retention', retention: { deadLettersMs: 3_600_000 } };
  const without = await withGrants([...forOpening, ...forUse], options);
  const error = await without.storage.open(defaultContext()).catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ code: 'E_CONFIG' });
  expect(String(error)).toMatch(/^[^\n]*the user lacks a right, run GRANT ALTER TTL ON iot\.\* TO default .*497\)$/);
  await without.end();
  const granted = await withGrants([forRetention, ...forUse], options);
  await use(granted.storage);
  await granted.end();
  // When it stands, it is needed no more.
  const user = await withGrants(forUse, options);
  await use(user.storage);
  await user.end();
});

test('a right that is missing for a write or a question is named too', async () => {
  const maker = await withGrants([...forOpening, ...forUse], { name: 'reader' });
  await use(maker.storage);
  await maker.end();
  const { storage, end } = await withGrants(['SELECT ON iot.*'], { name: 'reader' });
  onTestFinished(end);
  await storage.open(defaultContext());
  const error = await storage.write('sensor_temperature', [scalarRow()]).catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
  expect(String(error)).toMatch(/the user lacks a right, run GRANT INSERT ON iot\.\* TO default .*497\)$/);
});

test('a cluster with shards needs the right to reach them', async () => {
  const [forShards] = /`GRANT (REMOTE ON [^`]*) TO louver`/.exec(readme)!.slice(1) as [string];
  const cluster = { name: 'louver', sharded: true };
  const without = await withGrants([...forOpening, ...forUse], { name: 'no-shards', cluster });
  const error = await without.storage.open(defaultContext()).catch((refusal: unknown) => refusal);
  expect(String(error)).toMatch(
    /^LouverError: E_CONFIG: the user lacks a right, run GRANT TABLE ENGINE ON Distributed TO default/,
  );
  await without.end();
  const granted = await withGrants([forShards, ...forOpening, ...forUse], { name: 'shards', cluster });
  await use(granted.storage);
  await granted.end();
});
