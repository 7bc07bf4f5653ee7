import { LouverError } from '@louver/core';
import type { TopicPatterns } from '@louver/device-esp32';
import { Option, type Command } from 'commander';
import { loadClientConfig, type ClientConfig } from '../config/client-config.js';
import { resolveLogin, type ResolvedLogin } from '../secrets.js';
import { wholeArgument } from './argument-parsers.js';
import { brokerAccess, type BrokerAccess } from './client-connection.js';
import type { CommandEnvironment } from './command-environment.js';

/** What the connection options of a command hold after parsing. */
export interface ConnectionOptions {
  readonly config?: string;
  readonly mqttUrl?: string;
  /** On this machine. */
  readonly mqttPort?: number;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
}

/** Where a command finds the server's broker, and where messages travel there. */
export interface Destination {
  readonly access: BrokerAccess;
  readonly topics: Partial<TopicPatterns>;
}

/** Adds to a command what tells it the broker: the server's own configuration, and flags that win over it. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file of the server (default: louver.yaml, if there is one)')
    .option(
      '--mqtt-url <url>',
      'broker to connect to (default: LOUVER_MQTT_URL, else that of the configuration, else mqtt://127.0.0.1:1883)',
    )
    .addOption(
      new Option('--mqtt-port <port>', 'short for --mqtt-url mqtt://127.0.0.1:PORT')
        .argParser(wholeArgument(1, 65_535))
        .conflicts('mqttUrl'),
    )
    .option('--username <name>', 'user of the broker')
    .option('--password-file <file>', 'file that holds the password and nothing else')
    .option('--ca-file <file>', 'certificates (PEM) of the authority that signed the certificate of the broker');
}

/** Puts options, environment and configuration file together and reads what they name. Rejects with `E_CONFIG`. */
export async function destinationOf(
  options: ConnectionOptions,
  { variables, workingDirectory }: Pick<CommandEnvironment, 'variables' | 'workingDirectory'>,
): Promise<Destination> {
  const { mqttPort } = options;
  const flag = withoutLogin(
    options.mqttUrl ?? (mqttPort === undefined ? undefined : `mqtt://127.0.0.1:${mqttPort}`),
    '--mqtt-url',
  );
  const variable = withoutLogin(variables['LOUVER_MQTT_URL'], 'LOUVER_MQTT_URL');
  const config = loadClientConfig({
    flags: {
      ...(options.config !== undefined && { config: options.config }),
      ...(flag !== undefined && { mqttUrl: flag.url }),
    },
    environment: { ...variables, LOUVER_MQTT_URL: variable?.url },
    workingDirectory,
  });
  const login = await loginOf(options, flag ?? variable ?? {}, config);
  const caFile = options.caFile ?? config.caFile;
  const access = await brokerAccess({ url: config.url, ...login, ...(caFile !== undefined && { caFile }) });
  if (options.caFile !== undefined && !['mqtts', 'wss'].includes(access.settings.scheme)) {
    const found = `${access.settings.address}, where nothing is encrypted`;
    throw new LouverError('E_CONFIG', `--ca-file is for mqtts:// and wss://, and the broker is ${found}`);
  }
  return { access, topics: config.topics };
}

/** One login as a whole, the nearest: a password of the file is not for a user that somebody gives beside it. */
async function loginOf(
  { username, passwordFile }: ConnectionOptions,
  inUrl: ResolvedLogin,
  config: ClientConfig,
): Promise<ResolvedLogin> {
  const given = username ?? inUrl.username;
  if (passwordFile === undefined && given !== undefined) return { ...inUrl, username: given };
  const name = given ?? config.username;
  const file = passwordFile ?? config.passwordFile;
  const [key, nameKey] =
    passwordFile === undefined ? ['mqtt.password_file', 'mqtt.username'] : ['--password-file', '--username NAME'];
  if (file !== undefined && name === undefined) {
    throw new LouverError('E_CONFIG', `${key} without a user, expected ${nameKey} beside it`);
  }
  return resolveLogin(
    { ...(name !== undefined && { username: name }), ...(file !== undefined && { passwordFile: file }) },
    key,
  );
}

/** A URL, and the login that was in it. What is no URL is left for the check of the configuration. */
function withoutLogin(text: string | undefined, key: string): ({ readonly url: string } & ResolvedLogin) | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.username === '' && url.password === '')) return { url: text };
  const { username, password } = url;
  url.username = url.password = '';
  try {
    return {
      url: url.href,
      username: decodeURIComponent(username),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    };
  } catch {
    throw new LouverError('E_CONFIG', `${key}: found a % in user name or password, expected it written as %25`);
  }
}
