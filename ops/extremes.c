/* SPDX-License-Identifier: MIT */
/* abs and maximum. Their derivatives are constant but for a kink, so those of the second order are
 * zero and said to be. */
#include "families.h"

enum { EXTREMES_ABS, EXTREMES_ABS_GRAD, EXTREMES_MAXIMUM, EXTREMES_MAXIMUM_GRAD };

static fx_tensor abs_grad(fx_tensor g, fx_tensor x) {
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__extremes[EXTREMES_ABS_GRAD], NULL, 2, operands);
}

static void abs_vjp(fx_vjp *v) { v->dx[0] = abs_grad(v->g[0], v->x[0]); }

static void abs_grad_vjp(fx_vjp *v) {
    v->dx[0] = abs_grad(v->g[0], v->x[1]);
    fx_vjp_zero(v, 1);
}

/* g where a is the larger, half of it where both are equal. */
static fx_tensor maximum_grad(fx_tensor g, fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {g, a, b};
    return fx_apply(&fx__extremes[EXTREMES_MAXIMUM_GRAD], NULL, 3, operands);
}

static void maximum_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = maximum_grad(v->g[0], v->x[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = maximum_grad(v->g[0], v->x[1], v->x[0]);
}

static void maximum_grad_vjp(fx_vjp *v) {
    v->dx[0] = maximum_grad(v->g[0], v->x[1], v->x[2]);
    fx_vjp_zero(v, 1);
    fx_vjp_zero(v, 2);
}

const fx_op fx__extremes[] = {
    [EXTREMES_ABS] =
        FX__ELEMENTWISE(FX_ROW_ABS, "abs", "x", 1, abs_vjp, "y = |x|;  dx = G sign x, 0 at 0"),
    [EXTREMES_ABS_GRAD] = FX__ELEMENTWISE(FX_ROW_ABS_GRAD, "abs_grad", "g, x", 2, abs_grad_vjp,
                                          "y = g sign x;  dg = G sign x, dx = 0"),
    [EXTREMES_MAXIMUM] =
        FX__ELEMENTWISE(FX_ROW_MAXIMUM, "maximum", "a, b", 2, maximum_vjp,
                        "y = max(a, b);  da = G [a > b], db = G [b > a], G/2 each where a = b"),
    [EXTREMES_MAXIMUM_GRAD] = FX__ELEMENTWISE(
        FX_ROW_MAXIMUM_GRAD, "maximum_grad", "g, a, b", 3, maximum_grad_vjp,
        "y = g [a > b], g/2 where a = b;  dg = G [a > b], G/2 where a = b, da = 0, db = 0"),
    {0},
};

fx_tensor fx_abs(fx_tensor x) { return fx_apply(&fx__extremes[EXTREMES_ABS], NULL, 1, &x); }

fx_tensor fx_maximum(fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__extremes[EXTREMES_MAXIMUM], NULL, 2, operands);
}
