#include "recording_json.h"

#include "base64.h"

#include <string.h>

#include "protocol_generated.h"
#include "reading_json.h"

namespace louver {

namespace {

constexpr char kHead[] = "{\"data\":\"";

uint8_t byteOf(uint32_t value, uint32_t at) {
  return static_cast<uint8_t>(value >> (8 * at));
}

}  // namespace

void RecordingJson::begin(ByteSource& samples, uint32_t sampleRateHz, char* tail, EpochMs time, Sequence sequence) {
  static_assert(sizeof kHead - 1 == kHeadLength, "the head is counted");
  samples_ = &samples;
  sampleRateHz_ = sampleRateHz;
  tail_ = tail;
  wavLength_ = kWavHead + (samples.size() & ~1U);
  base64Length_ = (wavLength_ + 2) / 3 * 4;
  const uint32_t count = samples.size() / 2;
  // Whole seconds and the rest apart: count × 1000 would not fit in 32 bits.
  const uint32_t ms = count / sampleRateHz * 1000 + count % sampleRateHz * 1000 / sampleRateHz;
  Text text(tail, kTailBytes);
  text.add("\",").addKey(protocol::kKeySampleRate).addUnsigned(sampleRateHz);
  text.add(',').addKey(protocol::kKeyDuration).addFixed(static_cast<int32_t>(ms), 3);
  addNumbering(&text, time, sequence);
  tailLength_ = static_cast<uint32_t>(text.length());
}

bool RecordingJson::read(uint32_t offset, uint8_t* to, uint32_t length) {
  if (offset > size() || length > size() - offset) return false;
  while (length > 0) {
    if (offset < kHeadLength) {
      *to++ = static_cast<uint8_t>(kHead[offset]);
      ++offset;
      --length;
      continue;
    }
    if (offset >= kHeadLength + base64Length_) {
      memcpy(to, tail_ + (offset - kHeadLength - base64Length_), length);
      return true;
    }
    // Up to 16 groups at a time: three bytes are four characters.
    const uint32_t at = offset - kHeadLength;
    const uint32_t first = at / 4 * 3;
    uint8_t bytes[48] = {};
    uint32_t count = wavLength_ - first;
    if (count > sizeof bytes) count = sizeof bytes;
    if (!wav(first, bytes, count)) return false;
    for (uint32_t i = at % 4; i < (count + 2) / 3 * 4 && length > 0; ++i, ++offset, --length) {
      const uint8_t* group = bytes + i / 4 * 3;
      const uint32_t bits = static_cast<uint32_t>(group[0]) << 16 | static_cast<uint32_t>(group[1]) << 8 | group[2];
      // What is behind the last byte is padding.
      const bool isThere = i / 4 * 3 + i % 4 <= count;
      *to++ = static_cast<uint8_t>(isThere ? kBase64[bits >> (18 - 6 * (i % 4)) & 63] : '=');
    }
  }
  return true;
}

bool RecordingJson::wav(uint32_t offset, uint8_t* to, uint32_t length) {
  for (; offset < kWavHead && length > 0; ++offset, --length) *to++ = wavHead(offset);
  return length == 0 || samples_->read(offset - kWavHead, to, length);
}

/// RIFF, PCM, one channel, 16 bits.
uint8_t RecordingJson::wavHead(uint32_t at) const {
  static const char kFrame[] = "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\2\0\20\0data\0\0\0\0";
  if (at >= 4 && at < 8) return byteOf(wavLength_ - 8, at - 4);
  if (at >= 24 && at < 28) return byteOf(sampleRateHz_, at - 24);
  if (at >= 28 && at < 32) return byteOf(sampleRateHz_ * 2, at - 28);
  if (at >= 40) return byteOf(wavLength_ - kWavHead, at - 40);
  return static_cast<uint8_t>(kFrame[at]);
}

}  // namespace louver
