import type { ApiContext } from './api-types.js';

/** One bad parameter of a request. */
export interface ParameterError {
  readonly parameter: string;
  /** What was found and what is expected. */
  readonly detail: string;
}

/** Every kind of problem, as the last part of its `type`. */
export const PROBLEMS = {
  'bad-parameters': { status: 400, title: 'Bad request parameters' },
  'body-not-allowed': { status: 400, title: 'Request body not allowed' },
  'body-incomplete': { status: 400, title: 'Request body incomplete' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  'foreign-host': { status: 403, title: 'Host name not allowed' },
  'unknown-device': { status: 404, title: 'Unknown device' },
  'unknown-dead-letter': { status: 404, title: 'Unknown dead letter' },
  'unknown-recording': { status: 404, title: 'Unknown recording' },
  'no-model': { status: 404, title: 'No model' },
  'unknown-route': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'model-not-replaceable': { status: 409, title: 'Model cannot be replaced' },
  'no-model-before': { status: 409, title: 'No model to go back to' },
  'body-too-large': { status: 413, title: 'Request body too large' },
  'uri-too-long': { status: 414, title: 'URI too long' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'model-refused': { status: 422, title: 'Model refused' },
  'internal-error': { status: 500, title: 'Internal server error' },
  'model-not-stored': { status: 500, title: 'Model cannot be stored' },
  'cannot-read-back': { status: 501, title: 'Storage cannot be read back' },
  'not-in-this-role': { status: 501, title: 'Not done by a server of this role' },
  'recording-unavailable': { status: 503, title: 'Recording cannot be read' },
  'storage-unavailable': { status: 503, title: 'Storage unavailable' },
  'broker-unavailable': { status: 503, title: 'Broker unavailable' },
  'journal-unavailable': { status: 503, title: 'Journal unavailable' },
  'model-unavailable': { status: 503, title: 'Model unavailable' },
  overloaded: { status: 503, title: 'Too many requests at a time' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

export const PROBLEM_JSON = 'application/problem+json';

export interface ProblemExtras {
  readonly errors?: readonly ParameterError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error answer [RFC 9457]: what is wrong in words, under a type that a program can branch on. */
export function problem(c: ApiContext, kind: ProblemKind, detail: string, extras: ProblemExtras = {}): Response {
  const { status, title } = PROBLEMS[kind];
  const body = {
    type: `urn:louver:problem:${kind}`,
    title,
    status,
    detail,
    instance: c.req.path,
    request_id: c.get('requestId'),
    errors: extras.errors,
  };
  return c.body(JSON.stringify(body), status, { 'content-type': PROBLEM_JSON, ...extras.headers });
}

/** Every bad parameter at once. */
export function badParameters(c: ApiContext, errors: readonly ParameterError[]): Response {
  const detail = errors.map((error) => `${error.parameter} ${error.detail}`).join('; ');
  return problem(c, 'bad-parameters', detail, { errors });
}
