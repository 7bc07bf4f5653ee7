#include "reading_json.h"

#include "protocol_generated.h"

namespace louver {

void addReading(Text* text, int32_t value, uint8_t decimals, EpochMs time, Sequence sequence) {
  text->add("{\"").add(protocol::kKeyValue).add("\":").addFixed(value, decimals);
  addNumbering(text, time, sequence);
}

void addNumbering(Text* text, EpochMs time, Sequence sequence) {
  if (time != kNoTime) text->add(",\"").add(protocol::kKeyTimestamp).add("\":\"").addTime(time).add('"');
  text->add(",\"").add(protocol::kKeySeq).add("\":").addUnsigned(sequence.seq);
  text->add(",\"").add(protocol::kKeyBoot).add("\":").addUnsigned(sequence.boot).add('}');
}

}  // namespace louver
