// For code that is needed in one place only.
#ifndef LOUVER_CORE_ONCE_H
#define LOUVER_CORE_ONCE_H

/// Before a member function with a single caller: else it has a body of its own, with some 30 bytes of entering and leaving, because others might call it.
#define LOUVER_ONCE __attribute__((always_inline)) inline

#endif
