import type { Params } from '../connection.js';

/** One SELECT: names of our own in the text, everything of a caller's in the parameters. */
export interface Statement {
  readonly sql: string;
  readonly params: Params;
}
