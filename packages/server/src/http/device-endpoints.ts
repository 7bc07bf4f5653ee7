import type { Clock, RangeQuery, StorageReader, StoredRecording } from '@louver/core';
import type { ApiContext } from './api-types.js';
import { readHistory, type HistoryParameters } from './history-endpoint.js';
import { featureNames } from './feature-names.js';
import { jsonList } from './json-list.js';
import {
  commandParameters,
  dataParameters,
  DEFAULT_LIMIT,
  deviceParameters,
  noParameters,
  readParameters,
  type RangeParameters,
} from './parameters.js';
import { badParameters, problem, type ParameterError } from './problem-document.js';
import {
  bucketJson,
  commandJson,
  deviceJson,
  latestJson,
  readingJson,
  recordingColumnsJson,
  recordingJson,
} from './representation.js';

type Endpoint = (c: ApiContext) => Promise<Response>;

/** The read side of the API over devices, by path. */
export function deviceEndpoints(reader: StorageReader, clock: Clock): ReadonlyMap<string, Endpoint> {
  return new Map<string, Endpoint>([
    ['/api/devices', (c) => listDevices(c, reader)],
    ['/api/devices/:id/data', (c) => data(c, reader, clock)],
    ['/api/devices/:id/data/latest', (c) => latest(c, reader)],
    ['/api/devices/:id/commands', (c) => commands(c, reader)],
  ]);
}

async function listDevices(c: ApiContext, reader: StorageReader): Promise<Response> {
  const parsed = readParameters(c, noParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  return jsonList(c, {}, 'devices', await reader.devices(), deviceJson);
}

async function data(c: ApiContext, reader: StorageReader, clock: Clock): Promise<Response> {
  const parsed = readParameters(c, dataParameters);
  if (!parsed.ok) return badParameters(c, await withSensors(c, reader, parsed.errors));
  const { id, sensor, interval, columns, limit = DEFAULT_LIMIT } = parsed.value;
  if (interval !== undefined) return history(c, reader, clock, { ...parsed.value, interval });
  const query = rangeOf({ ...parsed.value, limit });
  const head = { device_id: id, sensor };
  if (sensor === 'audio') {
    const recordings = await reader.recordings(query);
    if (recordings.length === 0 && !(await isKnown(reader, id))) return unknownDevice(c, id);
    const unknown = columns === undefined ? [] : unknownColumns(recordings, columns);
    if (unknown.length > 0) return badParameters(c, unknown);
    const toJson = columns === undefined ? recordingJson : (row: StoredRecording) => recordingColumnsJson(row, columns);
    return jsonList(c, head, 'readings', recordings, toJson);
  }
  const readings = await reader.readings(sensor, query);
  if (readings.length === 0 && !(await isKnown(reader, id))) return unknownDevice(c, id);
  return jsonList(c, head, 'readings', readings, readingJson);
}

/** A name that no recording has is a wrong one, where they have any. */
function unknownColumns(recordings: readonly StoredRecording[], columns: readonly string[]): readonly ParameterError[] {
  const known = new Set(recordings.flatMap(({ features }) => featureNames(features)));
  if (known.size === 0) return [];
  const unknown = columns.filter((column) => !known.has(column));
  return unknown.map((column) => ({
    parameter: 'columns',
    detail: `has ${JSON.stringify(column)}, which none of these recordings has; they have ${[...known].join(', ')}`,
  }));
}

async function history(
  c: ApiContext,
  reader: StorageReader,
  clock: Clock,
  given: HistoryParameters,
): Promise<Response> {
  const { id, sensor, interval, aggregation = 'mean' } = given;
  const found = await readHistory(reader, clock, given);
  if (!found.ok) return badParameters(c, found.errors);
  if (!found.buckets.some(({ count }) => count > 0) && !(await isKnown(reader, id))) return unknownDevice(c, id);
  const head = { device_id: id, sensor, interval: interval.text, aggregation };
  return jsonList(c, head, 'readings', found.buckets, bucketJson);
}

async function latest(c: ApiContext, reader: StorageReader): Promise<Response> {
  const parsed = readParameters(c, deviceParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const { id } = parsed.value;
  const values = await reader.latest(id);
  const [recording] = await reader.recordings({ deviceId: id, limit: 1 });
  if (values.length === 0 && recording === undefined && !(await isKnown(reader, id))) return unknownDevice(c, id);
  const audio = recording === undefined ? null : recordingJson(recording);
  return jsonList(c, { device_id: id, audio }, 'readings', values, latestJson);
}

async function commands(c: ApiContext, reader: StorageReader): Promise<Response> {
  const parsed = readParameters(c, commandParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const { id } = parsed.value;
  const rows = await reader.actions(rangeOf(parsed.value));
  if (rows.length === 0 && !(await isKnown(reader, id))) return unknownDevice(c, id);
  return jsonList(c, { device_id: id }, 'commands', rows, commandJson);
}

function rangeOf({ id, from, to, limit }: RangeParameters): RangeQuery {
  return {
    deviceId: id,
    limit,
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  };
}

/** Asked only when there is nothing to show; the cheapest question first. */
async function isKnown(reader: StorageReader, deviceId: string): Promise<boolean> {
  const one = { deviceId, limit: 1 };
  if ((await reader.latest(deviceId)).length > 0) return true;
  if ((await reader.devices()).some((row) => row.device_id === deviceId)) return true;
  return (await reader.recordings(one)).length > 0 || (await reader.actions(one)).length > 0;
}

/** Says which sensors the device has, where the sensor is what is wrong. */
async function withSensors(
  c: ApiContext,
  reader: StorageReader,
  errors: readonly ParameterError[],
): Promise<readonly ParameterError[]> {
  const isWrong = (name: string): boolean => errors.some(({ parameter }) => parameter === name);
  const id = c.req.param('id');
  if (id === undefined || isWrong('id') || !isWrong('sensor')) return errors;
  const quantities = (await reader.latest(id)).map(({ quantity }) => quantity);
  const recordings = await reader.recordings({ deviceId: id, limit: 1 });
  const sensors = recordings.length > 0 ? [...quantities, 'audio'] : quantities;
  const hint = sensors.length === 0 ? 'temperature, humidity, audio, co2 …' : `this device has ${sensors.join(', ')}`;
  return errors.map((error) =>
    error.parameter === 'sensor' ? { ...error, detail: `${error.detail} (${hint})` } : error,
  );
}

function unknownDevice(c: ApiContext, id: string): Response {
  return problem(c, 'unknown-device', `nothing was ever received from a device ${id}: GET /api/devices lists them`);
}
