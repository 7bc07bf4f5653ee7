#include "mqtt_rig.h"

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

TEST(a_connection_that_takes_nothing_more_is_given_up) {
  // In the middle of a message no ping can ask; only the bytes that wait tell that nobody takes them.
  Rig rig;
  Pattern recording(85500);
  rig.connect();
  CHECK(rig.client.publish(louver::protocol::kAudio, recording, 1, false));
  wire.piece = 0;
  rig.settle();
  rig.ticks.now += 20000;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kConnected);
  rig.ticks.now += 1;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);
  wire.piece = 1000000;
  rig.connect(true);
  Packet packet;
  CHECK(findPublish(&packet) && (packet.head & 0x08) != 0 && holds(packet, "sensor/a/audio", 85500));
}

TEST(a_slow_connection_is_not_given_up) {
  Rig rig;
  Pattern reading(700);
  rig.connect();
  CHECK(rig.client.publish(louver::protocol::kTemperature, reading, 1, false));
  for (int i = 0; i < 1000 && rig.client.state() == MqttState::kConnected; ++i) {
    rig.ticks.now += 19000;
    wire.piece = 1;
    rig.client.poll();
    wire.piece = 0;
    rig.client.poll();
    Packet packet;
    if (findPublish(&packet)) break;
  }
  Packet packet;
  CHECK(findPublish(&packet) && holds(packet, "sensor/a/temperature", 700));
}

TEST(a_greeting_that_drips_in_is_none) {
  Rig rig;
  wire.open();
  rig.client.begin(wire);
  wire.give("\x20\xFF\xFF\xFF\x7F", 5);
  rig.settle();
  for (int i = 0; i < 3; ++i) {
    rig.ticks.now += 4000;
    wire.give("x", 1);
    rig.settle();
  }
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);
}

TEST(messages_that_nobody_acknowledges_hide_no_silence) {
  Rig rig;
  Pattern status(5);
  rig.connect();
  rig.ticks.now += 45000;
  rig.settle();
  for (int i = 0; i < 2; ++i) {
    rig.ticks.now += 5000;
    CHECK(rig.client.publish(louver::protocol::kStatus, status, 0, true));
    rig.settle();
  }
  CHECK(rig.client.state() == MqttState::kConnected);
  rig.ticks.now += 1;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);
}

TEST(a_broker_that_talks_and_never_acknowledges_is_given_up) {
  Rig rig;
  Pattern reading(50);
  rig.connect();
  CHECK(rig.client.publish(louver::protocol::kTemperature, reading, 1, false));
  rig.settle();
  for (int second = 0; second < 60; second += 5) {
    CHECK(rig.client.state() == MqttState::kConnected);
    rig.ticks.now += 5000;
    wire.give("\x30\x0E\0\x0Csensor/a/ack", 16);
    rig.settle();
  }
  rig.ticks.now += 1;
  rig.settle();
  CHECK(rig.client.state() == MqttState::kClosed && rig.client.lastEnd() == MqttEnd::kSilence);
}

TEST(a_topic_that_does_not_fit_is_not_written_past_the_buffer) {
  char topic[400];
  memset(topic, 'a', sizeof topic - 1);
  topic[sizeof topic - 1] = '\0';
  const louver::protocol::Topic topics[] = {{topic, ""}};
  louver::MqttSettings settings = kSettings;
  settings.subscriptions = topics;
  settings.subscriptionCount = 1;
  FakeTicks ticks;
  Seen seen;
  MqttClient client(settings, seen, ticks);
  wire.piece = 1000000;
  wire.open();
  client.begin(wire);
  wire.give("\x20\2\0\0", 4);
  for (int i = 0; i < 10; ++i) client.poll();
  CHECK(client.state() == MqttState::kClosed && client.lastEnd() == MqttEnd::kProtocol);
}
