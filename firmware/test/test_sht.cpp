#include "check.h"
#include "sht.h"

using louver::ShtModel;
using louver::ShtPoll;

namespace {

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 8;  // Wraps during the first measurement.
  uint32_t nowMs() override { return now; }
};

const ShtModel kModels[] = {ShtModel::kSht3x, ShtModel::kSht4x};

/// CRC-8 by the remainder of a long division, otherwise than the code under test: over the word with 0xFF added to its first byte.
uint8_t crcOf(uint16_t word) {
  uint32_t rest = (word ^ 0xFF00U) << 8;
  for (int bit = 23; bit >= 8; --bit) {
    if ((rest >> bit & 1) != 0) rest ^= 0x131U << (bit - 8);
  }
  return static_cast<uint8_t>(rest);
}

/// A sensor that answers only when the measurement that it was asked for has had its time.
struct FakeSensor : louver::I2cBus {
  FakeTicks& ticks;
  const ShtModel model;
  uint16_t temperature = 0x6666;
  uint16_t humidity = 0x8000;
  uint8_t flip = 0;
  int flipAt = 0;
  bool isThere = true;
  bool isAskedWrong = false;
  int measurements = 0;
  int resets = 0;
  uint32_t readyMs = 0;
  bool isMeasuring = false;

  FakeSensor(FakeTicks& clock, ShtModel kind) : ticks(clock), model(kind) {}
  bool write(uint8_t address, const uint8_t* from, size_t length) override {
    if (!isThere || address != 0x44) return false;
    const bool is3x = model == ShtModel::kSht3x;
    if (is3x ? length == 2 && from[0] == 0x24 && from[1] == 0x00 : length == 1 && from[0] == 0xFD) {
      ++measurements;
      isMeasuring = true;
      readyMs = ticks.now + (is3x ? 16 : 9);
    } else if (is3x ? length == 2 && from[0] == 0x30 && from[1] == 0xA2 : length == 1 && from[0] == 0x94) {
      ++resets;
    } else {
      isAskedWrong = true;
    }
    return true;
  }
  bool read(uint8_t address, uint8_t* to, size_t length) override {
    if (!isThere || address != 0x44 || !isMeasuring || static_cast<int32_t>(ticks.now - readyMs) < 0) return false;
    isMeasuring = false;
    const uint16_t words[] = {temperature, humidity};
    for (size_t i = 0; i < length; ++i) {
      const uint16_t word = words[i / 3 % 2];
      to[i] = i % 3 == 2 ? crcOf(word) : static_cast<uint8_t>(i % 3 == 0 ? word >> 8 : word);
    }
    to[flipAt] ^= flip;
    return true;
  }
};

struct Rig {
  FakeTicks ticks;
  FakeSensor sensor;
  louver::Sht sht;
  explicit Rig(ShtModel model = ShtModel::kSht3x) : sensor(ticks, model), sht(sensor, ticks, model) {}
  ShtPoll measure(uint32_t* tookMs = nullptr) {
    const uint32_t begin = ticks.now;
    sht.start();
    ShtPoll poll;
    while ((poll = sht.poll()) == ShtPoll::kPending && ticks.now - begin < 1000) ++ticks.now;
    if (tookMs != nullptr) *tookMs = ticks.now - begin;
    return poll;
  }
};

}  // namespace

TEST(the_check_sum_of_the_data_sheet) {
  CHECK_EQ(crcOf(0xBEEF), 0x92);
}

TEST(a_measurement_of_each_model) {
  for (ShtModel model : kModels) {
    Rig rig(model);
    CHECK(rig.sht.poll() == ShtPoll::kIdle);
    uint32_t tookMs;
    CHECK(rig.measure(&tookMs) == ShtPoll::kReady);
    CHECK(tookMs >= 16 && tookMs <= 20);
    CHECK(rig.sht.poll() == ShtPoll::kIdle);
    CHECK_EQ(rig.sht.temperature(), 2500);
    CHECK_EQ(rig.sht.humidity(), model == ShtModel::kSht3x ? 5000 : 5650);
    CHECK(!rig.sensor.isAskedWrong);
    CHECK_EQ(rig.sht.unanswered() + rig.sht.corrupted(), 0);
  }
}

TEST(a_second_start_changes_nothing) {
  Rig rig;
  rig.sht.start();
  CHECK(rig.sht.poll() == ShtPoll::kPending);
  rig.ticks.now += 10;
  rig.sht.start();
  CHECK(rig.sht.poll() == ShtPoll::kPending);
  rig.ticks.now += 10;
  CHECK(rig.sht.poll() == ShtPoll::kReady);
  CHECK_EQ(rig.sensor.measurements, 1);
}

TEST(every_word_is_rounded_as_the_formula_says) {
  for (ShtModel model : kModels) {
    Rig rig(model);
    const bool is3x = model == ShtModel::kSht3x;
    for (int32_t word = 0; word <= 0xFFFF; word += word < 64 || word > 0xFFC0 ? 1 : 61) {
      rig.sensor.temperature = static_cast<uint16_t>(word);
      rig.sensor.humidity = static_cast<uint16_t>(word);
      CHECK(rig.measure() == ShtPoll::kReady);
      // Nearest: twice the distance from the exact value is no more than one.
      const int64_t away = (rig.sht.temperature() + 4500) * 65535LL - 17500LL * word;
      CHECK(2 * (away < 0 ? -away : away) < 65535);
      const int64_t exact = is3x ? 10000LL * word : 12500LL * word - 600 * 65535LL;
      const int64_t clamped = exact < 0 ? 0 : exact > 10000 * 65535LL ? 10000 * 65535LL : exact;
      const int64_t dry = rig.sht.humidity() * 65535LL - clamped;
      CHECK(2 * (dry < 0 ? -dry : dry) < 65535);
    }
    CHECK_EQ(rig.sht.temperature(), 13000);
    CHECK_EQ(rig.sht.humidity(), 10000);
    rig.sensor.temperature = rig.sensor.humidity = 0;
    CHECK(rig.measure() == ShtPoll::kReady);
    CHECK_EQ(rig.sht.temperature(), -4500);
    CHECK_EQ(rig.sht.humidity(), 0);
  }
}

TEST(every_bit_that_flips_is_found_and_the_value_before_it_stays) {
  Rig rig;
  CHECK(rig.measure() == ShtPoll::kReady);
  rig.sensor.temperature = 0x1234;
  for (int at = 0; at < 6; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      rig.sensor.flipAt = at;
      rig.sensor.flip = static_cast<uint8_t>(1 << bit);
      CHECK(rig.measure() == ShtPoll::kFailed);
    }
  }
  CHECK_EQ(rig.sht.temperature(), 2500);
  CHECK_EQ(rig.sht.corrupted(), 48);
  CHECK_EQ(rig.sht.unanswered(), 0);
}

TEST(after_three_failures_it_is_reset_and_measures_again) {
  for (ShtModel model : kModels) {
    Rig rig(model);
    rig.sensor.isThere = false;
    for (int i = 0; i < 3; ++i) CHECK(rig.measure() == ShtPoll::kFailed);
    CHECK_EQ(rig.sht.unanswered(), 3);
    rig.sensor.isThere = true;
    uint32_t tookMs;
    CHECK(rig.measure(&tookMs) == ShtPoll::kReady);
    CHECK(tookMs < 40);
    CHECK_EQ(rig.sensor.resets, 1);
    CHECK(rig.measure() == ShtPoll::kReady);
    CHECK_EQ(rig.sensor.resets, 1);
    CHECK(!rig.sensor.isAskedWrong);
  }
}

TEST(a_sensor_that_is_pulled_out_in_the_middle_and_one_that_never_comes) {
  Rig rig;
  rig.sht.start();
  CHECK(rig.sht.poll() == ShtPoll::kPending);
  rig.sensor.isThere = false;
  rig.ticks.now += 50;
  CHECK(rig.sht.poll() == ShtPoll::kFailed);
  CHECK(rig.sht.poll() == ShtPoll::kIdle);
  for (int i = 0; i < 600; ++i) CHECK(rig.measure() == ShtPoll::kFailed);
  CHECK_EQ(rig.sht.unanswered(), 601);
  rig.sensor.isThere = true;
  CHECK(rig.measure() == ShtPoll::kReady);
}
