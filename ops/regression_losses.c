/* SPDX-License-Identifier: MIT */
/* Losses of a distance: absolute, Huber's (Annals of Mathematical Statistics 35, 1964), hinge,
 * quantile (Koenker, Bassett, Econometrica 46, 1978); and the cosine of an angle. All are made of
 * straight pieces. */
#include <math.h>

#include "loss.h"
#include "piecewise.h"

enum {
    REGRESSION_L1,
    REGRESSION_HUBER,
    REGRESSION_SMOOTH_L1,
    REGRESSION_HINGE,
    REGRESSION_QUANTILE,
    REGRESSION_COSINE,
};

#define REGRESSION(op_name, names, text)                                                           \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = 2, .max = 2,      \
        .formula = (text)                                                                          \
    }

const fx_op fx__regression_losses[] = {
    [REGRESSION_L1] = REGRESSION("l1_loss", "y, target",
                                 "L = |y - t|;  dy = G sign(y - t), "
                                 "dtarget = -dy"),
    [REGRESSION_HUBER] = REGRESSION("huber_loss", "y, target",
                                    "L = d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), "
                                    "d = y - t;  dy = G d within [-delta, delta], dtarget = -dy"),
    [REGRESSION_SMOOTH_L1] =
        REGRESSION("smooth_l1_loss", "y, target",
                   "L = d^2 / (2 beta) where |d| <= beta, else |d| - beta / 2, d = y - t;  "
                   "dy = G d / beta within [-1, 1], dtarget = -dy"),
    [REGRESSION_HINGE] = REGRESSION("hinge_loss", "y, target",
                                    "L = max(1 - t y, 0);  dy = -G t where t y < 1, else 0, "
                                    "dtarget = -G y there"),
    [REGRESSION_QUANTILE] =
        REGRESSION("quantile_loss", "y, target",
                   "L = max(q (t - y), (q - 1) (t - y));  dy = -G q where y < t, G (1 - q) where "
                   "y > t, dtarget = -dy"),
    [REGRESSION_COSINE] =
        REGRESSION("cosine_similarity", "a, b",
                   "c = sum a b / (|a| |b|) along the axis;  da = G (b / |b| - c a / |a|) / |a|, "
                   "db = G (a / |a| - c b / |b|) / |b|"),
    {0},
};

/* ---------------------------------------------------------------------------------- l1 */

fx_tensor fx_l1_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction) {
    fx_composition c;
    const fx_op *op = &fx__regression_losses[REGRESSION_L1];
    if (!fx__loss_begin(op, y, target, &c)) return fx__refusal(op, y);
    return fx_composed(c, fx__loss_reduce("l1_loss", fx_abs(fx_sub(y, target)), reduction));
}

fx_tensor fx_l1_loss(fx_tensor y, fx_tensor target) {
    return fx_l1_loss_as(y, target, FX_REDUCE_MEAN);
}

/* ------------------------------------------------------------------------------- Huber */

/* With p the distance cut to [-delta, delta]: p (d - p / 2). */
static fx_tensor huber(fx_tensor y, fx_tensor target, double delta) {
    const fx_tensor d = fx_sub(y, target), part = fx__clip(d, -delta, delta);
    return fx_mul(part, fx_sub(d, fx_mul(fx_num(0.5), part)));
}

static bool huber_begin(const fx_op *op, const char *word, double bound, fx_tensor y,
                        fx_tensor target, fx_composition *c) {
    const fx_tensor both[] = {y, target};
    if (bound > 0 && isfinite(bound)) return fx__loss_begin(op, y, target, c);
    fx_refuse(op, 2, both, FX_ERR_ARGUMENT,
              "%s = %g; it must be positive and finite (at 0 it is fx_l1_loss)", word, bound);
    return false;
}

fx_tensor fx_huber_loss_as(fx_tensor y, fx_tensor target, double delta, fx_reduction reduction) {
    fx_composition c;
    const fx_op *op = &fx__regression_losses[REGRESSION_HUBER];
    if (!huber_begin(op, "delta", delta, y, target, &c)) return fx__refusal(op, y);
    return fx_composed(c, fx__loss_reduce("huber_loss", huber(y, target, delta), reduction));
}

fx_tensor fx_huber_loss(fx_tensor y, fx_tensor target, double delta) {
    return fx_huber_loss_as(y, target, delta, FX_REDUCE_MEAN);
}

fx_tensor fx_smooth_l1_loss_as(fx_tensor y, fx_tensor target, double beta, fx_reduction reduction) {
    fx_composition c;
    const fx_op *op = &fx__regression_losses[REGRESSION_SMOOTH_L1];
    if (!huber_begin(op, "beta", beta, y, target, &c)) return fx__refusal(op, y);
    const fx_tensor each = fx_div(huber(y, target, beta), fx_num(beta));
    return fx_composed(c, fx__loss_reduce("smooth_l1_loss", each, reduction));
}

fx_tensor fx_smooth_l1_loss(fx_tensor y, fx_tensor target, double beta) {
    return fx_smooth_l1_loss_as(y, target, beta, FX_REDUCE_MEAN);
}

/* ----------------------------------------------------------------------- hinge, quantile */

fx_tensor fx_hinge_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction) {
    fx_composition c;
    const fx_op *op = &fx__regression_losses[REGRESSION_HINGE];
    if (!fx__loss_begin(op, y, target, &c)) return fx__refusal(op, y);
    const fx_tensor each = fx_relu(fx_sub(fx_num(1), fx_mul(y, target)));
    return fx_composed(c, fx__loss_reduce("hinge_loss", each, reduction));
}

fx_tensor fx_hinge_loss(fx_tensor y, fx_tensor target) {
    return fx_hinge_loss_as(y, target, FX_REDUCE_MEAN);
}

/* Two positive terms, of which one is 0. */
static fx_tensor quantile(fx_tensor y, fx_tensor target, double q) {
    const fx_tensor d = fx_sub(y, target), above = fx_relu(d), below = fx_relu(fx_neg(d));
    return fx_add(fx_mul(fx_num(q), below), fx_mul(fx_num(1 - q), above));
}

fx_tensor fx_quantile_loss_as(fx_tensor y, fx_tensor target, double q, fx_reduction reduction) {
    const fx_op *op = &fx__regression_losses[REGRESSION_QUANTILE];
    const fx_tensor both[] = {y, target};
    fx_composition c;
    if (!(q >= 0 && q <= 1))
        return fx_refuse(op, 2, both, FX_ERR_ARGUMENT, "q = %g; it is in [0, 1]", q);
    if (!fx__loss_begin(op, y, target, &c)) return fx__refusal(op, y);
    return fx_composed(c, fx__loss_reduce("quantile_loss", quantile(y, target, q), reduction));
}

fx_tensor fx_quantile_loss(fx_tensor y, fx_tensor target, double q) {
    return fx_quantile_loss_as(y, target, q, FX_REDUCE_MEAN);
}

/* ------------------------------------------------------------------------------ cosine */

/* The length, at least 1e-8: through the maximum a zero vector has a slope of zero, not NaN. */
static fx_tensor cosine_length(fx_tensor a, int axis) {
    const fx_tensor square = fx_sum_axes(fx_square(a), fx_axes1(axis), false);
    return fx_sqrt(fx_maximum(square, fx_num(1e-16)));
}

fx_tensor fx_cosine_similarity(fx_tensor a, fx_tensor b, int axis) {
    fx_composition c;
    const fx_op *op = &fx__regression_losses[REGRESSION_COSINE];
    if (!fx__loss_begin(op, a, b, &c)) return fx__refusal(op, a);
    const fx_tensor product = fx_sum_axes(fx_mul(a, b), fx_axes1(axis), false);
    const fx_tensor lengths = fx_mul(cosine_length(a, axis), cosine_length(b, axis));
    return fx_composed(c, fx_div(product, lengths));
}
