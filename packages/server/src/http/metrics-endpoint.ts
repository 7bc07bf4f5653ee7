import { Registry } from 'prom-client';
import type { ApiContext } from './api-types.js';

/** `GET /metrics`: for Prometheus. */
export async function showMetrics(c: ApiContext, text: () => Promise<string>): Promise<Response> {
  return c.body(await text(), 200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE });
}
