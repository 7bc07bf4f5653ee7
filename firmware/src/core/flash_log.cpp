#include "flash_log.h"

#include <string.h>

#include "crc32.h"

namespace louver {

namespace {

/// "LVR1": the format. Another number, and what is there is not ours.
constexpr uint32_t kMagic = 0x3152564C;
constexpr uint8_t kOpen = 0xFF;
constexpr uint8_t kDone = 0x00;
constexpr uint16_t kAlign = 4;
/// Read for its check sum at a time.
constexpr uint32_t kChunk = 32;

/// At the start of a sector. Generations grow by one from sector to sector, round and round.
struct SectorHead {
  uint32_t magic;
  uint32_t generation;
  uint32_t crc;
};

constexpr uint16_t kFirst = sizeof(SectorHead);

uint16_t padded(uint32_t length) {
  return static_cast<uint16_t>((length + kAlign - 1) & ~static_cast<uint32_t>(kAlign - 1));
}

}  // namespace

struct FlashLog::Header {
  uint32_t crc;  // Of all that follows but `state`, and of the bytes.
  uint32_t boot;
  uint32_t seq;
  uint16_t length;
  uint8_t kind;
  uint8_t state;  // Cleared in place when the record is done with.

  uint32_t headCrc() const { return crc32(&boot, sizeof boot + sizeof seq + sizeof length + sizeof kind); }
  /// A single bit that has flipped does not make a record done.
  bool isOpen() const {
    uint8_t ones = 0;
    for (uint8_t bits = state; bits != 0; bits = static_cast<uint8_t>(bits & (bits - 1))) ++ones;
    return ones > 4;
  }
  bool isBlank() const { return crc == UINT32_MAX && boot == UINT32_MAX && seq == UINT32_MAX && length == UINT16_MAX && kind == 0xFF && state == kOpen; }
};

uint16_t FlashLog::maxLength() const {
  return static_cast<uint16_t>(sectorSize_ - kFirst - sizeof(Header));
}

bool FlashLog::mount(Random& random) {
  isMounted_ = false;
  sectorSize_ = flash_.sectorSize();
  if (sectorSize_ < 256 || sectorSize_ > 32768 || flash_.size() / sectorSize_ < 2) return false;
  const uint32_t sectors = flash_.size() / sectorSize_;
  sectors_ = static_cast<uint16_t>(sectors > UINT16_MAX ? UINT16_MAX : sectors);
  dropped_ = damaged_ = nextSeq_ = generation_ = 0;

  // The newest sector, and how many before it belong to it without a gap.
  uint16_t newest = 0;
  bool any = false;
  for (uint16_t sector = 0; sector < sectors_; ++sector) {
    SectorHead head;
    if (!flash_.read(sector * sectorSize_, &head, sizeof head)) return false;
    if (head.magic != kMagic || head.crc != crc32(&head, 8)) continue;
    if (any && static_cast<int32_t>(head.generation - generation_) <= 0) continue;
    any = true;
    newest = sector;
    generation_ = head.generation;
  }
  boot_ = random.next();
  if (!any) {
    tail_ = 0;
    if (!startSector(0)) return false;
    isMounted_ = true;
    rewind();
    return true;
  }
  tail_ = newest;
  for (uint32_t back = 1; back < sectors_; ++back) {
    const uint16_t sector = static_cast<uint16_t>((newest + sectors_ - back) % sectors_);
    SectorHead head;
    if (!flash_.read(sector * sectorSize_, &head, sizeof head)) return false;
    if (head.magic != kMagic || head.crc != crc32(&head, 8) || head.generation != generation_ - back) continue;
    // Also behind a sector whose head is damaged: its records say themselves whether they are whole.
    tail_ = sector;
  }

  // To the end of the newest sector; on the way a boot number that nobody has yet.
  head_ = {newest, static_cast<uint16_t>(sectorSize_)};
  for (bool isTaken = true; isTaken;) {
    isTaken = false;
    damaged_ = 0;
    Place place = {tail_, kFirst};
    Header header;
    while (step(&place, &header)) {
      if (header.boot == boot_) isTaken = true;
      pass(&place, header);
    }
    // Behind a record that was torn nothing is written: its rest may have come out as anything.
    if (place.sector == newest && place.at + sizeof header <= sectorSize_ && isBlank(newest, place.at)) head_ = place;
    if (isTaken) ++boot_;
  }
  isMounted_ = true;
  rewind();
  return true;
}

/// From `place` to the next whole record at it or behind it; false at the end, with `place` where the newest sector's records end. Those that are done with count on request only.
bool FlashLog::step(Place* place, Header* header, bool isOpenOnly) {
  for (;;) {
    const bool isNewest = place->sector == head_.sector;
    const uint32_t end = isNewest ? head_.at : sectorSize_;
    if (place->at + sizeof *header <= end && readHeader(*place, header)) {
      if (isWhole(*place, *header)) {
        if (!isOpenOnly || header->isOpen()) return true;
        pass(place, *header);
        continue;
      }
      // The length of a record that is damaged is not to be trusted: the rest of its sector is passed over.
      if (!isMounted_ && !header->isBlank()) ++damaged_;
    }
    if (isNewest) return false;
    *place = {after(place->sector), kFirst};
  }
}

/// Behind a record.
void FlashLog::pass(Place* place, const Header& header) {
  place->at = static_cast<uint16_t>(place->at + padded(sizeof header + header.length));
}

bool FlashLog::readHeader(Place place, Header* header) {
  return flash_.read(offsetOf(place), header, sizeof *header);
}

bool FlashLog::isWhole(Place place, const Header& header) {
  if (header.isBlank() || header.length > sectorSize_ - place.at - sizeof header) return false;
  uint32_t crc = header.headCrc();
  uint8_t bytes[kChunk];
  for (uint32_t at = 0; at < header.length; at += kChunk) {
    const uint32_t count = header.length - at < kChunk ? header.length - at : kChunk;
    if (!flash_.read(offsetOf(place) + static_cast<uint32_t>(sizeof header) + at, bytes, count)) return false;
    crc = crc32(bytes, count, crc);
  }
  return crc == header.crc;
}

bool FlashLog::isBlank(uint16_t sector, uint32_t from) {
  uint8_t bytes[kChunk];
  for (uint32_t at = from; at < sectorSize_; at += kChunk) {
    const uint32_t count = sectorSize_ - at < kChunk ? sectorSize_ - at : kChunk;
    if (!flash_.read(sector * sectorSize_ + at, bytes, count)) return false;
    for (uint32_t i = 0; i < count; ++i) {
      if (bytes[i] != 0xFF) return false;
    }
  }
  return true;
}

bool FlashLog::startSector(uint16_t sector) {
  SectorHead head = {kMagic, generation_ + 1, 0};
  head.crc = crc32(&head, 8);
  if (!flash_.erase(sector * sectorSize_) || !flash_.program(sector * sectorSize_, &head, sizeof head)) return false;
  ++generation_;
  head_ = {sector, kFirst};
  return true;
}

/// The oldest sector is another one; what was to be sent next is not in one before it.
void FlashLog::passTail() {
  const bool isCursorThere = cursor_.sector == tail_;
  tail_ = after(tail_);
  if (isCursorThere) rewind();
}

/// To the next sector; when that is the oldest, what it still holds is given up.
bool FlashLog::advance() {
  const uint16_t sector = after(head_.sector);
  if (sector == tail_) {
    uint32_t lost = 0;
    Place place = {tail_, kFirst};
    Header header;
    while (step(&place, &header) && place.sector == tail_) {
      if (header.isOpen()) ++lost;
      pass(&place, header);
    }
    passTail();
    dropped_ += lost;
  }
  return startSector(sector);
}

bool FlashLog::append(uint8_t kind, const void* bytes, uint16_t length) {
  if (!isMounted_ || length > maxLength()) return false;
  const uint16_t size = padded(static_cast<uint32_t>(sizeof(Header)) + length);
  if (head_.at + size > sectorSize_ && !advance()) return false;
  Header header = {0, boot_, nextSeq_, length, kind, kOpen};
  header.crc = crc32(bytes, length, header.headCrc());
  const uint32_t offset = offsetOf(head_);
  const bool isWritten = flash_.program(offset, &header, sizeof header) && flash_.program(offset + static_cast<uint32_t>(sizeof header), bytes, length);
  // Also when it fails: all of it may be there, and a second record of that number would be taken for the same.
  ++nextSeq_;
  Header written;
  if (isWritten && readHeader(head_, &written) && isWhole(head_, written)) {
    head_.at = static_cast<uint16_t>(head_.at + size);
    return true;
  }
  // A part of it may be there: behind that nothing can be written.
  head_.at = static_cast<uint16_t>(sectorSize_);
  return false;
}

void FlashLog::rewind() {
  cursor_ = {tail_, kFirst};
}

bool FlashLog::next(LogRecord* record) {
  Header header;
  if (!isMounted_ || !step(&cursor_, &header, true)) return false;
  *record = {{header.boot, header.seq}, header.kind, header.length, offsetOf(cursor_) + static_cast<uint32_t>(sizeof header)};
  pass(&cursor_, header);
  return true;
}

bool FlashLog::read(const LogRecord& record, uint32_t offset, uint8_t* to, uint32_t length) {
  if (offset > record.length || length > record.length - offset) return false;
  return flash_.read(record.offset + offset, to, length);
}

bool FlashLog::markDone(Place place) {
  const uint8_t done = kDone;
  return flash_.program(offsetOf(place) + static_cast<uint32_t>(sizeof(Header)) - 1, &done, 1);
}

bool FlashLog::acknowledge(Sequence upTo) {
  if (!isMounted_) return false;
  bool isNews = false;
  Place place = {tail_, kFirst};
  Header header;
  while (step(&place, &header)) {
    // Behind it there is nothing older: a megabyte that waits is not read once for each of its records.
    if (header.boot == upTo.boot && header.seq > upTo.seq) break;
    if (header.isOpen() && header.boot == upTo.boot) isNews |= markDone(place);
    pass(&place, header);
  }
  passDone();
  return isNews;
}

bool FlashLog::forget(const LogRecord& record) {
  const uint32_t at = record.offset - static_cast<uint32_t>(sizeof(Header));
  const Place place = {static_cast<uint16_t>(at / sectorSize_), static_cast<uint16_t>(at % sectorSize_)};
  Header header;
  // Its sector may be another one's by now.
  if (!readHeader(place, &header) || header.boot != record.sequence.boot || header.seq != record.sequence.seq || !isWhole(place, header)) return false;
  if (!markDone(place)) return false;
  passDone();
  return true;
}

/// What is done at the old end is not read again and again until its sector's turn comes to be erased.
void FlashLog::passDone() {
  Place place = {tail_, kFirst};
  Header header;
  step(&place, &header, true);
  while (tail_ != place.sector) passTail();
}

Sequence FlashLog::oldestHeld() {
  Place place = {tail_, kFirst};
  Header header;
  if (isMounted_ && step(&place, &header, true)) return {header.boot, header.seq};
  return {boot_, nextSeq_};
}

bool FlashLog::isEmpty() {
  const Sequence oldest = oldestHeld();
  return oldest.boot == boot_ && oldest.seq == nextSeq_;
}

}  // namespace louver
