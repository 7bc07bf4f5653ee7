#if defined(ARDUINO_ARCH_ESP32)
#include "esp_microphone.h"

#include <string.h>

namespace louver {

namespace {

/// Of 24 bits the lowest 11 are noise indoors: the microphone's full scale of 120 dB SPL is never reached in a room, so 30 dB are given to what is.
constexpr int kShift = 32 - 16 - 5;

int16_t sampleOf(int32_t slot) {
  const int32_t value = slot >> kShift;
  if (value > INT16_MAX) return INT16_MAX;
  if (value < INT16_MIN) return INT16_MIN;
  return static_cast<int16_t>(value);
}

}  // namespace

bool I2sMicrophone::setup(int clockPin, int wordPin, int dataPin, uint32_t sampleRateHz, int16_t* samples, uint32_t capacity) {
  samples_ = samples;
  capacity_ = capacity;
  // It gives nonsense for 2^18 clocks of its own after it has been started: 85 ms at 48 kHz, 256 ms at 16 kHz.
  settlingSamples_ = (1UL << 18) / 64U;
  i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_0, I2S_ROLE_MASTER);
  if (i2s_new_channel(&channel, nullptr, &channel_) != ESP_OK) return false;
  i2s_std_config_t config = {};
  sampleRateHz_ = sampleRateHz;
  config.clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(sampleRateHz);
  config.slot_cfg = I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO);
  config.slot_cfg.slot_mask = I2S_STD_SLOT_LEFT;
  config.gpio_cfg.mclk = I2S_GPIO_UNUSED;
  config.gpio_cfg.bclk = static_cast<gpio_num_t>(clockPin);
  config.gpio_cfg.ws = static_cast<gpio_num_t>(wordPin);
  config.gpio_cfg.dout = I2S_GPIO_UNUSED;
  config.gpio_cfg.din = static_cast<gpio_num_t>(dataPin);
  return i2s_channel_init_std_mode(channel_, &config) == ESP_OK;
}

bool I2sMicrophone::begin(uint32_t count) {
  if (channel_ == nullptr || i2s_channel_enable(channel_) != ESP_OK) return false;
  wanted_ = count < capacity_ ? count : capacity_;
  taken_ = 0;
  settling_ = settlingSamples_;
  return true;
}

bool I2sMicrophone::poll() {
  int32_t slots[64];
  // A few rounds: the loop comes by often enough for what the driver holds (six buffers of 240 samples).
  for (int round = 0; round < 8 && taken_ < wanted_; ++round) {
    size_t bytes = 0;
    i2s_channel_read(channel_, slots, sizeof slots, &bytes, 0);
    if (bytes == 0) break;
    for (size_t at = 0; at < bytes / sizeof slots[0] && taken_ < wanted_; ++at) {
      if (settling_ > 0) {
        --settling_;
      } else {
        samples_[taken_++] = sampleOf(slots[at]);
      }
    }
  }
  if (wanted_ == 0 || taken_ < wanted_) return false;
  i2s_channel_disable(channel_);
  wanted_ = 0;
  return true;
}

bool I2sMicrophone::read(uint32_t offset, uint8_t* to, uint32_t length) {
  if (offset > size() || length > size() - offset) return false;
  // The processor is little endian, as the samples are on the wire.
  memcpy(to, reinterpret_cast<const uint8_t*>(samples_) + offset, length);
  return true;
}

}  // namespace louver

#endif
