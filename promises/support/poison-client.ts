import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CONNACK, connectPacket, Frames, PUBACK, publishPacket, string } from './raw-mqtt.js';

/** Publishes what no library would, one message after the other, at QoS 1. */
export class PoisonClient {
  #socket: Socket | undefined;
  #heard: ((outcome: 'acknowledged' | 'closed' | 'connected') => void) | undefined;
  #nextId = 1;

  constructor(private readonly port: number) {}

  /** `closed`: the broker ended the connection instead. @param topic as bytes, so that it need not be text */
  async publish(topic: Buffer, payload: Buffer): Promise<'acknowledged' | 'closed'> {
    if (this.#socket === undefined && (await this.#connect()) !== 'connected') throw new Error('not let in');
    const id = this.#nextId;
    this.#nextId = (id % 65_535) + 1;
    const outcome = this.#next();
    this.#socket!.write(publishPacket(string(topic), payload, 1, id));
    return (await outcome) as 'acknowledged' | 'closed';
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    const closed = once(socket, 'close');
    socket.end();
    await closed;
  }

  #connect(): Promise<string> {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    const frames = new Frames();
    const outcome = this.#next();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      for (const { head } of frames.of(chunk)) {
        if (head >> 4 === CONNACK) this.#heard?.('connected');
        if (head >> 4 === PUBACK) this.#heard?.('acknowledged');
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#heard?.('closed');
    });
    socket.write(connectPacket('poison'));
    return outcome;
  }

  #next(): Promise<string> {
    return new Promise((resolve) => (this.#heard = resolve));
  }
}
