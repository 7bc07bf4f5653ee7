// JSON of one level, read where it lies: no tree, no copies, no recursion.
#ifndef LOUVER_CORE_JSON_IN_H
#define LOUVER_CORE_JSON_IN_H

#include "text.h"

namespace louver {

enum class JsonKind : uint8_t { kString, kNumber, kTrue, kFalse, kNull, kObject, kArray };

/// One member. Of a string `value` is what stands between the quotes, escapes as they are; of an object or array all of it with its brackets.
struct JsonMember {
  Slice key;
  JsonKind kind;
  Slice value;
  /// The string has escapes: `value` is not its text. Nothing that a device is told needs any.
  bool isEscaped;

  /// Of an optional member with a time: null and "" count as missing, `kNoTime`. False for what is no time.
  bool readTime(EpochMs* time) const;
};

/// Reads the members of an object one after the other. A name with escapes is refused. `next` is false at the end and at the first fault; `isGood` tells which.
class JsonObject {
 public:
  /// Deepest nesting of a member that is passed over.
  static constexpr uint8_t kMaxDepth = 8;

  explicit JsonObject(Slice text);

  bool next(JsonMember* member);
  /// All of it was read, and it is one object of valid JSON and UTF-8 with nothing behind it.
  bool isGood() const { return state_ == State::kEnd; }

 private:
  enum class State : uint8_t { kBegin, kMembers, kEnd, kBad };

  bool key(Slice* name);
  bool value(JsonMember* member);
  bool plain(JsonMember* member);
  bool string(Slice* content, bool* isEscaped);
  bool number();
  bool word(const char* text);
  bool nested();
  void space();
  bool fail();

  Slice text_;
  size_t at_ = 0;
  State state_ = State::kBegin;
};

/// Finds a member by its key. False when there is none, or two, or the text is no object.
bool findMember(Slice object, const char* key, JsonMember* member);

}  // namespace louver

#endif
