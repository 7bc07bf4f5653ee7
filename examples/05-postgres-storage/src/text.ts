// PostgreSQL's text holds every character but NUL. A binary column would hold it too, and no person could read or search the table. So a NUL is
// written as DLE and `0`, and, for the rule to be undone, a DLE as DLE and `1`. Both are control characters that are in no JSON and in hardly
// any text: every other text is in the table as it is.
const DLE = '\u0010';
// eslint-disable-next-line no-control-regex -- those two are what this is about
const SPECIAL = /[\0\u0010]/g;

/** A text that PostgreSQL can hold; different texts make different ones. */
export function toText(text: string): string {
  return text.replace(SPECIAL, (found) => (found === DLE ? `${DLE}1` : `${DLE}0`));
}

/** Undoes {@link toText}. */
export function fromText(text: string): string {
  if (!text.includes(DLE)) return text;
  return text.replaceAll(`${DLE}0`, '\0').replaceAll(`${DLE}1`, DLE);
}
