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

constexpr Topic kTemperature = {"sensor/", "/temperature"};         // P-1
constexpr Topic kHumidity = {"sensor/", "/humidity"};               // P-2
constexpr Topic kAudio = {"sensor/", "/audio"};                     // P-3, P-9 with "/{file}/…" behind it
constexpr Topic kTelemetry = {"devices/", "/telemetry"};            // P-8
constexpr Topic kStatus = {"sensor/", "/status"};                   // P-30
constexpr Topic kInfo = {"sensor/", "/info"};                       // P-31
constexpr Topic kAck = {"sensor/", "/ack"};                         // P-32
constexpr Topic kWindowState = {"window/", "/state"};               // P-33
constexpr Topic kWindowControl = {"window/", "/control"};           // P-21
constexpr Topic kCommands = {"devices/", "/commands"};              // P-35
constexpr Topic kConfig = {"sensor/", "/config"};                   // P-36
constexpr Topic kConfigReported = {"sensor/", "/config/reported"};  // P-36
constexpr Topic kTimeRequest = {"sensor/", "/time/request"};        // P-37
constexpr Topic kTimeResponse = {"sensor/", "/time/response"};      // P-37
constexpr Topic kOta = {"sensor/", "/ota"};                         // P-38
constexpr Topic kOtaState = {"sensor/", "/ota/state"};              // P-38

constexpr uint32_t kDeviceIdMax = 64;
constexpr uint32_t kScalarPayloadMax = 65536;
constexpr uint32_t kAudioPayloadMax = 2097152;
constexpr double kTemperatureMin = -100;
constexpr double kTemperatureMax = 200;
constexpr double kHumidityMin = 0;
constexpr double kHumidityMax = 100;

}  // namespace protocol
}  // namespace louver

#endif
