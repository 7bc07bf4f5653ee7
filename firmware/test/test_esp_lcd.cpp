// The board's file itself, on a controller that lives here behind the expander's pins.
#define ARDUINO_ARCH_ESP32
#include "../src/board/esp_lcd.cpp"

#include "check.h"

namespace {

/// An HD44780 in 4-bit mode behind a PCF8574: takes what is on its pins when "enable" falls.
struct FakeLcd : louver::I2cBus {
  char memory[128];
  uint8_t cursor = 0;
  uint8_t pins = 0;
  uint8_t high = 0;
  bool isSecond = false;
  bool isFourBits = false;
  bool isRushed = false;
  bool isThere = true;
  size_t longest = 0;
  size_t bytes = 0;

  FakeLcd() { memset(memory, '?', sizeof memory); }
  bool write(uint8_t address, const uint8_t* from, size_t length) override {
    if (address != 0x27 || !isThere) return false;
    if (length > longest) longest = length;
    // Address byte and its stop.
    bytes += length + 1;
    for (size_t i = 0; i < length; ++i) {
      // "Register select" must stand before "enable" rises.
      if ((pins & 4) == 0 && (from[i] & 4) != 0 && ((pins ^ from[i]) & 1) != 0) isRushed = true;
      if ((pins & 4) != 0 && (from[i] & 4) == 0) fall(pins);
      pins = from[i];
    }
    return true;
  }
  bool read(uint8_t, uint8_t*, size_t) override { return false; }
  void fall(uint8_t value) {
    if (!isFourBits) {
      isFourBits = value >> 4 == 2;
      return;
    }
    if (!isSecond) {
      high = value & 0xF0;
      isSecond = true;
      return;
    }
    isSecond = false;
    const uint8_t byte = static_cast<uint8_t>(high | value >> 4);
    if ((value & 1) != 0) {
      memory[cursor++ & 0x7F] = static_cast<char>(byte);
    } else if ((byte & 0x80) != 0) {
      cursor = byte & 0x7F;
    } else if (byte == 1) {
      memset(memory, ' ', sizeof memory);
      cursor = 0;
    }
  }
};

}  // namespace

void delayMicroseconds(uint32_t) {}

TEST(lines_of_all_rows_arrive_whole) {
  FakeLcd bus;
  louver::I2cLcd lcd;
  CHECK(lcd.setup(bus, 0x27, 20, 4));
  const char* texts[] = {"25.4\xDF" "C              ", "60.0%rh             ", "Win 76%>            ", "abcdefghijklmnopqrst"};
  const uint8_t starts[] = {0x00, 0x40, 0x14, 0x54};
  bus.longest = 0;
  for (uint8_t row = 0; row < 4; ++row) {
    bus.bytes = 0;
    lcd.line(row, texts[row]);
    // 90 us each at 100 kHz: within the 10 ms that a loop may take.
    CHECK(bus.bytes * 90 < 9500);
  }
  for (uint8_t row = 0; row < 4; ++row) CHECK(memcmp(bus.memory + starts[row], texts[row], 20) == 0);
  // Within the 5 ms that EspI2c gives a transfer, and what Wire can hold.
  CHECK((bus.longest + 1) * 90 < 5000);
  CHECK(!bus.isRushed);
}

TEST(a_line_that_is_not_there_and_a_display_that_is_not) {
  FakeLcd bus;
  louver::I2cLcd lcd;
  CHECK(lcd.setup(bus, 0x27, 16, 2));
  lcd.line(0, "0123456789abcdef");
  lcd.line(2, "################");
  CHECK(memcmp(bus.memory, "0123456789abcdef ", 17) == 0 && bus.memory[0x14] == ' ');
  bus.isThere = false;
  bus.bytes = 0;
  lcd.line(0, "################");
  CHECK_EQ(bus.bytes, 0);
  louver::I2cLcd other;
  CHECK(!other.setup(bus, 0x27));
  CHECK_EQ(other.rows(), 0);
}
