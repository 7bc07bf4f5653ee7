#include "node_rig.h"

namespace {

constexpr int64_t kNow = 1761307200000;

/// Of window/d/state, the newest.
bool isReported(const char* id, const char* result) {
  char text[100];
  snprintf(text, sizeof text, "\"command_id\":\"%s\",\"result\":\"%s\"", id, result);
  return holds(broker.last("window/d/state"), text);
}

}  // namespace

TEST(a_window_moves_says_so_and_remembers_it_over_a_restart) {
  Device device;
  device.board.utc = kNow;
  {
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 1000);
    broker.tell("window/d/control", "{\"position\":50,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:00Z\"}");
    device.run(node, 1000);
    CHECK(isReported("a", "moving") && broker.last("window/d/state")->isRetained);
    device.run(node, 5000);
    CHECK(isReported("a", "done") && holds(broker.last("window/d/state"), "\"position\":50,\"target\":50,"));
    CHECK_EQ(device.motor.at, 5000);
  }
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  CHECK_EQ(device.motor.at, 5000);
  broker.tell("window/d/control", "{\"position\":10,\"command_id\":\"b\",\"timestamp\":\"2025-10-24T11:59:59Z\"}");
  device.run(node, 500);
  CHECK(isReported("b", "rejected"));
  broker.tell("window/d/control", "{\"position\":50,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:00Z\"}");
  device.run(node, 500);
  CHECK(isReported("a", "done"));
  broker.tell("window/d/control", "{\"position\":10,\"command_id\":\"c\"}", true);
  device.run(node, 2000);
  CHECK(isReported("a", "done") && device.motor.at == 5000);
}

TEST(without_a_broker_the_window_goes_to_its_safe_place_and_says_so_later) {
  Device device;
  device.set(louver::protocol::kConfigFailsafeAfterS, 30);
  device.set(louver::protocol::kConfigFailsafePosition, 20);
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  broker.isUp = broker.isOpen = false;
  device.run(node, 29000);
  CHECK_EQ(device.motor.at, 0);
  device.run(node, 5000);
  CHECK_EQ(device.motor.at, 2000);
  broker.isUp = true;
  device.run(node, 70000);
  CHECK(isReported("", "done") && holds(broker.last("window/d/state"), "\"position\":20,"));
}

TEST(a_configuration_is_applied_kept_and_reported) {
  Device device;
  {
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 1000);
    broker.tell("sensor/d/config", "{\"version\":5,\"interval_s\":2}", true);
    device.run(node, 500);
    CHECK(holds(broker.last("sensor/d/config/reported"), "{\"version\":5,\"applied\":true,\"interval_s\":2,"));
    const int begun = device.sensor.begun;
    device.run(node, 10000);
    CHECK(device.sensor.begun >= begun + 4);
    broker.tell("sensor/d/config", "{\"version\":6,\"interval_s\":0}", true);
    device.run(node, 500);
    CHECK(holds(broker.last("sensor/d/config/reported"), "\"applied\":false,\"reason\":\"interval_s out of range 1..86400\",\"in_force\":5,"));
  }
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  CHECK_EQ(node.config().version, 5);
  device.run(node, 500);
  // The broker tells it with each connection: that is no news, and nothing went wrong.
  broker.tell("sensor/d/config", "{\"version\":5,\"interval_s\":2}", true);
  device.run(node, 500);
  CHECK(holds(broker.last("sensor/d/config/reported"), "{\"version\":5,\"applied\":true,\"interval_s\":2,"));
}

TEST(commands_are_done_and_what_is_none_is_counted) {
  Device device;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  broker.tell("devices/d/commands", "{\"command\":\"identify\"}");
  broker.tell("devices/d/commands", "{\"command\":\"set_sampling_rate\",\"parameters\":{\"rate_seconds\":7}}");
  broker.tell("devices/d/commands", "{\"command\":\"dance\"}");
  broker.tell("devices/d/commands", "{\"command\":\"restart\"}", true);
  device.run(node, 500);
  CHECK_EQ(device.board.identified, 1);
  CHECK_EQ(device.board.restarts, 0);
  CHECK_EQ(node.config().whole(louver::protocol::kConfigIntervalS), 7);
  CHECK(holds(broker.last("sensor/d/info"), "\"refused\":2,"));
  CHECK(holds(broker.last("sensor/d/config/reported"), "\"interval_s\":7,"));

  broker.tell("devices/d/commands", "{\"command\":\"record_now\"}");
  device.run(node, 500);
  CHECK_EQ(device.recorder.begun, 1);
  CHECK_EQ(broker.countOf("sensor/d/audio"), 1);
  // 100 samples: 44 + 200 bytes are 328 characters.
  CHECK(broker.last("sensor/d/audio")->length > 328 && holds(broker.last("sensor/d/audio"), "{\"data\":\"UklGR"));

  broker.tell("devices/d/commands", "{\"command\":\"restart\"}");
  device.run(node, 100);
  CHECK_EQ(device.board.restarts, 1);
  // The will is to say that it is away.
  CHECK_EQ(broker.goodbyes, 0);
}

TEST(a_recording_is_held_until_it_is_stored_and_no_other_is_made_meanwhile) {
  Device device;
  device.set(louver::protocol::kConfigAudioIntervalS, 10);
  device.set(louver::protocol::kConfigIntervalS, 3600);
  uint32_t seq = 0;
  {
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 60000);
    CHECK_EQ(device.recorder.begun, 1);
    CHECK(broker.countOf("sensor/d/audio") >= 2);
    seq = node.log().nextSeq() - 1;
    device.acknowledge(node, seq);
    device.run(node, 15000);
    CHECK_EQ(device.recorder.begun, 2);
  }
  // Its samples were in memory: after a restart it is given up, and that is counted.
  const int before = broker.countOf("sensor/d/audio");
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 5000);
  CHECK_EQ(broker.countOf("sensor/d/audio"), before);
  CHECK(holds(broker.last("sensor/d/info"), "\"dropped\":1,"));
}

TEST(a_recording_that_is_on_its_way_is_not_overwritten) {
  Device device;
  device.set(louver::protocol::kConfigAudioIntervalS, 1);
  device.set(louver::protocol::kConfigIntervalS, 3600);
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 3500);
  CHECK_EQ(device.recorder.begun, 1);
  // It is stored, as is said while it is sent once more.
  broker.hearsSound = false;
  device.run(node, 10000);
  CHECK(broker.countOf("sensor/d/audio") >= 2);
  device.acknowledge(node, node.log().nextSeq() - 1);
  device.run(node, 5000);
  CHECK_EQ(device.recorder.begun, 1);
}

TEST(a_recording_that_cannot_be_read_any_more_is_given_up) {
  Device device;
  device.set(louver::protocol::kConfigAudioIntervalS, 10);
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.recorder.isBroken = true;
  device.run(node, 30000);
  const int connections = broker.connections;
  device.run(node, 60000);
  CHECK(broker.connections <= connections + 8);
  CHECK(holds(broker.last("sensor/d/info"), "\"dropped\":"));
  CHECK(broker.countOf("sensor/d/temperature") >= 2);
}

TEST(a_command_that_is_repeated_ends_the_retreat_to_the_safe_place) {
  const char command[] = "{\"position\":80,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:00Z\",\"expires_at\":\"2025-10-24T12:10:00Z\"}";
  Device device;
  device.board.utc = kNow;
  device.set(louver::protocol::kConfigFailsafeAfterS, 60);
  {
    Node node(device.settings, device.ports());
    CHECK(node.setup());
    device.run(node, 1000);
    broker.tell("window/d/control", command);
    device.run(node, 10000);
    CHECK_EQ(device.motor.at, 8000);
    broker.isUp = broker.isOpen = false;
    device.run(node, 120000);
    CHECK_EQ(device.motor.at, 0);
    broker.isUp = true;
    device.run(node, 61000);
    broker.tell("window/d/control", command);
    device.run(node, 10000);
    CHECK(device.motor.at == 8000 && isReported("a", "done"));
    broker.isUp = broker.isOpen = false;
    device.run(node, 120000);
    CHECK_EQ(device.motor.at, 0);
  }
  // And a restart there does not open the window.
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  CHECK_EQ(node.window().position(), 0);
  device.run(node, 120000);
  CHECK(node.window().isSafe());
  broker.isUp = true;
  device.run(node, 61000);
  // It has expired meanwhile.
  device.board.utc = kNow + 3600000;
  device.run(node, 11000);
  broker.tell("window/d/control", command);
  device.run(node, 5000);
  CHECK_EQ(device.motor.at, 0);
}

TEST(an_older_state_that_is_sent_again_does_not_take_the_place_of_the_newest) {
  Device device;
  device.board.utc = kNow;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 1000);
  broker.tell("window/d/control", "{\"position\":10,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:00Z\"}");
  device.run(node, 20000);
  CHECK(broker.countOf("window/d/state") >= 4);
  const TestBroker::Message* kept = nullptr;
  for (int i = 0; i < broker.count; ++i) {
    if (!check::same(broker.messages[i].topic, "window/d/state") || !broker.messages[i].isRetained) continue;
    CHECK(!holds(kept, "\"done\"") || !holds(&broker.messages[i], "\"moving\""));
    kept = &broker.messages[i];
  }
  CHECK(holds(kept, "\"done\""));
}

TEST(a_clock_that_was_wrong_makes_no_later_command_old) {
  louver::CommandGate gate;
  louver::WindowCommand command;
  const char without[] = "{\"position\":1}";
  const char later[] = "{\"position\":2,\"timestamp\":\"2025-10-24T12:00:00Z\"}";
  CHECK(gate.judge({without, sizeof without - 1}, false, 3786912000000, &command) == louver::CommandOutcome::kObeyed);
  CHECK(gate.judge({later, sizeof later - 1}, false, kNow, &command) == louver::CommandOutcome::kObeyed);
}

TEST(a_recording_whose_record_was_given_up_makes_room_for_the_next) {
  Device device;
  device.settings.forgetsWhatTheBrokerHas = true;
  device.set(louver::protocol::kConfigIntervalS, 1);
  device.set(louver::protocol::kConfigAudioIntervalS, 10);
  broker.isUp = false;
  Node node(device.settings, device.ports());
  CHECK(node.setup());
  device.run(node, 200000);
  CHECK(node.log().dropped() > 100);
  CHECK(device.recorder.begun >= 2);
}
