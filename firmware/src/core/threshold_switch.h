// A relay or LED that follows the temperature.
#ifndef LOUVER_CORE_THRESHOLD_SWITCH_H
#define LOUVER_CORE_THRESHOLD_SWITCH_H

#include "ports.h"

namespace louver {

/**
 * On above one threshold, off below the other, as it was between them; all in thousandths of a degree Celsius. Off as well when it does not know: at the
 * start, without thresholds, and when no temperature has come for three intervals and 10 minutes. A broken sensor leaves nothing running, and one reading
 * that failed switches nothing.
 */
class ThresholdSwitch {
 public:
  /// A threshold that nobody has set.
  static constexpr int32_t kNone = INT32_MAX;

  ThresholdSwitch(OutputPin& pin, Ticks& ticks) : pin_(pin), ticks_(ticks) {}

  /// The next temperature is the first that is held against it; without both thresholds, or with the lower above the higher, it is off at once.
  /// @param intervalS how often a temperature is to be expected; up to a day.
  void configure(int32_t onAbove, int32_t offBelow, uint32_t intervalS) {
    // Also when only the lower one is missing: nothing is above `kNone`.
    onAbove_ = offBelow > onAbove ? kNone : onAbove;
    offBelow_ = offBelow;
    patienceMs_ = kPatienceMs + intervalS * 3000;
    if (onAbove_ == kNone) turn(false);
  }

  void measured(int32_t temperature) {
    measuredMs_ = ticks_.nowMs();
    turn(temperature > onAbove_ || (isOn_ && temperature >= offBelow_));
  }

  /// Call it all the time.
  void poll() {
    if (ticks_.nowMs() - measuredMs_ >= patienceMs_) turn(false);
  }

  bool isOn() const { return isOn_; }

 private:
  static constexpr uint32_t kPatienceMs = 600000;

  /// Not inlined: three copies of a virtual call would take more than all the rest.
  __attribute__((noinline)) void turn(bool on) {
    if (on == isOn_) return;
    isOn_ = on;
    pin_.set(on);
  }

  OutputPin& pin_;
  Ticks& ticks_;
  int32_t onAbove_ = kNone;
  int32_t offBelow_ = kNone;
  uint32_t patienceMs_ = kPatienceMs;
  uint32_t measuredMs_ = 0;
  bool isOn_ = false;
};

}  // namespace louver

#endif
