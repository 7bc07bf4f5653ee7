#include "check.h"
#include "window_command.h"

using louver::CommandGate;
using louver::CommandOutcome;
using louver::kNoTime;
using louver::WindowCommand;

static CommandOutcome judge(CommandGate& gate, const char* payload, louver::EpochMs now) {
  WindowCommand command;
  return gate.judge({payload, strlen(payload)}, false, now, &command);
}

TEST(without_a_clock_what_may_have_expired_is_not_obeyed) {
  CommandGate gate;
  CHECK(judge(gate, "{\"position\":5,\"expires_at\":\"2099-01-01T00:00:00Z\"}", kNoTime) == CommandOutcome::kExpired);
  CHECK(judge(gate, "{\"position\":5}", kNoTime) == CommandOutcome::kObeyed);
  CHECK(judge(gate, "{\"position\":5,\"timestamp\":\"2025-10-24T12:00:00Z\"}", kNoTime) == CommandOutcome::kObeyed);
  // Its order is known all the same.
  CHECK(judge(gate, "{\"position\":6,\"timestamp\":\"2025-10-24T11:59:59.999Z\"}", kNoTime) == CommandOutcome::kRejected);
}

TEST(what_was_obeyed_is_remembered_and_what_was_refused_is_not) {
  CommandGate gate;
  const louver::EpochMs now = 1761307230000;
  CHECK(judge(gate, "{\"position\":5,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:10Z\"}", now) == CommandOutcome::kObeyed);
  CHECK(judge(gate, "{\"position\":6,\"command_id\":\"b\",\"timestamp\":\"2025-10-24T12:00:00Z\"}", now) == CommandOutcome::kRejected);
  CHECK(judge(gate, "{\"position\":6,\"command_id\":\"c\",\"expires_at\":\"2025-10-24T12:00:00Z\"}", now) == CommandOutcome::kExpired);
  CHECK(judge(gate, "{\"position\":5,\"command_id\":\"a\",\"timestamp\":\"2025-10-24T12:00:10Z\"}", now) == CommandOutcome::kConfirmed);
  CHECK(judge(gate, "{\"position\":6,\"command_id\":\"b\",\"timestamp\":\"2025-10-24T12:00:00Z\"}", now) == CommandOutcome::kRejected);
  CHECK(check::same(gate.lastId(), "a"));
}

TEST(a_clock_that_is_wrong_does_not_lock_the_window) {
  CommandGate gate;
  const louver::EpochMs now = 1761307230000;
  CHECK(judge(gate, "{\"position\":5,\"timestamp\":\"2099-01-01T00:00:00Z\"}", now) == CommandOutcome::kObeyed);
  CHECK(judge(gate, "{\"position\":6,\"timestamp\":\"2025-10-24T12:00:31Z\"}", now + 1000) == CommandOutcome::kObeyed);
  CHECK(judge(gate, "{\"position\":7,\"timestamp\":\"1970-01-01T00:00:05Z\"}", now + 2000) == CommandOutcome::kObeyed);
}

TEST(a_position_is_from_0_to_100) {
  WindowCommand command;
  const auto reads = [&command](const char* payload) { return louver::readWindowCommand({payload, strlen(payload)}, &command); };
  CHECK(reads("{\"position\":100.0}") && command.centipercent == 10000);
  CHECK(reads("{\"position\":-0}") && command.centipercent == 0);
  CHECK(reads("{\"position\":1e-9}") && command.centipercent == 0);
  CHECK(!reads("{\"position\":100.001}"));
  CHECK(!reads("{\"position\":-0.0001}"));
  CHECK(!reads("{\"position\":1e9999}"));
}

TEST(long_ids_are_cut_and_obeyed_each_time) {
  char payload[400] = "{\"position\":5,\"command_id\":\"";
  char* end = payload + strlen(payload);
  for (int i = 0; i < 256; ++i) *end++ = 'x';
  strcpy(end, "\"}");
  WindowCommand command;
  CHECK(louver::readWindowCommand({payload, strlen(payload)}, &command));
  CHECK_EQ(strlen(command.id), louver::kCommandIdMax);
  CommandGate gate;
  CHECK(judge(gate, payload, kNoTime) == CommandOutcome::kObeyed);
  CHECK(judge(gate, payload, kNoTime) == CommandOutcome::kObeyed);
}
