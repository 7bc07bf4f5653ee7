import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

type Arguments = Parameters<HttpAgent['createConnection']>;

/**
 * A request that is given up must not arrive later: closed in the ordinary way, its bytes stay with the kernel, which goes on sending
 * them, and an insert cut off from its database would be carried out when the network is back, after its rows were looked up and
 * written again. A reset drops them.
 */
class Resets {
  readonly #idle = new WeakSet<Duplex>();

  /** @param carrier the TCP socket under `socket`, or itself. */
  guard(carrier: Socket, socket: Duplex): void {
    const destroy = carrier.destroy.bind(carrier);
    let isConnected = false;
    carrier.once('connect', () => (isConnected = true));
    carrier.destroy = (error) => {
      // The network's own errors have ended the connection already.
      const isGivenUp = isConnected && !this.#idle.has(socket) && !socket.writableEnded && !isSystemError(error);
      if (!isGivenUp) return destroy(error);
      isConnected = false;
      return carrier.resetAndDestroy();
    };
  }

  /** Learns which of the agent's connections carry no request at the moment. */
  watch(agent: HttpAgent): void {
    const keep = agent.keepSocketAlive.bind(agent);
    const reuse = agent.reuseSocket.bind(agent);
    agent.keepSocketAlive = (socket) => {
      this.#idle.add(socket);
      return keep(socket);
    };
    agent.reuseSocket = (socket, request) => {
      this.#idle.delete(socket);
      reuse(socket, request);
    };
  }
}

function isSystemError(error: Error | undefined): boolean {
  return error !== undefined && 'syscall' in error;
}

class ResettingHttpAgent extends HttpAgent {
  readonly #resets = new Resets();

  constructor(options: AgentOptions) {
    super(options);
    this.#resets.watch(this);
  }

  override createConnection(...[options, callback]: Arguments): Duplex | null | undefined {
    const socket = super.createConnection(options, callback) as Socket;
    this.#resets.guard(socket, socket);
    return socket;
  }
}

class ResettingHttpsAgent extends HttpsAgent {
  readonly #resets = new Resets();

  constructor(options: AgentOptions) {
    super(options);
    this.#resets.watch(this);
  }

  override createConnection(...[options, callback]: Arguments): Duplex | null | undefined {
    // Of our own, because a TLS socket cannot be reset. Its errors are told by the TLS socket.
    const carrier = connect({ host: options.host ?? 'localhost', port: Number(options.port) });
    carrier.on('error', () => {});
    const overTcp = { ...options, socket: carrier } as Arguments[0];
    const socket = super.createConnection(overTcp, callback) as Socket;
    this.#resets.guard(carrier, socket);
    return socket;
  }
}

/** For `url`'s scheme. */
export function resettingAgent(url: string, options: AgentOptions): HttpAgent | HttpsAgent {
  return new URL(url).protocol === 'https:' ? new ResettingHttpsAgent(options) : new ResettingHttpAgent(options);
}
