/* The other side of the stub: one line a call; the third sleep ends the program. */
#include <stdio.h>
#include <stdlib.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/drivers/watchdog.h>
#include <zephyr/kernel.h>

const struct device stub_watchdog0 = {.name = "watchdog0"};

bool device_is_ready(const struct device *dev)
{
	return dev == &stub_watchdog0;
}

int wdt_install_timeout(const struct device *dev, const struct wdt_timeout_cfg *cfg)
{
	printf("watchdog %s %u\n", dev->name, cfg->window.max);
	return 7;
}

int wdt_setup(const struct device *dev, uint8_t options)
{
	(void)dev;
	return options == WDT_OPT_PAUSE_HALTED_BY_DBG ? 0 : -1;
}

int wdt_feed(const struct device *dev, int channel_id)
{
	(void)dev;
	printf("fed %d\n", channel_id);
	return 0;
}

int bt_enable(bt_ready_cb_t ready)
{
	return ready ? -1 : 0;
}

int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
		    const struct bt_data *sd, size_t sd_len)
{
	if (sd || sd_len) {
		return -1;
	}
	printf("interval %u %u\n", param->interval_min, param->interval_max);
	for (size_t k = 0; k < ad_len; k++) {
		printf("ad %02x ", ad[k].type);
		for (size_t b = 0; b < ad[k].data_len; b++) {
			printf("%02x", ad[k].data[b]);
		}
		printf("\n");
	}
	return 0;
}

int32_t k_sleep(k_timeout_t timeout)
{
	static int slept;

	printf("slept %lld\n", (long long)timeout.ms);
	if (++slept == 3) {
		exit(0);
	}
	return 0;
}
