import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Those of core: a README beside them says what each is. */
const FIXTURES = join(import.meta.dirname, '../../../core/test/mqtt/fixtures');

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Of the certificate. */
  readonly file: string;
}

/** For `localhost` and no other name or address, signed by itself. */
export function localhostCertificate(): Certificate {
  const file = join(FIXTURES, 'localhost.cert.pem');
  const key = readFileSync(join(FIXTURES, 'localhost.key.pem'), 'utf8');
  return { cert: readFileSync(file, 'utf8'), key, file };
}
