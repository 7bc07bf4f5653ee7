// What a window is told [P-21], and whether it obeys [P-24].
#ifndef LOUVER_CORE_WINDOW_COMMAND_H
#define LOUVER_CORE_WINDOW_COMMAND_H

#include "text.h"

namespace louver {

/// Ids of our own are hashes of 64 characters. A longer one is obeyed each time that it comes, and reported cut.
constexpr size_t kCommandIdMax = 64;

struct WindowCommand {
  /// Percent open in hundredths, 0..10000.
  uint16_t centipercent;
  char id[kCommandIdMax + 1];
  bool isIdCut;
  /// `kNoTime`: it has none.
  EpochMs timestamp;
  EpochMs expiresAt;
};

/// False when it is no command: not JSON, no position from 0 to 100, a time that cannot be read.
bool readWindowCommand(Slice payload, WindowCommand* command);

enum class CommandOutcome : uint8_t {
  kObeyed,
  kConfirmed,  ///< Followed already: its state is reported again.
  kExpired,
  kRejected,  ///< Older than the last one, or not to be read.
  kIgnored    ///< Kept by the broker: nobody knows for how long.
};

/// Remembers what was obeyed last.
class CommandGate {
 public:
  /// @param now in UTC, `kNoTime` when the device does not know it: a command that says when it expires is then refused as expired, because it may be.
  /// @param command what was read of it; undefined when it is ignored, with an empty id when it cannot be read.
  CommandOutcome judge(Slice payload, bool retained, EpochMs now, WindowCommand* command);

  /// As after a start of the device: from what it has kept.
  void restore(const char* id, EpochMs timestamp);
  const char* lastId() const { return lastId_; }
  EpochMs lastTimestamp() const { return lastTimestamp_; }

 private:
  char lastId_[kCommandIdMax + 1] = "";
  EpochMs lastTimestamp_ = kNoTime;
};

}  // namespace louver

#endif
