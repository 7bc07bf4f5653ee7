// A device with two slots, a server that lies as it is told and a signer, for the tests of updates.
#ifndef LOUVER_TEST_OTA_RIG_H
#define LOUVER_TEST_OTA_RIG_H

#include <stdlib.h>

#include "base64.h"
#include "check.h"
#include "ota.h"

namespace {

using louver::Dial;
using louver::Slice;
using louver::Text;

constexpr uint32_t kImageMost = 4096;
uint8_t image[kImageMost];

inline void fillImage() {
  for (uint32_t i = 0; i < kImageMost; ++i) image[i] = static_cast<uint8_t>((i * 2654435761U) >> 24);
}

inline void hexOf(const uint8_t* bytes, size_t length, char* to) {
  for (size_t i = 0; i < 2 * length; ++i) to[i] = "0123456789abcdef"[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
  to[2 * length] = '\0';
}

struct OtaTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 3000;  // Wraps in every test that takes longer.
  uint32_t nowMs() override { return now; }
};

struct OtaRandom : louver::Random {
  uint32_t state = 1;
  uint32_t next() override { return state = state * 1664525 + 1013904223; }
};

/// Takes for a signature the digest with every bit turned: nobody has that by accident.
struct FakeVerifier : louver::SignatureVerifier {
  int asked = 0;
  uint8_t last[32] = {};
  bool verify(const uint8_t digest[32], const uint8_t* signature, size_t length) override {
    ++asked;
    memcpy(last, digest, 32);
    for (size_t i = 0; i < 32; ++i) {
      if (length != 32 || signature[i] != static_cast<uint8_t>(~digest[i])) return false;
    }
    return true;
  }
};

/// What outlives a restart: two slots, which of them starts, whether on trial.
struct FakeSlots : louver::UpdateSlots {
  uint8_t other[kImageMost] = {};
  uint32_t room = kImageMost;
  uint32_t written = 0;
  uint32_t number = 0;
  uint32_t signedSize = 0;
  bool isNew = false;
  bool isTrial = false;
  bool isSwitched = false;
  bool isBegun = false;
  bool failsBegin = false;
  bool failsSwitch = false;
  uint32_t failsAt = UINT32_MAX;
  int begun = 0;
  int aborted = 0;
  int switched = 0;
  int restarts = 0;
  int marked = 0;

  uint32_t capacity() const override { return room; }
  bool begin(uint32_t size) override {
    ++begun;
    written = 0;
    signedSize = size;
    return isBegun = !failsBegin;
  }
  bool write(uint32_t offset, const uint8_t* from, uint32_t length) override {
    CHECK(isBegun);
    CHECK_EQ(offset, written);
    if (offset != written || length > kImageMost - offset || offset + length > failsAt) return false;
    memcpy(other + offset, from, length);
    written += length;
    return true;
  }
  /// Whatever happened before: only what was signed is ever started.
  bool switchBoot() override {
    CHECK(isBegun);
    CHECK_EQ(written, signedSize);
    CHECK(memcmp(other, image, written) == 0);
    ++switched;
    if (failsSwitch) return false;
    isBegun = false;
    return isSwitched = true;
  }
  void markValid() override {
    ++marked;
    isTrial = false;
  }
  bool onTrial() const override { return isTrial; }
  void restart() override { ++restarts; }
  void abort() override {
    ++aborted;
    isBegun = false;
  }
  uint32_t tried() const override { return number; }
  bool setTried(uint32_t manifest) override {
    number = manifest;
    return true;
  }
  /// The boot loader, also after the loss of power.
  void boot() {
    if (isSwitched) {
      isNew = isTrial = true;
    } else if (isTrial) {
      isNew = isTrial = false;
    }
    isSwitched = isBegun = false;
  }
};

/// An HTTP server at the other end, and the way to it.
struct FakeServer : louver::HostDialer {
  uint32_t size = 0;
  // How it lies.
  const char* status = nullptr;       // Instead of the right one.
  const char* length = nullptr;       // Line instead of Content-Length.
  const char* more = "";              // Further lines.
  bool knowsRanges = true;
  bool isSilent = false;
  bool refuses = false;
  bool neverOpens = false;
  uint32_t cutAfter = UINT32_MAX;     // Bytes of a response.
  uint32_t extra = 0;                 // Bytes behind the image.
  uint32_t flipAt = UINT32_MAX;       // Bit of the image.
  size_t piece = 100000;
  // What it saw.
  int dials = 0;
  char host[100] = "";
  uint16_t port = 0;
  char request[400] = "";
  size_t requestLength = 0;
  uint32_t from = 0;
  uint32_t answered = 0;
  char head[300] = "";
  bool isOpen = false;

  void begin(const char* name, size_t nameLength, uint16_t where) override {
    ++dials;
    Text(host, sizeof host).add(name, nameLength);
    port = where;
    requestLength = answered = 0;
    head[0] = request[0] = '\0';
    isOpen = !refuses;
  }
  Dial poll() override { return neverOpens ? Dial::kPending : isOpen ? Dial::kOpen : Dial::kFailed; }
  void close() override { isOpen = false; }

  int write(const uint8_t* bytes, size_t count) override {
    if (!isOpen) return -1;
    if (count > piece) count = piece;
    CHECK(requestLength + count < sizeof request);
    memcpy(request + requestLength, bytes, count);
    requestLength += count;
    request[requestLength] = '\0';
    if (strstr(request, "\r\n\r\n") != nullptr) answer();
    return static_cast<int>(count);
  }
  void answer() {
    const char* range = strstr(request, "Range: bytes=");
    const uint32_t wanted = range == nullptr ? 0 : static_cast<uint32_t>(atoi(range + 13));
    from = knowsRanges ? wanted : 0;
    Text text(head, sizeof head);
    text.add("HTTP/1.1 ").add(status != nullptr ? status : knowsRanges ? "206 Partial Content" : "200 OK").add("\r\nServer: x\r\n");
    if (length != nullptr) {
      text.add(length);
    } else {
      text.add("CONTENT-length:  ").addUnsigned(size - from).add("\r\n");
    }
    text.add(more).add("\r\n");
    CHECK(!text.isCut());
  }
  int read(uint8_t* to, size_t capacity) override {
    if (!isOpen) return -1;
    if (isSilent || head[0] == '\0') return 0;
    const uint32_t headLength = static_cast<uint32_t>(strlen(head));
    const uint32_t whole = headLength + size - from + extra;
    size_t count = 0;
    for (; count < capacity && count < piece && answered < whole && answered < cutAfter; ++answered, ++count) {
      const uint32_t at = from + answered - headLength;
      if (answered < headLength) {
        to[count] = static_cast<uint8_t>(head[answered]);
      } else {
        to[count] = at < size ? image[at] : 0xEE;
        if (at == flipAt / 8) to[count] = static_cast<uint8_t>(to[count] ^ 1 << flipAt % 8);
      }
    }
    return count > 0 ? static_cast<int>(count) : -1;
  }
};

const louver::RunningImage kOld = {"esp32c3", "1.2.9", 4};
const louver::RunningImage kNew = {"esp32c3", "1.3.0", 4};

/// A manifest that is signed; what a test wants otherwise, it changes before `sign` or in the text.
struct Manifest {
  const char* version = "1.3.0";
  const char* board = "esp32c3";
  const char* url = "http://10.0.0.2:8080/fw/esp32c3.bin";
  uint32_t size = 700;
  uint32_t secureVersion = 4;
  char text[512] = "";

  Slice slice() const { return {text, strlen(text)}; }
  Manifest& sign() {
    uint8_t digest[32];
    char hash[65];
    louver::Sha256 sum;
    sum.add(image, size);
    sum.finish(digest);
    hexOf(digest, 32, hash);
    char buffer[200];
    Text signedText(buffer, sizeof buffer);
    signedText.add("louver-ota:v1\n").add(board).add('\n').addUnsigned(secureVersion).add('\n').addUnsigned(size).add('\n').add(hash).add('\n');
    sum.begin();
    sum.add(buffer, signedText.length());
    sum.finish(digest);
    uint8_t turned[33] = {};
    for (int i = 0; i < 32; ++i) turned[i] = static_cast<uint8_t>(~digest[i]);
    char signature[45];
    for (int i = 0; i < 44; ++i) {
      const int bit = 6 * i;
      const int bits = turned[bit / 8] << 8 | (bit / 8 < 32 ? turned[bit / 8 + 1] : 0);
      signature[i] = i == 43 ? '=' : louver::kBase64[bits >> (10 - bit % 8) & 63];
    }
    signature[44] = '\0';
    Text json(text, sizeof text);
    json.add("{\"version\":\"").add(version).add("\",\"board\":\"").add(board).add("\",\"url\":\"").add(url).add("\",\"size\":").addUnsigned(size);
    json.add(",\"sha256\":\"").add(hash).add("\",\"secure_version\":").addUnsigned(secureVersion).add(",\"signature\":\"").add(signature).add("\"}");
    CHECK(!json.isCut());
    return *this;
  }
};

/// What was published, one behind the other: `DOWNLOADING 0,DOWNLOADED 100,`.
struct OtaRig {
  OtaTicks ticks;
  OtaRandom random;
  FakeVerifier verifier;
  FakeSlots slots;
  FakeServer server;
  louver::OtaPorts ports{server, slots, verifier, ticks, random};
  louver::Ota old{ports, kOld};
  char last[200] = "";
  char states[600] = "";

  OtaRig() {
    fillImage();
    server.size = 700;
    old.begin();
  }
  void publish(louver::Ota& ota) {
    if (!ota.hasNews()) return;
    Text text(last, louver::Ota::kStateBytes);
    ota.writeState(&text);
    CHECK(!text.isCut());
    const char* state = strstr(last, "\"state\":\"") + 9;
    const char* progress = strstr(last, "\"progress\":") + 11;
    const size_t before = strlen(states);
    Text all(states + before, sizeof states - before);
    all.add(state, strcspn(state, "\"")).add(' ').add(progress, strcspn(progress, ",")).add(',');
  }
  /// Until it restarts or has nothing more to do: an hour at most.
  void run(louver::Ota& ota, uint32_t stepMs = 50) {
    const int restarts = slots.restarts;
    for (uint32_t ms = 0; ms < 3600000 && slots.restarts == restarts; ms += stepMs) {
      publish(ota);
      ota.poll();
      ticks.now += stepMs;
      if (strstr(last, "\"FAILED\"") != nullptr || strstr(last, "\"UPDATED\"") != nullptr) break;
    }
    publish(ota);
  }
  bool hasReason(const char* reason) const {
    const char* found = strstr(last, "\"reason\":\"");
    return found != nullptr && strlen(found + 10) == strlen(reason) + 2 && memcmp(found + 10, reason, strlen(reason)) == 0;
  }
};

}  // namespace

#endif
