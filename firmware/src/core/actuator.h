// A window on a motor: goes to its target at the speed that it may, and to a safe place when nobody speaks to it any more.
#ifndef LOUVER_CORE_ACTUATOR_H
#define LOUVER_CORE_ACTUATOR_H

#include "ports.h"

namespace louver {

/// All positions in hundredths of a percent, 0 (closed) to 10000 (open).
struct ActuatorSettings {
  /// Hundredths of a percent a second; from 1 on.
  uint32_t slewPerS = 500;
  /// Goes to `failsafe` when nothing was heard of the broker for so long; 0: stays where it is.
  uint32_t failsafeAfterS = 0;
  uint16_t failsafe = 0;
};

class Actuator {
 public:
  /// @param position where the window is; a servo jumps there when it is switched on.
  Actuator(Motor& motor, Ticks& ticks, uint16_t position) : motor_(motor), ticks_(ticks), position_(position), target_(position) {}

  /// Before the first `poll`: where the window is known to be.
  void startAt(uint16_t centipercent) { position_ = target_ = centipercent; }
  void configure(const ActuatorSettings& settings) { settings_ = settings; }
  /// Ends a retreat to the safe place: whoever commands is there.
  void moveTo(uint16_t centipercent);
  /// Stays where it is now.
  void stop();
  /// The broker has been heard.
  void heard();

  /// Moves on; call it all the time. True once when it has arrived, and once when it begins to retreat.
  bool poll();

  uint16_t position() const { return position_; }
  uint16_t target() const { return target_; }
  bool isMoving() const { return position_ != target_; }
  /// Goes to the safe place, or is there, because nothing was heard.
  bool isSafe() const { return isSafe_; }

 private:
  /// Further than the window goes in any step: after a pause it does not leap.
  static constexpr uint32_t kLongestStepMs = 100;

  Motor& motor_;
  Ticks& ticks_;
  ActuatorSettings settings_;
  uint32_t steppedMs_ = 0;
  uint32_t heardMs_ = 0;
  uint32_t silentS_ = 0;
  uint32_t rest_ = 0;  // Of the way, what is too short for a step yet, in thousandths of one.
  uint16_t position_;
  uint16_t target_;
  bool isStarted_ = false;
  bool isSafe_ = false;
};

}  // namespace louver

#endif
