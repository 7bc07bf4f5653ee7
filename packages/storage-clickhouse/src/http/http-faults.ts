import { ClickHouseError } from '@clickhouse/client';
import { ConnectionFault } from '../connection.js';

/** ClickHouse puts headers of its own on every answer to a query; a web server or a proxy that answers in its place does not. */
export function isFromClickhouse(headers: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-clickhouse-'));
}

/** An answer with a good status that is somebody else's. What was asked for may not have been done. */
export function foreignAnswer(text: string): ConnectionFault {
  return new ConnectionFault(`not ClickHouse's answer but ${described(text)}`, { kind: 'foreign' });
}

/** What the client library threw, in words for an operator. */
export function httpFault(error: unknown, requestTimeoutMs: number): ConnectionFault {
  if (error instanceof ConnectionFault) return error;
  if (error instanceof ClickHouseError) {
    return new ConnectionFault(error.message, { kind: 'server', clickhouseCode: Number(error.code), cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'Timeout error.') {
    return new ConnectionFault(`no answer within ${requestTimeoutMs} ms`, { kind: 'timeout', cause: error });
  }
  if (message === 'The user aborted a request.') {
    return new ConnectionFault('stopped by the caller', { kind: 'aborted', cause: error });
  }
  // As servers before 20.1 say it, which the client does not read.
  const [, oldCode, words] =
    /^Code: (\d+), e\.displayText\(\) = DB::Exception: (.*?), e\.what\(\)/s.exec(message) ?? [];
  if (words !== undefined) {
    return new ConnectionFault(words, { kind: 'server', clickhouseCode: Number(oldCode), cause: error });
  }
  const code = networkCode(error);
  if (code !== undefined) {
    const words = NETWORK_WORDS[code] ?? message;
    const kind = CERTIFICATE_CODES.has(code) ? 'certificate' : 'network';
    return new ConnectionFault(`${words} (${code})`, { kind, cause: error });
  }
  // An error status without ClickHouse's words: the message is the body.
  if (isPage(message))
    return new ConnectionFault(`an error from ${described(message)}`, { kind: 'server', cause: error });
  return new ConnectionFault(message === '' ? 'an empty error answer' : message, { kind: 'server', cause: error });
}

const trusted = 'trust its authority with NODE_EXTRA_CA_CERTS=<file.pem>';

/** Mended by a certificate, and not by waiting. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its TLS certificate is for another host name; use a name of the certificate in the url',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its TLS certificate is signed by itself; ${trusted}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its TLS certificate is signed by an unknown authority; ${trusted}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its TLS certificate is signed by an unknown authority; ${trusted}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its TLS certificate is signed by an unknown authority; ${trusted}`,
  CERT_HAS_EXPIRED: 'its TLS certificate has expired; renew it, or check the clock',
  CERT_NOT_YET_VALID: 'its TLS certificate is not valid yet; check the clocks of both machines',
};

const CERTIFICATE_CODES: ReadonlySet<string> = new Set(Object.keys(CERTIFICATE_WORDS));

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ...CERTIFICATE_WORDS,
  ECONNREFUSED: 'nothing listens there; start ClickHouse or correct the url',
  ENOTFOUND: 'the host name is not known; correct the url or the name service',
  ECONNRESET: 'the connection was closed before the answer',
  EPIPE: 'the connection was closed before the answer',
  ETIMEDOUT: 'the network to it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  EPROTO: 'TLS is not spoken there; is it the port of https (usually 8443), or should the url begin with http://?',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'TLS is not spoken there; is it the port of https (usually 8443), or should the url begin with http://?',
};

/** Of an error, or of the attempts that it collects (a name with an IPv4 and an IPv6 address). */
function networkCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(networkCode).find((code) => code !== undefined);
  return undefined;
}

function isPage(text: string): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(text);
}

function described(text: string): string {
  const found = text.replace(/\s+/g, ' ').trim();
  if (!isPage(text)) return found === '' ? 'an empty one' : `'${found.slice(0, 80)}'`;
  const title = /<(title|h1)[^>]*>([^<]{1,80})/i.exec(found)?.[2]?.trim();
  return title === undefined || title === '' ? 'a web page' : `a web page '${title}'`;
}
