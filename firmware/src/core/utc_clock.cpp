#include "utc_clock.h"

#include "json_in.h"
#include "protocol_generated.h"

namespace louver {

/// The last millisecond that a time of four digits for its year can name.
constexpr EpochMs kLatest = 253402300799999;

int64_t UtcClock::uptimeMs() {
  const uint32_t ticks = ticks_.nowMs();
  if (!isStarted_) lastTicks_ = ticks;
  isStarted_ = true;
  // A difference is right also when the ticks have wrapped.
  uptimeMs_ += ticks - lastTicks_;
  lastTicks_ = ticks;
  return uptimeMs_;
}

uint32_t UtcClock::uptimeS() {
  uint64_t seconds = static_cast<uint64_t>(uptimeMs());
  divide(&seconds, 1000);
  return static_cast<uint32_t>(seconds);
}

EpochMs UtcClock::now() {
  const int64_t uptime = uptimeMs();
  return isKnown() ? uptime + offsetMs_ : kNoTime;
}

bool UtcClock::set(EpochMs utc) {
  if (utc < protocol::kNeverSetBeforeMs) return false;
  offsetMs_ = utc - uptimeMs();
  return true;
}

void UtcClock::addRequest(Text* text) {
  askedMs_ = uptimeMs();
  text->add('{').addKey(protocol::kKeyDeviceSendTime).addInt64(askedMs_).add('}');
}

bool UtcClock::takeResponse(Slice payload) {
  EpochMs utc;
  if (askedMs_ == kNoTime || !readTimeResponse(payload, askedMs_, uptimeMs(), &utc)) return false;
  askedMs_ = kNoTime;
  return set(utc);
}

bool readTimeResponse(Slice payload, int64_t askedMs, int64_t nowMs, EpochMs* utc) {
  const auto number = [payload](const char* key, int64_t* value) {
    JsonMember member;
    return findMember(payload, key, &member) && member.kind == JsonKind::kNumber && parseDecimal(member.value, 0, kLatest, value);
  };
  int64_t sent;
  int64_t received;
  int64_t answered;
  if (!number(protocol::kKeyDeviceSendTime, &sent) || !number(protocol::kKeyServerRecvTime, &received) || !number(protocol::kKeyServerSendTime, &answered)) {
    return false;
  }
  const int64_t roundTripMs = nowMs - askedMs;
  // Both within what a clock can show: no sum or difference of theirs overflows.
  if (received < protocol::kNeverSetBeforeMs || answered > kLatest || answered < received || answered - received > roundTripMs) return false;
  if (sent != askedMs || roundTripMs < 0 || roundTripMs > protocol::kTimeRoundTripMaxMs) return false;
  const uint32_t wayMs = static_cast<uint32_t>(roundTripMs - (answered - received));
  *utc = answered + wayMs / 2;
  return true;
}

}  // namespace louver
