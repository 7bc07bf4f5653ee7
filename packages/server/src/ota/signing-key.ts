import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { LouverError } from '@louver/core';
import { readWholeFile } from '../cli/read-file.js';

const CURVE = 'prime256v1';
const MAX_KEY_BYTES = 65_536;

/** A new pair for the signatures of images, on P-256, as PEM. */
export function newSigningKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: CURVE,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privatePem: privateKey, publicPem: publicKey };
}

/** Writes a file that was not there before, complete or not at all. Rejects with `E_CONFIG`. */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  let isOurs = false;
  try {
    const file = await open(path, 'wx', mode);
    isOurs = true;
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (isOurs) await rm(path, { force: true });
    const why =
      (cause as NodeJS.ErrnoException).code === 'EEXIST'
        ? 'is there already, and a key that devices know is not to be lost: name another file, or move it away'
        : `cannot be written: ${(cause as Error).message}`;
    throw new LouverError('E_CONFIG', `${path} ${why}`, { cause });
  }
}

/** The private key in a PEM file, and whether others than its owner may read it. Rejects with `E_CONFIG`, never with a part of the key. */
export async function readSigningKey(path: string): Promise<{ readonly key: KeyObject; readonly isShared: boolean }> {
  const pem = await readWholeFile(path, { maxBytes: MAX_KEY_BYTES, expected: 'a private key' });
  const expected = 'expected the PEM of an unencrypted private key on P-256, as `louver ota keygen` writes it';
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new LouverError('E_CONFIG', `${path} holds no private key that can be read, ${expected}`, { cause });
  }
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  if (kind !== CURVE) throw new LouverError('E_CONFIG', `${path} is a key of kind ${kind}, ${expected}`);
  const { mode } = await stat(path);
  return { key, isShared: (mode & 0o077) !== 0 };
}
