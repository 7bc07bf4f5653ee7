#if defined(ARDUINO_ARCH_ESP32)
#include "esp_dialer.h"

#include <WiFi.h>
#include <errno.h>
#include <fcntl.h>
#include <lwip/sockets.h>
#include <string.h>

namespace louver {

namespace {

constexpr uint32_t kJoinMs = 20000;
constexpr int kConnectMs = 10000;
constexpr uint32_t kLookMs = 100;

/// TCP holds 40-byte packets back for as long as the other end delays its ACK: 40 ms on every PUBACK.
void sendAtOnceAndNeverWait(int socket) {
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK);
}

/// 0 for "not now", -1 for "never again", else the number of bytes.
int judged(ssize_t result) {
  if (result > 0) return static_cast<int>(result);
  if (result == ESP_TLS_ERR_SSL_WANT_READ || result == ESP_TLS_ERR_SSL_WANT_WRITE) return 0;
  if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  return -1;
}

}  // namespace

void EspDialer::setup(const BrokerAddress& address) {
  address_ = address;
  WiFi.persistent(false);
  WiFi.mode(WIFI_STA);
  WiFi.setAutoReconnect(false);
  task_ = xTaskCreateStatic(&EspDialer::taskMain, "louver-dial", kStackBytes / sizeof(StackType_t), this, 1, stack_, &taskMemory_);
}

void EspDialer::begin() {
  close();
  state_ = Dial::kPending;
  asked_ = asked_ + 1;
  xTaskNotifyGive(task_);
}

Dial EspDialer::poll() {
  return state_;
}

int8_t EspDialer::rssiDbm() const {
  return WiFi.status() == WL_CONNECTED ? static_cast<int8_t>(WiFi.RSSI()) : 0;
}

int EspDialer::read(uint8_t* to, size_t capacity) {
  if (state_ != Dial::kOpen) return -1;
  errno = 0;
  return judged(esp_tls_conn_read(connection_, to, capacity));
}

int EspDialer::write(const uint8_t* from, size_t length) {
  if (state_ != Dial::kOpen) return -1;
  errno = 0;
  return judged(esp_tls_conn_write(connection_, from, length));
}

void EspDialer::close() {
  // While the task dials the connection is its own.
  if (state_ == Dial::kPending) return;
  state_ = Dial::kFailed;
  if (connection_ != nullptr) esp_tls_conn_destroy(connection_);
  connection_ = nullptr;
}

void EspDialer::taskMain(void* self) {
  EspDialer& dialer = *static_cast<EspDialer*>(self);
  for (;;) {
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    const uint32_t asked = dialer.asked_;
    const bool open = dialer.dial();
    if (asked != dialer.asked_) {
      // Begun anew meanwhile: the notification of that is waiting.
      if (dialer.connection_ != nullptr) esp_tls_conn_destroy(dialer.connection_);
      dialer.connection_ = nullptr;
      continue;
    }
    dialer.state_ = open ? Dial::kOpen : Dial::kFailed;
  }
}

bool EspDialer::joinWifi() {
  if (WiFi.status() == WL_CONNECTED) return true;
  WiFi.disconnect();
  WiFi.begin(address_.wifiName, address_.wifiPassword);
  const TickType_t until = xTaskGetTickCount() + pdMS_TO_TICKS(kJoinMs);
  while (WiFi.status() != WL_CONNECTED) {
    if (static_cast<int32_t>(until - xTaskGetTickCount()) <= 0) return false;
    vTaskDelay(pdMS_TO_TICKS(kLookMs));
  }
  return true;
}

bool EspDialer::dial() {
  if (!joinWifi()) return false;
  connection_ = esp_tls_init();
  if (connection_ == nullptr) return false;
  esp_tls_cfg_t config = {};
  config.timeout_ms = kConnectMs;
  config.is_plain_tcp = address_.authorityPem == nullptr;
  if (!config.is_plain_tcp) {
    // The terminating NUL is part of a PEM for mbedTLS.
    config.cacert_buf = reinterpret_cast<const unsigned char*>(address_.authorityPem);
    config.cacert_bytes = static_cast<unsigned int>(strlen(address_.authorityPem) + 1);
    if (address_.certificatePem != nullptr && address_.keyPem != nullptr) {
      config.clientcert_buf = reinterpret_cast<const unsigned char*>(address_.certificatePem);
      config.clientcert_bytes = static_cast<unsigned int>(strlen(address_.certificatePem) + 1);
      config.clientkey_buf = reinterpret_cast<const unsigned char*>(address_.keyPem);
      config.clientkey_bytes = static_cast<unsigned int>(strlen(address_.keyPem) + 1);
    }
  }
  int socket = -1;
  const int opened =
      esp_tls_conn_new_sync(address_.host, static_cast<int>(strlen(address_.host)), address_.port, &config, connection_);
  if (opened == 1 && esp_tls_get_conn_sockfd(connection_, &socket) == ESP_OK) {
    sendAtOnceAndNeverWait(socket);
    return true;
  }
  esp_tls_conn_destroy(connection_);
  connection_ = nullptr;
  return false;
}

}  // namespace louver

#endif
