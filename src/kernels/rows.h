/* SPDX-License-Identifier: MIT */
/* The list of rows, and an fx_row made from the formula of one element. */
#ifndef FLUXION_SRC_KERNELS_ROWS_H
#define FLUXION_SRC_KERNELS_ROWS_H

#include "real.h"

/* Every row: its id, its function. */
#define FX_ROW_LIST(ROW)                                                                           \
    ROW(FX_ROW_ADD, row_add)                                                                       \
    ROW(FX_ROW_SUB, row_sub)                                                                       \
    ROW(FX_ROW_MUL, row_mul)                                                                       \
    ROW(FX_ROW_DIV, row_div)                                                                       \
    ROW(FX_ROW_NEG, row_neg)                                                                       \
    ROW(FX_ROW_SQUARE, row_square)                                                                 \
    ROW(FX_ROW_SQRT, row_sqrt)                                                                     \
    ROW(FX_ROW_EXP, row_exp)                                                                       \
    ROW(FX_ROW_LOG, row_log)                                                                       \
    ROW(FX_ROW_POW, row_pow)                                                                       \
    ROW(FX_ROW_POW_TERM, row_pow_term)                                                             \
    ROW(FX_ROW_ABS, row_abs)                                                                       \
    ROW(FX_ROW_ABS_GRAD, row_abs_grad)                                                             \
    ROW(FX_ROW_MAXIMUM, row_maximum)                                                               \
    ROW(FX_ROW_MAXIMUM_GRAD, row_maximum_grad)                                                     \
    ROW(FX_ROW_RELU, row_relu)                                                                     \
    ROW(FX_ROW_RELU_GRAD, row_relu_grad)                                                           \
    ROW(FX_ROW_TANH, row_tanh)                                                                     \
    ROW(FX_ROW_TANH_GRAD, row_tanh_grad)                                                           \
    ROW(FX_ROW_SIGMOID, row_sigmoid)                                                               \
    ROW(FX_ROW_SIGMOID_GRAD, row_sigmoid_grad)

#if defined(FX_REAL_SUFFIX)
#define FX_ROW_PROTOTYPE(id, name) fx_row FX_KERNEL(name);
FX_ROW_LIST(FX_ROW_PROTOTYPE)

/* y = f(x), y = f(a, b), y = f(a, b, c) for each element. */
#define FX_ROW_1(name, f)                                                                          \
    void FX_KERNEL(name)(int64_t n, const void *attrs, const void *const *x, void *const *y) {     \
        const real *a = x[0];                                                                      \
        real *r = y[0];                                                                            \
        (void)attrs;                                                                               \
        FX_INDEPENDENT for (int64_t i = 0; i < n; i++) r[i] = f(a[i]);                             \
    }

#define FX_ROW_2(name, f)                                                                          \
    void FX_KERNEL(name)(int64_t n, const void *attrs, const void *const *x, void *const *y) {     \
        const real *a = x[0], *b = x[1];                                                           \
        real *r = y[0];                                                                            \
        (void)attrs;                                                                               \
        FX_INDEPENDENT for (int64_t i = 0; i < n; i++) r[i] = f(a[i], b[i]);                       \
    }

#define FX_ROW_3(name, f)                                                                          \
    void FX_KERNEL(name)(int64_t n, const void *attrs, const void *const *x, void *const *y) {     \
        const real *a = x[0], *b = x[1], *c = x[2];                                                \
        real *r = y[0];                                                                            \
        (void)attrs;                                                                               \
        FX_INDEPENDENT for (int64_t i = 0; i < n; i++) r[i] = f(a[i], b[i], c[i]);                 \
    }
#endif

#endif
