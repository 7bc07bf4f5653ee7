#include "actuator.h"

namespace louver {

void Actuator::moveTo(uint16_t centipercent) {
  target_ = centipercent > 10000 ? 10000 : centipercent;
  isSafe_ = false;
}

void Actuator::stop() {
  moveTo(position_);
}

void Actuator::heard() {
  heardMs_ = ticks_.nowMs();
  silentS_ = 0;
}

bool Actuator::poll() {
  const uint32_t now = ticks_.nowMs();
  if (!isStarted_) {
    isStarted_ = true;
    steppedMs_ = now;
    heard();
    motor_.drive(position_);
    return false;
  }
  // Whole seconds are counted one by one: a silence of more than 49 days does not begin anew.
  while (now - heardMs_ >= 1000) {
    heardMs_ += 1000;
    if (silentS_ < UINT32_MAX) ++silentS_;
  }
  bool isNews = false;
  if (settings_.failsafeAfterS > 0 && silentS_ >= settings_.failsafeAfterS && !isSafe_) {
    target_ = settings_.failsafe;
    isSafe_ = true;
    isNews = true;
  }
  uint32_t elapsedMs = now - steppedMs_;
  steppedMs_ = now;
  if (!isMoving()) {
    rest_ = 0;
    return isNews;
  }
  if (elapsedMs > kLongestStepMs) elapsedMs = kLongestStepMs;
  const uint32_t way = rest_ + settings_.slewPerS * elapsedMs;
  const uint32_t step = way / 1000;
  rest_ = way % 1000;
  if (step == 0) return isNews;
  const bool isUp = target_ > position_;
  const uint32_t left = static_cast<uint32_t>(isUp ? target_ - position_ : position_ - target_);
  const uint16_t taken = static_cast<uint16_t>(step < left ? step : left);
  position_ = static_cast<uint16_t>(isUp ? position_ + taken : position_ - taken);
  motor_.drive(position_);
  return isNews || !isMoving();
}

}  // namespace louver
