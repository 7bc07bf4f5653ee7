// Text in buffers that never grow: what does not fit is known at the end, not cut in silence.
#ifndef LOUVER_CORE_TEXT_H
#define LOUVER_CORE_TEXT_H

#include <stddef.h>
#include <stdint.h>

namespace louver {

/// Milliseconds since 1970 in UTC; `kNoTime` when nobody knows.
typedef int64_t EpochMs;
constexpr EpochMs kNoTime = INT64_MIN;

/// Appends to a buffer, which always ends with NUL.
class Text {
 public:
  Text(char* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) { clear(); }

  void clear();
  Text& add(const char* text);
  Text& add(const char* text, size_t length);
  Text& add(char c);
  Text& addUnsigned(uint32_t value);
  /// `value` / 10^`decimals`, all of them written: 2550 with 2 is `25.50`.
  Text& addFixed(int32_t value, uint8_t decimals);
  /// `value` / 1000 without zeros behind it: 28500 is `28.5`.
  Text& addThousandths(int32_t value);
  /// `"key":`
  Text& addKey(const char* key);
  /// As a JSON string.
  Text& addQuoted(const char* text);
  /// RFC 3339 in UTC with milliseconds: `2025-10-24T12:00:00.250Z`. Years 1970 to 9999; else nothing is added and the text counts as cut.
  Text& addTime(EpochMs time);
  Text& addInt64(int64_t value);
  /// With zeros in front.
  Text& addPadded(uint32_t value, uint8_t width);
  /// The pattern, in which each `%` becomes the next one of `texts` and `#` the number.
  Text& fill(const char* pattern, const char* const* texts, uint32_t number);

  /// Something did not fit.
  bool isCut() const { return isCut_; }
  const char* c_str() const { return buffer_; }
  size_t length() const { return length_; }

 private:
  char* buffer_;
  size_t capacity_;
  size_t length_;
  bool isCut_;
};

/// A piece of somebody else's text, without NUL at its end.
struct Slice {
  const char* data;
  size_t length;

  bool is(const char* text) const;
};

/// Where the parts of a JSON number are in its text.
struct NumberParts {
  bool isNegative;
  size_t begin;  // Of its digits.
  size_t whole;  // Digits before the point.
  size_t end;    // Of all its digits, the point among them.
  int32_t exponent;
};

/// Length of the JSON number at the beginning of `text` (RFC 8259: no leading zeros, no plus, digits on both sides of the point); 0 when there is none.
size_t scanNumber(Slice text, NumberParts* parts);

/// JSON number to `value` × 10^`decimals`, further digits cut off: `-25.505` with 2 is -2550. False for what is no JSON number.
/// @param most of either sign, at most 9 × 10^17.
/// @param isExact whether nothing but zeros was cut off; may be null.
bool parseDecimal(Slice text, uint8_t decimals, int64_t most, int64_t* value, bool* isExact = nullptr);

/// The same in 32 bits.
bool parseFixed(Slice text, uint8_t decimals, int32_t* value);

/// Digits only, no sign, 0..4294967295.
bool parseUnsigned(Slice text, uint32_t* value);

/// Divides in place, bit by bit, and gives the rest: the library's division of 64 bits is a kilobyte. `by` below 2^31.
uint32_t divide(uint64_t* value, uint32_t by);

/// RFC 3339 with any fraction, of which milliseconds count, and any offset; up to 64 characters. A leap second, only at the end of a day in UTC, is the
/// second after it. False for anything else.
bool parseTime(Slice text, EpochMs* time);

}  // namespace louver

#endif
