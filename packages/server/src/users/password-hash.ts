import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

/** scrypt parameters: 128 × N × r = 32 MiB and about 60 ms for each guess. */
const COST = { N: 2 ** 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const derive = promisify<string | Uint8Array, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** A new hash of a password, as text: `scrypt$15$8$1$<salt>$<hash>`, base64url. Off the event loop. */
export async function hashPassword(password: string | Uint8Array): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, limits(COST));
  return ['scrypt', Math.log2(COST.N), COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join(
    '$',
  );
}

/** Whether a password has this hash; false for a hash that cannot be read. Off the event loop, compared in constant time. */
export async function verifyPassword(password: string | Uint8Array, stored: string): Promise<boolean> {
  const fields = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!fields) return false;
  const cost = { N: 2 ** Number(fields[1]), r: Number(fields[2]), p: Number(fields[3]) };
  // A file with absurd parameters must not take all memory: 1 GiB at the most.
  if (cost.N < 2 || 128 * cost.N * cost.r > 2 ** 30 || cost.r < 1 || cost.p < 1) return false;
  const expected = Buffer.from(fields[5]!, 'base64url');
  const found = await derive(password, Buffer.from(fields[4]!, 'base64url'), expected.length, limits(cost));
  return timingSafeEqual(found, expected);
}

/** The library refuses what needs more memory than `maxmem`; its default is exactly what N = 2^15 needs, and so too little. */
function limits(cost: typeof COST): ScryptOptions {
  return { ...cost, maxmem: 256 * cost.N * cost.r };
}

/** 24 characters (144 bits) for people who did not bring a password. */
export function generatePassword(): string {
  return randomBytes(18).toString('base64url');
}
