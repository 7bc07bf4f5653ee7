#include "mqtt_rig.h"
#include "vectors/vectors_generated.h"

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
  CHECK(rig.client.publish(louver::protocol::kAudio, recording, 1, false));
  CHECK(!rig.client.publish(louver::protocol::kAudio, recording, 1, false));
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
  CHECK(rig.client.publish(louver::protocol::kStatus, status, 0, true));
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
    CHECK(rig.client.publish(louver::protocol::kTemperature, reading, 1, false));
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
      wire.give("\x33\x14\0\x0Csensor/a/ack\0", 17);
      wire.give(&id, 1);
      wire.give("text", 4);
    }
    for (int i = 0; i < 100; ++i) rig.settle();
    CHECK_EQ(rig.seen.messages, 20);
    CHECK_EQ(rig.seen.subscription, 1);
    CHECK(check::same(rig.seen.payload, "text"));
    CHECK(rig.seen.wasRetained);
    CHECK_EQ(wire.sentLength - before, 80);
    for (uint8_t id = 1; id <= 20; ++id) CHECK_EQ(wire.sent[before + 4U * id - 1], id);
  }
}

TEST(a_topic_that_nobody_asked_for_is_acknowledged_and_passed_over) {
  const char* const others[] = {"sensor/b/ack", "sensor/a/acl", "Sensor/a/ack", "window/a/contro1"};
  for (const char* other : others) {
    Rig rig;
    rig.connect();
    const size_t before = wire.sentLength;
    const uint8_t named = static_cast<uint8_t>(strlen(other));
    const uint8_t head[] = {0x32, static_cast<uint8_t>(named + 5), 0, named};
    wire.give(head, sizeof head);
    wire.give(other, named);
    wire.give("\0\7x", 3);
    rig.settle();
    CHECK_EQ(rig.seen.messages, 0);
    CHECK(memcmp(wire.sent + before, "\x40\2\0\7", 4) == 0);
    CHECK(rig.client.state() == MqttState::kConnected);
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
      {"\x30\1\0", 3},               {"\x38\3\0\1a", 5},   {"\x30\3\0\1#", 5},     {"\x30\3\0\1+", 5},     {"\x30\3\0\1\0", 5},
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

TEST(a_source_that_cannot_be_read_ends_the_connection_and_may_be_abandoned) {
  Rig rig;
  Pattern broken(500);
  rig.connect();
  broken.isBroken = true;
  CHECK(rig.client.publish(louver::protocol::kInfo, broken, 1, false));
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

TEST(vectors_of_topics) {
  for (size_t i = 0; i < louver::vectors::kTopicCount; ++i) {
    const louver::vectors::TopicVector& vector = louver::vectors::kTopics[i];
    louver::MqttSettings settings = kSettings;
    settings.deviceId = vector.deviceId;
    settings.subscriptions = &vector.pattern;
    settings.subscriptionCount = 1;
    FakeTicks ticks;
    Seen seen;
    MqttClient client(settings, seen, ticks);
    Pattern reading(3);
    wire.piece = 1000000;
    wire.open();
    client.begin(wire);
    wire.give("\x20\2\0\0", 4);
    CHECK(client.publish(vector.pattern, reading, 1, false));
    for (int round = 0; round < 10; ++round) client.poll();
    Packet packet;
    CHECK(findPublish(&packet) && holds(packet, vector.topic, 3));
    // And back.
    const uint8_t named = static_cast<uint8_t>(strlen(vector.topic));
    const uint8_t head[] = {0x30, static_cast<uint8_t>(named + 2), 0, named};
    wire.give(head, sizeof head);
    wire.give(vector.topic, named);
    for (int round = 0; round < 10; ++round) client.poll();
    CHECK_EQ(seen.subscription, 0);
  }
}
