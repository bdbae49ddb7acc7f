/* SPDX-License-Identifier: MIT */
/* log sum exp, over axes and along one, relative to the largest, so that nothing overflows. What is
 * -infinity everywhere has derivative 0; of several +infinities each has an even share. */
#include <math.h>

#include "families.h"

enum { LOGSUM_TOTAL, LOGSUM_WEIGHTS, LOGSUM_SCAN, LOGSUM_RATIO };

static double logsum_largest(int64_t n, const double *x) {
    double largest = -INFINITY;
    for (int64_t i = 0; i < n; i++)
        if (!(x[i] <= largest)) largest = isnan(largest) ? largest : x[i];
    return largest;
}

/* ---- over axes ---- */

static fx_status logsumexp_infer(fx_call *call) {
    return fx__over_infer(call, call->x[0].dtype, 1);
}

static void logsumexp_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                           double *spare) {
    *y = logsum_largest(n, x[0]);
    if (!isfinite(*y)) return;
    for (int64_t i = 0; i < n; i++) spare[i] = exp(x[0][i] - *y);
    *y += log(fx__line_sum(call, n, spare));
}

static fx_status logsumexp_forward(fx_call *call) { return fx__over_forward(call, logsumexp_line); }

static void logsumexp_vjp(fx_vjp *v) {
    const fx__over *over = v->attrs;
    const fx_tensor g = fx__spread(v->g[0], fx_tensor_shape(v->x[0]), over);
    v->dx[0] = fx_mul(g, fx_apply(&fx__logsums[LOGSUM_WEIGHTS], over, 1, v->x));
}

static fx_status logsum_weights_infer(fx_call *call) {
    uint32_t set;
    fx_status status = fx__axes(call, &((const fx__over *)call->attrs)->axes, &set);
    if (status == FX_OK) status = fx__lines_scratch(call, set, 0);
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static void logsum_weights_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                                double *spare) {
    const double largest = logsum_largest(n, x[0]);
    (void)spare;
    for (int64_t i = 0; i < n; i++) {
        y[i] = exp(x[0][i] - largest);
        if (isinf(largest)) y[i] = largest > 0 && x[0][i] == largest;
    }
    const double sum = fx__line_sum(call, n, y);
    for (int64_t i = 0; i < n && sum != 0; i++) y[i] /= sum;
}

static fx_status logsum_weights_forward(fx_call *call) {
    return fx__over_forward(call, logsum_weights_line);
}

static void logsum_weights_vjp(fx_vjp *v) {
    const fx_tensor mean =
        fx_sum_axes(fx_mul(v->g[0], v->y[0]), ((const fx__over *)v->attrs)->axes, true);
    v->dx[0] = fx_mul(v->y[0], fx_sub(v->g[0], mean));
}

/* ---- along an axis ---- */

static void logcumsumexp_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                              double *spare) {
    double largest = -INFINITY, sum = 0; /* of e^(x - largest) */
    (void)call, (void)spare;
    for (int64_t i = 0; i < n; i++) {
        const double term = x[0][i];
        if (isnan(term) || term > largest) {
            sum = isfinite(largest) ? sum * exp(largest - term) + 1 : 1;
            largest = isnan(largest) ? largest : term;
        } else if (isfinite(largest)) {
            sum += exp(term - largest);
        }
        y[i] = largest + log(sum > 0 ? sum : 1);
    }
}

static fx_status logcumsumexp_forward(fx_call *call) {
    return fx__scan_forward(call, logcumsumexp_line);
}

static fx_tensor logsum_ratio(fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__logsums[LOGSUM_RATIO], NULL, 2, operands);
}

/* With t_k = G_k + e^(y_k - y_(k+1)) t_(k+1), dx_k = e^(x_k - y_k) t_k: as y does not fall, no
 * exponential is above 1. */
static void logcumsumexp_vjp(fx_vjp *v) {
    const int axis = (int)((const fx__scan *)v->attrs)->axis;
    const fx_tensor y = v->y[0];
    const fx_tensor both[] = {fx_slice(y, axis, 0, 1, 1), fx_slice(y, axis, 0, -1, 1)};
    const fx_tensor fall = logsum_ratio(fx_concat(2, both, axis), y);
    const fx_tensor t = fx__recurrence(fall, v->g[0], axis, true);
    v->dx[0] = fx_mul(logsum_ratio(v->x[0], y), t);
}

static void logsum_ratio_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = isinf(x[0]) && x[0] == x[1] ? x[0] > 0 : exp(x[0] - x[1]);
}

static void logsum_ratio_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(v->g[0], v->y[0]);
    if (v->wants[1]) v->dx[1] = fx_neg(v->dx[0]);
}

const fx_op fx__logsums[] = {
    [LOGSUM_TOTAL] =
        {
            .version = FX_OP_VERSION,
            .name = "logsumexp",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__over_schema,
            .attrs_size = sizeof(fx__over),
            .infer = logsumexp_infer,
            .forward = logsumexp_forward,
            .vjp = logsumexp_vjp,
            .formula = "y = ln sum e^x over axes;  dx = G e^(x - y)",
        },
    [LOGSUM_WEIGHTS] =
        {
            .version = FX_OP_VERSION,
            .name = "logsumexp_weights",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__over_schema,
            .attrs_size = sizeof(fx__over),
            .infer = logsum_weights_infer,
            .forward = logsum_weights_forward,
            .vjp = logsum_weights_vjp,
            .formula = "y = e^x / sum e^x over axes;  dx = y (G - sum G y)",
        },
    [LOGSUM_SCAN] =
        {
            .version = FX_OP_VERSION,
            .name = "logcumsumexp",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__scan_schema,
            .attrs_size = sizeof(fx__scan),
            .infer = fx__scan_infer,
            .forward = logcumsumexp_forward,
            .vjp = logcumsumexp_vjp,
            .formula = "y_k = ln (e^x_0 + .. + e^x_k) along axis;  dx_k = e^(x_k - y_k) t_k, "
                       "t_k = G_k + e^(y_k - y_(k+1)) t_(k+1)",
        },
    [LOGSUM_RATIO] =
        {
            .version = FX_OP_VERSION,
            .name = "exp_difference",
            .operands = "a, b",
            .min = 2,
            .max = 2,
            .map = logsum_ratio_map,
            .vjp = logsum_ratio_vjp,
            .formula = "y = e^(a - b), of infinities 0 or 1;  da = G y, db = -G y",
        },
    {0},
};

fx_tensor fx_logsumexp_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx__over over = {axes, keep};
    return fx_apply(&fx__logsums[LOGSUM_TOTAL], &over, 1, &x);
}

fx_tensor fx_logsumexp(fx_tensor x) { return fx_logsumexp_axes(x, fx__all_axes(x), false); }

fx_tensor fx_logcumsumexp(fx_tensor x, int axis, bool reverse) {
    const fx__scan attrs = {axis};
    if (reverse)
        return fx_flip(fx_logcumsumexp(fx_flip(x, fx_axes1(axis)), axis, false), fx_axes1(axis));
    return fx_apply(&fx__logsums[LOGSUM_SCAN], &attrs, 1, &x);
}
