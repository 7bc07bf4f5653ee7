#include "mqtt_rig.h"
#include "recording_json.h"

namespace {

uint8_t whole[90000];

bool isRecording(const Packet& packet, uint32_t length) {
  const size_t head = 2 + strlen("sensor/a/audio") + 2;
  return packet.length == head + length && memcmp(packet.body + head, whole, length) == 0;
}

}  // namespace

TEST(a_recording_that_is_cut_comes_again_byte_for_byte) {
  Pattern samples(64000);
  char tail[louver::RecordingJson::kTailBytes];
  louver::RecordingJson recording;
  recording.begin(samples, 16000, tail, 1761307200250, louver::Sequence{1, 17});
  const uint32_t length = recording.size();
  CHECK(length <= sizeof whole && recording.read(0, whole, length));
  Rig rig;
  rig.connect();
  const size_t greeting = wire.sentLength;
  // Every byte of the head; then a stride that is odd, so that every place in a group of four characters is met.
  for (size_t cut = 0; cut <= length; cut += cut < 40 ? 1 : 997) {
    wire.piece = cut % 3 == 0 ? 61 : 1000000;
    rig.connect(false, greeting + cut);
    CHECK(rig.client.publish(louver::protocol::kAudio, recording, 1, false));
    rig.settle();
    CHECK(rig.client.state() == MqttState::kClosed);
    const size_t head = 4 + 2 + strlen("sensor/a/audio") + 2;
    CHECK(cut < head || memcmp(wire.sent + greeting + head, whole, cut - head) == 0);
    const int before = rig.seen.published;
    rig.connect(true);
    Packet packet;
    CHECK(findPublish(&packet) && isRecording(packet, length));
    CHECK(cut == 0 || packet.head == 0x3A);
    rig.puback(idOf(packet));
    CHECK_EQ(rig.seen.published, before + 1);
  }
}
