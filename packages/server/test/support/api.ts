import type { LedgerPublisher } from './ledger-publisher.js';

/** Resolves when `/readyz` says 200: from then on nothing that is published passes the server by. */
export async function ready(httpUrl: string): Promise<void> {
  while (!(await fetch(`${httpUrl}/readyz`)).ok) await soon();
}

/** The newest stored temperature of a device; undefined: none. */
export async function latestTemperature(httpUrl: string, deviceId: string): Promise<number | undefined> {
  const response = await fetch(`${httpUrl}/api/devices/${deviceId}/data/latest`);
  const { readings = [] } = (await response.json()) as { readings?: { sensor: string; value: number }[] };
  return readings.find(({ sensor }) => sensor === 'temperature')?.value;
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

/** Tells the publisher what is stored, until the server has gone. */
export async function tellWhatIsStored(httpUrl: string, deviceId: string, publisher: LedgerPublisher): Promise<void> {
  try {
    for (;;) {
      const value = await latestTemperature(httpUrl, deviceId);
      if (value !== undefined) publisher.takenUpTo(value);
      await soon();
    }
  } catch {
    // It was killed.
  }
}

/** What `/readyz` says is wrong, in one line; empty: nothing. */
export async function readiness(httpUrl: string): Promise<string> {
  const response = await fetch(`${httpUrl}/readyz`);
  return ((await response.json()) as { reasons: readonly string[] }).reasons.join('; ');
}
