// The head of an HTTP/1.1 response, byte for byte.
#ifndef LOUVER_CORE_HTTP_HEAD_H
#define LOUVER_CORE_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "once.h"

namespace louver {

/// Reads the status and Content-Length, and nothing else: what a server sends is held to a length and a hash that are signed. What it sends in chunks has
/// no length, or another hash.
class HttpHead {
 public:
  /// Before the next one.
  void begin() {
    length_ = status_ = at_ = matched_ = 0;
    isWhole_ = false;
  }
  /// False for what is no HTTP/1.x, has a length that is no number, or no end within 4 kB.
  LOUVER_ONCE bool take(char c);
  bool isWhole() const { return isWhole_; }

  /// 0 until it is known.
  uint32_t status() const { return status_; }
  /// Content-Length; 0 when there is none.
  uint32_t length() const { return length_; }

 private:
  static constexpr uint16_t kMostBytes = 4096;
  static constexpr uint16_t kStatusAt = 9;
  static constexpr uint16_t kStatusEnd = kStatusAt + 3;

  uint32_t length_ = 0;
  uint32_t status_ = 0;
  uint16_t at_ = 0;
  uint8_t matched_ = 0;  // Of the name, with the line break before it.
  bool isWhole_ = false;
};

bool HttpHead::take(char c) {
  static const char kVersion[] = "HTTP/1.x ";
  static const char kName[] = "\ncontent-length:";
  const uint16_t at = at_++;
  const uint32_t digit = static_cast<uint32_t>(c - '0');
  if (at < kStatusAt) return kVersion[at] == 'x' || kVersion[at] == c;
  if (at < kStatusEnd) {
    status_ = status_ * 10 + digit;
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

#endif
