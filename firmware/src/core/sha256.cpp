#include "sha256.h"

#include <string.h>

namespace louver {

namespace {

constexpr uint32_t kStart[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

constexpr uint32_t kRounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t turned(uint32_t value, int bits) {
  return value >> bits | value << (32 - bits);
}

}  // namespace

void Sha256::begin() {
  memcpy(state_, kStart, sizeof state_);
  length_ = 0;
}

void Sha256::add(const void* bytes, size_t length) {
  const uint8_t* at = static_cast<const uint8_t*>(bytes);
  for (; length > 0; --length) {
    block_[length_++ % 64] = *at++;
    if (length_ % 64 == 0) block();
  }
}

void Sha256::finish(uint8_t digest[32]) {
  const uint32_t bits = length_ * 8;
  const uint8_t end = 0x80;
  const uint8_t none = 0;
  add(&end, 1);
  while (length_ % 64 != 56) add(&none, 1);
  const uint8_t size[8] = {0, 0, 0, 0, static_cast<uint8_t>(bits >> 24), static_cast<uint8_t>(bits >> 16), static_cast<uint8_t>(bits >> 8), static_cast<uint8_t>(bits)};
  add(size, sizeof size);
  for (int i = 0; i < 32; ++i) digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
}

/// The schedule in a window of 16 words: 192 bytes of stack less than with all 64.
void Sha256::block() {
  uint32_t w[16];
  for (int i = 0; i < 16; ++i) {
    w[i] = static_cast<uint32_t>(block_[4 * i]) << 24 | static_cast<uint32_t>(block_[4 * i + 1]) << 16 | static_cast<uint32_t>(block_[4 * i + 2]) << 8 | block_[4 * i + 3];
  }
  uint32_t s[8];
  memcpy(s, state_, sizeof s);
  for (int i = 0; i < 64; ++i) {
    if (i >= 16) {
      const uint32_t a = w[(i + 1) % 16];
      const uint32_t b = w[(i + 14) % 16];
      w[i % 16] += (turned(a, 7) ^ turned(a, 18) ^ a >> 3) + w[(i + 9) % 16] + (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
    }
    const uint32_t one = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRounds[i] + w[i % 16];
    const uint32_t two = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof s[0]);
    s[4] += one;
    s[0] = one + two;
  }
  for (int i = 0; i < 8; ++i) state_[i] += s[i];
}

}  // namespace louver
