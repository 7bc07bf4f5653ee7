import { connect, createServer, type Server, type Socket } from 'node:net';
import { Pump, type Pace } from './tcp-pump.js';

export interface TcpTarget {
  /** Default: loopback. */
  readonly host?: string;
  readonly port: number;
}

/** What lies between a client and a server, in a test's hands. */
export interface TcpFaults {
  readonly host: string;
  /** A free one, the same for the proxy's whole life. */
  readonly port: number;
  /** Nobody listens any more: who connects is refused. Connections that exist go on, see {@link cut}. */
  refuse(): Promise<void>;
  /** Connections are accepted and what they send is swallowed, also on those that exist. They are cut when this ends. */
  hang(): void;
  /** Nothing gets through in either direction, and nothing is lost: what waits arrives when this ends. */
  stall(): void;
  /** Each chunk comes `latencyMs` later, and at most `bytesPerS` pass in each direction of a connection. */
  slow(pace: Pace): void;
  /** Each connection, of those that are and those that come, is cut when so many bytes have passed: exactly these arrive. */
  cutAfter(bytes: { readonly toTarget?: number; readonly toClient?: number }): void;
  /** Resets every connection now. */
  cut(): void;
  /** Ends every fault. Resolves when clients are accepted again. */
  mend(): Promise<void>;
  /** Open now. */
  readonly connections: number;
  /** Since the start. */
  readonly accepted: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

interface Link {
  readonly client: Socket;
  readonly target: Socket;
  readonly pumps: readonly [toTarget: Pump, toClient: Pump];
  /** Its bytes were swallowed: nobody could make sense of what comes after them. */
  isSpoilt: boolean;
}

/** A TCP proxy on a free port of loopback, for anyone's broker or database: forwards until it is told to do otherwise. */
export async function tcpFaults(target: TcpTarget): Promise<TcpFaults> {
  const links = new Set<Link>();
  let accepted = 0;
  let port = 0;
  let mode: 'forward' | 'hang' | 'stall' = 'forward';
  let pace: Pace = {};
  let limits: { readonly toTarget?: number; readonly toClient?: number } = {};
  let server: Server | undefined;
  /** Listening and not listening take turns: each waits for the one before. */
  let turn: Promise<void> = Promise.resolve();

  function accept(client: Socket): void {
    accepted++;
    const { host = LOOPBACK, port: targetPort } = target;
    const upstream = connect({ host, port: targetPort, noDelay: true, allowHalfOpen: true });
    const link: Link = {
      client,
      target: upstream,
      pumps: [
        new Pump({ from: client, to: upstream, onLimit: () => cutOne(link, upstream) }),
        new Pump({ from: upstream, to: client, onLimit: () => cutOne(link, client) }),
      ],
      isSpoilt: false,
    };
    links.add(link);
    for (const socket of [client, upstream]) {
      // A reset is what this is for; 'close' follows.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (socket.errored !== null) cutOne(link);
        else if (client.closed && upstream.closed) links.delete(link);
      });
    }
    steer(link);
  }

  function steer(link: Link): void {
    if (mode === 'hang') link.isSpoilt = true;
    const [toTarget, toClient] = link.pumps;
    toTarget.steer({ mode, pace, limit: limits.toTarget });
    toClient.steer({ mode, pace, limit: limits.toClient });
  }

  function steerAll(): void {
    for (const link of links) steer(link);
  }

  /** @param served gets what has been handed to it, to the last byte: a reset would take it out of its hands again. */
  function cutOne(link: Link, served?: Socket): void {
    links.delete(link);
    for (const pump of link.pumps) pump.finish();
    for (const socket of [link.client, link.target]) {
      if (socket === served) socket.destroySoon();
      else if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    return (turn = turn.then(work));
  }

  function listen(): Promise<void> {
    return inTurn(async () => {
      if (server !== undefined) return;
      const starting = createServer({ noDelay: true, allowHalfOpen: true }, accept);
      await new Promise<void>((resolve, reject) => {
        starting.once('error', reject);
        starting.listen(port, LOOPBACK, resolve);
      });
      server = starting;
      port = (starting.address() as { readonly port: number }).port;
    });
  }

  function deafen(): Promise<void> {
    return inTurn(async () => {
      const stopping = server;
      server = undefined;
      // It no longer listens from here on; its 'close' would come with the end of the last connection only.
      stopping?.close();
      await new Promise((resolve) => setImmediate(resolve));
    });
  }

  await listen();
  return {
    host: LOOPBACK,
    get port() {
      return port;
    },
    refuse: deafen,
    hang() {
      mode = 'hang';
      steerAll();
    },
    stall() {
      mode = 'stall';
      steerAll();
    },
    slow(wanted) {
      pace = wanted;
      steerAll();
    },
    cutAfter(wanted) {
      limits = wanted;
      steerAll();
    },
    cut() {
      for (const link of [...links]) cutOne(link);
    },
    async mend() {
      mode = 'forward';
      pace = {};
      limits = {};
      for (const link of [...links]) if (link.isSpoilt) cutOne(link);
      steerAll();
      await listen();
    },
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    async close() {
      for (const link of [...links]) cutOne(link);
      await deafen();
    },
  };
}
