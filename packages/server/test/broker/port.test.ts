import { createServer, connect as tcpConnect, type AddressInfo } from 'node:net';
import { defaultContext } from '@louver/core';
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { brokerTransport } from '../../src/broker/broker-transport.js';
import { settleDown, until } from './rig.js';

describe('the port', () => {
  test('in use: one line that names the flag, at open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(brokerTransport({ port }).open(defaultContext())).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: `E_CONFIG: MQTT port ${port} on 127.0.0.1 is already in use: stop what uses it or choose another one with --mqtt-port`,
    });
    taken.close();
  });

  test('is taken at open, but nobody is answered before receive', async () => {
    const transport = brokerTransport({ port: 0 });
    await transport.open(defaultContext());
    await expect(brokerTransport({ port: transport.port }).open(defaultContext())).rejects.toMatchObject({
      code: 'E_CONFIG',
    });
    const early = tcpConnect(transport.port, '127.0.0.1');
    early.write(
      generate({
        cmd: 'connect',
        clientId: 'early',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        keepalive: 0,
      }),
    );
    let answered = false;
    early.once('data', () => (answered = true));
    await settleDown();
    expect(answered).toBe(false);
    const stop = new AbortController();
    const receiving = transport.receive(['#'], { maxUnsettled: 1, signal: stop.signal })[Symbol.asyncIterator]().next();
    await until(() => answered, 'CONNACK');
    stop.abort();
    await receiving;
    early.destroy();
    await transport.close();
    await transport.close();
  });
});
