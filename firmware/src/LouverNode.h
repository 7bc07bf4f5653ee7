// Everything that a sketch needs.
#ifndef LOUVER_NODE_H
#define LOUVER_NODE_H

#include "board/esp_board.h"
#include "board/esp_dht22.h"
#include "board/esp_dialer.h"
#include "board/esp_flash.h"
#include "board/esp_host_dialer.h"
#include "board/esp_lcd.h"
#include "board/esp_microphone.h"
#include "board/esp_motors.h"
#include "board/esp_small_ports.h"
#include "board/esp_update.h"
#include "board/mbedtls_verifier.h"
#include "board/pins.h"
#include "core/display_part.h"
#include "core/node.h"
#include "core/ota.h"
#include "core/sht.h"
#include "core/switch_part.h"

namespace louver {

/// In force until somebody configures the device: a pair of readings each 30 s, a recording of 2 s each ten minutes, a window that takes 20 s from end to end
/// and stays where it is when nobody speaks to it.
inline Config usualConfig() {
  Config config = {};
  config.set(protocol::kConfigIntervalS, 30000);
  config.set(protocol::kConfigAudioIntervalS, 600000);
  config.set(protocol::kConfigRecordingS, 2000);
  config.set(protocol::kConfigFailsafePosition, 0);
  config.set(protocol::kConfigFailsafeAfterS, 0);
  config.set(protocol::kConfigSlewPercentPerS, 5000);
  return config;
}

}  // namespace louver

#endif
