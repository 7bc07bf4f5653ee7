import type { OutboundMessage, Told } from '@louver/core';
import { PROTOCOL, type ProtocolMessage } from '../protocol/messages.js';
import type { Topics } from '../topics/topics.js';

/** What the backend tells a device besides commands for its window [P-37]. */
export function encodeTold(told: Told, topics: Topics): OutboundMessage {
  const { deviceId, deviceSentMs, serverReceivedMs, serverSentMs } = told;
  return outbound(PROTOCOL.timeResponse, topics.timeResponse(deviceId), {
    deviceSendTime: deviceSentMs,
    serverRecvTime: serverReceivedMs,
    serverSendTime: serverSentMs,
  });
}

function outbound({ qos, retain }: ProtocolMessage, topic: string, body: object): OutboundMessage {
  return { topic, payload: JSON.stringify(body), qos, retain };
}
