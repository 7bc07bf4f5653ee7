// CRC-32 as zlib has it (IEEE 802.3, reflected): a nibble at a time, with a table of 64 bytes.
#ifndef LOUVER_CORE_CRC32_H
#define LOUVER_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

namespace louver {

/// @param crc what came out of the part before; 0 at the start.
uint32_t crc32(const void* bytes, size_t length, uint32_t crc = 0);

}  // namespace louver

#endif
