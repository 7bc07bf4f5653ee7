import type { WindowCommand } from '../command.js';
import type { Metrics } from '../metrics.js';

/** `seen`: somebody else has sent it. */
type CommandResult = 'sent' | 'held' | 'failed' | 'seen';

export function countCommand(metrics: Metrics, source: WindowCommand['source'], result: CommandResult): void {
  metrics.count('commands_total', { source, result });
}

/** Counts the command as what becomes of sending it. Rejects as `send` does. */
export async function sent(
  metrics: Metrics,
  source: WindowCommand['source'],
  send: () => Promise<unknown>,
): Promise<void> {
  try {
    await send();
  } catch (error) {
    countCommand(metrics, source, 'failed');
    throw error;
  }
  countCommand(metrics, source, 'sent');
}
