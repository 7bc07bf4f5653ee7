// How long to wait before the next try.
#ifndef LOUVER_CORE_BACK_OFF_H
#define LOUVER_CORE_BACK_OFF_H

#include "ports.h"

namespace louver {

/// Exponential, with jitter over its upper half ("Exponential Backoff And Jitter", Brooker 2015): after a power cut a thousand devices do not come at once.
class BackOff {
 public:
  BackOff(uint32_t baseMs, uint32_t maxMs) : baseMs_(baseMs), maxMs_(maxMs), stepMs_(baseMs) {}

  /// Milliseconds to wait, from half of the step to all of it; the next step is twice as long.
  uint32_t next(Random& random) {
    const uint32_t half = stepMs_ / 2;
    const uint32_t waitMs = stepMs_ - half + random.next() % (half + 1);
    stepMs_ = stepMs_ > maxMs_ / 2 ? maxMs_ : stepMs_ * 2;
    return waitMs;
  }
  /// It worked.
  void reset() { stepMs_ = baseMs_; }

 private:
  uint32_t baseMs_;
  uint32_t maxMs_;
  uint32_t stepMs_;
};

}  // namespace louver

#endif
