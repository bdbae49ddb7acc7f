/* SPDX-License-Identifier: MIT */
/* cbrt, whose derivative follows from its value without cancellation; rsqrt and reciprocal, which
 * are divisions. */
#include <math.h>

#include "families.h"

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

enum { ROOTS_CBRT, ROOTS_RSQRT, ROOTS_RECIPROCAL };

#define ROOT(op_name, f, rule, text)                                                               \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .map = (f), .vjp = (rule), .formula = (text)                                               \
    }

const fx_op fx__roots[] = {
    [ROOTS_CBRT] = ROOT("cbrt", cbrt_map, cbrt_vjp, "y = x^(1/3);  dx = G / (3 y^2)"),
    [ROOTS_RSQRT] = ROOT("rsqrt", NULL, NULL, "y = 1 / sqrt x;  dx = -G y / (2 x)"),
    [ROOTS_RECIPROCAL] = ROOT("reciprocal", NULL, NULL, "y = 1 / x;  dx = -(G / x) y"),
    {0},
};

fx_tensor fx_cbrt(fx_tensor x) { return fx_apply(&fx__roots[ROOTS_CBRT], NULL, 1, &x); }

fx_tensor fx_rsqrt(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__roots[ROOTS_RSQRT], 1, &x);
    return fx_composed(c, fx_div(fx_num(1), fx_sqrt(x)));
}

fx_tensor fx_reciprocal(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__roots[ROOTS_RECIPROCAL], 1, &x);
    return fx_composed(c, fx_div(fx_num(1), x));
}
