// Generated: do not edit, run `npm run generate`. The layout of each array is told in vectors.h.
#ifndef LOUVER_TEST_VECTORS_GENERATED_H
#define LOUVER_TEST_VECTORS_GENERATED_H

#include "vectors.h"

#endif
