/**
 * Uniform numbers in [0, 1), the same sequence for the same seed on every machine.
 *
 * sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state, one of them a counter, so that no seed has a period below 2^32.
 *
 * @param seed Any integer; only its low 32 bits count.
 */
export function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + mixed;
    c |= 0;
    return (mixed >>> 0) / 0x1_0000_0000;
  };
  // Neighbouring seeds differ in few bits: twelve rounds spread them over the whole state, as the author advises.
  for (let round = 0; round < 12; round++) next();
  return next;
}
