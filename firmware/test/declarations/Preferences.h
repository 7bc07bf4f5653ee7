#pragma once
#include <stddef.h>
#include <stdint.h>

class Preferences {
 public:
  bool begin(const char* name, bool readOnly = false);
  void end();
  uint32_t getUInt(const char* key, uint32_t fallback = 0);
  size_t putUInt(const char* key, uint32_t value);
  size_t getBytes(const char* key, void* to, size_t capacity);
  size_t putBytes(const char* key, const void* from, size_t length);
  size_t getBytesLength(const char* key);
};
