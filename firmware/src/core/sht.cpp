#include "sht.h"

namespace louver {

namespace {

// SHT3x-DIS data sheet (version 7), tables 4 and 9; SHT4x (version 6.6), tables 5 and 8. One time for both: the longest measurement, of a SHT3x below 2.4 V, is
// 15.5 ms, a reset takes up to 1.5 ms, and of two ticks that differ by one only a moment may have passed.
constexpr uint16_t kMeasure3x = 0x2400;  // Without clock stretching: it would hold the bus.
constexpr uint8_t kMeasure4x = 0xFD;
constexpr uint16_t kReset3x = 0x30A2;
constexpr uint8_t kReset4x = 0x94;
constexpr uint32_t kWaitMs = 17;

constexpr uint8_t kResetAfter = 3;

/// A word and its CRC-8 (polynomial 0x31, from 0xFF): over both it is 0.
bool isWhole(const uint8_t bytes[3]) {
  uint32_t crc = 0xFF;
  for (int i = 0; i < 3; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if (crc > 0xFF) crc ^= 0x131;
    }
  }
  return crc == 0;
}

/// `span` * word / 65535, rounded; at most 17500 * 65535, which fits.
int32_t scaled(const uint8_t bytes[2], uint32_t span) {
  return static_cast<int32_t>((span * static_cast<uint32_t>(bytes[0] << 8 | bytes[1]) + 32767) / 65535);
}

}  // namespace

bool Sht::send(uint16_t sht3x, uint8_t sht4x) {
  const uint8_t command[] = {static_cast<uint8_t>(sht3x >> 8), static_cast<uint8_t>(sht3x)};
  return model_ == ShtModel::kSht3x ? bus_.write(address_, command, 2) : bus_.write(address_, &sht4x, 1);
}

ShtPoll Sht::failed(uint32_t* count) {
  ++*count;
  ++failedInRow_;
  state_ = State::kIdle;
  return ShtPoll::kFailed;
}

ShtPoll Sht::poll() {
  if (state_ == State::kIdle) return ShtPoll::kIdle;
  const uint32_t now = ticks_.nowMs();
  if (state_ != State::kAsked && now - sinceMs_ < kWaitMs) return ShtPoll::kPending;
  if (state_ == State::kMeasuring) {
    uint8_t bytes[6];
    if (!bus_.read(address_, bytes, sizeof bytes)) return failed(&unanswered_);
    if (!isWhole(bytes) || !isWhole(bytes + 3)) return failed(&corrupted_);
    state_ = State::kIdle;
    failedInRow_ = 0;
    temperature_ = scaled(bytes, 17500) - 4500;
    humidity_ = model_ == ShtModel::kSht3x ? scaled(bytes + 3, 10000) : scaled(bytes + 3, 12500) - 600;
    // The scale of a SHT4x reaches beyond what there is.
    if (humidity_ < 0) humidity_ = 0;
    if (humidity_ > 10000) humidity_ = 10000;
    return ShtPoll::kReady;
  }
  sinceMs_ = now;
  if (failedInRow_ >= kResetAfter) {
    // Whether it is heard shows in what follows.
    failedInRow_ = 0;
    send(kReset3x, kReset4x);
    state_ = State::kResetting;
    return ShtPoll::kPending;
  }
  if (!send(kMeasure3x, kMeasure4x)) return failed(&unanswered_);
  state_ = State::kMeasuring;
  return ShtPoll::kPending;
}

Measured Sht::poll(Climate* climate) {
  const ShtPoll found = poll();
  *climate = {static_cast<int16_t>(temperature_), static_cast<uint16_t>(humidity_)};
  return found == ShtPoll::kReady ? Measured::kDone : found == ShtPoll::kFailed ? Measured::kFailed : Measured::kPending;
}

}  // namespace louver
