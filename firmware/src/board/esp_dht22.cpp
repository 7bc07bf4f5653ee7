#if defined(ARDUINO_ARCH_ESP32)
#include "esp_dht22.h"

#include <Arduino.h>

namespace louver {

namespace {

// AM2302 data sheet, table 7. The host holds the line down for at least 0.8 ms; a loop that comes late holds it longer, which the sensor bears.
constexpr uint32_t kCallMs = 2;
/// 40 bits of up to 130 us and what comes before them, and of two ticks that differ by one only a moment may have passed.
constexpr uint32_t kListenMs = 7;
constexpr uint32_t kRestMs = 2000;

}  // namespace

void EspDht22::setup(uint8_t pin) {
  pin_ = pin;
  pinMode(pin_, INPUT_PULLUP);
}

void IRAM_ATTR EspDht22::onFall(void* self) {
  EspDht22& sensor = *static_cast<EspDht22*>(self);
  const uint8_t count = sensor.fallCount_;
  if (count >= kFalls) return;
  sensor.fallsUs_[count] = static_cast<uint32_t>(micros());
  sensor.fallCount_ = static_cast<uint8_t>(count + 1);
}

DhtPoll EspDht22::poll() {
  const uint32_t now = ticks_.nowMs();
  const uint32_t elapsedMs = now - sinceMs_;
  switch (state_) {
    case State::kIdle: return DhtPoll::kIdle;
    case State::kAsked:
      if (wasAsked_ && elapsedMs < kRestMs) return DhtPoll::kPending;
      wasAsked_ = true;
      pinMode(pin_, OUTPUT);
      digitalWrite(pin_, LOW);
      state_ = State::kCalling;
      break;
    case State::kCalling:
      if (elapsedMs < kCallMs) return DhtPoll::kPending;
      fallCount_ = 0;
      // While the line is still low: letting it go is no falling edge, the sensor's answer is the first.
      attachInterruptArg(pin_, &EspDht22::onFall, this, FALLING);
      pinMode(pin_, INPUT_PULLUP);
      state_ = State::kListening;
      break;
    case State::kListening:
      if (elapsedMs < kListenMs) return DhtPoll::kPending;
      detachInterrupt(pin_);
      state_ = State::kIdle;
      sinceMs_ = now;
      if (decode()) return DhtPoll::kReady;
      ++failures_;
      return DhtPoll::kFailed;
  }
  sinceMs_ = now;
  return DhtPoll::kPending;
}

Measured EspDht22::poll(Climate* climate) {
  const DhtPoll found = poll();
  *climate = {static_cast<int16_t>(reading_.temperature * 10), static_cast<uint16_t>(reading_.humidity * 10)};
  return found == DhtPoll::kReady ? Measured::kDone : found == DhtPoll::kFailed ? Measured::kFailed : Measured::kPending;
}

bool EspDht22::decode() {
  if (fallCount_ != kFalls) return false;
  uint16_t bitsUs[kDht22Bits];
  for (uint8_t bit = 0; bit < kDht22Bits; ++bit) {
    const uint32_t us = fallsUs_[bit + 2] - fallsUs_[bit + 1];
    bitsUs[bit] = static_cast<uint16_t>(us < UINT16_MAX ? us : UINT16_MAX);
  }
  return decodeDht22(bitsUs, &reading_);
}

}  // namespace louver

#endif
