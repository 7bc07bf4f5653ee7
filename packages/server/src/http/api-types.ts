import type { Context, MiddlewareHandler } from 'hono';

/** What a token may: `viewer` reads only. */
export type TokenRole = 'viewer' | 'operator' | 'admin';

/** What requests carry from one step to the next. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Name of the token that was given; absent without tokens. */
    tokenName?: string;
    tokenRole?: TokenRole;
  };
}

export type ApiContext = Context<ApiEnv>;
export type ApiMiddleware = MiddlewareHandler<ApiEnv>;

/** A bearer token for the API, named so that the log can say whose it was. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  /** Default `admin`. */
  readonly role?: TokenRole;
}
