// What may happen to an image under way.
#include "ota_rig.h"

using louver::Ota;

TEST(ota_download_cut_at_each_byte_goes_on_where_it_was) {
  fillImage();
  Manifest manifest;
  manifest.sign();
  for (uint32_t cut = 0; cut <= 790; ++cut) {
    OtaRig rig;
    rig.server.cutAfter = cut;
    rig.old.offer(manifest.slice());
    for (int i = 0; i < 2000 && rig.server.dials < 2 && rig.slots.restarts == 0; ++i) {
      rig.old.poll();
      rig.ticks.now += 1000;
    }
    const uint32_t had = rig.slots.written;
    rig.server.cutAfter = UINT32_MAX;
    rig.run(rig.old);
    CHECK_EQ(rig.slots.restarts, 1);
    CHECK_EQ(rig.slots.begun, 1);
    if (rig.server.dials == 1) continue;
    CHECK_EQ(rig.server.dials, 2);
    char range[48];
    Text(range, sizeof range).add("\r\nRange: bytes=").addUnsigned(had).add("-\r\n\r\n");
    CHECK(strstr(rig.server.request, range) != nullptr);
  }
}

TEST(ota_download_in_pieces_of_any_size) {
  fillImage();
  Manifest manifest;
  manifest.size = kImageMost;
  manifest.sign();
  const size_t pieces[] = {1, 2, 3, 17, 64, 511, 512, 513, 5000};
  for (size_t piece : pieces) {
    OtaRig rig;
    rig.server.size = kImageMost;
    rig.server.piece = piece;
    rig.old.offer(manifest.slice());
    rig.run(rig.old);
    CHECK_EQ(rig.slots.restarts, 1);
    CHECK_EQ(rig.server.dials, 1);
  }
}

TEST(ota_download_from_a_server_without_ranges) {
  OtaRig rig;
  rig.server.knowsRanges = false;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  // Further each time; sometimes not as far as it was.
  const uint32_t cuts[] = {100, 300, 200, 90, 400, 650, 60};
  for (uint32_t cut : cuts) {
    const int dials = rig.server.dials;
    rig.server.cutAfter = cut;
    while (rig.server.dials == dials) {
      rig.old.poll();
      rig.ticks.now += 100;
    }
  }
  rig.server.cutAfter = UINT32_MAX;
  rig.run(rig.old);
  CHECK_EQ(rig.slots.restarts, 1);
  CHECK_EQ(rig.slots.begun, 1);
}

TEST(ota_download_gives_up_after_some_tries_and_begins_again_when_it_is_told_again) {
  struct Case {
    const char* status;
    bool refuses;
    bool neverOpens;
    bool isSilent;
    const char* reason;
  };
  const Case cases[] = {{nullptr, true, false, false, "HTTP status 0"},
                        {nullptr, false, true, false, "HTTP status 0"},
                        {nullptr, false, false, true, "HTTP status 0"},
                        {"404 Not Found", false, false, false, "HTTP status 404"},
                        {"503 Busy", false, false, false, "HTTP status 503"},
                        {"301 Moved", false, false, false, "HTTP status 301"},
                        {"100 Continue", false, false, false, "HTTP status 100"}};
  for (const Case& one : cases) {
    OtaRig rig;
    rig.server.status = one.status;
    rig.server.refuses = one.refuses;
    rig.server.neverOpens = one.neverOpens;
    rig.server.isSilent = one.isSilent;
    Manifest manifest;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old, 500);
    CHECK(rig.hasReason(one.reason));
    CHECK_EQ(rig.server.dials, 20);
    CHECK(!rig.server.isOpen && !rig.slots.isBegun);
    CHECK_EQ(rig.slots.switched, 0);
    rig.ticks.now += 3600000;
    rig.old.poll();
    CHECK_EQ(rig.server.dials, 20);

    // As often, and from the shortest wait on.
    rig.last[0] = '\0';
    const uint32_t began = rig.ticks.now;
    rig.old.offer(manifest.slice());
    while (rig.server.dials < 22) {
      rig.old.poll();
      rig.ticks.now += 100;
    }
    CHECK(rig.ticks.now - began <= 5000 + 20000 + 2000 + 500);
    rig.run(rig.old, 500);
    CHECK_EQ(rig.server.dials, 40);

    rig.server.status = nullptr;
    rig.server.refuses = rig.server.neverOpens = rig.server.isSilent = false;
    rig.old.offer(manifest.slice());
    rig.last[0] = '\0';
    rig.run(rig.old);
    CHECK_EQ(rig.slots.restarts, 1);
  }
}

TEST(ota_download_that_breaks_off_each_time_ends) {
  OtaRig rig;
  rig.server.knowsRanges = false;
  rig.server.cutAfter = 600;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  rig.run(rig.old, 500);
  CHECK(rig.hasReason("HTTP status 200"));
  CHECK_EQ(rig.server.dials, 20);
}

TEST(ota_download_waits_longer_each_time) {
  OtaRig rig;
  rig.server.refuses = true;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  uint32_t before = rig.ticks.now;
  uint32_t least = 1000;
  for (int dials = 1; dials < 9; ++dials) {
    while (rig.server.dials < dials) {
      rig.old.poll();
      ++rig.ticks.now;
    }
    if (dials > 1) {
      const uint32_t waited = rig.ticks.now - before;
      CHECK(waited >= least && waited <= 2 * least + 10);
      least = least * 2 > 30000 ? 30000 : least * 2;
    }
    before = rig.ticks.now;
  }
}

TEST(ota_download_from_a_server_that_lies_about_the_length) {
  const char* const lengths[] = {"Content-Length: 699\r\n", "Content-Length: 701\r\n", "Content-Length: 0\r\n", "X: 1\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 700\r\nContent-Length: 700\r\n"};
  for (const char* length : lengths) {
    OtaRig rig;
    rig.server.length = length;
    Manifest manifest;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old);
    CHECK(rig.hasReason("bad length"));
    CHECK_EQ(rig.server.dials, 1);
    CHECK_EQ(rig.slots.written, 0);
    CHECK(!rig.server.isOpen && !rig.slots.isBegun);
    rig.old.offer(manifest.slice());
    CHECK(!rig.old.hasNews());
  }
}

TEST(ota_download_from_a_server_that_sends_another_length_than_it_says) {
  // Less, as if the connection had been cut, for ever; in chunks all the same; more.
  OtaRig less;
  less.server.length = "Content-Length: 700\r\n";
  less.server.status = "200 OK";
  less.server.knowsRanges = false;
  less.server.size = 650;
  Manifest manifest;
  less.old.offer(manifest.sign().slice());
  less.run(less.old, 500);
  CHECK(less.hasReason("HTTP status 200"));

  OtaRig chunks;
  chunks.server.length = "Transfer-Encoding: chunked\r\nContent-Length: 700\r\n";
  chunks.server.more = "\r\n2bc";  // The length of the first chunk, where the image should be.
  chunks.server.extra = 10;
  chunks.old.offer(manifest.slice());
  chunks.run(chunks.old);
  CHECK(chunks.hasReason("bad sha256"));
  CHECK_EQ(chunks.slots.switched, 0);

  OtaRig more;
  more.server.length = "Content-Length: 700\r\n";
  more.server.extra = 100;
  more.old.offer(manifest.slice());
  more.run(more.old);
  CHECK_EQ(more.slots.written, 700);
  CHECK_EQ(more.slots.restarts, 1);
}

TEST(ota_download_that_is_no_http) {
  const char* const statuses[] = {"20 OK", "2x0 OK", "", "OK 200"};
  for (const char* status : statuses) {
    OtaRig rig;
    rig.server.status = status;
    Manifest manifest;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old, 500);
    CHECK(strstr(rig.last, "\"FAILED\"") != nullptr);
    CHECK_EQ(rig.server.dials, 20);
    CHECK_EQ(rig.slots.written, 0);
  }
}

TEST(ota_download_with_any_bit_flipped) {
  fillImage();
  Manifest manifest;
  manifest.sign();
  for (uint32_t bit = 0; bit < 8 * 700; ++bit) {
    OtaRig rig;
    rig.server.flipAt = bit;
    rig.old.offer(manifest.slice());
    rig.run(rig.old, 5001);
    CHECK(rig.hasReason("bad sha256"));
    CHECK_EQ(rig.slots.switched, 0);
    CHECK(!rig.slots.isBegun);
    rig.old.offer(manifest.slice());
    CHECK(!rig.old.hasNews());
  }
}

TEST(ota_download_of_another_image_after_a_break) {
  OtaRig rig;
  rig.server.cutAfter = 300;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  while (rig.server.dials < 2) {
    rig.old.poll();
    rig.ticks.now += 100;
  }
  // Its beginning is of one image, its end of another.
  rig.server.cutAfter = UINT32_MAX;
  rig.server.flipAt = 8 * 650;
  rig.run(rig.old);
  CHECK(rig.hasReason("bad sha256"));
  CHECK_EQ(rig.slots.switched, 0);
}

TEST(ota_download_goes_on_while_the_clock_wraps) {
  for (uint32_t before = 0; before < 12000; before += 500) {
    OtaRig rig;
    rig.ticks.now = UINT32_MAX - before;
    Manifest manifest;
    rig.server.piece = 50;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old, 250);
    CHECK_EQ(rig.slots.restarts, 1);
    CHECK_EQ(rig.server.dials, 1);
  }
}
