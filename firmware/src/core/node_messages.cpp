// What a node says and hears.
#include <string.h>

#include "device_command.h"
#include "node.h"
#include "reading_json.h"
#include "stored_ack.h"

namespace louver {

bool Node::TextSource::read(uint32_t offset, uint8_t* to, uint32_t length) {
  memcpy(to, text_ + offset, length);
  return true;
}

bool Node::isDue(Due what) {
  const bool is = (due_ & what) != 0;
  due_ = static_cast<uint8_t>(due_ & ~what);
  return is;
}

void Node::onConnected(bool) {
  backOff_.reset();
  connectedMs_ = ports_.ticks.nowMs();
  due_ |= kDueStatus | kDueInfo | kDueConfig;
  if (ports_.updater != nullptr) ports_.updater->contact();
  // What was sent before the connection ended may have come to nothing.
  log_.rewind();
  resendMs_ = kResendMs;
}

void Node::say(uint32_t now) {
  if (client_.isPublishing()) return;
  if (isRestartDue_ && client_.isQuiet()) {
    isRestartDue_ = false;
    // Without goodbye: the will says that nobody is there.
    client_.drop(MqttEnd::kNone);
    ports_.board.restart();
    return;
  }
  if (saidDropped_ != log_.dropped() + lost_ || now - infoMs_ >= 3600000) due_ |= kDueInfo;
  const protocol::Topic* topic;
  bool isRetained = true;
  Text text(text_, sizeof text_);
  // Whoever says that it is there is told again what its window is to do, which it cannot judge before it knows the time.
  const bool mayAppear = clock_.isKnown() || now - connectedMs_ >= kAnswerMs;
  if (mayAppear && isDue(kDueStatus)) {
    topic = &protocol::kStatus;
    text.add(protocol::kStatusOnline);
  } else if (isDue(kDueInfo)) {
    topic = &protocol::kInfo;
    infoMs_ = now;
    addInfo(&text);
  } else if (isDue(kDueTime)) {
    topic = &protocol::kTimeRequest;
    isRetained = protocol::kTimeRequestRetained;
    clock_.addRequest(&text);
  } else if (isDue(kDueConfig)) {
    topic = &protocol::kConfigReported;
    addConfigReport(&text, config_, judgement_);
  } else if (ports_.updater != nullptr && ports_.updater->hasNews()) {
    topic = &protocol::kOtaState;
    ports_.updater->writeState(&text);
  } else {
    return sayAgain(now);
  }
  textSource_.set(text);
  isRecordSent_ = false;
  client_.publish(*topic, textSource_, 1, isRetained);
}

/// The next of the log, or all of it once more when nobody has said for long that it is stored.
void Node::sayAgain(uint32_t now) {
  while (log_.next(&sent_)) {
    if (sayRecord(sent_)) {
      isRecordSent_ = true;
      movedMs_ = now;
      return;
    }
    // It cannot be read any more, or its samples are gone with the boot that took them.
    log_.forget(sent_);
    ++lost_;
  }
  if (now - movedMs_ < resendMs_ || log_.isEmpty()) return;
  log_.rewind();
  movedMs_ = now;
  resendMs_ = resendMs_ > kLongestResendMs / 2 ? kLongestResendMs : resendMs_ * 2;
  // Whoever waits for a number that is not held any more learns it by this.
  due_ |= kDueInfo;
}

bool Node::sayRecord(const LogRecord& record) {
  LogEntry entry;
  if (!entry.read(log_, record)) return false;
  const EpochMs time = timeOf(entry, record.sequence);
  Text text(text_, sizeof text_);
  const protocol::Topic* topic;
  switch (static_cast<EntryKind>(record.kind)) {
    case EntryKind::kReading:
      if (entry.what >= kFirstOther + settings_.quantityCount) return false;
      topic = entry.what == kTemperature ? &protocol::kTemperature : entry.what == kHumidity ? &protocol::kHumidity : &settings_.quantities[entry.what - kFirstOther];
      addReading(&text, entry.value, entry.decimals, time, record.sequence);
      break;
    case EntryKind::kRecording:
      if (!hasRecording_ || record.sequence.boot != log_.boot() || record.sequence.seq != recordingSeq_) return false;
      recording_.begin(*ports_.recorder, ports_.recorder->sampleRateHz(), text_, time, record.sequence);
      return client_.publish(protocol::kAudio, recording_, 1, protocol::kAudioRetained);
    case EntryKind::kWindow:
      topic = &protocol::kWindowState;
      addWindowState(&text, entry, time, record.sequence);
      if (text.isCut()) {
        entry.commandId[0] = '\0';
        text.clear();
        addWindowState(&text, entry, time, record.sequence);
      }
      break;
    default: return false;
  }
  textSource_.set(text);
  // The broker keeps the newest state: an older one that is sent again must not take its place.
  const bool isNewest = record.sequence.boot == log_.boot() && record.sequence.seq == stateSeq_;
  return client_.publish(*topic, textSource_, 1, topic == &protocol::kWindowState && isNewest);
}

void Node::addInfo(Text* text) {
  const Sequence oldest = log_.oldestHeld();
  saidBoot_ = oldest.boot;
  saidDropped_ = log_.dropped() + lost_;
  // Of the oldest boot whose readings are still held: those go out first, and whoever counts them has to know where they begin.
  text->add('{').addKey(protocol::kKeyV).add("1,").addKey(protocol::kKeyFw).addQuoted(settings_.firmware);
  text->add(',').addKey(protocol::kKeyBoard).addQuoted(settings_.board);
  text->add(',').addKey(protocol::kKeyReset).addQuoted(ports_.board.resetReason());
  text->add(',').addKey(protocol::kKeyBoot).addUnsigned(oldest.boot);
  const struct {
    const char* key;
    uint32_t value;
  } numbers[] = {
      {protocol::kKeyFirstSeq, oldest.seq},
      {protocol::kKeyHeap, ports_.board.freeHeapBytes()},
      {protocol::kKeyUptime, clock_.uptimeS()},
      {protocol::kKeyDropped, saidDropped_},
      {protocol::kKeyRefused, refused_ + client_.oversized()},
  };
  for (const auto& number : numbers) text->add(',').addKey(number.key).addUnsigned(number.value);
  text->add(',').addKey(protocol::kKeyRssi).addFixed(ports_.board.rssiDbm(), 0);
  text->add(',').addKey(protocol::kKeyCaps).add('[');
  const struct {
    const void* port;
    const char* name;
  } parts[] = {{ports_.climate, "climate"}, {ports_.recorder, "audio"}, {ports_.motor, "window"}, {ports_.updater, "ota"}};
  bool isFirst = true;
  for (const auto& part : parts) {
    if (part.port == nullptr) continue;
    if (!isFirst) text->add(',');
    text->addQuoted(part.name);
    isFirst = false;
  }
  text->add("]}");
}

void Node::onPublished() {
  if (!isRecordSent_) return;
  movedMs_ = ports_.ticks.nowMs();
  if (!settings_.forgetsWhatTheBrokerHas) return;
  log_.forget(sent_);
  if (static_cast<EntryKind>(sent_.kind) == EntryKind::kRecording) hasRecording_ = false;
}

void Node::onMessage(uint8_t subscription, Slice payload, bool retained) {
  switch (subscription) {
    case 0: onAck(payload); return;
    case 1: onConfig(payload); return;
    case 2: clock_.takeResponse(payload); return;
    case 3: onCommand(payload, retained); return;
    case 4:
      if (ports_.motor != nullptr) onControl(payload, retained);
      return;
    default: ports_.updater->offer(payload); return;
  }
}

void Node::onAck(Slice payload) {
  Sequence upTo;
  if (!readStoredAck(payload, &upTo) || !log_.acknowledge(upTo)) return;
  if (upTo.boot == log_.boot() && hasRecording_ && recordingSeq_ <= upTo.seq) hasRecording_ = false;
  movedMs_ = ports_.ticks.nowMs();
  resendMs_ = kResendMs;
  if (log_.oldestHeld().boot != saidBoot_) due_ |= kDueInfo;
}

void Node::onConfig(Slice payload) {
  if (payload.length == 0) return;  // Nobody wants anything any more: a retained message is deleted so.
  applyConfig(payload, &config_, &judgement_);
  if (judgement_.verdict == ConfigVerdict::kApplied) {
    keepConfig();
  } else if (judgement_.verdict == ConfigVerdict::kNotNewer && judgement_.offered == config_.version) {
    // The one that is in force, as the broker tells it with each connection.
    judgement_ = ConfigJudgement();
  }
  due_ |= kDueConfig;
}

void Node::onCommand(Slice payload, bool retained) {
  uint32_t rateS;
  const DeviceCommand command = retained ? DeviceCommand::kExpired : readDeviceCommand(payload, clock_.now(), &rateS);
  switch (command) {
    case DeviceCommand::kSetSamplingRate:
      config_.set(protocol::kConfigIntervalS, static_cast<int32_t>(rateS * 1000));
      keepConfig();
      judgement_ = ConfigJudgement();
      due_ |= kDueConfig;
      return;
    case DeviceCommand::kRecordNow: isRecordWanted_ = true; return;
    case DeviceCommand::kRestart: isRestartDue_ = true; return;
    case DeviceCommand::kReport:
      due_ |= kDueInfo | kDueConfig;
      measureMs_ = ports_.ticks.nowMs();
      return;
    case DeviceCommand::kIdentify: ports_.board.identify(); return;
    default:
      ++refused_;
      due_ |= kDueInfo;
      return;
  }
}

void Node::obey(const WindowCommand& command) {
  actuator_.moveTo(command.centipercent);
  remember(command.centipercent);
  keepWindow(actuator_.isMoving() ? WindowResult::kMoving : WindowResult::kDone, command.id);
}

void Node::onControl(Slice payload, bool retained) {
  WindowCommand command;
  switch (gate_.judge(payload, retained, clock_.now(), &command)) {
    case CommandOutcome::kObeyed: return obey(command);
    case CommandOutcome::kConfirmed: {
      // The window went to its safe place meanwhile: whoever repeats the command is there again.
      const EpochMs now = clock_.now();
      const bool isInTime = command.expiresAt == kNoTime || (now != kNoTime && now < command.expiresAt);
      if (actuator_.isSafe() && isInTime) return obey(command);
      keepWindow(actuator_.isMoving() ? WindowResult::kMoving : WindowResult::kDone, command.id);
      return;
    }
    case CommandOutcome::kExpired: keepWindow(WindowResult::kExpired, command.id); return;
    case CommandOutcome::kRejected: keepWindow(WindowResult::kRejected, command.id); return;
    case CommandOutcome::kIgnored: return;
  }
}

}  // namespace louver
