#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "esp_err.h"
#define ESP_TLS_ERR_SSL_WANT_READ (-0x6900)
#define ESP_TLS_ERR_SSL_WANT_WRITE (-0x6880)
typedef struct esp_tls esp_tls_t;
typedef struct {
  const unsigned char* cacert_buf;
  unsigned int cacert_bytes;
  const unsigned char* clientcert_buf;
  unsigned int clientcert_bytes;
  const unsigned char* clientkey_buf;
  unsigned int clientkey_bytes;
  bool non_block;
  int timeout_ms;
  bool is_plain_tcp;
} esp_tls_cfg_t;
esp_tls_t* esp_tls_init(void);
int esp_tls_conn_new_sync(const char* host, int hostLength, int port, const esp_tls_cfg_t* config, esp_tls_t* tls);
ssize_t esp_tls_conn_read(esp_tls_t* tls, void* to, size_t length);
ssize_t esp_tls_conn_write(esp_tls_t* tls, const void* from, size_t length);
int esp_tls_conn_destroy(esp_tls_t* tls);
esp_err_t esp_tls_get_conn_sockfd(esp_tls_t* tls, int* out);
