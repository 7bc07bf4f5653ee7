// What an ESP32 can tell of itself, and what it keeps over a restart.
#ifndef LOUVER_BOARD_ESP_BOARD_H
#define LOUVER_BOARD_ESP_BOARD_H
#if defined(ARDUINO_ARCH_ESP32)

#include <Arduino.h>
#include <Preferences.h>
#include <esp_system.h>
#include <sys/time.h>

#include "../core/ports.h"
#include "esp_dialer.h"

namespace louver {

/// Values by name in NVS, which writes all of one or nothing of it.
class EspStore : public Store {
 public:
  bool load(const char* name, void* to, uint16_t length) override {
    Preferences store;
    if (!store.begin(kSpace, true)) return false;
    const bool is = store.getBytesLength(name) == length && store.getBytes(name, to, length) == length;
    store.end();
    return is;
  }

  bool save(const char* name, const void* from, uint16_t length) override {
    Preferences store;
    if (!store.begin(kSpace)) return false;
    const bool is = store.putBytes(name, from, length) == length;
    store.end();
    return is;
  }

 private:
  static constexpr char kSpace[] = "louver";
};

class EspBoard : public Board {
 public:
  /// @param led blinks when the device is asked which one it is; below 0: none.
  /// @param timeServer for SNTP; null: the backend is asked for the time.
  void setup(EspDialer& dialer, int led = -1, const char* timeServer = nullptr) {
    dialer_ = &dialer;
    led_ = led;
    if (led_ >= 0) pinMode(static_cast<uint8_t>(led_), OUTPUT);
    if (timeServer != nullptr) configTime(0, 0, timeServer);
  }

  /// Call it in the loop: it blinks while it has been asked to.
  void poll() {
    if (led_ < 0 || !isBlinking_) return;
    const uint32_t passedMs = millis() - askedMs_;
    isBlinking_ = passedMs < 10000;
    digitalWrite(static_cast<uint8_t>(led_), isBlinking_ && passedMs / 250 % 2 == 0 ? HIGH : LOW);
  }

  const char* resetReason() override {
    switch (esp_reset_reason()) {
      case ESP_RST_POWERON: return "power-on";
      case ESP_RST_SW: return "restart";
      case ESP_RST_PANIC: return "panic";
      case ESP_RST_INT_WDT:
      case ESP_RST_TASK_WDT:
      case ESP_RST_WDT: return "watchdog";
      case ESP_RST_BROWNOUT: return "brownout";
      default: return "other";
    }
  }

  int8_t rssiDbm() override { return dialer_->rssiDbm(); }
  uint32_t freeHeapBytes() override { return ESP.getFreeHeap(); }

  /// Before SNTP has set it the clock is in 1970: the core takes that for what it is.
  int64_t utcMs() override {
    timeval now;
    gettimeofday(&now, nullptr);
    return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_usec / 1000;
  }

  void identify() override {
    askedMs_ = millis();
    isBlinking_ = true;
  }

  void restart() override { ESP.restart(); }

 private:
  EspDialer* dialer_ = nullptr;
  int led_ = -1;
  uint32_t askedMs_ = 0;
  bool isBlinking_ = false;
};

}  // namespace louver

#endif
#endif
