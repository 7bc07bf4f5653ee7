// What a small display says: temperature, humidity, window, connection.
#ifndef LOUVER_CORE_STATUS_LINES_H
#define LOUVER_CORE_STATUS_LINES_H

#include "ports.h"

namespace louver {

struct Status {
  static constexpr int32_t kUnknown = INT32_MIN;
  /// In hundredths of a degree Celsius and of a percent.
  int32_t temperature = kUnknown;
  int32_t humidity = kUnknown;
  /// Percent open in hundredths.
  int32_t window = kUnknown;
  bool isMoving = false;
  bool isConnected = false;
  /// Records that nobody has acknowledged yet.
  uint32_t held = 0;
};

/**
 * `25.4(degree)C 60.0%rh` over `Win 75% on 3`: 75 % open, the broker is there and three records wait to be acknowledged. While the window moves `>` follows
 * it, what is not known is `-`, and from 999 records on it says 999. A display of four lines has each of the four on its own.
 * The characters are ASCII and the degree of the HD44780 with ROM A00: 0xDF.
 */
class StatusLines {
 public:
  explicit StatusLines(TextDisplay& display) : display_(display) {}

  /// Writes the first line that has changed, and only that: a line takes a display several milliseconds. Call it all the time. Nothing on displays of more
  /// than 20 columns.
  void show(const Status& status);

 private:
  static constexpr uint8_t kMaxColumns = 20;
  static constexpr uint8_t kMaxRows = 4;

  TextDisplay& display_;
  /// Check sums of the lines: two that differ in no more than four characters next to each other never have the same.
  uint32_t shown_[kMaxRows] = {};
};

}  // namespace louver

#endif
