import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { frameScanner } from './frame-scanner.js';
import { outbound, type BacklogBudget } from './outbound.js';

export interface PacketGateOptions {
  /** Largest packet before the client is let in, in bytes: CONNECT with a will (64 KiB), name and password. */
  readonly connectLimitBytes: number;
  /** Largest packet afterwards, in bytes. */
  readonly packetLimitBytes: number;
  /** Bytes kept for the broker while it does not read; beyond them the socket is paused. */
  readonly readAheadBytes: number;
  /** A client that takes nothing for this long is cut off. */
  readonly drainTimeoutMs: number;
  /** What may be on its way to clients. */
  readonly backlog: BacklogBudget;
  /** Too much waits in the broker for anything to be read: resolves when that is over. */
  readonly crowded: () => Promise<void> | undefined;
  /** Told why a connection was ended here. */
  readonly onRefused: (reason: string) => void;
}

/** The connection as the broker sees it, and what the transport does with it. */
export interface PacketGate {
  readonly stream: Duplex;
  /** The client is in: packets may be as large as agreed, silence beyond 1.5 × keepalive ends it [MQTT-3.1.2-24]. 0: never. */
  admit(keepaliveS: number): void;
  /** Nothing more reaches the broker until `release`; PINGREQ is still answered. */
  hold(): void;
  release(): void;
}

const PINGRESP = Buffer.from([0xd0, 0x00]);

/** Tells of everything that is written to it, also while it waits. */
class GateStream extends Duplex {
  onWrite: () => void = () => undefined;

  override write(chunk: unknown, ...rest: never[]): boolean {
    const open = super.write(chunk, ...rest);
    this.onWrite();
    return open;
  }
}

/**
 * Between socket and broker. The broker reads nothing more of a connection while an acknowledgement of it is withheld, so it neither
 * answers PINGREQ nor counts the client as alive, and both sides cut the connection: a storm of redelivery just when storage is slow.
 * The gate answers PINGREQ and watches the keepalive in its place, and ends a connection at the header of a packet that is too large,
 * before it is gathered in memory.
 */
export function packetGate(socket: Socket, options: PacketGateOptions): PacketGate {
  const scanner = frameScanner(options.connectLimitBytes);
  let aside: Buffer[] = [];
  let asideBytes = 0;
  let held = false;
  let crowded = false;
  let admitted = false;
  let pingPending = false;
  let keepalive: NodeJS.Timeout | undefined;

  const full = (): boolean => stream.readableLength + asideBytes >= options.readAheadBytes;

  const stream = new GateStream({
    readableHighWaterMark: 64 * 1024,
    read() {
      // What the broker is about to take still counts as buffered here: only what was put aside can be in the way.
      if (socket.isPaused() && !crowded && asideBytes < options.readAheadBytes) socket.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      out.write([chunk], done);
    },
    writev(chunks, done) {
      out.write(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      );
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      clearTimeout(keepalive);
      out.end();
      aside = [];
      socket.destroy();
      done(error);
    },
  });

  const out = outbound(socket, {
    budget: options.backlog,
    drainTimeoutMs: options.drainTimeoutMs,
    queuedBytes: () => stream.writableLength,
    // Not in the middle of a packet that is being written.
    onSlow: (reason) => process.nextTick(() => stream.destroy(new Error(reason))),
  });
  stream.onWrite = out.queued;

  const sink = {
    pass(bytes: Buffer) {
      if (held) {
        aside.push(bytes);
        asideBytes += bytes.length;
      } else {
        stream.push(bytes);
      }
    },
    ping() {
      // The first packet to a client is CONNACK [MQTT-3.2.0-1].
      if (admitted) socket.write(PINGRESP);
      else pingPending = true;
    },
  };

  const passAside = (): void => {
    const chunks = aside;
    aside = [];
    asideBytes = 0;
    for (const chunk of chunks) stream.push(chunk);
  };

  socket.on('data', (chunk: Buffer) => {
    keepalive?.refresh();
    const problem = scanner.scan(chunk, sink);
    if (problem !== undefined) {
      options.onRefused(problem);
      stream.destroy();
      return;
    }
    if (full()) socket.pause();
    const room = options.crowded();
    if (room === undefined) return;
    crowded = true;
    socket.pause();
    void room.then(() => {
      crowded = false;
      if (!full()) socket.resume();
    });
  });
  socket.on('end', () => {
    passAside();
    stream.push(null);
  });
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => {
    // After `end` the broker still has bytes to read and ends the stream itself.
    if (!socket.readableEnded) stream.destroy();
  });

  return {
    stream,
    admit(keepaliveS) {
      admitted = true;
      scanner.limitBytes = options.packetLimitBytes;
      if (pingPending) socket.write(PINGRESP);
      if (keepaliveS <= 0) return;
      keepalive = setTimeout(() => {
        // What we do not read cannot be held against the client.
        if (held || socket.isPaused()) keepalive?.refresh();
        else stream.destroy(new Error('keep alive timeout'));
      }, keepaliveS * 1500);
      keepalive.unref();
    },
    hold() {
      held = true;
    },
    release() {
      if (!held) return;
      held = false;
      passAside();
      if (socket.isPaused() && !crowded && !full()) socket.resume();
    },
  };
}
