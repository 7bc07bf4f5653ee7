#include "reading_json.h"

#include "protocol_generated.h"

namespace louver {

void addReading(Text* text, int32_t value, uint8_t decimals, EpochMs time, Sequence sequence) {
  text->add('{').addKey(protocol::kKeyValue).addFixed(value, decimals);
  addNumbering(text, time, sequence);
}

void addNumbering(Text* text, EpochMs time, Sequence sequence) {
  if (time != kNoTime) text->add(',').addKey(protocol::kKeyTimestamp).add('"').addTime(time).add('"');
  text->add(',').addKey(protocol::kKeySeq).addUnsigned(sequence.seq);
  text->add(',').addKey(protocol::kKeyBoot).addUnsigned(sequence.boot).add('}');
}

}  // namespace louver
