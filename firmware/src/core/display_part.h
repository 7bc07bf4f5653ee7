// The display of a node.
#ifndef LOUVER_CORE_DISPLAY_PART_H
#define LOUVER_CORE_DISPLAY_PART_H

#include "node_part.h"
#include "status_lines.h"

namespace louver {

class DisplayPart : public NodePart {
 public:
  DisplayPart(TextDisplay& display, Ticks& ticks) : lines_(display), ticks_(ticks) {}

  void configure(const Config&) override {}
  void measured(const Climate&) override {}
  void poll(const NodeView& view) override {
    // Nobody reads faster, and putting the lines together takes longer than all the rest of the loop.
    if (ticks_.nowMs() - shownMs_ < kEveryMs) return;
    shownMs_ = ticks_.nowMs();
    Status status;
    if (view.climate != nullptr) {
      status.temperature = view.climate->centiCelsius;
      status.humidity = view.climate->centiPercent;
    }
    if (view.window >= 0) status.window = view.window;
    status.isMoving = view.isMoving;
    status.isConnected = view.isConnected;
    status.held = view.held;
    lines_.show(status);
  }

 private:
  static constexpr uint32_t kEveryMs = 100;

  StatusLines lines_;
  Ticks& ticks_;
  uint32_t shownMs_ = 0;
};

}  // namespace louver

#endif
