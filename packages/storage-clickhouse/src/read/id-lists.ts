/**
 * A list of texts is one field of a form over HTTP, of 131,072 characters at the most (ClickHouse's `http_max_field_value_size`), counted as
 * they are sent; the rest is a reserve. Embedded, and in the size of a query (262,144), there is more room.
 */
const MAX_CHARS = 120_000;
/** Two quotes and a comma, three characters each in the field of a form. */
const AROUND_TEXT = 9;

const PLAIN = /^[\w.~-]*$/;
/** What ends or escapes a quoted text gets a backslash in the list, and the backslash one in the field. */
const ESCAPED = /[\\'\p{Cc}]/u;

export interface ListLimits {
  readonly maxItems?: number;
  /** As they are sent over HTTP. Default: what fits into one parameter of a query. */
  readonly maxChars?: number;
}

/** Items in their order, in lists whose distinct texts stay within the limits. A text that is too long for any is alone. */
export function* listsOf<T>(
  items: Iterable<T>,
  textOf: (item: T) => string,
  { maxItems = Infinity, maxChars = MAX_CHARS }: ListLimits = {},
): Generator<T[]> {
  let list: T[] = [];
  let texts = new Set<string>();
  let chars = 0;
  for (const item of items) {
    const text = textOf(item);
    const more = texts.has(text) ? 0 : listChars(text);
    if (list.length > 0 && (list.length >= maxItems || chars + more > maxChars)) {
      yield list;
      list = [];
      texts = new Set();
      chars = 0;
    }
    if (!texts.has(text)) chars += listChars(text);
    texts.add(text);
    list.push(item);
  }
  if (list.length > 0) yield list;
}

/** Each id once, in lists that fit into a query. */
export function idLists(ids: readonly string[]): string[][] {
  return [...listsOf(new Set(ids), (id) => id)];
}

/** Characters that a text of a list takes in the field of a form, at the most. */
export function listChars(text: string): number {
  if (PLAIN.test(text)) return text.length + AROUND_TEXT;
  return (ESCAPED.test(text) ? 12 : 3) * Buffer.byteLength(text) + AROUND_TEXT;
}
