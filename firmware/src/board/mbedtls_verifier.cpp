#if defined(ARDUINO_ARCH_ESP32) || defined(LOUVER_HOST)
#include "mbedtls_verifier.h"

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <string.h>

// mbedTLS 3 hides what 2 shows.
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

namespace louver {

bool MbedtlsVerifier::verify(const uint8_t digest[32], const uint8_t* signature, size_t length) {
  if (publicKeyPem_ == nullptr) return false;
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  const unsigned char* pem = reinterpret_cast<const unsigned char*>(publicKeyPem_);
  // The terminating NUL is part of a PEM for mbedTLS. A key of another kind, or on another curve of this length, would be another promise.
  const bool good = mbedtls_pk_parse_public_key(&key, pem, strlen(publicKeyPem_) + 1) == 0 &&
                    mbedtls_pk_can_do(&key, MBEDTLS_PK_ECDSA) != 0 &&
                    mbedtls_pk_ec(key)->MBEDTLS_PRIVATE(grp).id == MBEDTLS_ECP_DP_SECP256R1 &&
                    mbedtls_pk_verify(&key, MBEDTLS_MD_SHA256, digest, 32, signature, length) == 0;
  mbedtls_pk_free(&key);
  return good;
}

}  // namespace louver

#endif
