import type { DeadLetterReason } from '@louver/core';
import { Command, InvalidArgumentError } from 'commander';
import { timeArgument, wholeArgument } from './argument-parsers.js';
import { CommandExit } from './command-exit.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { countLine, letterLines, letterTable, many, refusedLine, type ListedLetter } from './dead-letters-table.js';
import { httpClient, withHttpOptions, type HttpOptions } from './http-client.js';
import { printable, printableJson } from './printable.js';
import { replayAll, type ReplayTally } from './replay-all.js';

interface Filter {
  readonly code?: string;
  readonly device?: string;
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
}

interface ListOptions extends HttpOptions, Filter {
  readonly limit: number;
  readonly json?: boolean;
}

interface ReplayOptions extends HttpOptions, Filter {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `louver dead-letters list|show|replay`: what could not be stored, at a running server. */
export function deadLettersCommand(environment: CommandEnvironment = processEnvironment): Command {
  const { print } = environment;
  const letters = new Command('dead-letters').description(
    'messages that were set aside: list them, take them in again',
  );
  const sub = (name: string, description: string): Command =>
    withHttpOptions(letters.command(name).description(description)).option('--json', 'print JSON');

  filtered(sub('list', 'list dead letters, the newest last'), environment)
    .option('--limit <n>', 'how many at the most, the newest (1 to 1000)', wholeArgument(1, 1000), 100)
    .action(async (options: ListOptions) => {
      const client = await httpClient(options, environment);
      const { since: from, until: to, code, device, limit } = options;
      const query = new URLSearchParams({ limit: String(limit), ...given({ code, device, from, to }) });
      const answer = await client.get(`/api/dead-letters?${query}`);
      if (options.json) return print(printableJson(answer));
      const { dead_letters: found } = answer as { readonly dead_letters: readonly ListedLetter[] };
      if (found.length === 0) return print('no dead letters');
      for (const line of letterTable(found)) print(line);
      print('');
      print(countLine(found) + (found.length === limit ? ' (the newest: --limit shows more)' : ''));
    });

  sub('show <id>', 'show one dead letter with all of its payload').action(async (id: string, options: ListOptions) => {
    const client = await httpClient(options, environment);
    const letter = (await client.get(`/api/dead-letters/${encodeURIComponent(id)}`)) as ListedLetter;
    if (options.json) return print(printableJson(letter));
    for (const line of letterLines(letter)) print(line);
  });

  filtered(
    sub('replay [ids...]', 'take dead letters in again, after what stood in their way was put right'),
    environment,
  )
    .option('--all', 'every dead letter')
    .option('--dry-run', 'say what would become of them, take nothing in')
    .action(async (ids: readonly string[], options: ReplayOptions) => {
      const selection = selectionOf(ids, options);
      const client = await httpClient(options, environment);
      const tally = await replayAll(client, selection, options.json ? () => undefined : environment.remark);
      if (options.json) print(printableJson(tally));
      else report(tally, print);
      if (tally.refused.length + tally.unknown.length > 0) throw new CommandExit(1);
    });
  return letters;
}

function filtered(command: Command, { clock }: CommandEnvironment): Command {
  const parse = timeArgument(() => clock.now());
  const time = (text: string): string => new Date(parse(text)).toISOString();
  return command
    .option('--code <code>', 'only with this code, e.g. too-large', codeArgument)
    .option('--device <id>', 'only of this device')
    .option('--since <time>', 'only received since: 90s, 15m, 1h, 7d, or an RFC 3339 time', time)
    .option('--until <time>', 'only received until, in the same form', time);
}

const CODES: Readonly<Record<DeadLetterReason, true>> = {
  'not-json': true,
  'not-cbor': true,
  'wrong-type': true,
  'out-of-range': true,
  'bad-timestamp': true,
  'bad-recording': true,
  'bad-device-id': true,
  'too-large': true,
  'unknown-topic': true,
  'storage-rejected': true,
};

function codeArgument(text: string): string {
  if (Object.hasOwn(CODES, text)) return text;
  throw new InvalidArgumentError(`Expected one of ${Object.keys(CODES).join(', ')}.`);
}

/** Body of the request. */
function selectionOf(
  ids: readonly string[],
  { code, device, since, until, all, dryRun = false }: ReplayOptions,
): object {
  const filter = given({ code, device, from: since, to: until });
  const filters = Object.keys(filter).length;
  if (ids.length > 0 && (filters > 0 || all)) {
    throw new CommandExit(2, ['found ids beside --code, --device, --since, --until or --all, expected either']);
  }
  if (all && filters > 0) throw new CommandExit(2, ['found --all beside a filter, expected either']);
  if (ids.length > 0) return { ids, dry_run: dryRun };
  if (filters > 0) return { ...filter, dry_run: dryRun };
  if (all) return { all, dry_run: dryRun };
  throw new CommandExit(2, ['which ones? give ids, or --code, --device, --since, --until, or --all']);
}

function given(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function report(
  { dry_run: dryRun, taken_in: takenIn, refused, unknown }: ReplayTally,
  print: (line: string) => void,
): void {
  for (const letter of refused) print(refusedLine(letter));
  for (const id of unknown) print(`${printable(id)}  no dead letter has this id, or it was taken in before`);
  if (takenIn + refused.length + unknown.length === 0) return print('no dead letters');
  print(`${many(takenIn)} ${dryRun ? 'would be taken in' : 'taken in'}, ${refused.length} still refused`);
}
