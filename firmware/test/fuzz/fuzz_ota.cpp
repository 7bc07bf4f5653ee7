// An update [P-38]: what comes as its manifest, and what a server answers to whoever fetches its image.
#include "fuzz.h"
#include "json_in.h"
#include "ota.h"

using louver::Dial;
using louver::JsonMember;
using louver::JsonObject;
using louver::Ota;
using louver::OtaManifest;
using louver::Text;

namespace {

constexpr char kManifest[] =
    "{\"version\":\"1.3.0\",\"board\":\"b\",\"url\":\"http://a/b\",\"size\":300,\"secure_version\":4,\"signature\":\"MEQC\","
    "\"sha256\":\"04773f8726c81cafcfa1a09a82664b98b00d2021031a1715bca1154f2dad3472\"}";

struct Clock : louver::Ticks {
  uint32_t now = 0;
  uint32_t nowMs() override { return now; }
};

struct Dice : louver::Random {
  uint32_t state = 1;
  uint32_t next() override { return state = state * 1664525 + 1013904223; }
};

/// Takes every signature, after having read all of it.
struct Credulous : louver::SignatureVerifier {
  bool verify(const uint8_t digest[32], const uint8_t* signature, size_t length) override {
    ALWAYS(length > 0 && length <= 72);
    uint8_t sum = digest[31];
    for (size_t i = 0; i < length; ++i) sum = static_cast<uint8_t>(sum ^ signature[i]);
    volatile uint8_t read = sum;
    return read == sum;
  }
};

/// Whoever writes begins before, goes on where he was, and starts only what is whole and has the hash that was signed.
struct Slots : louver::UpdateSlots {
  uint32_t size = 0;
  uint32_t written = 0;
  bool isBegun = false;
  bool isSwitched = false;
  louver::Sha256 sum;
  uint8_t wanted[32] = {};

  uint32_t capacity() const override { return 4096; }
  bool begin(uint32_t bytes) override {
    ALWAYS(!isBegun && !isSwitched && bytes > 0 && bytes <= 4096);
    size = bytes;
    written = 0;
    sum.begin();
    return isBegun = true;
  }
  bool write(uint32_t offset, const uint8_t* from, uint32_t length) override {
    ALWAYS(isBegun && offset == written && length > 0 && length <= size - written);
    sum.add(from, length);
    written += length;
    return true;
  }
  bool switchBoot() override {
    ALWAYS(isBegun && written == size);
    uint8_t digest[32];
    sum.finish(digest);
    ALWAYS(memcmp(digest, wanted, sizeof digest) == 0);
    return isSwitched = true;
  }
  void markValid() override { ALWAYS(false); }
  bool onTrial() const override { return false; }
  void restart() override { ALWAYS(isSwitched); }
  void abort() override {
    ALWAYS(isBegun && !isSwitched);
    isBegun = false;
  }
  uint32_t tried() const override { return 0; }
  bool setTried(uint32_t manifest) override { return manifest != 0; }
};

/// Answers with the input, in pieces, and breaks off now and then.
struct Server : louver::HostDialer {
  const uint8_t* data = nullptr;
  size_t left = 0;
  bool isOpen = false;
  Dice dice;

  void begin(const char* host, size_t length, uint16_t port) override {
    ALWAYS(length > 0 && host[0] != '\0' && port > 0);
    isOpen = true;
  }
  Dial poll() override { return isOpen ? Dial::kOpen : Dial::kFailed; }
  int read(uint8_t* to, size_t capacity) override {
    if (!isOpen || left == 0) return -1;
    size_t count = dice.next() % capacity + 1;
    if (count > left) count = left;
    memcpy(to, data, count);
    data += count;
    left -= count;
    isOpen = dice.next() % 8 != 0;
    return static_cast<int>(count);
  }
  int write(const uint8_t*, size_t length) override {
    ALWAYS(length > 0);
    return isOpen ? static_cast<int>(dice.next() % length + 1) : -1;
  }
  void close() override { isOpen = false; }
};

/// What is published is JSON whatever came in.
void publish(Ota* ota) {
  char buffer[Ota::kStateBytes];
  Text text(buffer, sizeof buffer);
  ota->writeState(&text);
  ALWAYS(!text.isCut() && !ota->hasNews());
  JsonObject state({buffer, text.length()});
  JsonMember member;
  int members = 0;
  while (state.next(&member)) ++members;
  ALWAYS(state.isGood() && members == 4);
}

}  // namespace

/// A byte, half of the length of a manifest; 0: a good one. Then the manifest, then what the server sends.
void fuzz(const uint8_t* data, size_t size) {
  if (size == 0) return;
  size_t length = data[0] * 2U;
  if (length > size - 1) length = size - 1;
  // In memory of its own: it is good during the call only, and ends where it ends.
  char* const text = static_cast<char*>(malloc(length > 0 ? length : sizeof kManifest - 1));
  if (length > 0) {
    memcpy(text, data + 1, length);
  } else {
    memcpy(text, kManifest, sizeof kManifest - 1);
  }
  const louver::Slice manifest = {text, length > 0 ? length : sizeof kManifest - 1};

  Clock clock;
  Dice dice;
  Credulous verifier;
  Slots slots;
  Server server;
  server.data = data + 1 + length;
  server.left = size - 1 - length;
  const louver::OtaPorts ports{server, slots, verifier, clock, dice};
  const louver::RunningImage running = {"b", "1", 4};
  Ota ota(ports, running);
  ota.begin();
  OtaManifest read;
  if (louver::parseManifest(manifest, &read)) memcpy(slots.wanted, read.sha256, sizeof slots.wanted);
  ota.offer(manifest);
  free(text);
  for (int i = 0; i < 400; ++i) {
    if (ota.hasNews()) publish(&ota);
    ota.poll();
    clock.now += 1000;
  }
}
