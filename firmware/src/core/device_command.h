// What a device is told to do [P-35].
#ifndef LOUVER_CORE_DEVICE_COMMAND_H
#define LOUVER_CORE_DEVICE_COMMAND_H

#include "text.h"

namespace louver {

enum class DeviceCommand : uint8_t { kSetSamplingRate, kRecordNow, kRestart, kReport, kIdentify, kExpired, kRefused };

/**
 * @param now in UTC, `kNoTime` when it is not known: what says when it expires then counts as expired.
 * @param rateS of `kSetSamplingRate`, 1..86400.
 * `kRefused`: not to be read, not known, or with a parameter that is missing or out of range.
 */
DeviceCommand readDeviceCommand(Slice payload, EpochMs now, uint32_t* rateS);

}  // namespace louver

#endif
