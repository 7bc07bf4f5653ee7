// What moves the window: a servo, or a stepper behind a step/direction driver.
#ifndef LOUVER_BOARD_ESP_MOTORS_H
#define LOUVER_BOARD_ESP_MOTORS_H
#if defined(ARDUINO_ARCH_ESP32)

#include <Arduino.h>
#include <esp_timer.h>

#include "../core/ports.h"

namespace louver {

/// A hobby servo: 50 Hz, a pulse of 0.5 to 2.5 ms. How fast it goes is the core's ramp.
class ServoMotor : public Motor {
 public:
  void setup(uint8_t pin, uint16_t closedUs = 500, uint16_t openUs = 2500) {
    pin_ = pin;
    closedUs_ = closedUs;
    openUs_ = openUs;
    ledcAttach(pin_, kHz, kBits);
  }

  void drive(uint16_t centipercent) override {
    const int32_t us = closedUs_ + (static_cast<int32_t>(openUs_) - closedUs_) * centipercent / 10000;
    // Of the 20,000 us of a period, in 2^14 steps.
    ledcWrite(pin_, (static_cast<uint32_t>(us) << kBits) / 20000U);
  }

 private:
  static constexpr uint32_t kHz = 50;
  static constexpr uint8_t kBits = 14;
  uint8_t pin_ = 0;
  uint16_t closedUs_ = 0;
  uint16_t openUs_ = 0;
};

/// A stepper behind a driver such as A4988 or TMC2209. Steps come from a timer; it must be closed when the board starts, or have an end switch.
class StepperMotor : public Motor {
 public:
  void setup(uint8_t stepPin, uint8_t directionPin, uint32_t stepsOpen, uint32_t stepsPerS = 400);
  void drive(uint16_t centipercent) override;

 private:
  static void onTimer(void* self);

  uint8_t stepPin_ = 0;
  uint8_t directionPin_ = 0;
  uint32_t stepsOpen_ = 0;
  volatile int32_t at_ = 0;
  volatile int32_t target_ = 0;
  volatile bool high_ = false;
  esp_timer_handle_t timer_ = nullptr;
};

}  // namespace louver

#endif
#endif
