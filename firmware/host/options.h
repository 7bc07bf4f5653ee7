// What sensor-sim is told on its command line.
#ifndef LOUVER_HOST_OPTIONS_H
#define LOUVER_HOST_OPTIONS_H

#include <stdint.h>

#include <string>

namespace louver {
namespace host {

struct Options {
  std::string id = "sim-1";
  std::string broker = "127.0.0.1";
  uint16_t port = 1883;
  std::string username;
  std::string password;
  /// Of flash.bin and the store; made when it is not there.
  std::string folder = "sensor-sim-data";
  uint32_t flashBytes = 1048576;
  double speed = 1;
  uint32_t intervalS = 30;
  uint32_t audioIntervalS = 0;
  uint32_t recordingS = 2;
  uint32_t failsafeAfterS = 0;
  double failsafePosition = 0;
  double slewPercentPerS = 10;
  bool hasWindow = true;
  /// Null time until the backend answers [P-37]; else SNTP, this far from the clock of this computer.
  bool hasSntp = false;
  double sntpOffsetS = 0;
  /// Forgets what the broker has acknowledged, for backends that never say what is stored.
  bool trustsBroker = false;
  /// Bytes of flash that are programmed or erased until the power goes; below 0: it stays.
  int64_t powerBytes = -1;
  uint16_t keepAliveS = 60;
};

/// Prints what is wrong, or the help, and ends the program.
Options readOptions(int argc, char** argv);

}  // namespace host
}  // namespace louver

#endif
