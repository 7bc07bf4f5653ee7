import { join } from 'node:path';
import type { StorageAdapter } from '@louver/core';
import { clickhouseStorage } from '@louver/storage-clickhouse';
import { removeBundles } from './bundled-process.js';
import { startClickhouseFront } from './clickhouse-front.js';
import { MOSQUITTO_CONFIGS, skipWithoutMosquitto, startMosquitto, type MosquittoProcess } from './mosquitto.js';

/** A way for messages into the server, and for rows out of it. */
export interface Door {
  /** For the names of tests. */
  readonly name: string;
  readonly skip: boolean;
  /**
   * Readings that may be acknowledged to a device and not yet taken over by the server, so that none is lost while it is away. The embedded
   * broker acknowledges nothing that the server has not got.
   */
  readonly keeps: number;
  /** @param folder for what stands outside the server */
  open(folder: string): Promise<OpenDoor>;
}

export interface OpenDoor {
  /** For `louver serve`. */
  readonly args: readonly string[];
  /** Absent: the embedded one. */
  readonly broker?: MosquittoProcess;
  /** Where the rows are. Absent: in the server's data directory. */
  readonly storage?: () => StorageAdapter;
  close(): Promise<void>;
}

const EMBEDDED: Door = {
  name: 'the embedded broker',
  skip: false,
  keeps: Number.POSITIVE_INFINITY,
  open: () => Promise.resolve({ args: [], close: () => Promise.resolve() }),
};

function mosquittoDoor(name: keyof typeof MOSQUITTO_CONFIGS, keeps: number): Door {
  return {
    name: `mosquitto, ${name}${skipWithoutMosquitto ? ' (skipped: it is not installed)' : ''}`,
    skip: skipWithoutMosquitto,
    keeps,
    async open(folder) {
      const broker = await startMosquitto({ folder, config: MOSQUITTO_CONFIGS[name](folder) });
      return { args: ['--mqtt-url', broker.url], broker, close: () => broker.stop('SIGKILL') };
    },
  };
}

export const MOSQUITTO_DOORS: readonly Door[] = [
  // 1,000 for a server that is away; the rest is for those that are on the way when it is looked at.
  mosquittoDoor('default configuration', 900),
  // No bound of the broker's; so that the run comes to an end.
  mosquittoDoor('tuned', 20_000),
];

export const DOORS: readonly Door[] = [EMBEDDED, ...MOSQUITTO_DOORS];

/** The embedded broker, and ClickHouse spoken to over HTTP. */
export const CLICKHOUSE_ELSEWHERE: Door = {
  name: 'the embedded broker, to a ClickHouse elsewhere',
  skip: false,
  keeps: Number.POSITIVE_INFINITY,
  async open(folder) {
    const front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
    return {
      args: ['--clickhouse-url', front.url],
      storage: () => clickhouseStorage({ url: front.url }),
      async close() {
        await front.close();
        await removeBundles();
      },
    };
  },
};
