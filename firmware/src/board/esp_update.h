// The two application partitions of an ESP32 as places for an image.
#ifndef LOUVER_BOARD_ESP_UPDATE_H
#define LOUVER_BOARD_ESP_UPDATE_H
#if defined(ARDUINO_ARCH_ESP32)

#include <esp_ota_ops.h>

#include "../core/ports.h"

namespace louver {

class EspUpdateSlots : public UpdateSlots {
 public:
  uint32_t capacity() const override;
  bool begin(uint32_t size) override;
  bool write(uint32_t offset, const uint8_t* from, uint32_t length) override;
  bool switchBoot() override;
  void markValid() override;
  bool onTrial() const override;
  void restart() override;
  void abort() override;
  uint32_t tried() const override;
  bool setTried(uint32_t manifest) override;

 private:
  const esp_partition_t* slot_ = nullptr;
  esp_ota_handle_t handle_ = 0;
  uint32_t written_ = 0;
};

}  // namespace louver

#endif
#endif
