#include "actuator.h"
#include "back_off.h"
#include "check.h"

namespace {

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 3000;
  uint32_t nowMs() override { return now; }
};

struct FakeMotor : louver::Motor {
  uint16_t at = 0;
  uint32_t longest = 0;
  int drives = 0;
  void drive(uint16_t centipercent) override {
    const uint32_t step = centipercent > at ? centipercent - at : at - centipercent;
    if (drives++ > 0 && step > longest) longest = step;
    at = centipercent;
  }
};

struct Rig {
  FakeTicks ticks;
  FakeMotor motor;
  louver::Actuator window;
  explicit Rig(uint16_t position = 2000) : window(motor, ticks, position) { window.poll(); }
  /// Milliseconds until it says something, in steps of so many; 0 when it has not.
  uint32_t run(uint32_t ms, uint32_t step = 10) {
    for (uint32_t at = 0; at < ms; at += step) {
      ticks.now += step;
      if (window.poll()) return at + step;
    }
    return 0;
  }
};

}  // namespace

TEST(it_moves_at_its_speed_and_says_once_that_it_is_there) {
  Rig rig;
  CHECK_EQ(rig.motor.at, 2000);
  rig.window.moveTo(7000);
  CHECK(rig.window.isMoving());
  // 50 percent at 5 percent a second, over the wrap of the ticks.
  CHECK_EQ(rig.run(20000), 10000);
  CHECK_EQ(rig.motor.at, 7000);
  CHECK_EQ(rig.motor.longest, 5);
  CHECK_EQ(rig.run(5000), 0);
}

TEST(slowly_it_arrives_too) {
  Rig rig;
  louver::ActuatorSettings settings;
  settings.slewPerS = 10;
  rig.window.configure(settings);
  rig.window.moveTo(1990);
  CHECK_EQ(rig.run(5000, 7), 1001);
  CHECK_EQ(rig.motor.at, 1990);
}

TEST(a_new_target_on_the_way_and_stop) {
  Rig rig;
  rig.window.moveTo(9000);
  rig.run(2000);
  CHECK_EQ(rig.window.position(), 3000);
  rig.window.moveTo(2500);
  CHECK_EQ(rig.run(5000), 1000);
  rig.window.moveTo(9000);
  rig.run(1000);
  rig.window.stop();
  CHECK(!rig.window.isMoving());
  CHECK_EQ(rig.window.target(), 3000);
  CHECK_EQ(rig.run(1000), 0);
  rig.window.moveTo(60000);
  CHECK_EQ(rig.window.target(), 10000);
}

TEST(after_a_pause_it_does_not_leap) {
  Rig rig;
  rig.window.moveTo(9000);
  rig.ticks.now += 60000;
  rig.window.poll();
  CHECK(rig.motor.longest <= 50);
}

TEST(without_its_broker_it_goes_to_the_safe_place_and_comes_back_by_command_only) {
  Rig rig(8000);
  louver::ActuatorSettings settings;
  settings.failsafeAfterS = 60;
  settings.failsafe = 1000;
  rig.window.configure(settings);
  CHECK_EQ(rig.run(59000), 0);
  rig.window.heard();
  CHECK_EQ(rig.run(59500), 0);
  CHECK_EQ(rig.run(1000), 500);
  CHECK(rig.window.isSafe() && rig.window.target() == 1000);
  // 70 percent at 5 percent a second.
  CHECK_EQ(rig.run(20000), 13990);
  rig.window.heard();
  CHECK_EQ(rig.run(1000), 0);
  CHECK(rig.window.isSafe());
  rig.window.moveTo(5000);
  CHECK(!rig.window.isSafe());
  CHECK(rig.run(10000) > 0);
  CHECK_EQ(rig.motor.at, 5000);
}

TEST(silence_of_more_than_49_days) {
  Rig rig(8000);
  louver::ActuatorSettings settings;
  settings.failsafeAfterS = 50UL * 86400;
  rig.window.configure(settings);
  for (int day = 0; day < 49; ++day) CHECK_EQ(rig.run(86400000, 3600000), 0);
  CHECK(rig.run(2 * 86400000, 3600000) > 0);
}

TEST(back_off_doubles_to_its_bound_and_is_spread) {
  struct : louver::Random {
    uint32_t state = 1;
    uint32_t next() override { return (state = state * 1664525U + 1013904223U) >> 8; }
  } random;
  louver::BackOff backOff(1000, 60000);
  uint32_t stepMs = 1000;
  bool isSpread = false;
  for (int i = 0; i < 50; ++i) {
    const uint32_t waitMs = backOff.next(random);
    CHECK(waitMs >= stepMs / 2 && waitMs <= stepMs);
    isSpread |= waitMs < stepMs * 3 / 4;
    stepMs = stepMs * 2 > 60000 ? 60000 : stepMs * 2;
  }
  CHECK(isSpread);
  backOff.reset();
  CHECK(backOff.next(random) <= 1000);
}
