// The digits of base64 (RFC 4648, 4).
#ifndef LOUVER_CORE_BASE64_H
#define LOUVER_CORE_BASE64_H

namespace louver {

/// In the order of their values: once for those who write and those who read.
extern const char kBase64[65];

}  // namespace louver

#endif
