import { LouverError, type Metrics } from '@louver/core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CATALOGUE, type MetricEntry } from './catalogue.js';

type Labels = Readonly<Record<string, string>>;

/** Series of one metric; more would come from label values that have no bound. */
const MAX_SERIES = 500;
/** Metrics of parts that are not Louver's own. */
const MAX_FOREIGN = 200;
const NAME = /^[a-z][a-z0-9_]{0,100}$/;
/** `le` is Prometheus' own. */
const LABEL = /^(?!le$|__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const NO_LABELS: Labels = {};

interface Series {
  readonly labels: Labels;
  /** Of a counter: what has come since the last look. Of a gauge: how it stands. */
  value: number;
}

interface Metric {
  readonly entry: MetricEntry;
  readonly factor: number;
  /** By their label values. */
  readonly series: Map<string, Series>;
  /** The same by the very object that was counted with: a constant one is found without putting its values together. */
  readonly known: WeakMap<object, Series>;
  readonly histogram?: Histogram;
}

/** Counts for Prometheus. Parts of somebody else may count under names of their own: those are exposed too, up to a bound. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Metric>();
  #foreign = 0;

  /** Throws `E_CONFIG` for a catalogue that cannot be exposed. */
  constructor(catalogue: Readonly<Record<string, MetricEntry>> = CATALOGUE) {
    for (const [name, entry] of Object.entries(catalogue)) {
      if (!NAME.test(name)) throw new LouverError('E_CONFIG', `metric ${name}: expected lower case, digits and _`);
      this.#add(name, entry);
    }
  }

  count(name: string, labels: Labels = NO_LABELS, by = 1): void {
    const metric = this.#of(name, 'counter', labels);
    // A counter that falls would be read as a restart.
    if (metric?.entry.type !== 'counter' || !(by >= 0 && by < Infinity)) return;
    const series = this.#series(metric, labels);
    if (series !== undefined) series.value += by;
  }

  gauge(name: string, value: number, labels: Labels = NO_LABELS): void {
    const metric = this.#of(name, 'gauge', labels);
    if (metric?.entry.type !== 'gauge') return;
    const series = this.#series(metric, labels);
    if (series !== undefined) series.value = value;
  }

  observe(name: string, value: number, labels: Labels = NO_LABELS): void {
    const metric = this.#of(name, 'histogram', labels);
    if (metric?.histogram === undefined || !Number.isFinite(value)) return;
    const series = this.#series(metric, labels);
    if (series !== undefined) metric.histogram.observe(series.labels, value * metric.factor);
  }

  /** Text for a scrape [Prometheus text format 0.0.4]. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #of(name: string, type: MetricEntry['type'], labels: Labels): Metric | undefined {
    const metric = this.#metrics.get(name);
    if (metric !== undefined) return metric;
    const labelNames = Object.keys(labels);
    const isFit = NAME.test(name) && labelNames.every((label) => LABEL.test(label));
    // Of two that would be exposed under one name the first has it.
    const isTaken = this.#registry.getSingleMetric(exposedName(name)) !== undefined;
    if (!isFit || isTaken || this.#foreign >= MAX_FOREIGN) return this.#refuse();
    this.#foreign++;
    return this.#add(name, { type, help: 'Of a part that is not Louver’s own.', labels: labelNames });
  }

  #add(name: string, entry: MetricEntry): Metric {
    const { type, help, labels: labelNames = [], buckets } = entry;
    const exposed = exposedName(name);
    const factor = exposed.endsWith('_seconds') ? 1 / 1000 : 1;
    const series = new Map<string, Series>();
    const options = { name: exposed, help, labelNames: [...labelNames], registers: [this.#registry] };
    let histogram: Histogram | undefined;
    // A metric without labels is there from the start, at 0: an alert may look at how it grows.
    if (labelNames.length === 0 && type === 'counter') series.set('', { labels: NO_LABELS, value: 0 });
    if (type === 'histogram')
      histogram = new Histogram({ ...options, ...(buckets !== undefined && { buckets: [...buckets] }) });
    else if (type === 'counter') {
      new Counter({
        ...options,
        collect() {
          for (const each of series.values()) {
            this.inc(each.labels, each.value * factor);
            each.value = 0;
          }
        },
      });
    } else {
      const gauge = new Gauge({
        ...options,
        collect() {
          for (const each of series.values()) this.set(each.labels, each.value * factor);
        },
      });
      // Else it would be 0 before anybody knows.
      gauge.remove({});
    }
    const metric = { entry, factor, series, known: new WeakMap(), ...(histogram !== undefined && { histogram }) };
    this.#metrics.set(name, metric);
    return metric;
  }

  #series(metric: Metric, labels: Labels): Series | undefined {
    const known = metric.known.get(labels);
    if (known !== undefined) return known;
    const { entry, series } = metric;
    const names = entry.labels ?? [];
    const key = names.map((name) => labels[name] ?? '').join('\0');
    let found = series.get(key);
    if (found === undefined) {
      if (series.size >= MAX_SERIES) return this.#refuse();
      found = { labels: Object.fromEntries(names.map((name) => [name, labels[name] ?? ''])), value: 0 };
      series.set(key, found);
    }
    metric.known.set(labels, found);
    return found;
  }

  #refuse(): undefined {
    const refused = this.#metrics.get('metrics_refused_total')?.series.get('');
    if (refused !== undefined) refused.value++;
    return undefined;
  }
}

/** As Prometheus has it: base units, and whose it is. */
export function exposedName(name: string): string {
  return `louver_${name.replace(/_ms$/, '_seconds')}`;
}
