// The layout of the golden vectors. The arrays themselves are in vectors_generated.h, written from the *.json beside this file
// by `npm run generate`; what is expected in those is written by generate.py, or by hand in it, never by the code under test.
//
// All of it is constant data: no STL, no constructors, nothing to free, so the same vectors run on the host and on a bare rv32.
//   vectors_generated.h    namespace louver::vectors
//     kTimes[kTimeCount]                 TimeVector           RFC 3339 text -> epoch ms, and back where `canonical`
//     kNumbers[kNumberCount]             NumberVector         fixed-point number -> text
//     kDecimals[kDecimalCount]           DecimalVector        decimal text of JSON -> thousandths
//     kScalars[kScalarCount]             ScalarVector         reading -> exact payload (P-1, P-2, P-7)
//     kAudios[kAudioCount]               AudioVector          samples -> exact payload, its size and SHA-256 (P-3)
//     kControls[kControlCount]           ControlVector        command for the window and what is known -> what is done (P-21, P-24)
//     kConfigs[kConfigCount]             ConfigVector         offered configuration -> applied or why not (P-36)
//     kCommands[kCommandCount]           CommandVector        command to the device -> what is read from it (P-35)
//     kAcks[kAckCount]                   AckVector            acknowledgement -> boot and seq (P-32)
//     kTimeResponses[kTimeResponseCount] TimeResponseVector   answer of the server -> UTC at receipt (P-37)
//     kTopics[kTopicCount]               TopicVector          topic and device id -> name of the topic
//     kOtas[kOtaCount]                   OtaVector            manifest -> accepted or why not, text that is signed (P-38)
// Texts end with NUL and never hold one; a `payload` may hold any byte, its `payloadLength` counts.
// kNone stands for "there is none" where a time is optional.
#ifndef LOUVER_TEST_VECTORS_H
#define LOUVER_TEST_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#include "../../src/core/protocol_generated.h"

namespace louver {
namespace vectors {

constexpr int64_t kNone = INT64_MIN;

struct TimeVector {
  const char* text;
  /// Whether it is RFC 3339; the rest says nothing when it is not.
  bool valid;
  int64_t epochMs;
  /// Whether `epochMs` is written as exactly this text: UTC, three decimals, `Z`.
  bool canonical;
};

/// `value` in units of 10^-decimals.
struct NumberVector {
  int32_t value;
  uint8_t decimals;
  const char* text;
};

/// Only what rounding and cutting agree about; refused where thousandths do not fit into an int32.
struct DecimalVector {
  const char* text;
  bool valid;
  int32_t thousandths;
};

struct ScalarVector {
  const char* name;
  int32_t value;
  uint8_t decimals;
  /// kNone: without the member `timestamp`.
  int64_t epochMs;
  uint32_t seq;
  uint32_t boot;
  const char* payload;
};

struct AudioVector {
  const char* name;
  /// nullptr: sample i is (i * 40503) mod 65536, read as an int16_t in two's complement.
  const int16_t* samples;
  uint32_t sampleCount;
  uint32_t sampleRateHz;
  int64_t epochMs;
  uint32_t seq;
  uint32_t boot;
  /// nullptr where it is too long to stand here; then size and hash do.
  const char* payload;
  uint32_t payloadLength;
  /// Lower-case hexadecimal.
  const char* sha256;
};

enum class ControlOutcome : uint8_t {
  kObeyed,     // the window goes to `centipercent`
  kConfirmed,  // the command that it follows already: only reported again
  kExpired,    // reported as expired, nothing moves
  kRejected,   // reported as rejected (older than the last one, or not to be read: then without an id), nothing moves
  kIgnored     // retained: nothing moves, nothing is reported
};

struct ControlVector {
  const char* name;
  const char* payload;
  size_t payloadLength;
  bool retained;
  int64_t nowMs;
  /// Time and id of the command that was obeyed last; kNone and "": none yet.
  int64_t lastMs;
  const char* lastId;
  ControlOutcome outcome;
  /// What the payload says; nothing when it is ignored or cannot be read.
  uint16_t centipercent;
  /// "": it has none.
  const char* commandId;
  /// kNone: it has none.
  int64_t timestampMs;
  int64_t expiresAtMs;
};

/// A member of the configuration with its value in thousandths.
struct ConfigValue {
  const char* key;
  int64_t thousandths;
};

struct ConfigVector {
  const char* name;
  /// In force before; what is not named there has not been set.
  const ConfigValue* before;
  size_t beforeCount;
  const char* payload;
  size_t payloadLength;
  bool applied;
  /// "" when applied.
  const char* reason;
  /// In force afterwards: the same as before unless applied.
  const ConfigValue* after;
  size_t afterCount;
  /// Members that the device does not know, in their order, with commas between; "": none.
  const char* unknown;
};

enum class CommandOutcome : uint8_t {
  kAccepted,
  kExpired,
  kRefused  // not to be read, not known, or a parameter that is missing or out of range
};

struct CommandVector {
  const char* name;
  const char* payload;
  size_t payloadLength;
  int64_t nowMs;
  CommandOutcome outcome;
  /// As on the wire; "" when it cannot be read.
  const char* command;
  /// Of set_sampling_rate; else 0.
  uint32_t rateSeconds;
  const char* commandId;
};

struct AckVector {
  const char* name;
  const char* payload;
  size_t payloadLength;
  bool valid;
  uint32_t boot;
  uint32_t seq;
};

struct TimeResponseVector {
  const char* name;
  /// What the device asked with, on its own clock in ms.
  int64_t askedMs;
  /// The same clock when the answer arrives.
  int64_t nowMs;
  const char* payload;
  size_t payloadLength;
  bool valid;
  /// UTC at receipt.
  int64_t utcMs;
};

struct TopicVector {
  protocol::Topic pattern;
  const char* deviceId;
  const char* topic;
};

struct OtaVector {
  const char* name;
  const char* payload;
  size_t payloadLength;
  /// Of the device that reads it.
  const char* board;
  uint32_t secureVersion;
  uint32_t slotBytes;
  bool accepted;
  /// Text that is signed, and its SHA-256 in lower-case hexadecimal; "" when not accepted.
  const char* signedText;
  const char* signedSha256;
  /// Whether the manifest's signature is over that text, by this key (base64 of its DER SubjectPublicKeyInfo, P-256).
  bool signatureGood;
  const char* publicKey;
};

}  // namespace vectors
}  // namespace louver

#endif
