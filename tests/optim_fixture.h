/* SPDX-License-Identifier: MIT */
/* What the tests of optimizers share: weights of several shapes, a loss, settings. */
#ifndef FLUXION_TESTS_OPTIM_FIXTURE_H
#define FLUXION_TESTS_OPTIM_FIXTURE_H

#include <math.h>
#include <string.h>

#include "fluxion/ops.h"
#include "fluxion/optim.h"
#include "support.h"

enum { WEIGHTS = 37, STEPS = 6 };

/* Sum of w^2 / 2 over the trainable entries: the gradient is w. */
static inline fx_tensor bowl(fx_graph *g, const fx_params *p) {
    fx_tensor sum = fx_none();
    for (int64_t i = 0; i < fx_params_count(p); i++) {
        const fx_entry e = fx_params_at(p, i);
        if (!e.trainable) continue;
        fx_tensor part = fx_sum(fx_mul(fx_square(fx_use(g, e.tensor)), fx_num(0.5)));
        sum = fx_is_none(sum) ? part : fx_add(sum, part);
    }
    return sum;
}

static inline fx_params *weights(fx_context *cx, fx_dtype dtype) {
    fx_params *p = fx_params_new(cx, dtype, 7);
    fx_param(p, "a", fx_shape1(WEIGHTS - 8), fx_init_normal(0, 1));
    fx_param(p, "b", fx_shape2(2, 3), fx_init_normal(0, 1));
    fx_param(p, "c", fx_shape1(2), fx_init_normal(0, 1));
    return p;
}

/* All values, behind one another. */
static inline void read_weights(const fx_params *p, double *out) {
    for (int64_t i = 0; i < fx_params_count(p); i++) {
        const fx_entry e = fx_params_at(p, i);
        CHECK(fx_read_f64(e.tensor, e.numel, out) == FX_OK);
        out += e.numel;
    }
}

static inline void read_gradients(fx_params *p, double *out) {
    for (int64_t i = 0; i < fx_params_count(p); i++) {
        const fx_entry e = fx_params_at(p, i);
        CHECK(fx_read_f64(fx_gradient(fx_params_gradients(p), e.tensor), e.numel, out) == FX_OK);
        out += e.numel;
    }
}

static const fx_sgd_options settings[] = {
    {sizeof(fx_sgd_options), 0, false, 0},     {sizeof(fx_sgd_options), 0, false, 1e-3},
    {sizeof(fx_sgd_options), 0.9, false, 0},   {sizeof(fx_sgd_options), 0.9, false, 1e-3},
    {sizeof(fx_sgd_options), 0.9, true, 1e-3}, {sizeof(fx_sgd_options), 0.5, true, 0},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

#endif
