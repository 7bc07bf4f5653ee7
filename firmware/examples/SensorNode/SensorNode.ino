// Measures temperature, humidity and sound, and keeps every reading until it is stored.
// Wiring: docs/firmware.md. WiFi and broker: settings.h.
#include <LouverNode.h>

#include "settings.h"

using namespace louver;

constexpr char kVersion[] = "1.0.0";
constexpr uint32_t kSampleRateHz = 16000;

EspTicks ticks;
EspRandom randomness;
EspDialer dialer;
EspI2c i2c;
EspStore store;
EspBoard board;
EspWatchdog watchdog;
PartitionFlash flash;
Sht sensor(i2c, ticks, ShtModel::kSht3x);  // ShtModel::kSht4x for a SHT40, SHT41 or SHT45; EspDht22 for a DHT22.
I2sMicrophone microphone;
int16_t samples[2 * kSampleRateHz];  // 64,000 bytes: 2 s.

const NodeSettings settings = {kDeviceId, kUsername, kPassword, kVersion, pins::kBoard, 60, false, nullptr, 0, usualConfig()};
const NodePorts ports = {dialer, ticks, randomness, flash, store, board, &sensor, &microphone, nullptr, &watchdog, nullptr, nullptr, 0};
Node node(settings, ports);

void setup() {
  Serial.begin(115200);
  i2c.setup(pins::kI2cSda, pins::kI2cScl);
  microphone.setup(pins::kI2sClock, pins::kI2sWord, pins::kI2sData, kSampleRateHz, samples, 2 * kSampleRateHz);
  if (!flash.setup()) Serial.println("no partition louverlog: flash partitions.csv too, nothing can be kept without it");
  dialer.setup({kWifiName, kWifiPassword, kBroker, kBrokerPort, kAuthority, nullptr, nullptr});
  board.setup(dialer);
  watchdog.setup();
  if (!node.setup()) Serial.println("the log in flash cannot be used");
}

void loop() {
  node.loop();
  board.poll();
}
