// Whatever a broker sends: after a good CONNACK, or from the beginning; whole, or in pieces of any size.
#include "fuzz.h"
#include "mqtt_client.h"

using louver::MqttEnd;
using louver::MqttState;
using louver::Slice;

namespace {

constexpr louver::protocol::Topic kTopics[] = {louver::protocol::kWindowControl, louver::protocol::kAck, louver::protocol::kTimeResponse};
const louver::MqttSettings kSettings = {"a", "user", "secret", &louver::protocol::kStatus, "offline", 60, kTopics, 3};
constexpr uint32_t kPayload = 700;
constexpr size_t kMostSent = 1 << 20;
/// Writes until a stream takes something that takes seldom.
constexpr size_t kStall = 100;

struct FixedTicks : louver::Ticks {
  uint32_t nowMs() override { return 1000; }
};

struct Payload : louver::ByteSource {
  uint32_t size() const override { return kPayload; }
  bool read(uint32_t offset, uint8_t* to, uint32_t length) override {
    ALWAYS(offset <= kPayload && length <= kPayload - offset);
    memset(to, 'p', length);
    return true;
  }
};

/// All that a client has written: one run after the other.
uint8_t sent[kMostSent];

/// Gives and takes as much at a time as its numbers say; never more than it has.
struct Wire : louver::Stream {
  const uint8_t* coming;
  size_t left;
  uint32_t state;
  bool stalls;
  bool isClosed = false;
  uint32_t writes = 0;
  size_t sentLength = 0;

  Wire(const uint8_t* data, size_t size, uint32_t seed, bool takesSeldom) : coming(data), left(size), state(seed), stalls(takesSeldom) {}
  /// Of 0, everything; else up to 15 bytes, often none.
  size_t some(size_t most) {
    if (state == 0) return most;
    state = state * 1664525U + 1013904223U;
    const size_t count = state >> 28;
    return count < most ? count : most;
  }
  int read(uint8_t* to, size_t capacity) override {
    ALWAYS(!isClosed);
    const size_t count = some(capacity < left ? capacity : left);
    memcpy(to, coming, count);
    coming += count;
    left -= count;
    return static_cast<int>(count);
  }
  int write(const uint8_t* from, size_t length) override {
    ALWAYS(!isClosed && length > 0);
    // Meanwhile acknowledgements pile up.
    if (stalls && ++writes % kStall != 0) return 0;
    const size_t count = stalls ? length : some(length);
    ALWAYS(count <= kMostSent - sentLength);
    memcpy(sent + sentLength, from, count);
    sentLength += count;
    return static_cast<int>(count);
  }
  void close() override { isClosed = true; }
};

struct Seen : louver::MqttHandler {
  int connected = 0;
  int messages = 0;
  uint32_t hash = 2166136261U;
  void add(const void* bytes, size_t length) {
    for (size_t i = 0; i < length; ++i) hash = (hash ^ static_cast<const uint8_t*>(bytes)[i]) * 16777619U;
    hash = (hash ^ 0x100) * 16777619U;
  }
  void onConnected(bool) override { ++connected; }
  void onMessage(uint8_t subscription, Slice payload, bool retained) override {
    ALWAYS(connected == 1);
    ++messages;
    ALWAYS(subscription < sizeof kTopics / sizeof kTopics[0] && payload.length <= 512);
    add(&subscription, sizeof subscription);
    add(payload.data, payload.length);
    add(&retained, sizeof retained);
  }
  void onPublished() override {}
};

struct Result {
  uint32_t hash;
  int messages;
  MqttState state;
  MqttEnd end;
  uint32_t oversized;
};

/// Whole packets, one after the other; a reader of our own, with nothing of the client's.
struct Packets {
  const uint8_t* data;
  size_t size;
  size_t at = 0;
  /// A length of more than four bytes [MQTT-2.2.3] came.
  bool isTooLong = false;
  uint8_t head = 0;
  const uint8_t* body = nullptr;
  size_t length = 0;

  Packets(const uint8_t* bytes, size_t count) : data(bytes), size(count) {}
  bool next() {
    if (at == size) return false;
    head = data[at++];
    length = 0;
    for (int i = 0;; ++i) {
      if (at == size) return false;
      isTooLong = i == 4;
      if (isTooLong) return false;
      length |= static_cast<size_t>(data[at] & 0x7F) << (7 * i);
      if ((data[at++] & 0x80) == 0) break;
    }
    if (length > size - at) return false;
    body = data + at;
    at += length;
    return true;
  }
};

/// What went out are packets of a client, CONNECT first, and what is acknowledged came in this order.
void judgeSent(const Wire& wire, const uint8_t* coming, size_t size) {
  Packets out(sent, wire.sentLength);
  Packets in(coming, size);
  for (bool isFirst = true; out.next(); isFirst = false) {
    ALWAYS(isFirst ? out.head == 0x10 : out.head == 0x40 || out.head == 0x82 || out.head == 0xC0 || (out.head & 0xF0) == 0x30);
    if (out.head != 0x40) continue;
    ALWAYS(out.length == 2);
    do {
      ALWAYS(in.next());
    } while ((in.head & 0xF6) != 0x32);
    const size_t topic = static_cast<size_t>(in.body[0] << 8 | in.body[1]);
    ALWAYS(memcmp(out.body, in.body + 2 + topic, 2) == 0);
  }
  ALWAYS(!out.isTooLong);
  // All of it was understood, or the connection is closed.
  while (in.next()) {
  }
  if (in.isTooLong) ALWAYS(wire.isClosed);
}

Result run(const uint8_t* data, size_t size, bool isGreeted, bool publishes, bool stalls, uint32_t seed) {
  // Of its own length, so that reading beyond it is found.
  const uint8_t greeting[] = {0x20, 2, 0, 0};
  const size_t before = isGreeted ? sizeof greeting : 0;
  uint8_t* all = static_cast<uint8_t*>(malloc(before + size + 1));
  memcpy(all, greeting, before);
  if (size > 0) memcpy(all + before, data, size);
  Result result;
  {
    FixedTicks ticks;
    Payload payload;
    Seen seen;
    Wire wire(all, before + size, seed, stalls);
    louver::MqttClient client(kSettings, seen, ticks);
    client.begin(wire);
    // A poll that moves nothing for a while has nothing more to do.
    size_t quiet = 0;
    while (quiet < 2 * kStall && client.state() != MqttState::kClosed) {
      const size_t moved = wire.left + wire.sentLength;
      if (publishes && !client.isPublishing()) client.publish(louver::protocol::kTemperature, payload, 1, false);
      client.poll();
      quiet = wire.left + wire.sentLength == moved ? quiet + 1 : 0;
    }
    ALWAYS((client.state() == MqttState::kClosed) == wire.isClosed);
    if (!wire.isClosed) ALWAYS(wire.left == 0);
    judgeSent(wire, all, before + size);
    ALWAYS(client.lastEnd() != MqttEnd::kSilence && client.lastEnd() != MqttEnd::kSource);
    result = {seen.hash, seen.messages, client.state(), client.lastEnd(), client.oversized()};
  }
  free(all);
  return result;
}

}  // namespace

void fuzz(const uint8_t* data, size_t size) {
  if (size < 2) return;
  const bool isGreeted = (data[0] & 1) != 0;
  const bool publishes = (data[0] & 2) != 0;
  const bool stalls = (data[0] & 4) != 0;
  const Result whole = run(data + 2, size - 2, isGreeted, false, false, 0);
  const Result pieces = run(data + 2, size - 2, isGreeted, publishes, stalls, 1U + data[1]);
  ALWAYS(whole.hash == pieces.hash && whole.messages == pieces.messages);
  ALWAYS(whole.state == pieces.state && whole.end == pieces.end && whole.oversized == pieces.oversized);
}
