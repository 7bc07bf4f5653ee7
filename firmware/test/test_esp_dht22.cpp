// The board's file itself, on a sensor that answers here instead of on a pin.
#define ARDUINO_ARCH_ESP32
#include "../src/board/esp_dht22.cpp"

#include "check.h"

using louver::DhtPoll;

namespace {

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 1000;
  uint32_t nowMs() override { return now; }
};

/// The line with its sensor: answers when it was held down and let go.
struct Line {
  uint32_t us = UINT32_MAX - 100;  // Of `micros`: wraps within the first answer.
  bool isHeld = false;
  uint32_t heldMs = 0;
  int calls = 0;
  void (*onFall)(void*) = nullptr;
  void* self = nullptr;

  uint64_t bits = 0;
  int count = 40;
  bool isThere = true;
  int extra = 0;  // Falls of a line that is disturbed.

  void say(uint16_t humidity, uint16_t temperature) {
    const uint8_t sum = static_cast<uint8_t>((humidity >> 8) + humidity + (temperature >> 8) + temperature);
    bits = static_cast<uint64_t>(humidity) << 24 | static_cast<uint64_t>(temperature) << 8 | sum;
  }
  void fall(uint32_t after) {
    us += after;
    if (onFall != nullptr) onFall(self);
  }
  void answer() {
    if (!isThere) return;
    fall(30);
    fall(160);
    for (int i = 0; i < count; ++i) fall((bits >> (39 - i) & 1) != 0 ? 120 : 76);
    for (int i = 0; i < extra; ++i) fall(76);
  }
};

FakeTicks ticks;
Line line;

struct Rig {
  louver::EspDht22 sensor{ticks};
  Rig() {
    line = Line();
    line.say(652, 351);
    sensor.setup(4);
  }
  DhtPoll read(uint32_t* tookMs = nullptr) {
    const uint32_t begin = ticks.now;
    sensor.start();
    DhtPoll poll;
    while ((poll = sensor.poll()) == DhtPoll::kPending && ticks.now - begin < 10000) ++ticks.now;
    if (tookMs != nullptr) *tookMs = ticks.now - begin;
    return poll;
  }
};

}  // namespace

unsigned long micros() {
  return line.us;
}
void pinMode(uint8_t pin, uint8_t mode) {
  CHECK_EQ(pin, 4);
  if (mode == OUTPUT) {
    line.isHeld = true;
    line.heldMs = ticks.now;
  } else if (line.isHeld) {
    line.isHeld = false;
    // 0.8 ms at the least: of ticks that differ by one nobody knows.
    CHECK(ticks.now - line.heldMs >= 2);
    ++line.calls;
    line.answer();
  }
}
void digitalWrite(uint8_t pin, uint8_t value) {
  CHECK_EQ(pin, 4);
  CHECK_EQ(value, LOW);
}
void attachInterruptArg(uint8_t pin, void (*handler)(void*), void* arg, int mode) {
  CHECK_EQ(pin, 4);
  CHECK_EQ(mode, FALLING);
  line.onFall = handler;
  line.self = arg;
}
void detachInterrupt(uint8_t) {
  line.onFall = nullptr;
}

TEST(it_calls_listens_and_reads) {
  Rig rig;
  CHECK(rig.sensor.poll() == DhtPoll::kIdle);
  uint32_t tookMs;
  CHECK(rig.read(&tookMs) == DhtPoll::kReady);
  CHECK(tookMs < 20);
  CHECK_EQ(rig.sensor.reading().humidity, 652);
  CHECK_EQ(rig.sensor.reading().temperature, 351);
  CHECK(line.onFall == nullptr);
  CHECK(rig.sensor.poll() == DhtPoll::kIdle);
}

TEST(the_next_one_waits_until_the_sensor_has_measured_again) {
  Rig rig;
  CHECK(rig.read() == DhtPoll::kReady);
  line.say(500, 0x8000 | 55);
  uint32_t tookMs;
  CHECK(rig.read(&tookMs) == DhtPoll::kReady);
  CHECK(tookMs >= 2000 && tookMs < 2020);
  CHECK_EQ(rig.sensor.reading().temperature, -55);
  CHECK_EQ(line.calls, 2);
}

TEST(an_answer_that_is_missing_short_long_or_wrong_is_none) {
  Rig rig;
  CHECK(rig.read() == DhtPoll::kReady);
  line.isThere = false;
  CHECK(rig.read() == DhtPoll::kFailed);
  line.isThere = true;
  line.count = 39;
  CHECK(rig.read() == DhtPoll::kFailed);
  line.count = 0;
  CHECK(rig.read() == DhtPoll::kFailed);
  line.count = 40;
  line.bits ^= 2;
  CHECK(rig.read() == DhtPoll::kFailed);
  line.bits ^= 2;
  CHECK_EQ(rig.sensor.failures(), 4);
  CHECK_EQ(rig.sensor.reading().humidity, 652);
  // What falls after the last bit does not matter, however much.
  line.extra = 1000;
  CHECK(rig.read() == DhtPoll::kReady);
}

TEST(a_loop_that_comes_late_reads_all_the_same) {
  Rig rig;
  rig.sensor.start();
  for (int i = 0; i < 2; ++i) {
    CHECK(rig.sensor.poll() == DhtPoll::kPending);
    ticks.now += 45;
  }
  CHECK(rig.sensor.poll() == DhtPoll::kReady);
}
