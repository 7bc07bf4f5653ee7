// A log that is mounted on whatever its flash holds: it then takes records, gives them back, also after the next start, and after a loss of power.
#include "crc32.h"
#include "flash_log.h"
#include "fuzz.h"

using louver::FlashLog;
using louver::LogRecord;
using louver::Sequence;
using louver::crc32;

namespace {

constexpr uint32_t kSector = 256;
constexpr uint32_t kMostSectors = 6;
constexpr uint16_t kSectorHead = 12;
constexpr uint16_t kRecordHead = 16;

struct FixedRandom : louver::Random {
  uint32_t state;
  explicit FixedRandom(uint32_t seed) : state(seed) {}
  uint32_t next() override { return state++; }
};

/// NOR flash that can lose its power after so many bytes.
struct FakeFlash : louver::Flash {
  uint8_t* bytes;
  uint32_t length;
  uint32_t budget = UINT32_MAX;

  explicit FakeFlash(uint32_t sectors) : bytes(static_cast<uint8_t*>(malloc(sectors * kSector))), length(sectors * kSector) { memset(bytes, 0xFF, length); }
  ~FakeFlash() { free(bytes); }
  uint32_t size() const override { return length; }
  uint32_t sectorSize() const override { return kSector; }
  bool read(uint32_t offset, void* to, uint32_t count) override {
    ALWAYS(offset <= length && count <= length - offset);
    if (budget == 0) return false;
    memcpy(to, bytes + offset, count);
    return true;
  }
  bool program(uint32_t offset, const void* from, uint32_t count) override {
    ALWAYS(offset <= length && count <= length - offset);
    for (uint32_t i = 0; i < count; ++i) {
      if (budget == 0) return false;
      const uint8_t byte = static_cast<const uint8_t*>(from)[i];
      // A bit that is 0 stays so until its sector is erased.
      ALWAYS((bytes[offset + i] & byte) == byte);
      // Of the last byte before the power goes a part of the bits is done.
      bytes[offset + i] &= --budget == 0 ? byte | 0x2D : byte;
    }
    return budget > 0;
  }
  bool erase(uint32_t offset) override {
    ALWAYS(offset < length && offset % kSector == 0);
    for (uint32_t i = 0; i < kSector; ++i) {
      if (budget == 0) return false;
      bytes[offset + i] = 0xFF;
      --budget;
    }
    return budget > 0;
  }
};

uint16_t wordAt(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] | at[1] << 8);
}

void put(uint8_t* at, uint32_t value) {
  memcpy(at, &value, sizeof value);
}

/// Check sums as they would be: without them no fuzzer comes further than the first head. `first` is the sector of the oldest generation.
void makeGood(FakeFlash* flash, uint32_t first, uint8_t which) {
  const uint32_t sectors = flash->length / kSector;
  for (uint32_t i = 0; i < sectors; ++i) {
    if ((which >> i & 1) == 0) continue;
    uint8_t* const sector = flash->bytes + (first + i) % sectors * kSector;
    memcpy(sector, "LVR1", 4);
    put(sector + 4, 7 + i);
    put(sector + 8, crc32(sector, 8));
    for (uint32_t at = kSectorHead; at + kRecordHead <= kSector;) {
      uint8_t* const record = sector + at;
      const uint16_t length = wordAt(record + 12);
      if (length > kSector - at - kRecordHead) break;
      put(record, crc32(record + kRecordHead, length, crc32(record + 4, 11)));
      at += (kRecordHead + length + 3U) & ~3U;
    }
  }
}

uint32_t hashOf(FlashLog* log, const LogRecord& record) {
  uint8_t bytes[kSector];
  ALWAYS(record.length <= log->maxLength() && log->read(record, 0, bytes, record.length));
  return crc32(bytes, record.length, record.sequence.seq ^ record.sequence.boot << 1 ^ record.kind);
}

/// Of all records that it holds, the number and a hash; `last` is the one behind which there is none.
uint32_t readAll(FlashLog* log, LogRecord* last, uint32_t* hash) {
  uint32_t count = 0;
  *hash = 0;
  log->rewind();
  while (log->next(last)) {
    *hash = *hash * 31 + hashOf(log, *last);
    ALWAYS(++count <= kMostSectors * kSector / kRecordHead);
  }
  ALWAYS(log->isEmpty() == (count == 0));
  return count;
}

/// Fills a record that says which it is.
void fill(uint8_t* bytes, uint16_t length, uint8_t seed) {
  for (uint16_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>(seed + i * 7);
}

void appendAndReadBack(FlashLog* log, uint16_t length, uint8_t seed) {
  uint8_t bytes[kSector];
  fill(bytes, length, seed);
  const uint32_t seq = log->nextSeq();
  ALWAYS(log->append(3, bytes, length));
  ALWAYS(log->nextSeq() == seq + 1);
  LogRecord last;
  uint32_t hash;
  ALWAYS(readAll(log, &last, &hash) > 0);
  ALWAYS(last.sequence.boot == log->boot() && last.sequence.seq == seq && last.kind == 3 && last.length == length);
  uint8_t found[kSector];
  ALWAYS(log->read(last, 0, found, length) && memcmp(found, bytes, length) == 0);
}

/// Who reads on while records are written and acknowledged sees those that are left, in their order, up to the newest.
void readOnMeanwhile(FlashLog* log, uint8_t skipped) {
  LogRecord record;
  log->rewind();
  for (uint8_t i = 0; i < skipped && log->next(&record); ++i) {
  }
  const uint8_t bytes[30] = {};
  for (uint8_t i = 0; i < 20; ++i) {
    ALWAYS(log->append(5, bytes, sizeof bytes));
    if (i % 3 == skipped % 3) log->acknowledge({log->boot(), log->nextSeq() - 2});
  }
  uint32_t seq = 0;
  bool any = false;
  while (log->next(&record)) {
    if (record.sequence.boot != log->boot()) continue;
    ALWAYS(!any || record.sequence.seq > seq);
    seq = record.sequence.seq;
    any = true;
  }
  ALWAYS(any && seq == log->nextSeq() - 1);
}

}  // namespace

/// sectors, where the log begins, which sectors are made good, lengths and seed of what is appended, bytes until the power goes; then what the flash holds.
void fuzz(const uint8_t* data, size_t size) {
  constexpr size_t kHead = 6;
  if (size < kHead) return;
  FakeFlash flash(2 + data[0] % (kMostSectors - 1));
  const uint32_t sectors = flash.length / kSector;
  memcpy(flash.bytes, data + kHead, size - kHead < flash.length ? size - kHead : flash.length);
  makeGood(&flash, data[1] % sectors, data[2]);

  FixedRandom random(data[4]);
  LogRecord last;
  uint32_t before;
  {
    FlashLog log(flash);
    ALWAYS(log.mount(random));
    const uint32_t boot = log.boot();
    log.rewind();
    while (log.next(&last)) ALWAYS(last.sequence.boot != boot);
    for (uint32_t i = 0; i < 1U + data[3] % 6; ++i) {
      appendAndReadBack(&log, static_cast<uint16_t>((data[3] + i * data[4]) % (log.maxLength() + 1U)), static_cast<uint8_t>(i));
    }
    uint8_t bytes[kSector] = {};
    ALWAYS(!log.append(1, bytes, static_cast<uint16_t>(log.maxLength() + 1)));
    readAll(&log, &last, &before);
  }
  {
    // After the next start all of it is there, and the number of the boot is another one.
    FlashLog log(flash);
    ALWAYS(log.mount(random));
    uint32_t after;
    readAll(&log, &last, &after);
    ALWAYS(after == before);
    ALWAYS(last.sequence.boot != log.boot());
    appendAndReadBack(&log, 5, 1);
    appendAndReadBack(&log, 9, 2);
    ALWAYS(log.oldestHeld().boot != log.boot() || log.oldestHeld().seq == 0);
    ALWAYS(log.acknowledge({log.boot(), 0}) && !log.acknowledge({log.boot(), 0}));
    ALWAYS(log.oldestHeld().boot != log.boot() || log.oldestHeld().seq == 1);
    readOnMeanwhile(&log, data[5] % 16);
    readAll(&log, &last, &before);
  }
  {
    // The power goes somewhere: what was answered with true is there, and nothing else has changed but what had to make room.
    FlashLog log(flash);
    ALWAYS(log.mount(random));
    flash.budget = 1U + data[5];
    Sequence written = {log.boot(), 0};
    uint8_t bytes[kSector];
    fill(bytes, 30, 9);
    bool isWritten = false;
    for (int i = 0; i < 12 && log.append(4, bytes, 30); ++i) {
      written.seq = log.nextSeq() - 1;
      isWritten = true;
    }
    flash.budget = UINT32_MAX;
    // A flash that fails once and goes on is no loss of power: the log goes on too.
    if (data[4] % 2 != 0) appendAndReadBack(&log, 20, 8);
    FlashLog next(flash);
    ALWAYS(next.mount(random));
    if (data[4] % 2 != 0) written.seq = log.nextSeq() - 1;
    const uint32_t held = readAll(&next, &last, &before);
    // One more may be whole whose answer was never heard.
    if (isWritten || data[4] % 2 != 0) ALWAYS(held > 0 && last.sequence.boot == written.boot && last.sequence.seq - written.seq <= 1);
    appendAndReadBack(&next, 30, 10);
  }
}
