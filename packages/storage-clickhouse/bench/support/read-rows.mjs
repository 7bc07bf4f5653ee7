// Reads a tenth of the rows and then all of them, one way, and tells the most memory during the one and during the other, in MB. A tenth is read
// once before: the engine's caches and pools grow with the first million rows, whatever is asked.
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { defaultContext } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';

const [path, folder, way] = process.argv.slice(2);
const [rows, beginMs, stepMs] = process.argv.slice(5).map(Number);
const DEVICES = 1_000;

const storage = embeddedClickhouse({ path, fsync: false });
await storage.open(defaultContext());
let most;
const look = () => (most = Math.max(most, process.memoryUsage.rss() / 1e6));
const timer = setInterval(look, 5);
const upTo = async (count, name = count) => {
  most = 0;
  const query = { fromMs: beginMs, toMs: beginMs + (count / DEVICES) * stepMs - 1 };
  const found = way === 'as a stream' ? await streamed(query) : await exported(query, way.split(' ').at(-1), name);
  if (found !== count) throw new Error(`found ${found} rows, expected ${count}`);
  look();
  return most;
};
await upTo(rows / 10, 'before');
const tenth = await upTo(rows / 10);
const all = await upTo(rows);
clearInterval(timer);
await storage.close();
process.send({ tenth, all });

async function streamed(query) {
  let count = 0;
  for await (const batch of storage.reader.rows('sensor_temperature', query)) count += batch.length;
  return count;
}

async function exported(query, format, name) {
  let found = 0;
  const file = join(folder, `${name}.${format}`);
  await storage.exportTable('sensor_temperature', { ...query, format, file }, (rows) => (found = rows));
  return found;
}
