import { Command, CommanderError } from 'commander';
import { packageVersion } from '../package-version.js';
import { backupCommand, restoreCommand } from './backup-command.js';
import { CommandExit } from './command-exit.js';
import { deadLettersCommand } from './dead-letters-command.js';
import { exportCommand } from './export-command.js';
import { featuresCommand } from './features-command.js';
import { formatError } from './format-error.js';
import { migrateCommand } from './migrate-command.js';
import { modelCommand } from './model-command.js';
import { monitorCommand } from './monitor-command.js';
import { otaCommand } from './ota-command.js';
import { predictCommand } from './predict-command.js';
import { publishCommand } from './publish-command.js';
import { serveCommand } from './serve-command.js';
import { simulateCommand } from './simulate-command.js';
import { userCommand } from './user-command.js';

/** The `louver` command line, with all of its commands. */
export function louverProgram(): Command {
  const program = new Command('louver')
    .description('Readings in over MQTT, kept in ClickHouse, a window moved by a model.')
    .version(packageVersion())
    // An image has a version too: `ota sign --version`.
    .enablePositionalOptions();
  for (const command of [
    serveCommand(),
    simulateCommand(),
    publishCommand(),
    monitorCommand(),
    deadLettersCommand(),
    exportCommand(),
    featuresCommand(),
    predictCommand(),
    modelCommand(),
    otaCommand(),
    migrateCommand(),
    backupCommand(),
    restoreCommand(),
    userCommand(),
  ]) {
    program.addCommand(command);
  }
  return program;
}

/** The `louver` command line. Resolves with the exit code: 0, 1 for what failed, 2 for wrong usage or configuration. */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = louverProgram();
  for (const command of [program, ...allBelow(program)]) {
    // Otherwise a wrong option ends the process from within the library, with another exit code and another style.
    command.exitOverride().configureOutput({
      outputError: (text, write) =>
        write(
          `louver: ${text
            .replace(/^error: /, '')
            .replace(/\s*\n\s*/g, ' ')
            .trim()}\n`,
        ),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // What the library refuses it has already said; help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { lines, exitCode } = error instanceof CommandExit ? error : formatError(error);
    for (const line of lines) process.stderr.write(`louver: ${line}\n`);
    return exitCode;
  }
}

function allBelow(command: Command): readonly Command[] {
  return command.commands.flatMap((below) => [below, ...allBelow(below)]);
}
