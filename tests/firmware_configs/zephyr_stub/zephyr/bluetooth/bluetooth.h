/* A thin stub of the calls that a beacon makes (docs.zephyrproject.org, Bluetooth GAP); prints what is advertised. */
#pragma once
#include <stdint.h>
#include <stddef.h>

#define BT_DATA_FLAGS 0x01
#define BT_DATA_MANUFACTURER_DATA 0xff
#define BT_LE_AD_GENERAL 0x02
#define BT_LE_AD_NO_BREDR 0x04
#define BT_LE_ADV_OPT_USE_IDENTITY 4

struct bt_data {
	uint8_t type;
	uint8_t data_len;
	const uint8_t *data;
};
typedef struct {
	uint8_t val[6];
} bt_addr_le_t;
struct bt_le_adv_param {
	uint32_t options;
	uint32_t interval_min;
	uint32_t interval_max;
	const bt_addr_le_t *peer;
};

#define BT_DATA_BYTES(_type, _bytes...)                                                                                \
	{                                                                                                              \
		.type = (_type), .data_len = sizeof((const uint8_t[]){_bytes}), .data = (const uint8_t[]){_bytes},     \
	}
#define BT_LE_ADV_PARAM(_options, _min, _max, _peer)                                                                   \
	((const struct bt_le_adv_param[]){                                                                             \
		{.options = (_options), .interval_min = (_min), .interval_max = (_max), .peer = (_peer)}})

typedef void (*bt_ready_cb_t)(int err);
int bt_enable(bt_ready_cb_t ready);
int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
		    const struct bt_data *sd, size_t sd_len);
