// What all fuzz targets share. One target is one file `fuzz_NAME.cpp` with a function `fuzz` and, if it has seeds, a folder `corpus/NAME`: the Makefile finds it.
#ifndef LOUVER_TEST_FUZZ_FUZZ_H
#define LOUVER_TEST_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Must hold for every input; the fuzzer keeps the one for which it does not.
#define ALWAYS(condition)                                                    \
  do {                                                                       \
    if (!(condition)) {                                                      \
      fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition);    \
      abort();                                                               \
    }                                                                        \
  } while (false)

/// @param data ends with an allocation: reading one byte beyond it is found.
void fuzz(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz(data, size);
  return 0;
}

#endif
