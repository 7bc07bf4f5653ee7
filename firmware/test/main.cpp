#include "check.h"

namespace check {

Test*& first() {
  static Test* head = nullptr;
  return head;
}

int& failures() {
  static int count = 0;
  return count;
}

void failed(const char* file, int line, const char* what) {
  // The first hundred tell what is wrong; a loop that fails would bury them.
  if (failures()++ < 100) printf("  %s:%d: %s\n", file, line, what);
}

}  // namespace check

int main() {
  int tests = 0;
  int bad = 0;
  for (check::Test* test = check::first(); test != nullptr; test = test->next) {
    const int before = check::failures();
    test->run();
    ++tests;
    if (check::failures() == before) continue;
    ++bad;
    printf("FAILED %s\n", test->name);
  }
  printf("%d tests, %d failed\n", tests, bad);
  return bad == 0 && tests > 0 ? 0 : 1;
}
