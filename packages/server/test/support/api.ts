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

export function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
