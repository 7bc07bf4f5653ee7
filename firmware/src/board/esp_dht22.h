// A DHT22 on one pin: its falling edges are noted by an interrupt, and nothing waits for them.
#ifndef LOUVER_BOARD_ESP_DHT22_H
#define LOUVER_BOARD_ESP_DHT22_H
#if defined(ARDUINO_ARCH_ESP32)

#include "../core/dht22.h"
#include "../core/ports.h"

namespace louver {

enum class DhtPoll : uint8_t { kIdle, kPending, kReady, kFailed };

class EspDht22 : public ClimateSensor {
 public:
  explicit EspDht22(Ticks& ticks) : ticks_(ticks) {}
  void setup(uint8_t pin);

  /// Asks for a reading, which `poll` carries out; nothing while one is under way. Sooner than 2 s after the last one it waits: the sensor would repeat itself.
  void start() {
    if (state_ == State::kIdle) state_ = State::kAsked;
  }
  /// Call it all the time. `kReady` and `kFailed` come once for each `start`.
  DhtPoll poll();

  void begin() override { start(); }
  Measured poll(Climate* climate) override;

  /// The last good one.
  const Dht22Reading& reading() const { return reading_; }
  uint32_t failures() const { return failures_; }

 private:
  enum class State : uint8_t { kIdle, kAsked, kCalling, kListening };
  /// The answer begins with a pulse of its own, which ends where the first bit begins.
  static constexpr uint8_t kFalls = 1 + 1 + kDht22Bits;

  static void onFall(void* self);
  bool decode();

  Ticks& ticks_;
  uint32_t sinceMs_ = 0;
  uint32_t failures_ = 0;
  uint32_t volatile fallsUs_[kFalls] = {};
  uint8_t volatile fallCount_ = 0;
  Dht22Reading reading_ = {};
  uint8_t pin_ = 0;
  State state_ = State::kIdle;
  bool wasAsked_ = false;
};

}  // namespace louver

#endif
#endif
