// The verifier of the board with real signatures, on mbedTLS.
#include <stdlib.h>

#include "../ota_rig.h"
#include "../vectors/vectors_generated.h"
#include "keys.h"
#include "mbedtls_verifier.h"

namespace vectors = louver::vectors;
using louver::MbedtlsVerifier;

namespace {

/// Of the base64 that is in it.
struct Pem {
  char text[800];
  explicit Pem(const char* base64) {
    Text pem(text, sizeof text);
    pem.add("-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < strlen(base64); at += 64) {
      const size_t left = strlen(base64) - at;
      pem.add(base64 + at, left < 64 ? left : 64).add('\n');
    }
    pem.add("-----END PUBLIC KEY-----\n");
    CHECK(!pem.isCut());
  }
};

struct Bytes {
  uint8_t data[300];
  size_t length = 0;
  explicit Bytes(const char* base64) {
    uint32_t bits = 0;
    for (size_t i = 0; base64[i] != '\0' && base64[i] != '='; ++i) {
      bits = bits << 6 | static_cast<uint32_t>(strchr(louver::kBase64, base64[i]) - louver::kBase64);
      if (i % 4 != 0) data[length++] = static_cast<uint8_t>(bits >> (6 - 2 * (i % 4)));
    }
  }
};

void digestOf(const char* text, uint8_t digest[32]) {
  louver::Sha256 sum;
  sum.add(text, strlen(text));
  sum.finish(digest);
}

}  // namespace

TEST(vectors_of_signed_manifests) {
  for (size_t i = 0; i < vectors::kOtaCount; ++i) {
    const vectors::OtaVector& vector = vectors::kOtas[i];
    louver::OtaManifest manifest;
    if (!vector.accepted || !louver::parseManifest({vector.payload, vector.payloadLength}, &manifest)) continue;
    const Pem pem(vector.publicKey);
    MbedtlsVerifier verifier(pem.text);
    CHECK_EQ(louver::isSigned(manifest, verifier), vector.signatureGood);
  }
}

TEST(a_signature_by_openssl) {
  uint8_t digest[32];
  digestOf(kSignedText, digest);
  const Pem pem(kP256.key);
  const Bytes signature(kP256.signature);
  MbedtlsVerifier verifier(pem.text);
  CHECK(verifier.verify(digest, signature.data, signature.length));
}

TEST(a_signature_with_any_bit_flipped) {
  uint8_t digest[32];
  digestOf(kSignedText, digest);
  const Pem pem(kP256.key);
  const Bytes signature(kP256.signature);
  MbedtlsVerifier verifier(pem.text);
  for (size_t bit = 0; bit < 8 * signature.length; ++bit) {
    Bytes flipped = signature;
    flipped.data[bit / 8] = static_cast<uint8_t>(flipped.data[bit / 8] ^ 1 << bit % 8);
    CHECK(!verifier.verify(digest, flipped.data, flipped.length));
  }
  for (int bit = 0; bit < 256; ++bit) {
    digestOf(kSignedText, digest);
    digest[bit / 8] = static_cast<uint8_t>(digest[bit / 8] ^ 1 << bit % 8);
    CHECK(!verifier.verify(digest, signature.data, signature.length));
  }
}

TEST(a_signature_that_is_cut_or_goes_on) {
  uint8_t digest[32];
  digestOf(kSignedText, digest);
  const Pem pem(kP256.key);
  Bytes signature(kP256.signature);
  MbedtlsVerifier verifier(pem.text);
  for (size_t length = 0; length < signature.length; ++length) {
    // In memory of its own: what reads on behind it is found out.
    uint8_t* alone = static_cast<uint8_t*>(malloc(length + (length == 0 ? 1 : 0)));
    memcpy(alone, signature.data, length);
    CHECK(!verifier.verify(digest, alone, length));
    free(alone);
  }
  signature.data[signature.length] = 0;
  CHECK(!verifier.verify(digest, signature.data, signature.length + 1));
  uint8_t zeros[72] = {};
  CHECK(!verifier.verify(digest, zeros, sizeof zeros));
  // r and s of nothing.
  const uint8_t nothing[] = {0x30, 6, 2, 1, 0, 2, 1, 0};
  CHECK(!verifier.verify(digest, nothing, sizeof nothing));
}

TEST(a_key_of_another_kind_verifies_nothing) {
  uint8_t digest[32];
  digestOf(kSignedText, digest);
  const KeyAndSignature others[] = {kP384, kSecp256k1, kRsa, {vectors::kOtas[0].publicKey, kP256.signature}};
  for (const KeyAndSignature& other : others) {
    const Pem pem(other.key);
    const Bytes signature(other.signature);
    MbedtlsVerifier verifier(pem.text);
    CHECK(!verifier.verify(digest, signature.data, signature.length));
  }
}

TEST(no_key_verifies_nothing) {
  uint8_t digest[32];
  digestOf(kSignedText, digest);
  const Bytes signature(kP256.signature);
  const char* const keys[] = {nullptr, "", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", kP256.key};
  for (const char* key : keys) {
    MbedtlsVerifier verifier(key);
    CHECK(!verifier.verify(digest, signature.data, signature.length));
  }
}
