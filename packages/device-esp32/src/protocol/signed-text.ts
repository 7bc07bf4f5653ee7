/** What of a manifest is signed [P-38]: an image cannot be passed off for another board, size or version. */
export interface SignedManifest {
  readonly board: string;
  readonly secureVersion: number;
  /** Bytes. */
  readonly size: number;
  /** Of the image, lower-case hexadecimal. */
  readonly sha256: string;
}

/** The text whose SHA-256 is signed [P-38]. */
export function otaSignedText({ board, secureVersion, size, sha256 }: SignedManifest): string {
  return `louver-ota:v1\n${board}\n${secureVersion}\n${size}\n${sha256}\n`;
}
