// A character display (HD44780) behind the I2C expander PCF8574, as most 16x2 modules have it.
#ifndef LOUVER_BOARD_ESP_LCD_H
#define LOUVER_BOARD_ESP_LCD_H
#if defined(ARDUINO_ARCH_ESP32)

#include <Arduino.h>

#include "../core/ports.h"

namespace louver {

class I2cLcd : public TextDisplay {
 public:
  /// Waits some 10 ms: only for setup. False when nobody answers at `address` (0x27 or 0x3F).
  bool setup(I2cBus& bus, uint8_t address = 0x27, uint8_t columns = 16, uint8_t rows = 2);
  uint8_t columns() const override { return columns_; }
  uint8_t rows() const override { return there_ ? rows_ : 0; }
  void line(uint8_t row, const char* text) override;

 private:
  bool command(uint8_t value) { return byte(value, 0); }
  bool byte(uint8_t value, uint8_t select);
  bool nibble(uint8_t high, uint8_t select);

  I2cBus* bus_ = nullptr;
  uint8_t address_ = 0;
  uint8_t columns_ = 0;
  uint8_t rows_ = 0;
  bool there_ = false;
};

}  // namespace louver

#endif
#endif
