// `verify-manifest KEY.pem < MANIFEST`: what a board would say to the signature of a manifest. For tests of what others sign.
#include <stdio.h>

#include "mbedtls_verifier.h"
#include "ota_manifest.h"

namespace {

constexpr size_t kMost = 4096;

/// The length; a file that does not fit has none.
size_t readAll(FILE* file, char* to) {
  const size_t length = file == nullptr ? 0 : fread(to, 1, kMost - 1, file);
  to[length] = '\0';
  return length < kMost - 1 ? length : 0;
}

}  // namespace

int main(int count, char** arguments) {
  static char key[kMost];
  static char text[kMost];
  FILE* const file = count == 2 ? fopen(arguments[1], "r") : nullptr;
  if (readAll(file, key) == 0) {
    fprintf(stderr, "verify-manifest: expected the name of a file with a public key, and a manifest on standard input\n");
    return 2;
  }
  fclose(file);
  const size_t length = readAll(stdin, text);
  louver::OtaManifest manifest;
  if (!louver::parseManifest({text, length}, &manifest)) {
    printf("no manifest\n");
    return 1;
  }
  louver::MbedtlsVerifier verifier(key);
  const bool isGood = louver::isSigned(manifest, verifier);
  printf("%s\n", isGood ? "signed" : "not signed");
  return isGood ? 0 : 1;
}
