// Whatever comes as JSON: commands for the window, acknowledgements, time answers.
#include "fuzz.h"
#include "json_in.h"
#include "stored_ack.h"
#include "utc_clock.h"
#include "window_command.h"

using louver::CommandOutcome;
using louver::EpochMs;
using louver::JsonKind;
using louver::JsonMember;
using louver::JsonObject;
using louver::Slice;
using louver::kNoTime;

namespace {

constexpr EpochMs kNow = 1761307230000;
/// Years of four digits, a day more on both sides for offsets.
constexpr EpochMs kFirstTime = -62167219200000 - 86400000;
constexpr EpochMs kLastTime = 253402300800000 + 86400000;

bool isWithin(Slice part, Slice whole) {
  return part.data >= whole.data && part.length <= whole.length && static_cast<size_t>(part.data - whole.data) <= whole.length - part.length;
}

void readValue(const JsonMember& member) {
  int32_t thousandths;
  uint32_t whole;
  int64_t big;
  EpochMs time;
  const bool isFixed = louver::parseFixed(member.value, 3, &thousandths);
  const bool isUnsigned = louver::parseUnsigned(member.value, &whole);
  const bool isBig = louver::parseDecimal(member.value, 0, 900000000000000000, &big);
  if (louver::parseTime(member.value, &time)) ALWAYS(time >= kFirstTime && time <= kLastTime);
  if (member.kind != JsonKind::kNumber) return;
  // All that read it read the same.
  if (isUnsigned && isBig) ALWAYS(big == whole);
  if (isFixed && isBig) ALWAYS(thousandths / 1000 == big);
}

bool isGood(Slice text) {
  JsonObject object(text);
  JsonMember member;
  while (object.next(&member)) {
    ALWAYS(isWithin(member.key, text) && isWithin(member.value, text));
    ALWAYS(member.kind <= JsonKind::kArray);
    readValue(member);
    // What was passed over as an object can be opened as one.
    if (member.kind == JsonKind::kObject) ALWAYS(isGood(member.value));
  }
  const bool good = object.isGood();
  ALWAYS(!object.next(&member) && object.isGood() == good);
  return good;
}

/// What is good ends where it ends: with one byte more or less it is not. White space does not count.
void endsExactly(Slice text) {
  size_t length = text.length;
  while (strchr(" \t\r\n", text.data[length - 1]) != nullptr) --length;
  ALWAYS(text.data[length - 1] == '}');
  ALWAYS(!isGood({text.data, length - 1}));
  char* longer = static_cast<char*>(malloc(text.length + 1));
  memcpy(longer, text.data, text.length);
  for (const char* more = "}]x,\""; *more != '\0'; ++more) {
    longer[text.length] = *more;
    ALWAYS(!isGood({longer, text.length + 1}));
  }
  free(longer);
}

void readCommand(Slice text, bool good) {
  louver::WindowCommand command;
  const bool isCommand = louver::readWindowCommand(text, &command);
  louver::CommandGate gate;
  louver::WindowCommand judged;
  const CommandOutcome outcome = gate.judge(text, false, kNow, &judged);
  ALWAYS((outcome == CommandOutcome::kRejected) == !isCommand);
  if (!isCommand) return;
  ALWAYS(good);
  ALWAYS(command.centipercent <= 10000);
  ALWAYS(memchr(command.id, '\0', sizeof command.id) != nullptr);
  ALWAYS(!command.isIdCut || strlen(command.id) <= louver::kCommandIdMax);
  ALWAYS(command.timestamp == kNoTime || (command.timestamp >= kFirstTime && command.timestamp <= kLastTime));
  ALWAYS(command.expiresAt == kNoTime || (command.expiresAt >= kFirstTime && command.expiresAt <= kLastTime));
  ALWAYS(outcome == CommandOutcome::kObeyed || (command.expiresAt != kNoTime && command.expiresAt <= kNow));
  if (outcome != CommandOutcome::kObeyed) return;
  // The same again moves nothing when it has a name; and it never locks out what comes after it.
  const bool isNamed = command.id[0] != '\0' && !command.isIdCut;
  ALWAYS(gate.judge(text, false, kNow, &judged) == (isNamed ? CommandOutcome::kConfirmed : CommandOutcome::kObeyed));
  ALWAYS(gate.judge(text, true, kNow, &judged) == CommandOutcome::kIgnored);
  ALWAYS(gate.lastTimestamp() <= kNow + 300000);
}

void readAck(Slice text, bool good) {
  louver::Sequence upTo;
  if (!louver::readStoredAck(text, &upTo)) return;
  ALWAYS(good);
  char buffer[64];
  const int length = snprintf(buffer, sizeof buffer, "{\"v\":1,\"boot\":%u,\"seq\":%u}", upTo.boot, upTo.seq);
  louver::Sequence again;
  ALWAYS(louver::readStoredAck({buffer, static_cast<size_t>(length)}, &again) && again.boot == upTo.boot && again.seq == upTo.seq);
}

void readTime(Slice text, bool good) {
  const int64_t asked[] = {0, 5000, INT64_MAX - 20000};
  for (int64_t askedMs : asked) {
    for (int64_t wayMs = -1000; wayMs <= 11000; wayMs += 1000) {
      EpochMs utc;
      if (!louver::readTimeResponse(text, askedMs, askedMs + wayMs, &utc)) continue;
      ALWAYS(good && wayMs >= 0 && wayMs <= 10000);
      ALWAYS(utc >= 946684800000 && utc <= kLastTime);
    }
  }
}

}  // namespace

void fuzz(const uint8_t* data, size_t size) {
  const Slice text = {reinterpret_cast<const char*>(data), size};
  const bool good = isGood(text);
  if (good) endsExactly(text);
  readCommand(text, good);
  readAck(text, good);
  readTime(text, good);
}
