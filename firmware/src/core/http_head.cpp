#include "http_head.h"

namespace louver {

namespace {

constexpr char kVersion[] = "HTTP/1.x ";
constexpr uint16_t kStatusAt = sizeof kVersion - 1;
constexpr uint16_t kStatusEnd = kStatusAt + 3;
constexpr char kName[] = "\ncontent-length:";

}  // namespace

bool HttpHead::take(char c) {
  const uint16_t at = at_++;
  const uint32_t digit = static_cast<uint32_t>(c - '0');
  if (at < kStatusAt) return kVersion[at] == 'x' || kVersion[at] == c;
  if (at < kStatusEnd) {
    status_ = static_cast<uint16_t>(status_ * 10 + digit);
    return digit < 10;
  }
  if (c == '\r') return true;
  if (c == '\n') {
    isWhole_ = matched_ == 1;
    matched_ = 1;
  } else if (matched_ == sizeof kName - 1) {
    if (digit < 10) {
      length_ = length_ * 10 + digit;
    } else if (c != ' ') {
      return false;
    }
  } else {
    matched_ = matched_ > 0 && kName[matched_] == (c | 0x20) ? static_cast<uint8_t>(matched_ + 1) : 0;
  }
  return at < kMostBytes;
}

}  // namespace louver
