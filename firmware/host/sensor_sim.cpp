// The firmware's node as a program of this computer: a device for tests, and to play with.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <sstream>
#include <string>

#include "files.h"
#include "node.h"
#include "options.h"
#include "parts.h"
#include "socket_dialer.h"

namespace {

using namespace louver;
using namespace louver::host;

class HostBoard : public Board {
 public:
  HostBoard(const Options& options, const FastTicks& ticks) : options_(options), ticks_(ticks), startedMs_(realMs(CLOCK_REALTIME)) {}
  const char* resetReason() override { return "power-on"; }
  int8_t rssiDbm() override { return -55; }
  uint32_t freeHeapBytes() override { return 200000; }
  int64_t utcMs() override { return options_.hasSntp ? startedMs_ + static_cast<int64_t>(options_.sntpOffsetS * 1000) + ticks_.virtualMs() : 0; }
  void identify() override { printf("{\"event\":\"identify\"}\n"); }
  void restart() override {
    printf("{\"event\":\"restart\"}\n");
    // Whoever started it starts it again, as a boot loader would.
    exit(3);
  }

 private:
  const Options& options_;
  const FastTicks& ticks_;
  int64_t startedMs_;
};

/// Says what has changed, a line of JSON each.
class Reporter {
 public:
  Reporter(Node& node, CountingSensor& sensor, WindowMotor& motor) : node_(node), sensor_(sensor), motor_(motor), target_(node.window().target()) {}

  void look() {
    const MqttState state = node_.client().state();
    if (state != state_ && state == MqttState::kConnected) printf("{\"event\":\"connected\"}\n");
    if (state != state_ && state_ == MqttState::kConnected) printf("{\"event\":\"disconnected\",\"why\":%d}\n", static_cast<int>(node_.client().lastEnd()));
    state_ = state;
    if (sensor_.count() != measured_) {
      measured_ = sensor_.count();
      const int64_t utc = node_.clock().now();
      printf("{\"event\":\"measured\",\"count\":%u,\"utc\":%lld}\n", measured_, utc == kNoTime ? 0LL : static_cast<long long>(utc));
    }
    if (node_.window().target() != target_) {
      target_ = node_.window().target();
      hasArrived_ = false;
      printf("{\"event\":\"moving\",\"target\":%.2f}\n", target_ / 100.0);
    }
    if (!hasArrived_ && !node_.window().isMoving()) {
      hasArrived_ = true;
      printf("{\"event\":\"arrived\",\"position\":%.2f}\n", motor_.at() / 100.0);
    }
    const bool isAllStored = node_.isAllStored();
    if (isAllStored != isAllStored_) printf("{\"event\":\"%s\"}\n", isAllStored ? "all-stored" : "holding");
    isAllStored_ = isAllStored;
    if (node_.log().dropped() != dropped_) printf("{\"event\":\"dropped\",\"count\":%u}\n", dropped_ = node_.log().dropped());
    if (node_.config().version != version_) printf("{\"event\":\"configured\",\"version\":%u}\n", version_ = node_.config().version);
  }

 private:
  Node& node_;
  CountingSensor& sensor_;
  WindowMotor& motor_;
  uint16_t target_;
  MqttState state_ = MqttState::kClosed;
  uint32_t measured_ = 0;
  uint32_t dropped_ = 0;
  uint32_t version_ = 0;
  bool hasArrived_ = true;
  bool isAllStored_ = true;
};

/// `cut 20000 stall 500`: of this connection and the next.
std::deque<SocketDialer::Fault> faultsOf(const std::string& line) {
  std::deque<SocketDialer::Fault> faults;
  std::istringstream words(line);
  std::string kind;
  for (int64_t bytes; words >> kind >> bytes;) faults.push_back({kind == "stall", bytes});
  return faults;
}

bool obey(const std::string& line, SocketDialer& dialer, FastTicks& ticks) {
  if (line == "stop") return false;
  if (line == "offline" || line == "online") dialer.setOffline(line == "offline");
  else if (line.rfind("cut ", 0) == 0 || line.rfind("stall ", 0) == 0) dialer.setFaults(faultsOf(line));
  else if (line.rfind("speed ", 0) == 0 && atof(line.c_str() + 6) > 0) ticks.setSpeed(atof(line.c_str() + 6));
  else fprintf(stderr, "sensor-sim: found \"%s\", expected offline, online, cut BYTES, stall BYTES, speed N or stop\n", line.c_str());
  printf("{\"event\":\"told\"}\n");
  return true;
}

/// False when standard input has ended, or says stop.
bool listen(std::string* pending, SocketDialer& dialer, FastTicks& ticks) {
  char bytes[256];
  const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count == 0) return false;
  if (count > 0) pending->append(bytes, static_cast<size_t>(count));
  for (size_t end; (end = pending->find('\n')) != std::string::npos; pending->erase(0, end + 1)) {
    if (!obey(pending->substr(0, end), dialer, ticks)) return false;
  }
  return true;
}

Config configOf(const Options& options) {
  Config config = {};
  const auto set = [&config](protocol::ConfigMember member, double value) { config.set(member, static_cast<int32_t>(value * 1000 + 0.5)); };
  set(protocol::kConfigIntervalS, options.intervalS);
  set(protocol::kConfigAudioIntervalS, options.audioIntervalS);
  set(protocol::kConfigRecordingS, options.recordingS);
  set(protocol::kConfigFailsafeAfterS, options.failsafeAfterS);
  set(protocol::kConfigFailsafePosition, options.failsafePosition);
  set(protocol::kConfigSlewPercentPerS, options.slewPercentPerS);
  return config;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  setvbuf(stdout, nullptr, _IOLBF, 0);
  if (mkdir(options.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    fprintf(stderr, "sensor-sim: %s cannot be made: %s\n", options.folder.c_str(), strerror(errno));
    return 2;
  }
  FastTicks ticks(options.speed);
  SystemRandom random;
  FileFlash flash(options.folder + "/flash.bin", options.flashBytes, options.powerBytes);
  FileStore store(options.folder);
  SocketDialer dialer(options.broker, options.port);
  HostBoard board(options, ticks);
  CountingSensor sensor;
  ToneRecorder recorder;
  WindowMotor motor;

  const NodeSettings settings = {options.id.c_str(),
                                 options.username.empty() ? nullptr : options.username.c_str(),
                                 options.password.empty() ? nullptr : options.password.c_str(),
                                 "1.0.0",
                                 "host",
                                 options.keepAliveS,
                                 options.trustsBroker,
                                 nullptr,
                                 0,
                                 configOf(options)};
  const NodePorts ports = {dialer, ticks, random, flash, store, board, &sensor, &recorder, options.hasWindow ? &motor : nullptr, nullptr, nullptr, nullptr, 0};
  Node node(settings, ports);
  if (!node.setup()) {
    fprintf(stderr, "sensor-sim: %s/flash.bin cannot be used as flash\n", options.folder.c_str());
    return 2;
  }
  printf("{\"event\":\"started\",\"boot\":%u}\n", node.log().boot());
  Reporter reporter(node, sensor, motor);
  std::string pending;
  for (;;) {
    node.loop();
    reporter.look();
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {dialer.descriptor(), POLLIN, 0}};
    ::poll(waiting, 2, node.client().isPublishing() ? 0 : 1);
    if (waiting[0].revents != 0 && !listen(&pending, dialer, ticks)) return 0;
  }
}
