// Updates over restarts: on trial, rolled back, with the power cut at any moment.
#include "ota_rig.h"

using louver::Ota;

namespace {

/// Until the image has been switched to and the device restarts.
void update(OtaRig* rig, const Manifest& manifest) {
  rig->old.offer(manifest.slice());
  rig->run(rig->old);
  CHECK_EQ(rig->slots.restarts, 1);
  rig->slots.boot();
  rig->last[0] = '\0';
}

}  // namespace

TEST(ota_image_that_does_not_find_its_broker_is_rolled_back) {
  OtaRig rig;
  Manifest manifest;
  update(&rig, manifest.sign());
  Ota next(rig.ports, kNew);
  next.begin();
  for (uint32_t ms = 0; ms < Ota::kTrialMs - 1000; ms += 1000) {
    rig.ticks.now += 1000;
    next.poll();
  }
  CHECK_EQ(rig.slots.restarts, 1);
  rig.ticks.now += 1000;
  next.poll();
  CHECK_EQ(rig.slots.restarts, 2);
  CHECK_EQ(rig.slots.marked, 0);
  CHECK(!next.hasNews());

  rig.slots.boot();
  CHECK(!rig.slots.isNew);
  Ota again(rig.ports, kOld);
  again.begin();
  again.contact();
  CHECK(!again.hasNews());
  again.offer(manifest.slice());
  rig.run(again);
  CHECK(check::same(rig.last, "{\"version\":\"1.3.0\",\"state\":\"FAILED\",\"progress\":0,\"reason\":\"tried before\"}"));
  CHECK_EQ(rig.server.dials, 1);

  // Signed anew, it is another one.
  Manifest later;
  later.version = "1.3.1";
  rig.last[0] = '\0';
  again.offer(later.sign().slice());
  rig.run(again);
  CHECK_EQ(rig.slots.restarts, 3);
}

TEST(ota_image_that_finds_its_broker_in_the_last_second_stays) {
  OtaRig rig;
  Manifest manifest;
  update(&rig, manifest.sign());
  Ota next(rig.ports, kNew);
  next.begin();
  rig.ticks.now += Ota::kTrialMs - 1;
  next.poll();
  // The manifest is word from the broker too.
  next.offer(manifest.slice());
  CHECK_EQ(rig.slots.marked, 1);
  rig.ticks.now += Ota::kTrialMs;
  next.poll();
  CHECK_EQ(rig.slots.restarts, 1);
  rig.slots.boot();
  CHECK(rig.slots.isNew);
}

TEST(ota_image_that_calls_itself_otherwise_is_not_fetched_again) {
  OtaRig rig;
  Manifest manifest;
  update(&rig, manifest.sign());
  const louver::RunningImage mislabelled = {"esp32c3", "1.3.0-dirty", 4};
  Ota next(rig.ports, mislabelled);
  next.begin();
  next.contact();
  next.offer(manifest.slice());
  rig.run(next);
  CHECK(rig.hasReason("tried before"));
  CHECK_EQ(rig.server.dials, 1);
}

TEST(ota_takes_nothing_any_more_when_it_has_switched) {
  OtaRig rig;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  while (rig.slots.switched == 0) {
    rig.publish(rig.old);
    rig.old.poll();
    rig.ticks.now += 100;
  }
  rig.old.offer({"", 0});
  Manifest other;
  other.version = "1.4.0";
  rig.old.offer(other.sign().slice());
  rig.run(rig.old);
  CHECK_EQ(rig.slots.restarts, 1);
  CHECK_EQ(rig.slots.begun, 1);
}

TEST(ota_does_not_wait_for_a_broker_that_takes_no_states) {
  OtaRig rig;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  uint32_t ms = 0;
  for (; ms < 60000 && rig.slots.restarts == 0; ms += 100) {
    rig.old.poll();
    rig.ticks.now += 100;
  }
  CHECK(ms <= 21000);
}

TEST(ota_with_the_power_cut_before_each_poll) {
  fillImage();
  Manifest manifest;
  manifest.sign();
  uint32_t steps = 0;
  for (uint32_t cutAt = 0;; ++cutAt) {
    OtaRig rig;
    rig.server.piece = 100;
    bool wasCut = false;
    bool isEnd = false;
    uint32_t polls = 0;
    // Life after life; a node connects, is told the manifest again, and goes on.
    for (int life = 0; life < 6 && !isEnd; ++life) {
      Ota ota(rig.ports, rig.slots.isNew ? kNew : kOld);
      ota.begin();
      rig.server.isOpen = false;
      const int restarts = rig.slots.restarts;
      for (int i = 0; i < 2000 && !isEnd; ++i) {
        if (!wasCut && polls++ == cutAt) {
          wasCut = true;
          break;
        }
        ota.poll();
        rig.ticks.now += 200;
        if (rig.slots.restarts != restarts) break;
        if (i == 2) ota.contact();
        if (i == 3) ota.offer(manifest.slice());
        rig.publish(ota);
        isEnd = strstr(rig.last, "\"UPDATED\"") != nullptr || strstr(rig.last, "\"FAILED\"") != nullptr;
      }
      if (!isEnd) rig.slots.boot();
    }
    CHECK(isEnd);
    // One lost life is one that was on trial: that image was given up, and nobody fetches it again.
    CHECK_EQ(rig.slots.isNew, strstr(rig.last, "\"UPDATED\"") != nullptr);
    if (!rig.slots.isNew) CHECK(rig.hasReason("tried before"));
    CHECK(rig.slots.switched <= 2);
    CHECK(!rig.slots.isTrial);
    if (!wasCut) break;
    steps = cutAt;
  }
  CHECK(steps > 40);
}
