#include "text.h"

#include <string.h>

namespace louver {

namespace {

constexpr uint32_t kMsPerDay = 86400000;
/// 9999-12-31T23:59:59.999Z
constexpr EpochMs kLastTime = 253402300799999;
constexpr size_t kLongestTime = 64;

/// Days since 1970-01-01 of a date of the Gregorian calendar, and back (Hinnant, "chrono-compatible low-level date algorithms", 2013).
int32_t daysOf(int32_t year, int32_t month, int32_t day) {
  if (month <= 2) --year;
  const int32_t era = (year < 0 ? year - 399 : year) / 400;
  const int32_t yearOfEra = year - era * 400;
  const int32_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

void dateOf(int32_t days, int32_t* year, int32_t* month, int32_t* day) {
  const int32_t z = days + 719468;
  const int32_t era = z / 146097;
  const int32_t dayOfEra = z - era * 146097;
  const int32_t yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const int32_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const int32_t shifted = (5 * dayOfYear + 2) / 153;
  *day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  *month = shifted < 10 ? shifted + 3 : shifted - 9;
  *year = yearOfEra + era * 400 + (*month <= 2 ? 1 : 0);
}

int32_t daysOfMonth(int32_t year, int32_t month) {
  static const uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))) return 29;
  return kDays[month - 1];
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Behind the digits at `at`.
size_t pastDigits(Slice text, size_t at) {
  while (at < text.length && isDigit(text.data[at])) ++at;
  return at;
}

/// Exactly `count` digits at `*at`, which moves on.
bool digits(Slice text, size_t* at, size_t count, int32_t* value) {
  int32_t sum = 0;
  for (; count > 0; --count) {
    if (*at >= text.length || !isDigit(text.data[*at])) return false;
    sum = sum * 10 + (text.data[(*at)++] - '0');
  }
  *value = sum;
  return true;
}

/// `wanted` is no capital letter; of letters both are taken.
bool next(Slice text, size_t* at, char wanted) {
  if (*at >= text.length) return false;
  char c = text.data[*at];
  // Only letters: a carriage return with this bit would be a minus.
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  if (c != wanted) return false;
  ++*at;
  return true;
}

}  // namespace

void Text::clear() {
  length_ = 0;
  isCut_ = capacity_ == 0;
  if (capacity_ > 0) buffer_[0] = '\0';
}

Text& Text::add(const char* text) {
  return add(text, strlen(text));
}

Text& Text::add(const char* text, size_t length) {
  if (isCut_ || length >= capacity_ - length_) {
    isCut_ = true;
    return *this;
  }
  memcpy(buffer_ + length_, text, length);
  length_ += length;
  buffer_[length_] = '\0';
  return *this;
}

Text& Text::add(char c) {
  return add(&c, 1);
}

Text& Text::addUnsigned(uint32_t value) {
  return addInt64(value);
}

Text& Text::addInt64(int64_t value) {
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (value < 0) add('-');
  char buffer[20];
  size_t at = sizeof buffer;
  do {
    buffer[--at] = static_cast<char>('0' + divide(&rest, 10));
  } while (rest > 0);
  return add(buffer + at, sizeof buffer - at);
}

/// With zeros in front.
Text& Text::addPadded(uint32_t value, uint8_t width) {
  char buffer[10];
  for (uint8_t at = width; at > 0; value /= 10) buffer[--at] = static_cast<char>('0' + value % 10);
  return add(buffer, width);
}

Text& Text::addFixed(int32_t value, uint8_t decimals) {
  uint32_t scale = 1;
  for (uint8_t i = 0; i < decimals; ++i) scale *= 10;
  const uint32_t size = value < 0 ? 0 - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
  if (value < 0) add('-');
  addUnsigned(size / scale);
  return decimals == 0 ? *this : add('.').addPadded(size % scale, decimals);
}

Text& Text::addThousandths(int32_t value) {
  uint8_t decimals = 3;
  for (; decimals > 0 && value % 10 == 0; --decimals) value /= 10;
  return addFixed(value, decimals);
}

Text& Text::addKey(const char* key) {
  return add('"').add(key).add("\":");
}

Text& Text::addQuoted(const char* text) {
  add('"');
  for (; *text != '\0'; ++text) {
    const uint8_t c = static_cast<uint8_t>(*text);
    if (c == '"' || c == '\\') add('\\');
    if (c >= 0x20) {
      add(*text);
    } else {
      add("\\u00").add(c < 0x10 ? '0' : '1').add("0123456789abcdef"[c & 15]);
    }
  }
  return add('"');
}

Text& Text::addTime(EpochMs time) {
  if (time < 0 || time > kLastTime) {
    isCut_ = true;
    return *this;
  }
  uint64_t days = static_cast<uint64_t>(time);
  uint32_t ms = divide(&days, kMsPerDay);
  int32_t date[3];
  dateOf(static_cast<int32_t>(days), &date[0], &date[1], &date[2]);
  addPadded(static_cast<uint32_t>(date[0]), 4);
  for (int i = 1; i < 3; ++i) add('-').addPadded(static_cast<uint32_t>(date[i]), 2);
  uint32_t unit = 3600000;
  for (int i = 0; i < 3; ++i, unit /= 60) {
    add("T::"[i]).addPadded(ms / unit, 2);
    ms %= unit;
  }
  return add('.').addPadded(ms, 3).add('Z');
}

Text& Text::fill(const char* pattern, const char* const* texts, uint32_t number) {
  for (; *pattern != '\0'; ++pattern) {
    if (*pattern == '%') {
      add(*texts++);
    } else if (*pattern == '#') {
      addUnsigned(number);
    } else {
      add(*pattern);
    }
  }
  return *this;
}

uint32_t divide(uint64_t* value, uint32_t by) {
  uint32_t rest = 0;
  for (int bit = 0; bit < 64; ++bit) {
    rest = rest << 1 | static_cast<uint32_t>(*value >> 63);
    *value <<= 1;
    if (rest < by) continue;
    rest -= by;
    *value |= 1;
  }
  return rest;
}

bool Slice::is(const char* text) const {
  return strlen(text) == length && memcmp(text, data, length) == 0;
}

bool parseUnsigned(Slice text, uint32_t* value) {
  uint32_t sum = 0;
  if (text.length == 0 || text.length > 10) return false;
  for (size_t i = 0; i < text.length; ++i) {
    if (!isDigit(text.data[i])) return false;
    const uint32_t digit = static_cast<uint32_t>(text.data[i] - '0');
    if (sum > (UINT32_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *value = sum;
  return true;
}

size_t scanNumber(Slice text, NumberParts* parts) {
  size_t at = 0;
  parts->isNegative = next(text, &at, '-');
  parts->begin = at;
  at = pastDigits(text, at);
  parts->whole = at - parts->begin;
  if (parts->whole == 0 || (parts->whole > 1 && text.data[parts->begin] == '0')) return 0;
  if (next(text, &at, '.')) {
    const size_t fraction = at;
    at = pastDigits(text, at);
    if (at == fraction) return 0;
  }
  parts->end = at;
  parts->exponent = 0;
  if (!next(text, &at, 'e')) return at;
  const bool isDown = next(text, &at, '-');
  if (!isDown) next(text, &at, '+');
  const size_t digits = at;
  for (; at < text.length && isDigit(text.data[at]); ++at) {
    if (parts->exponent < 1000) parts->exponent = parts->exponent * 10 + (text.data[at] - '0');
  }
  if (isDown) parts->exponent = -parts->exponent;
  return at == digits ? 0 : at;
}

bool parseDecimal(Slice text, uint8_t decimals, int64_t most, int64_t* value, bool* isExact) {
  NumberParts parts;
  if (text.length == 0 || scanNumber(text, &parts) != text.length) return false;
  // So many digits count; behind the last one that is written there are zeros.
  int32_t count = static_cast<int32_t>(parts.whole) + parts.exponent + decimals;
  int64_t sum = 0;
  bool isCut = false;
  for (size_t at = parts.begin; at < parts.end || (count > 0 && sum != 0); ++at) {
    const char c = at < parts.end ? text.data[at] : '0';
    if (c == '.') continue;
    if (count > 0) {
      sum = sum * 10 + (c - '0');
      if (sum > most) return false;
    } else if (c != '0') {
      isCut = true;
    }
    --count;
  }
  if (isExact != nullptr) *isExact = !isCut;
  *value = parts.isNegative ? -sum : sum;
  return true;
}

bool parseFixed(Slice text, uint8_t decimals, int32_t* value) {
  int64_t found;
  if (!parseDecimal(text, decimals, INT32_MAX, &found)) return false;
  *value = static_cast<int32_t>(found);
  return true;
}

bool parseTime(Slice text, EpochMs* time) {
  size_t at = 0;
  if (text.length > kLongestTime) return false;
  // Year, month, day, hour, minute, second.
  int32_t parts[6];
  for (int i = 0; i < 6; ++i) {
    if (i > 0 && !next(text, &at, "--t::"[i - 1])) return false;
    if (!digits(text, &at, i == 0 ? 4 : 2, &parts[i])) return false;
  }
  int32_t ms = 0;
  if (next(text, &at, '.')) {
    const size_t fraction = at;
    at = pastDigits(text, at);
    if (at == fraction) return false;
    for (size_t i = 0; i < 3; ++i) ms = ms * 10 + (fraction + i < at ? text.data[fraction + i] - '0' : 0);
  }
  int32_t minute = parts[3] * 60 + parts[4];
  if (!next(text, &at, 'z')) {
    const bool isWest = next(text, &at, '-');
    int32_t hours;
    int32_t minutes;
    if (!isWest && !next(text, &at, '+')) return false;
    if (!digits(text, &at, 2, &hours) || !next(text, &at, ':') || !digits(text, &at, 2, &minutes) || hours > 23 || minutes > 59) return false;
    minutes += hours * 60;
    minute += isWest ? minutes : -minutes;
  }
  if (at != text.length || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > daysOfMonth(parts[0], parts[1])) return false;
  if (parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return false;
  // A leap second is the last of a day in UTC.
  if (parts[5] == 60 && (minute + 1) % 1440 != 0) return false;
  *time = static_cast<int64_t>(daysOf(parts[0], parts[1], parts[2])) * kMsPerDay + static_cast<int64_t>(minute * 60 + parts[5]) * 1000 + ms;
  return true;
}

}  // namespace louver
