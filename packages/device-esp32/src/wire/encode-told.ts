import type { OutboundMessage, Told } from '@louver/core';
import { PROTOCOL, type ProtocolMessage } from '../protocol/messages.js';
import type { Topics } from '../topics/topics.js';
import { isoTime } from './encode.js';

/** What the backend tells a device besides commands for its window [P-35 … P-37]. */
export function encodeTold(told: Told, topics: Topics): OutboundMessage {
  const { deviceId } = told;
  switch (told.kind) {
    case 'time-told':
      return outbound(PROTOCOL.timeResponse, topics.timeResponse(deviceId), {
        deviceSendTime: told.deviceSentMs,
        serverRecvTime: told.serverReceivedMs,
        serverSendTime: told.serverSentMs,
      });
    case 'desired-config':
      return outbound(PROTOCOL.config, topics.config(deviceId), { version: told.version, ...told.values });
    case 'nothing-desired':
      // An empty one clears what the broker keeps [MQTT-3.3.1-10].
      return { ...outbound(PROTOCOL.config, topics.config(deviceId), {}), payload: '' };
    case 'device-order':
      return outbound(PROTOCOL.commands, topics.commands(deviceId), {
        command: told.command,
        parameters: told.parameters,
        command_id: told.commandId,
        expires_at: isoTime(told.expiresAtMs),
      });
  }
}

function outbound({ qos, retain }: ProtocolMessage, topic: string, body: object): OutboundMessage {
  return { topic, payload: JSON.stringify(body), qos, retain };
}
