import { Command, Option } from 'commander';
import { LouverError } from '@louver/core';
import { ROLES, type Role } from '../broker/access-list.js';
import { loadConfig } from '../config/load-config.js';
import { addUser, removeUser } from '../users/manage-users.js';
import { generatePassword } from '../users/password-hash.js';
import { readUserFile } from '../users/user-file.js';
import { askPassword, firstLine } from './ask-password.js';

interface Place {
  readonly dataDir?: string;
  readonly config?: string;
}

/** `louver user add|list|remove`: who may log in to the embedded broker. A running server notices within a second. */
export function userCommand(): Command {
  const user = new Command('user').description('users of the embedded broker');
  located(user.command('add <name>'))
    .description('add a user, or give one a new password and role; a device is named as its device id')
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .option('--password-stdin', 'read the password from standard input')
    .action(add);
  located(user.command('list')).description('list names and roles').action(list);
  located(user.command('remove <name>')).description('remove a user').action(remove);
  return user;
}

function located(command: Command): Command {
  return command
    .option('--data-dir <folder>', 'data directory of the server (default: ./data)')
    .option('--config <file>', 'configuration file of the server (default: louver.yaml, if there is one)');
}

async function add(
  name: string,
  options: Place & { readonly role: Role; readonly passwordStdin?: boolean },
): Promise<void> {
  const path = usersFile(options);
  const given = options.passwordStdin ? await firstLine(process.stdin) : await askPassword(name);
  const password = given ?? generatePassword();
  const outcome = await addUser(path, { name, role: options.role, password }, new Date());
  process.stdout.write(`user ${name} (${options.role}) ${outcome} in ${path}\n`);
  if (given === undefined) process.stdout.write(`password, shown only now: ${password}\n`);
}

async function list(options: Place): Promise<void> {
  const users = await readUserFile(usersFile(options));
  for (const { name, role, createdAt } of users) process.stdout.write(`${name}\t${role}\t${createdAt}\n`);
}

async function remove(name: string, options: Place): Promise<void> {
  const path = usersFile(options);
  const left = await removeUser(path, name);
  process.stdout.write(`user ${name} removed from ${path}\n`);
  if (left > 0) return;
  process.stdout.write(
    'no users are left: a broker on 127.0.0.1 lets everybody on this machine in, any other nobody\n',
  );
}

/** Where the server with this configuration looks for its users. */
function usersFile({ dataDir, config }: Place): string {
  const flags = { ...(dataDir !== undefined && { dataDir }), ...(config !== undefined && { config }) };
  const { mqtt } = loadConfig({ flags, environment: process.env });
  if (mqtt.kind === 'embedded') return mqtt.usersFile;
  throw new LouverError('E_CONFIG', `users are of the embedded broker, and mqtt.broker is ${mqtt.url}: add them there`);
}
