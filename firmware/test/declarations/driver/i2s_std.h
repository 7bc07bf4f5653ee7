#pragma once
#include <stddef.h>
#include <stdint.h>
#include "../esp_err.h"
typedef struct i2s_channel* i2s_chan_handle_t;
typedef enum { I2S_GPIO_UNUSED = -1 } gpio_num_t;
typedef enum { I2S_NUM_0 = 0 } i2s_port_t;
typedef enum { I2S_ROLE_MASTER = 0 } i2s_role_t;
typedef enum { I2S_DATA_BIT_WIDTH_32BIT = 32 } i2s_data_bit_width_t;
typedef enum { I2S_SLOT_MODE_MONO = 1 } i2s_slot_mode_t;
typedef enum { I2S_STD_SLOT_LEFT = 1 } i2s_std_slot_mask_t;
typedef struct {
  i2s_port_t id;
  i2s_role_t role;
} i2s_chan_config_t;
typedef struct {
  uint32_t sample_rate_hz;
} i2s_std_clk_config_t;
typedef struct {
  i2s_data_bit_width_t data_bit_width;
  i2s_slot_mode_t slot_mode;
  i2s_std_slot_mask_t slot_mask;
} i2s_std_slot_config_t;
typedef struct {
  gpio_num_t mclk, bclk, ws, dout, din;
} i2s_std_gpio_config_t;
typedef struct {
  i2s_std_clk_config_t clk_cfg;
  i2s_std_slot_config_t slot_cfg;
  i2s_std_gpio_config_t gpio_cfg;
} i2s_std_config_t;
#define I2S_CHANNEL_DEFAULT_CONFIG(port, role) \
  { port, role }
#define I2S_STD_CLK_DEFAULT_CONFIG(rate) \
  { rate }
#define I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(width, mode) \
  { width, mode, I2S_STD_SLOT_LEFT }
esp_err_t i2s_new_channel(const i2s_chan_config_t* config, i2s_chan_handle_t* tx, i2s_chan_handle_t* rx);
esp_err_t i2s_channel_init_std_mode(i2s_chan_handle_t channel, const i2s_std_config_t* config);
esp_err_t i2s_channel_enable(i2s_chan_handle_t channel);
esp_err_t i2s_channel_disable(i2s_chan_handle_t channel);
esp_err_t i2s_channel_read(i2s_chan_handle_t channel, void* to, size_t size, size_t* read, uint32_t timeoutMs);
