import type { Aedes, AedesOptions, Client } from 'aedes';
import type { Context } from '@louver/core';
import { ANYONE, mayPublish, mayRead, maySubscribe, type Identity } from './access-list.js';
import type { BrokerSettings, Credentials } from './broker-options.js';
import type { Session } from './session.js';

/** Return codes of CONNACK [MQTT-3.2.2.3]; the enum of the broker's types has no value at run time. */
const SERVER_UNAVAILABLE = 3;
const BAD_CREDENTIALS = 4;
const NOT_AUTHORISED = 5;

const refusal = (message: string, returnCode: 3 | 4 | 5): Error & { returnCode: 3 | 4 | 5 } =>
  Object.assign(new Error(message), { returnCode });

export interface GatekeeperParts {
  readonly settings: BrokerSettings;
  readonly context: Context;
  readonly sessionOf: (client: Client) => Session | undefined;
  /** So much waits for room that further clients could not be held: resolves when that is over. */
  readonly crowded: () => Promise<void> | undefined;
}

/** Who may connect, read and subscribe: the hooks of the broker that answer by themselves. */
export function gatekeeper({
  settings,
  context,
  sessionOf,
  crowded,
}: GatekeeperParts): Required<
  Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizeSubscribe' | 'authorizeForward'>
> {
  const { logger, metrics } = context;

  const identify = async (credentials: Credentials, session: Session): Promise<Identity> => {
    // Unanswered rather than refused: MQTT.js never comes back after CONNACK 3 unless told to, and others come back each second.
    await crowded();
    if (!settings.authenticate) return ANYONE;
    const identity = await settings.authenticate(credentials);
    if (!identity) throw refusal('unknown user or wrong password', BAD_CREDENTIALS);
    if (session.willTopic !== undefined && !mayPublish(identity, session.willTopic)) {
      throw refusal(`user ${identity.name} may not leave a will on ${session.willTopic}`, NOT_AUTHORISED);
    }
    return identity;
  };

  return {
    preConnect(client, packet, done) {
      const session = sessionOf(client);
      if (session) {
        session.willTopic = packet.will?.topic;
        session.keepaliveS = packet.keepalive ?? 0;
        // The gate watches the keepalive: the broker would count a client as dead that it does not read itself.
        packet.keepalive = 0;
      }
      done(null, session !== undefined);
    },
    authenticate(client, username, password, done) {
      const session = sessionOf(client);
      if (!session) return done(null, false);
      identify({ clientId: client.id, username, password }, session).then(
        (identity) => {
          session.identity = identity;
          done(null, true);
        },
        (error: unknown) => {
          const known = error instanceof Error && 'returnCode' in error;
          const answer = known ? (error as ReturnType<typeof refusal>) : refusal('cannot check', SERVER_UNAVAILABLE);
          metrics.count('broker_refused_clients_total', { return_code: String(answer.returnCode) });
          logger.warn('broker refused a client', {
            clientId: client.id,
            username,
            address: session.address,
            reason: known ? error.message : String(error),
          });
          done(answer, false);
        },
      );
    },
    authorizeSubscribe(client, subscription, done) {
      const identity = sessionOf(client)?.identity;
      if (identity && maySubscribe(identity, subscription.topic)) return done(null, subscription);
      logger.warn('broker refused a subscription', {
        clientId: client.id,
        username: identity?.name,
        filter: subscription.topic,
      });
      // SUBACK 0x80 for this filter [MQTT-3.9.3-2].
      done(null, null);
    },
    authorizeForward(client, packet) {
      const identity = sessionOf(client)?.identity;
      return identity && mayRead(identity, packet.topic) ? packet : null;
    },
  };
}

/** Log lines for what happens to connections, and the events that would end the process without a listener. */
export function watchConnections(
  broker: Aedes,
  context: Context,
  sessionOf: (client: Client) => Session | undefined,
  onGone: (clientId: string) => void,
): void {
  const { logger, metrics } = context;
  const describe = (client: Client): object => ({
    clientId: client.id,
    username: sessionOf(client)?.identity.name,
    address: sessionOf(client)?.address,
  });
  broker.on('clientReady', (client) => {
    const session = sessionOf(client);
    session?.gate.admit(session.keepaliveS);
    metrics.gauge('broker_clients', broker.connectedClients);
    logger.debug('broker client connected', describe(client));
  });
  broker.on('clientDisconnect', (client) => {
    metrics.gauge('broker_clients', broker.connectedClients);
    logger.debug('broker client gone', describe(client));
    onGone(client.id);
  });
  broker.on('clientError', (client, error) => {
    // An acknowledgement that came after the client had gone: expected, it sends the message again.
    if (error.message === 'connection closed') return;
    // Told already, with the name and the reason.
    if ('returnCode' in error) return;
    logger.warn('broker client failed', { ...describe(client), reason: error.message });
  });
  broker.on('connectionError', (client, error) => {
    logger.debug('broker connection failed', { address: sessionOf(client)?.address, reason: error.message });
  });
  // The typed events leave this one out; without a listener it would be thrown.
  (broker as NodeJS.EventEmitter).on('error', (error: Error) => {
    logger.error('broker error', { reason: error.message });
  });
}
