import { urlHost } from '../exposure.js';
import { KNOWN_KEYS } from './known-keys.js';
import { hostOf } from './load-config.js';
import { configError, problemsOf } from './problems.js';
import { configSchema } from './schema.js';
import { layers, type Environment } from './sources.js';

export interface HttpClientConfigOptions {
  readonly flags: { readonly config?: string };
  readonly environment: Environment;
  readonly workingDirectory: string;
}

const httpSchema = configSchema.pick({ host: true, http: true });

/**
 * The URL of the HTTP API that `louver serve` has with the same file and environment. The rest of the file is not looked at.
 * @throws LouverError `E_CONFIG` with all problems at once, in the words of `loadConfig`.
 */
export function loadHttpUrl({ flags, environment, workingDirectory }: HttpClientConfigOptions): string {
  const { LOUVER_HTTP_PORT } = environment;
  const { tree, sourceOf } = layers(flags, { LOUVER_HTTP_PORT }, workingDirectory);
  const part = Object.fromEntries(
    Object.keys(httpSchema.shape).flatMap((key) => (key in tree ? [[key, tree[key]]] : [])),
  );
  const checked = httpSchema.safeParse(part);
  if (!checked.success) throw configError(problemsOf(checked.error.issues, part, sourceOf, KNOWN_KEYS));
  const port = checked.data.http?.port ?? 8080;
  if (port !== 0) return `http://${urlHost(hostOf(checked.data))}:${port}`;
  const text = 'is any free one, which only the first line of the server tells: give it as --url http://HOST:PORT';
  throw configError([{ path: 'http.port', text, source: sourceOf('http.port') }]);
}
