#include "node_rig.h"

TEST(a_node_says_who_it_is_before_what_it_has_measured) {
  Device device;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 2900);
  CHECK_EQ(broker.countOf("sensor/d/status"), 0);
  device.run(node, 200);
  const char* const expected[] = {"sensor/d/info", "sensor/d/time/request", "sensor/d/config/reported", "sensor/d/temperature", "sensor/d/humidity", "sensor/d/status"};
  CHECK_EQ(broker.count, 6);
  for (int i = 0; i < broker.count; ++i) CHECK(check::same(broker.messages[i].topic, expected[i]));
  CHECK(check::same(broker.messages[5].payload, "online") && broker.messages[5].isRetained);
  CHECK(holds(broker.last("sensor/d/info"), "\"first_seq\":0,") && holds(broker.last("sensor/d/info"), "\"caps\":[\"climate\",\"audio\",\"window\"]"));
  CHECK(holds(broker.last("sensor/d/temperature"), "{\"value\":20.01,\"seq\":0,\"boot\":") && !broker.last("sensor/d/temperature")->isRetained);
  CHECK(holds(broker.last("sensor/d/humidity"), "{\"value\":50.01,\"seq\":1,\"boot\":"));
}

TEST(a_node_that_knows_the_time_appears_at_once) {
  Device device;
  device.board.utc = 1761307200000;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 50);
  CHECK(check::same(broker.messages[0].topic, "sensor/d/status"));
}

TEST(a_node_that_is_told_the_time_appears_then) {
  Device device;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 100);
  char answer[160];
  const char* sent = strstr(broker.last("sensor/d/time/request")->payload, ":") + 1;
  snprintf(answer, sizeof answer, "{\"deviceSendTime\":%.*s,\"serverRecvTime\":1761307200000,\"serverSendTime\":1761307200000}", static_cast<int>(strcspn(sent, "}")), sent);
  broker.tell("sensor/d/time/response", answer);
  device.run(node, 100);
  CHECK_EQ(broker.countOf("sensor/d/status"), 1);
}

TEST(what_nobody_says_to_be_stored_is_sent_again_later_each_time) {
  Device device;
  device.board.utc = 1761307200000;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 1);
  device.run(node, 5000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 2);
  CHECK(broker.countOf("sensor/d/info") == 2);
  device.run(node, 5000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 2);
  device.run(node, 6000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 3);
  device.acknowledge(node, 1);
  device.run(node, 40000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 3);
  CHECK(node.isAllStored());
}

TEST(of_a_backend_that_never_says_so_the_brokers_word_is_taken) {
  Device device;
  device.settings.forgetsWhatTheBrokerHas = true;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 30000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 1);
  CHECK(node.isAllStored());
}

TEST(what_was_measured_before_the_time_was_known_gets_its_own_time) {
  Device device;
  broker.isUp = false;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 40000);
  broker.isUp = true;
  broker.acknowledges = false;
  device.run(node, 30000);
  CHECK_EQ(broker.countOf("sensor/d/info"), 1);
  device.board.utc = 1761307200000;
  device.run(node, 10000);
  broker.acknowledges = true;
  // The connection is given up meanwhile, and what was under way is sent again.
  device.run(node, 100000);
  const TestBroker::Message* reading = nullptr;
  for (int i = 0; i < broker.count && reading == nullptr; ++i) {
    if (strstr(broker.messages[i].payload, "\"seq\":0,") != nullptr) reading = &broker.messages[i];
  }
  // Its clock was set some 80 s after that.
  CHECK(holds(reading, "\"timestamp\":\"2025-10-24T11:5"));
}

TEST(of_another_boot_it_has_no_time_and_the_backend_takes_its_own) {
  Device device;
  broker.isUp = false;
  {
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 1000);
  }
  broker.isUp = true;
  device.board.utc = 1761307200000;
  device.ticks.now += 60000;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 2);
  for (int i = 0, found = 0; i < broker.count; ++i) {
    if (strcmp(broker.messages[i].topic, "sensor/d/temperature") != 0) continue;
    CHECK_EQ(strstr(broker.messages[i].payload, "timestamp") != nullptr, found == 1);
    ++found;
  }
  // Of the boot whose readings come first.
  char text[40];
  snprintf(text, sizeof text, "\"boot\":%lu,", static_cast<unsigned long>(node.log().boot()));
  CHECK(!holds(broker.last("sensor/d/info"), text));
}

TEST(a_sensor_that_fails_makes_no_reading_and_is_asked_again) {
  Device device;
  device.sensor.isBroken = true;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 130000);
  CHECK_EQ(device.sensor.begun, 3);
  CHECK_EQ(broker.countOf("sensor/d/temperature"), 0);
  CHECK(node.view().climate == nullptr);
}

TEST(a_full_log_drops_the_oldest_counts_them_and_says_so) {
  Device device;
  broker.isUp = false;
  device.set(louver::protocol::kConfigIntervalS, 1);
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 200000);
  const uint32_t dropped = node.log().dropped();
  CHECK(dropped > 200);
  broker.isUp = true;
  device.set(louver::protocol::kConfigIntervalS, 3600);
  device.run(node, 70000);
  char text[64];
  snprintf(text, sizeof text, "\"dropped\":%lu,", static_cast<unsigned long>(node.log().dropped()));
  CHECK(holds(broker.last("sensor/d/info"), text));
  CHECK(!holds(broker.last("sensor/d/info"), "\"first_seq\":0,"));
}

TEST(without_a_flash_there_is_no_node) {
  Device device;
  device.flash.isDead = true;
  Node node(device.settings, device.ports());
  CHECK(!node.setup());
}

TEST(whatever_byte_the_connection_ends_at_every_reading_arrives) {
  for (size_t bytes = 0; bytes < 900; ++bytes) {
    Device device;
    broker.endsAfter = bytes;
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 6000);
    CHECK(broker.connections >= 1 && broker.countOf("sensor/d/temperature") >= 1 && broker.countOf("sensor/d/humidity") >= 1);
    CHECK(holds(broker.last("sensor/d/temperature"), "{\"value\":20.01,\"seq\":0,"));
    CHECK(check::same(broker.last("sensor/d/status")->payload, "online"));
  }
}
