#include "check.h"
#include "flash_log.h"

using louver::FlashLog;
using louver::LogRecord;

namespace {

struct FakeRandom : louver::Random {
  uint32_t state = 7;
  uint32_t next() override { return state = state * 1664525U + 1013904223U; }
};

/// NOR flash that loses its power in the middle of any call: a part of the bytes is done, of the last one a part of the bits.
struct FakeFlash : louver::Flash {
  static constexpr uint32_t kMost = 4096;
  static constexpr uint32_t kSector = 512;
  uint8_t bytes[kMost];
  uint32_t length;
  /// Bytes that can be programmed or erased until the power goes.
  int32_t budget = INT32_MAX;
  bool isDead = false;
  uint32_t erases[kMost / kSector] = {};
  bool isMisused = false;
  uint32_t reads = 0;

  explicit FakeFlash(uint32_t size = 2048) : length(size) { memset(bytes, 0xA5, sizeof bytes); }
  uint32_t size() const override { return length; }
  uint32_t sectorSize() const override { return kSector; }
  bool read(uint32_t offset, void* to, uint32_t count) override {
    ++reads;
    if (isDead || offset + count > length) return false;
    memcpy(to, bytes + offset, count);
    return true;
  }
  bool program(uint32_t offset, const void* from, uint32_t count) override {
    if (isDead || offset + count > length) return false;
    const uint8_t* at = static_cast<const uint8_t*>(from);
    for (uint32_t i = 0; i < count; ++i) {
      if (!spend()) {
        bytes[offset + i] &= static_cast<uint8_t>(at[i] | 0x2D);
        return false;
      }
      // A bit that is 0 stays so until its sector is erased.
      if ((bytes[offset + i] & at[i]) != at[i]) isMisused = true;
      bytes[offset + i] &= at[i];
    }
    return true;
  }
  bool erase(uint32_t offset) override {
    if (isDead || offset % kSector != 0) return false;
    ++erases[offset / kSector];
    for (uint32_t i = 0; i < kSector; ++i) {
      if (!spend()) return false;
      bytes[offset + i] = 0xFF;
    }
    return true;
  }
  bool spend() {
    if (budget-- > 0) return true;
    isDead = true;
    return false;
  }
  void powerOn(int32_t bytesToLive = INT32_MAX) {
    isDead = false;
    budget = bytesToLive;
  }
};

/// A record of `length` bytes that says which it is.
void fill(uint32_t seed, char* to, uint16_t length) {
  for (uint16_t i = 0; i < length; ++i) to[i] = static_cast<char>(seed * 31 + i);
}

bool holds(FlashLog& log, const LogRecord& record, uint32_t seed) {
  char expected[64];
  uint8_t found[64];
  fill(seed, expected, record.length);
  return log.read(record, 0, found, record.length) && memcmp(found, expected, record.length) == 0;
}

bool append(FlashLog& log, uint32_t seed, uint16_t length = 40) {
  char bytes[64];
  fill(seed, bytes, length);
  return log.append(1, bytes, length);
}

}  // namespace

TEST(records_come_back_in_order_over_many_boots) {
  FakeFlash flash;
  FakeRandom random;
  uint32_t boots[6];
  uint32_t written = 0;
  for (uint32_t& boot : boots) {
    FlashLog log(flash);
    CHECK(log.mount(random));
    boot = log.boot();
    LogRecord record;
    for (uint32_t seed = 0; seed < written; ++seed) {
      CHECK(log.next(&record) && holds(log, record, seed));
      CHECK_EQ(record.sequence.boot, boots[seed / 3]);
      CHECK_EQ(record.sequence.seq, seed % 3);
    }
    CHECK(!log.next(&record));
    CHECK_EQ(log.oldestHeld().seq, 0);
    for (int i = 0; i < 3; ++i) CHECK(append(log, written++));
    CHECK_EQ(log.nextSeq(), 3);
    CHECK_EQ(log.dropped() + log.damaged(), 0);
  }
  CHECK(!flash.isMisused);
}

TEST(what_is_acknowledged_is_forgotten_also_after_a_start) {
  FakeFlash flash;
  FakeRandom random;
  FlashLog first(flash);
  CHECK(first.mount(random));
  for (uint32_t seed = 0; seed < 6; ++seed) append(first, seed);
  CHECK(!first.acknowledge({first.boot() + 1, 5}));
  CHECK(first.acknowledge({first.boot(), 3}));
  CHECK(!first.acknowledge({first.boot(), 3}));
  CHECK_EQ(first.oldestHeld().seq, 4);
  FlashLog second(flash);
  CHECK(second.mount(random));
  LogRecord record;
  CHECK(second.next(&record) && record.sequence.seq == 4 && record.sequence.boot == first.boot());
  CHECK(second.next(&record) && record.sequence.seq == 5);
  CHECK(!second.next(&record));
  second.rewind();
  CHECK(second.next(&record) && second.forget(record) && second.next(&record) && second.forget(record));
  CHECK(second.isEmpty());
  CHECK_EQ(second.oldestHeld().seq, 0);
}

TEST(a_full_log_gives_up_the_oldest_and_says_so) {
  FakeFlash flash;
  FakeRandom random;
  FlashLog log(flash);
  CHECK(log.mount(random));
  for (uint32_t seed = 0; seed < 1000; ++seed) CHECK(append(log, seed));
  LogRecord record;
  uint32_t held = 0;
  CHECK(log.next(&record));
  CHECK_EQ(record.sequence.seq, log.oldestHeld().seq);
  do {
    CHECK(holds(log, record, record.sequence.seq));
    ++held;
  } while (log.next(&record));
  CHECK_EQ(held + log.dropped(), 1000);
  CHECK_EQ(log.oldestHeld().seq, log.dropped());
  CHECK(held >= 3 * 7);
  // Evenly worn.
  for (uint32_t sector = 0; sector < 4; ++sector) CHECK(flash.erases[sector] >= flash.erases[3] && flash.erases[sector] <= flash.erases[3] + 1);
  CHECK(!flash.isMisused);
}

TEST(while_it_is_read_its_oldest_may_go) {
  FakeFlash flash;
  FakeRandom random;
  FlashLog log(flash);
  CHECK(log.mount(random));
  LogRecord record;
  uint32_t last = 0;
  for (uint32_t seed = 0; seed < 500; ++seed) {
    append(log, seed);
    if (seed % 3 != 0) continue;
    if (!log.next(&record)) continue;
    CHECK(seed == 0 || record.sequence.seq > last);
    CHECK(holds(log, record, record.sequence.seq));
    last = record.sequence.seq;
  }
}

TEST(the_power_goes_at_every_byte) {
  // Enough that sectors are erased on the way, and acknowledged in between.
  for (int32_t budget = 0; budget < 6000; ++budget) {
    FakeFlash flash(1536);
    FakeRandom random;
    flash.powerOn(budget);
    FlashLog log(flash);
    uint32_t promised = 0;
    // What the log was told to forget; where the power went meanwhile it may have forgotten a part.
    uint32_t forgotten = 0;
    bool isUp = log.mount(random);
    const uint32_t boot = log.boot();
    while (isUp && promised < 60) {
      // What is given up for room is counted before the sector goes.
      if (!append(log, promised)) break;
      ++promised;
      if (promised % 10 != 0) continue;
      forgotten = promised - 4;
      log.acknowledge({boot, forgotten - 1});
    }
    const uint32_t dropped = log.dropped();
    flash.powerOn();
    FlashLog again(flash);
    CHECK(again.mount(random));
    CHECK(again.boot() != boot);
    LogRecord record;
    uint32_t seen = 0;
    uint32_t last = 0;
    while (again.next(&record)) {
      CHECK(record.sequence.boot == boot && holds(again, record, record.sequence.seq));
      CHECK(seen == 0 || record.sequence.seq == last + 1);
      last = record.sequence.seq;
      ++seen;
    }
    // Everything that was promised, but for what was to be forgotten or was given up, and at most the one that was being written.
    const uint32_t gone = forgotten + dropped;
    if (promised > gone) CHECK(seen > 0);
    if (seen > 0) CHECK(last + 1 >= promised && last <= promised && last + 1 - seen <= gone);
    // It goes on from there.
    CHECK(append(again, 77));
    FlashLog third(flash);
    CHECK(third.mount(random));
    bool found = false;
    while (third.next(&record)) found |= record.sequence.boot == again.boot() && holds(third, record, 77);
    CHECK(found);
    CHECK(!flash.isMisused);
  }
}

TEST(a_bit_that_flips_costs_its_sector_at_most) {
  FakeRandom random;
  for (uint32_t bit = 0; bit < 1536 * 8; bit += 3) {
    FakeFlash flash;
    FlashLog log(flash);
    CHECK(log.mount(random));
    for (uint32_t seed = 0; seed < 24; ++seed) append(log, seed);
    flash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    FlashLog again(flash);
    CHECK(again.mount(random));
    LogRecord record;
    uint32_t seen = 0;
    while (again.next(&record)) {
      CHECK(holds(again, record, record.sequence.seq));
      ++seen;
    }
    // Eight to a sector.
    CHECK(seen >= 24 - 8);
    const uint32_t damaged = again.damaged();
    again.oldestHeld();
    CHECK(damaged <= 1);
    CHECK_EQ(again.damaged(), damaged);
    CHECK(append(again, 99));
  }
}

TEST(a_flash_that_is_none) {
  FakeRandom random;
  FakeFlash tiny(512);
  FlashLog small(tiny);
  CHECK(!small.mount(random));
  CHECK(!small.append(1, "a", 1));
  FakeFlash flash;
  FlashLog log(flash);
  CHECK(log.mount(random));
  char bytes[512] = {};
  CHECK(!log.append(1, bytes, static_cast<uint16_t>(log.maxLength() + 1)));
  CHECK(log.append(1, bytes, log.maxLength()));
  flash.isDead = true;
  CHECK(!append(log, 1));
  CHECK_EQ(log.nextSeq(), 1);
}

TEST(what_is_done_with_is_not_read_for_each_acknowledgement) {
  FakeFlash flash(4096);
  FakeRandom random;
  FlashLog log(flash);
  CHECK(log.mount(random));
  // All sectors are full of what was acknowledged.
  for (uint32_t seed = 0; seed < 100; ++seed) {
    CHECK(append(log, seed));
    CHECK(log.acknowledge({log.boot(), seed}));
  }
  CHECK_EQ(log.dropped(), 0);
  for (uint32_t seed = 100; seed < 120; ++seed) {
    CHECK(append(log, seed));
    flash.reads = 0;
    CHECK(log.acknowledge({log.boot(), seed}));
    // Those of one sector, which holds 8, and the first of the next ones, twice; a record is read in three parts.
    CHECK(flash.reads <= 2 * 11 * 3);
  }
  // And of what waits only the first part, up to what is acknowledged.
  for (uint32_t seed = 120; seed < 160; ++seed) CHECK(append(log, seed));
  for (uint32_t seed = 120; seed < 160; ++seed) {
    flash.reads = 0;
    CHECK(log.acknowledge({log.boot(), seed}));
    CHECK(flash.reads <= 2 * 11 * 3);
  }
  CHECK_EQ(log.dropped(), 0);
  CHECK(log.isEmpty());
}

TEST(who_reads_on_in_a_sector_that_was_done_with_misses_nothing) {
  for (uint32_t readFirst = 0; readFirst < 30; ++readFirst) {
    for (uint32_t done = 0; done < 30; ++done) {
      FakeFlash flash(4096);
      FakeRandom random;
      FlashLog log(flash);
      CHECK(log.mount(random));
      for (uint32_t seed = 0; seed < 30; ++seed) append(log, seed);
      LogRecord record;
      for (uint32_t i = 0; i < readFirst; ++i) CHECK(log.next(&record) && record.sequence.seq == i);
      log.acknowledge({log.boot(), done});
      // So many that sectors which were done with are written again.
      for (uint32_t seed = 30; seed < 50; ++seed) append(log, seed);
      uint32_t expected = readFirst > done + 1 ? readFirst : done + 1;
      while (log.next(&record)) CHECK_EQ(record.sequence.seq, expected++);
      CHECK_EQ(expected, 50);
    }
  }
}

TEST(a_record_is_not_forgotten_where_another_one_stands_by_now) {
  FakeFlash flash;
  FakeRandom random;
  FlashLog log(flash);
  CHECK(log.mount(random));
  LogRecord first;
  CHECK(append(log, 0) && log.next(&first));
  uint32_t written = 1;
  while (log.dropped() == 0) CHECK(append(log, written++));
  for (int i = 0; i < 3; ++i) CHECK(append(log, written++));
  CHECK(!log.forget(first));
  log.rewind();
  LogRecord record;
  uint32_t seed = log.dropped();
  while (log.next(&record)) CHECK(holds(log, record, seed++));
  CHECK_EQ(seed, written);
  CHECK(!flash.isMisused);
}
