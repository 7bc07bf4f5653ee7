#include "ota.h"

#include "ota_rig.h"

using louver::Ota;

TEST(ota_from_manifest_to_an_image_that_stays) {
  OtaRig rig;
  Manifest manifest;
  rig.old.offer(manifest.sign().slice());
  CHECK_EQ(rig.verifier.asked, 1);
  CHECK_EQ(rig.server.dials, 0);
  rig.run(rig.old);
  CHECK(check::same(rig.states, "DOWNLOADING 0,DOWNLOADED 100,VERIFIED 100,UPDATING 100,"));
  CHECK(check::same(rig.last, "{\"version\":\"1.3.0\",\"state\":\"UPDATING\",\"progress\":100,\"reason\":\"\"}"));
  CHECK(check::same(rig.server.host, "10.0.0.2"));
  CHECK_EQ(rig.server.port, 8080);
  CHECK(check::same(rig.server.request, "GET /fw/esp32c3.bin HTTP/1.1\r\nHost: 10.0.0.2:8080\r\nRange: bytes=0-\r\n\r\n"));
  CHECK_EQ(rig.slots.switched, 1);
  CHECK_EQ(rig.slots.restarts, 1);
  CHECK(!rig.server.isOpen);

  rig.slots.boot();
  CHECK(rig.slots.isTrial);
  Ota next(rig.ports, kNew);
  next.begin();
  next.poll();
  CHECK(!next.hasNews());
  next.contact();
  CHECK_EQ(rig.slots.marked, 1);
  rig.run(next);
  CHECK(check::same(rig.last, "{\"version\":\"1.3.0\",\"state\":\"UPDATED\",\"progress\":100,\"reason\":\"\"}"));
  next.offer(manifest.slice());
  CHECK(!next.hasNews());
  rig.ticks.now += Ota::kTrialMs;
  next.poll();
  CHECK_EQ(rig.slots.restarts, 1);
  CHECK_EQ(rig.server.dials, 1);
}

TEST(ota_manifest_again_and_again) {
  OtaRig rig;
  Manifest manifest;
  manifest.sign();
  for (int i = 0; i < 400 && rig.slots.restarts == 0; ++i) {
    rig.old.offer(manifest.slice());
    rig.publish(rig.old);
    rig.old.poll();
    rig.ticks.now += 100;
  }
  CHECK_EQ(rig.slots.restarts, 1);
  CHECK_EQ(rig.slots.begun, 1);
  CHECK_EQ(rig.verifier.asked, 1);
  CHECK_EQ(rig.server.dials, 1);
}

TEST(ota_that_runs_already) {
  OtaRig rig;
  Manifest manifest;
  manifest.version = kOld.version;
  rig.old.offer(manifest.sign().slice());
  rig.run(rig.old);
  // What a power cut between starting and telling has left unsaid.
  CHECK(check::same(rig.last, "{\"version\":\"1.2.9\",\"state\":\"UPDATED\",\"progress\":100,\"reason\":\"\"}"));
  rig.old.offer(manifest.slice());
  CHECK(!rig.old.hasNews());
  CHECK_EQ(rig.slots.begun, 0);
  CHECK_EQ(rig.server.dials, 0);
}

namespace {

void refuses(const Manifest& manifest, const char* reason, const char* version = "1.3.0") {
  OtaRig rig;
  rig.old.offer(manifest.slice());
  rig.run(rig.old);
  CHECK(rig.hasReason(reason));
  if (!rig.hasReason(reason)) printf("    %s\n    %s\n", rig.last, reason);
  char begin[64];
  Text(begin, sizeof begin).add("{\"version\":\"").add(version).add("\",\"state\":\"FAILED\",\"progress\":0,");
  CHECK(strncmp(rig.last, begin, strlen(begin)) == 0);
  // For good: not until it is another one.
  rig.old.offer(manifest.slice());
  CHECK(!rig.old.hasNews());
  for (int i = 0; i < 1000; ++i) {
    rig.old.poll();
    rig.ticks.now += 1000;
  }
  CHECK_EQ(rig.server.dials, 0);
  CHECK_EQ(rig.slots.begun, 0);
  Manifest good;
  rig.old.offer(good.sign().slice());
  rig.run(rig.old);
  CHECK_EQ(rig.slots.restarts, 1);
}

}  // namespace

TEST(ota_refusals) {
  fillImage();
  Manifest manifest;
  manifest.board = "esp32";
  refuses(manifest.sign(), "other board");
  manifest = Manifest();
  manifest.secureVersion = 3;
  refuses(manifest.sign(), "too old");
  manifest = Manifest();
  *(strstr(manifest.sign().text, "\"secure_version\":4") + 17) = '5';
  refuses(manifest, "bad signature");
  manifest = Manifest();
  *(strstr(manifest.sign().text, "\"size\":700") + 9) = '1';
  refuses(manifest, "bad signature");
  manifest = Manifest();
  *(strstr(manifest.sign().text, "\"size\":700") + 6) = ' ';
  refuses(manifest, "no manifest", "");
  manifest = Manifest();
  manifest.version = "1.3.0-rc.1+build.1234";
  refuses(manifest.sign(), "no manifest", "");
  Text(manifest.text, sizeof manifest.text).add("hello");
  refuses(manifest, "no manifest", "");
}

TEST(ota_of_an_image_that_just_fits_and_of_one_that_does_not) {
  for (uint32_t room = 699; room <= 700; ++room) {
    OtaRig rig;
    rig.slots.room = room;
    Manifest manifest;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old);
    CHECK_EQ(rig.slots.restarts, room == 700 ? 1 : 0);
    CHECK_EQ(rig.hasReason("too large"), room == 699);
  }
}

TEST(ota_urls_that_are_none) {
  fillImage();
  // The last one has 81 characters.
  const char* const urls[] = {"https://a/b", "ftp://a/b", "http:/a/b", "http://", "http:///b", "http://a", "http://:80/b", "http://a:/b", "http://a:0/b", "http://a:65536/b", "http://a:80x/b",
                              "http://a:4294967376/b", "http://u:p@a/b", "http://[::1]/b", "http", "HTTP://a/b", "http://0123456789012345678901234567890123456789012345678901234567890123456789012/"};
  for (const char* url : urls) {
    Manifest manifest;
    manifest.url = url;
    refuses(manifest.sign(), "bad url");
  }
}

TEST(ota_urls_that_are_taken) {
  struct Case {
    const char* url;
    const char* host;
    uint16_t port;
    const char* request;
  };
  // The last one has 80 characters.
  const Case cases[] = {{"http://a/", "a", 80, "GET / HTTP/1.1\r\nHost: a\r\n"},
                        {"http://a.example:65535/b/c?d=e:f", "a.example", 65535, "GET /b/c?d=e:f HTTP/1.1\r\nHost: a.example:65535\r\n"},
                        {"http://a:1/x:y", "a", 1, "GET /x:y HTTP/1.1\r\nHost: a:1\r\n"},
                        {"http://012345678901234567890123456789012345678901234567890123456789012345678901/", "012345678901234567890123456789012345678901234567890123456789012345678901", 80,
                         "GET / HTTP/1.1\r\nHost: 012345678901234567890123456789012345678901234567890123456789012345678901\r\n"}};
  for (const Case& one : cases) {
    OtaRig rig;
    Manifest manifest;
    manifest.url = one.url;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old);
    CHECK(check::same(rig.server.host, one.host));
    CHECK_EQ(rig.server.port, one.port);
    CHECK(strncmp(rig.server.request, one.request, strlen(one.request)) == 0);
    CHECK_EQ(rig.slots.restarts, 1);
  }
}

TEST(ota_manifest_with_any_bit_flipped_starts_nothing_that_is_not_signed) {
  fillImage();
  Manifest manifest;
  const size_t length = strlen(manifest.sign().text);
  uint32_t started = 0;
  for (size_t bit = 0; bit < 8 * length; ++bit) {
    OtaRig rig;
    Manifest flipped = manifest;
    flipped.text[bit / 8] = static_cast<char>(flipped.text[bit / 8] ^ 1 << bit % 8);
    // FakeSlots holds what is switched to against what was signed.
    rig.old.offer({flipped.text, length});
    rig.run(rig.old, 5001);
    started += static_cast<uint32_t>(rig.slots.switched);
    CHECK(rig.slots.switched == 1 || strstr(rig.last, "\"FAILED\"") != nullptr || strstr(rig.last, "UPDATED") != nullptr);
  }
  // Version and URL are not signed: an image may be kept elsewhere.
  CHECK(started > 0 && started < 8 * 45);
}

TEST(ota_withdrawn_and_replaced) {
  OtaRig rig;
  Manifest manifest;
  rig.old.offer({"", 0});
  CHECK(!rig.old.hasNews());
  rig.server.isSilent = true;
  rig.old.offer(manifest.sign().slice());
  rig.run(rig.old, 6000);
  rig.server.isSilent = false;
  CHECK(rig.hasReason("HTTP status 0"));

  rig.server.piece = 10;
  rig.old.offer(manifest.slice());
  for (int i = 0; i < 100; ++i) {
    rig.publish(rig.old);
    rig.old.poll();
    rig.ticks.now += 100;
  }
  CHECK(rig.server.isOpen && rig.slots.written > 0);
  rig.old.offer({"", 0});
  CHECK(!rig.server.isOpen && !rig.slots.isBegun);
  rig.publish(rig.old);
  CHECK(rig.hasReason("withdrawn"));
  rig.old.offer({"", 0});
  CHECK(!rig.old.hasNews());

  // The same one once more, and another one while it is under way.
  rig.old.offer(manifest.slice());
  for (int i = 0; i < 100; ++i) {
    rig.old.poll();
    rig.ticks.now += 100;
  }
  CHECK(rig.slots.written > 0 && rig.slots.written < 700);
  Manifest other;
  other.version = "1.4.0";
  other.size = rig.server.size = 900;
  rig.last[0] = '\0';
  rig.old.offer(other.sign().slice());
  rig.run(rig.old);
  CHECK(check::same(rig.last, "{\"version\":\"1.4.0\",\"state\":\"UPDATING\",\"progress\":100,\"reason\":\"\"}"));
  CHECK_EQ(rig.slots.restarts, 1);
}

TEST(ota_with_flash_that_fails) {
  for (int way = 0; way < 4; ++way) {
    OtaRig rig;
    rig.slots.failsBegin = way == 0;
    rig.slots.failsSwitch = way == 1;
    if (way >= 2) rig.slots.failsAt = way == 2 ? 0 : 600;
    Manifest manifest;
    rig.old.offer(manifest.sign().slice());
    rig.run(rig.old);
    CHECK(rig.hasReason("flash fails"));
    CHECK_EQ(rig.slots.restarts, 0);
    CHECK(!rig.slots.isSwitched && !rig.slots.isBegun && !rig.server.isOpen);
    CHECK_EQ(rig.slots.number, 0);
    rig.old.offer(manifest.slice());
    CHECK(!rig.old.hasNews());
  }
}

TEST(ota_tells_how_far_it_is) {
  OtaRig rig;
  Manifest manifest;
  rig.server.piece = 7;
  rig.old.offer(manifest.sign().slice());
  int percent = 0;
  for (int i = 0; i < 400 && percent < 100; ++i) {
    char buffer[Ota::kStateBytes];
    Text text(buffer, sizeof buffer);
    rig.old.writeState(&text);
    const int now = atoi(strstr(buffer, "\"progress\":") + 11);
    CHECK(now >= percent && now <= 100);
    CHECK((now == 100) == (strstr(buffer, "DOWNLOADED") != nullptr));
    percent = now;
    rig.old.poll();
    rig.ticks.now += 50;
  }
  CHECK_EQ(percent, 100);
}
