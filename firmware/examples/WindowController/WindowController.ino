// Moves a window as it is told, and says where it is.
// Wiring: docs/firmware.md. WiFi and broker: settings.h. Try it first without a window on the motor.
#include <LouverNode.h>

#include "settings.h"

using namespace louver;

constexpr char kVersion[] = "1.0.0";

EspTicks ticks;
EspRandom randomness;
EspDialer dialer;
EspStore store;
EspBoard board;
EspWatchdog watchdog;
PartitionFlash flash;
ServoMotor motor;  // StepperMotor behind a step/direction driver.

/// Closes the window when the broker has been silent for ten minutes.
Config windowConfig() {
  Config config = usualConfig();
  config.set(protocol::kConfigFailsafePosition, 0);
  config.set(protocol::kConfigFailsafeAfterS, 600000);
  return config;
}

const NodeSettings settings = {kDeviceId, kUsername, kPassword, kVersion, pins::kBoard, 60, false, nullptr, 0, windowConfig()};
const NodePorts ports = {dialer, ticks, randomness, flash, store, board, nullptr, nullptr, &motor, &watchdog, nullptr, nullptr, 0};
Node node(settings, ports);

void setup() {
  Serial.begin(115200);
  motor.setup(pins::kServo);
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
