import type { Transport } from '../transport.js';
import { MqttTransport } from './mqtt-transport.js';
import { mqttSettings, type MqttTransportOptions } from './settings.js';

export { certificateAuthorities, mqttSettings } from './settings.js';
export type { MqttSettings, MqttTransportOptions } from './settings.js';
export { connectionFailure } from './words.js';
export type { ConnectionFailure, EndOfConnection } from './words.js';
export type { EndKind } from './reconnection.js';

/**
 * Messages over an MQTT broker (5 or 3.1.1), by MQTT.js. QoS 1 is acknowledged when the delivery is settled, in the order of receipt
 * [MQTT-4.6.0-2]; at `maxUnsettled` the broker is not read on, QoS 0 is shed and counted (`transport_shed_total`). Reconnects
 * by itself, with jitter: at least every second while the broker is away, less and less often (30 s) when it refuses us or another client
 * with our client id takes the session; `health` says in words what is wrong, a subscription that is refused or granted at QoS 0 only
 * included. It connects with the first `receive` or `publish`.
 *
 * `publish` waits for a connection and for PUBACK, sending again after a reconnect, 10 s at the most.
 * @throws LouverError `E_CONFIG` for wrong options; so does `open` when the package `mqtt` is missing or not fit, or `caFile`
 * cannot be read.
 */
export function mqttTransport(options: MqttTransportOptions): Transport {
  return new MqttTransport(mqttSettings(options));
}
