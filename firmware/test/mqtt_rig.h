// A client on a stream that takes and gives as it is told, for the tests of both.
#ifndef LOUVER_TEST_MQTT_RIG_H
#define LOUVER_TEST_MQTT_RIG_H

#include "check.h"
#include "mqtt_client.h"

// Each file has a rig of its own: one for all would let the linker mix their wires.
namespace {

using louver::ByteSource;
using louver::MqttClient;
using louver::MqttEnd;
using louver::MqttState;
using louver::Slice;
using louver::Stream;

struct FakeTicks : louver::Ticks {
  uint32_t now = UINT32_MAX - 5000;  // Wraps in every test that takes longer.
  uint32_t nowMs() override { return now; }
};

/// What a payload of a recording looks like: made anew for each byte, never held.
struct Pattern : ByteSource {
  uint32_t length;
  bool isBroken = false;
  explicit Pattern(uint32_t bytes) : length(bytes) {}
  static uint8_t at(uint32_t offset) { return static_cast<uint8_t>((offset * 2654435761U) >> 24); }
  uint32_t size() const override { return length; }
  bool read(uint32_t offset, uint8_t* to, uint32_t count) override {
    if (isBroken || offset + count > length) return false;
    for (uint32_t i = 0; i < count; ++i) to[i] = at(offset + i);
    return true;
  }
};

/// A stream that takes and gives as little as it likes, and ends where it is told to.
struct Wire : Stream {
  static constexpr size_t kMost = 200000;
  uint8_t sent[kMost];
  size_t sentLength = 0;
  uint8_t coming[2048];
  size_t comingLength = 0;
  size_t comingAt = 0;
  size_t piece = 1000000;
  size_t endsAfter = SIZE_MAX;
  bool isClosed = false;

  void open() {
    sentLength = comingLength = comingAt = 0;
    endsAfter = SIZE_MAX;
    isClosed = false;
  }
  void give(const void* bytes, size_t length) {
    memcpy(coming + comingLength, bytes, length);
    comingLength += length;
  }
  int read(uint8_t* to, size_t capacity) override {
    if (isClosed) return -1;
    size_t count = comingLength - comingAt;
    if (count > capacity) count = capacity;
    if (count > piece) count = piece;
    memcpy(to, coming + comingAt, count);
    comingAt += count;
    return static_cast<int>(count);
  }
  int write(const uint8_t* from, size_t length) override {
    if (isClosed || sentLength >= endsAfter) return -1;
    size_t count = length < piece ? length : piece;
    if (count > endsAfter - sentLength) count = endsAfter - sentLength;
    if (count > kMost - sentLength) count = kMost - sentLength;
    memcpy(sent + sentLength, from, count);
    sentLength += count;
    return static_cast<int>(count);
  }
  void close() override { isClosed = true; }
};

struct Seen : louver::MqttHandler {
  int connected = 0;
  bool hadSession = false;
  int published = 0;
  int messages = 0;
  int subscription = -1;
  char payload[64] = "";
  bool wasRetained = false;
  void onConnected(bool sessionPresent) override {
    ++connected;
    hadSession = sessionPresent;
  }
  void onMessage(uint8_t place, Slice text, bool retained) override {
    ++messages;
    wasRetained = retained;
    subscription = place;
    copy(payload, text);
  }
  void onPublished() override { ++published; }
  static void copy(char* to, Slice from) {
    const size_t length = from.length < 63 ? from.length : 63;
    memcpy(to, from.data, length);
    to[length] = '\0';
  }
};

constexpr louver::protocol::Topic kTopics[] = {louver::protocol::kWindowControl, louver::protocol::kAck};
const louver::MqttSettings kSettings = {"a", "user", "secret", &louver::protocol::kStatus, "offline", 60, kTopics, 2};

/// One packet of what was sent: its first byte, and where its body is. 0 at the end.
struct Packet {
  uint8_t head = 0;
  const uint8_t* body = nullptr;
  size_t length = 0;
};

inline bool nextPacket(const Wire& wire, size_t* at, Packet* packet) {
  if (*at + 2 > wire.sentLength) return false;
  packet->head = wire.sent[(*at)++];
  size_t length = 0;
  for (int shift = 0;; shift += 7) {
    if (*at >= wire.sentLength) return false;
    const uint8_t byte = wire.sent[(*at)++];
    length |= static_cast<size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (wire.sentLength - *at < length) return false;
  packet->body = wire.sent + *at;
  packet->length = length;
  *at += length;
  return true;
}

Wire wire;

struct Rig {
  FakeTicks ticks;
  Seen seen;
  MqttClient client{kSettings, seen, ticks};

  explicit Rig(size_t piece = 1000000) { wire.piece = piece; }
  void settle() {
    for (int i = 0; i < 20000; ++i) {
      const size_t before = wire.sentLength + wire.comingAt;
      if (client.poll() == MqttState::kClosed || before == wire.sentLength + wire.comingAt) return;
    }
  }
  void connect(bool sessionPresent = false, size_t endsAfter = SIZE_MAX) {
    wire.open();
    wire.endsAfter = endsAfter;
    client.begin(wire);
    const uint8_t connack[] = {0x20, 2, static_cast<uint8_t>(sessionPresent ? 1 : 0), 0};
    wire.give(connack, sizeof connack);
    settle();
  }
  void puback(uint16_t id) {
    const uint8_t bytes[] = {0x40, 2, static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)};
    wire.give(bytes, sizeof bytes);
    settle();
  }
};

/// The PUBLISH among what was sent.
inline bool findPublish(Packet* packet) {
  size_t at = 0;
  while (nextPacket(wire, &at, packet)) {
    if ((packet->head & 0xF0) == 0x30) return true;
  }
  return false;
}

inline uint16_t idOf(const Packet& packet) {
  const size_t topic = static_cast<size_t>(packet.body[0] << 8 | packet.body[1]);
  return static_cast<uint16_t>(packet.body[2 + topic] << 8 | packet.body[3 + topic]);
}

inline bool holds(const Packet& packet, const char* topic, uint32_t length) {
  const size_t head = 2 + strlen(topic) + 2;
  if (packet.length != head + length || memcmp(packet.body + 2, topic, strlen(topic)) != 0) return false;
  for (uint32_t i = 0; i < length; ++i) {
    if (packet.body[head + i] != Pattern::at(i)) return false;
  }
  return true;
}

}  // namespace

#endif
