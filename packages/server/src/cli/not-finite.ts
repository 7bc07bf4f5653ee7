/** Strings are matched to be passed over. */
const WORDS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:NaN|Infinity)/g;
/** No file has it by accident. */
const MARK = '\u0000not finite: ';

/**
 * Where a text that is JSON but for `NaN`, `Infinity` and `-Infinity`, as Python's `json.dump` writes them, has the first of these, e.g.
 * `NaN at features.rms.data[3] and 12 more`; `undefined` for any other text.
 */
export function placeOfNotFinite(text: string): string | undefined {
  let count = 0;
  const marked = text.replace(WORDS, (word) => {
    if (word.startsWith('"')) return word;
    count++;
    return JSON.stringify(MARK + word);
  });
  if (count === 0) return undefined;
  try {
    const found = firstMark(JSON.parse(marked), '');
    return found === undefined || count === 1 ? found : `${found} and ${count - 1} more`;
  } catch {
    return undefined;
  }
}

function firstMark(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') {
    return value.startsWith(MARK) ? `${value.slice(MARK.length)} at ${path === '' ? 'the top' : path}` : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place++) {
      const found = firstMark(value[place], `${path}[${place}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const [key, member] of Object.entries(value)) {
    const found = firstMark(
      member,
      /^\w+$/.test(key) ? `${path}${path === '' ? '' : '.'}${key}` : `${path}[${JSON.stringify(key)}]`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
