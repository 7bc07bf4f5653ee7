// What the pipeline is compared with: MQTT.js that parses each message and acknowledges it, and does nothing else.
import { connectAsync } from 'mqtt';
import { forgetSession, nowMs, serve } from './child.mjs';

const CLIENT_ID = 'bench-bare';

let client;
let brokerPort;
let received = 0;
let sum = 0;
let expected = Infinity;
let complete = () => {};
let cpu;

serve({
  async attach({ port, protocolVersion }) {
    brokerPort = port;
    client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: CLIENT_ID,
      // As the pipeline's: a session that outlives the connection.
      clean: false,
      protocolVersion,
      ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 3_600 } }),
      reconnectPeriod: 0,
    });
    client.stream.setNoDelay(true);
    client.on('message', (_topic, payload) => {
      sum += JSON.parse(payload.toString()).value;
      if (++received >= expected) complete();
    });
    await client.subscribeAsync('sensor/+/temperature', { qos: 1 });
    // Here and not in `consume`: by then the first messages may have come.
    received = 0;
    sum = 0;
    expected = Infinity;
    cpu = process.cpuUsage();
  },
  /** Resolves when that many messages have come since `attach`. */
  async consume({ messages }) {
    expected = messages;
    if (received < expected) await new Promise((resolve) => (complete = resolve));
    const endedMs = nowMs();
    const { user, system } = process.cpuUsage(cpu);
    if (!Number.isFinite(sum)) throw new Error(`values add up to ${sum}`);
    return { endedMs, cpuMs: (user + system) / 1000 };
  },
  async detach() {
    await client.endAsync();
    await forgetSession(brokerPort, CLIENT_ID);
  },
});
