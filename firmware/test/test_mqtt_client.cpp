#include "check.h"
#include "mqtt_client.h"

using louver::ByteSource;
using louver::MqttClient;
using louver::MqttEnd;
using louver::MqttState;
using louver::Slice;
using louver::Stream;

namespace {

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
  char topic[64] = "";
  char payload[64] = "";
  bool wasRetained = false;
  void onConnected(bool sessionPresent) override {
    ++connected;
    hadSession = sessionPresent;
  }
  void onMessage(Slice name, Slice text, bool retained) override {
    ++messages;
    wasRetained = retained;
    copy(topic, name);
    copy(payload, text);
  }
  void onPublished() override { ++published; }
  static void copy(char* to, Slice from) {
    const size_t length = from.length < 63 ? from.length : 63;
    memcpy(to, from.data, length);
    to[length] = '\0';
  }
};

const char* const kTopics[] = {"window/a/control", "sensor/a/ack"};
const louver::MqttSettings kSettings = {"a", "user", "secret", "sensor/a/status", "offline", 60, kTopics, 2};

/// One packet of what was sent: its first byte, and where its body is. 0 at the end.
struct Packet {
  uint8_t head;
  const uint8_t* body;
  size_t length;
};

bool nextPacket(const Wire& wire, size_t* at, Packet* packet) {
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
bool findPublish(Packet* packet) {
  size_t at = 0;
  while (nextPacket(wire, &at, packet)) {
    if ((packet->head & 0xF0) == 0x30) return true;
  }
  return false;
}

uint16_t idOf(const Packet& packet) {
  const size_t topic = static_cast<size_t>(packet.body[0] << 8 | packet.body[1]);
  return static_cast<uint16_t>(packet.body[2 + topic] << 8 | packet.body[3 + topic]);
}

bool holds(const Packet& packet, const char* topic, uint32_t length) {
  const size_t head = 2 + strlen(topic) + 2;
  if (packet.length != head + length || memcmp(packet.body + 2, topic, strlen(topic)) != 0) return false;
  for (uint32_t i = 0; i < length; ++i) {
    if (packet.body[head + i] != Pattern::at(i)) return false;
  }
  return true;
}

}  // namespace

TEST(connects_with_its_session_will_and_user) {
  const size_t pieces[] = {1, 3, 1000};
  for (size_t piece : pieces) {
    Rig rig(piece);
    rig.connect(true);
    CHECK(rig.client.state() == MqttState::kConnected);
    CHECK(rig.seen.connected == 1 && rig.seen.hadSession);
    const uint8_t expected[] = "\x10\x35\0\4MQTT\4\xEC\0\x3C\0\1a\0\xFsensor/a/status\0\7offline\0\4user\0\6secret";
    CHECK(memcmp(wire.sent, expected, 2 + 0x35) == 0);
    Packet packet;
    size_t at = 2 + 0x35;
    CHECK(nextPacket(wire, &at, &packet) && packet.head == 0x82 && memcmp(packet.body + 2, "\0\x10window/a/control\1", 19) == 0);
    CHECK(nextPacket(wire, &at, &packet) && packet.head == 0x82 && memcmp(packet.body + 2, "\0\xCsensor/a/ack\1", 15) == 0);
    CHECK_EQ(at, wire.sentLength);
  }
}

TEST(a_recording_goes_out_from_its_source) {
  Rig rig(700);
  Pattern recording(85500);
  rig.connect();
  CHECK(rig.client.publish("sensor/a/audio", recording, 1, false));
  CHECK(!rig.client.publish("sensor/a/audio", recording, 1, false));
  rig.settle();
  Packet packet;
  CHECK(findPublish(&packet) && packet.head == 0x32 && holds(packet, "sensor/a/audio", 85500));
  CHECK_EQ(rig.seen.published, 0);
  // Somebody else's number says nothing.
  rig.puback(static_cast<uint16_t>(idOf(packet) + 1));
  CHECK(rig.client.isPublishing());
  rig.puback(idOf(packet));
  CHECK_EQ(rig.seen.published, 1);
  CHECK(!rig.client.isPublishing());
  Pattern status(3);
  CHECK(rig.client.publish("sensor/a/status", status, 0, true));
  rig.settle();
  CHECK_EQ(rig.seen.published, 2);
}

TEST(a_broker_that_goes_at_every_byte_of_a_publish_gets_it_again) {
  Rig rig;
  Pattern reading(700);
  rig.connect();
  const size_t greeting = wire.sentLength;
  const size_t whole = 3 + 2 + 20 + 2 + 700;
  for (size_t cut = 0; cut <= whole; ++cut) {
    rig.connect(false, greeting + cut);
    CHECK(rig.client.publish("sensor/a/temperature", reading, 1, false));
    rig.settle();
    if (cut == whole) rig.client.drop(MqttEnd::kStream);
    CHECK(rig.client.state() == MqttState::kClosed);
    CHECK(rig.client.isPublishing());
    rig.connect(true);
    Packet packet;
    CHECK(findPublish(&packet) && holds(packet, "sensor/a/temperature", 700));
    // Once its head may have got there it is the same message again [MQTT-3.3.1-1].
    CHECK((packet.head & 0x08) != 0 || cut == 0);
    const int before = rig.seen.published;
    rig.puback(idOf(packet));
    CHECK_EQ(rig.seen.published, before + 1);
  }
}

TEST(messages_come_in_pieces_and_are_acknowledged_in_order) {
  const size_t pieces[] = {1, 2, 1000};
  for (size_t piece : pieces) {
    Rig rig(piece);
    rig.connect();
    const size_t before = wire.sentLength;
    for (uint8_t id = 1; id <= 20; ++id) {
      const uint8_t bytes[] = {0x33, 11, 0, 3, 'a', '/', 'b', 0, id, 't', 'e', 'x', 't'};
      wire.give(bytes, sizeof bytes);
    }
    for (int i = 0; i < 100; ++i) rig.settle();
    CHECK_EQ(rig.seen.messages, 20);
    CHECK(check::same(rig.seen.topic, "a/b"));
    CHECK(check::same(rig.seen.payload, "text"));
    CHECK(rig.seen.wasRetained);
    CHECK_EQ(wire.sentLength - before, 80);
    for (uint8_t id = 1; id <= 20; ++id) CHECK_EQ(wire.sent[before + 4U * id - 1], id);
  }
}

TEST(a_message_that_is_too_long_is_acknowledged_and_counted) {
  Rig rig;
  rig.connect();
  uint8_t bytes[1003] = {0x32, 0xE8, 0x07, 0, 3, 'a', '/', 'b', 0, 7};
  const size_t before = wire.sentLength;
  wire.give(bytes, sizeof bytes);
  rig.settle();
  CHECK_EQ(rig.seen.messages, 0);
  CHECK_EQ(rig.client.oversized(), 1);
  CHECK(memcmp(wire.sent + before, "\x40\2\0\7", 4) == 0);
  CHECK(rig.client.state() == MqttState::kConnected);
}

TEST(what_is_no_mqtt_ends_the_connection) {
  struct {
    const char* bytes;
    size_t length;
  } const bad[] = {
      {"\x30\xFF\xFF\xFF\xFF\x7F", 6}, {"\x36\4\0\1a\0", 6},  {"\x34\5\0\1a\0\1", 7}, {"\x32\5\0\1a\0\0", 7}, {"\x30\2\0\0", 4}, {"\x30\3\0\5" "a", 5},
      {"\x20\2\0\0", 4},               {"\x10\2\0\0", 4},     {"\xD0\1\0", 3},        {"\x40\1\0", 3},       {"\xF0\0", 2},     {"\x90\3\0\1\x80", 5},
      {"\x30\1\0", 3},
  };
  for (const auto& one : bad) {
    Rig rig;
    rig.connect();
    wire.give(one.bytes, one.length);
    rig.settle();
    CHECK(rig.client.state() == MqttState::kClosed);
    CHECK_EQ(rig.seen.messages, 0);
  }
  const char* const greetings[] = {"\x20\2\0\5", "\x20\2\2\0", "\x30\2\0\0"};
  for (const char* greeting : greetings) {
    Rig rig;
    wire.open();
    rig.client.begin(wire);
    wire.give(greeting, 4);
    rig.settle();
    CHECK(rig.client.state() == MqttState::kClosed);
    CHECK_EQ(rig.seen.connected, 0);
  }
}

TEST(silence_is_noticed_also_when_the_clock_wraps) {
  Rig rig;
  rig.connect();
  const size_t before = wire.sentLength;
  rig.ticks.now += 44000;
  rig.settle();
  CHECK_EQ(wire.sentLength, before);
  rig.ticks.now += 1000;
  rig.settle();
  CHECK(memcmp(wire.sent + before, "\xC0\0", 2) == 0 && wire.sentLength == before + 2);
  wire.give("\xD0\0", 2);
  rig.settle();
  rig.ticks.now += 45000;
  rig.settle();
  CHECK_EQ(wire.sentLength, before + 4);
  rig.ticks.now += 10001;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);

  wire.open();
  rig.client.begin(wire);
  rig.settle();
  rig.ticks.now += 10001;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);
}

TEST(a_source_that_cannot_be_read_ends_the_connection_and_may_be_abandoned) {
  Rig rig;
  Pattern broken(500);
  rig.connect();
  broken.isBroken = true;
  CHECK(rig.client.publish("a", broken, 1, false));
  rig.settle();
  CHECK(rig.client.lastEnd() == MqttEnd::kSource);
  rig.client.abandon();
  rig.connect(true);
  Packet packet;
  CHECK(!findPublish(&packet));
}

TEST(any_bytes_at_all_leave_it_in_order) {
  uint32_t state = 1;
  const auto random = [&state]() { return (state = state * 1664525U + 1013904223U) >> 16; };
  for (int run = 0; run < 3000; ++run) {
    Rig rig(1 + random() % 7);
    rig.connect();
    uint8_t bytes[200];
    const size_t length = random() % sizeof bytes;
    for (size_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>(random() % 3 == 0 ? 0x30 + random() % 4 : random() % 2 == 0 ? random() % 12 : random());
    wire.give(bytes, length);
    rig.settle();
    CHECK(rig.client.state() != MqttState::kConnecting);
  }
}
