// What the backend says that it has [P-32].
#ifndef LOUVER_CORE_STORED_ACK_H
#define LOUVER_CORE_STORED_ACK_H

#include "flash_log.h"
#include "text.h"

namespace louver {

/// `{"v":1,"boot":…,"seq":…}`. False for anything that is not that: forgetting is for ever.
bool readStoredAck(Slice payload, Sequence* upTo);

}  // namespace louver

#endif
