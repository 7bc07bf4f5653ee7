// Ports that are one call on an ESP32: ticks, random numbers, pins, the I2C bus, the watchdog.
#ifndef LOUVER_BOARD_ESP_SMALL_PORTS_H
#define LOUVER_BOARD_ESP_SMALL_PORTS_H
#if defined(ARDUINO_ARCH_ESP32)

#include <Arduino.h>
#include <Wire.h>
#include <esp_random.h>
#include <esp_task_wdt.h>

#include "../core/ports.h"

namespace louver {

class EspTicks : public Ticks {
 public:
  uint32_t nowMs() override { return millis(); }
};

/// True random numbers once WiFi is on; before it the generator is still fed by the boot loader's noise.
class EspRandom : public Random {
 public:
  uint32_t next() override { return esp_random(); }
};

class EspPin : public OutputPin {
 public:
  /// @param activeLow For relay boards that switch on at 0 V.
  void setup(uint8_t pin, bool activeLow = false) {
    pin_ = pin;
    activeLow_ = activeLow;
    pinMode(pin_, OUTPUT);
    set(false);
  }
  void set(bool on) override { digitalWrite(pin_, on != activeLow_ ? HIGH : LOW); }

 private:
  uint8_t pin_ = 0;
  bool activeLow_ = false;
};

class EspI2c : public I2cBus {
 public:
  void setup(int sda, int scl) {
    Wire.begin(sda, scl, 100000U);
    // A sensor that holds the clock must not hold the loop.
    Wire.setTimeOut(5);
  }

  bool write(uint8_t address, const uint8_t* from, size_t length) override {
    Wire.beginTransmission(address);
    if (Wire.write(from, length) != length) return false;
    return Wire.endTransmission() == 0;
  }

  bool read(uint8_t address, uint8_t* to, size_t length) override {
    if (Wire.requestFrom(address, length) != length) return false;
    for (size_t at = 0; at < length; ++at) to[at] = static_cast<uint8_t>(Wire.read());
    return true;
  }
};

/// The task watchdog: the board restarts when the loop has not come round for `timeoutMs`.
class EspWatchdog : public Watchdog {
 public:
  void setup(uint32_t timeoutMs = 15000) {
    const esp_task_wdt_config_t config = {timeoutMs, 0, true};
    // The Arduino core has it running already: it is set to our time then.
    if (esp_task_wdt_init(&config) == ESP_ERR_INVALID_STATE) esp_task_wdt_reconfigure(&config);
    esp_task_wdt_add(nullptr);
  }
  void feed() override { esp_task_wdt_reset(); }
};

}  // namespace louver

#endif
#endif
