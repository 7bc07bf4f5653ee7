// The way to the broker over a POSIX socket that is never waited for, with the faults that a network has.
#ifndef LOUVER_HOST_SOCKET_DIALER_H
#define LOUVER_HOST_SOCKET_DIALER_H

#include <stdint.h>

#include <string>

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
  /// What is open takes and gives nothing more, and does not end either: until the next `begin`.
  void stall() { isStalled_ = true; }
  /// Ends the connection when so many more bytes have been sent.
  void cutAfter(int64_t bytes) { cutBytes_ = bytes; }
  /// To wait for what comes; -1 while nothing is open.
  int descriptor() const { return socket_; }

 private:
  int read(uint8_t* to, size_t capacity) override;
  int write(const uint8_t* from, size_t length) override;
  void close() override;

  std::string host_;
  uint16_t port_;
  int socket_ = -1;
  int64_t cutBytes_ = -1;
  bool isOffline_ = false;
  bool isStalled_ = false;
};

}  // namespace host
}  // namespace louver

#endif
