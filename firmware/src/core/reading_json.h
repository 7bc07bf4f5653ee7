// What a device says about one reading [P-1, P-2, P-7].
#ifndef LOUVER_CORE_READING_JSON_H
#define LOUVER_CORE_READING_JSON_H

#include "flash_log.h"
#include "text.h"

namespace louver {

/// `{"value":25.50,"timestamp":"2025-10-24T12:00:00.250Z","seq":17,"boot":2864434397}`; without `timestamp` when the time is not known: the backend then takes
/// that of receipt [P-5a].
/// @param value in units of 10^-decimals.
void addReading(Text* text, int32_t value, uint8_t decimals, EpochMs time, Sequence sequence);

/// The end of every numbered message: `,"timestamp":…,"seq":…,"boot":…}`.
void addNumbering(Text* text, EpochMs time, Sequence sequence);

}  // namespace louver

#endif
