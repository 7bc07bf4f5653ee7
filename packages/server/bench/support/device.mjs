// One device and whoever looks at its window, each with a connection of its own.
import { connectAsync } from 'mqtt';

const ANSWER_MS = 10_000;

export async function connectDevice(port, deviceId) {
  const url = `mqtt://127.0.0.1:${port}`;
  const [publisher, subscriber] = await Promise.all([connect(url), connect(url)]);
  let onCommand = () => {};
  subscriber.on('message', (_topic, payload) => onCommand(JSON.parse(payload.toString()), performance.now()));
  await subscriber.subscribeAsync(`window/${deviceId}/control`, { qos: 1 });
  return {
    /** A reading, acknowledged. `value` is stored and nothing is awaited but PUBACK. */
    send: (quantity, value) => publisher.publishAsync(`sensor/${deviceId}/${quantity}`, reading(value), { qos: 1 }),
    /**
     * Publishes and resolves to the milliseconds until a command came that `isAnswer`: from just before the packet is handed to the
     * client until its command is parsed.
     */
    async roundTrip(quantity, payload, isAnswer) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no command for ${quantity} in ${ANSWER_MS / 1000} s`)), ANSWER_MS); // prettier-ignore
        const startedMs = performance.now();
        onCommand = (command, receivedMs) => {
          if (!isAnswer(command)) return;
          clearTimeout(timer);
          onCommand = () => {};
          resolve(receivedMs - startedMs);
        };
        publisher.publish(`sensor/${deviceId}/${quantity}`, payload, { qos: 1 }, (error) => error && reject(error));
      });
    },
    close: () => Promise.all([publisher.endAsync(), subscriber.endAsync()]),
  };
}

let lastMs = 0;

/** Never the same time twice: two equal messages would be one. */
export function timestamp() {
  lastMs = Math.max(lastMs + 1, Date.now());
  return new Date(lastMs).toISOString();
}

export function reading(value) {
  return JSON.stringify({ value, timestamp: timestamp() });
}

async function connect(url) {
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  // Without it, small packets wait up to 40 ms for the peer's delayed TCP acknowledgement.
  client.stream.setNoDelay(true);
  return client;
}
