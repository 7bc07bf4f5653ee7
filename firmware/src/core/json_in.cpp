#include "json_in.h"

#include <string.h>

namespace louver {

namespace {

bool isHex(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/// Length of the UTF-8 character at `at`, 0 when it is none (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
size_t utf8Length(Slice text, size_t at) {
  const uint8_t first = static_cast<uint8_t>(text.data[at]);
  if (first < 0x80) return 1;
  size_t length = 0;
  uint8_t least = 0x80;
  uint8_t most = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) least = 0xA0;
    if (first == 0xED) most = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) least = 0x90;
    if (first == 0xF4) most = 0x8F;
  } else {
    return 0;
  }
  if (length > text.length - at) return 0;
  for (size_t i = 1; i < length; ++i) {
    const uint8_t byte = static_cast<uint8_t>(text.data[at + i]);
    if (byte < least || byte > most) return 0;
    least = 0x80;
    most = 0xBF;
  }
  return length;
}

}  // namespace

bool JsonMember::readTime(EpochMs* time) const {
  *time = kNoTime;
  if (kind == JsonKind::kNull) return true;
  if (kind != JsonKind::kString) return false;
  return value.length == 0 || parseTime(value, time);
}

JsonObject::JsonObject(Slice text) : text_(text) {}

bool JsonObject::next(JsonMember* member) {
  if (state_ == State::kEnd || state_ == State::kBad) return false;
  space();
  if (state_ == State::kBegin) {
    if (at_ >= text_.length || text_.data[at_++] != '{') return fail();
    space();
    state_ = State::kMembers;
    if (at_ < text_.length && text_.data[at_] == '}') {
      ++at_;
      space();
      state_ = at_ == text_.length ? State::kEnd : State::kBad;
      return false;
    }
  } else {
    if (at_ >= text_.length) return fail();
    const char c = text_.data[at_++];
    if (c == '}') {
      space();
      state_ = at_ == text_.length ? State::kEnd : State::kBad;
      return false;
    }
    if (c != ',') return fail();
    space();
  }
  return (key(&member->key) && value(member)) || fail();
}

bool JsonObject::key(Slice* name) {
  bool isEscaped;
  space();
  // With escapes it may be the name of another member in disguise, which others would understand.
  if (!string(name, &isEscaped) || isEscaped) return false;
  space();
  if (at_ >= text_.length || text_.data[at_++] != ':') return false;
  space();
  return true;
}

bool JsonObject::value(JsonMember* member) {
  if (at_ >= text_.length) return false;
  const size_t begin = at_;
  const char c = text_.data[at_];
  if (c == '{' || c == '[') {
    member->isEscaped = false;
    member->kind = c == '{' ? JsonKind::kObject : JsonKind::kArray;
    if (!nested()) return false;
  } else {
    if (!plain(member)) return false;
    if (member->kind == JsonKind::kString) return true;
  }
  member->value = {text_.data + begin, at_ - begin};
  return true;
}

/// Anything but an object or array.
bool JsonObject::plain(JsonMember* member) {
  if (at_ >= text_.length) return false;
  member->isEscaped = false;
  switch (text_.data[at_]) {
    case '"': member->kind = JsonKind::kString; return string(&member->value, &member->isEscaped);
    case 't': member->kind = JsonKind::kTrue; return word("true");
    case 'f': member->kind = JsonKind::kFalse; return word("false");
    case 'n': member->kind = JsonKind::kNull; return word("null");
    default: member->kind = JsonKind::kNumber; return number();
  }
}

bool JsonObject::string(Slice* content, bool* isEscaped) {
  *isEscaped = false;
  if (at_ >= text_.length || text_.data[at_] != '"') return false;
  const size_t begin = ++at_;
  while (at_ < text_.length) {
    const char c = text_.data[at_];
    if (c == '"') {
      *content = {text_.data + begin, at_ - begin};
      ++at_;
      return true;
    }
    if (static_cast<uint8_t>(c) < 0x20) return false;
    if (c == '\\') {
      *isEscaped = true;
      if (++at_ >= text_.length) return false;
      const char escaped = text_.data[at_++];
      if (escaped == 'u') {
        if (text_.length - at_ < 4) return false;
        for (int i = 0; i < 4; ++i) {
          if (!isHex(text_.data[at_++])) return false;
        }
      } else if (escaped == '\0' || strchr("\"\\/bfnrt", escaped) == nullptr) {
        return false;
      }
      continue;
    }
    const size_t length = utf8Length(text_, at_);
    if (length == 0) return false;
    at_ += length;
  }
  return false;
}

bool JsonObject::number() {
  NumberParts parts;
  const size_t length = scanNumber({text_.data + at_, text_.length - at_}, &parts);
  at_ += length;
  return length > 0;
}

bool JsonObject::word(const char* text) {
  const size_t length = strlen(text);
  if (text_.length - at_ < length || memcmp(text_.data + at_, text, length) != 0) return false;
  at_ += length;
  return true;
}

/// Passes over an object or array, which is as good as the rest: what the server would not read is not obeyed either.
bool JsonObject::nested() {
  char closing[kMaxDepth];
  uint8_t depth = 0;
  JsonMember ignored;
  for (;;) {
    space();
    const char c = at_ < text_.length ? text_.data[at_] : '\0';
    if (c == '{' || c == '[') {
      if (depth == kMaxDepth) return false;
      closing[depth++] = c == '{' ? '}' : ']';
      ++at_;
      space();
      if (at_ >= text_.length || text_.data[at_] != closing[depth - 1]) {
        if (c == '{' && !key(&ignored.key)) return false;
        continue;
      }
    } else if (!plain(&ignored)) {
      return false;
    }
    // Behind a value, or at the end of what is empty.
    for (space(); at_ < text_.length && text_.data[at_] != ','; space()) {
      if (depth == 0 || text_.data[at_++] != closing[--depth]) return false;
      if (depth == 0) return true;
    }
    if (at_++ >= text_.length || depth == 0) return false;
    if (closing[depth - 1] == '}' && !key(&ignored.key)) return false;
  }
}

void JsonObject::space() {
  while (at_ < text_.length) {
    const char c = text_.data[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

bool JsonObject::fail() {
  state_ = State::kBad;
  return false;
}

bool findMember(Slice object, const char* key, JsonMember* member) {
  JsonObject members(object);
  JsonMember one;
  int found = 0;
  while (members.next(&one)) {
    if (!one.key.is(key)) continue;
    *member = one;
    ++found;
  }
  return found == 1 && members.isGood();
}

}  // namespace louver
