/* SPDX-License-Identifier: MIT */
/* Losses of a distance: absolute, Huber's (Annals of Mathematical Statistics 35, 1964), hinge,
 * quantile (Koenker, Bassett, Econometrica 46, 1978); and the cosine of an angle. Their rules are
 * straight pieces of the distance. */
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

/* of quantile_loss: q; of the two of Huber: delta, and what all is divided by */
typedef struct regression_attrs {
    double at, unit;
} regression_attrs;

static const fx_attr huber_schema[] = {{"delta", FX_ATTR_F64, offsetof(regression_attrs, at)},
                                       {"unit", FX_ATTR_F64, offsetof(regression_attrs, unit)},
                                       {0}};
static const fx_attr quantile_schema[] = {{"q", FX_ATTR_F64, offsetof(regression_attrs, at)}, {0}};

static fx_tensor regression(int row, double at, double unit, fx_tensor y, fx_tensor target) {
    const regression_attrs attrs = {at, unit};
    const fx_tensor operands[] = {y, target};
    const bool plain = row == REGRESSION_L1 || row == REGRESSION_HINGE;
    return fx_apply(&fx__regression_losses[row], plain ? NULL : &attrs, 2, operands);
}

/* dy, of a loss of the distance y - t; dt is its negative. */
static void regression_distance(fx_vjp *v, fx_tensor dy) {
    v->dx[0] = dy;
    if (v->wants[1]) v->dx[1] = fx_neg(dy);
}

/* ---------------------------------------------------------------------------------- l1 */

static double l1_value(const void *attrs, const double *x) {
    (void)attrs;
    return fabs(x[0] - x[1]);
}

static fx_status l1_forward(fx_call *call) { return fx__loss_forward(call, l1_value); }

static void l1_vjp(fx_vjp *v) {
    regression_distance(v, fx__signed(v->g[0], fx_sub(v->x[0], v->x[1]), -1, 1));
}

/* ------------------------------------------------------------------------------- huber */

static double huber_value(const void *attrs, const double *x) {
    const regression_attrs *a = attrs;
    const double d = fabs(x[0] - x[1]), part = d > a->at ? a->at : d;
    return part * (d - 0.5 * part) / a->unit;
}

static fx_status huber_forward(fx_call *call) { return fx__loss_forward(call, huber_value); }

static void huber_vjp(fx_vjp *v) {
    const regression_attrs *a = v->attrs;
    const fx_tensor part = fx__clip(fx_sub(v->x[0], v->x[1]), -a->at, a->at);
    const fx_tensor slope = fx_mul(v->g[0], part);
    regression_distance(v, a->unit == 1 ? slope : fx_div(slope, fx_num(a->unit)));
}

/* ----------------------------------------------------------------------- hinge, quantile */

static double hinge_value(const void *attrs, const double *x) {
    const double margin = 1 - x[1] * x[0];
    (void)attrs;
    return margin < 0 ? 0 : margin;
}

static fx_status hinge_forward(fx_call *call) { return fx__loss_forward(call, hinge_value); }

static void hinge_vjp(fx_vjp *v) {
    const fx_tensor margin = fx_sub(fx_num(1), fx_mul(v->x[1], v->x[0]));
    const fx_tensor slope = fx_neg(fx__signed(v->g[0], margin, 0, 1));
    v->dx[0] = fx_mul(slope, v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_mul(slope, v->x[0]);
}

static double quantile_value(const void *attrs, const double *x) {
    const double q = ((const regression_attrs *)attrs)->at, d = x[1] - x[0];
    return d < 0 ? (q - 1) * d : q * d;
}

static fx_status quantile_forward(fx_call *call) { return fx__loss_forward(call, quantile_value); }

static void quantile_vjp(fx_vjp *v) {
    const double q = ((const regression_attrs *)v->attrs)->at;
    regression_distance(v, fx__signed(v->g[0], fx_sub(v->x[0], v->x[1]), -q, 1 - q));
}

/* ------------------------------------------------------------------------------- table */

#define REGRESSION(op_name, names, run, rule, text)                                                \
    .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = 2, .max = 2,          \
    .flags = FX_OP_LOSS, .infer = fx__loss_infer, .forward = (run), .vjp = (rule),                 \
    .formula = (text)
#define REGRESSION_OF(table) .attrs = (table), .attrs_size = sizeof(regression_attrs)

const fx_op fx__regression_losses[] = {
    [REGRESSION_L1] = {REGRESSION("l1_loss", "y, target", l1_forward, l1_vjp,
                                  "L = |y - t|;  dy = G sign(y - t), dt = -dy")},
    [REGRESSION_HUBER] = {REGRESSION("huber_loss", "y, target", huber_forward, huber_vjp,
                                     "L = d^2 / 2 where |d| <= delta, else delta (|d| - delta / "
                                     "2), d = y - t;  dy = G d within [-delta, delta], dt = -dy"),
                          REGRESSION_OF(huber_schema)},
    [REGRESSION_SMOOTH_L1] = {REGRESSION(
                                  "smooth_l1_loss", "y, target", huber_forward, huber_vjp,
                                  "L = d^2 / (2 beta) where |d| <= beta, else |d| - beta / 2, d = "
                                  "y - t;  dy = G d / beta within [-1, 1], dt = -dy"),
                              REGRESSION_OF(huber_schema)},
    [REGRESSION_HINGE] = {REGRESSION("hinge_loss", "y, target", hinge_forward, hinge_vjp,
                                     "L = max(1 - t y, 0);  dy = -G t where t y < 1, else 0, dt = "
                                     "-G y there")},
    [REGRESSION_QUANTILE] = {REGRESSION("quantile_loss", "y, target", quantile_forward,
                                        quantile_vjp,
                                        "L = max(q (t - y), (q - 1) (t - y));  dy = -G q where y < "
                                        "t, G (1 - q) where y > t, dt = -dy"),
                             REGRESSION_OF(quantile_schema)},
    [REGRESSION_COSINE] =
        {
            .version = FX_OP_VERSION,
            .name = "cosine_similarity",
            .operands = "a, b",
            .min = 2,
            .max = 2,
            .formula = "c = sum a b / (|a| |b|) along the axis;  da = G (b / |b| - c a / |a|) / "
                       "|a|, db = G (a / |a| - c b / |b|) / |b|",
        },
    {0},
};

/* ------------------------------------------------------------------------- public calls */

fx_tensor fx_l1_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce("l1_loss", regression(REGRESSION_L1, 0, 1, y, target), reduction);
}

fx_tensor fx_l1_loss(fx_tensor y, fx_tensor target) {
    return fx_l1_loss_as(y, target, FX_REDUCE_MEAN);
}

static void huber_check(const char *name, const char *word, fx_tensor y, double value) {
    if (!(value > 0 && isfinite(value)))
        fx_fail(fx_tensor_context(y), FX_ERR_ARGUMENT,
                "%s: %s = %g; it must be positive and finite (at 0 it is fx_l1_loss)", name, word,
                value);
}

fx_tensor fx_huber_loss_as(fx_tensor y, fx_tensor target, double delta, fx_reduction reduction) {
    huber_check("huber_loss", "delta", y, delta);
    return fx__loss_reduce("huber_loss", regression(REGRESSION_HUBER, delta, 1, y, target),
                           reduction);
}

fx_tensor fx_huber_loss(fx_tensor y, fx_tensor target, double delta) {
    return fx_huber_loss_as(y, target, delta, FX_REDUCE_MEAN);
}

fx_tensor fx_smooth_l1_loss_as(fx_tensor y, fx_tensor target, double beta, fx_reduction reduction) {
    huber_check("smooth_l1_loss", "beta", y, beta);
    return fx__loss_reduce("smooth_l1_loss",
                           regression(REGRESSION_SMOOTH_L1, beta, beta, y, target), reduction);
}

fx_tensor fx_smooth_l1_loss(fx_tensor y, fx_tensor target, double beta) {
    return fx_smooth_l1_loss_as(y, target, beta, FX_REDUCE_MEAN);
}

fx_tensor fx_hinge_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce("hinge_loss", regression(REGRESSION_HINGE, 0, 1, y, target), reduction);
}

fx_tensor fx_hinge_loss(fx_tensor y, fx_tensor target) {
    return fx_hinge_loss_as(y, target, FX_REDUCE_MEAN);
}

fx_tensor fx_quantile_loss_as(fx_tensor y, fx_tensor target, double q, fx_reduction reduction) {
    if (!(q >= 0 && q <= 1))
        fx_fail(fx_tensor_context(y), FX_ERR_ARGUMENT, "quantile_loss: q = %g; it is in [0, 1]", q);
    return fx__loss_reduce("quantile_loss", regression(REGRESSION_QUANTILE, q, 1, y, target),
                           reduction);
}

fx_tensor fx_quantile_loss(fx_tensor y, fx_tensor target, double q) {
    return fx_quantile_loss_as(y, target, q, FX_REDUCE_MEAN);
}

/* The length, at least 1e-8: through the maximum a zero vector has a slope of zero, not NaN. */
static fx_tensor cosine_length(fx_tensor a, int axis) {
    const fx_tensor square = fx_sum_axes(fx_square(a), fx_axes1(axis), false);
    return fx_sqrt(fx_maximum(square, fx_num(1e-16)));
}

fx_tensor fx_cosine_similarity(fx_tensor a, fx_tensor b, int axis) {
    const fx_shape left = fx_tensor_shape(a), right = fx_tensor_shape(b);
    if (left.rank >= 0 && right.rank >= 0 && !fx_shape_equal(left, right))
        fx_fail(fx_tensor_context(a), FX_ERR_SHAPE,
                "cosine_similarity: a and b must have equal shapes; fx_broadcast_to one of them");
    const fx_tensor product = fx_sum_axes(fx_mul(a, b), fx_axes1(axis), false);
    return fx_div(product, fx_mul(cosine_length(a, axis), cosine_length(b, axis)));
}
