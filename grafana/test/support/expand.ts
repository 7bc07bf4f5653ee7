/** What Grafana puts in the place of macros and variables. */
export interface Situation {
  readonly fromMs: number;
  readonly toMs: number;
  /** As Grafana chooses it for the width of a panel. */
  readonly intervalMs: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * A statement as ClickHouse gets it from grafana-clickhouse-datasource 4: its macros (pkg/macros/macros.go), and variables as Grafana formats them.
 * Throws for what is left over: Grafana would send it as it is.
 */
export function expand(sql: string, { fromMs, toMs, intervalMs, variables = {} }: Situation): string {
  const seconds = (ms: number): string => `toDateTime(${Math.floor(ms / 1000)})`;
  const milliseconds = (ms: number): string => `fromUnixTimestamp64Milli(${ms})`;
  const date = (ms: number): string => `toDate('${new Date(ms).toISOString().slice(0, 10)}')`;
  const intervalS = Math.max(Math.floor(intervalMs / 1000), 1);
  const between = (time: string, moment: (ms: number) => string): string =>
    `${time} >= ${moment(fromMs)} AND ${time} <= ${moment(toMs)}`;
  const MACROS: Readonly<Record<string, (argument: string) => string>> = {
    fromTime_ms: () => milliseconds(fromMs),
    toTime_ms: () => milliseconds(toMs),
    fromTime: () => seconds(fromMs),
    toTime: () => seconds(toMs),
    timeFilter_ms: (time) => between(time, milliseconds),
    timeFilter: (time) => between(time, seconds),
    dateFilter: (day) => between(day, date),
    timeInterval_ms: (time) =>
      `toStartOfInterval(toDateTime64(${time}, 3), INTERVAL ${Math.max(intervalMs, 1)} millisecond)`,
    timeInterval: (time) => `toStartOfInterval(toDateTime(${time}), INTERVAL ${intervalS} second)`,
    interval_s: () => String(intervalS),
  };
  const withVariables = sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (whole, name: string, format = 'raw') => {
    const value = variables[name];
    if (value === undefined) throw new Error(`variable ${whole} has no value`);
    if (format === 'raw') return value;
    if (format === 'singlequote') return `'${value.replace(/'/g, "\\'")}'`;
    throw new Error(`variable ${whole}: format ${format} is not known here`);
  });
  const expanded = withVariables.replace(/\$__(\w+)(?:\(([^()]*)\))?/g, (whole, name: string, argument = '') => {
    const macro = MACROS[name];
    if (macro === undefined) throw new Error(`macro ${whole} is none of the data source`);
    if (macro.length > 0 && argument === '') throw new Error(`macro ${whole} wants a column`);
    return macro(argument as string);
  });
  const left = /\$[{_A-Za-z]\S*/.exec(expanded);
  if (left !== null) throw new Error(`${left[0]} is left over`);
  return expanded;
}
