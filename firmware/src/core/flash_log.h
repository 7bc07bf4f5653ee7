// What was measured and is not stored yet: a ring of records in flash that outlives the power.
#ifndef LOUVER_CORE_FLASH_LOG_H
#define LOUVER_CORE_FLASH_LOG_H

#include "ports.h"

namespace louver {

/// Number of a message [P-5].
struct Sequence {
  uint32_t boot;
  uint32_t seq;
};

/// A record that waits to be sent. Good until the log is changed.
struct LogRecord {
  Sequence sequence;
  /// What it is, as its writer says.
  uint8_t kind;
  uint16_t length;
  /// Of its bytes, for `FlashLog::read`.
  uint32_t offset;
};

/**
 * Records in the order in which they were written, in sectors that are written one after the other and erased when what they hold was acknowledged.
 * Every step may be the last: what `append` has answered with true is there after any loss of power, a record that was torn is passed over. While there is
 * no room the oldest sector is given up: `dropped` counts, and `oldestHeld` tells the backend [P-31].
 *
 * A call that erases takes as long as the flash needs for a sector: 45 ms as a rule.
 */
class FlashLog {
 public:
  explicit FlashLog(Flash& flash) : flash_(flash) {}

  /**
   * Finds what is there. A flash that holds nothing of ours, or another format, is emptied.
   * @param random draws the number of this boot: another one than any in the log.
   * False when the flash cannot be read, or is smaller than two sectors.
   */
  bool mount(Random& random);

  uint32_t boot() const { return boot_; }
  /// What the next record will be numbered.
  uint32_t nextSeq() const { return nextSeq_; }
  /// Longest record, in bytes.
  uint16_t maxLength() const;

  /// Writes a record with the next number. False when it is too long, or when the flash fails: then nobody has that number.
  bool append(uint8_t kind, const void* bytes, uint16_t length);

  /// The oldest record that is neither acknowledged nor passed by `next` since `rewind`. False when there is none.
  bool next(LogRecord* record);
  /// Begins again with the oldest.
  void rewind();
  bool read(const LogRecord& record, uint32_t offset, uint8_t* to, uint32_t length);

  /// Everything of this boot up to this number is stored elsewhere [P-32]. True when it was news.
  bool acknowledge(Sequence upTo);
  /// One record, whoever says so. False when it is gone already.
  bool forget(const LogRecord& record);

  bool isEmpty();
  /// The oldest that is still held, of whichever boot; the next of this boot when none is [P-31].
  Sequence oldestHeld();

  /// Records that were given up for room, since the start.
  uint32_t dropped() const { return dropped_; }
  /// Places where something unreadable was passed over, at the start.
  uint32_t damaged() const { return damaged_; }

 private:
  struct Place {
    uint16_t sector;
    uint16_t at;
  };
  struct Header;

  bool readHeader(Place place, Header* header);
  bool isWhole(Place place, const Header& header);
  bool step(Place* place, Header* header, bool isOpenOnly = false);
  void pass(Place* place, const Header& header);
  bool startSector(uint16_t sector);
  bool isBlank(uint16_t sector, uint32_t from);
  bool advance();
  bool markDone(Place place);
  void passTail();
  void passDone();
  uint32_t offsetOf(Place place) const { return place.sector * sectorSize_ + place.at; }
  uint16_t after(uint16_t sector) const { return static_cast<uint16_t>(sector + 1 == sectors_ ? 0 : sector + 1); }

  Flash& flash_;
  uint32_t sectorSize_ = 0;
  uint32_t boot_ = 0;
  uint32_t nextSeq_ = 0;
  uint32_t generation_ = 0;
  uint32_t dropped_ = 0;
  uint32_t damaged_ = 0;
  uint16_t sectors_ = 0;
  uint16_t tail_ = 0;  // The oldest sector.
  Place head_ = {0, 0};
  Place cursor_ = {0, 0};
  bool isMounted_ = false;
};

}  // namespace louver

#endif
