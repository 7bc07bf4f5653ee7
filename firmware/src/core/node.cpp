#include "node.h"

#include <string.h>

namespace louver {

namespace {

constexpr char kConfigName[] = "config";
constexpr char kWindowName[] = "window";

constexpr uint32_t kFirstDialMs = 1000;
constexpr uint32_t kLongestDialMs = 60000;
constexpr int64_t kAskTimeMs = 10000;
constexpr int64_t kHourMs = 3600000;

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
  configure();
  recordMs_ = 1000 * static_cast<int64_t>(config_.whole(protocol::kConfigAudioIntervalS));
  return log_.mount(ports_.random);
}

void Node::loop() {
  const int64_t now = clock_.uptimeMs();
  if (ports_.watchdog != nullptr) ports_.watchdog->feed();
  setTime(now);
  connect(now);
  measure(now);
  record(now);
  // Arrived, or on its way to the safe place because nobody speaks.
  if (actuator_.poll()) keepWindow(actuator_.isMoving() ? WindowResult::kMoving : WindowResult::kDone, actuator_.isSafe() ? "" : gate_.lastId());
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

void Node::connect(int64_t now) {
  if (client_.state() != MqttState::kClosed) {
    client_.poll();
    if (client_.state() == MqttState::kConnected) actuator_.heard();
    if (client_.state() == MqttState::kClosed) dialMs_ = now + backOff_.next(ports_.random);
    return;
  }
  if (!isDialling_) {
    if (now < dialMs_) return;
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

void Node::setTime(int64_t now) {
  if (now < timeMs_) return;
  if (clock_.set(ports_.board.utcMs())) {
    timeMs_ = now + kAskTimeMs;
    return;
  }
  due_ |= kDueTime;
  timeMs_ = now + (clock_.isKnown() ? kHourMs : kAskTimeMs);
}

/// Moves on by whole intervals, so that a slow sensor does not shift them; after a pause they begin anew.
static void schedule(int64_t* next, int64_t now, uint32_t intervalS) {
  *next += 1000 * static_cast<int64_t>(intervalS);
  if (*next <= now) *next = now + 1000 * static_cast<int64_t>(intervalS);
}

void Node::measure(int64_t now) {
  if (ports_.climate == nullptr) return;
  if (!isMeasuring_) {
    if (now < measureMs_) return;
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

void Node::record(int64_t now) {
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
  if (!isRecordWanted_ && (intervalS == 0 || now < recordMs_)) return;
  // There is memory for one: while it waits for its acknowledgement no other is made.
  if (hasRecording_) return;
  isRecordWanted_ = false;
  schedule(&recordMs_, now, intervalS);
  recordedMs_ = now;
  isRecording_ = ports_.recorder->begin(config_.whole(protocol::kConfigRecordingS) * ports_.recorder->sampleRateHz());
}

void Node::configure() {
  ActuatorSettings window;
  window.slewPerS = static_cast<uint32_t>(config_.thousandths[protocol::kConfigSlewPercentPerS] / 10);
  window.failsafeAfterS = config_.whole(protocol::kConfigFailsafeAfterS);
  window.failsafe = static_cast<uint16_t>(config_.thousandths[protocol::kConfigFailsafePosition] / 10);
  actuator_.configure(window);
  for (uint8_t i = 0; i < ports_.partCount; ++i) ports_.parts[i]->configure(config_);
  const int64_t soonest = clock_.uptimeMs() + 1000 * static_cast<int64_t>(config_.whole(protocol::kConfigIntervalS));
  if (measureMs_ > soonest) measureMs_ = soonest;
  const int64_t recording = clock_.uptimeMs() + 1000 * static_cast<int64_t>(config_.whole(protocol::kConfigAudioIntervalS));
  if (recordMs_ > recording) recordMs_ = recording;
}

bool Node::keepReading(uint8_t quantity, int32_t value, uint8_t decimals) {
  LogEntry entry = {};
  entry.what = quantity;
  entry.value = value;
  entry.decimals = decimals;
  return quantity < kFirstOther + settings_.quantityCount && keep(EntryKind::kReading, &entry, clock_.uptimeMs());
}

bool Node::keepWindow(WindowResult result, const char* commandId) {
  LogEntry entry = {};
  entry.what = static_cast<uint8_t>(result);
  entry.value = actuator_.position();
  entry.target = actuator_.target();
  Text(entry.commandId, sizeof entry.commandId).add(commandId);
  return keep(EntryKind::kWindow, &entry, clock_.uptimeMs());
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
