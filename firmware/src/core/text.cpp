#include "text.h"

#include <string.h>

namespace louver {

namespace {

constexpr int64_t kMsPerDay = 86400000;
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

/// Exactly `count` digits at `*at`, which moves on.
bool digits(Slice text, size_t* at, size_t count, int32_t* value) {
  if (text.length < count || *at > text.length - count) return false;
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = text.data[(*at)++];
    if (!isDigit(c)) return false;
    sum = sum * 10 + (c - '0');
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

void padded(Text* text, int32_t value, int32_t width) {
  char buffer[4];
  for (int32_t i = width - 1; i >= 0; --i) {
    buffer[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  text->add(buffer, static_cast<size_t>(width));
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
  char buffer[10];
  size_t at = sizeof buffer;
  do {
    buffer[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  return add(buffer + at, sizeof buffer - at);
}

Text& Text::addInt64(int64_t value) {
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (value < 0) add('-');
  char buffer[20];
  size_t at = sizeof buffer;
  do {
    buffer[--at] = static_cast<char>('0' + static_cast<char>(rest % 10));
    rest /= 10;
  } while (rest > 0);
  return add(buffer + at, sizeof buffer - at);
}

Text& Text::addFixed(int32_t value, uint8_t decimals) {
  uint32_t scale = 1;
  for (uint8_t i = 0; i < decimals; ++i) scale *= 10;
  const uint32_t size = value < 0 ? 0 - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
  if (value < 0) add('-');
  addUnsigned(size / scale);
  if (decimals == 0) return *this;
  add('.');
  for (uint32_t rest = size % scale, unit = scale / 10; unit > 0; unit /= 10) {
    add(static_cast<char>('0' + rest / unit));
    rest %= unit;
  }
  return *this;
}

Text& Text::addTime(EpochMs time) {
  if (time < 0 || time > kLastTime) {
    isCut_ = true;
    return *this;
  }
  const int32_t days = static_cast<int32_t>(time / kMsPerDay);
  int32_t ms = static_cast<int32_t>(time - days * kMsPerDay);
  int32_t year;
  int32_t month;
  int32_t day;
  dateOf(days, &year, &month, &day);
  padded(this, year, 4);
  add('-');
  padded(this, month, 2);
  add('-');
  padded(this, day, 2);
  add('T');
  padded(this, ms / 3600000, 2);
  add(':');
  padded(this, ms / 60000 % 60, 2);
  add(':');
  padded(this, ms / 1000 % 60, 2);
  add('.');
  padded(this, ms % 1000, 3);
  return add('Z');
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

bool parseInt64(Slice text, int64_t* value) {
  size_t at = 0;
  const bool isNegative = next(text, &at, '-');
  const size_t begin = at;
  uint64_t sum = 0;
  for (; at < text.length && isDigit(text.data[at]); ++at) {
    const uint64_t digit = static_cast<uint64_t>(text.data[at] - '0');
    if (sum > (static_cast<uint64_t>(INT64_MAX) - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  if (at == begin) return false;
  if (at < text.length && text.data[at] == '.') {
    const size_t fraction = ++at;
    while (at < text.length && isDigit(text.data[at])) ++at;
    if (at == fraction) return false;
  }
  if (at != text.length) return false;
  *value = isNegative ? -static_cast<int64_t>(sum) : static_cast<int64_t>(sum);
  return true;
}

bool parseFixed(Slice text, uint8_t decimals, int32_t* value) {
  size_t at = 0;
  const bool isNegative = next(text, &at, '-');
  if (at + 1 < text.length && text.data[at] == '0' && isDigit(text.data[at + 1])) return false;
  // The digits without their point, and where that stands.
  uint64_t sum = 0;
  int32_t scale = 0;
  bool anyDigit = false;
  bool inFraction = false;
  for (; at < text.length; ++at) {
    const char c = text.data[at];
    if (c == '.' && anyDigit && !inFraction) {
      inFraction = true;
      if (at + 1 >= text.length || !isDigit(text.data[at + 1])) return false;
      continue;
    }
    if (!isDigit(c)) break;
    anyDigit = true;
    // 18 digits are more than any result has: later ones of a fraction change nothing.
    if (sum < 100000000000000000ULL) {
      sum = sum * 10 + static_cast<uint64_t>(c - '0');
      if (inFraction) --scale;
    } else if (!inFraction) {
      ++scale;
    }
  }
  if (!anyDigit) return false;
  int32_t exponent = 0;
  if (next(text, &at, 'e')) {
    const bool isDown = next(text, &at, '-');
    if (!isDown) next(text, &at, '+');
    const size_t begin = at;
    for (; at < text.length && isDigit(text.data[at]); ++at) {
      if (exponent < 1000) exponent = exponent * 10 + (text.data[at] - '0');
    }
    if (at == begin) return false;
    if (isDown) exponent = -exponent;
  }
  if (at != text.length) return false;
  int32_t shift = scale + exponent + decimals;
  for (; shift > 0 && sum != 0; --shift) {
    sum *= 10;
    if (sum > static_cast<uint64_t>(INT32_MAX)) return false;
  }
  for (; shift < 0 && sum != 0; ++shift) sum /= 10;
  if (sum > static_cast<uint64_t>(INT32_MAX)) return false;
  *value = isNegative ? -static_cast<int32_t>(sum) : static_cast<int32_t>(sum);
  return true;
}

bool parseTime(Slice text, EpochMs* time) {
  size_t at = 0;
  if (text.length > kLongestTime) return false;
  int32_t year;
  int32_t month;
  int32_t day;
  int32_t hour;
  int32_t minute;
  int32_t second;
  if (!digits(text, &at, 4, &year) || !next(text, &at, '-')) return false;
  if (!digits(text, &at, 2, &month) || !next(text, &at, '-')) return false;
  if (!digits(text, &at, 2, &day) || !next(text, &at, 't')) return false;
  if (!digits(text, &at, 2, &hour) || !next(text, &at, ':')) return false;
  if (!digits(text, &at, 2, &minute) || !next(text, &at, ':')) return false;
  if (!digits(text, &at, 2, &second)) return false;
  int32_t ms = 0;
  if (next(text, &at, '.')) {
    int32_t unit = 100;
    const size_t begin = at;
    for (; at < text.length && isDigit(text.data[at]); ++at) {
      ms += (text.data[at] - '0') * unit;
      unit /= 10;
    }
    if (at == begin) return false;
  }
  int32_t offsetMinutes = 0;
  if (!next(text, &at, 'z')) {
    if (at >= text.length || (text.data[at] != '+' && text.data[at] != '-')) return false;
    const int32_t sign = text.data[at++] == '-' ? -1 : 1;
    int32_t hours;
    int32_t minutes;
    if (!digits(text, &at, 2, &hours) || !next(text, &at, ':') || !digits(text, &at, 2, &minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    offsetMinutes = sign * (hours * 60 + minutes);
  }
  if (at != text.length || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  const int64_t seconds = static_cast<int64_t>(daysOf(year, month, day)) * 86400 + (hour * 60 + minute - offsetMinutes) * 60 + second;
  // A leap second is the last of a day in UTC.
  if (second == 60 && seconds % 86400 != 0) return false;
  *time = seconds * 1000 + ms;
  return true;
}

}  // namespace louver
