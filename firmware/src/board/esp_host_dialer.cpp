#if defined(ARDUINO_ARCH_ESP32)
#include "esp_host_dialer.h"

#include <errno.h>
#include <fcntl.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <lwip/netdb.h>
#include <lwip/sockets.h>
#include <unistd.h>

#include "../core/text.h"

namespace louver {

namespace {

/// 0 for "not now", -1 for "never again", else the number of bytes.
int judged(ssize_t result) {
  if (result > 0) return static_cast<int>(result);
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
}

}  // namespace

void EspHostDialer::begin(const char* host, size_t length, uint16_t port) {
  close();
  // The one before still waits for a name or an answer: this try has failed, a later one has not.
  if (isDialling_) return;
  isGivenUp_ = false;
  Text(port_, sizeof port_).addUnsigned(port);
  if (Text(host_, sizeof host_).add(host, length).isCut()) return;
  isDialling_ = true;
  if (xTaskCreate(&EspHostDialer::taskMain, "louver-fetch", kStackBytes, this, 1, nullptr) != pdPASS) isDialling_ = false;
}

Dial EspHostDialer::poll() {
  if (isGivenUp_) return Dial::kFailed;
  if (isDialling_) return Dial::kPending;
  return socket_ < 0 ? Dial::kFailed : Dial::kOpen;
}

int EspHostDialer::read(uint8_t* to, size_t capacity) {
  errno = 0;
  return isDialling_ || socket_ < 0 ? -1 : judged(recv(socket_, to, capacity, 0));
}

int EspHostDialer::write(const uint8_t* from, size_t length) {
  errno = 0;
  return isDialling_ || socket_ < 0 ? -1 : judged(send(socket_, from, length, 0));
}

void EspHostDialer::close() {
  isGivenUp_ = true;
  if (isDialling_ || socket_ < 0) return;
  ::close(socket_);
  socket_ = -1;
}

void EspHostDialer::taskMain(void* self) {
  EspHostDialer& dialer = *static_cast<EspHostDialer*>(self);
  int socket = dialer.dial();
  if (dialer.isGivenUp_ && socket >= 0) {
    ::close(socket);
    socket = -1;
  }
  dialer.socket_ = socket;
  dialer.isDialling_ = false;
  vTaskDelete(nullptr);
}

/// -1 when there is no way.
int EspHostDialer::dial() const {
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host_, port_, &hints, &found) != 0 || found == nullptr) return -1;
  int socket = ::socket(found->ai_family, found->ai_socktype, 0);
  if (socket >= 0 && ::connect(socket, found->ai_addr, found->ai_addrlen) != 0) {
    ::close(socket);
    socket = -1;
  }
  freeaddrinfo(found);
  if (socket >= 0) fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK);
  return socket;
}

}  // namespace louver

#endif
