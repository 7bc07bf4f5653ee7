#include "status_lines.h"

#include <string.h>

#include "crc32.h"
#include "text.h"

namespace louver {

namespace {

constexpr uint8_t kCells = 4;
/// As many as fit with all that may stand before them: "Win 100%>off 999".
constexpr uint32_t kMostHeld = 999;

/// In hundredths.
constexpr int32_t kTenths = 10;
constexpr int32_t kWhole = 100;

/// Hundredths, rounded to units of `scale`.
__attribute__((noinline)) void addRounded(Text* text, int32_t value, int32_t scale, const char* unit) {
  if (value == Status::kUnknown) {
    text->add('-');
  } else {
    const int32_t half = scale / 2;
    text->addFixed((value + (value < 0 ? -half : half)) / scale, scale == kTenths);
  }
  text->add(unit);
}

}  // namespace

void StatusLines::show(const Status& status) {
  const uint8_t columns = display_.columns();
  const uint8_t rows = display_.rows();
  if (columns > kMaxColumns) return;
  uint8_t cell = 0;
  for (uint8_t row = 0; row < rows && cell < kCells; ++row) {
    char line[kMaxColumns + 1];
    Text text(line, columns + 1U);
    do {
      switch (cell) {
        case 0: addRounded(&text, status.temperature, kTenths, "\xDF" "C "); break;
        case 1: addRounded(&text, status.humidity, kTenths, "%rh"); break;
        case 2:
          text.add("Win ");
          addRounded(&text, status.window, kWhole, status.isMoving ? "%>" : "% ");
          break;
        default: text.add(status.isConnected ? "on " : "off ").addUnsigned(status.held < kMostHeld ? status.held : kMostHeld);
      }
    } while ((++cell & 1) != 0 && rows < kCells);
    memset(line + text.length(), ' ', columns - text.length());
    line[columns] = '\0';
    const uint32_t sum = crc32(line, columns);
    if (sum == shown_[row]) continue;
    shown_[row] = sum;
    return display_.line(row, line);
  }
}

}  // namespace louver
