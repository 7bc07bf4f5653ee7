import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Answer } from './engine.js';

/** A rule as it is in the file. */
export interface ProvisionedRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly {
    readonly refId: string;
    readonly relativeTimeRange: { readonly from: number; readonly to: number };
    readonly datasourceUid: string;
    readonly model: Readonly<Record<string, unknown>>;
  }[];
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly noDataState: string;
  readonly execErrState: string;
  readonly for: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a data source answers: rows with the types of their columns. A series of Prometheus is a row with its labels and its newest value. */
export interface AlertAnswer {
  readonly columns: readonly { readonly name: string; readonly type: 'number' | 'text' | 'other' }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** One thing that can be wrong, and what Grafana makes of it; what lasts for less than `for` it holds back. */
export interface AlertState {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
}

const folder = fileURLToPath(new URL('../../provisioning/alerting/', import.meta.url));

/** All rules of all files, by name without `louver-`. */
export async function provisionedRules(): Promise<ReadonlyMap<string, ProvisionedRule>> {
  const texts = await Promise.all((await readdir(folder)).sort().map((name) => readFile(`${folder}${name}`, 'utf8')));
  const groups = texts.flatMap((text) => (parse(text) as { groups: { rules: ProvisionedRule[] }[] }).groups);
  return new Map(groups.flatMap(({ rules }) => rules.map((rule) => [rule.uid.replace(/^louver-/, ''), rule] as const)));
}

const NUMBER = /^(?:Nullable\()?(?:U?Int\d+|Float\d+)\)?$/;
const TEXT = /^(?:LowCardinality\()?(?:Nullable\()?String\)*$/;

/** What ClickHouse answers, as the plugin hands it on. */
export function alertAnswer({ meta, data }: Answer): AlertAnswer {
  return {
    columns: meta.map(({ name, type }) => ({
      name,
      type: NUMBER.test(type) ? 'number' : TEXT.test(type) ? 'text' : 'other',
    })),
    rows: data.map((row) => meta.map(({ name }) => row[name] as string | number | null)),
  };
}

/**
 * The states of a rule, as Grafana finds them: its expressions in the order of their references, up to the condition. Knows what the rules are made
 * of (a table with one number in each row, `reduce` to the last, `threshold` above) and throws for anything else.
 */
export function statesOf(rule: ProvisionedRule, answer: AlertAnswer): readonly AlertState[] {
  const numbers = numbersOf(answer);
  if (numbers.length === 0) return [{ state: rule.noDataState, labels: {} }];
  const chain = new Map(rule.data.map(({ refId, datasourceUid, model }) => [refId, { datasourceUid, model }]));
  const above = follow(rule.condition);
  return numbers.map(({ labels, value }) => ({ state: above(value) ? 'Alerting' : 'Normal', labels, value }));

  function follow(refId: string): (value: number) => boolean {
    const step = chain.get(refId);
    if (step?.datasourceUid !== '__expr__') throw new Error(`${rule.uid}: ${refId} is no expression`);
    const { type, expression, reducer, conditions } = step.model;
    if (type !== 'threshold') throw new Error(`${rule.uid}: the condition is ${String(type)}, expected threshold`);
    const before = chain.get(String(expression))?.model;
    if (before?.['type'] !== 'reduce' || before['reducer'] !== 'last' || reducer !== undefined)
      throw new Error(`${rule.uid}: ${String(expression)} does not reduce to the last value`);
    if (chain.get(String(before['expression']))?.datasourceUid === '__expr__')
      throw new Error(`${rule.uid}: ${String(before['expression'])} is no question to a data source`);
    const [{ evaluator }] = conditions as [{ evaluator: { type: string; params: [number] } }];
    if (evaluator.type !== 'gt') throw new Error(`${rule.uid}: compares by ${evaluator.type}, expected gt`);
    return (value) => value > evaluator.params[0];
  }
}

/** Grafana's rule for tables (pkg/expr `isNumberTable`): one column of numbers, all others texts, and no two rows with the same texts. */
function numbersOf({ columns, rows }: AlertAnswer): { labels: Record<string, string>; value: number }[] {
  const kinds = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  const numberAt = columns.findIndex(({ type }) => type === 'number');
  const others = columns.filter((_, i) => i !== numberAt);
  if (numberAt === -1 || others.some(({ type }) => type !== 'text'))
    throw new Error(`expected one number beside texts, found: ${kinds}`);
  const seen = new Set<string>();
  return rows.map((row) => {
    const labels = Object.fromEntries(
      columns.flatMap(({ name }, i) => (i === numberAt ? [] : [[name, String(row[i])] as const])),
    );
    const key = JSON.stringify(labels);
    if (seen.has(key)) throw new Error(`two rows are called ${key}`);
    seen.add(key);
    return { labels, value: Number(row[numberAt]) };
  });
}
