/* SPDX-License-Identifier: MIT */
/* The checked product of sizes. Everything is compared with PTRDIFF_MAX, not SIZE_MAX, so that a
 * size also fits an int64_t and the difference of two pointers. */
#include "size.h"

static const uint64_t size_most = PTRDIFF_MAX;

/* Zeros are left out of the product: [0, 2^40, 2^40] holds nothing, but its first stride is 2^80.
 */
static bool size_product(uint64_t *product, size_t item, int n, const int64_t *factors) {
    uint64_t total = item;
    bool empty = false;
    if (total > size_most) return false;
    for (int i = 0; i < n; i++) {
        if (factors[i] < 0) return false;
        const uint64_t factor = (uint64_t)factors[i];
        if (!factor) empty = true;
        const bool small = (total | factor) >> 31 == 0; /* saves a division, dearer than all else */
        if (!small && factor && total > size_most / factor) return false;
        if (factor) total *= factor;
    }
    *product = empty ? 0 : total;
    return true;
}

bool fx__bytes(size_t *bytes, size_t base, size_t item, int n, const int64_t *factors,
               size_t align) {
    uint64_t total;
    *bytes = 0;
    if (!size_product(&total, item, n, factors)) return false;
    if (base > size_most - total) return false;
    total += base;
    const uint64_t slack = (0 - total) & (align - 1);
    if (slack > size_most - total) return false;
    *bytes = (size_t)(total + slack);
    return true;
}
