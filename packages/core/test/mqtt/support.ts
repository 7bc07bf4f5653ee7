import { onTestFinished } from 'vitest';
import { defaultContext, durableReceipt, type Context, type Delivery, type Transport } from '@louver/core';
import { mqttTransport, type MqttTransportOptions } from '@louver/core/mqtt';

export const RECEIPT = durableReceipt('journal', 0);

/** An open transport that is closed with the test. */
export async function openTransport(options: MqttTransportOptions, context?: Context): Promise<Transport> {
  const transport = mqttTransport(options);
  await transport.open(context ?? defaultContext());
  onTestFinished(() => transport.close());
  return transport;
}

export function text(delivery: Delivery): string {
  return Buffer.from(delivery.payload).toString();
}

/** Receives into an array; what to do with each delivery is the test's business. */
export class Reception {
  readonly deliveries: Delivery[] = [];
  readonly done: Promise<void>;
  private readonly stop = new AbortController();

  constructor(
    transport: Transport,
    filters: readonly string[],
    { maxUnsettled = 1000, each }: { maxUnsettled?: number; each?: (delivery: Delivery) => void } = {},
  ) {
    this.done = this.pull(transport.receive(filters, { maxUnsettled, signal: this.stop.signal }), each);
    onTestFinished(() => this.end());
  }

  get texts(): string[] {
    return this.deliveries.map(text);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.done;
  }

  private async pull(batches: AsyncIterable<readonly Delivery[]>, each?: (delivery: Delivery) => void): Promise<void> {
    for await (const batch of batches) {
      for (const delivery of batch) {
        this.deliveries.push(delivery);
        each?.(delivery);
      }
    }
  }
}
