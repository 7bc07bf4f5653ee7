#include "mqtt_client.h"

#include <string.h>

namespace louver {

namespace {

constexpr uint8_t kConnect = 0x10;
constexpr uint8_t kConnack = 0x20;
constexpr uint8_t kPublish = 0x30;
constexpr uint8_t kPuback = 0x40;
constexpr uint8_t kSubscribe = 0x82;  // [MQTT-3.8.1-1]: the lower bits are 0010.
constexpr uint8_t kSuback = 0x90;
constexpr uint8_t kPingreq = 0xC0;
constexpr uint8_t kPingresp = 0xD0;
constexpr uint8_t kDisconnect = 0xE0;

constexpr uint8_t kDup = 0x08;
constexpr uint8_t kRetain = 0x01;

constexpr uint32_t kLongestPacket = 268435455;  // [MQTT-2.2.3]

uint32_t textLength(const char* text) {
  return static_cast<uint32_t>(2 + strlen(text));
}

}  // namespace

void MqttClient::begin(Stream& stream) {
  stream_ = &stream;
  state_ = MqttState::kConnecting;
  end_ = MqttEnd::kNone;
  refusal_ = 0;
  inState_ = In::kHead;
  outLength_ = outAt_ = 0;
  ackCount_ = 0;
  isInBody_ = isAwaitingAck_ = isAwaitingPong_ = isConnectSent_ = false;
  subscribed_ = 0;
  sentMs_ = heardMs_ = awaitedMs_ = ticks_.nowMs();
}

void MqttClient::drop(MqttEnd why) {
  if (state_ == MqttState::kClosed) return;
  state_ = MqttState::kClosed;
  end_ = why;
  stream_->close();
}

void MqttClient::disconnect() {
  if (state_ == MqttState::kConnected && !isInBody_ && outAt_ == outLength_) {
    const uint8_t goodbye[] = {kDisconnect, 0};
    stream_->write(goodbye, sizeof goodbye);
  }
  drop(MqttEnd::kNone);
}

bool MqttClient::publish(const protocol::Topic& topic, ByteSource& payload, uint8_t qos, bool retain) {
  const uint32_t head = topicLength(topic) + 2;
  if (payload_ != nullptr || head > kOutBytes - 5 || payload.size() > kLongestPacket - head) return false;
  topic_ = &topic;
  payload_ = &payload;
  qos_ = qos;
  retain_ = retain;
  wasSent_ = isAwaitingAck_ = false;
  if (qos > 0) publishId_ = ++lastId_ == 0 ? ++lastId_ : lastId_;  // [MQTT-2.3.1-1]: never 0.
  return true;
}

void MqttClient::abandon() {
  if (isInBody_) drop(MqttEnd::kSource);
  payload_ = nullptr;
  isInBody_ = isAwaitingAck_ = false;
}

MqttState MqttClient::poll() {
  if (state_ == MqttState::kClosed) return state_;
  bool moved = true;
  for (uint8_t round = 0; moved && round < kRounds && state_ != MqttState::kClosed; ++round) {
    moved = read();
    if (state_ != MqttState::kClosed && write()) moved = true;
  }
  if (state_ == MqttState::kClosed) return state_;
  const uint32_t now = ticks_.nowMs();
  // Differences of ticks: right also when they wrap.
  // From its beginning: a CONNACK that drips in byte by byte is none.
  const bool isConnectLate = state_ == MqttState::kConnecting && now - awaitedMs_ > kAnswerMs;
  const bool isPongLate = isAwaitingPong_ && now - awaitedMs_ > kAnswerMs;
  const bool isAckLate = isAwaitingAck_ && now - awaitedMs_ > (now - heardMs_ > kAnswerMs ? kAckMs : kLongestAckMs);
  // A half-open connection takes nothing more, and while bytes wait for it no ping can ask.
  const bool isStalled = outAt_ < outLength_ && now - sentMs_ > kAckMs;
  if (isConnectLate || isPongLate || isAckLate || isStalled) drop(MqttEnd::kSilence);
  return state_;
}

/// The next packet; false when there is nothing to say.
bool MqttClient::compose() {
  outLength_ = outAt_ = 0;
  if (!isConnectSent_) {
    composeConnect();
    isConnectSent_ = true;
    return true;
  }
  if (state_ != MqttState::kConnected) return false;
  if (ackCount_ > 0) {
    // In the order in which they came [MQTT-4.6.0-2].
    put(kPuback);
    put(2);
    putWord(acks_[0]);
    --ackCount_;
    memmove(acks_, acks_ + 1, ackCount_ * sizeof acks_[0]);
    return true;
  }
  if (subscribed_ < settings_.subscriptionCount) {
    composeSubscribe(settings_.subscriptions[subscribed_++]);
    return true;
  }
  if (payload_ != nullptr && !isAwaitingAck_) {
    composePublish();
    return true;
  }
  const uint32_t quietMs = ticks_.nowMs() - sentMs_;
  if (settings_.keepAliveS > 0 && !isAwaitingPong_ && quietMs >= settings_.keepAliveS * 750UL) {
    // At three quarters: one and a half are the broker's patience [MQTT-3.1.2-24], and a ping may be lost on the way.
    put(kPingreq);
    put(0);
    isAwaitingPong_ = true;
    awaitedMs_ = ticks_.nowMs();
    return true;
  }
  return false;
}

void MqttClient::composeConnect() {
  const bool hasUser = settings_.username != nullptr;
  const bool hasPassword = hasUser && settings_.password != nullptr;
  uint32_t length = 10 + textLength(settings_.deviceId) + topicLength(*settings_.willTopic) + textLength(settings_.willPayload);
  if (hasUser) length += textLength(settings_.username);
  if (hasPassword) length += textLength(settings_.password);
  if (length + 5 > kOutBytes) return drop(MqttEnd::kProtocol);
  header(kConnect, length);
  putText("MQTT");
  put(4);
  // Not a clean session [MQTT-3.1.2-4]; a will with QoS 1, retained.
  put(static_cast<uint8_t>(0x04 | 0x08 | 0x20 | (hasUser ? 0x80 : 0) | (hasPassword ? 0x40 : 0)));
  putWord(settings_.keepAliveS);
  putText(settings_.deviceId);
  putTopic(*settings_.willTopic);
  putText(settings_.willPayload);
  if (hasUser) putText(settings_.username);
  if (hasPassword) putText(settings_.password);
}

/// Also when the session was kept: the list may be another one than before the last update. The broker replaces what is there [MQTT-3.8.4-3]. Each in a
/// packet of its own: all in one would need the room of all.
void MqttClient::composeSubscribe(const protocol::Topic& topic) {
  if (topicLength(topic) + 6 > kOutBytes) return drop(MqttEnd::kProtocol);
  header(kSubscribe, 2 + topicLength(topic) + 1);
  putWord(++lastId_ == 0 ? ++lastId_ : lastId_);
  putTopic(topic);
  put(1);
}

void MqttClient::composePublish() {
  const uint32_t length = topicLength(*topic_) + (qos_ > 0 ? 2 : 0) + payload_->size();
  // The same message as before the connection ended: DUP [MQTT-3.3.1-1], and its own id [MQTT-4.4.0-1].
  const bool isAgain = wasSent_ && qos_ > 0;
  header(static_cast<uint8_t>(kPublish | (qos_ << 1) | (retain_ ? kRetain : 0) | (isAgain ? kDup : 0)), length);
  putTopic(*topic_);
  if (qos_ > 0) putWord(publishId_);
  payloadAt_ = 0;
  isInBody_ = wasSent_ = true;
}

/// Whether anything moved.
bool MqttClient::write() {
  if (outAt_ == outLength_) {
    if (isInBody_) {
      const uint32_t left = payload_->size() - payloadAt_;
      outAt_ = 0;
      outLength_ = left < kOutBytes ? left : kOutBytes;
      if (outLength_ > 0 && !payload_->read(payloadAt_, out_, static_cast<uint32_t>(outLength_))) {
        outLength_ = 0;
        drop(MqttEnd::kSource);
        return false;
      }
      payloadAt_ += static_cast<uint32_t>(outLength_);
      if (payloadAt_ == payload_->size() && outLength_ == 0) {
        isInBody_ = false;
        if (qos_ > 0) {
          isAwaitingAck_ = true;
          awaitedMs_ = ticks_.nowMs();
        } else {
          // Nothing is awaited: the time of an answer to a ping runs on.
          payload_ = nullptr;
          handler_.onPublished();
        }
        return true;
      }
    } else if (!compose()) {
      return false;
    } else {
      sentMs_ = ticks_.nowMs();
    }
    if (state_ == MqttState::kClosed) return false;
  }
  if (outAt_ == outLength_) return true;
  const int taken = stream_->write(out_ + outAt_, outLength_ - outAt_);
  if (taken < 0) {
    drop(MqttEnd::kStream);
    return false;
  }
  outAt_ += static_cast<size_t>(taken);
  if (taken > 0) sentMs_ = ticks_.nowMs();
  return taken > 0;
}

bool MqttClient::read() {
  // While acknowledgements wait for their turn nothing more is taken in.
  if (ackCount_ == kMaxAcks) return false;
  uint8_t bytes[64];
  // What is over the rest of a packet would have to be kept.
  size_t wanted = inState_ == In::kBody ? inLength_ - inAt_ : 1;
  if (wanted > sizeof bytes) wanted = sizeof bytes;
  const int got = stream_->read(bytes, wanted);
  if (got < 0) {
    drop(MqttEnd::kStream);
    return false;
  }
  if (got > 0) heardMs_ = ticks_.nowMs();
  for (int i = 0; i < got && state_ != MqttState::kClosed; ++i) take(bytes[i]);
  return got > 0;
}

void MqttClient::take(uint8_t byte) {
  switch (inState_) {
    case In::kHead:
      inHead_ = byte;
      inLength_ = inAt_ = 0;
      inLengthBytes_ = 0;
      inState_ = In::kLength;
      return;
    case In::kLength:
      inLength_ |= static_cast<uint32_t>(byte & 0x7F) << (7 * inLengthBytes_);
      if ((byte & 0x80) != 0) {
        if (++inLengthBytes_ == 4) drop(MqttEnd::kProtocol);
        return;
      }
      inState_ = In::kBody;
      if (inLength_ == 0) packet();
      return;
    case In::kBody:
      if (inAt_ < kInBytes) in_[inAt_] = byte;
      if (++inAt_ == inLength_) packet();
      return;
  }
}

void MqttClient::packet() {
  inState_ = In::kHead;
  const bool fits = inLength_ <= kInBytes;
  const uint8_t type = inHead_ & 0xF0;
  if (state_ == MqttState::kConnecting) {
    // Nothing may come before it [MQTT-3.2.0-1].
    if (inHead_ != kConnack || inLength_ != 2 || in_[0] > 1) return drop(MqttEnd::kProtocol);
    refusal_ = in_[1];
    if (refusal_ != 0) return drop(MqttEnd::kRefused);
    state_ = MqttState::kConnected;
    handler_.onConnected(in_[0] == 1);
    return;
  }
  if (type == kPublish) return published(fits);
  if (!fits) return drop(MqttEnd::kProtocol);
  if (inHead_ == kPuback && inLength_ == 2) return acknowledged(wordAt(0));
  if (inHead_ == kPingresp && inLength_ == 0) {
    isAwaitingPong_ = false;
    return;
  }
  if (inHead_ == kSuback && inLength_ == 3) {
    // Refused [MQTT-3.9.3]: without its commands and acknowledgements the device is deaf, and its operator should see that.
    if (in_[2] > 1) drop(MqttEnd::kRefused);
    return;
  }
  drop(MqttEnd::kProtocol);
}

void MqttClient::published(bool fits) {
  const uint8_t qos = (inHead_ >> 1) & 3;
  const uint32_t kept = fits ? inLength_ : kInBytes;
  // A repeated message has QoS 1 [MQTT-3.3.1-2].
  if (qos > 1 || kept < 2 || (qos == 0 && (inHead_ & kDup) != 0)) return drop(MqttEnd::kProtocol);
  const uint32_t named = wordAt(0);
  const uint32_t begin = 2 + named + (qos > 0 ? 2U : 0U);
  if (named == 0 || begin > kept) return drop(MqttEnd::kProtocol);
  for (uint32_t i = 2; i < 2 + named; ++i) {
    // [MQTT-1.5.3-2], [MQTT-3.3.2-2]
    if (in_[i] == 0 || in_[i] == '#' || in_[i] == '+') return drop(MqttEnd::kProtocol);
  }
  const uint16_t id = qos > 0 ? wordAt(2 + named) : 0;
  if (qos > 0 && id == 0) return drop(MqttEnd::kProtocol);
  if (fits) {
    const char* text = reinterpret_cast<const char*>(in_);
    for (uint8_t i = 0; i < settings_.subscriptionCount; ++i) {
      if (!isTopic({text + 2, named}, settings_.subscriptions[i])) continue;
      handler_.onMessage(i, {text + begin, inLength_ - begin}, (inHead_ & kRetain) != 0);
      break;
    }
  } else {
    // Kept by the broker it would come again with each connection.
    ++oversized_;
  }
  if (qos > 0 && state_ == MqttState::kConnected) acks_[ackCount_++] = id;
}

void MqttClient::acknowledged(uint16_t id) {
  // One of a message that was abandoned: it says nothing about the one under way.
  if (!isAwaitingAck_ || id != publishId_) return;
  isAwaitingAck_ = false;
  payload_ = nullptr;
  handler_.onPublished();
}

void MqttClient::header(uint8_t type, uint32_t length) {
  put(type);
  do {
    const uint8_t low = length & 0x7F;
    length >>= 7;
    put(static_cast<uint8_t>(low | (length > 0 ? 0x80 : 0)));
  } while (length > 0);
}

void MqttClient::putWord(uint16_t value) {
  put(static_cast<uint8_t>(value >> 8));
  put(static_cast<uint8_t>(value & 0xFF));
}

void MqttClient::append(const char* text) {
  const size_t length = strlen(text);
  memcpy(out_ + outLength_, text, length);
  outLength_ += length;
}

void MqttClient::putText(const char* text) {
  putWord(static_cast<uint16_t>(strlen(text)));
  append(text);
}

uint32_t MqttClient::topicLength(const protocol::Topic& topic) const {
  return static_cast<uint32_t>(2 + strlen(topic.head) + strlen(settings_.deviceId) + strlen(topic.tail));
}

void MqttClient::putTopic(const protocol::Topic& topic) {
  putWord(static_cast<uint16_t>(topicLength(topic) - 2));
  append(topic.head);
  append(settings_.deviceId);
  append(topic.tail);
}

bool MqttClient::isTopic(Slice text, const protocol::Topic& topic) const {
  if (text.length + 2 != topicLength(topic)) return false;
  const char* const parts[] = {topic.head, settings_.deviceId, topic.tail};
  const char* at = text.data;
  for (const char* part : parts) {
    const size_t length = strlen(part);
    if (memcmp(at, part, length) != 0) return false;
    at += length;
  }
  return true;
}

}  // namespace louver
