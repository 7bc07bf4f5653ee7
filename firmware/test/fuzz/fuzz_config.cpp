// Whatever is offered as a configuration, to a device with any configuration in force.
#include "config.h"
#include "device_command.h"
#include "fuzz.h"
#include "json_in.h"

using louver::Config;
using louver::ConfigJudgement;
using louver::ConfigVerdict;
using louver::DeviceCommand;
using louver::Text;

namespace {

bool isOneObject(const char* text, size_t length) {
  louver::JsonObject members({text, length});
  louver::JsonMember member;
  size_t count = 0;
  while (members.next(&member)) ++count;
  return members.isGood() && count <= length;
}

void judgeReport(const Config& config, const ConfigJudgement& judgement) {
  char buffer[400];
  Text report(buffer, sizeof buffer);
  addConfigReport(&report, config, judgement);
  ALWAYS(!report.isCut() && isOneObject(buffer, report.length()));
}

}  // namespace

/// The version in force, then what is offered.
void fuzz(const uint8_t* data, size_t size) {
  if (size < 1) return;
  Config config = {};
  config.version = data[0];
  config.set(louver::protocol::kConfigSwitchOnAbove, 28500);
  const Config before = config;
  char* payload = static_cast<char*>(malloc(size));
  memcpy(payload, data + 1, size - 1);
  ConfigJudgement judgement;
  applyConfig({payload, size - 1}, &config, &judgement);
  if (judgement.verdict == ConfigVerdict::kApplied) {
    ALWAYS(config.version > before.version && isOneObject(payload, size - 1));
    for (uint8_t i = 0; i < louver::protocol::kConfigMemberCount; ++i) {
      if (!config.has(static_cast<louver::protocol::ConfigMember>(i))) continue;
      const louver::protocol::ConfigLimit& limit = louver::protocol::kConfigLimits[i];
      ALWAYS(config.thousandths[i] >= limit.minThousandths && config.thousandths[i] <= limit.maxThousandths);
      ALWAYS(!limit.whole || config.thousandths[i] % 1000 == 0);
    }
  } else {
    ALWAYS(memcmp(&config, &before, sizeof config) == 0 && judgement.unknown[0] == '\0');
  }
  judgeReport(config, judgement);
  uint32_t rateS = 0;
  if (louver::readDeviceCommand({payload, size - 1}, 0, &rateS) == DeviceCommand::kSetSamplingRate) ALWAYS(rateS >= 1 && rateS <= 86400);
  free(payload);
}
