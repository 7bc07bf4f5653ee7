#include "ota_manifest.h"

#include "ota_rig.h"
#include "vectors/vectors_generated.h"

namespace vectors = louver::vectors;
using louver::OtaManifest;

TEST(vectors_of_updates) {
  for (size_t i = 0; i < vectors::kOtaCount; ++i) {
    const vectors::OtaVector& vector = vectors::kOtas[i];
    OtaManifest manifest;
    const bool isAccepted = louver::parseManifest({vector.payload, vector.payloadLength}, &manifest) && manifest.text[louver::kOtaBoard].is(vector.board) &&
                            manifest.secureVersion >= vector.secureVersion && manifest.size <= vector.slotBytes;
    CHECK_EQ(isAccepted, vector.accepted);
    if (isAccepted != vector.accepted) printf("    %s\n", vector.name);
    if (!isAccepted || !vector.accepted) continue;
    FakeVerifier verifier;
    char text[65];
    CHECK(!louver::isSigned(manifest, verifier));
    hexOf(verifier.last, 32, text);
    CHECK(check::same(text, vector.signedSha256));
  }
}

TEST(manifest_as_it_is_read) {
  fillImage();
  Manifest written;
  OtaManifest manifest;
  CHECK(louver::parseManifest(written.sign().slice(), &manifest));
  CHECK(manifest.text[louver::kOtaVersion].is("1.3.0"));
  CHECK(manifest.text[louver::kOtaUrl].is(written.url));
  CHECK_EQ(manifest.size, 700);
  CHECK_EQ(manifest.secureVersion, 4);
  uint8_t digest[32];
  louver::Sha256 sum;
  sum.add(image, 700);
  sum.finish(digest);
  CHECK(memcmp(digest, manifest.sha256, 32) == 0);
}

TEST(manifest_that_is_none) {
  fillImage();
  Manifest written;
  written.sign();
  // Each member renamed is one that is missing; twice, one that another reader would understand otherwise.
  const char* const members[] = {"version", "board", "url", "size", "sha256", "secure_version", "signature"};
  const char* const again[] = {"\"version\":\"1\"", "\"board\":\"b\"", "\"url\":\"u\"", "\"size\":1", "\"sha256\":\"a\"", "\"secure_version\":1", "\"signature\":\"a\""};
  OtaManifest manifest;
  for (size_t i = 0; i < 7; ++i) {
    char name[32];
    Text(name, sizeof name).add('"').add(members[i]).add('"');
    Manifest changed = written;
    *(strstr(changed.text, name) + 1) = 'X';
    CHECK(!louver::parseManifest(changed.slice(), &manifest));
    char longer[600];
    Text twice(longer, sizeof longer);
    twice.add(written.text, strlen(written.text) - 1).add(',').add(again[i]).add('}');
    CHECK(!louver::parseManifest({longer, twice.length()}, &manifest));
  }
  for (size_t length = 0; length < strlen(written.text); ++length) CHECK(!louver::parseManifest({written.text, length}, &manifest));
}

TEST(manifest_with_values_that_are_none) {
  const char* const wrong[] = {"\"size\":0",        "\"size\":1.5",  "\"size\":-1",   "\"size\":1e3",          "\"size\":4294967296", "\"size\":\"700\"",      "\"size\":null",
                               "\"version\":\"\"",  "\"version\":1", "\"board\":\"\"", "\"version\":\"a\\n\"", "\"url\":\"\\u0041\"", "\"signature\":\"\"",    "\"signature\":[]",
                               "\"sha256\":\"00\"", "\"url\":{}",    "\"secure_version\":-1", "\"secure_version\":true"};
  const char* const right[] = {"\"version\":\"1\"", "\"board\":\"b\"", "\"url\":\"http://a/\"", "\"size\":1", "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
                               "\"secure_version\":0", "\"signature\":\"AAAA\""};
  for (int at = -1; at < static_cast<int>(sizeof wrong / sizeof *wrong); ++at) {
    char buffer[400];
    Text text(buffer, sizeof buffer);
    for (const char* member : right) {
      const size_t name = strcspn(member, ":");
      const bool isReplaced = at >= 0 && strncmp(member, wrong[at], name + 1) == 0;
      text.add(text.length() == 0 ? '{' : ',').add(isReplaced ? wrong[at] : member);
    }
    text.add('}');
    OtaManifest manifest;
    const bool isRead = louver::parseManifest({buffer, text.length()}, &manifest);
    CHECK_EQ(isRead, at < 0);
    if (isRead != (at < 0)) printf("    %s\n", buffer);
  }
}

TEST(manifest_with_a_hash_of_other_letters) {
  fillImage();
  Manifest written;
  written.sign();
  char* hash = strstr(written.text, "\"sha256\":\"") + 10;
  const char kept = *hash;
  OtaManifest manifest;
  // What is signed is lower case: an upper case one is another text.
  const char others[] = {'A', 'F', 'g', '`', '/', ':', ' ', 'G', '~', static_cast<char>(0x7f)};
  for (char other : others) {
    *hash = other;
    CHECK(!louver::parseManifest(written.slice(), &manifest));
  }
  *hash = kept;
  CHECK(louver::parseManifest(written.slice(), &manifest));
}

TEST(manifest_with_a_signature_that_is_no_base64) {
  fillImage();
  const char* const signatures[] = {"AAA", "A===", "====", "AA=A", "AA A", "AA-_", "\xc3\xa9==", "AAAA====", "=",
                                    // 100 digits: no signature over P-256 is so long.
                                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
  for (const char* signature : signatures) {
    Manifest written;
    written.sign();
    char* begin = strstr(written.text, "\"signature\":\"") + 13;
    Text(begin, sizeof written.text - static_cast<size_t>(begin - written.text)).add(signature).add("\"}");
    OtaManifest manifest;
    CHECK(louver::parseManifest(written.slice(), &manifest));
    FakeVerifier verifier;
    CHECK(!louver::isSigned(manifest, verifier));
  }
}
