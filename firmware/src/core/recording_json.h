// A recording as it is sent [P-3], made from its samples wherever one asks: 85 kB of text that are nowhere in memory.
#ifndef LOUVER_CORE_RECORDING_JSON_H
#define LOUVER_CORE_RECORDING_JSON_H

#include "flash_log.h"
#include "ports.h"
#include "text.h"

namespace louver {

/// `{"data":"<base64 of a WAV file>","sample_rate":16000,"duration":2.000,"timestamp":…,"seq":…,"boot":…}`, byte for byte the same whenever it is read.
class RecordingJson : public ByteSource {
 public:
  /// For what stands behind the samples.
  static constexpr size_t kTailBytes = 128;

  /// @param samples s16le, mono; longer ones than 1.5 MB would not be taken [P-6].
  /// @param sampleRateHz at least 1.
  /// @param tail of `kTailBytes`, left alone until the recording is sent. All three must outlive it.
  void begin(ByteSource& samples, uint32_t sampleRateHz, char* tail, EpochMs time, Sequence sequence);

  uint32_t size() const override { return kHeadLength + base64Length_ + tailLength_; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override;

 private:
  static constexpr uint32_t kWavHead = 44;
  static constexpr uint32_t kHeadLength = 9;  // `{"data":"`

  bool wav(uint32_t offset, uint8_t* to, uint32_t length);
  uint8_t wavHead(uint32_t at) const;

  ByteSource* samples_ = nullptr;
  const char* tail_ = nullptr;
  uint32_t sampleRateHz_ = 0;
  uint32_t wavLength_ = 0;
  uint32_t base64Length_ = 0;
  uint32_t tailLength_ = 0;
};

}  // namespace louver

#endif
