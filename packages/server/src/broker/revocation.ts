import type { Aedes, Client } from 'aedes';
import type { Context } from '@louver/core';
import type { Identity } from './access-list.js';
import type { Session } from './session.js';

/** How long a user that was removed may still be connected. */
const CHECK_MS = 5_000;

/** Ends connections whose user was removed, or has another password or role, until `signal` aborts. */
export async function endRevoked(
  broker: Aedes,
  isValid: (identity: Identity) => Promise<boolean>,
  sessionOf: (client: Client) => Session | undefined,
  { clock, logger }: Context,
  signal: AbortSignal,
): Promise<void> {
  // The broker's list of those that are connected, by client id.
  const clients = (broker as unknown as { readonly clients: Readonly<Record<string, Client>> }).clients;
  while (!signal.aborted) {
    await clock.sleep(CHECK_MS, signal);
    for (const client of Object.values(clients)) {
      const session = sessionOf(client);
      if (session === undefined || signal.aborted) continue;
      try {
        if (await isValid(session.identity)) continue;
      } catch (error) {
        logger.warn('users not readable, connections stay', { error: String(error) });
        break;
      }
      logger.warn('broker ended the connection of a user who may no longer connect', {
        clientId: client.id,
        username: session.identity.name,
      });
      client.close();
    }
  }
}
