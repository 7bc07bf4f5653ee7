/** A value as Grafana writes it in a unit. */
export function inUnit(value: number, unit = 'none', decimals?: number): string {
  if (!Number.isFinite(value)) return '–';
  const number = (of: number, places = decimals): string => (places === undefined ? trimmed(of) : of.toFixed(places));
  switch (unit) {
    case 'celsius':
      return `${number(value)} °C`;
    case 'humidity':
      return `${number(value)} %H`;
    case 'percent':
      return `${number(value)}%`;
    case 'percentunit':
      return `${number(value * 100)}%`;
    case 'ms':
      return `${number(value)} ms`;
    case 's':
      return seconds(value);
    case 'cps':
      return `${number(value)} c/s`;
    case 'cpm':
      return `${number(value)} c/m`;
    case 'dB':
      return `${number(value)} dB`;
    case 'hertz':
      return value >= 1000 ? `${number(value / 1000)} kHz` : `${number(value)} Hz`;
    case 'none':
      return number(value);
    default:
      throw new Error(`unit ${unit} is not known here`);
  }
}

function trimmed(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

function seconds(value: number): string {
  const [size, name] = value < 60 ? [1, 's'] : value < 3600 ? [60, 'mins'] : value < 86_400 ? [3600, 'hours'] : [86_400, 'days']; // prettier-ignore
  return `${trimmed(value / (size as number))} ${name as string}`;
}
