import { createServer, type AddressInfo, type Socket } from 'node:net';
import { bindPort } from '../bind-port.js';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly maxConnections: number;
  readonly onDropped: () => void;
}

/**
 * A TCP port that is taken at once and served later: a port in use is known when the transport opens, but nobody is answered before
 * `serve`, because nobody could store what they send.
 */
export interface Listener {
  readonly port: number;
  serve(handle: (socket: Socket) => void): void;
  /** Takes no new connections and ends all that there are. */
  close(): Promise<void>;
}

/** Rejects with `E_CONFIG`, in one line that names the flag, when the port cannot be had. */
export async function bindListener(options: ListenerOptions): Promise<Listener> {
  const waiting: Socket[] = [];
  const open = new Set<Socket>();
  let handle: ((socket: Socket) => void) | undefined;

  // noDelay: with Nagle's algorithm a round trip takes 44 ms instead of 0.2 ms. allowHalfOpen: a client that has said everything
  // still gets its acknowledgements.
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (handle) {
      handle(socket);
      socket.resume();
    } else {
      socket.on('error', () => socket.destroy());
      waiting.push(socket);
    }
  });
  server.maxConnections = options.maxConnections;
  server.on('drop', options.onDropped);
  const { host, port } = options;
  await bindPort(server, { what: 'MQTT', flag: '--mqtt-port', host, port });

  return {
    port: (server.address() as AddressInfo).port,
    serve(next) {
      handle = next;
      for (const socket of waiting.splice(0)) {
        if (socket.destroyed) continue;
        socket.removeAllListeners('error');
        next(socket);
        socket.resume();
      }
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      });
    },
  };
}
