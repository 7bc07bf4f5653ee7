// A device: measures, keeps, sends, moves its window, and does what it is told.
#ifndef LOUVER_CORE_NODE_H
#define LOUVER_CORE_NODE_H

#include "actuator.h"
#include "back_off.h"
#include "config.h"
#include "flash_log.h"
#include "log_entry.h"
#include "mqtt_client.h"
#include "node_part.h"
#include "ports.h"
#include "recording_json.h"
#include "utc_clock.h"
#include "window_command.h"

namespace louver {

/// Must outlive the node, and its texts too.
struct NodeSettings {
  const char* deviceId;
  /// Null: none.
  const char* username;
  const char* password;
  const char* firmware;
  const char* board;
  uint16_t keepAliveS;
  /// For a backend that never says what it has stored [P-32]: what the broker has taken is forgotten then, and may be lost there.
  bool forgetsWhatTheBrokerHas;
  /// Topics of further quantities [P-7], for `keepReading`.
  const protocol::Topic* quantities;
  uint8_t quantityCount;
  /// In force until somebody configures the device.
  Config config;
};

/// What may be missing is null. Must outlive the node.
struct NodePorts {
  Dialer& dialer;
  Ticks& ticks;
  Random& random;
  Flash& flash;
  Store& store;
  Board& board;
  ClimateSensor* climate;
  Recorder* recorder;
  Motor* motor;
  Watchdog* watchdog;
  Updater* updater;
  /// A relay, a display, and what you have of your own.
  NodePart* const* parts;
  uint8_t partCount;
};

/**
 * Call `setup` once, then `loop` all the time: it never waits. A call takes some milliseconds at most, but 45 ms when a sector of flash is erased for what
 * was measured.
 */
class Node : private MqttHandler {
 public:
  /// Quantities of `keepReading`.
  static constexpr uint8_t kTemperature = 0;
  static constexpr uint8_t kHumidity = 1;
  static constexpr uint8_t kFirstOther = 2;

  Node(const NodeSettings& settings, const NodePorts& ports);
  Node(const NodeSettings& settings, NodePorts&& ports) = delete;  // It would be gone.

  /// False when the flash cannot be used: nothing could be kept.
  bool setup();
  void loop();

  /// Keeps a reading and sends it. @param value in units of 10^-decimals. False when it could not be kept.
  bool keepReading(uint8_t quantity, int32_t value, uint8_t decimals);

  const FlashLog& log() const { return log_; }
  const MqttClient& client() const { return client_; }
  const Actuator& window() const { return actuator_; }
  const Config& config() const { return config_; }
  UtcClock& clock() { return clock_; }
  NodeView view();
  /// Nothing is held that is not stored elsewhere.
  bool isAllStored() { return log_.isEmpty(); }

 private:
  /// What is to be said before what is in the log.
  enum Due : uint8_t { kDueStatus = 1, kDueInfo = 2, kDueTime = 4, kDueConfig = 8 };
  static constexpr size_t kTextBytes = 352;  // A configuration that is refused, with all that is in force, is 325 long.
  static constexpr uint32_t kResendMs = 5000;
  static constexpr uint32_t kLongestResendMs = 60000;
  /// For an answer about the time.
  static constexpr uint32_t kAnswerMs = 3000;

  /// Of a text that is short enough to be held.
  class TextSource : public ByteSource {
   public:
    uint32_t size() const override { return length_; }
    bool read(uint32_t offset, uint8_t* to, uint32_t length) override;
    void set(const Text& text) {
      text_ = text.c_str();
      length_ = static_cast<uint32_t>(text.length());
    }

   private:
    const char* text_ = nullptr;
    uint32_t length_ = 0;
  };

  class NoMotor : public Motor {
   public:
    void drive(uint16_t) override {}
  };

  struct KeptWindow {
    EpochMs timestamp;
    uint16_t position;
    char id[kCommandIdMax + 1];
  };

  static const protocol::Topic kSubscriptions[];
  static MqttSettings mqttSettings(const NodeSettings& settings, const NodePorts& ports);

  void connect(uint32_t now);
  void setTime(uint32_t now);
  void measure(uint32_t now);
  void record(uint32_t now);
  void configure();
  void keepConfig();
  void giveUpSending();
  void remember(uint16_t position);
  void work();
  bool keep(EntryKind kind, LogEntry* entry, int64_t uptimeMs);
  bool keepWindow(WindowResult result, const char* commandId);
  EpochMs timeOf(const LogEntry& entry, Sequence sequence) const;

  void say(uint32_t now);
  bool sayRecord(const LogRecord& record);
  void sayAgain(uint32_t now);
  void addInfo(Text* text);
  bool isDue(Due what);
  bool isSendingRecording() const { return client_.isPublishing() && isRecordSent_ && static_cast<EntryKind>(sent_.kind) == EntryKind::kRecording; }

  void onConnected(bool sessionPresent) override;
  void onMessage(uint8_t subscription, Slice payload, bool retained) override;
  void onPublished() override;
  void onControl(Slice payload, bool retained);
  void obey(const WindowCommand& command);
  void onAck(Slice payload);
  void onConfig(Slice payload);
  void onCommand(Slice payload, bool retained);

  const NodeSettings& settings_;
  const NodePorts& ports_;
  FlashLog log_;
  UtcClock clock_;
  NoMotor noMotor_;
  Actuator actuator_;
  CommandGate gate_;
  Config config_;
  ConfigJudgement judgement_;
  BackOff backOff_;
  MqttClient client_;

  // Ticks, which wrap: only their differences count, and none is longer than a day.
  uint32_t dialMs_ = 0;
  uint32_t timeMs_ = 0;
  uint32_t infoMs_ = 0;
  uint32_t measureMs_ = 0;
  uint32_t recordMs_ = 0;
  uint32_t connectedMs_ = 0;
  uint32_t movedMs_ = 0;  // When last something was sent, or acknowledged.
  int64_t recordedMs_ = 0;
  uint32_t resendMs_ = kResendMs;
  uint32_t refused_ = 0;
  uint32_t lost_ = 0;
  uint32_t saidDropped_ = 0;
  uint32_t saidBoot_ = 0;
  uint32_t recordingSeq_ = 0;
  uint32_t stateSeq_ = 0;  // Of the newest state of the window.
  LogRecord sent_ = {};
  Climate climate_ = {};
  uint8_t due_ = 0;
  bool isDialling_ = false;
  bool isMeasuring_ = false;
  bool hasClimate_ = false;
  bool isRecording_ = false;
  bool hasRecording_ = false;  // Its samples wait for their acknowledgement.
  bool isRecordWanted_ = false;
  bool isRestartDue_ = false;
  bool isRecordSent_ = false;  // What is under way is `sent_`.

  RecordingJson recording_;
  TextSource textSource_;
  char text_[kTextBytes] = {};
};

}  // namespace louver

#endif
