/* SPDX-License-Identifier: MIT */
/* The rows of exponential.h. */
#include "exponential.h"

#include "rows.h"

FX_ROW_1(row_exp, real_exp)
FX_ROW_1(row_log, real_log)
FX_ROW_1(row_tanh, real_tanh)
FX_ROW_2(row_tanh_grad, real_tanh_grad)
FX_ROW_1(row_sigmoid, real_sigmoid)
FX_ROW_2(row_sigmoid_grad, real_sigmoid_grad)
FX_ROW_2(row_pow, real_pow)

#define pow_term_row FX_KERNEL(row_pow_term)

enum { FX_TERM_CHUNK = 64 };

/* The powers of the logarithm are passes over a chunk, so that a pass has no inner loop. */
static void pow_term_chunk(int64_t n, int64_t power, real less, const real *c, const real *x,
                           const real *p, real *y) {
    real term[FX_TERM_CHUNK], l[FX_TERM_CHUNK];
    for (int64_t i = 0; i < n; i++) term[i] = c[i] * real_pow_pair(x[i], real_less(p[i], less));
    if (power > 0)
        for (int64_t i = 0; i < n; i++) l[i] = real_log(x[i]);
    for (int64_t j = 0; j < power; j++)
        for (int64_t i = 0; i < n; i++) term[i] *= l[i];
    FX_INDEPENDENT for (int64_t i = 0; i < n; i++) {
        const bool zero = (c[i] == 0) | ((power > 0) & (x[i] == 0) & (p[i] >= less));
        y[i] = zero ? 0 : term[i];
    }
}

void pow_term_row(int64_t n, const void *attrs, const void *const *x, void *const *y) {
    const real *c = x[0], *base = x[1], *p = x[2];
    real *r = y[0];
    int64_t powers[2];
    memcpy(powers, attrs, sizeof powers);
    for (int64_t i = 0; i < n; i += FX_TERM_CHUNK) {
        const int64_t chunk = n - i < FX_TERM_CHUNK ? n - i : FX_TERM_CHUNK;
        pow_term_chunk(chunk, powers[0], (real)powers[1], c + i, base + i, p + i, r + i);
    }
}
