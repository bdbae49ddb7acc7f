/* SPDX-License-Identifier: MIT */
#include "size.h"
#include "support.h"

#define MOST ((int64_t)PTRDIFF_MAX)

static const struct {
    size_t base, item;
    int n;
    int64_t factors[3];
    size_t align;
    bool fits;
    size_t bytes;
} rows[] = {
    {0, 4, 2, {10, 13}, 1, true, 520},
    {0, 4, 2, {10, 13}, 64, true, 576},
    {0, 8, 1, {8}, 64, true, 64},
    {16, 8, 1, {8}, 64, true, 128},
    {0, 8, 0, {0}, 64, true, 64}, /* rank 0: one item */
    {0, 0, 1, {5}, 64, true, 0},
    {5, 8, 1, {0}, 1, true, 5},
    {0, 8, 3, {7, 0, 9}, 64, true, 0},
    {0, 1, 1, {-1}, 1, false, 0},
    {0, 1, 2, {0, -1}, 1, false, 0},
    {0, 0, 1, {-1}, 1, false, 0},
    {0, 1, 2, {-2, -2}, 1, false, 0},
    {0, 1, 1, {MOST}, 1, true, PTRDIFF_MAX},
    {1, 1, 1, {MOST}, 1, false, 0},
    {0, 2, 1, {MOST / 2 + 1}, 1, false, 0},
    {0, 1, 1, {MOST}, 2, false, 0}, /* only the rounding goes too far */
    {0, 1, 1, {MOST - 63}, 64, true, PTRDIFF_MAX - 63},
    {0, 1, 1, {MOST - 62}, 64, false, 0},
    {0, 1, 2, {MOST, 2}, 1, false, 0},
    {0, 8, 3, {(int64_t)1 << 40, (int64_t)1 << 40, 0}, 1, false, 0},
    {0, 8, 3, {0, (int64_t)1 << 40, (int64_t)1 << 40}, 1, false, 0},
    {0, (size_t)PTRDIFF_MAX + 1, 1, {1}, 1, false, 0},
    {0, SIZE_MAX, 1, {0}, 1, false, 0},
    {SIZE_MAX, 1, 1, {0}, 1, false, 0},
};

FX_TEST(size, computes_what_fits_and_nothing_else) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t bytes = 12345;
        const bool fits = fx__bytes(&bytes, rows[i].base, rows[i].item, rows[i].n, rows[i].factors,
                                    rows[i].align);
        CHECK_THAT(fits == rows[i].fits && bytes == rows[i].bytes, "row %zu: %d, %zu bytes", i,
                   fits, bytes);
    }
}
