// Measures, records, moves a window, switches a relay by the temperature, shows it all on a display, and takes updates over the air.
// Wiring: docs/firmware.md. WiFi and broker: settings.h. Updates: docs/updates.md.
#include <LouverNode.h>

#include "settings.h"

using namespace louver;

constexpr char kVersion[] = "1.0.0";
/// Raised with an image that must not be replaced by an older one.
constexpr uint32_t kSecureVersion = 1;
/// Of `louver ota keygen`: only images that its private key has signed are taken. nullptr: none is.
constexpr const char* kPublicKey = nullptr;
constexpr uint32_t kSampleRateHz = 16000;

EspTicks ticks;
EspRandom randomness;
EspDialer dialer;
EspI2c i2c;
EspStore store;
EspBoard board;
EspWatchdog watchdog;
PartitionFlash flash;
Sht sensor(i2c, ticks, ShtModel::kSht3x);
I2sMicrophone microphone;
int16_t samples[2 * kSampleRateHz];  // 64,000 bytes: 2 s.
ServoMotor motor;

EspPin relay;
SwitchPart relaySwitch(relay, ticks);
I2cLcd lcd;
DisplayPart display(lcd, ticks);
NodePart* const parts[] = {&relaySwitch, &display};

EspHostDialer imageDialer;
EspUpdateSlots slots;
MbedtlsVerifier verifier(kPublicKey);
const OtaPorts otaPorts = {imageDialer, slots, verifier, ticks, randomness};
const RunningImage running = {pins::kBoard, kVersion, kSecureVersion};
Ota updates(otaPorts, running);

const NodeSettings settings = {kDeviceId, kUsername, kPassword, kVersion, pins::kBoard, 60, false, nullptr, 0, usualConfig()};
const NodePorts ports = {dialer, ticks, randomness, flash, store, board, &sensor, &microphone, &motor, &watchdog, &updates, parts, 2};
Node node(settings, ports);

void setup() {
  Serial.begin(115200);
  i2c.setup(pins::kI2cSda, pins::kI2cScl);
  microphone.setup(pins::kI2sClock, pins::kI2sWord, pins::kI2sData, kSampleRateHz, samples, 2 * kSampleRateHz);
  motor.setup(pins::kServo);
  relay.setup(pins::kRelay);
  if (!lcd.setup(i2c)) Serial.println("no display at 0x27: going on without it");
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
