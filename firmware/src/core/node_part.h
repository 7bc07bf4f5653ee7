// What a node may have besides: it is told what the node knows, and the node does not know what it does with it.
#ifndef LOUVER_CORE_NODE_PART_H
#define LOUVER_CORE_NODE_PART_H

#include "config.h"
#include "ports.h"

namespace louver {

/// What a node knows of itself.
struct NodeView {
  const Config& config;
  /// Null: unknown, or the last measurement failed.
  const Climate* climate;
  /// Hundredths of a percent; -1 without a window.
  int32_t window;
  bool isMoving;
  bool isConnected;
  /// Readings that nobody has said to be stored.
  uint32_t held;
};

class NodePart {
 public:
  /// A configuration has come into force; also once at the start.
  virtual void configure(const Config& config) = 0;
  /// A measurement has come to its end.
  virtual void measured(const Climate& climate) = 0;
  /// Called all the time; must not wait.
  virtual void poll(const NodeView& view) = 0;

 protected:
  ~NodePart() = default;
};

}  // namespace louver

#endif
