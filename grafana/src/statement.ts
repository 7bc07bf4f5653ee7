import type { TableName } from '@louver/core';
import { columnsOf, type Columns } from './columns.js';

export interface Clauses {
  /** Expressions by the name of their column in the answer. */
  readonly select: Readonly<Record<string, string>>;
  /** An array, each element of which makes a row of its own, by its name. */
  readonly arrayJoin?: readonly [name: string, array: string];
  readonly where?: readonly string[];
  readonly groupBy?: readonly string[];
  readonly having?: string;
  readonly orderBy?: readonly string[];
  readonly limit?: number;
  /** Rows of which the newest version counts: `FINAL`. */
  readonly final?: boolean;
}

/** Of a column, or of one of a table that has a short name. */
const NAME = /^(?:[a-z]\.)?[A-Za-z][A-Za-z0-9_]*$/;

/** A statement over one table of Louver. */
export function from<T extends TableName>(table: T, clauses: (columns: Columns<T>) => Clauses): string {
  // Under a name of its own: a column of the answer may be called as one of the table, and would be taken for it.
  return fromSource(`${table} AS r`, clauses(columnsOf(table, 'r')));
}

/** Rows of two answers that agree in a column. In the clauses the answers are `a` and `b`; tables spread over servers cannot be joined as they are. */
export function fromPair([first, second]: readonly [string, string], column: string, clauses: Clauses): string {
  const on = `a.${quoted(column)} = b.${quoted(column)}`;
  return fromSource(`(\n${indented(first)}\n) AS a\nINNER JOIN (\n${indented(second)}\n) AS b ON ${on}`, clauses);
}

/**
 * Each row of the first answer beside the newest of the second that was not later, of the same device; those without one are left out. In the
 * clauses the answers are `a` and `b`, and both have `device_id` and `timestamp`.
 */
export function fromLatestBefore([first, second]: readonly [string, string], clauses: Clauses): string {
  const on = 'a.device_id = b.device_id AND a.timestamp >= b.timestamp';
  return fromSource(`(\n${indented(first)}\n) AS a\nASOF INNER JOIN (\n${indented(second)}\n) AS b ON ${on}`, clauses);
}

/** A statement over the answer of another. */
export function fromAnswer(statement: string, clauses: Clauses): string {
  return fromSource(`(\n${indented(statement)}\n)`, clauses);
}

/** A statement over the answers of others, one below the other. Their columns have the same names. */
export function fromAll(statements: readonly string[], clauses: Clauses): string {
  return fromSource(`(\n${statements.map(indented).join('\n  UNION ALL\n')}\n)`, clauses);
}

/** The condition that a column has none of the values of an answer. `GLOBAL`: asked once, and not of each server for itself. */
export function notIn(column: string, statement: string): string {
  return `${quoted(column)} GLOBAL NOT IN (\n${indented(statement)}\n)`;
}

function fromSource(source: string, clauses: Clauses): string {
  const { select, arrayJoin, where = [], groupBy = [], having, orderBy = [], limit, final = false } = clauses;
  const lines = [
    `SELECT ${Object.entries(select)
      .map(([name, expression]) => (expression === name ? name : `${expression} AS ${quoted(name)}`))
      .join(', ')}`,
    `FROM ${source}${final ? ' FINAL' : ''}`,
  ];
  if (arrayJoin !== undefined) lines.push(`ARRAY JOIN ${arrayJoin[1]} AS ${quoted(arrayJoin[0])}`);
  if (where.length > 0) lines.push(`WHERE ${where.join(' AND ')}`);
  if (groupBy.length > 0) lines.push(`GROUP BY ${groupBy.map(quoted).join(', ')}`);
  if (having !== undefined) lines.push(`HAVING ${having}`);
  if (orderBy.length > 0) lines.push(`ORDER BY ${orderBy.map(ordered).join(', ')}`);
  if (limit !== undefined) lines.push(`LIMIT ${limit}`);
  return lines.join('\n');
}

/** A name as ClickHouse has it; what could end the quotes is refused. */
export function quoted(name: string): string {
  if (NAME.test(name)) return name;
  if (!/^[^`\\\n$]+$/.test(name))
    throw new Error(`column name ${JSON.stringify(name)}: expected no \`, \\, $ or new line`);
  return `\`${name}\``;
}

function ordered(term: string): string {
  const [, name, direction] = /^(.*?)( DESC)?$/.exec(term)!;
  return `${quoted(name!)}${direction ?? ''}`;
}

function indented(statement: string): string {
  return statement.replace(/^/gm, '  ');
}
