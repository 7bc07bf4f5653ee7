// A node with everything it needs, and a broker that answers it, in memory.
#ifndef LOUVER_TEST_NODE_RIG_H
#define LOUVER_TEST_NODE_RIG_H

#include "check.h"
#include "node.h"

// Each file has a rig of its own.
namespace {

using louver::Climate;
using louver::Measured;
using louver::Node;

struct TestTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 3000;  // Wraps.
  uint32_t nowMs() override { return now; }
};

struct TestRandom : louver::Random {
  uint32_t state = 99;
  uint32_t next() override { return state = state * 1664525U + 1013904223U; }
};

struct TestFlash : louver::Flash {
  static constexpr uint32_t kSize = 4096;
  static constexpr uint32_t kSector = 1024;
  uint8_t bytes[kSize];
  bool isDead = false;
  TestFlash() { memset(bytes, 0xFF, sizeof bytes); }
  uint32_t size() const override { return kSize; }
  uint32_t sectorSize() const override { return kSector; }
  bool read(uint32_t offset, void* to, uint32_t length) override {
    if (isDead) return false;
    memcpy(to, bytes + offset, length);
    return true;
  }
  bool program(uint32_t offset, const void* from, uint32_t length) override {
    if (isDead) return false;
    for (uint32_t i = 0; i < length; ++i) bytes[offset + i] &= static_cast<const uint8_t*>(from)[i];
    return true;
  }
  bool erase(uint32_t offset) override {
    if (isDead) return false;
    memset(bytes + offset, 0xFF, kSector);
    return true;
  }
};

struct TestStore : louver::Store {
  struct Entry {
    char name[16];
    uint8_t bytes[160];
    uint16_t length;
  } entries[4] = {};
  bool load(const char* name, void* to, uint16_t length) override {
    for (const Entry& entry : entries) {
      if (strcmp(entry.name, name) != 0 || entry.length != length) continue;
      memcpy(to, entry.bytes, length);
      return true;
    }
    return false;
  }
  bool save(const char* name, const void* from, uint16_t length) override {
    for (Entry& entry : entries) {
      if (entry.name[0] != '\0' && strcmp(entry.name, name) != 0) continue;
      snprintf(entry.name, sizeof entry.name, "%s", name);
      memcpy(entry.bytes, from, length);
      entry.length = length;
      return true;
    }
    return false;
  }
};

struct TestBoard : louver::Board {
  int64_t utc = 0;
  int restarts = 0;
  int identified = 0;
  const char* resetReason() override { return "power-on"; }
  int8_t rssiDbm() override { return -60; }
  uint32_t freeHeapBytes() override { return 100000; }
  int64_t utcMs() override { return utc; }
  void identify() override { ++identified; }
  void restart() override { ++restarts; }
};

struct TestSensor : louver::ClimateSensor {
  int begun = 0;
  bool isBroken = false;
  bool isAsked = false;
  void begin() override {
    ++begun;
    isAsked = true;
  }
  Measured poll(Climate* climate) override {
    if (isAsked) {
      isAsked = false;
      return Measured::kPending;
    }
    *climate = {static_cast<int16_t>(2000 + begun), static_cast<uint16_t>(5000 + begun)};
    return isBroken ? Measured::kFailed : Measured::kDone;
  }
};

struct TestRecorder : louver::Recorder {
  uint32_t count = 0;
  int begun = 0;
  bool isBroken = false;
  uint32_t sampleRateHz() const override { return 100; }
  bool begin(uint32_t samples) override {
    count = samples;
    ++begun;
    return true;
  }
  bool poll() override { return true; }
  uint32_t size() const override { return count * 2; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override {
    if (isBroken) return false;
    for (uint32_t i = 0; i < length; ++i) to[i] = static_cast<uint8_t>(offset + i);
    return true;
  }
};

struct TestMotor : louver::Motor {
  uint16_t at = 0;
  void drive(uint16_t centipercent) override { at = centipercent; }
};

/// Acknowledges what comes, and remembers it; ends the connection after so many bytes.
struct TestBroker : louver::Dialer, louver::Stream {
  static constexpr int kMost = 400;
  struct Message {
    char topic[40];
    char payload[360];
    size_t length;
    bool isRetained;
    bool isDup;
  };
  Message messages[kMost];
  int count = 0;
  int connections = 0;
  int goodbyes = 0;
  bool isUp = true;
  bool isOpen = false;
  bool acknowledges = true;
  bool hearsSound = true;
  size_t endsAfter = SIZE_MAX;
  uint8_t in[4096];  // From the node.
  size_t inLength = 0;
  uint8_t out[4096];
  size_t outLength = 0;
  size_t outAt = 0;

  void reset() {
    count = connections = goodbyes = 0;
    isUp = acknowledges = hearsSound = true;
    isOpen = false;
    endsAfter = SIZE_MAX;
  }
  void begin() override {
    isOpen = isUp;
    inLength = outLength = outAt = 0;
  }
  louver::Dial poll() override { return isOpen ? louver::Dial::kOpen : louver::Dial::kFailed; }
  louver::Stream& stream() override { return *this; }
  void close() override { isOpen = false; }
  int read(uint8_t* to, size_t capacity) override {
    if (!isOpen) return -1;
    size_t some = outLength - outAt;
    if (some > capacity) some = capacity;
    memcpy(to, out + outAt, some);
    outAt += some;
    if (outAt == outLength) outAt = outLength = 0;
    return static_cast<int>(some);
  }
  int write(const uint8_t* from, size_t length) override {
    if (!isOpen) return -1;
    if (endsAfter < length) {
      isOpen = false;
      endsAfter = SIZE_MAX;
      return -1;
    }
    if (endsAfter != SIZE_MAX) endsAfter -= length;
    memcpy(in + inLength, from, length);
    inLength += length;
    while (packet()) {
    }
    return static_cast<int>(length);
  }

  /// To the node, at QoS 1.
  void tell(const char* topic, const char* payload, bool isRetained = false) {
    const size_t named = strlen(topic);
    const size_t length = 2 + named + 2 + strlen(payload);
    uint8_t* to = out + outLength;
    *to++ = isRetained ? 0x33 : 0x32;
    *to++ = static_cast<uint8_t>((length & 0x7F) | 0x80);
    *to++ = static_cast<uint8_t>(length >> 7);
    *to++ = 0;
    *to++ = static_cast<uint8_t>(named);
    memcpy(to, topic, named);
    to += named;
    *to++ = 0;
    *to++ = 9;
    memcpy(to, payload, strlen(payload));
    outLength += 3 + length;
  }
  const Message* last(const char* topic) const {
    for (int i = count - 1; i >= 0; --i) {
      if (strcmp(messages[i].topic, topic) == 0) return &messages[i];
    }
    return nullptr;
  }
  int countOf(const char* topic) const {
    int found = 0;
    for (int i = 0; i < count; ++i) found += strcmp(messages[i].topic, topic) == 0 ? 1 : 0;
    return found;
  }

 private:
  void answer(const void* bytes, size_t length) {
    memcpy(out + outLength, bytes, length);
    outLength += length;
  }
  bool packet() {
    size_t at = 1;
    size_t length = 0;
    for (int shift = 0;; shift += 7) {
      if (at >= inLength) return false;
      length |= static_cast<size_t>(in[at] & 0x7F) << shift;
      if ((in[at++] & 0x80) == 0) break;
    }
    if (inLength - at < length) return false;
    take(in[0], in + at, length);
    inLength -= at + length;
    memmove(in, in + at + length, inLength);
    return true;
  }
  void take(uint8_t head, const uint8_t* body, size_t length) {
    if (head == 0x10) {
      ++connections;
      answer("\x20\2\0\0", 4);
    } else if (head == 0x82) {
      const uint8_t suback[] = {0x90, 3, body[0], body[1], 1};
      answer(suback, sizeof suback);
    } else if (head == 0xE0) {
      ++goodbyes;
    } else if ((head & 0xF0) == 0x30) {
      const size_t named = body[1];
      Message& message = messages[count < kMost - 1 ? count++ : count];
      memcpy(message.topic, body + 2, named);
      message.topic[named] = '\0';
      message.length = length - 4 - named;
      const size_t kept = message.length < sizeof message.payload ? message.length : sizeof message.payload - 1;
      memcpy(message.payload, body + 4 + named, kept);
      message.payload[kept] = '\0';
      message.isRetained = (head & 1) != 0;
      message.isDup = (head & 8) != 0;
      const uint8_t puback[] = {0x40, 2, body[2 + named], body[3 + named]};
      if (acknowledges && (hearsSound || strstr(message.topic, "/audio") == nullptr)) answer(puback, sizeof puback);
    }
  }
};

TestBroker broker;

struct Device {
  TestTicks ticks;
  TestRandom random;
  TestFlash flash;
  TestStore store;
  TestBoard board;
  TestSensor sensor;
  TestRecorder recorder;
  TestMotor motor;
  louver::NodeSettings settings = {"d", nullptr, nullptr, "1.2.3", "test", 60, false, nullptr, 0, {}};

  Device() {
    broker.reset();
    set(louver::protocol::kConfigIntervalS, 60);
    set(louver::protocol::kConfigAudioIntervalS, 0);
    set(louver::protocol::kConfigRecordingS, 1);
    set(louver::protocol::kConfigSlewPercentPerS, 10);
    set(louver::protocol::kConfigFailsafeAfterS, 0);
    set(louver::protocol::kConfigFailsafePosition, 0);
  }
  void set(louver::protocol::ConfigMember member, int32_t value) { settings.config.set(member, value * 1000); }
  const louver::NodePorts& ports() const { return ports_; }
  /// Loops every 10 ms.
  void run(Node& node, uint32_t ms) {
    for (uint32_t passed = 0; passed < ms; passed += 10) {
      ticks.now += 10;
      node.loop();
    }
  }
  /// What it has sent is stored.
  void acknowledge(Node& node, uint32_t upTo) {
    char text[80];
    snprintf(text, sizeof text, "{\"v\":1,\"boot\":%lu,\"seq\":%lu}", static_cast<unsigned long>(node.log().boot()), static_cast<unsigned long>(upTo));
    broker.tell("sensor/d/ack", text);
  }

 private:
  const louver::NodePorts ports_ = {broker, ticks, random, flash, store, board, &sensor, &recorder, &motor, nullptr, nullptr, nullptr, 0};
};

inline bool holds(const TestBroker::Message* message, const char* text) {
  return message != nullptr && strstr(message->payload, text) != nullptr;
}

}  // namespace

#endif
