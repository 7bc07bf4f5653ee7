#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fstream>

namespace louver {
namespace host {

namespace {

const char kHelp[] =
    "sensor-sim: the firmware as a program of this computer\n"
    "\n"
    "  --id ID                  of the device (sim-1)\n"
    "  --broker HOST --port N   of the broker (127.0.0.1, 1883)\n"
    "  --username NAME --password-file FILE\n"
    "  --folder FOLDER          where its flash and its settings are (sensor-sim-data)\n"
    "  --flash-bytes N          size of the flash (1048576)\n"
    "  --speed N                how many seconds pass for it in one of ours (1)\n"
    "  --interval S             between two measurements (30)\n"
    "  --audio-interval S       between two recordings; 0: none (0)\n"
    "  --recording S            length of a recording (2)\n"
    "  --failsafe-after S --failsafe-position PERCENT\n"
    "  --slew PERCENT           of the window's way in a second (10)\n"
    "  --no-window              it has no window\n"
    "  --sntp OFFSET            its clock is set, OFFSET seconds from ours; without it the backend is asked\n"
    "  --trust-broker           forgets what the broker has, for a backend that never says what is stored\n"
    "  --power-bytes N          the power goes when N more bytes of flash were written\n"
    "  --keep-alive S           (60)\n"
    "\n"
    "On its standard input, a line each: offline, online, speed N, stop; cut BYTES or stall BYTES for the connection that ends or hangs after\n"
    "so many more, several in a line for those that follow. It ends when its standard input ends.\n"
    "On its standard output, a line of JSON for everything that happens.\n";

[[noreturn]] void refuse(const char* flag, const char* what) {
  fprintf(stderr, "sensor-sim: %s: %s. See sensor-sim --help\n", flag, what);
  exit(2);
}

double number(const char* flag, const char* text, double least, double most) {
  char* end = nullptr;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= least && value <= most)) {
    fprintf(stderr, "sensor-sim: %s: found %s, expected a number from %g to %g\n", flag, text, least, most);
    exit(2);
  }
  return value;
}

std::string firstLine(const char* flag, const char* path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) refuse(flag, "cannot be read");
  return line;
}

}  // namespace

Options readOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--help") {
      fputs(kHelp, stdout);
      exit(0);
    }
    if (flag == "--no-window") {
      options.hasWindow = false;
      continue;
    }
    if (flag == "--trust-broker") {
      options.trustsBroker = true;
      continue;
    }
    if (i + 1 >= argc) refuse(argv[i], flag.rfind("--", 0) == 0 ? "is unknown, or its value is missing" : "is no flag");
    const char* name = argv[i];
    const char* value = argv[++i];
    const auto whole = [&](double most) { return static_cast<uint32_t>(number(name, value, 0, most)); };
    if (flag == "--id") options.id = value;
    else if (flag == "--broker") options.broker = value;
    else if (flag == "--port") options.port = static_cast<uint16_t>(number(name, value, 1, 65535));
    else if (flag == "--username") options.username = value;
    else if (flag == "--password-file") options.password = firstLine(name, value);
    else if (flag == "--folder") options.folder = value;
    else if (flag == "--flash-bytes") options.flashBytes = static_cast<uint32_t>(number(name, value, 8192, 1 << 28));
    else if (flag == "--speed") options.speed = number(name, value, 0.001, 100000);
    else if (flag == "--interval") options.intervalS = static_cast<uint32_t>(number(name, value, 1, 86400));
    else if (flag == "--audio-interval") options.audioIntervalS = whole(86400);
    else if (flag == "--recording") options.recordingS = static_cast<uint32_t>(number(name, value, 1, 40));
    else if (flag == "--failsafe-after") options.failsafeAfterS = whole(86400);
    else if (flag == "--failsafe-position") options.failsafePosition = number(name, value, 0, 100);
    else if (flag == "--slew") options.slewPercentPerS = number(name, value, 0.1, 100);
    else if (flag == "--sntp") options.hasSntp = true, options.sntpOffsetS = number(name, value, -1e9, 1e9);
    else if (flag == "--power-bytes") options.powerBytes = static_cast<int64_t>(number(name, value, 0, 1e12));
    else if (flag == "--keep-alive") options.keepAliveS = static_cast<uint16_t>(number(name, value, 0, 65535));
    else refuse(name, "is unknown");
  }
  return options;
}

}  // namespace host
}  // namespace louver
