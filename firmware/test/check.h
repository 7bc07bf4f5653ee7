// A test runner that also runs without an operating system: tests register themselves, `runAll` says what failed.
#ifndef LOUVER_TEST_CHECK_H
#define LOUVER_TEST_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

namespace check {

struct Test {
  const char* name;
  void (*run)();
  Test* next;
};

Test*& first();
int& failures();

struct Registration {
  Test test;
  Registration(const char* name, void (*run)()) : test{name, run, first()} { first() = &test; }
};

void failed(const char* file, int line, const char* what);

inline bool same(const char* a, const char* b) {
  return strcmp(a, b) == 0;
}
inline void show(const char* value) {
  printf("\"%s\"", value);
}
inline void show(long long value) {
  printf("%lld", value);
}

template <typename A, typename B>
void equal(A a, B b, const char* file, int line, const char* what) {
  if (static_cast<long long>(a) == static_cast<long long>(b)) return;
  failed(file, line, what);
  printf("    ");
  show(static_cast<long long>(a));
  printf(" is not ");
  show(static_cast<long long>(b));
  printf("\n");
}

inline void equal(const char* a, const char* b, const char* file, int line, const char* what) {
  if (same(a, b)) return;
  failed(file, line, what);
  printf("    ");
  show(a);
  printf(" is not ");
  show(b);
  printf("\n");
}

}  // namespace check

#define TEST(name)                                              \
  static void name();                                           \
  static check::Registration registration_##name(#name, &name); \
  static void name()

#define CHECK(condition) \
  do {                   \
    if (!(condition)) check::failed(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQ(a, b) check::equal((a), (b), __FILE__, __LINE__, #a " == " #b)

#endif
