/** Stands for a number that JSON has no word for. */
const NUMBER = '$number';

/** JSON of rows that keeps NaN, ±Infinity and −0: an unknown number must not come back as null. */
export function rowToJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'number' && (!Number.isFinite(member) || Object.is(member, -0))
      ? { [NUMBER]: Object.is(member, -0) ? '-0' : String(member) }
      : member,
  );
}

/** What {@link rowToJson} was given. Throws `SyntaxError` for what is not JSON. */
export function rowFromJson(text: string): unknown {
  return JSON.parse(text, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && NUMBER in member ? Number(member[NUMBER]) : member,
  ) as unknown;
}
