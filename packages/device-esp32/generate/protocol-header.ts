import { CONFIG_MEMBERS } from '../src/protocol/config-members.js';
import {
  DEVICE_COMMANDS,
  DEVICE_STATUSES,
  OTA_STATES,
  PHYSICAL_RANGES,
  PROTOCOL_LIMITS,
  WINDOW_RESULTS,
} from '../src/protocol/limits.js';
import type { PayloadMember } from '../src/protocol/members.js';
import { PROTOCOL, type ProtocolMessage } from '../src/protocol/messages.js';
import { constantName, cString } from './c-text.js';

/** Topics of the firmware, by the names of its constants. Those of P-9 and P-10 hang on others. */
const TOPICS: readonly (keyof typeof PROTOCOL)[] = [
  'temperature',
  'humidity',
  'audio',
  'telemetry',
  'status',
  'info',
  'ack',
  'windowState',
  'windowControl',
  'commands',
  'config',
  'configReported',
  'timeRequest',
  'timeResponse',
  'ota',
  'otaState',
];

/** The C++ header of the firmware's core. */
export function protocolHeader(): string {
  return `// Generated from @louver/device-esp32 (packages/device-esp32/src/protocol): do not edit, run \`npm run generate\`.
#ifndef LOUVER_CORE_PROTOCOL_GENERATED_H
#define LOUVER_CORE_PROTOCOL_GENERATED_H

#include <stdint.h>

namespace louver {
namespace protocol {

/// The device id stands between the two.
struct Topic {
  const char* head;
  const char* tail;
};

${TOPICS.map((name) => topicLine(PROTOCOL[name])).join('\n')}

// Whether the broker keeps the last one; all of them are sent with QoS 1.
${TOPICS.filter((name) => PROTOCOL[name].direction === 'device-to-backend')
  .map((name) => retainedLine(PROTOCOL[name]))
  .join('\n')}

/// Parts of a recording [P-9]: kAudio, then "/{file}" and one of these, or "/{file}/{offset}".
constexpr char kAudioInit[] = "/init";
constexpr char kAudioFin[] = "/fin/";  // then "{size}/{sha256}"
constexpr uint32_t kAudioFileNameMax = ${PROTOCOL_LIMITS.fileNameLength};
constexpr uint32_t kAudioFileMax = ${PROTOCOL_LIMITS.audioBytes};
constexpr uint32_t kAudioFileLifetimeMs = ${PROTOCOL_LIMITS.fileLifetimeMs};
/// CBOR [P-10]: behind the topic of a reading.
constexpr char kCbor[] = "/cbor";

constexpr uint32_t kDeviceIdMax = ${PROTOCOL_LIMITS.deviceIdLength};
constexpr uint32_t kQuantityMax = ${PROTOCOL_LIMITS.quantityLength};
constexpr uint32_t kIdMax = ${PROTOCOL_LIMITS.idLength};
constexpr uint32_t kScalarPayloadMax = ${PROTOCOL_LIMITS.scalarBytes};
constexpr uint32_t kAudioPayloadMax = ${PROTOCOL_LIMITS.audioBytes};
constexpr int64_t kNeverSetBeforeMs = ${PROTOCOL_LIMITS.neverSetBeforeMs}LL;
constexpr uint32_t kTimeRoundTripMaxMs = ${PROTOCOL_LIMITS.timeRoundTripMs};
${ranges().join('\n')}

// Members of payloads.
${keys().join('\n')}

// What a device says of itself [P-30].
${words('Status', DEVICE_STATUSES).join('\n')}

// How a command for the window ended [P-33].
${words('Result', WINDOW_RESULTS).join('\n')}

// Commands to the device [P-35].
${words('Command', Object.keys(DEVICE_COMMANDS)).join('\n')}
constexpr uint32_t kRateSecondsMin = ${DEVICE_COMMANDS.set_sampling_rate.rate_seconds.min};
constexpr uint32_t kRateSecondsMax = ${DEVICE_COMMANDS.set_sampling_rate.rate_seconds.max};

constexpr uint32_t kOtaVersionMax = ${PROTOCOL_LIMITS.otaVersionLength};
constexpr uint32_t kOtaUrlMax = ${PROTOCOL_LIMITS.otaUrlLength};
// Where an update stands [P-38].
${words('Ota', OTA_STATES).join('\n')}
/// All of them, in this order, each with its NUL: a table of pointers would be as long again.
constexpr char kOtaStates[] = ${OTA_STATES.map((state) => cString(`${state}\0`)).join(' ')};

/// A member of the configuration [P-36]. Both ends are in; \`whole\`: without decimals.
struct ConfigLimit {
  const char* key;
  int32_t minThousandths;
  int32_t maxThousandths;
  bool whole;
};

/// Places in kConfigLimits.
enum ConfigMember : uint8_t {
${CONFIG_MEMBERS.map(({ name }) => `  ${constantName('Config', name)},`).join('\n')}
  kConfigMemberCount
};

constexpr ConfigLimit kConfigLimits[kConfigMemberCount] = {
${CONFIG_MEMBERS.map(limitLine).join('\n')}
};

}  // namespace protocol
}  // namespace louver

#endif
`;
}

function topicLine({ tag, name, topic }: ProtocolMessage): string {
  const [head, tail] = topic.split('{device_id}');
  return `constexpr Topic ${constantName('', name)} = {${cString(head!)}, ${cString(tail!)}};  // ${tag}`;
}

function retainedLine({ name, qos, retain }: ProtocolMessage): string {
  if (qos !== 1) throw new Error(`${name} has QoS ${qos}, expected 1: the firmware's header says so of all`);
  return `constexpr bool ${constantName('', name, 'retained')} = ${retain};`;
}

function ranges(): string[] {
  return Object.entries(PHYSICAL_RANGES).flatMap(([quantity, range]) =>
    (['min', 'max'] as const).map((end) => `constexpr double ${constantName('', quantity, end)} = ${range[end]};`),
  );
}

function words(kind: string, texts: readonly string[]): string[] {
  return texts.map((text) => `constexpr char ${constantName(kind, text.toLowerCase())}[] = ${cString(text)};`);
}

/** Each name once, in the order of the tables; those of services are none of the firmware's business. */
function keys(): string[] {
  const names = new Set<string>();
  for (const { direction, payload } of Object.values(PROTOCOL)) {
    const isDevice = direction === 'device-to-backend' || direction === 'backend-to-device';
    if (isDevice && payload.format === 'json') collect(payload.members, names);
  }
  return [...names].map((name) => `constexpr char ${constantName('Key', name)}[] = ${cString(name)};`);
}

function collect(members: readonly PayloadMember[], names: Set<string>): void {
  for (const { name, members: inner = [] } of members) {
    names.add(name);
    collect(inner, names);
  }
}

function limitLine({ name, type, min, max }: (typeof CONFIG_MEMBERS)[number]): string {
  return `    {${cString(name)}, ${Math.round(min * 1000)}, ${Math.round(max * 1000)}, ${type === 'integer'}},`;
}
