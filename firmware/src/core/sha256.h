// SHA-256 (FIPS 180-4), piece by piece.
#ifndef LOUVER_CORE_SHA256_H
#define LOUVER_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

namespace louver {

class Sha256 {
 public:
  Sha256() { begin(); }

  void begin();
  void add(const void* bytes, size_t length);
  /// Ends it; `begin` before the next.
  void finish(uint8_t digest[32]);

 private:
  void block();

  uint32_t state_[8];
  uint32_t length_;  // In bytes: images and recordings are far below 512 MB, where the bits no longer fit.
  uint8_t block_[64] = {};
};

}  // namespace louver

#endif
