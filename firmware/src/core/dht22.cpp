#include "dht22.h"

namespace louver {

namespace {

// AM2302 data sheet, table 7: 70 to 85 us are a 0, 116 to 130 us a 1. Interrupts that wait their turn move an edge by some 10 us.
constexpr uint16_t kShortestUs = 55;
constexpr uint16_t kMiddleUs = 100;
constexpr uint16_t kLongestUs = 150;

constexpr int16_t kColdest = -400;
constexpr int16_t kHottest = 800;
constexpr int16_t kWettest = 1000;

}  // namespace

bool decodeDht22(const uint16_t bitsUs[kDht22Bits], Dht22Reading* reading) {
  uint32_t bytes[kDht22Bits / 8];
  for (uint32_t& byte : bytes) {
    byte = 0;
    for (int bit = 0; bit < 8; ++bit) {
      const uint16_t lengthUs = *bitsUs++;
      if (lengthUs < kShortestUs || lengthUs > kLongestUs) return false;
      byte = byte << 1 | (lengthUs > kMiddleUs ? 1U : 0U);
    }
  }
  if (((bytes[0] + bytes[1] + bytes[2] + bytes[3]) & 0xFF) != bytes[4]) return false;
  const int32_t humidity = static_cast<int32_t>(bytes[0] << 8 | bytes[1]);
  // Not two's complement: a sign, and how far from zero.
  int32_t temperature = static_cast<int32_t>((bytes[2] & 0x7F) << 8 | bytes[3]);
  if ((bytes[2] & 0x80) != 0) temperature = -temperature;
  if (humidity > kWettest || temperature < kColdest || temperature > kHottest) return false;
  *reading = {static_cast<int16_t>(temperature), static_cast<int16_t>(humidity)};
  return true;
}

}  // namespace louver
