// ECDSA over P-256 by mbedTLS, which an ESP32 has built in; the host's tests run the same file.
#ifndef LOUVER_BOARD_MBEDTLS_VERIFIER_H
#define LOUVER_BOARD_MBEDTLS_VERIFIER_H

#include "../core/ports.h"

namespace louver {

class MbedtlsVerifier : public SignatureVerifier {
 public:
  /// @param publicKeyPem Of the key that signs images; must outlive the verifier. Null: nothing is ever accepted.
  explicit MbedtlsVerifier(const char* publicKeyPem) : publicKeyPem_(publicKeyPem) {}

  /// @param signature ASN.1 DER, as OpenSSL and Node write it.
  bool verify(const uint8_t digest[32], const uint8_t* signature, size_t length) override;

 private:
  const char* publicKeyPem_;
};

}  // namespace louver

#endif
