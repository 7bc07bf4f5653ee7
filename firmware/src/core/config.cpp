#include "config.h"

#include "json_in.h"

namespace louver {

namespace {

using protocol::ConfigLimit;
using protocol::ConfigMember;

/// Place of a member in kConfigLimits; kConfigMemberCount when there is none of that name.
uint8_t placeOf(Slice key) {
  uint8_t i = 0;
  while (i < protocol::kConfigMemberCount && !key.is(protocol::kConfigLimits[i].key)) ++i;
  return i;
}

/// A number to `decimals`. What is cut off lies beyond it: then it is only good when it is below `most` and above `least`.
bool readWithin(const JsonMember& member, uint8_t decimals, int64_t least, int64_t most, int64_t* value) {
  bool isExact;
  if (member.kind != JsonKind::kNumber || !parseDecimal(member.value, decimals, most > -least ? most : -least, value, &isExact)) return false;
  if (*value < least || *value > most) return false;
  if (isExact) return true;
  return member.value.data[0] == '-' ? *value > least : *value < most;
}

bool readLimited(const JsonMember& member, const ConfigLimit& limit, int32_t* thousandths) {
  int64_t value;
  if (limit.whole) {
    bool isExact;
    if (member.kind != JsonKind::kNumber || !parseDecimal(member.value, 0, limit.maxThousandths / 1000, &value, &isExact) || !isExact) return false;
    value *= 1000;
    if (value < limit.minThousandths) return false;
  } else if (!readWithin(member, 3, limit.minThousandths, limit.maxThousandths, &value)) {
    return false;
  }
  *thousandths = static_cast<int32_t>(value);
  return true;
}

ConfigVerdict judge(Slice payload, Config* config, ConfigJudgement* judgement) {
  const uint32_t before = config->version;
  Text names(judgement->unknown, sizeof judgement->unknown);
  int64_t version = 0;
  uint32_t bad = 0;
  JsonObject members(payload);
  JsonMember member;
  // Of two with one name the last counts, as for other readers of JSON.
  while (members.next(&member)) {
    const uint8_t place = placeOf(member.key);
    if (member.key.is(protocol::kKeyVersion)) {
      bool isExact;
      if (member.kind != JsonKind::kNumber || !parseDecimal(member.value, 0, UINT32_MAX, &version, &isExact) || !isExact) version = 0;
    } else if (place < protocol::kConfigMemberCount) {
      int32_t thousandths = 0;
      const bool isGood = readLimited(member, protocol::kConfigLimits[place], &thousandths);
      bad = isGood ? bad & ~(1U << place) : bad | 1U << place;
      config->set(static_cast<ConfigMember>(place), thousandths);
    } else if (member.key.length + 2 <= sizeof judgement->unknown - names.length()) {
      if (names.length() > 0) names.add(',');
      names.add(member.key.data, member.key.length);
    }
  }
  if (!members.isGood()) return ConfigVerdict::kNotJson;
  if (version < 1) return ConfigVerdict::kNoVersion;
  judgement->offered = config->version = static_cast<uint32_t>(version);
  if (config->version <= before) return ConfigVerdict::kNotNewer;
  for (; bad != 0 && (bad & 1) == 0; bad >>= 1) ++judgement->member;
  if (bad != 0) return ConfigVerdict::kOutOfRange;
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
