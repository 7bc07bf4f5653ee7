// A partition of its own for what waits to be sent: firmware/partitions.csv names it.
#ifndef LOUVER_BOARD_ESP_FLASH_H
#define LOUVER_BOARD_ESP_FLASH_H
#if defined(ARDUINO_ARCH_ESP32)

#include <esp_partition.h>

#include "../core/ports.h"

namespace louver {

class PartitionFlash : public Flash {
 public:
  /// False when the partition table has no data partition of that name.
  bool setup(const char* name = "louverlog") {
    partition_ = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, name);
    return partition_ != nullptr;
  }

  uint32_t size() const override { return partition_ == nullptr ? 0 : partition_->size; }
  uint32_t sectorSize() const override { return 4096; }

  bool read(uint32_t offset, void* to, uint32_t length) override {
    return partition_ != nullptr && esp_partition_read(partition_, offset, to, length) == ESP_OK;
  }

  bool program(uint32_t offset, const void* from, uint32_t length) override {
    return partition_ != nullptr && esp_partition_write(partition_, offset, from, length) == ESP_OK;
  }

  bool erase(uint32_t offset) override {
    return partition_ != nullptr && esp_partition_erase_range(partition_, offset, sectorSize()) == ESP_OK;
  }

 private:
  const esp_partition_t* partition_ = nullptr;
};

}  // namespace louver

#endif
#endif
