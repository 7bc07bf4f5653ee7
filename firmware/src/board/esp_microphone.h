// An INMP441 on I2S: 24-bit samples in 32-bit slots, of which 16 bits are kept.
#ifndef LOUVER_BOARD_ESP_MICROPHONE_H
#define LOUVER_BOARD_ESP_MICROPHONE_H
#if defined(ARDUINO_ARCH_ESP32)

#include <driver/i2s_std.h>

#include "../core/ports.h"

namespace louver {

/// Fills a buffer of s16le samples, a bit with each `poll`, and is then their source. The buffer is the sketch's: 64,000 bytes for 2 s at 16 kHz.
class I2sMicrophone : public Recorder {
 public:
  bool setup(int clockPin, int wordPin, int dataPin, uint32_t sampleRateHz, int16_t* samples, uint32_t capacity);

  /// Begins a recording of `count` samples, at most what fits.
  bool begin(uint32_t count) override;
  /// Takes what has come, without waiting. True when the recording is whole.
  bool poll() override;

  uint32_t sampleRateHz() const override { return sampleRateHz_; }
  uint32_t size() const override { return taken_ * 2U; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override;

 private:
  i2s_chan_handle_t channel_ = nullptr;
  int16_t* samples_ = nullptr;
  uint32_t sampleRateHz_ = 1;
  uint32_t capacity_ = 0;
  uint32_t wanted_ = 0;
  uint32_t taken_ = 0;
  uint32_t settling_ = 0;
  uint32_t settlingSamples_ = 0;
};

}  // namespace louver

#endif
#endif
