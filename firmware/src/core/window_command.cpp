#include "window_command.h"

#include <string.h>

#include "json_in.h"
#include "protocol_generated.h"

namespace louver {

namespace {

/// How far somebody else's clock may be ahead of ours.
constexpr EpochMs kAheadMs = 300000;

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 0;
}

char escaped(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

/// The text of a JSON string, whose escapes are known to be good. Characters beyond ASCII that are escaped come out as `?`: an id has none. False when it was cut.
bool copyString(Slice from, char* to, size_t capacity) {
  size_t length = 0;
  size_t at = 0;
  for (; at < from.length && length < capacity; ++at) {
    char c = from.data[at];
    if (c == '\\') {
      c = from.data[++at];
      if (c == 'u') {
        int code = 0;
        for (int i = 0; i < 4; ++i) code = code * 16 + hexDigit(from.data[++at]);
        c = code > 0 && code < 0x80 ? static_cast<char>(code) : '?';
      } else {
        c = escaped(c);
      }
    }
    to[length++] = c;
  }
  // What is cut is cut between two characters.
  for (; at < from.length && length > 0 && (static_cast<uint8_t>(from.data[at]) & 0xC0) == 0x80; --at) --length;
  to[length] = '\0';
  return at == from.length;
}

}  // namespace

bool readWindowCommand(Slice payload, WindowCommand* command) {
  int32_t thousandths = -1;
  bool isGood = true;
  command->id[0] = '\0';
  command->isIdCut = false;
  command->timestamp = command->expiresAt = kNoTime;
  JsonObject members(payload);
  JsonMember member;
  while (members.next(&member)) {
    if (member.key.is(protocol::kKeyPosition)) {
      isGood &= member.kind == JsonKind::kNumber && parseFixed(member.value, 3, &thousandths);
      // What is below a thousandth still is not closed.
      if (member.kind == JsonKind::kNumber && member.value.data[0] == '-' && thousandths == 0) isGood = member.value.is("-0");
    } else if (member.key.is(protocol::kKeyTimestamp)) {
      isGood &= member.readTime(&command->timestamp);
    } else if (member.key.is(protocol::kKeyExpiresAt)) {
      isGood &= member.readTime(&command->expiresAt);
    } else if (member.key.is(protocol::kKeyCommandId) && member.kind == JsonKind::kString) {
      command->isIdCut = !copyString(member.value, command->id, kCommandIdMax);
    }
  }
  if (!isGood || !members.isGood() || thousandths < 0 || thousandths > 100000) return false;
  command->centipercent = static_cast<uint16_t>(thousandths / 10);
  return true;
}

CommandOutcome CommandGate::judge(Slice payload, bool retained, EpochMs now, WindowCommand* command) {
  if (retained) return CommandOutcome::kIgnored;
  if (!readWindowCommand(payload, command)) {
    command->id[0] = '\0';
    return CommandOutcome::kRejected;
  }
  if (command->id[0] != '\0' && !command->isIdCut && strcmp(command->id, lastId_) == 0) return CommandOutcome::kConfirmed;
  if (command->expiresAt != kNoTime && (now == kNoTime || command->expiresAt <= now)) return CommandOutcome::kExpired;
  // Without a time of its own, or with one that cannot be [P-5a], it is of now: one stamp of the year 2099 would make all later commands old. Where
  // now is not known either, it cannot be said to be older.
  const bool isCredible = command->timestamp >= protocol::kNeverSetBeforeMs && (now == kNoTime || command->timestamp <= now + kAheadMs);
  const EpochMs timestamp = isCredible ? command->timestamp : now;
  // One that was obeyed while the clock was wrong makes nothing old either.
  const bool isLastCredible = lastTimestamp_ != kNoTime && (now == kNoTime || lastTimestamp_ <= now + kAheadMs);
  if (timestamp != kNoTime && isLastCredible && timestamp < lastTimestamp_) return CommandOutcome::kRejected;
  restore(command->isIdCut ? "" : command->id, timestamp != kNoTime ? timestamp : lastTimestamp_);
  return CommandOutcome::kObeyed;
}

void CommandGate::restore(const char* id, EpochMs timestamp) {
  Text(lastId_, sizeof lastId_).add(id);
  lastTimestamp_ = timestamp;
}

}  // namespace louver
