/* SPDX-License-Identifier: MIT */
/* sign, floor, ceil, round, trunc, frac and clamp. Steps are constant wherever they have a
 * derivative, so it is zero, and said to be, at the jumps too; frac follows from trunc. */
#include <math.h>

#include "piecewise.h"

static void rounding_sign(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0];
}

static void rounding_floor(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = floor(x[0]);
}

static void rounding_ceil(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = ceil(x[0]);
}

static void rounding_round(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = rint(x[0]);
}

static void rounding_trunc(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = trunc(x[0]);
}

static void rounding_vjp(fx_vjp *v) { fx_vjp_zero(v, 0); }

/* ---- clamp ---- */

typedef struct clamp_attrs {
    double low, high;
    bool open; /* the slope is 0 at the bounds too */
} clamp_attrs;

static const fx_attr clamp_schema[] = {{"low", FX_ATTR_F64, offsetof(clamp_attrs, low)},
                                       {"high", FX_ATTR_F64, offsetof(clamp_attrs, high)},
                                       {"open", FX_ATTR_BOOL, offsetof(clamp_attrs, open)},
                                       {0}};

static void clamp_map(const void *attrs, const double *x, double *y) {
    const clamp_attrs *c = attrs;
    *y = x[0] < c->low ? c->low : x[0] > c->high ? c->high : x[0];
}

/* A bound that belongs to the middle is moved by one number, outwards; infinite, it cannot be. */
static void clamp_vjp(fx_vjp *v) {
    const clamp_attrs *a = v->attrs;
    fx__slopes slopes = {0, 1, 0, a->low, a->high};
    if (!a->open) {
        slopes.below = a->low == -INFINITY;
        slopes.above = a->high == INFINITY;
        slopes.low = nextafter(a->low, -INFINITY);
        slopes.high = nextafter(a->high, INFINITY);
    }
    v->dx[0] = fx__slope(v->g[0], v->x[0], slopes);
}

enum {
    ROUNDING_SIGN,
    ROUNDING_FLOOR,
    ROUNDING_CEIL,
    ROUNDING_ROUND,
    ROUNDING_TRUNC,
    ROUNDING_FRAC,
    ROUNDING_CLAMP
};

#define ROUNDING(op_name, f, text)                                                                 \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .map = (f), .vjp = rounding_vjp, .formula = (text)                                         \
    }

const fx_op fx__roundings[] = {
    [ROUNDING_SIGN] = ROUNDING("sign", rounding_sign, "y = sign x, 0 at 0;  dx = 0"),
    [ROUNDING_FLOOR] = ROUNDING("floor", rounding_floor, "y = largest integer <= x;  dx = 0"),
    [ROUNDING_CEIL] = ROUNDING("ceil", rounding_ceil, "y = smallest integer >= x;  dx = 0"),
    [ROUNDING_ROUND] =
        ROUNDING("round", rounding_round, "y = nearest integer, of two the even one;  dx = 0"),
    [ROUNDING_TRUNC] = ROUNDING("trunc", rounding_trunc, "y = x without its fraction;  dx = 0"),
    [ROUNDING_FRAC] =
        {
            .version = FX_OP_VERSION,
            .name = "frac",
            .operands = "x",
            .min = 1,
            .max = 1,
            .formula = "y = x - trunc x;  dx = G",
        },
    [ROUNDING_CLAMP] =
        {
            .version = FX_OP_VERSION,
            .name = "clamp",
            .operands = "x",
            .min = 1,
            .max = 1,
            .attrs = clamp_schema,
            .attrs_size = sizeof(clamp_attrs),
            .map = clamp_map,
            .vjp = clamp_vjp,
            .formula = "y = min(max(x, low), high);  dx = G [low <= x <= high], or between if open",
        },
    {0},
};

static fx_tensor rounding(int which, fx_tensor x) {
    return fx_apply(&fx__roundings[which], NULL, 1, &x);
}

fx_tensor fx_sign(fx_tensor x) { return rounding(ROUNDING_SIGN, x); }

fx_tensor fx_floor(fx_tensor x) { return rounding(ROUNDING_FLOOR, x); }

fx_tensor fx_ceil(fx_tensor x) { return rounding(ROUNDING_CEIL, x); }

fx_tensor fx_round(fx_tensor x) { return rounding(ROUNDING_ROUND, x); }

fx_tensor fx_trunc(fx_tensor x) { return rounding(ROUNDING_TRUNC, x); }

fx_tensor fx_frac(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__roundings[ROUNDING_FRAC], 1, &x);
    return fx_composed(c, fx_sub(x, fx_trunc(x)));
}

/* A bound as a number of the dtype: what is returned at a bound lies on it. Through memory, since
 * gcc 12 takes "narrow ? (double)(float)x : x" for x. */
static double clamp_bound(double bound, fx_dtype dtype) {
    const volatile float single = (float)bound;
    return dtype == FX_F32 ? (double)single : bound;
}

fx_tensor fx_clamp(fx_tensor x, double low, double high) {
    const fx_op *op = &fx__roundings[ROUNDING_CLAMP];
    const fx_dtype dtype = fx_tensor_dtype(x);
    const clamp_attrs attrs = {clamp_bound(low, dtype), clamp_bound(high, dtype), false};
    if (!(low <= high))
        return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT,
                         "low = %g is not below high = %g; use an infinity for a bound that is "
                         "not wanted",
                         low, high);
    return fx_apply(op, &attrs, 1, &x);
}

fx_tensor fx__clip(fx_tensor x, double low, double high) {
    const clamp_attrs attrs = {low, high, true};
    return fx_apply(&fx__roundings[ROUNDING_CLAMP], &attrs, 1, &x);
}
