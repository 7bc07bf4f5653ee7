// Which pin goes where, for each of the three chips. firmware/wiring draws its pictures from this file.
#ifndef LOUVER_BOARD_PINS_H
#define LOUVER_BOARD_PINS_H

#include <stdint.h>

namespace louver {
namespace pins {

// None of them decides at the start how the chip boots, and none carries the flash or USB.
#if defined(CONFIG_IDF_TARGET_ESP32C3)
constexpr char kBoard[] = "esp32c3";
constexpr uint8_t kI2cSda = 4;
constexpr uint8_t kI2cScl = 5;
constexpr uint8_t kI2sClock = 6;
constexpr uint8_t kI2sWord = 7;
constexpr uint8_t kI2sData = 10;
constexpr uint8_t kDht = 0;
constexpr uint8_t kRelay = 1;
constexpr uint8_t kServo = 3;
constexpr uint8_t kStep = 3;
constexpr uint8_t kDirection = 20;
#elif defined(CONFIG_IDF_TARGET_ESP32S3)
constexpr char kBoard[] = "esp32s3";
constexpr uint8_t kI2cSda = 8;
constexpr uint8_t kI2cScl = 9;
constexpr uint8_t kI2sClock = 15;
constexpr uint8_t kI2sWord = 16;
constexpr uint8_t kI2sData = 17;
constexpr uint8_t kDht = 4;
constexpr uint8_t kRelay = 21;
constexpr uint8_t kServo = 18;
constexpr uint8_t kStep = 18;
constexpr uint8_t kDirection = 14;
#else
constexpr char kBoard[] = "esp32";
constexpr uint8_t kI2cSda = 21;
constexpr uint8_t kI2cScl = 22;
constexpr uint8_t kI2sClock = 26;
constexpr uint8_t kI2sWord = 25;
constexpr uint8_t kI2sData = 33;
constexpr uint8_t kDht = 4;
constexpr uint8_t kRelay = 19;
constexpr uint8_t kServo = 18;
constexpr uint8_t kStep = 18;
constexpr uint8_t kDirection = 23;
#endif

}  // namespace pins
}  // namespace louver

#endif
