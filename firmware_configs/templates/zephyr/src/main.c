// Beacon $id: $place.
// Rendered by aislecue firmware render. Do not edit: change the plan and render again.
#include <errno.h>
#include <stdbool.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/device.h>
#include <zephyr/drivers/watchdog.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/util.h>

#define INTERVAL_MS $interval_ms
#define WATCHDOG_MS 30000
#define FEED_EVERY_MS 10000
// Bluetooth counts advertising intervals in units of 0.625 ms.
#define INTERVAL_UNITS (INTERVAL_MS * 8 / 5)

static const struct bt_data advertisement[] = {
	BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
	BT_DATA_BYTES(BT_DATA_MANUFACTURER_DATA, 0x4c, 0x00,
		      $frame),
};

static const struct device *const watchdog = DEVICE_DT_GET(DT_ALIAS(watchdog0));

static int start_watchdog(void)
{
	const struct wdt_timeout_cfg timeout = {
		.window = {.min = 0, .max = WATCHDOG_MS},
		.callback = NULL,
		.flags = WDT_FLAG_RESET_SOC,
	};
	int channel;
	int err;

	if (!device_is_ready(watchdog)) {
		return -ENODEV;
	}
	channel = wdt_install_timeout(watchdog, &timeout);
	if (channel < 0) {
		return channel;
	}
	err = wdt_setup(watchdog, WDT_OPT_PAUSE_HALTED_BY_DBG);
	return err ? err : channel;
}

static int start_advertising(void)
{
	int err = bt_enable(NULL);

	if (err) {
		return err;
	}
	return bt_le_adv_start(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_USE_IDENTITY, INTERVAL_UNITS, INTERVAL_UNITS, NULL),
			       advertisement, ARRAY_SIZE(advertisement), NULL, 0);
}

int main(void)
{
	int channel = start_watchdog();
	int err = start_advertising();

	if (err) {
		// Nobody feeds the watchdog now: it starts the beacon anew.
		return err;
	}
	while (true) {
		if (channel >= 0) {
			wdt_feed(watchdog, channel);
		}
		k_sleep(K_MSEC(FEED_EVERY_MS));
	}
}
