/** Control characters, what turns the direction of writing, invisible and lone halves of characters: they could write something else. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from elsewhere for a terminal, in one line: what is no visible character is written as an escape. */
export function printable(text: string, maxChars = Infinity): string {
  const safe = text.replace(UNSAFE, escaped);
  return safe.length > maxChars ? `${safe.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '')}…` : safe;
}

/** JSON for a terminal or a program: the same value, without a character that a terminal would obey. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(UNSAFE, (char) => (char === '\n' ? char : jsonEscaped(char)));
}

function escaped(char: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
  return short ?? `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

/** JSON writes what is beyond 16 bits as two escapes. */
function jsonEscaped(char: string): string {
  let text = '';
  for (let i = 0; i < char.length; i++) text += `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}
