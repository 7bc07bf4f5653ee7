#pragma once
#include <stdint.h>

typedef enum { WL_IDLE_STATUS = 0, WL_CONNECTED = 3, WL_DISCONNECTED = 6 } wl_status_t;
typedef enum { WIFI_OFF = 0, WIFI_STA = 1 } wifi_mode_t;

class WiFiClass {
 public:
  void persistent(bool on);
  bool mode(wifi_mode_t mode);
  bool setAutoReconnect(bool on);
  wl_status_t begin(const char* name, const char* password);
  bool disconnect();
  wl_status_t status();
  int8_t RSSI();
};
extern WiFiClass WiFi;
