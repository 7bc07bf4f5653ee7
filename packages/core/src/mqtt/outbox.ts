import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { OutboundMessage } from '../transport.js';

/** The connection, as far as publishing goes. */
export interface OutboundLink {
  /** How many may be sent and not yet acknowledged [MQTT-4.9.0-1]. */
  readonly window: number;
  /** Bytes of a packet that the broker takes at the most. */
  readonly maxPacketBytes: number;
  send(message: OutboundMessage, callback: (error?: Error) => void): void;
}

interface Waiting {
  readonly message: OutboundMessage;
  readonly deadlineMs: number;
  readonly finish: (error?: LouverError) => void;
}

/** From the call to PUBACK, connecting and sending again included. */
const PATIENCE_MS = 10_000;
const MAX_WAITING = 10_000;

/** Publishes in the order of the calls; what was not acknowledged when a connection ended is sent again by the next. */
export class Outbox {
  private waiting: Waiting[] = [];
  private readonly inFlight = new Set<Waiting>();
  private link: OutboundLink | undefined;
  private watching = false;
  private readonly stop = new AbortController();

  constructor(
    private readonly context: Context,
    private readonly why: () => string,
  ) {}

  get busy(): boolean {
    return this.inFlight.size > 0;
  }

  publish(message: OutboundMessage, signal: AbortSignal | undefined): Promise<void> {
    const problem = messageProblem(message);
    if (problem !== undefined) return Promise.reject(new LouverError('E_TRANSPORT', problem, { retryable: false }));
    if (signal?.aborted) return Promise.reject(aborted(message.topic));
    if (this.waiting.length >= MAX_WAITING) {
      const text = `${MAX_WAITING} messages wait for the broker already, ${message.topic} is not taken. ${this.why()}`;
      return Promise.reject(new LouverError('E_TRANSPORT', text));
    }
    return new Promise((resolve, reject) => {
      const finish = (error?: LouverError): void => {
        this.inFlight.delete(entry);
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve();
        else reject(error);
        this.pump();
      };
      const entry = { message, deadlineMs: this.context.clock.now() + PATIENCE_MS, finish };
      const onAbort = (): void => {
        this.waiting = this.waiting.filter((each) => each !== entry);
        finish(aborted(message.topic));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
      this.pump();
      void this.watch();
    });
  }

  /** A connection is there. */
  attach(link: OutboundLink): void {
    this.link = link;
    this.pump();
  }

  /** It has ended. QoS 0 in flight may or may not have arrived: it is given up, not doubled. */
  detach(): void {
    this.link = undefined;
    const again: Waiting[] = [];
    for (const entry of [...this.inFlight]) {
      this.inFlight.delete(entry);
      if (entry.message.qos === 1) again.push(entry);
      else
        entry.finish(
          new LouverError('E_TRANSPORT', `the connection ended while ${entry.message.topic} was being sent.`),
        );
    }
    this.waiting = [...again, ...this.waiting];
  }

  /** Nothing more is sent; what is in flight may still be acknowledged. */
  shut(): void {
    const rest = this.waiting;
    this.waiting = [];
    for (const entry of rest) entry.finish(closed(entry.message.topic));
  }

  close(): void {
    this.link = undefined;
    this.stop.abort();
    this.shut();
    for (const entry of [...this.inFlight]) entry.finish(closed(entry.message.topic));
  }

  private pump(): void {
    while (this.link !== undefined && this.waiting.length > 0 && this.inFlight.size < this.link.window) {
      this.transmit(this.link, this.waiting.shift()!);
    }
  }

  private transmit(link: OutboundLink, entry: Waiting): void {
    const { topic, payload } = entry.message;
    // Fixed header 5, topic length 2, packet id 2, property length 1.
    const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload as string) + 10;
    if (bytes > link.maxPacketBytes) {
      const text = `${topic} makes a packet of ${bytes} bytes, the broker takes ${link.maxPacketBytes} at the most.`;
      return entry.finish(new LouverError('E_TRANSPORT', text, { retryable: false }));
    }
    this.inFlight.add(entry);
    link.send(entry.message, (error) => {
      // Of a connection that has ended: it waits again, or its caller has gone.
      if (this.link !== link || !this.inFlight.has(entry)) return;
      if (error === undefined) return entry.finish();
      const text = `the broker refused ${topic}: ${error.message}.`;
      entry.finish(new LouverError('E_TRANSPORT', text, { retryable: false, cause: error }));
    });
  }

  /** One watch for all: they come and expire in the same order. */
  private async watch(): Promise<void> {
    if (this.watching) return;
    this.watching = true;
    while (!this.stop.signal.aborted) {
      const now = this.context.clock.now();
      let next: number | undefined;
      for (const entry of [...this.inFlight, ...this.waiting]) {
        if (entry.deadlineMs <= now) this.expire(entry);
        else next = Math.min(next ?? entry.deadlineMs, entry.deadlineMs);
      }
      if (next === undefined) break;
      await this.context.clock.sleep(next - now, this.stop.signal);
    }
    this.watching = false;
  }

  private expire(entry: Waiting): void {
    this.waiting = this.waiting.filter((each) => each !== entry);
    entry.finish(
      new LouverError(
        'E_TRANSPORT',
        `${entry.message.topic} was not acknowledged within ${PATIENCE_MS} ms. ${this.why()}`,
      ),
    );
  }
}

function messageProblem({ topic }: OutboundMessage): string | undefined {
  const bytes = Buffer.byteLength(topic);
  if (bytes === 0 || bytes > 65_535) return `a topic name has 1 to 65535 bytes, this one has ${bytes}.`;
  if (/[+#\0]/.test(topic))
    return `the topic name ${JSON.stringify(topic)} holds a wildcard or NUL [MQTT-3.3.2-2]: publish to one topic.`;
  return undefined;
}

function aborted(topic: string): LouverError {
  return new LouverError('E_TRANSPORT', `publishing to ${topic} was aborted by its caller.`);
}

function closed(topic: string): LouverError {
  return new LouverError('E_TRANSPORT', `the transport was closed before ${topic} was acknowledged.`);
}
