// The golden vectors of texts, numbers and times, which TypeScript reads too.
#include "check.h"
#include "config.h"
#include "device_command.h"
#include "reading_json.h"
#include "recording_json.h"
#include "sha256.h"
#include "stored_ack.h"
#include "utc_clock.h"
#include "text.h"
#include "vectors/vectors_generated.h"
#include "window_command.h"

using louver::EpochMs;
using louver::Slice;
using louver::Text;
namespace vectors = louver::vectors;

static Slice slice(const char* text) {
  return {text, strlen(text)};
}

TEST(vectors_of_times) {
  for (size_t i = 0; i < vectors::kTimeCount; ++i) {
    const vectors::TimeVector& vector = vectors::kTimes[i];
    EpochMs found = 0;
    const bool isRead = louver::parseTime(slice(vector.text), &found);
    CHECK_EQ(isRead, vector.valid);
    if (isRead && vector.valid) CHECK_EQ(found, vector.epochMs);
    if (isRead != vector.valid) printf("    %s\n", vector.text);
    if (!vector.canonical) continue;
    char buffer[32];
    Text text(buffer, sizeof buffer);
    CHECK(check::same(text.addTime(vector.epochMs).c_str(), vector.text));
  }
}

TEST(vectors_of_numbers) {
  for (size_t i = 0; i < vectors::kNumberCount; ++i) {
    const vectors::NumberVector& vector = vectors::kNumbers[i];
    char buffer[32];
    Text text(buffer, sizeof buffer);
    CHECK(check::same(text.addFixed(vector.value, vector.decimals).c_str(), vector.text));
  }
}

TEST(vectors_of_decimals) {
  for (size_t i = 0; i < vectors::kDecimalCount; ++i) {
    const vectors::DecimalVector& vector = vectors::kDecimals[i];
    int32_t found = 0;
    const bool isRead = louver::parseFixed(slice(vector.text), 3, &found);
    CHECK_EQ(isRead, vector.valid);
    if (isRead != vector.valid) printf("    %s\n", vector.text);
    if (isRead && vector.valid) CHECK_EQ(found, vector.thousandths);
  }
}

TEST(vectors_of_readings) {
  for (size_t i = 0; i < vectors::kScalarCount; ++i) {
    const vectors::ScalarVector& vector = vectors::kScalars[i];
    char buffer[160];
    Text text(buffer, sizeof buffer);
    louver::addReading(&text, vector.value, vector.decimals, vector.epochMs, {vector.boot, vector.seq});
    CHECK(check::same(text.c_str(), vector.payload));
  }
}

namespace {

/// The samples of a vector, or those of the formula.
struct Samples : louver::ByteSource {
  const vectors::AudioVector& vector;
  explicit Samples(const vectors::AudioVector& from) : vector(from) {}
  uint32_t size() const override { return vector.sampleCount * 2; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override {
    if (offset + length > size()) return false;
    for (uint32_t at = offset; at < offset + length; ++at) {
      const uint32_t sample = vector.samples != nullptr ? static_cast<uint16_t>(vector.samples[at / 2]) : at / 2 * 40503U & 0xFFFF;
      *to++ = static_cast<uint8_t>(sample >> (8 * (at % 2)));
    }
    return true;
  }
};

void hex(const uint8_t digest[32], char* to) {
  for (int i = 0; i < 64; ++i) to[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
  to[64] = '\0';
}

}  // namespace

TEST(vectors_of_recordings_in_pieces_of_any_size) {
  const uint32_t pieces[] = {1, 2, 3, 5, 7, 48, 64, 320, 4096};
  for (size_t i = 0; i < vectors::kAudioCount; ++i) {
    const vectors::AudioVector& vector = vectors::kAudios[i];
    Samples samples(vector);
    char tail[louver::RecordingJson::kTailBytes];
    louver::RecordingJson json;
    json.begin(samples, vector.sampleRateHz, tail, vector.epochMs, {vector.boot, vector.seq});
    CHECK_EQ(json.size(), vector.payloadLength);
    for (uint32_t piece : pieces) {
      louver::Sha256 sum;
      uint8_t bytes[4096];
      for (uint32_t at = 0; at < json.size(); at += piece) {
        const uint32_t count = json.size() - at < piece ? json.size() - at : piece;
        CHECK(json.read(at, bytes, count));
        if (vector.payload != nullptr) CHECK(memcmp(bytes, vector.payload + at, count) == 0);
        sum.add(bytes, count);
      }
      uint8_t digest[32];
      char text[65];
      sum.finish(digest);
      hex(digest, text);
      CHECK(check::same(text, vector.sha256));
    }
    uint8_t byte;
    CHECK(!json.read(json.size(), &byte, 1));
  }
}

TEST(vectors_of_commands_for_the_window) {
  for (size_t i = 0; i < vectors::kControlCount; ++i) {
    const vectors::ControlVector& vector = vectors::kControls[i];
    louver::CommandGate gate;
    gate.restore(vector.lastId, vector.lastMs);
    louver::WindowCommand command;
    const louver::CommandOutcome outcome = gate.judge({vector.payload, vector.payloadLength}, vector.retained, vector.nowMs, &command);
    CHECK_EQ(outcome, vector.outcome);
    if (static_cast<int>(outcome) != static_cast<int>(vector.outcome)) printf("    %s\n", vector.name);
    if (outcome == louver::CommandOutcome::kIgnored) continue;
    CHECK(check::same(command.id, vector.commandId));
    // Of what cannot be read nothing else is said.
    if (outcome == louver::CommandOutcome::kRejected && command.id[0] == '\0') continue;
    CHECK_EQ(command.centipercent, vector.centipercent);
    CHECK_EQ(command.timestamp, vector.timestampMs);
    CHECK_EQ(command.expiresAt, vector.expiresAtMs);
  }
}

TEST(vectors_of_acknowledgements) {
  for (size_t i = 0; i < vectors::kAckCount; ++i) {
    const vectors::AckVector& vector = vectors::kAcks[i];
    louver::Sequence upTo = {0, 0};
    const bool isRead = louver::readStoredAck({vector.payload, vector.payloadLength}, &upTo);
    CHECK_EQ(isRead, vector.valid);
    if (isRead != vector.valid) printf("    %s\n", vector.name);
    if (isRead && vector.valid) CHECK(upTo.boot == vector.boot && upTo.seq == vector.seq);
  }
}

TEST(vectors_of_time_answers) {
  for (size_t i = 0; i < vectors::kTimeResponseCount; ++i) {
    const vectors::TimeResponseVector& vector = vectors::kTimeResponses[i];
    EpochMs utc = 0;
    const bool isTaken = louver::readTimeResponse({vector.payload, vector.payloadLength}, vector.askedMs, vector.nowMs, &utc);
    CHECK_EQ(isTaken, vector.valid);
    if (isTaken != vector.valid) printf("    %s\n", vector.name);
    if (isTaken && vector.valid) CHECK_EQ(utc, vector.utcMs);
  }
}

namespace {

louver::Config configOf(const vectors::ConfigValue* values, size_t count) {
  louver::Config config = {};
  for (size_t i = 0; i < count; ++i) {
    if (check::same(values[i].key, "version")) config.version = static_cast<uint32_t>(values[i].thousandths / 1000);
    for (uint8_t member = 0; member < louver::protocol::kConfigMemberCount; ++member) {
      if (!check::same(values[i].key, louver::protocol::kConfigLimits[member].key)) continue;
      config.set(static_cast<louver::protocol::ConfigMember>(member), static_cast<int32_t>(values[i].thousandths));
    }
  }
  return config;
}

}  // namespace

TEST(vectors_of_configurations) {
  for (size_t i = 0; i < vectors::kConfigCount; ++i) {
    const vectors::ConfigVector& vector = vectors::kConfigs[i];
    const int before = check::failures();
    louver::Config config = configOf(vector.before, vector.beforeCount);
    const louver::Config expected = configOf(vector.after, vector.afterCount);
    louver::ConfigJudgement judgement;
    applyConfig({vector.payload, vector.payloadLength}, &config, &judgement);
    char buffer[80];
    Text reason(buffer, sizeof buffer);
    judgement.addReason(&reason);
    CHECK_EQ(judgement.verdict == louver::ConfigVerdict::kApplied, vector.applied);
    CHECK(check::same(buffer, vector.reason));
    CHECK(check::same(judgement.unknown, vector.unknown));
    CHECK_EQ(config.version, expected.version);
    CHECK_EQ(config.isSet, expected.isSet);
    CHECK(memcmp(config.thousandths, expected.thousandths, sizeof config.thousandths) == 0);
    if (check::failures() > before) printf("    %s: %s\n", vector.name, buffer);
  }
}

TEST(vectors_of_commands_for_the_device) {
  for (size_t i = 0; i < vectors::kCommandCount; ++i) {
    const vectors::CommandVector& vector = vectors::kCommands[i];
    const int before = check::failures();
    uint32_t rateS = 0;
    const louver::DeviceCommand command = louver::readDeviceCommand({vector.payload, vector.payloadLength}, vector.nowMs, &rateS);
    const vectors::CommandOutcome outcome = command == louver::DeviceCommand::kRefused   ? vectors::CommandOutcome::kRefused
                                            : command == louver::DeviceCommand::kExpired ? vectors::CommandOutcome::kExpired
                                                                                         : vectors::CommandOutcome::kAccepted;
    CHECK_EQ(outcome, vector.outcome);
    if (outcome == vectors::CommandOutcome::kAccepted) {
      const char* const names[] = {"set_sampling_rate", "record_now", "restart", "report", "identify"};
      CHECK(check::same(names[static_cast<int>(command)], vector.command));
      CHECK_EQ(rateS, vector.rateSeconds);
    }
    if (check::failures() > before) printf("    %s\n", vector.name);
  }
}
