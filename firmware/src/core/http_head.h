// The head of an HTTP/1.1 response, byte for byte.
#ifndef LOUVER_CORE_HTTP_HEAD_H
#define LOUVER_CORE_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

namespace louver {

/// Reads the status and Content-Length, and nothing else: what a server sends is held to a length and a hash that are signed. What it sends in chunks has
/// no length, or another hash.
class HttpHead {
 public:
  /// False for what is no HTTP/1.x, has a length that is no number, or no end within 4 kB.
  bool take(char c);
  bool isWhole() const { return isWhole_; }

  /// 0 until it is known.
  uint16_t status() const { return status_; }
  /// Content-Length; 0 when there is none.
  uint32_t length() const { return length_; }

 private:
  static constexpr uint16_t kMostBytes = 4096;

  uint32_t length_ = 0;
  uint16_t status_ = 0;
  uint16_t at_ = 0;
  uint8_t matched_ = 0;  // Of the name, with the line break before it.
  bool isWhole_ = false;
};

}  // namespace louver

#endif
