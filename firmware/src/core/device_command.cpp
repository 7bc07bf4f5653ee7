#include "device_command.h"

#include "json_in.h"
#include "protocol_generated.h"

namespace louver {

namespace {

/// In the order of `DeviceCommand`.
const char* const kNames[] = {
    protocol::kCommandSetSamplingRate, protocol::kCommandRecordNow, protocol::kCommandRestart, protocol::kCommandReport, protocol::kCommandIdentify,
};

bool readRate(Slice payload, uint32_t* rateS) {
  JsonMember parameters;
  JsonMember rate;
  int64_t whole;
  bool isExact;
  if (!findMember(payload, protocol::kKeyParameters, &parameters) || parameters.kind != JsonKind::kObject) return false;
  if (!findMember(parameters.value, protocol::kKeyRateSeconds, &rate) || rate.kind != JsonKind::kNumber) return false;
  if (!parseDecimal(rate.value, 0, protocol::kRateSecondsMax, &whole, &isExact) || !isExact || whole < protocol::kRateSecondsMin) return false;
  *rateS = static_cast<uint32_t>(whole);
  return true;
}

}  // namespace

DeviceCommand readDeviceCommand(Slice payload, EpochMs now, uint32_t* rateS) {
  JsonMember name;
  JsonMember expires;
  if (!findMember(payload, protocol::kKeyCommand, &name) || name.kind != JsonKind::kString) return DeviceCommand::kRefused;
  uint8_t at = 0;
  while (!name.value.is(kNames[at])) {
    if (++at == sizeof kNames / sizeof kNames[0]) return DeviceCommand::kRefused;
  }
  const DeviceCommand command = static_cast<DeviceCommand>(at);
  if (command == DeviceCommand::kSetSamplingRate && !readRate(payload, rateS)) return DeviceCommand::kRefused;
  if (!findMember(payload, protocol::kKeyExpiresAt, &expires)) return command;
  EpochMs time;
  if (!expires.readTime(&time)) return DeviceCommand::kRefused;
  return time != kNoTime && (now == kNoTime || time <= now) ? DeviceCommand::kExpired : command;
}

}  // namespace louver
