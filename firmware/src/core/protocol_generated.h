// Generated from @louver/device-esp32 (packages/device-esp32/src/protocol): do not edit, run `npm run generate`.
#ifndef LOUVER_CORE_PROTOCOL_GENERATED_H
#define LOUVER_CORE_PROTOCOL_GENERATED_H

#include <stdint.h>

namespace louver {
namespace protocol {

/// The device id stands between the two.
struct Topic {
  const char* head;
  const char* tail;
};

constexpr Topic kTemperature = {"sensor/", "/temperature"};  // P-1
constexpr Topic kHumidity = {"sensor/", "/humidity"};  // P-2
constexpr Topic kAudio = {"sensor/", "/audio"};  // P-3
constexpr Topic kTelemetry = {"devices/", "/telemetry"};  // P-8
constexpr Topic kStatus = {"sensor/", "/status"};  // P-30
constexpr Topic kInfo = {"sensor/", "/info"};  // P-31
constexpr Topic kAck = {"sensor/", "/ack"};  // P-32
constexpr Topic kWindowState = {"window/", "/state"};  // P-33
constexpr Topic kWindowControl = {"window/", "/control"};  // P-21
constexpr Topic kCommands = {"devices/", "/commands"};  // P-35
constexpr Topic kConfig = {"sensor/", "/config"};  // P-36
constexpr Topic kConfigReported = {"sensor/", "/config/reported"};  // P-36
constexpr Topic kTimeRequest = {"sensor/", "/time/request"};  // P-37
constexpr Topic kTimeResponse = {"sensor/", "/time/response"};  // P-37
constexpr Topic kOta = {"sensor/", "/ota"};  // P-38
constexpr Topic kOtaState = {"sensor/", "/ota/state"};  // P-38

// Whether the broker keeps the last one; all of them are sent with QoS 1.
constexpr bool kTemperatureRetained = false;
constexpr bool kHumidityRetained = false;
constexpr bool kAudioRetained = false;
constexpr bool kTelemetryRetained = false;
constexpr bool kStatusRetained = true;
constexpr bool kInfoRetained = true;
constexpr bool kWindowStateRetained = true;
constexpr bool kConfigReportedRetained = true;
constexpr bool kTimeRequestRetained = false;
constexpr bool kOtaStateRetained = true;

/// Parts of a recording [P-9]: kAudio, then "/{file}" and one of these, or "/{file}/{offset}".
constexpr char kAudioInit[] = "/init";
constexpr char kAudioFin[] = "/fin/";  // then "{size}/{sha256}"
constexpr uint32_t kAudioFileNameMax = 32;
constexpr uint32_t kAudioFileMax = 2097152;
constexpr uint32_t kAudioFileLifetimeMs = 60000;
/// CBOR [P-10]: behind the topic of a reading.
constexpr char kCbor[] = "/cbor";

constexpr uint32_t kDeviceIdMax = 64;
constexpr uint32_t kQuantityMax = 64;
constexpr uint32_t kIdMax = 256;
constexpr uint32_t kScalarPayloadMax = 65536;
constexpr uint32_t kAudioPayloadMax = 2097152;
constexpr int64_t kNeverSetBeforeMs = 946684800000LL;
constexpr uint32_t kTimeRoundTripMaxMs = 10000;
constexpr double kTemperatureMin = -100;
constexpr double kTemperatureMax = 200;
constexpr double kHumidityMin = 0;
constexpr double kHumidityMax = 100;

// Members of payloads.
constexpr char kKeyValue[] = "value";
constexpr char kKeyTimestamp[] = "timestamp";
constexpr char kKeySeq[] = "seq";
constexpr char kKeyBoot[] = "boot";
constexpr char kKeyData[] = "data";
constexpr char kKeySampleRate[] = "sample_rate";
constexpr char kKeyDuration[] = "duration";
constexpr char kKeyTemperature[] = "temperature";
constexpr char kKeyHumidity[] = "humidity";
constexpr char kKeyDeviceId[] = "device_id";
constexpr char kKeyPosition[] = "position";
constexpr char kKeyConfidence[] = "confidence";
constexpr char kKeyFeaturesUsed[] = "features_used";
constexpr char kKeyAudioFeatures[] = "audio_features";
constexpr char kKeyCommandId[] = "command_id";
constexpr char kKeyRequestId[] = "request_id";
constexpr char kKeyModelVersion[] = "model_version";
constexpr char kKeyInferenceTimeMs[] = "inference_time_ms";
constexpr char kKeyAudioHash[] = "audio_hash";
constexpr char kKeyExpiresAt[] = "expires_at";
constexpr char kKeySource[] = "source";
constexpr char kKeyUnknown[] = "unknown";
constexpr char kKeyV[] = "v";
constexpr char kKeyFw[] = "fw";
constexpr char kKeyBoard[] = "board";
constexpr char kKeyFirstSeq[] = "first_seq";
constexpr char kKeyReset[] = "reset";
constexpr char kKeyCaps[] = "caps";
constexpr char kKeyRssi[] = "rssi";
constexpr char kKeyHeap[] = "heap";
constexpr char kKeyUptime[] = "uptime";
constexpr char kKeyDropped[] = "dropped";
constexpr char kKeyRefused[] = "refused";
constexpr char kKeyTarget[] = "target";
constexpr char kKeyResult[] = "result";
constexpr char kKeyCommand[] = "command";
constexpr char kKeyParameters[] = "parameters";
constexpr char kKeyRateSeconds[] = "rate_seconds";
constexpr char kKeyVersion[] = "version";
constexpr char kKeyIntervalS[] = "interval_s";
constexpr char kKeyAudioIntervalS[] = "audio_interval_s";
constexpr char kKeyRecordingS[] = "recording_s";
constexpr char kKeyFailsafePosition[] = "failsafe_position";
constexpr char kKeyFailsafeAfterS[] = "failsafe_after_s";
constexpr char kKeySlewPercentPerS[] = "slew_percent_per_s";
constexpr char kKeySwitchOnAbove[] = "switch_on_above";
constexpr char kKeySwitchOffBelow[] = "switch_off_below";
constexpr char kKeyApplied[] = "applied";
constexpr char kKeyReason[] = "reason";
constexpr char kKeyInForce[] = "in_force";
constexpr char kKeyDeviceSendTime[] = "deviceSendTime";
constexpr char kKeyServerRecvTime[] = "serverRecvTime";
constexpr char kKeyServerSendTime[] = "serverSendTime";
constexpr char kKeyUrl[] = "url";
constexpr char kKeySize[] = "size";
constexpr char kKeySha256[] = "sha256";
constexpr char kKeySecureVersion[] = "secure_version";
constexpr char kKeySignature[] = "signature";
constexpr char kKeyState[] = "state";
constexpr char kKeyProgress[] = "progress";

// What a device says of itself [P-30].
constexpr char kStatusOnline[] = "online";
constexpr char kStatusOffline[] = "offline";

// How a command for the window ended [P-33].
constexpr char kResultDone[] = "done";
constexpr char kResultMoving[] = "moving";
constexpr char kResultRejected[] = "rejected";
constexpr char kResultExpired[] = "expired";

// Commands to the device [P-35].
constexpr char kCommandSetSamplingRate[] = "set_sampling_rate";
constexpr char kCommandRecordNow[] = "record_now";
constexpr char kCommandRestart[] = "restart";
constexpr char kCommandReport[] = "report";
constexpr char kCommandIdentify[] = "identify";
constexpr uint32_t kRateSecondsMin = 1;
constexpr uint32_t kRateSecondsMax = 86400;

constexpr uint32_t kOtaVersionMax = 20;
constexpr uint32_t kOtaUrlMax = 80;
// Where an update stands [P-38].
constexpr char kOtaDownloading[] = "DOWNLOADING";
constexpr char kOtaDownloaded[] = "DOWNLOADED";
constexpr char kOtaVerified[] = "VERIFIED";
constexpr char kOtaUpdating[] = "UPDATING";
constexpr char kOtaUpdated[] = "UPDATED";
constexpr char kOtaFailed[] = "FAILED";
/// All of them, in this order, each with its NUL: a table of pointers would be as long again.
constexpr char kOtaStates[] = "DOWNLOADING\000" "DOWNLOADED\000" "VERIFIED\000" "UPDATING\000" "UPDATED\000" "FAILED\000";

/// A member of the configuration [P-36]. Both ends are in; `whole`: without decimals.
struct ConfigLimit {
  const char* key;
  int32_t minThousandths;
  int32_t maxThousandths;
  bool whole;
};

/// Places in kConfigLimits.
enum ConfigMember : uint8_t {
  kConfigIntervalS,
  kConfigAudioIntervalS,
  kConfigRecordingS,
  kConfigFailsafePosition,
  kConfigFailsafeAfterS,
  kConfigSlewPercentPerS,
  kConfigSwitchOnAbove,
  kConfigSwitchOffBelow,
  kConfigMemberCount
};

constexpr ConfigLimit kConfigLimits[kConfigMemberCount] = {
    {"interval_s", 1000, 86400000, true},
    {"audio_interval_s", 0, 86400000, true},
    {"recording_s", 1000, 40000, true},
    {"failsafe_position", 0, 100000, false},
    {"failsafe_after_s", 0, 86400000, true},
    {"slew_percent_per_s", 100, 100000, false},
    {"switch_on_above", -100000, 200000, false},
    {"switch_off_below", -100000, 200000, false},
};

}  // namespace protocol
}  // namespace louver

#endif
