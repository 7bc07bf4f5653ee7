#include "config.h"

#include "json_in.h"

namespace louver {

namespace {

using protocol::ConfigLimit;
using protocol::ConfigMember;

/// Of a number that is no longer exact there is nothing to tell a limit from what lies just beyond it.
constexpr uint8_t kExactDecimals = 9;
constexpr int64_t kMostExact = 900000000000000;
constexpr int64_t kPerThousandth = 1000000;

/// The last one of that name, as other readers of JSON take it.
bool lastMember(Slice object, const char* key, JsonMember* found) {
  JsonObject members(object);
  JsonMember member;
  bool any = false;
  while (members.next(&member)) {
    if (!member.key.is(key)) continue;
    *found = member;
    any = true;
  }
  return any;
}

bool readWithin(const JsonMember& member, const ConfigLimit& limit, int32_t* thousandths) {
  int64_t exact;
  int64_t whole;
  if (member.kind != JsonKind::kNumber || !parseDecimal(member.value, kExactDecimals, kMostExact, &exact)) return false;
  if (exact < limit.minThousandths * kPerThousandth || exact > limit.maxThousandths * kPerThousandth) return false;
  if (limit.whole && (!parseDecimal(member.value, 0, kMostExact, &whole) || whole * 1000 * kPerThousandth != exact)) return false;
  return parseFixed(member.value, 3, thousandths);
}

bool readVersion(Slice payload, uint32_t* version) {
  JsonMember member;
  int64_t whole;
  int64_t exact;
  if (!lastMember(payload, protocol::kKeyVersion, &member) || member.kind != JsonKind::kNumber) return false;
  if (!parseDecimal(member.value, 0, UINT32_MAX, &whole) || !parseDecimal(member.value, 6, kMostExact * 10, &exact)) return false;
  *version = static_cast<uint32_t>(whole);
  return whole >= 1 && exact == whole * kPerThousandth;
}

bool isKnown(Slice key) {
  for (const ConfigLimit& limit : protocol::kConfigLimits) {
    if (key.is(limit.key)) return true;
  }
  return key.is(protocol::kKeyVersion);
}

/// Whether it is JSON, and what in it nobody knows.
bool nameUnknown(Slice payload, ConfigJudgement* judgement) {
  Text names(judgement->unknown, sizeof judgement->unknown);
  JsonObject members(payload);
  JsonMember member;
  while (members.next(&member)) {
    // A name that does not fit is left out; its comma too.
    if (isKnown(member.key) || member.key.length + 2 > sizeof judgement->unknown - names.length()) continue;
    if (names.length() > 0) names.add(',');
    names.add(member.key.data, member.key.length);
  }
  return members.isGood();
}

ConfigVerdict judge(Slice payload, Config* config, ConfigJudgement* judgement) {
  if (!nameUnknown(payload, judgement)) return ConfigVerdict::kNotJson;
  uint32_t version;
  if (!readVersion(payload, &version)) return ConfigVerdict::kNoVersion;
  judgement->offered = version;
  if (version <= config->version) return ConfigVerdict::kNotNewer;
  config->version = version;
  for (uint8_t i = 0; i < protocol::kConfigMemberCount; ++i) {
    const ConfigLimit& limit = protocol::kConfigLimits[i];
    JsonMember member;
    if (!lastMember(payload, limit.key, &member)) continue;
    judgement->member = i;
    int32_t thousandths;
    if (!readWithin(member, limit, &thousandths)) return ConfigVerdict::kOutOfRange;
    config->set(static_cast<ConfigMember>(i), thousandths);
  }
  const bool hasSwitch = config->has(protocol::kConfigSwitchOnAbove) && config->has(protocol::kConfigSwitchOffBelow);
  const bool isCrossed = config->thousandths[protocol::kConfigSwitchOffBelow] > config->thousandths[protocol::kConfigSwitchOnAbove];
  return hasSwitch && isCrossed ? ConfigVerdict::kSwitchCrossed : ConfigVerdict::kApplied;
}

}  // namespace

void applyConfig(Slice payload, Config* inForce, ConfigJudgement* judgement) {
  Config offered = *inForce;
  *judgement = ConfigJudgement();
  judgement->verdict = judge(payload, &offered, judgement);
  if (judgement->verdict == ConfigVerdict::kApplied) {
    *inForce = offered;
  } else {
    judgement->unknown[0] = '\0';
  }
}

void ConfigJudgement::addReason(Text* text) const {
  const ConfigLimit& limit = protocol::kConfigLimits[member];
  switch (verdict) {
    case ConfigVerdict::kApplied: return;
    case ConfigVerdict::kNotJson: text->add("not JSON"); return;
    case ConfigVerdict::kNoVersion: text->add("version out of range 1..4294967295"); return;
    case ConfigVerdict::kNotNewer: text->add("not newer"); return;
    case ConfigVerdict::kOutOfRange:
      text->add(limit.key).add(" out of range ").addThousandths(limit.minThousandths).add("..").addThousandths(limit.maxThousandths);
      return;
    case ConfigVerdict::kSwitchCrossed: text->add("switch_off_below above switch_on_above"); return;
  }
}

void addConfigReport(Text* text, const Config& inForce, const ConfigJudgement& judgement) {
  const bool isApplied = judgement.verdict == ConfigVerdict::kApplied;
  const uint32_t version = isApplied ? inForce.version : judgement.offered;
  text->add('{');
  if (isApplied || version > 0) text->addKey(protocol::kKeyVersion).addUnsigned(version).add(',');
  text->addKey(protocol::kKeyApplied).add(isApplied ? "true" : "false");
  if (!isApplied) {
    text->add(',').addKey(protocol::kKeyReason).add('"');
    judgement.addReason(text);
    text->add("\",").addKey(protocol::kKeyInForce).addUnsigned(inForce.version);
  }
  for (uint8_t i = 0; i < protocol::kConfigMemberCount; ++i) {
    if (inForce.has(static_cast<ConfigMember>(i))) text->add(',').addKey(protocol::kConfigLimits[i].key).addThousandths(inForce.thousandths[i]);
  }
  // Its names have no quotes and no escapes: the reader refuses those.
  if (judgement.unknown[0] != '\0') text->add(',').addKey(protocol::kKeyUnknown).add('"').add(judgement.unknown).add('"');
  text->add('}');
}

}  // namespace louver
