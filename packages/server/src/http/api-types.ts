import type { Context, MiddlewareHandler } from 'hono';

/** What requests carry from one step to the next. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Name of the token that was given; absent without tokens. */
    tokenName?: string;
  };
}

export type ApiContext = Context<ApiEnv>;
export type ApiMiddleware = MiddlewareHandler<ApiEnv>;

/** A bearer token for the API, named so that the log can say whose it was. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
}
