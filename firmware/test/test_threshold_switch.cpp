#include "check.h"
#include "threshold_switch.h"

namespace {

constexpr int32_t kNone = louver::ThresholdSwitch::kNone;

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 100000;
  uint32_t nowMs() override { return now; }
};

struct FakePin : louver::OutputPin {
  bool isOn = false;
  int sets = 0;
  void set(bool on) override {
    isOn = on;
    ++sets;
  }
};

struct Rig {
  FakeTicks ticks;
  FakePin pin;
  louver::ThresholdSwitch relay{pin, ticks};
  Rig(int32_t onAbove, int32_t offBelow, uint32_t intervalS = 60) { relay.configure(onAbove, offBelow, intervalS); }
  bool at(int32_t temperature) {
    relay.measured(temperature);
    relay.poll();
    CHECK_EQ(relay.isOn(), pin.isOn);
    return pin.isOn;
  }
  /// Whether it is on after so long without a temperature.
  bool wait(uint32_t s) {
    for (uint32_t i = 0; i < s; ++i) {
      ticks.now += 1000;
      relay.poll();
    }
    return pin.isOn;
  }
};

}  // namespace

TEST(on_above_off_below_and_as_it_was_between) {
  Rig rig(28500, 27500);
  CHECK(!rig.at(20000) && !rig.at(28000) && !rig.at(28500));
  CHECK(rig.at(28501) && rig.at(28000) && rig.at(27500));
  CHECK(!rig.at(27499) && !rig.at(28000));
  CHECK(rig.at(60000));
  // Twice on and once off: the pin is not told what it knows.
  CHECK_EQ(rig.pin.sets, 3);
}

TEST(thresholds_below_zero_and_both_the_same) {
  Rig rig(-5000, -5000);
  CHECK(!rig.at(-5000) && rig.at(-4999) && rig.at(-5000) && !rig.at(-5001));
}

TEST(without_thresholds_it_stays_off) {
  Rig rig(28500, kNone);
  CHECK(!rig.at(INT32_MAX) && !rig.at(INT32_MIN));
  rig.relay.configure(kNone, 27500, 60);
  CHECK(!rig.at(INT32_MAX));
  rig.relay.configure(20000, 20001, 60);
  CHECK(!rig.at(INT32_MAX) && !rig.at(20000));
  CHECK_EQ(rig.pin.sets, 0);
  louver::ThresholdSwitch never(rig.pin, rig.ticks);
  never.measured(INT32_MAX);
  never.poll();
  CHECK(!never.isOn());
}

TEST(another_configuration_counts_from_the_next_temperature_and_none_at_once) {
  Rig rig(28500, 27500);
  CHECK(rig.at(29000));
  rig.relay.configure(35000, 30000, 60);
  CHECK(rig.pin.isOn);
  CHECK(!rig.at(29000));
  CHECK(rig.at(36000));
  rig.relay.configure(kNone, kNone, 60);
  CHECK(!rig.pin.isOn && !rig.relay.isOn());
}

TEST(when_the_sensor_is_silent_it_goes_off_and_comes_back_with_it) {
  Rig rig(28500, 27500);
  CHECK(rig.at(29000));
  // Over the wrap of the ticks.
  CHECK(rig.wait(600 + 3 * 60 - 1));
  CHECK(!rig.wait(1));
  // Between the thresholds, and still nobody knows.
  CHECK(!rig.at(28000));
  CHECK(rig.at(29000));
  for (int i = 0; i < 60; ++i) CHECK(rig.wait(60) && rig.at(28000));
}

TEST(who_measures_seldom_is_waited_for_longer) {
  Rig rig(28500, 27500, 3600);
  CHECK(rig.at(29000));
  CHECK(rig.wait(600 + 3 * 3600 - 1));
  CHECK(!rig.wait(1));
  Rig daily(28500, 27500, 86400);
  CHECK(daily.at(29000));
  CHECK(daily.wait(600 + 3 * 86400 - 1));
  CHECK(!daily.wait(1));
}
