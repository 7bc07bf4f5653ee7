#include "check.h"
#include "text.h"

using louver::EpochMs;
using louver::Slice;
using louver::Text;

static Slice slice(const char* text) {
  return {text, strlen(text)};
}

TEST(numbers_are_written_with_all_their_decimals) {
  char buffer[32];
  Text text(buffer, sizeof buffer);
  CHECK_EQ(text.addFixed(2550, 2).c_str(), "25.50");
  text.clear();
  CHECK_EQ(text.addFixed(-5, 2).c_str(), "-0.05");
  text.clear();
  CHECK_EQ(text.addFixed(INT32_MIN, 3).c_str(), "-2147483.648");
  text.clear();
  CHECK_EQ(text.addUnsigned(UINT32_MAX).add(' ').addUnsigned(0).c_str(), "4294967295 0");
  text.clear();
  CHECK_EQ(text.addInt64(INT64_MIN).c_str(), "-9223372036854775808");
}

TEST(what_does_not_fit_is_known) {
  char buffer[8];
  Text text(buffer, sizeof buffer);
  text.add("1234567");
  CHECK(!text.isCut());
  text.add('8');
  CHECK(text.isCut());
  CHECK_EQ(text.c_str(), "1234567");
  text.add("");
  CHECK_EQ(text.length(), 7);
  text.clear();
  CHECK(!text.isCut());
}

TEST(times_there_and_back) {
  char buffer[32];
  // Every 9.7 days and some of 8,000 years.
  for (EpochMs time = 0; time < 253402300799999; time += 840123457) {
    Text text(buffer, sizeof buffer);
    text.addTime(time);
    EpochMs back = -1;
    CHECK(louver::parseTime({buffer, text.length()}, &back));
    CHECK_EQ(back, time);
  }
  Text text(buffer, sizeof buffer);
  CHECK_EQ(text.addTime(951782399999).c_str(), "2000-02-28T23:59:59.999Z");
  text.clear();
  CHECK(text.addTime(louver::kNoTime).isCut());
}

TEST(times_in_every_form) {
  EpochMs time = 0;
  CHECK(louver::parseTime(slice("2025-10-24T12:00:00.25+02:00"), &time));
  CHECK_EQ(time, 1761300000250);
  CHECK(louver::parseTime(slice("2024-02-29t00:00:00z"), &time));
  CHECK_EQ(time, 1709164800000);
  CHECK(louver::parseTime(slice("2016-12-31T23:59:60.123456789Z"), &time));
  CHECK_EQ(time, 1483228800123);
  const char* bad[] = {"", "2025-10-24", "2025-10-24T12:00:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-10-24T24:00:00Z",
                       "2025-10-24T12:00:00.Z", "2025-10-24T12:00:00Z ", "2025-10-24 12:00:00Z", "2025-10-24T12:00:00+24:00", "+025-10-24T12:00:00Z"};
  for (const char* text : bad) CHECK(!louver::parseTime(slice(text), &time));
  // One byte off: nothing else is a separator, also not what differs from one in a single bit.
  const char* good = "2025-10-24T12:00:00.250-01:30";
  char changed[32];
  for (size_t at = 0; at < strlen(good); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      memcpy(changed, good, strlen(good) + 1);
      changed[at] = static_cast<char>(byte);
      const bool isDigit = byte >= '0' && byte <= '9';
      const bool isForm = byte == good[at] || (good[at] == 'T' && byte == 't') || (at == 23 && byte == '+');
      if (!isDigit && !isForm) CHECK(!louver::parseTime({changed, strlen(good)}, &time));
    }
  }
}

TEST(numbers_are_read_as_they_are_written_in_json) {
  int32_t value = 0;
  CHECK(louver::parseFixed(slice("75.5"), 2, &value));
  CHECK_EQ(value, 7550);
  CHECK(louver::parseFixed(slice("-0.009"), 2, &value));
  CHECK_EQ(value, 0);
  CHECK(louver::parseFixed(slice("1e2"), 2, &value));
  CHECK_EQ(value, 10000);
  CHECK(louver::parseFixed(slice("1234567890123456789012345e-23"), 2, &value));
  CHECK_EQ(value, 1234);
  CHECK(louver::parseFixed(slice("0e999999999999"), 2, &value));
  CHECK_EQ(value, 0);
  CHECK(louver::parseFixed(slice("0.00000000000000000000000000000001"), 2, &value));
  CHECK_EQ(value, 0);
  CHECK(louver::parseFixed(slice("21474836.47"), 2, &value));
  CHECK_EQ(value, INT32_MAX);
  const char* bad[] = {"", "-", "21474836.48", "1e400", "1.", ".5", "1e", "0x10", "NaN", "1 ", "--1", "\r5", "1e\r5", "1\x0E" "5"};
  for (const char* text : bad) CHECK(!louver::parseFixed(slice(text), 2, &value));
  int64_t wide = 0;
  CHECK(louver::parseDecimal(slice("1761307200000.75"), 0, 900000000000000000, &wide));
  CHECK_EQ(wide, 1761307200000);
  CHECK(!louver::parseDecimal(slice("9223372036854775808"), 0, 900000000000000000, &wide));
  CHECK(!louver::parseDecimal(slice("\r5"), 0, 900000000000000000, &wide));
  uint32_t small = 0;
  CHECK(louver::parseUnsigned(slice("4294967295"), &small));
  CHECK_EQ(small, UINT32_MAX);
  CHECK(!louver::parseUnsigned(slice("4294967296"), &small));
  CHECK(!louver::parseUnsigned(slice("-1"), &small));
}
