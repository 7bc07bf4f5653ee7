/** `('Key', 'sample_rate')` → `kKeySampleRate`; words may also be parted by `-`, and begin in the middle with a capital. */
export function constantName(...parts: readonly string[]): string {
  const words = parts.flatMap((part) => part.split(/[_-]/)).filter((word) => word !== '');
  return `k${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}`;
}

/** A C++ string literal of exactly these bytes: three octal digits end by themselves, `?` is escaped for the sake of trigraphs. */
export function cString(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  let literal = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\' || character === '?') literal += `\\${character}`;
    else if (byte >= 32 && byte < 127) literal += character;
    else literal += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `"${literal}"`;
}

/** A 64-bit literal of a safe integer. */
export function cInt64(value: number): string {
  return `${value}LL`;
}

/** A 32-bit literal; the smallest of them C++ has only as a difference. */
export function cInt32(value: number): string {
  return value === -2_147_483_648 ? '(-2147483647 - 1)' : String(value);
}
