// What a device is told about an image to take [P-38].
#ifndef LOUVER_CORE_OTA_MANIFEST_H
#define LOUVER_CORE_OTA_MANIFEST_H

#include "ports.h"
#include "text.h"

namespace louver {

/// Places in `OtaManifest::text`. Those that are signed are the first, in the order of the text that is signed.
enum OtaMember : uint8_t { kOtaBoard, kOtaSecureVersion, kOtaSize, kOtaSha256, kOtaVersion, kOtaUrl, kOtaSignature, kOtaMemberCount };

/// Good as long as the payload is.
struct OtaManifest {
  /// As they stand there; none has escapes.
  Slice text[kOtaMemberCount];
  uint32_t secureVersion;
  uint32_t size;
  uint8_t sha256[32];
};

/// False for what is no manifest: a member is missing, there twice, of another kind or without sense.
bool parseManifest(Slice payload, OtaManifest* manifest);

/// Whether the signature is that of the built-in key over board, secure version, size and hash.
bool isSigned(const OtaManifest& manifest, SignatureVerifier& verifier);

}  // namespace louver

#endif
