/** Longest timestamp that is read: 20 characters without a fraction, the rest for "any precision" [P-1]. */
const MAX_LENGTH = 64;

const MS_PER_DAY = 86_400_000;

/**
 * Milliseconds since the epoch of an RFC 3339 date-time; `NaN` for anything else. Any fractional precision (cut, not rounded, to
 * milliseconds), any offset, `t` and `z` in lower case; a leap second counts as the first of the next day and is allowed only there.
 *
 * Written out because `Date.parse` takes `2025`, `2025-02-30T00:00:00Z` and, in other engines, much more.
 */
export function parseRfc3339(text: string): number {
  const length = text.length;
  if (length < 20 || length > MAX_LENGTH) return NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  // A field that is not digits is NaN and fails its comparison.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return NaN;
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return NaN;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return NaN; // -
  if ((text.charCodeAt(10) | 32) !== 116) return NaN; // T or t
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return NaN; // :

  let at = 19;
  let ms = 0;
  if (text.charCodeAt(at) === 46) {
    const from = ++at;
    for (let scale = 100; isDigit(text.charCodeAt(at)); at++, scale /= 10) {
      if (scale >= 1) ms += scale * (text.charCodeAt(at) - 48);
    }
    if (at === from) return NaN;
  }
  const offset = offsetMinutes(text, at);
  const days = daysFromCivil(year, month, day);
  const time = days * MS_PER_DAY + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  // RFC 3339 §5.7: 60 stands only at the end of a UTC day.
  if (second === 60 && time % MS_PER_DAY !== 0) return NaN;
  return time + ms;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** `count` decimal digits at `from`, or NaN. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const c = text.charCodeAt(i);
    if (!isDigit(c)) return NaN;
    value = value * 10 + c - 48;
  }
  return value;
}

/** Minutes east of UTC from `Z`, `z` or `±hh:mm` that ends the text at `at`; NaN when it is something else. */
function offsetMinutes(text: string, at: number): number {
  const c = text.charCodeAt(at);
  if ((c | 32) === 122) return at + 1 === text.length ? 0 : NaN;
  if ((c !== 43 && c !== 45) || at + 6 !== text.length || text.charCodeAt(at + 3) !== 58) return NaN;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (!(hours <= 23 && minutes <= 59)) return NaN;
  return c === 43 ? hours * 60 + minutes : -(hours * 60 + minutes);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar: `days_from_civil` of Howard Hinnant's date algorithms. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
