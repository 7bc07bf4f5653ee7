#include "check.h"
#include "status_lines.h"

using louver::Status;

namespace {

/// Counts what it is told, and holds each line against its width.
struct FakeDisplay : louver::TextDisplay {
  uint8_t width;
  uint8_t height;
  char lines[8][64];
  int writes = 0;
  FakeDisplay(uint8_t columns, uint8_t rows) : width(columns), height(rows) { memset(lines, 0, sizeof lines); }
  const char* said(int row) const { return lines[row]; }
  uint8_t columns() const override { return width; }
  uint8_t rows() const override { return height; }
  void line(uint8_t row, const char* text) override {
    ++writes;
    CHECK(row < height);
    CHECK_EQ(strlen(text), width);
    for (const char* c = text; *c != '\0'; ++c) CHECK((*c >= ' ' && *c <= '~') || *c == '\xDF');
    memcpy(lines[row], text, width);
  }
};

struct Rig {
  FakeDisplay display;
  louver::StatusLines lines{display};
  Status status;
  Rig(uint8_t columns, uint8_t rows) : display(columns, rows) {
    status.temperature = 2537;
    status.humidity = 6004;
    status.window = 7550;
    status.isConnected = true;
    status.held = 3;
  }
  /// How many lines are written until nothing changes.
  int show() {
    const int before = display.writes;
    for (int i = 0; i < 10; ++i) {
      const int one = display.writes;
      lines.show(status);
      // Never two in one call.
      CHECK(display.writes - one <= 1);
    }
    return display.writes - before;
  }
};

}  // namespace

TEST(two_lines_of_sixteen) {
  Rig rig(16, 2);
  CHECK_EQ(rig.show(), 2);
  CHECK_EQ(rig.display.said(0), "25.4\xDF" "C 60.0%rh  ");
  CHECK_EQ(rig.display.said(1), "Win 76% on 3    ");
}

TEST(four_lines_of_twenty) {
  Rig rig(20, 4);
  rig.status.isMoving = true;
  CHECK_EQ(rig.show(), 4);
  CHECK_EQ(rig.display.said(0), "25.4\xDF" "C              ");
  CHECK_EQ(rig.display.said(1), "60.0%rh             ");
  CHECK_EQ(rig.display.said(2), "Win 76%>            ");
  CHECK_EQ(rig.display.said(3), "on 3                ");
}

TEST(only_what_has_changed_is_written_again) {
  Rig rig(16, 2);
  CHECK_EQ(rig.show(), 2);
  CHECK_EQ(rig.show(), 0);
  rig.status.temperature = 2538;
  CHECK_EQ(rig.show(), 0);
  rig.status.temperature = 2545;
  CHECK_EQ(rig.show(), 1);
  rig.status.isConnected = false;
  rig.status.held = 4;
  CHECK_EQ(rig.show(), 1);
  CHECK_EQ(rig.display.said(1), "Win 76% off 4   ");
  rig.status.held = 12;
  rig.status.humidity = 0;
  CHECK_EQ(rig.show(), 2);
  // What is shorter leaves nothing of what was longer.
  rig.status.held = 5;
  CHECK_EQ(rig.show(), 1);
  CHECK_EQ(rig.display.said(1), "Win 76% off 5   ");
}

TEST(what_nobody_knows_and_what_is_longest) {
  Rig rig(16, 2);
  rig.status = Status();
  CHECK_EQ(rig.show(), 2);
  CHECK_EQ(rig.display.said(0), "-\xDF" "C -%rh        ");
  CHECK_EQ(rig.display.said(1), "Win -% off 0    ");
  rig.status.temperature = -4500;
  rig.status.humidity = 10000;
  rig.status.window = 10000;
  rig.status.isMoving = true;
  rig.status.held = UINT32_MAX;
  rig.show();
  CHECK_EQ(rig.display.said(0), "-45.0\xDF" "C 100.0%rh");
  CHECK_EQ(rig.display.said(1), "Win 100%>off 999");
}

TEST(temperatures_are_rounded_to_the_nearest_tenth) {
  const struct {
    int32_t temperature;
    const char* text;
  } cases[] = {{-5, "-0.1\xDF" "C  "}, {-4, "0.0\xDF" "C   "}, {0, "0.0\xDF" "C   "}, {4, "0.0\xDF" "C   "}, {5, "0.1\xDF" "C   "}, {-2537, "-25.4\xDF" "C "}, {13000, "130.0\xDF" "C "}};
  for (const auto& one : cases) {
    Rig rig(8, 4);
    rig.status.temperature = one.temperature;
    rig.show();
    CHECK_EQ(rig.display.said(0), one.text);
  }
}

TEST(displays_of_every_size) {
  for (int columns = 0; columns <= 40; ++columns) {
    for (int rows = 0; rows <= 8; ++rows) {
      Rig rig(static_cast<uint8_t>(columns), static_cast<uint8_t>(rows));
      // Without columns an empty line is all that there is to write.
      const int most = rows >= 4 ? 4 : rows < 2 ? rows : 2;
      CHECK_EQ(rig.show(), columns > 20 || columns == 0 ? 0 : most);
    }
  }
}
