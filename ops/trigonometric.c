/* SPDX-License-Identifier: MIT */
/* sin, cos, tan and their inverses. The slopes of all inverse functions, hyperbolic ones included,
 * are terms of one form, c (a + b x^2)^(-k/2), which is an op of its own and whose derivatives are
 * terms again: so the slopes of any order keep their digits near the edges 1 and -1, where x^2 is
 * computed as the sum of a rounded square and its error. */
#include <math.h>

#include "families.h"

enum {
    TRIGONOMETRIC_SIN,
    TRIGONOMETRIC_COS,
    TRIGONOMETRIC_TAN,
    TRIGONOMETRIC_ASIN,
    TRIGONOMETRIC_ACOS,
    TRIGONOMETRIC_ATAN,
    TRIGONOMETRIC_CONIC,
};

/* ---- values ---- */

static void trigonometric_sin(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = sin(x[0]);
}

static void trigonometric_cos(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = cos(x[0]);
}

static void trigonometric_tan(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = tan(x[0]);
}

static void trigonometric_asin(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = asin(x[0]);
}

static void trigonometric_acos(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = acos(x[0]);
}

static void trigonometric_atan(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = atan(x[0]);
}

/* ---- slopes of inverse functions ---- */

typedef struct conic_attrs {
    int64_t a, b, k;
} conic_attrs;

static const fx_attr conic_schema[] = {{"a", FX_ATTR_I64, offsetof(conic_attrs, a)},
                                       {"b", FX_ATTR_I64, offsetof(conic_attrs, b)},
                                       {"k", FX_ATTR_I64, offsetof(conic_attrs, k)},
                                       {0}};

/* Operands c, x. NaN where a + b x^2 < 0, and on the branch x < 0 of x^2 - 1, where nothing has
 * this slope. Beyond 1e150, where x^2 overflows, a does not count. */
static void conic_map(const void *attrs, const double *x, double *y) {
    const conic_attrs *conic = attrs;
    const double a = (double)conic->a, b = (double)conic->b, k = (double)conic->k;
    const double size = fabs(x[1]), square = x[1] * x[1];
    const double s = a + b * square + b * fma(x[1], x[1], -square);
    if ((b < 0 && size > 1) || (a < 0 && x[1] < 1))
        y[0] = NAN;
    else if (size > 1e150)
        y[0] = x[0] / pow(size, k - 1) / size;
    else
        y[0] = x[0] / (pow(s, (double)(conic->k / 2)) * (conic->k % 2 ? sqrt(s) : 1));
}

fx_tensor fx__conic_term(fx_tensor c, fx_tensor x, int64_t a, int64_t b, int64_t k) {
    const conic_attrs attrs = {a, b, k};
    const fx_tensor operands[] = {c, x};
    return fx_apply(&fx__trigonometric[TRIGONOMETRIC_CONIC], &attrs, 2, operands);
}

static void conic_vjp(fx_vjp *v) {
    const conic_attrs *at = v->attrs;
    const fx_tensor g = v->g[0], c = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = fx__conic_term(g, x, at->a, at->b, at->k);
    if (!v->wants[1]) return;
    const fx_tensor scaled = fx_mul(fx_mul(g, c), fx_num(-(double)at->k * (double)at->b));
    v->dx[1] = fx__conic_term(fx_mul(scaled, x), x, at->a, at->b, at->k + 2);
}

/* ---- rules ---- */

static void sin_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_cos(v->x[0])); }

static void cos_vjp(fx_vjp *v) { v->dx[0] = fx_neg(fx_mul(v->g[0], fx_sin(v->x[0]))); }

static void tan_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(v->g[0], fx_add(fx_num(1), fx_square(v->y[0])));
}

static void asin_vjp(fx_vjp *v) { v->dx[0] = fx__conic_term(v->g[0], v->x[0], 1, -1, 1); }

static void acos_vjp(fx_vjp *v) { v->dx[0] = fx_neg(fx__conic_term(v->g[0], v->x[0], 1, -1, 1)); }

static void atan_vjp(fx_vjp *v) { v->dx[0] = fx__conic_term(v->g[0], v->x[0], 1, 1, 2); }

#define TRIGONOMETRIC_ROW(name_, text)                                                             \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = #name_, .operands = "x", .min = 1, .max = 1,             \
        .map = trigonometric_##name_, .vjp = name_##_vjp, .formula = (text)                        \
    }

const fx_op fx__trigonometric[] = {
    [TRIGONOMETRIC_SIN] = TRIGONOMETRIC_ROW(sin, "y = sin x;  dx = G cos x"),
    [TRIGONOMETRIC_COS] = TRIGONOMETRIC_ROW(cos, "y = cos x;  dx = -G sin x"),
    [TRIGONOMETRIC_TAN] = TRIGONOMETRIC_ROW(tan, "y = tan x;  dx = G (1 + y^2)"),
    [TRIGONOMETRIC_ASIN] = TRIGONOMETRIC_ROW(asin, "y = asin x;  dx = G / sqrt(1 - x^2)"),
    [TRIGONOMETRIC_ACOS] = TRIGONOMETRIC_ROW(acos, "y = acos x;  dx = -G / sqrt(1 - x^2)"),
    [TRIGONOMETRIC_ATAN] = TRIGONOMETRIC_ROW(atan, "y = atan x;  dx = G / (1 + x^2)"),
    [TRIGONOMETRIC_CONIC] =
        {
            .version = FX_OP_VERSION,
            .name = "conic_term",
            .operands = "c, x",
            .min = 2,
            .max = 2,
            .attrs = conic_schema,
            .attrs_size = sizeof(conic_attrs),
            .map = conic_map,
            .vjp = conic_vjp,
            .formula = "y = c (a + b x^2)^(-k/2);  dc = G (a + b x^2)^(-k/2), "
                       "dx = -G c k b x (a + b x^2)^(-k/2 - 1)",
        },
    {0},
};

static fx_tensor trigonometric(int row, fx_tensor x) {
    return fx_apply(&fx__trigonometric[row], NULL, 1, &x);
}

fx_tensor fx_sin(fx_tensor x) { return trigonometric(TRIGONOMETRIC_SIN, x); }

fx_tensor fx_cos(fx_tensor x) { return trigonometric(TRIGONOMETRIC_COS, x); }

fx_tensor fx_tan(fx_tensor x) { return trigonometric(TRIGONOMETRIC_TAN, x); }

fx_tensor fx_asin(fx_tensor x) { return trigonometric(TRIGONOMETRIC_ASIN, x); }

fx_tensor fx_acos(fx_tensor x) { return trigonometric(TRIGONOMETRIC_ACOS, x); }

fx_tensor fx_atan(fx_tensor x) { return trigonometric(TRIGONOMETRIC_ATAN, x); }
