import type { Metrics, Pipeline } from '@louver/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { packageVersion } from '../package-version.js';
import type { ServerHealth } from '../roles/role.js';
import { watchEventLoop } from './event-loop.js';
import { PrometheusMetrics } from './prometheus-metrics.js';

/** What is looked at when somebody asks, instead of being counted. */
export interface Observed {
  readonly role: string;
  readonly health: () => ServerHealth;
  /** Absent: this process has no devices. */
  readonly tally?: Pipeline['devices']['tally'] | undefined;
}

export interface ServerMetrics {
  /** Where the parts count; to `also` too. */
  readonly metrics: Metrics;
  /** From now on the answer says how these are. */
  watch(observed: Observed): void;
  /** What Prometheus is told [text format 0.0.4]. */
  text(): Promise<string>;
  close(): void;
}

/** Sums of gauges beside them that are called as if they only grew; `promtool check metrics` finds fault with them. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Of the process, not of a server in it: its collectors cannot be taken away again. */
let ofProcess: Registry | undefined;

/** The metrics of one server. @param also somebody else's, who is told the same. */
export function serverMetrics(also: Metrics): ServerMetrics {
  const own = new PrometheusMetrics();
  const loop = watchEventLoop();
  let observed: Observed | undefined;

  function look(): void {
    for (const [quantile, delayMs] of loop.take()) own.gauge('event_loop_delay_ms', delayMs, { quantile });
    if (observed === undefined) return;
    const { role, health, tally } = observed;
    own.gauge('build_info', 1, { version: packageVersion(), role });
    for (const [component, { ok }] of Object.entries(health().components)) {
      own.gauge('component_up', ok ? 1 : 0, { component });
    }
    // As long as storage has not said which there are, nothing is said either.
    for (const [state, devices] of Object.entries(tally?.() ?? {})) own.gauge('devices', devices, { state });
  }

  return {
    metrics: {
      count(name, labels, by) {
        own.count(name, labels, by);
        also.count(name, labels, by);
      },
      gauge(name, value, labels) {
        own.gauge(name, value, labels);
        also.gauge(name, value, labels);
      },
      observe(name, value, labels) {
        own.observe(name, value, labels);
        also.observe(name, value, labels);
      },
    },
    watch: (what) => void (observed = what),
    async text() {
      look();
      return (await own.text()) + (await processRegistry().metrics());
    },
    close: () => loop.stop(),
  };
}

function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
    for (const name of MISNAMED) ofProcess.removeSingleMetric(name);
  }
  return ofProcess;
}
