#include "socket_dialer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace louver {
namespace host {

void SocketDialer::begin() {
  close();
  isStalled_ = false;
  if (isOffline_) return;
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  // The only call that may take its time; with an address instead of a name it does not.
  if (getaddrinfo(host_.c_str(), std::to_string(port_).c_str(), &hints, &found) != 0) return;
  socket_ = socket(found->ai_family, SOCK_STREAM, 0);
  if (socket_ >= 0) {
    const int on = 1;
    fcntl(socket_, F_SETFL, O_NONBLOCK);
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) close();
  }
  freeaddrinfo(found);
}

Dial SocketDialer::poll() {
  if (socket_ < 0) return Dial::kFailed;
  pollfd waiting = {socket_, POLLOUT, 0};
  if (::poll(&waiting, 1, 0) == 0) return Dial::kPending;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return Dial::kOpen;
  close();
  return Dial::kFailed;
}

void SocketDialer::setOffline(bool isOffline) {
  isOffline_ = isOffline;
  if (isOffline) close();
}

int SocketDialer::read(uint8_t* to, size_t capacity) {
  if (socket_ < 0) return -1;
  if (isStalled_) return 0;
  const ssize_t count = recv(socket_, to, capacity, 0);
  if (count > 0) return static_cast<int>(count);
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

int SocketDialer::write(const uint8_t* from, size_t length) {
  if (socket_ < 0) return -1;
  if (isStalled_) return 0;
  const bool hasFault = !faults_.empty();
  if (hasFault && faults_.front().afterBytes < static_cast<int64_t>(length)) length = static_cast<size_t>(faults_.front().afterBytes);
  const ssize_t count = length == 0 ? 0 : send(socket_, from, length, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  if (!hasFault) return static_cast<int>(count);
  faults_.front().afterBytes -= count;
  if (faults_.front().afterBytes > 0) return static_cast<int>(count);
  isStalled_ = faults_.front().isStall;
  faults_.pop_front();
  if (isStalled_) return static_cast<int>(count);
  close();
  return -1;
}

void SocketDialer::close() {
  if (socket_ < 0) return;
  ::close(socket_);
  socket_ = -1;
}

}  // namespace host
}  // namespace louver
