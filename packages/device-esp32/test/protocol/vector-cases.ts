import { readFileSync } from 'node:fs';
import type { VectorCase } from '../../generate/vectors-header.js';

/** Cases of a file of vectors, relative to this folder. */
export function casesOf<T extends VectorCase>(path: string): readonly T[] {
  return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { readonly cases: readonly T[] }).cases;
}

/** Of the firmware's vectors, as test.each takes them. */
export function firmwareCases<T extends VectorCase>(name: string): readonly (readonly [string, T])[] {
  const cases = casesOf<T>(`../../../../firmware/test/vectors/${name}.json`);
  return cases.map((one, i) => [
    typeof one.name === 'string' ? one.name : `#${i} ${String(one.text ?? one.topic)}`,
    one,
  ]);
}
