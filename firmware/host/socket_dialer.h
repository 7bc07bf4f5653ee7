// The way to the broker over a POSIX socket that is never waited for, with the faults that a network has.
#ifndef LOUVER_HOST_SOCKET_DIALER_H
#define LOUVER_HOST_SOCKET_DIALER_H

#include <stdint.h>

#include <deque>
#include <string>
#include <utility>

#include "ports.h"

namespace louver {
namespace host {

class SocketDialer : public Dialer, private Stream {
 public:
  SocketDialer(const std::string& host, uint16_t port) : host_(host), port_(port) {}
  ~SocketDialer() { close(); }

  void begin() override;
  Dial poll() override;
  Stream& stream() override { return *this; }

  /// Nobody answers any more, or again. What is open ends without a word.
  void setOffline(bool isOffline);
  /// After so many more bytes the connection ends, or takes and gives nothing more without an end. The first is that of what is open, or of the next
  /// connection; the others come one with each that follows.
  struct Fault {
    bool isStall;
    int64_t afterBytes;
  };
  void setFaults(std::deque<Fault> faults) { faults_ = std::move(faults); }
  /// To wait for what comes; -1 while nothing is open.
  int descriptor() const { return socket_; }

 private:
  int read(uint8_t* to, size_t capacity) override;
  int write(const uint8_t* from, size_t length) override;
  void close() override;

  std::string host_;
  uint16_t port_;
  int socket_ = -1;
  std::deque<Fault> faults_;
  bool isOffline_ = false;
  bool isStalled_ = false;
};

}  // namespace host
}  // namespace louver

#endif
