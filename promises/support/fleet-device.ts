import { connect, type Socket } from 'node:net';
import type { FleetStream } from './fleet-stream.js';
import { CONNACK, connectPacket, Frames, PUBACK, type Frame } from './raw-mqtt.js';

interface Unacknowledged {
  readonly stream: FleetStream;
  readonly number: number;
  readonly payload: Buffer;
  sentMs: number;
}

export interface DeviceEvents {
  /** Milliseconds from writing the packet until its acknowledgement. */
  readonly onAcknowledged: (latencyMs: number) => void;
  /** The connection ended and nobody had wanted it. */
  readonly onDropped: () => void;
  /** Of a device that listens. */
  readonly onFrame?: (frame: Frame, socket: Socket) => void;
  readonly onConnected?: (socket: Socket) => void;
}

const RECONNECT_MS = 20;
/** What a small device can keep: without acknowledgements it stops measuring. */
const MOST_UNACKNOWLEDGED = 100;
/** Beyond it the other side does not read. */
const MOST_UNWRITTEN_BYTES = 64 * 1024;

/** A device with a connection of its own. It connects again whenever it has to, and sends again what was not acknowledged. */
export class FleetDevice {
  readonly #unacknowledged = new Map<number, Unacknowledged>();
  #socket: Socket | undefined;
  #connected = false;
  #wanted = false;
  #nextId = 1;
  #retry: NodeJS.Timeout | undefined;
  resent = 0;

  constructor(
    readonly deviceId: string,
    private readonly qos: 0 | 1,
    private readonly events: DeviceEvents,
  ) {}

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  get connected(): boolean {
    return this.#connected;
  }

  start(port: number): void {
    this.#wanted = true;
    this.#connect(port);
  }

  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#socket?.end();
    this.#socket = undefined;
    this.#connected = false;
  }

  /** False: it cannot now, because of the other side. */
  send(stream: FleetStream): boolean {
    const socket = this.#socket;
    if (this.#unacknowledged.size >= MOST_UNACKNOWLEDGED) return false;
    if (!this.#connected || socket === undefined) return false;
    if (this.qos === 0 && socket.writableLength > MOST_UNWRITTEN_BYTES) return false;
    const { number, payload } = stream.next();
    const id = this.#nextId;
    this.#nextId = (id % 65_535) + 1;
    if (this.qos === 1) this.#unacknowledged.set(id, { stream, number, payload, sentMs: performance.now() });
    socket.write(stream.packet(payload, id, false));
    return true;
  }

  #connect(port: number): void {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    const frames = new Frames();
    socket.on('data', (chunk) => {
      for (const frame of frames.of(chunk)) this.#take(frame, socket);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      if (this.#connected) this.events.onDropped();
      this.#connected = false;
      if (this.#wanted) this.#retry = setTimeout(() => this.#connect(port), RECONNECT_MS);
    });
    socket.write(connectPacket(this.deviceId));
  }

  #take(frame: Frame, socket: Socket): void {
    const type = frame.head >> 4;
    if (type === PUBACK) return this.#acknowledged(frame.body.readUInt16BE(0));
    if (type !== CONNACK) return this.events.onFrame?.(frame, socket);
    if (frame.body[1] !== 0) return void socket.destroy();
    this.#connected = true;
    this.events.onConnected?.(socket);
    for (const [id, kept] of this.#unacknowledged) {
      kept.sentMs = performance.now();
      this.resent++;
      socket.write(kept.stream.packet(kept.payload, id, true));
    }
  }

  #acknowledged(id: number): void {
    const kept = this.#unacknowledged.get(id);
    if (kept === undefined) return;
    this.#unacknowledged.delete(id);
    kept.stream.acknowledge(kept.number);
    this.events.onAcknowledged(performance.now() - kept.sentMs);
  }
}
