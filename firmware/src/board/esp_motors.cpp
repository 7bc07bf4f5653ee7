#if defined(ARDUINO_ARCH_ESP32)
#include "esp_motors.h"

namespace louver {

void StepperMotor::setup(uint8_t stepPin, uint8_t directionPin, uint32_t stepsOpen, uint32_t stepsPerS) {
  stepPin_ = stepPin;
  directionPin_ = directionPin;
  stepsOpen_ = stepsOpen;
  pinMode(stepPin_, OUTPUT);
  pinMode(directionPin_, OUTPUT);
  esp_timer_create_args_t args = {};
  args.callback = &StepperMotor::onTimer;
  args.arg = this;
  args.name = "louver-step";
  esp_timer_create(&args, &timer_);
  // Two edges make a step.
  esp_timer_start_periodic(timer_, 500000ULL / stepsPerS);
}

void StepperMotor::drive(uint16_t centipercent) {
  target_ = static_cast<int32_t>(static_cast<uint64_t>(stepsOpen_) * centipercent / 10000U);
}

void StepperMotor::onTimer(void* self) {
  StepperMotor& motor = *static_cast<StepperMotor*>(self);
  if (motor.high_) {
    digitalWrite(motor.stepPin_, LOW);
    motor.high_ = false;
    return;
  }
  const int32_t way = motor.target_ - motor.at_;
  if (way == 0) return;
  digitalWrite(motor.directionPin_, way > 0 ? HIGH : LOW);
  digitalWrite(motor.stepPin_, HIGH);
  motor.high_ = true;
  motor.at_ = motor.at_ + (way > 0 ? 1 : -1);
}

}  // namespace louver

#endif
