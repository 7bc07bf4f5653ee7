import { createHash } from 'node:crypto';
import type { OutboundMessage } from '@louver/core';
import type { Topics } from '../topics/topics.js';
import { DEVICE_STATUSES, type PHYSICAL_RANGES } from './limits.js';
import { PROTOCOL } from './messages.js';

/** A device as Home Assistant is to see it. */
export interface DiscoveredDevice {
  readonly deviceId: string;
  /** For people. */
  readonly name: string;
  /** Absent: not known. */
  readonly model?: string;
}

export interface DiscoveryOptions {
  readonly topics: Topics;
  /** The `discovery_prefix` of Home Assistant. Default `homeassistant`. */
  readonly prefix?: string;
  /** Version of who announces it. */
  readonly version: string;
}

const PREFIX = PROTOCOL.discovery.topic.slice(0, PROTOCOL.discovery.topic.indexOf('/'));

/**
 * Home Assistant's device discovery of a device [P-39]: two sensors and a cover, there as long as the device says so.
 * See https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload.
 */
export function discoveryMessage(device: DiscoveredDevice, options: DiscoveryOptions): OutboundMessage {
  const { deviceId, name, model } = device;
  const { topics, version } = options;
  const [online, offline] = DEVICE_STATUSES;
  const uniqueId = `louver_${deviceId}`;
  const body = {
    device: { identifiers: [uniqueId], name, ...(model !== undefined && { model }) },
    origin: { name: 'Louver', sw_version: version },
    availability_topic: topics.status(deviceId),
    payload_available: online,
    payload_not_available: offline,
    components: {
      temperature: sensor('temperature', '°C'),
      humidity: sensor('humidity', '%'),
      window: {
        platform: 'cover',
        unique_id: `${uniqueId}_window`,
        device_class: 'window',
        name: 'Window',
        command_topic: topics.windowSet(deviceId),
        payload_open: 'OPEN',
        payload_close: 'CLOSE',
        payload_stop: 'STOP',
        set_position_topic: topics.windowSet(deviceId),
        position_topic: topics.windowState(deviceId),
        // An empty text is passed over: a window may not know where it is.
        position_template: '{{ value_json.position | round(0) | int if value_json.position is number }}',
        position_open: 100,
        position_closed: 0,
      },
    },
  };
  return { ...retained(deviceId, options), payload: JSON.stringify(body) };

  function sensor(quantity: keyof typeof PHYSICAL_RANGES, unit: string): object {
    return {
      platform: 'sensor',
      unique_id: `${uniqueId}_${quantity}`,
      device_class: quantity,
      state_class: 'measurement',
      unit_of_measurement: unit,
      state_topic: topics.scalar(deviceId, quantity),
      value_template: '{{ value_json.value }}',
    };
  }
}

/** Takes a device out of Home Assistant again. */
export function discoveryRemoval(deviceId: string, options: Pick<DiscoveryOptions, 'prefix'>): OutboundMessage {
  return { ...retained(deviceId, options), payload: '' };
}

function retained(
  deviceId: string,
  { prefix = PREFIX }: Pick<DiscoveryOptions, 'prefix'>,
): Pick<OutboundMessage, 'topic' | 'qos' | 'retain'> {
  const { topic, qos, retain } = PROTOCOL.discovery;
  return { topic: prefix + topic.slice(PREFIX.length).replace('{device_id}', objectId(deviceId)), qos, retain };
}

/** Home Assistant hears only ids of letters, digits, `_` and `-`; another one is made of those, and stays one of a kind by a hash. */
function objectId(deviceId: string): string {
  const plain = deviceId.replace(/[^A-Za-z0-9_-]/g, '-');
  if (plain === deviceId) return deviceId;
  return `${plain}_${createHash('sha256').update(deviceId).digest('hex').slice(0, 8)}`;
}
