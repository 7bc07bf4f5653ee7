#pragma once
#include <stddef.h>
#include <stdint.h>

class TwoWire {
 public:
  bool begin(int sda, int scl, uint32_t frequency);
  void setTimeOut(uint16_t timeOutMs);
  void beginTransmission(uint8_t address);
  size_t write(const uint8_t* from, size_t length);
  uint8_t endTransmission();
  size_t requestFrom(uint8_t address, size_t length);
  int read();
};
extern TwoWire Wire;
