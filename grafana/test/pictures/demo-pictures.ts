import { startEngine } from '../support/engine.js';
import { write } from '../support/seeded-day.js';
import { DEMO_DAY, demoDay } from './demo-day.js';
import { pictures } from './draw-all.js';

/** The pictures of docs/dashboards, by path. */
export async function demoPictures(): Promise<ReadonlyMap<string, string>> {
  const engine = await startEngine();
  try {
    await write(engine.storage, demoDay());
    return await pictures(engine, { ...DEMO_DAY, intervalMs: 15 * 60_000 }, 'kitchen');
  } finally {
    await engine.close();
  }
}
