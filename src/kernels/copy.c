/* SPDX-License-Identifier: MIT */
/* Bytes from a strided place to a dense one, whatever they mean. */
#include <string.h>

#include "fluxion/kernel.h"

static void copy_row_1(int64_t n, const uint8_t *x, int64_t step, uint8_t *y) {
    for (int64_t i = 0; i < n; i++) y[i] = x[i * step];
}

static void copy_row_4(int64_t n, const unsigned char *x, int64_t step, unsigned char *y) {
    for (int64_t i = 0; i < n; i++) memcpy(y + 4 * i, x + 4 * i * step, 4);
}

static void copy_row_8(int64_t n, const unsigned char *x, int64_t step, unsigned char *y) {
    for (int64_t i = 0; i < n; i++) memcpy(y + 8 * i, x + 8 * i * step, 8);
}

void fx_copy_strided(fx_shape shape, size_t size, const void *x, const int64_t *strides, void *y) {
    const unsigned char *from = x;
    unsigned char *to = y;
    const int64_t bytes = (int64_t)size;
    fx_walk w;
    for (bool more = fx_walk_begin(&w, shape, 1, &strides); more; more = fx_walk_next(&w)) {
        const unsigned char *row = from + w.offset[0] * bytes;
        if (w.step[0] == 1) {
            memcpy(to, row, (size_t)w.length * size);
        } else if (size == 8) {
            copy_row_8(w.length, row, w.step[0], to);
        } else if (size == 4) {
            copy_row_4(w.length, row, w.step[0], to);
        } else {
            copy_row_1(w.length, row, w.step[0], to);
        }
        to += w.length * bytes;
    }
}
