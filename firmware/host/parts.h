// A room, a microphone and a window that are numbers.
#ifndef LOUVER_HOST_PARTS_H
#define LOUVER_HOST_PARTS_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "ports.h"

namespace louver {
namespace host {

inline int64_t realMs(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

/// Time that passes faster than ours.
class FastTicks : public Ticks {
 public:
  explicit FastTicks(double speed) : speed_(speed), sinceMs_(realMs(CLOCK_MONOTONIC)) {}
  uint32_t nowMs() override { return static_cast<uint32_t>(virtualMs()); }
  int64_t virtualMs() const { return passedMs_ + static_cast<int64_t>(static_cast<double>(realMs(CLOCK_MONOTONIC) - sinceMs_) * speed_); }
  void setSpeed(double speed) {
    passedMs_ = virtualMs();
    sinceMs_ = realMs(CLOCK_MONOTONIC);
    speed_ = speed;
  }

 private:
  double speed_;
  int64_t sinceMs_;
  int64_t passedMs_ = 0;
};

class SystemRandom : public Random {
 public:
  uint32_t next() override {
    uint32_t value = 0;
    FILE* file = fopen("/dev/urandom", "rb");
    if (file == nullptr || fread(&value, sizeof value, 1, file) != 1) value = static_cast<uint32_t>(realMs(CLOCK_REALTIME));
    if (file != nullptr) fclose(file);
    return value;
  }
};

/// Each measurement is another one, so that every row can be told from the rest: 20.00, 20.01, … °C and 40.00, 40.01, … %.
class CountingSensor : public ClimateSensor {
 public:
  void begin() override { isDue_ = true; }
  Measured poll(Climate* climate) override {
    if (isDue_) {
      // As a sensor takes its time.
      isDue_ = false;
      return Measured::kPending;
    }
    *climate = {static_cast<int16_t>(2000 + count_ % 1000), static_cast<uint16_t>(4000 + count_ % 1000)};
    ++count_;
    return Measured::kDone;
  }
  uint32_t count() const { return count_; }

 private:
  uint32_t count_ = 0;
  bool isDue_ = false;
};

/// A tone that comes and goes, the same for each recording.
class ToneRecorder : public Recorder {
 public:
  uint32_t sampleRateHz() const override { return 16000; }
  bool begin(uint32_t count) override {
    count_ = count;
    return true;
  }
  bool poll() override { return true; }
  uint32_t size() const override { return count_ * 2; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override {
    if (offset > size() || length > size() - offset) return false;
    for (uint32_t at = offset; at < offset + length; ++at) *to++ = static_cast<uint8_t>(static_cast<uint16_t>(sample(at / 2)) >> (8 * (at % 2)));
    return true;
  }

 private:
  /// A triangle of 500 Hz under one of 1 Hz.
  static int16_t sample(uint32_t at) {
    const int32_t wave = static_cast<int32_t>(at % 32 < 16 ? at % 16 : 16 - at % 16) - 8;
    const int32_t loudness = static_cast<int32_t>(at % 16000 < 8000 ? at % 8000 : 8000 - at % 8000);
    return static_cast<int16_t>(wave * loudness / 4);
  }
  uint32_t count_ = 0;
};

class WindowMotor : public Motor {
 public:
  void drive(uint16_t centipercent) override { at_ = centipercent; }
  uint16_t at() const { return at_; }

 private:
  uint16_t at_ = 0;
};

}  // namespace host
}  // namespace louver

#endif
