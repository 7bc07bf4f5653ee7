// A node as a sketch has it, for `make size`: everything of the core that it links, with a board that takes no room. -DSKETCH_ and its name.
#include "display_part.h"
#include "node.h"
#include "ota.h"
#include "sht.h"
#include "switch_part.h"

using namespace louver;

// Of the sketch and its board: the Makefile gives them an address.
extern Ticks& ticks;
extern Random& randomness;
extern I2cBus& i2c;
extern OutputPin& relay;
extern TextDisplay& lcd;
extern const OtaPorts& otaPorts;
extern const RunningImage& running;
extern const NodeSettings& settings;
extern const NodePorts& ports;

#if defined(SKETCH_Combined)
SwitchPart relaySwitch(relay, ticks);
DisplayPart display(lcd, ticks);
Ota updates(otaPorts, running);
#endif
#if !defined(SKETCH_WindowController)
Sht sensor(i2c, ticks, ShtModel::kSht3x);
#endif
Node node(settings, ports);

extern "C" void entry() {
  node.setup();
  for (;;) node.loop();
}
