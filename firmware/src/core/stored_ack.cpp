#include "stored_ack.h"

#include "json_in.h"
#include "protocol_generated.h"

namespace louver {

bool readStoredAck(Slice payload, Sequence* upTo) {
  const auto number = [payload](const char* key, uint32_t* value) {
    JsonMember member;
    return findMember(payload, key, &member) && member.kind == JsonKind::kNumber && parseUnsigned(member.value, value);
  };
  uint32_t version;
  return number(protocol::kKeyV, &version) && version == 1 && number(protocol::kKeyBoot, &upTo->boot) && number(protocol::kKeySeq, &upTo->seq);
}

}  // namespace louver
