// What time it is, as far as anybody has said.
#ifndef LOUVER_CORE_UTC_CLOCK_H
#define LOUVER_CORE_UTC_CLOCK_H

#include "ports.h"
#include "text.h"

namespace louver {

/// UTC on top of ticks that wrap. Call `now` at least every 49 days: a node does so all the time.
class UtcClock {
 public:
  explicit UtcClock(Ticks& ticks) : ticks_(ticks) {}

  /// Milliseconds since the start, which never wrap.
  int64_t uptimeMs();
  uint32_t uptimeS();
  /// `kNoTime` until somebody has said it.
  EpochMs now();
  /// What time it was at that uptime.
  EpochMs at(int64_t uptimeMs) const { return isKnown() ? uptimeMs + offsetMs_ : kNoTime; }
  bool isKnown() const { return offsetMs_ != kNoTime; }

  /// As SNTP has it. What lies before 2000 is a clock that was never set [P-5a]: false, and nothing changes.
  bool set(EpochMs utc);

  /// `{"deviceSendTime":…}` for `sensor/{id}/time/request` [P-37], by the uptime: nobody else needs to know that.
  void addRequest(Text* text);
  /// Takes the backend's answer. False for one that is no answer to the last request, was under way for more than 10 s, or cannot be.
  bool takeResponse(Slice payload);

 private:
  Ticks& ticks_;
  int64_t uptimeMs_ = 0;
  uint32_t lastTicks_ = 0;
  bool isStarted_ = false;
  int64_t offsetMs_ = kNoTime;
  int64_t askedMs_ = kNoTime;
};

/**
 * UTC at receipt of a time answer: the server's time of sending and half of the way there and back, rounded down.
 * @param askedMs, nowMs of the device's own clock, when it asked and when the answer came.
 */
bool readTimeResponse(Slice payload, int64_t askedMs, int64_t nowMs, EpochMs* utc);

}  // namespace louver

#endif
