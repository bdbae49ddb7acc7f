/* SPDX-License-Identifier: MIT */
/* Sorting that no input can slow down. */
#ifndef FLUXION_SRC_ORDER_H
#define FLUXION_SRC_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* fx__order
 * Sorts numbers so that before(user, a, b) is false for every b that precedes an a: n log n calls
 * at worst, no memory. */
void fx__order(int64_t *numbers, int64_t n, bool (*before)(const void *user, int64_t a, int64_t b),
               const void *user);

#endif
