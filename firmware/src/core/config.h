// What can be set in a device from afar [P-36].
#ifndef LOUVER_CORE_CONFIG_H
#define LOUVER_CORE_CONFIG_H

#include "protocol_generated.h"
#include "text.h"

namespace louver {

/// What is in force. Kept over restarts as it is.
struct Config {
  /// 0: never configured.
  uint32_t version;
  /// Bit i: `thousandths[i]` has been set.
  uint32_t isSet;
  int32_t thousandths[protocol::kConfigMemberCount];

  bool has(protocol::ConfigMember member) const { return (isSet >> member & 1) != 0; }
  void set(protocol::ConfigMember member, int32_t value) {
    isSet |= 1U << member;
    thousandths[member] = value;
  }
  /// Without decimals.
  uint32_t whole(protocol::ConfigMember member) const { return static_cast<uint32_t>(thousandths[member]) / 1000; }
};

enum class ConfigVerdict : uint8_t { kApplied, kNotJson, kNoVersion, kNotNewer, kOutOfRange, kSwitchCrossed };

/// What was made of an offer. The names of members that are not known stand in the order of the offer, with commas; those that do not fit are left out.
struct ConfigJudgement {
  static constexpr size_t kUnknownBytes = 48;

  ConfigVerdict verdict = ConfigVerdict::kApplied;
  /// Of `kOutOfRange`.
  uint8_t member = 0;
  /// 0 when it could not be read.
  uint32_t offered = 0;
  char unknown[kUnknownBytes] = "";

  /// `interval_s out of range 1..86400`; nothing when it was applied.
  void addReason(Text* text) const;
};

/// Changes what is in force as `payload` says: all of it or nothing, and only when its version is newer.
void applyConfig(Slice payload, Config* inForce, ConfigJudgement* judgement);

/// What the device says of it on `sensor/{id}/config/reported`.
void addConfigReport(Text* text, const Config& inForce, const ConfigJudgement& judgement);

}  // namespace louver

#endif
