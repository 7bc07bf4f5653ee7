import { LouverError, type DeviceControl } from '@louver/core';
import type { ApiContext } from './api-types.js';
import { noDevices, unlessKnown } from './order-endpoint.js';
import { deviceParameters, readParameters } from './parameters.js';
import { badParameters } from './problem-document.js';
import { storageAway } from './storage-guard.js';

/** `DELETE /api/devices/{id}`: takes a device out of use. What was stored of it stays. */
export async function decommission(c: ApiContext, devices: DeviceControl | undefined): Promise<Response> {
  const parsed = readParameters(c, deviceParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  if (devices === undefined) return noDevices(c);
  const { id } = parsed.value;
  const stranger = unlessKnown(c, devices, id);
  if (stranger !== undefined) return stranger;
  try {
    await devices.decommission(id);
    return c.body(null, 204);
  } catch (error) {
    if (LouverError.is(error) && error.code === 'E_STORAGE_UNAVAILABLE') return storageAway(c, error.message);
    throw error;
  }
}
