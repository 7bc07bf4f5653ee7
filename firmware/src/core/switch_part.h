// The relay of a node.
#ifndef LOUVER_CORE_SWITCH_PART_H
#define LOUVER_CORE_SWITCH_PART_H

#include "node_part.h"
#include "threshold_switch.h"

namespace louver {

/// By `switch_on_above` and `switch_off_below` of the configuration; off while they are not set.
class SwitchPart : public NodePart {
 public:
  SwitchPart(OutputPin& pin, Ticks& ticks) : switch_(pin, ticks) {}

  void configure(const Config& config) override {
    switch_.configure(of(config, protocol::kConfigSwitchOnAbove), of(config, protocol::kConfigSwitchOffBelow), config.whole(protocol::kConfigIntervalS));
  }
  void measured(const Climate& climate) override { switch_.measured(climate.centiCelsius * 10); }
  void poll(const NodeView&) override { switch_.poll(); }

  bool isOn() const { return switch_.isOn(); }

 private:
  static int32_t of(const Config& config, protocol::ConfigMember member) {
    return config.has(member) ? config.thousandths[member] : ThresholdSwitch::kNone;
  }

  ThresholdSwitch switch_;
};

}  // namespace louver

#endif
