/* SPDX-License-Identifier: MIT */
/* rsqrt and cbrt, whose derivatives follow from their values without cancellation, and reciprocal,
 * which is a division. */
#include <math.h>

#include "families.h"

static void rsqrt_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = 1 / sqrt(x[0]);
}

static void rsqrt_vjp(fx_vjp *v) {
    v->dx[0] = fx_div(fx_mul(fx_mul(v->g[0], fx_num(-0.5)), v->y[0]), v->x[0]);
}

/* A C library may be several units off: one step of Newton's method, its residual y^3 - x computed
 * to twice the digits. Small numbers are scaled so that the residual does not vanish. */
static void cbrt_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    const bool small = fabs(x[0]) < 0x1p-900;
    const double a = small ? x[0] * 0x1p900 : x[0], r = cbrt(a);
    *y = r;
    if (r == 0 || !isfinite(r)) return;
    const double square = r * r, lost = fma(r, r, -square);
    const double residual = fma(square, r, -a) + lost * r;
    *y = (r - residual / (3 * square)) * (small ? 0x1p-300 : 1);
}

static void cbrt_vjp(fx_vjp *v) {
    v->dx[0] = fx_div(v->g[0], fx_mul(fx_num(3), fx_square(v->y[0])));
}

enum { ROOTS_RSQRT, ROOTS_CBRT, ROOTS_RECIPROCAL };

#define ROOT(op_name, f, rule, text)                                                               \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .map = (f), .vjp = (rule), .formula = (text)                                               \
    }

const fx_op fx__roots[] = {
    [ROOTS_RSQRT] = ROOT("rsqrt", rsqrt_map, rsqrt_vjp, "y = 1 / sqrt x;  dx = -G y / (2 x)"),
    [ROOTS_CBRT] = ROOT("cbrt", cbrt_map, cbrt_vjp, "y = x^(1/3);  dx = G / (3 y^2)"),
    [ROOTS_RECIPROCAL] = ROOT("reciprocal", NULL, NULL, "y = 1 / x;  dx = -(G / x) y"),
    {0},
};

fx_tensor fx_rsqrt(fx_tensor x) { return fx_apply(&fx__roots[ROOTS_RSQRT], NULL, 1, &x); }

fx_tensor fx_cbrt(fx_tensor x) { return fx_apply(&fx__roots[ROOTS_CBRT], NULL, 1, &x); }

fx_tensor fx_reciprocal(fx_tensor x) { return fx_div(fx_num(1), x); }
