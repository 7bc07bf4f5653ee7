#if defined(ARDUINO_ARCH_ESP32)
#include "esp_lcd.h"

namespace louver {

namespace {

// Bits of the expander.
constexpr uint8_t kData = 0x01;
constexpr uint8_t kEnable = 0x04;
constexpr uint8_t kLight = 0x08;

constexpr uint8_t kClear = 0x01;
constexpr uint8_t kLeftToRight = 0x06;
constexpr uint8_t kOnWithoutCursor = 0x0C;
constexpr uint8_t kFourBitsTwoLines = 0x28;
constexpr uint8_t kGoTo = 0x80;
constexpr uint8_t kRowStart[] = {0x00, 0x40, 0x14, 0x54};

/// Characters in one transfer.
constexpr uint8_t kAtATime = 10;

}  // namespace

bool I2cLcd::setup(I2cBus& bus, uint8_t address, uint8_t columns, uint8_t rows) {
  bus_ = &bus;
  address_ = address;
  columns_ = columns;
  rows_ = rows > sizeof kRowStart ? sizeof kRowStart : rows;
  // The controller's own start: three times "eight bits", then four (HD44780 datasheet, figure 24).
  static const uint16_t kWaitsUs[] = {4500, 150, 150};
  there_ = true;
  for (uint16_t waitUs : kWaitsUs) {
    there_ = there_ && nibble(0x30, 0);
    delayMicroseconds(waitUs);
  }
  there_ = there_ && nibble(0x20, 0) && command(kFourBitsTwoLines) && command(kOnWithoutCursor) && command(kLeftToRight) && command(kClear);
  delayMicroseconds(2000);
  return there_;
}

void I2cLcd::line(uint8_t row, const char* text) {
  if (row >= rows() || !command(static_cast<uint8_t>(kGoTo | kRowStart[row]))) return;
  // As many characters at a time as the bus carries in 4 ms, of the 5 that it is given: 20 columns take 9 ms, where each for itself would hold the loop for 15.
  uint8_t out[1 + 4 * kAtATime];
  for (uint8_t at = 0; at < columns_;) {
    // "Data" stands before the first "enable" rises.
    size_t length = 0;
    out[length++] = kLight | kData;
    for (; length < sizeof out && at < columns_; ++at) {
      const uint8_t c = static_cast<uint8_t>(text[at]);
      const uint8_t halves[] = {static_cast<uint8_t>((c & 0xF0) | kLight | kData), static_cast<uint8_t>(c << 4 | kLight | kData)};
      for (uint8_t half : halves) {
        out[length++] = static_cast<uint8_t>(half | kEnable);
        out[length++] = half;
      }
    }
    if (!bus_->write(address_, out, length)) return;
  }
}

bool I2cLcd::byte(uint8_t value, uint8_t select) {
  return nibble(value & 0xF0, select) && nibble(static_cast<uint8_t>(value << 4), select);
}

bool I2cLcd::nibble(uint8_t high, uint8_t select) {
  const uint8_t base = static_cast<uint8_t>(high | kLight | select);
  // The falling edge of "enable" takes it. At 100 kHz each byte lasts 90 us: longer than the controller needs.
  const uint8_t pulse[] = {base, static_cast<uint8_t>(base | kEnable), base};
  return bus_->write(address_, pulse, sizeof pulse);
}

}  // namespace louver

#endif
