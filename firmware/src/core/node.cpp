#include "node.h"

#include <string.h>

namespace louver {

namespace {

constexpr char kConfigName[] = "config";
constexpr char kWindowName[] = "window";

constexpr uint32_t kFirstDialMs = 1000;
constexpr uint32_t kLongestDialMs = 60000;
constexpr uint32_t kAskTimeMs = 10000;
constexpr uint32_t kHourMs = 3600000;

/// Whether it is time: right also when the ticks wrap.
bool isPast(uint32_t due, uint32_t now) {
  return static_cast<int32_t>(now - due) >= 0;
}

/// Moves on by whole intervals, so that a slow sensor does not shift them; after a pause they begin anew.
void schedule(uint32_t* next, uint32_t now, uint32_t intervalS) {
  *next += intervalS * 1000;
  if (isPast(*next, now)) *next = now + intervalS * 1000;
}

/// Not later than an interval from now: it may have become shorter.
void bringForward(uint32_t* next, uint32_t now, uint32_t intervalS) {
  if (isPast(now + intervalS * 1000, *next)) *next = now + intervalS * 1000;
}

}  // namespace

const protocol::Topic Node::kSubscriptions[] = {
    protocol::kAck, protocol::kConfig, protocol::kTimeResponse, protocol::kCommands, protocol::kWindowControl, protocol::kOta,
};

/// What the device cannot do it does not subscribe to: without updates, and then without a window.
MqttSettings Node::mqttSettings(const NodeSettings& settings, const NodePorts& ports) {
  const uint8_t count = ports.updater != nullptr ? 6 : ports.motor != nullptr ? 5 : 4;
  return {settings.deviceId,   settings.username, settings.password, &protocol::kStatus, protocol::kStatusOffline,
          settings.keepAliveS, kSubscriptions,    count};
}

Node::Node(const NodeSettings& settings, const NodePorts& ports)
    : settings_(settings),
      ports_(ports),
      log_(ports.flash),
      clock_(ports.ticks),
      actuator_(ports.motor != nullptr ? *ports.motor : noMotor_, ports.ticks, 0),
      config_(settings.config),
      backOff_(kFirstDialMs, kLongestDialMs),
      client_(mqttSettings(settings, ports), *this, ports.ticks) {}

bool Node::setup() {
  KeptWindow kept;
  if (ports_.store.load(kWindowName, &kept, sizeof kept)) {
    kept.id[kCommandIdMax] = '\0';
    gate_.restore(kept.id, kept.timestamp);
    actuator_.startAt(kept.position);
  }
  ports_.store.load(kConfigName, &config_, sizeof config_);
  if (ports_.updater != nullptr) ports_.updater->begin();
  // All is due now, but a recording an interval later.
  dialMs_ = timeMs_ = infoMs_ = measureMs_ = movedMs_ = recordMs_ = ports_.ticks.nowMs();
  recordMs_ += config_.whole(protocol::kConfigAudioIntervalS) * 1000;
  configure();
  return log_.mount(ports_.random);
}

void Node::loop() {
  const uint32_t now = ports_.ticks.nowMs();
  // So that it sees the ticks wrap.
  clock_.uptimeMs();
  if (ports_.watchdog != nullptr) ports_.watchdog->feed();
  setTime(now);
  connect(now);
  measure(now);
  record(now);
  // Arrived, or on its way to the safe place because nobody speaks.
  if (ports_.motor != nullptr && actuator_.poll()) {
    remember(actuator_.target());
    keepWindow(actuator_.isMoving() ? WindowResult::kMoving : WindowResult::kDone, actuator_.isSafe() ? "" : gate_.lastId());
  }
  if (client_.state() == MqttState::kConnected) say(now);
  work();
}

void Node::work() {
  if (ports_.updater != nullptr) ports_.updater->poll();
  if (ports_.partCount == 0) return;
  const NodeView now = view();
  for (uint8_t i = 0; i < ports_.partCount; ++i) ports_.parts[i]->poll(now);
}

NodeView Node::view() {
  const int32_t window = ports_.motor != nullptr ? actuator_.position() : -1;
  const Sequence oldest = log_.oldestHeld();
  // Of this boot; of one before it is known that there are some.
  const uint32_t held = oldest.boot == log_.boot() ? log_.nextSeq() - oldest.seq : log_.nextSeq() + 1;
  return {config_, hasClimate_ ? &climate_ : nullptr, window, actuator_.isMoving(), client_.state() == MqttState::kConnected, held};
}

void Node::connect(uint32_t now) {
  if (client_.state() != MqttState::kClosed) {
    client_.poll();
    if (client_.lastEnd() == MqttEnd::kSource) giveUpSending();
    if (client_.state() == MqttState::kConnected) actuator_.heard();
    if (client_.state() == MqttState::kClosed) dialMs_ = now + backOff_.next(ports_.random);
    return;
  }
  if (!isDialling_) {
    if (!isPast(dialMs_, now)) return;
    ports_.dialer.begin();
    isDialling_ = true;
  }
  const Dial dial = ports_.dialer.poll();
  if (dial == Dial::kPending) return;
  isDialling_ = false;
  if (dial == Dial::kOpen) {
    client_.begin(ports_.dialer.stream());
  } else {
    dialMs_ = now + backOff_.next(ports_.random);
  }
}

void Node::setTime(uint32_t now) {
  if (!isPast(timeMs_, now)) return;
  if (clock_.set(ports_.board.utcMs())) {
    timeMs_ = now + kAskTimeMs;
    return;
  }
  due_ |= kDueTime;
  timeMs_ = now + (clock_.isKnown() ? kHourMs : kAskTimeMs);
}

void Node::measure(uint32_t now) {
  if (ports_.climate == nullptr) return;
  if (!isMeasuring_) {
    if (!isPast(measureMs_, now)) return;
    schedule(&measureMs_, now, config_.whole(protocol::kConfigIntervalS));
    ports_.climate->begin();
    isMeasuring_ = true;
  }
  const Measured measured = ports_.climate->poll(&climate_);
  if (measured == Measured::kPending) return;
  isMeasuring_ = false;
  hasClimate_ = measured == Measured::kDone;
  if (!hasClimate_) return;
  keepReading(kTemperature, climate_.centiCelsius, 2);
  keepReading(kHumidity, climate_.centiPercent, 2);
  for (uint8_t i = 0; i < ports_.partCount; ++i) ports_.parts[i]->measured(climate_);
}

void Node::record(uint32_t now) {
  if (ports_.recorder == nullptr) return;
  if (isRecording_) {
    if (!ports_.recorder->poll()) return;
    isRecording_ = false;
    LogEntry entry = {};
    recordingSeq_ = log_.nextSeq();
    hasRecording_ = keep(EntryKind::kRecording, &entry, recordedMs_);
    return;
  }
  const uint32_t intervalS = config_.whole(protocol::kConfigAudioIntervalS);
  const bool isDue = intervalS > 0 && isPast(recordMs_, now);
  if (isDue) schedule(&recordMs_, now, intervalS);
  if (!isDue && !isRecordWanted_) return;
  const Sequence oldest = log_.oldestHeld();
  // Given up with the oldest sector.
  if (oldest.boot == log_.boot() && oldest.seq > recordingSeq_) hasRecording_ = false;
  // There is memory for one: while it waits for its acknowledgement, or is on its way once more, no other is made.
  if (hasRecording_ || isSendingRecording()) return;
  isRecordWanted_ = false;
  recordedMs_ = clock_.uptimeMs();
  isRecording_ = ports_.recorder->begin(config_.whole(protocol::kConfigRecordingS) * ports_.recorder->sampleRateHz());
}

void Node::keepConfig() {
  ports_.store.save(kConfigName, &config_, sizeof config_);
  configure();
}

void Node::configure() {
  ActuatorSettings window;
  window.slewPerS = static_cast<uint32_t>(config_.thousandths[protocol::kConfigSlewPercentPerS] / 10);
  window.failsafeAfterS = config_.whole(protocol::kConfigFailsafeAfterS);
  window.failsafe = static_cast<uint16_t>(config_.thousandths[protocol::kConfigFailsafePosition] / 10);
  actuator_.configure(window);
  for (uint8_t i = 0; i < ports_.partCount; ++i) ports_.parts[i]->configure(config_);
  const uint32_t now = ports_.ticks.nowMs();
  bringForward(&measureMs_, now, config_.whole(protocol::kConfigIntervalS));
  bringForward(&recordMs_, now, config_.whole(protocol::kConfigAudioIntervalS));
}

bool Node::keepReading(uint8_t quantity, int32_t value, uint8_t decimals) {
  LogEntry entry = {};
  entry.what = quantity;
  entry.value = value;
  entry.decimals = decimals;
  return quantity < kFirstOther + settings_.quantityCount && keep(EntryKind::kReading, &entry, clock_.uptimeMs());
}

/// Where the window is, or will be, after a restart.
void Node::remember(uint16_t position) {
  KeptWindow kept = {gate_.lastTimestamp(), position, {}};
  Text(kept.id, sizeof kept.id).add(gate_.lastId());
  ports_.store.save(kWindowName, &kept, sizeof kept);
}

bool Node::keepWindow(WindowResult result, const char* commandId) {
  LogEntry entry = {};
  entry.what = static_cast<uint8_t>(result);
  entry.value = actuator_.position();
  entry.target = actuator_.target();
  Text(entry.commandId, sizeof entry.commandId).add(commandId);
  stateSeq_ = log_.nextSeq();
  return keep(EntryKind::kWindow, &entry, clock_.uptimeMs());
}

/// What cannot be read any more is not sent again and again.
void Node::giveUpSending() {
  client_.abandon();
  if (!isRecordSent_) return;
  log_.forget(sent_);
  ++lost_;
}

bool Node::keep(EntryKind kind, LogEntry* entry, int64_t uptimeMs) {
  entry->atMs = clock_.at(uptimeMs);
  entry->isUptime = !clock_.isKnown();
  if (entry->isUptime) entry->atMs = uptimeMs;
  if (log_.append(static_cast<uint8_t>(kind), entry, entry->length(kind))) return true;
  ++lost_;
  return false;
}

EpochMs Node::timeOf(const LogEntry& entry, Sequence sequence) const {
  if (!entry.isUptime) return entry.atMs;
  return sequence.boot == log_.boot() ? clock_.at(entry.atMs) : kNoTime;
}

}  // namespace louver
