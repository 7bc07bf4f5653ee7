/** One series that was scraped earlier. */
export interface PastSeries {
  /** Of a counter without `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  /** At a time in seconds from the beginning; `undefined`: it was not there. */
  readonly at: (s: number) => number | undefined;
}

const STEP_S = 15;

/** The text of series as if they had been scraped every 15 s [OpenMetrics 1.0]. */
export function openMetrics(series: readonly PastSeries[], beginMs: number, seconds: number): string {
  const lines: string[] = [];
  for (const name of new Set(series.map(({ name }) => name))) {
    const same = series.filter((one) => one.name === name);
    const { type } = same[0]!;
    lines.push(`# TYPE ${name} ${type}`);
    for (const { labels, at } of same) {
      const all = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      for (let s = 0; s <= seconds; s += STEP_S) {
        const value = at(s);
        if (value === undefined) continue;
        lines.push(`${name}${type === 'counter' ? '_total' : ''}{${all.join(',')}} ${value} ${beginMs / 1000 + s}`);
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
