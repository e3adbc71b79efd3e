#pragma once
#include <stdint.h>
#include <zephyr/device.h>

#define WDT_FLAG_RESET_SOC 2
#define WDT_OPT_PAUSE_HALTED_BY_DBG 2
struct wdt_window {
	uint32_t min;
	uint32_t max;
};
typedef void (*wdt_callback_t)(const struct device *dev, int channel_id);
struct wdt_timeout_cfg {
	struct wdt_window window;
	wdt_callback_t callback;
	uint8_t flags;
};
int wdt_install_timeout(const struct device *dev, const struct wdt_timeout_cfg *cfg);
int wdt_setup(const struct device *dev, uint8_t options);
int wdt_feed(const struct device *dev, int channel_id);
