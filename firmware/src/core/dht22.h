// What a DHT22 (AM2302) says with the lengths of its pulses.
#ifndef LOUVER_CORE_DHT22_H
#define LOUVER_CORE_DHT22_H

#include <stdint.h>

namespace louver {

constexpr uint8_t kDht22Bits = 40;

/// In tenths of a degree Celsius and of a percent.
struct Dht22Reading {
  int16_t temperature;
  int16_t humidity;
};

/**
 * @param bitsUs of each bit the time from one falling edge to the next: 50 us low, then 26 us high for a 0 and 70 us for a 1.
 * False when a pulse is none of these, the check sum does not fit, or the sensor cannot measure what it says.
 */
bool decodeDht22(const uint16_t bitsUs[kDht22Bits], Dht22Reading* reading);

}  // namespace louver

#endif
