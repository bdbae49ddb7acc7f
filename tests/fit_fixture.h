/* SPDX-License-Identifier: MIT */
/* What the tests of training share: a small network, data that it can learn, options. */
#ifndef FLUXION_TESTS_FIT_FIXTURE_H
#define FLUXION_TESTS_FIT_FIXTURE_H

#include <math.h>
#include <string.h>

#include "fluxion/model.h"
#include "support.h"

enum { ROWS = 70, INPUTS = 3, EPOCHS = 4, BATCH = 32, MOST = 64 };

/* Targets that a small network can learn: columns of unlike size. */
static inline fx_data *rows_of(fx_context *cx, fx_dtype dtype, int64_t rows, int first) {
    double x[600 * INPUTS], y[600];
    for (int64_t r = 0; r < rows; r++) {
        double *at = x + r * INPUTS;
        for (int c = 0; c < INPUTS; c++) at[c] = sin(1.7 * (double)(first + r) + c) * (1 + c);
        y[r] = at[0] - 0.5 * at[1] * at[2] + 2;
    }
    return fx_data_new(cx, dtype, rows, INPUTS, x, 1, y);
}

/* One context with all that a training needs. */
typedef struct bench {
    fx_context *cx;
    fx_params *params;
    fx_model model;
    fx_data *data, *other;
    fx_fit_options o;
} bench;

static inline bench bench_new(fx_dtype dtype) {
    bench b = {.cx = test_context(), .o = fx_fit_defaults()};
    b.params = fx_params_new(b.cx, dtype, 5);
    b.model = fx_mlp(b.params, "3-5-1", "tanh");
    b.data = rows_of(b.cx, dtype, ROWS, 0);
    b.other = rows_of(b.cx, dtype, 300, 1000);
    b.o.epochs = EPOCHS;
    b.o.lr = 0.05;
    CHECK_TEXT(fx_error_text(b.cx), "");
    return b;
}

static inline int64_t read_all(const fx_params *p, double *out) {
    int64_t n = 0;
    for (int64_t i = 0; i < fx_params_count(p); i++) {
        const fx_entry e = fx_params_at(p, i);
        CHECK(n + e.numel <= MOST && fx_read_f64(e.tensor, e.numel, out + n) == FX_OK);
        n += e.numel;
    }
    return n;
}

#endif
