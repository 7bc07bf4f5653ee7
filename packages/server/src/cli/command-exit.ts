/** Ends a command with an exit code of its own, after these lines on stderr. */
export class CommandExit extends Error {
  override readonly name = 'CommandExit';

  constructor(
    readonly exitCode: number,
    readonly lines: readonly string[] = [],
  ) {
    super(lines.join('\n'));
  }
}
