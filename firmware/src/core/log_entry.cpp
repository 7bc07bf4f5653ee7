#include "log_entry.h"

#include <string.h>

#include "protocol_generated.h"
#include "reading_json.h"

namespace louver {

uint16_t LogEntry::length(EntryKind kind) const {
  const size_t id = kind == EntryKind::kWindow ? strlen(commandId) : 0;
  return static_cast<uint16_t>(offsetof(LogEntry, commandId) + id);
}

bool LogEntry::read(FlashLog& log, const LogRecord& record) {
  memset(this, 0, sizeof *this);
  return record.length >= offsetof(LogEntry, commandId) && record.length < sizeof *this && log.read(record, 0, reinterpret_cast<uint8_t*>(this), record.length);
}

void addWindowState(Text* text, const LogEntry& entry, EpochMs time, Sequence sequence) {
  static const char* const kResults[] = {protocol::kResultDone, protocol::kResultMoving, protocol::kResultRejected, protocol::kResultExpired};
  text->add('{').addKey(protocol::kKeyPosition).addThousandths(entry.value * 10);
  text->add(',').addKey(protocol::kKeyTarget).addThousandths(entry.target * 10);
  text->add(',').addKey(protocol::kKeyCommandId).addQuoted(entry.commandId);
  text->add(',').addKey(protocol::kKeyResult).addQuoted(kResults[entry.what & 3]);
  addNumbering(text, time, sequence);
}

}  // namespace louver
