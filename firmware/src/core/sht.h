// Temperature and humidity from a Sensirion SHT3x or SHT4x.
#ifndef LOUVER_CORE_SHT_H
#define LOUVER_CORE_SHT_H

#include "ports.h"

namespace louver {

enum class ShtModel : uint8_t { kSht3x, kSht4x };
enum class ShtPoll : uint8_t { kIdle, kPending, kReady, kFailed };

/// One measurement of the highest precision at a time, and no call waits for it. What fails is tried again with the next `start`; after three in a row the
/// sensor is reset first.
class Sht : public ClimateSensor {
 public:
  /// @param address 0x45 when pin ADDR of a SHT3x is high, or as a SHT4x's name says.
  Sht(I2cBus& bus, Ticks& ticks, ShtModel model, uint8_t address = 0x44) : bus_(bus), ticks_(ticks), model_(model), address_(address) {}

  /// Asks for a measurement, which `poll` carries out; nothing while one is under way.
  void start() {
    if (state_ == State::kIdle) state_ = State::kAsked;
  }
  /// Call it all the time. `kReady` and `kFailed` come once for each `start`.
  ShtPoll poll();

  void begin() override { start(); }
  Measured poll(Climate* climate) override;

  /// The last good measurement, in hundredths of a degree Celsius and of a percent.
  int32_t temperature() const { return temperature_; }
  int32_t humidity() const { return humidity_; }

  /// Times when nobody answered, and when the check sum did not fit.
  uint32_t unanswered() const { return unanswered_; }
  uint32_t corrupted() const { return corrupted_; }

 private:
  enum class State : uint8_t { kIdle, kAsked, kResetting, kMeasuring };
  bool send(uint16_t sht3x, uint8_t sht4x);
  ShtPoll failed(uint32_t* count);

  I2cBus& bus_;
  Ticks& ticks_;
  uint32_t sinceMs_ = 0;
  int32_t temperature_ = 0;
  int32_t humidity_ = 0;
  uint32_t unanswered_ = 0;
  uint32_t corrupted_ = 0;
  const ShtModel model_;
  const uint8_t address_;
  State state_ = State::kIdle;
  uint8_t failedInRow_ = 0;
};

}  // namespace louver

#endif
