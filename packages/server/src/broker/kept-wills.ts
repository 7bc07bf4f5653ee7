import { Readable } from 'node:stream';
import type { KeptPacket, Persistence } from './aedes-internals.js';
import type { Entry } from './broker-database.js';
import { asLevel, decodePacket, encodePacket } from './kept-packet.js';
import type { WriteBehind } from './write-behind.js';

export const WILL = 'w:';

/** The will of a client that was connected when the broker ended. */
export interface LeftWill {
  readonly packet: KeptPacket;
  /** It has been carried out: unless its client has left another one since, it is forgotten. */
  done(): void;
}

export interface KeptWills {
  /** Those that were left. */
  restore(entries: readonly Entry[]): readonly LeftWill[];
  /** From now on wills stay for the next start [MQTT-3.1.2-8: a server that shuts down may defer them]. */
  freeze(): void;
}

/** Writes wills down for as long as their clients are connected. */
export function keepWills(persistence: Persistence, database: WriteBehind): KeptWills {
  const put = persistence.putWill.bind(persistence);
  const remove = persistence.delWill.bind(persistence);
  /** Left by an earlier process and not carried out yet. */
  const left = new Set<string>();
  let frozen = false;

  persistence.putWill = async (client, packet) => {
    left.delete(WILL + asLevel(client.id));
    database.set(WILL + asLevel(client.id), encodePacket(packet));
    await put(client, packet);
    await database.written();
  };
  persistence.delWill = async (client) => {
    const will = await remove(client);
    if (will !== undefined && !frozen) database.set(WILL + asLevel(client.id), undefined);
    return will;
  };
  // The broker looks there for the wills of other brokers, which it shares its store with: there are none.
  persistence.streamWill = () => Readable.from([]);

  return {
    restore(entries) {
      return entries.flatMap(([key, value]) => {
        const packet = decodePacket(value);
        if (packet === undefined) {
          database.set(key, undefined);
          return [];
        }
        left.add(key);
        const done = (): void => {
          if (left.delete(key)) database.set(key, undefined);
        };
        return [{ packet, done }];
      });
    },
    freeze() {
      frozen = true;
    },
  };
}
