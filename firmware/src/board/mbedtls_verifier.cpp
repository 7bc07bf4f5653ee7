#if defined(ARDUINO_ARCH_ESP32) || defined(LOUVER_HOST)
#include "mbedtls_verifier.h"

#include <mbedtls/pk.h>
#include <string.h>

namespace louver {

bool MbedtlsVerifier::verify(const uint8_t digest[32], const uint8_t* signature, size_t length) {
  if (publicKeyPem_ == nullptr) return false;
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  const unsigned char* pem = reinterpret_cast<const unsigned char*>(publicKeyPem_);
  // The terminating NUL is part of a PEM for mbedTLS. A key of another kind would be another promise.
  const bool good = mbedtls_pk_parse_public_key(&key, pem, strlen(publicKeyPem_) + 1) == 0 &&
                    mbedtls_pk_can_do(&key, MBEDTLS_PK_ECDSA) != 0 && mbedtls_pk_get_bitlen(&key) == 256 &&
                    mbedtls_pk_verify(&key, MBEDTLS_MD_SHA256, digest, 32, signature, length) == 0;
  mbedtls_pk_free(&key);
  return good;
}

}  // namespace louver

#endif
