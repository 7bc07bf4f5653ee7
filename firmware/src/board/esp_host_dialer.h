// Plain TCP from an ESP32 to a host beside the broker. What waits does so in a task that is there only meanwhile.
#ifndef LOUVER_BOARD_ESP_HOST_DIALER_H
#define LOUVER_BOARD_ESP_HOST_DIALER_H
#if defined(ARDUINO_ARCH_ESP32)

#include "../core/ports.h"
#include "../core/protocol_generated.h"

namespace louver {

/// Needs the WiFi that the way to the broker has joined.
class EspHostDialer : public HostDialer {
 public:
  void begin(const char* host, size_t length, uint16_t port) override;
  Dial poll() override;
  int read(uint8_t* to, size_t capacity) override;
  int write(const uint8_t* from, size_t length) override;
  void close() override;

 private:
  static void taskMain(void* self);
  int dial() const;

  static constexpr uint32_t kStackBytes = 4096;

  char host_[protocol::kOtaUrlMax] = "";
  char port_[6] = "";
  // While it dials all of this is the task's, then the loop's.
  volatile bool isDialling_ = false;
  volatile bool isGivenUp_ = false;
  volatile int socket_ = -1;
};

}  // namespace louver

#endif
#endif
