import { createHash, sign, type KeyObject } from 'node:crypto';
import { otaSignedText } from '@louver/device-esp32';
import type { OtaManifest } from './manifest.js';

export interface SignImageOptions {
  readonly image: Uint8Array;
  /** Private, on P-256. */
  readonly key: KeyObject;
  readonly board: string;
  readonly version: string;
  readonly secureVersion: number;
  readonly url: string;
}

/** The manifest of an image [P-38]. Each call makes another signature: ECDSA draws a number. */
export function signImage({ image, key, board, version, secureVersion, url }: SignImageOptions): OtaManifest {
  const size = image.length;
  const sha256 = createHash('sha256').update(image).digest('hex');
  const text = otaSignedText({ board, secureVersion, size, sha256 });
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'der' }).toString('base64');
  return { version, board, url, size, sha256, secure_version: secureVersion, signature };
}
