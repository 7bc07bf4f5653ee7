import { defaultContext } from '@louver/core';
import { drainPending, Session } from 'chdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChdbConnection } from '../../src/embedded/chdb-connection.js';
import { tempFolder } from '../support/temp-folder.js';

let connection: ChdbConnection;

beforeEach(async () => {
  const folder = tempFolder();
  const openSession = (): Session => new Session(folder);
  const sessions = {
    directory: folder,
    database: 'iot',
    chdb: { openSession, drain: drainPending },
    writes: openSession(),
    reads: openSession(),
    open: openSession,
    release: () => Promise.resolve(),
  };
  connection = await ChdbConnection.begin(sessions, defaultContext());
});

afterEach(() => connection.close());

test('what a question has written before it failed does not stand in front of the next answer', async () => {
  const failing = "SELECT number AS foreign, throwIf(number = 150000, 'in the middle') FROM numbers(300000)";
  for (let round = 0; round < 5; round++) {
    await expect(connection.query(`${failing} SETTINGS max_threads = 1`, {})).rejects.toThrow(/in the middle/);
    expect(await connection.query('SELECT {round:UInt32} AS own', { round })).toBe(`{"own":${round}}\n`);
  }
});
