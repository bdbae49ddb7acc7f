/* SPDX-License-Identifier: MIT */
/* Activations made of straight pieces. Their derivatives are one op: the cotangent times the slope
 * of the piece, so those of the second order are zero and said to be. */
#include "piecewise.h"

#include <math.h>

enum {
    PIECEWISE_RELU6,
    PIECEWISE_LEAKY_RELU,
    PIECEWISE_PRELU,
    PIECEWISE_HARDTANH,
    PIECEWISE_HARDSIGMOID,
    PIECEWISE_HARDSWISH,
    PIECEWISE_SOFTSHRINK,
    PIECEWISE_HARDSHRINK,
    PIECEWISE_SLOPE,
};

/* ------------------------------------------------------------------------------- slope */

static const fx_attr slope_schema[] = {{"below", FX_ATTR_F64, offsetof(fx__slopes, below)},
                                       {"inside", FX_ATTR_F64, offsetof(fx__slopes, inside)},
                                       {"above", FX_ATTR_F64, offsetof(fx__slopes, above)},
                                       {"low", FX_ATTR_F64, offsetof(fx__slopes, low)},
                                       {"high", FX_ATTR_F64, offsetof(fx__slopes, high)},
                                       {0}};

static void slope_value(const void *attrs, const double *x, double *y) {
    const fx__slopes *a = attrs;
    const double slope = x[1] <= a->low ? a->below : x[1] >= a->high ? a->above : a->inside;
    y[0] = isnan(x[1]) ? x[1] : slope == 0 ? 0 : x[0] * slope;
}

static void slope_vjp(fx_vjp *v) {
    v->dx[0] = fx__slope(v->g[0], v->x[1], *(const fx__slopes *)v->attrs);
    fx_vjp_zero(v, 1);
}

fx_tensor fx__slope(fx_tensor g, fx_tensor x, fx__slopes slopes) {
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__piecewise[PIECEWISE_SLOPE], &slopes, 2, operands);
}

fx_tensor fx__signed(fx_tensor g, fx_tensor x, double below, double above) {
    const double least = nextafter(0, 1);
    return fx__slope(g, x, (fx__slopes){below, 0, above, -least, least});
}

/* ------------------------------------------------------------------------------- prelu */

static void prelu_value(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] > 0 ? x[0] : x[1] * x[0];
}

static void prelu_vjp(fx_vjp *v) {
    static const fx__slopes left = {1, 0, 0, 0, INFINITY}, right = {0, 1, 1, 0, INFINITY};
    const fx_tensor g = v->g[0], x = v->x[0], weight = v->x[1];
    if (v->wants[0])
        v->dx[0] = fx_add(fx__slope(g, x, right), fx_mul(fx__slope(g, x, left), weight));
    if (v->wants[1]) v->dx[1] = fx__slope(fx_mul(g, x), x, left);
}

/* ------------------------------------------------------------------------------ shrinks */

typedef struct shrink_attrs {
    double lambda;
} shrink_attrs;

static const fx_attr shrink_schema[] = {{"lambda", FX_ATTR_F64, offsetof(shrink_attrs, lambda)},
                                        {0}};

static void softshrink_value(const void *attrs, const double *x, double *y) {
    const double lambda = ((const shrink_attrs *)attrs)->lambda;
    y[0] = x[0] > lambda ? x[0] - lambda : x[0] < -lambda ? x[0] + lambda : x[0] * 0;
}

/* The middle is closed. */
static fx_tensor shrink_slope(fx_tensor g, fx_tensor x, double lambda) {
    const double high = nextafter(lambda, INFINITY);
    return fx__slope(g, x, (fx__slopes){1, 0, 1, -high, high});
}

static void softshrink_vjp(fx_vjp *v) {
    v->dx[0] = shrink_slope(v->g[0], v->x[0], ((const shrink_attrs *)v->attrs)->lambda);
}

/* ------------------------------------------------------------------------------- table */

#define PIECEWISE(op_name, names, n, value, rule, text)                                            \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .map = (value), .vjp = (rule), .formula = (text)                                           \
    }
#define PIECEWISE_ATTRS(op_name, names, n, table, size, value, rule, text)                         \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .attrs = (table), .attrs_size = (size), .map = (value), .vjp = (rule), .formula = (text)   \
    }

const fx_op fx__piecewise[] = {
    [PIECEWISE_RELU6] = PIECEWISE("relu6", "x", 1, NULL, NULL,
                                  "y = min(max(x, 0), 6);  dx = G where 0 < x < 6, else 0"),
    [PIECEWISE_LEAKY_RELU] = PIECEWISE("leaky_relu", "x", 1, NULL, NULL,
                                       "y = x where x > 0, else slope x;  dx = G where x > 0, else "
                                       "G slope"),
    [PIECEWISE_PRELU] = PIECEWISE("prelu", "x, weight", 2, prelu_value, prelu_vjp,
                                  "y = x where x > 0, else weight x;  dx = G where x > 0, else "
                                  "G weight, dweight = 0 where x > 0, else G x"),
    [PIECEWISE_HARDTANH] = PIECEWISE("hardtanh", "x", 1, NULL, NULL,
                                     "y = min(max(x, -1), 1);  dx = G where -1 < x < 1, else 0"),
    [PIECEWISE_HARDSIGMOID] =
        PIECEWISE("hardsigmoid", "x", 1, NULL, NULL,
                  "y = relu6(x + 3) / 6;  dx = G / 6 where -3 < x < 3, else 0"),
    [PIECEWISE_HARDSWISH] =
        PIECEWISE("hardswish", "x", 1, NULL, NULL,
                  "y = x relu6(x + 3) / 6;  dx = 0 where x <= -3, G where x >= 3, else "
                  "G (2 x + 3) / 6"),
    [PIECEWISE_SOFTSHRINK] = PIECEWISE_ATTRS(
        "softshrink", "x", 1, shrink_schema, sizeof(shrink_attrs), softshrink_value, softshrink_vjp,
        "y = x - lambda where x > lambda, x + lambda where x < -lambda, else 0;  "
        "dx = G where |x| > lambda, else 0"),
    [PIECEWISE_HARDSHRINK] =
        PIECEWISE("hardshrink", "x", 1, NULL, NULL,
                  "y = x where |x| > lambda, else 0;  dx = G where |x| > lambda, else 0"),
    [PIECEWISE_SLOPE] = PIECEWISE_ATTRS(
        "slope", "g, x", 2, slope_schema, sizeof(fx__slopes), slope_value, slope_vjp,
        "y = g s, s = below where x <= low, above where x >= high, else inside;  dg = G s, dx = 0"),
    {0},
};

fx_tensor fx_relu6(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__piecewise[PIECEWISE_RELU6], 1, &x);
    return fx_composed(c, fx__clip(x, 0, 6));
}

fx_tensor fx_leaky_relu(fx_tensor x, double slope) {
    const fx_op *op = &fx__piecewise[PIECEWISE_LEAKY_RELU];
    if (!isfinite(slope))
        return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "slope = %g; it must be finite", slope);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_prelu(x, fx_num(slope)));
}

fx_tensor fx_prelu(fx_tensor x, fx_tensor weight) {
    const fx_tensor operands[] = {x, weight};
    return fx_apply(&fx__piecewise[PIECEWISE_PRELU], NULL, 2, operands);
}

fx_tensor fx_hardtanh(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__piecewise[PIECEWISE_HARDTANH], 1, &x);
    return fx_composed(c, fx__clip(x, -1, 1));
}

fx_tensor fx_hardsigmoid(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__piecewise[PIECEWISE_HARDSIGMOID], 1, &x);
    return fx_composed(c, fx_div(fx_relu6(fx_add(x, fx_num(3))), fx_num(6)));
}

fx_tensor fx_hardswish(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__piecewise[PIECEWISE_HARDSWISH], 1, &x);
    return fx_composed(c, fx_mul(x, fx_hardsigmoid(x)));
}

static fx_tensor shrink_refuse(const fx_op *op, fx_tensor x, double lambda) {
    return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "lambda = %g; it must be 0 or more", lambda);
}

fx_tensor fx_softshrink(fx_tensor x, double lambda) {
    const shrink_attrs attrs = {lambda};
    const fx_op *op = &fx__piecewise[PIECEWISE_SOFTSHRINK];
    return lambda >= 0 ? fx_apply(op, &attrs, 1, &x) : shrink_refuse(op, x, lambda);
}

fx_tensor fx_hardshrink(fx_tensor x, double lambda) {
    const fx_op *op = &fx__piecewise[PIECEWISE_HARDSHRINK];
    if (!(lambda >= 0)) return shrink_refuse(op, x, lambda);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, shrink_slope(x, x, lambda));
}
