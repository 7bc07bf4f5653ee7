// MQTT 3.1.1 for a device: sends from sources that can be read again, keeps nothing twice, waits for nothing.
#ifndef LOUVER_CORE_MQTT_CLIENT_H
#define LOUVER_CORE_MQTT_CLIENT_H

#include "ports.h"
#include "protocol_generated.h"
#include "text.h"

namespace louver {

/// The texts must outlive the client.
struct MqttSettings {
  /// Stands in its topics, and names the session that the broker keeps for it.
  const char* deviceId;
  /// Null: none.
  const char* username;
  const char* password;
  /// Retained, QoS 1.
  const protocol::Topic* willTopic;
  const char* willPayload;
  uint16_t keepAliveS;
  /// QoS 1.
  const protocol::Topic* subscriptions;
  uint8_t subscriptionCount;
};

class MqttHandler {
 public:
  /// The session may have been kept: what was sent and not acknowledged goes out again by itself.
  virtual void onConnected(bool sessionPresent) = 0;
  /// `payload` is good until it returns.
  /// @param subscription its place in the list: other topics are not handed on.
  virtual void onMessage(uint8_t subscription, Slice payload, bool retained) = 0;
  /// The broker has it (QoS 1), or it is on its way (QoS 0).
  virtual void onPublished() = 0;

 protected:
  ~MqttHandler() = default;
};

enum class MqttState : uint8_t { kClosed, kConnecting, kConnected };

/// Why the last connection ended.
enum class MqttEnd : uint8_t { kNone, kStream, kRefused, kProtocol, kSilence, kSource };

class MqttClient {
 public:
  MqttClient(const MqttSettings& settings, MqttHandler& handler, Ticks& ticks) : settings_(settings), handler_(handler), ticks_(ticks) {}

  /// Begins on a stream that has just been opened.
  void begin(Stream& stream);
  /// Moves as much as the stream takes and gives, at most a few kB; call it all the time.
  MqttState poll();
  /// Ends without a word: the broker publishes the will.
  void drop(MqttEnd why);
  /// Says goodbye, so that no will is published; what has not gone out is left.
  void disconnect();

  /// Takes a message to send. `topic` and `payload` stay its owner's and must be good until `onPublished`, also over connections: QoS 1 is sent again, with
  /// DUP, when the connection ended before the acknowledgement. False while another one is under way.
  bool publish(const protocol::Topic& topic, ByteSource& payload, uint8_t qos, bool retain);
  bool isPublishing() const { return payload_ != nullptr; }
  /// Forgets the message under way. In the middle of its bytes that ends the connection.
  void abandon();

  MqttState state() const { return state_; }
  /// Nothing is on its way out, acknowledgements included.
  bool isQuiet() const { return payload_ == nullptr && ackCount_ == 0 && outAt_ == outLength_; }
  MqttEnd lastEnd() const { return end_; }
  /// Of CONNACK [MQTT-3.2.2.3]; 0 when it was not refused.
  uint8_t refusal() const { return refusal_; }
  /// Messages that were longer than the buffer: acknowledged and not handed on.
  uint32_t oversized() const { return oversized_; }

 private:
  static constexpr size_t kInBytes = 512;   // An OTA manifest with its signature is the longest that a device is told.
  static constexpr size_t kOutBytes = 320;  // CONNECT with id, will, user and password of 64 characters each.
  static constexpr uint8_t kMaxAcks = 8;
  static constexpr uint32_t kAnswerMs = 10000;
  static constexpr uint32_t kAckMs = 20000;
  /// Also of a broker that goes on talking about other things.
  static constexpr uint32_t kLongestAckMs = 60000;
  /// Reads and writes of one poll.
  static constexpr uint8_t kRounds = 24;

  bool compose();
  void composeConnect();
  void composeSubscribe(const protocol::Topic& topic);
  void composePublish();
  bool write();
  bool read();
  void take(uint8_t byte);
  void packet();
  void published(bool fits);
  void acknowledged(uint16_t id);

  void header(uint8_t type, uint32_t length);
  void put(uint8_t byte) { out_[outLength_++] = byte; }
  void putWord(uint16_t value);
  void append(const char* text);
  void putText(const char* text);
  void putTopic(const protocol::Topic& topic);
  uint32_t topicLength(const protocol::Topic& topic) const;
  bool isTopic(Slice text, const protocol::Topic& topic) const;
  uint16_t wordAt(size_t at) const { return static_cast<uint16_t>(in_[at] << 8 | in_[at + 1]); }

  const MqttSettings settings_;
  MqttHandler& handler_;
  Ticks& ticks_;
  Stream* stream_ = nullptr;

  const protocol::Topic* topic_ = nullptr;
  ByteSource* payload_ = nullptr;
  uint32_t payloadAt_ = 0;
  uint32_t sentMs_ = 0;
  uint32_t heardMs_ = 0;
  uint32_t awaitedMs_ = 0;
  uint32_t oversized_ = 0;

  // Of the packet that comes in.
  uint32_t inLength_ = 0;
  uint32_t inAt_ = 0;
  uint8_t inHead_ = 0;
  uint8_t inLengthBytes_ = 0;
  enum class In : uint8_t { kHead, kLength, kBody } inState_ = In::kHead;

  size_t outLength_ = 0;
  size_t outAt_ = 0;

  uint16_t acks_[kMaxAcks] = {};
  uint8_t ackCount_ = 0;
  uint16_t lastId_ = 0;
  uint16_t publishId_ = 0;

  MqttState state_ = MqttState::kClosed;
  MqttEnd end_ = MqttEnd::kNone;
  uint8_t refusal_ = 0;
  uint8_t qos_ = 0;
  bool retain_ = false;
  bool isInBody_ = false;
  bool wasSent_ = false;
  bool isAwaitingAck_ = false;
  bool isAwaitingPong_ = false;
  bool isConnectSent_ = false;
  uint8_t subscribed_ = 0;

  uint8_t in_[kInBytes] = {};
  uint8_t out_[kOutBytes] = {};
};

}  // namespace louver

#endif
