// What is kept in the flash log until it is stored elsewhere.
#ifndef LOUVER_CORE_LOG_ENTRY_H
#define LOUVER_CORE_LOG_ENTRY_H

#include <stddef.h>

#include "flash_log.h"
#include "text.h"
#include "window_command.h"

namespace louver {

/// Of a log record, as its writer says.
enum class EntryKind : uint8_t { kReading = 1, kRecording = 2, kWindow = 3 };

/// How a command for the window ended [P-33].
enum class WindowResult : uint8_t { kDone, kMoving, kRejected, kExpired };

/// All kinds in one: each is kept as far as it reaches.
struct LogEntry {
  /// UTC, or the uptime when that was not known: its time is then worked out when it is sent, while it is still the same boot.
  int64_t atMs;
  /// Of a reading; of a window its position.
  int32_t value;
  uint16_t target;
  bool isUptime;
  uint8_t decimals;
  /// Quantity of a reading: 0 is temperature, 1 humidity, then those of the settings. Result of a window.
  uint8_t what;
  char commandId[kCommandIdMax + 1];

  uint16_t length(EntryKind kind) const;
  /// False when the record is none of ours.
  bool read(FlashLog& log, const LogRecord& record);
};

/// `{"position":40,"target":40,"command_id":"…","result":"done","timestamp":…,"seq":…,"boot":…}`; an id that does not fit is left empty.
void addWindowState(Text* text, const LogEntry& entry, EpochMs time, Sequence sequence);

}  // namespace louver

#endif
