#pragma once
#include <stdint.h>

typedef struct {
	int64_t ms;
} k_timeout_t;
#define K_MSEC(value) ((k_timeout_t){.ms = (value)})
int32_t k_sleep(k_timeout_t timeout);
