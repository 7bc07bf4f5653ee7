#include "check.h"
#include "sha256.h"

TEST(sha256_of_the_standard_and_of_every_length_around_a_block) {
  uint8_t digest[32];
  louver::Sha256 sum;
  sum.add("abc", 3);
  sum.finish(digest);
  // FIPS 180-4, example of one block.
  CHECK(memcmp(digest, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad", 32) == 0);
  // First byte of SHA-256 of 50 to 66 letters "a" (Python's hashlib).
  static const uint8_t kFirst[] = {0x16, 0xbf, 0x6c, 0xab, 0xa3, 0x9f, 0xb3, 0xf1, 0xd5, 0x11, 0x11, 0x35, 0xf5, 0x7d, 0xff, 0x63, 0xac};
  char text[70];
  memset(text, 'a', sizeof text);
  for (size_t length = 50; length < 50 + sizeof kFirst; ++length) {
    sum.begin();
    sum.add(text, length / 2);
    sum.add(text, length - length / 2);
    sum.finish(digest);
    CHECK_EQ(digest[0], kFirst[length - 50]);
  }
}
