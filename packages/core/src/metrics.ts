/** Counters, gauges and histograms by name and label; names end in their unit (`_total`, `_bytes`, `_ms`). */
export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}

export const noMetrics: Metrics = { count() {}, observe() {}, gauge() {} };
