/** Of the pictures: those of Grafana's dark theme. */
export const INK = { page: '#111217', panel: '#181b1f', border: '#2c2f36', grid: '#2a2d34', text: '#ccccdc', faint: '#8e8e9f' }; // prettier-ignore
export const SERIES_COLOURS = ['#73bf69', '#f2cc0c', '#8ab8ff', '#ff780a', '#f2495c', '#5794f2', '#b877d9', '#fade2a'];
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  'light-blue': '#8ab8ff',
  'super-light-blue': '#c0d8ff',
  text: INK.text,
};
/** From the smallest value to the largest. */
export const SCHEMES: Readonly<Record<string, readonly string[]>> = {
  Inferno: ['#08051f', '#1b0c41', '#4a0c6b', '#781c6d', '#a52c60', '#cf4446', '#ed6925', '#fb9b06', '#f7d13d', '#fcffa4'], // prettier-ignore
  Greens: ['#1a2620', '#1f3d2b', '#24573a', '#2c7249', '#3f8f5c', '#5cab73', '#86c792', '#b4deb9', '#dcf0dd'],
};

/** Where something is drawn. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export function colourOf(name: string): string {
  const colour = NAMED[name];
  if (colour === undefined) throw new Error(`colour ${name} is not known here`);
  return colour;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A number as it is written into the file: to a tenth of a pixel. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

interface TextLook {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: number;
}

export function text(x: number, y: number, words: string, look: TextLook = {}): string {
  const { size = 11, fill = INK.faint, anchor = 'start', weight = 400 } = look;
  const attributes = [
    `font-size="${size}" fill="${fill}"`,
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
    ...(weight === 400 ? [] : [`font-weight="${weight}"`]),
  ];
  return `<text x="${px(x)}" y="${px(y)}" ${attributes.join(' ')}>${escaped(words)}</text>`;
}

/** About as wide as words are in that size. */
export const widthOf = (words: string, size = 11): number => words.length * size * 0.6;

/** What fits in, with … for the rest. */
export function fitted(words: string, width: number, size = 11): string {
  const room = Math.floor(width / (size * 0.58));
  return words.length <= room ? words : `${words.slice(0, Math.max(0, room - 1))}…`;
}

/** Round numbers from at most `low` to at least `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999)!;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: Math.max(last - first, 1) + 1 }, (_, i) => (first + i) * step);
}

/** Days and hours of a time axis, in UTC. */
export function timeTicks(
  fromMs: number,
  toMs: number,
  width: number,
): { readonly ms: number; readonly words: string }[] {
  const hourMs = 3_600_000;
  const hours = [1, 2, 3, 4, 6, 12].find((every) => ((toMs - fromMs) / hourMs / every) * 60 <= width) ?? 24;
  const found = [];
  for (let ms = Math.ceil(fromMs / (hours * hourMs)) * hours * hourMs; ms <= toMs; ms += hours * hourMs)
    found.push({ ms, words: new Date(ms).toISOString().slice(11, 16) });
  return found;
}
