// The golden vectors of texts, numbers and times, which TypeScript reads too.
#include "check.h"
#include "json_in.h"
#include "text.h"
#include "vectors/vectors_generated.h"

using louver::EpochMs;
using louver::Slice;
using louver::Text;
namespace vectors = louver::vectors;

static Slice slice(const char* text) {
  return {text, strlen(text)};
}

TEST(vectors_of_times) {
  for (size_t i = 0; i < vectors::kTimeCount; ++i) {
    const vectors::TimeVector& vector = vectors::kTimes[i];
    EpochMs found = 0;
    const bool isRead = louver::parseTime(slice(vector.text), &found);
    CHECK_EQ(isRead, vector.valid);
    if (isRead && vector.valid) CHECK_EQ(found, vector.epochMs);
    if (isRead != vector.valid) printf("    %s\n", vector.text);
    if (!vector.canonical) continue;
    char buffer[32];
    Text text(buffer, sizeof buffer);
    CHECK(check::same(text.addTime(vector.epochMs).c_str(), vector.text));
  }
}

TEST(vectors_of_numbers) {
  for (size_t i = 0; i < vectors::kNumberCount; ++i) {
    const vectors::NumberVector& vector = vectors::kNumbers[i];
    char buffer[32];
    Text text(buffer, sizeof buffer);
    CHECK(check::same(text.addFixed(vector.value, vector.decimals).c_str(), vector.text));
  }
}

TEST(vectors_of_decimals) {
  for (size_t i = 0; i < vectors::kDecimalCount; ++i) {
    const vectors::DecimalVector& vector = vectors::kDecimals[i];
    int32_t found = 0;
    const bool isRead = louver::parseFixed(slice(vector.text), 3, &found);
    CHECK_EQ(isRead, vector.valid);
    if (isRead != vector.valid) printf("    %s\n", vector.text);
    if (isRead && vector.valid) CHECK_EQ(found, vector.thousandths);
  }
}
