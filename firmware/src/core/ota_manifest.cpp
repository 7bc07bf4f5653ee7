#include "ota_manifest.h"

#include <string.h>

#include "base64.h"
#include "json_in.h"
#include "protocol_generated.h"
#include "sha256.h"

namespace louver {

namespace {

const char* const kKeys[kOtaMemberCount] = {protocol::kKeyBoard,   protocol::kKeySecureVersion, protocol::kKeySize,     protocol::kKeySha256,
                                            protocol::kKeyVersion, protocol::kKeyUrl,           protocol::kKeySignature};

constexpr char kIntroduction[] = "louver-ota:v1\n";

/// A DER signature over P-256 takes 70 to 72 bytes.
constexpr size_t kSignatureBytes = 72;

/// Bytes that came out. What is no base64 comes out as something else, or as nothing: it is a signature or it is none.
size_t decodeBase64(Slice from, uint8_t to[kSignatureBytes]) {
  uint32_t bits = 0;
  size_t length = 0;
  for (size_t i = 0; i < from.length && from.data[i] != '='; ++i) {
    const void* const digit = memchr(kBase64, from.data[i], 64);
    if (digit == nullptr || length == kSignatureBytes) return 0;
    bits = bits << 6 | static_cast<uint32_t>(static_cast<const char*>(digit) - kBase64);
    if (i % 4 != 0) to[length++] = static_cast<uint8_t>(bits >> (6 - 2 * (i % 4)));
  }
  return length;
}

/// SHA-256 of the text that is signed.
void signedDigest(const OtaManifest& manifest, uint8_t digest[32]) {
  Sha256 sum;
  sum.add(kIntroduction, sizeof kIntroduction - 1);
  for (uint8_t i = kOtaBoard; i <= kOtaSha256; ++i) {
    sum.add(manifest.text[i].data, manifest.text[i].length);
    sum.add("\n", 1);
  }
  sum.finish(digest);
}

}  // namespace

bool parseManifest(Slice payload, OtaManifest* manifest) {
  uint32_t seen = 0;
  JsonObject members(payload);
  JsonMember member;
  while (members.next(&member)) {
    for (uint8_t i = 0; i < kOtaMemberCount; ++i) {
      if (!member.key.is(kKeys[i])) continue;
      const JsonKind kind = i == kOtaSecureVersion || i == kOtaSize ? JsonKind::kNumber : JsonKind::kString;
      // Of two with one name another reader may have checked the other.
      if (member.kind != kind || member.isEscaped || member.value.length == 0 || (seen >> i & 1) != 0) return false;
      seen |= 1U << i;
      manifest->text[i] = member.value;
    }
  }
  const Slice& hash = manifest->text[kOtaSha256];
  if (!members.isGood() || seen != (1U << kOtaMemberCount) - 1 || hash.length != 2 * sizeof manifest->sha256) return false;
  for (size_t i = 0; i < 2 * sizeof manifest->sha256; ++i) {
    uint32_t digit = static_cast<uint32_t>(hash.data[i] - '0');
    if (digit > 9) {
      digit = static_cast<uint32_t>(hash.data[i] - 'a');
      if (digit > 5) return false;
      digit += 10;
    }
    manifest->sha256[i / 2] = static_cast<uint8_t>(manifest->sha256[i / 2] << 4 | digit);
  }
  return parseUnsigned(manifest->text[kOtaSecureVersion], &manifest->secureVersion) && parseUnsigned(manifest->text[kOtaSize], &manifest->size) &&
         manifest->size > 0;
}

bool isSigned(const OtaManifest& manifest, SignatureVerifier& verifier) {
  uint8_t digest[32];
  uint8_t signature[kSignatureBytes];
  const size_t length = decodeBase64(manifest.text[kOtaSignature], signature);
  signedDigest(manifest, digest);
  return length > 0 && verifier.verify(digest, signature, length);
}

}  // namespace louver
