#if defined(ARDUINO_ARCH_ESP32)
#include "esp_update.h"

#include <Arduino.h>
#include <Preferences.h>

// The Arduino core calls every image good as soon as it starts, unless the sketch asks it not to: ours is good when it has met its broker.
extern "C" bool verifyRollbackLater() {
  return true;
}

namespace louver {

namespace {

constexpr char kStore[] = "louver-ota";
constexpr char kTried[] = "tried";

}  // namespace

uint32_t EspUpdateSlots::capacity() const {
  const esp_partition_t* next = esp_ota_get_next_update_partition(nullptr);
  return next == nullptr ? 0 : next->size;
}

bool EspUpdateSlots::begin(uint32_t size) {
  slot_ = esp_ota_get_next_update_partition(nullptr);
  written_ = 0;
  // Erases as it writes: the whole at once would hold the loop for seconds.
  if (slot_ != nullptr && size <= slot_->size && esp_ota_begin(slot_, OTA_WITH_SEQUENTIAL_WRITES, &handle_) == ESP_OK) return true;
  slot_ = nullptr;
  return false;
}

bool EspUpdateSlots::write(uint32_t offset, const uint8_t* from, uint32_t length) {
  if (slot_ == nullptr || offset != written_ || esp_ota_write(handle_, from, length) != ESP_OK) return false;
  written_ += length;
  return true;
}

bool EspUpdateSlots::switchBoot() {
  const esp_partition_t* const slot = slot_;
  if (slot == nullptr) return false;
  // Whatever it says, the handle is gone: there is nothing to abort any more.
  slot_ = nullptr;
  return esp_ota_end(handle_) == ESP_OK && esp_ota_set_boot_partition(slot) == ESP_OK;
}

void EspUpdateSlots::markValid() {
  esp_ota_mark_app_valid_cancel_rollback();
}

bool EspUpdateSlots::onTrial() const {
  esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
  return esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK && state == ESP_OTA_IMG_PENDING_VERIFY;
}

void EspUpdateSlots::restart() {
  ESP.restart();
}

void EspUpdateSlots::abort() {
  if (slot_ != nullptr) esp_ota_abort(handle_);
  slot_ = nullptr;
}

uint32_t EspUpdateSlots::tried() const {
  Preferences store;
  if (!store.begin(kStore, true)) return 0;
  const uint32_t manifest = store.getUInt(kTried, 0);
  store.end();
  return manifest;
}

bool EspUpdateSlots::setTried(uint32_t manifest) {
  Preferences store;
  if (!store.begin(kStore)) return false;
  const bool isKept = store.putUInt(kTried, manifest) == sizeof manifest;
  store.end();
  return isKept;
}

}  // namespace louver

#endif
