// The way from an ESP32 to the broker: WiFi, name, TCP, TLS. What waits does so in a task of its own; the loop only asks how far it is.
#ifndef LOUVER_BOARD_ESP_DIALER_H
#define LOUVER_BOARD_ESP_DIALER_H
#if defined(ARDUINO_ARCH_ESP32)

#include <esp_tls.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

#include "../core/ports.h"

namespace louver {

/// Where the broker is. The texts must outlive the dialer.
struct BrokerAddress {
  const char* wifiName;
  const char* wifiPassword;
  const char* host;
  uint16_t port;
  /// PEM of the authority that signed the broker's certificate; null: plain TCP, for a network that you trust.
  const char* authorityPem;
  /// PEM of the device's own certificate and key, for brokers that ask for it; null: none.
  const char* certificatePem;
  const char* keyPem;
};

/// Dialer and stream over esp_tls. One for a program: its task has a stack of its own.
class EspDialer : public Dialer, private Stream {
 public:
  /// Starts the task; call once, in setup.
  void setup(const BrokerAddress& address);

  void begin() override;
  Dial poll() override;
  Stream& stream() override { return *this; }

  /// Of the access point, in dBm; 0 while there is none.
  int8_t rssiDbm() const;

 private:
  int read(uint8_t* to, size_t capacity) override;
  int write(const uint8_t* from, size_t length) override;
  void close() override;

  static void taskMain(void* self);
  bool dial();
  bool joinWifi();

  static constexpr uint32_t kStackBytes = 8192;  // A TLS handshake takes some 6 kB of it.

  BrokerAddress address_ = {};
  TaskHandle_t task_ = nullptr;
  StaticTask_t taskMemory_ = {};
  StackType_t stack_[kStackBytes / sizeof(StackType_t)] = {};
  esp_tls_t* connection_ = nullptr;
  // Written by the task when it has ended a dial, by the loop when it begins one: never by both at a time.
  volatile Dial state_ = Dial::kFailed;
  // The loop may begin anew while the task still dials: what that one opens is then closed and dialled again.
  volatile uint32_t asked_ = 0;
};

}  // namespace louver

#endif
#endif
