// What the core asks of the board that it runs on. No heap, no STL, no Arduino: a board, the host and a test each bring their own.
#ifndef LOUVER_CORE_PORTS_H
#define LOUVER_CORE_PORTS_H

#include <stddef.h>
#include <stdint.h>

namespace louver {

/// A byte stream to the broker that is never waited for.
class Stream {
 public:
  /// Up to `capacity` bytes that have arrived. 0: none now. -1: the stream has ended.
  virtual int read(uint8_t* to, size_t capacity) = 0;
  /// Takes up to `length` bytes. 0: none now. -1: the stream has ended.
  virtual int write(const uint8_t* from, size_t length) = 0;
  virtual void close() = 0;

 protected:
  ~Stream() = default;
};

enum class Dial : uint8_t { kPending, kOpen, kFailed };

/// Opens the network (WiFi, TCP, TLS) step by step; `stream()` is there after `kOpen`.
class Dialer {
 public:
  /// Begins anew; what was open is closed.
  virtual void begin() = 0;
  virtual Dial poll() = 0;
  virtual Stream& stream() = 0;

 protected:
  ~Dialer() = default;
};

/// Plain TCP to any host, beside the connection to the broker. A stream when it is open; `close` also gives up what is begun.
class HostDialer : public Stream {
 public:
  /// Begins anew; what was open is closed. `host` has `length` characters and is good during the call only.
  virtual void begin(const char* host, size_t length, uint16_t port) = 0;
  virtual Dial poll() = 0;

 protected:
  ~HostDialer() = default;
};

/// Milliseconds since the start; wraps after 49 days, so only differences count.
class Ticks {
 public:
  virtual uint32_t nowMs() = 0;

 protected:
  ~Ticks() = default;
};

class Random {
 public:
  /// 32 bits that nobody can predict.
  virtual uint32_t next() = 0;

 protected:
  ~Random() = default;
};

/// NOR flash: erasing sets a whole sector to 0xFF, programming only clears bits. A call that fails may have done a part of it.
class Flash {
 public:
  virtual uint32_t size() const = 0;
  virtual uint32_t sectorSize() const = 0;
  virtual bool read(uint32_t offset, void* to, uint32_t length) = 0;
  virtual bool program(uint32_t offset, const void* from, uint32_t length) = 0;
  virtual bool erase(uint32_t offset) = 0;

 protected:
  ~Flash() = default;
};

/// Bytes that can be asked for again at any offset: what is sent is never held in memory as a whole.
class ByteSource {
 public:
  virtual uint32_t size() const = 0;
  /// Exactly `length` bytes from `offset`; false when they cannot be had.
  virtual bool read(uint32_t offset, uint8_t* to, uint32_t length) = 0;

 protected:
  ~ByteSource() = default;
};

/// What one measurement gave.
struct Climate {
  int16_t centiCelsius;
  uint16_t centiPercent;
};

enum class Measured : uint8_t { kPending, kDone, kFailed };

/// A sensor of temperature and humidity that is never waited for.
class ClimateSensor {
 public:
  virtual void begin() = 0;
  virtual Measured poll(Climate* climate) = 0;

 protected:
  ~ClimateSensor() = default;
};

/// A microphone with memory for one recording; as a source it is that recording's samples, s16le, until the next begins.
class Recorder : public ByteSource {
 public:
  virtual uint32_t sampleRateHz() const = 0;
  /// Begins one of `count` samples, at most what fits.
  virtual bool begin(uint32_t count) = 0;
  /// True when it is whole.
  virtual bool poll() = 0;

 protected:
  ~Recorder() = default;
};

/// Small values that outlive a restart: all of one or nothing of it.
class Store {
 public:
  /// False when nothing of that name and length was ever saved.
  virtual bool load(const char* name, void* to, uint16_t length) = 0;
  virtual bool save(const char* name, const void* from, uint16_t length) = 0;

 protected:
  ~Store() = default;
};

/// What a device can tell of itself, and do to itself.
class Board {
 public:
  /// `power-on`, `watchdog` and such, without quotes in it.
  virtual const char* resetReason() = 0;
  /// Of the network, in dBm; 0 when there is none.
  virtual int8_t rssiDbm() = 0;
  virtual uint32_t freeHeapBytes() = 0;
  /// Milliseconds since 1970 as SNTP has it; 0 until it has.
  virtual int64_t utcMs() = 0;
  /// Shows which device it is: blinks.
  virtual void identify() = 0;
  virtual void restart() = 0;

 protected:
  ~Board() = default;
};

/// A motor that goes where it is told: a servo at once, a stepper as far as its pulses allow.
class Motor {
 public:
  /// Percent open in hundredths, 0..10000.
  virtual void drive(uint16_t centipercent) = 0;

 protected:
  ~Motor() = default;
};

class I2cBus {
 public:
  virtual bool write(uint8_t address, const uint8_t* from, size_t length) = 0;
  virtual bool read(uint8_t address, uint8_t* to, size_t length) = 0;

 protected:
  ~I2cBus() {}
};

class OutputPin {
 public:
  virtual void set(bool on) = 0;

 protected:
  ~OutputPin() = default;
};

/// Two or more lines of text.
class TextDisplay {
 public:
  virtual uint8_t columns() const = 0;
  virtual uint8_t rows() const = 0;
  /// Exactly `columns()` characters, padded with spaces.
  virtual void line(uint8_t row, const char* text) = 0;

 protected:
  ~TextDisplay() = default;
};

/// Checks a signature over a SHA-256 digest with the public key that is built in.
class SignatureVerifier {
 public:
  virtual bool verify(const uint8_t digest[32], const uint8_t* signature, size_t length) = 0;

 protected:
  ~SignatureVerifier() = default;
};

/// Two places for an image: the one that runs and the one that is written.
class UpdateSlots {
 public:
  /// Room for an image, in bytes.
  virtual uint32_t capacity() const = 0;
  virtual bool begin(uint32_t size) = 0;
  virtual bool write(uint32_t offset, const uint8_t* from, uint32_t length) = 0;
  /// The image that was written starts next, on trial: without `markValid` the start after that takes the old one.
  virtual bool switchBoot() = 0;
  virtual void markValid() = 0;
  /// Whether what runs is on trial.
  virtual bool onTrial() const = 0;
  virtual void restart() = 0;
  virtual void abort() = 0;
  /// A number that outlives every restart: of the manifest whose image was last switched to. 0: none yet.
  virtual uint32_t tried() const = 0;
  virtual bool setTried(uint32_t manifest) = 0;

 protected:
  ~UpdateSlots() = default;
};

class Text;
struct Slice;

/// Images over the air, for a node that can take them.
class Updater {
 public:
  /// Once, at the start.
  virtual void begin() = 0;
  /// The broker has let this device in.
  virtual void contact() = 0;
  /// What was published on `sensor/{id}/ota`; empty: nothing is wanted any more.
  virtual void offer(const Slice& payload) = 0;
  /// Called all the time; may restart the device.
  virtual void poll() = 0;
  /// Whether there is something for `sensor/{id}/ota/state`.
  virtual bool hasNews() const = 0;
  virtual void writeState(Text* text) = 0;

 protected:
  ~Updater() = default;
};

/// Restarts the board when it is not fed.
class Watchdog {
 public:
  virtual void feed() = 0;

 protected:
  ~Watchdog() = default;
};

}  // namespace louver

#endif
