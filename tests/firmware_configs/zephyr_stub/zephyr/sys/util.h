#pragma once
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
