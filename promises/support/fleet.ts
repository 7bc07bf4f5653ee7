import { startProgram } from '../../packages/server/test/support/bundled-process.js';
import type { FleetAnswer, FleetLedger, FleetRequest, FleetSettings, FleetTally, Rates } from './fleet-messages.js';

const FLEET = { folder: import.meta.dirname, file: 'fleet-process', run: 'runFleetProcess' };

/** Devices in a process of their own. They connect again by themselves, and send again what was not acknowledged. */
export interface Fleet {
  /** Resolves when all are connected. */
  connect(port: number): Promise<void>;
  /** One client more, that subscribes to every command. Resolves when it has subscribed. */
  listen(port: number): Promise<void>;
  /** From now on, until the next one. */
  pace(rates: Rates): Promise<void>;
  /** What happened since the last one. */
  tally(): Promise<FleetTally>;
  /** Sends nothing more, and resolves when everything is acknowledged. */
  rest(): Promise<void>;
  ledger(): Promise<FleetLedger>;
  /** Disconnects. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Call `removeBundles` when all are closed. */
export async function startFleet(settings: FleetSettings): Promise<Fleet> {
  const fleet = await startProgram(FLEET, settings);
  const ask = (request: FleetRequest): Promise<FleetAnswer> => fleet.ask<FleetAnswer>(request);
  const does = async (request: FleetRequest): Promise<void> => void (await ask(request));
  return {
    connect: (port) => does({ ask: 'connect', port }),
    listen: (port) => does({ ask: 'listen', port }),
    pace: (rates) => does({ ask: 'pace', rates }),
    tally: async () => (await ask({ ask: 'tally' })).tally!,
    rest: () => does({ ask: 'rest' }),
    ledger: async () => (await ask({ ask: 'ledger' })).ledger!,
    leave: () => does({ ask: 'leave' }),
    close: () => fleet.kill(),
  };
}
