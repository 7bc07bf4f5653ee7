#pragma once
#include <stdint.h>
#include "esp_err.h"
typedef struct esp_timer* esp_timer_handle_t;
typedef struct {
  void (*callback)(void* arg);
  void* arg;
  int dispatch_method;
  const char* name;
  bool skip_unhandled_events;
} esp_timer_create_args_t;
esp_err_t esp_timer_create(const esp_timer_create_args_t* args, esp_timer_handle_t* out);
esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t periodUs);
