import { PROTOCOL_LIMITS } from '../src/protocol/limits.js';
import {
  PROTOCOL,
  PROTOCOL_VERSION,
  type MessageDirection,
  type MessagePayload,
  type ProtocolMessage,
} from '../src/protocol/messages.js';
import { schemaNameOf } from './schemas.js';

const PARAMETERS: Readonly<Record<string, string>> = {
  device_id: `1 to ${PROTOCOL_LIMITS.deviceIdLength} of A-Z a-z 0-9 _ . : -`,
  quantity: `A letter, then up to ${PROTOCOL_LIMITS.quantityLength - 1} of A-Z a-z 0-9 _; no reserved name.`,
  file: `1 to ${PROTOCOL_LIMITS.fileNameLength} of A-Z a-z 0-9 _ . -`,
  offset: 'Where in the file the bytes belong, decimal.',
  size: 'Bytes of the whole file, decimal.',
  sha256: 'Of the whole file, 64 hexadecimal digits.',
};

const CONTENT_TYPES: Readonly<Record<MessagePayload['format'], string>> = {
  json: 'application/json',
  cbor: 'application/cbor',
  text: 'text/plain',
  binary: 'application/octet-stream',
  empty: 'application/octet-stream',
};

/** The backend is what is described: it receives what devices send. */
const RECEIVED: ReadonlySet<MessageDirection> = new Set([
  'device-to-backend',
  'service-to-backend',
  'people-to-backend',
]);

/** The protocol as an AsyncAPI 3.0 document, as the backend sees it; payloads are the schemas in `schema/`. */
export function asyncApiDocument(): unknown {
  const messages = Object.values(PROTOCOL);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Louver device protocol',
      version: PROTOCOL_VERSION,
      description:
        'What a device with a climate sensor, a microphone and a window says over MQTT 3.1.1, and what it is told.',
      license: { name: 'MIT' },
    },
    defaultContentType: CONTENT_TYPES.json,
    channels: Object.fromEntries(messages.map((message) => [message.name, channelOf(message)])),
    operations: Object.fromEntries(messages.map((message) => [message.name, operationOf(message)])),
    components: {
      messages: Object.fromEntries(messages.map((message) => [message.name, messageOf(message)])),
      parameters: Object.fromEntries(Object.entries(PARAMETERS).map(([name, description]) => [name, { description }])),
    },
  };
}

function channelOf({ name, topic, description }: ProtocolMessage): unknown {
  const names = [...topic.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter!);
  return {
    address: topic,
    description,
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
    parameters: Object.fromEntries(
      names.map((parameter) => [parameter, { $ref: `#/components/parameters/${parameter}` }]),
    ),
  };
}

function operationOf({ name, tag, direction, qos, retain }: ProtocolMessage): unknown {
  return {
    action: RECEIVED.has(direction) ? 'receive' : 'send',
    channel: { $ref: `#/channels/${name}` },
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    tags: [{ name: tag }, { name: direction }],
    bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
  };
}

function messageOf(message: ProtocolMessage): unknown {
  const schema = schemaNameOf(message);
  return {
    title: `${message.tag} ${message.name}`,
    summary: `${message.description} At most ${message.maxBytes} bytes.`,
    contentType: CONTENT_TYPES[message.payload.format],
    payload:
      schema === undefined
        ? undefined
        : {
            schemaFormat: 'application/schema+json;version=2020-12',
            schema: { $ref: `./schema/${schema}.json` },
          },
  };
}
