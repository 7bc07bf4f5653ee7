#include "check.h"
#include "utc_clock.h"

using louver::kNoTime;
using louver::Slice;
using louver::Text;
using louver::UtcClock;

namespace {

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 500;
  uint32_t nowMs() override { return now; }
};

Slice slice(const char* text) {
  return {text, strlen(text)};
}

}  // namespace

TEST(nobody_knows_the_time_until_it_is_said) {
  FakeTicks ticks;
  UtcClock clock(ticks);
  CHECK_EQ(clock.now(), kNoTime);
  CHECK(!clock.set(0));
  CHECK(!clock.set(946684799999));
  CHECK_EQ(clock.now(), kNoTime);
  CHECK(clock.set(1761307200000));
  ticks.now += 1000;
  CHECK_EQ(clock.now(), 1761307201000);
  // Set back: the time is what was said last.
  CHECK(clock.set(1761307200000));
  CHECK_EQ(clock.now(), 1761307200000);
}

TEST(it_goes_on_over_years) {
  FakeTicks ticks;
  UtcClock clock(ticks);
  clock.set(1761307200000);
  for (int day = 0; day < 400; ++day) {
    ticks.now += 86400000;
    clock.now();
  }
  CHECK_EQ(clock.now(), 1761307200000 + 400LL * 86400000);
  CHECK_EQ(clock.uptimeMs(), 400LL * 86400000);
}

TEST(it_asks_and_takes_one_answer) {
  FakeTicks ticks;
  UtcClock clock(ticks);
  char buffer[64];
  Text text(buffer, sizeof buffer);
  clock.uptimeMs();
  ticks.now += 700;
  clock.addRequest(&text);
  CHECK(check::same(text.c_str(), "{\"deviceSendTime\":700}"));
  ticks.now += 101;
  const char* answer = "{\"deviceSendTime\":700,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200001}";
  CHECK(!clock.takeResponse(slice("{\"deviceSendTime\":699,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200001}")));
  CHECK(!clock.takeResponse(slice("{\"deviceSendTime\":700,\"serverRecvTime\":9223372036854775807,\"serverSendTime\":9223372036854775807}")));
  CHECK(clock.takeResponse(slice(answer)));
  CHECK_EQ(clock.now(), 1761307200051);
  // Once: a broker that hands it out again does not set the clock back.
  ticks.now += 5000;
  CHECK(!clock.takeResponse(slice(answer)));
  CHECK_EQ(clock.now(), 1761307205051);
}
