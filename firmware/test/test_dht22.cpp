#include "check.h"
#include "dht22.h"

using louver::Dht22Reading;

namespace {

constexpr uint16_t kZeroUs = 77;
constexpr uint16_t kOneUs = 121;

struct Pulses {
  uint16_t us[louver::kDht22Bits];
  Pulses(uint16_t humidity, uint16_t temperature) {
    const uint8_t sum = static_cast<uint8_t>((humidity >> 8) + humidity + (temperature >> 8) + temperature);
    const uint64_t bits = static_cast<uint64_t>(humidity) << 24 | static_cast<uint64_t>(temperature) << 8 | sum;
    for (int i = 0; i < 40; ++i) us[i] = (bits >> (39 - i) & 1) != 0 ? kOneUs : kZeroUs;
  }
};

bool decode(const Pulses& pulses, Dht22Reading* reading) {
  return louver::decodeDht22(pulses.us, reading);
}

}  // namespace

TEST(the_example_of_the_data_sheet) {
  // 0000 0010 1000 1100, 0000 0001 0101 1111, sum 1110 1110: 65.2 % and 35.1 degrees.
  const char* bits = "0000001010001100000000010101111111101110";
  uint16_t us[40];
  for (int i = 0; i < 40; ++i) us[i] = bits[i] == '1' ? kOneUs : kZeroUs;
  Dht22Reading reading;
  CHECK(louver::decodeDht22(us, &reading));
  CHECK_EQ(reading.humidity, 652);
  CHECK_EQ(reading.temperature, 351);
}

TEST(below_zero_is_a_sign_and_a_size) {
  Dht22Reading reading;
  CHECK(decode(Pulses(652, 0x8000 | 101), &reading));
  CHECK_EQ(reading.temperature, -101);
  CHECK(decode(Pulses(652, 0x8000), &reading));
  CHECK_EQ(reading.temperature, 0);
  CHECK(decode(Pulses(652, 0x8001), &reading));
  CHECK_EQ(reading.temperature, -1);
}

TEST(only_what_the_sensor_can_measure) {
  Dht22Reading reading = {1, 2};
  CHECK(decode(Pulses(0, 0x8000 | 400), &reading) && reading.temperature == -400 && reading.humidity == 0);
  CHECK(decode(Pulses(1000, 800), &reading) && reading.temperature == 800 && reading.humidity == 1000);
  reading = {1, 2};
  CHECK(!decode(Pulses(1001, 250), &reading));
  CHECK(!decode(Pulses(500, 801), &reading));
  CHECK(!decode(Pulses(500, 0x8000 | 401), &reading));
  CHECK(!decode(Pulses(0xFFFF, 250), &reading));
  CHECK(!decode(Pulses(500, 0xFFFF), &reading));
  CHECK(!decode(Pulses(500, 0x7FFF), &reading));
  CHECK(reading.temperature == 1 && reading.humidity == 2);
}

TEST(every_bit_that_is_read_wrong_is_found) {
  for (int i = 0; i < 40; ++i) {
    Pulses pulses(652, 351);
    pulses.us[i] = pulses.us[i] == kOneUs ? kZeroUs : kOneUs;
    Dht22Reading reading;
    CHECK(!decode(pulses, &reading));
  }
}

TEST(pulses_as_short_and_as_long_as_the_data_sheet_allows) {
  Pulses pulses(652, 351);
  for (int i = 0; i < 40; ++i) pulses.us[i] = static_cast<uint16_t>(pulses.us[i] == kOneUs ? (i % 2 != 0 ? 116 : 130) : (i % 2 != 0 ? 70 : 85));
  Dht22Reading reading;
  CHECK(decode(pulses, &reading));
  CHECK_EQ(reading.temperature, 351);
  const uint16_t wrong[] = {0, 40, 160, 1000, UINT16_MAX};
  for (uint16_t us : wrong) {
    for (int i = 0; i < 40; ++i) {
      Pulses bad(652, 351);
      bad.us[i] = us;
      CHECK(!decode(bad, &reading));
    }
  }
}
