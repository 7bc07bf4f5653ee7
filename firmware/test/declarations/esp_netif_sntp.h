#pragma once
#include <stdint.h>
#include <sys/time.h>
#include "esp_err.h"
typedef struct {
  const char* server;
} esp_sntp_config_t;
#define ESP_NETIF_SNTP_DEFAULT_CONFIG(server) \
  { server }
esp_err_t esp_netif_sntp_init(const esp_sntp_config_t* config);
