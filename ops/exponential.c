/* SPDX-License-Identifier: MIT */
/* Exponentials, logarithms, hyperbolic functions and their inverses. Rules are smooth and start
 * from the operand: e^x is not expm1 + 1, which has lost the digits of a small e^x. */
#include <math.h>

#include "families.h"

enum {
    EXPONENTIAL_EXP2,
    EXPONENTIAL_EXPM1,
    EXPONENTIAL_LOG2,
    EXPONENTIAL_LOG10,
    EXPONENTIAL_LOG1P,
    EXPONENTIAL_SINH,
    EXPONENTIAL_COSH,
    EXPONENTIAL_ASINH,
    EXPONENTIAL_ACOSH,
    EXPONENTIAL_ATANH,
};

/* ---- values ---- */

static void exponential_exp2(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = exp2(x[0]);
}

static void exponential_expm1(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = expm1(x[0]);
}

static void exponential_log2(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = log2(x[0]);
}

static void exponential_log10(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = log10(x[0]);
}

static void exponential_log1p(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = log1p(x[0]);
}

static void exponential_sinh(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = sinh(x[0]);
}

static void exponential_cosh(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = cosh(x[0]);
}

static void exponential_asinh(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = asinh(x[0]);
}

static void exponential_acosh(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = acosh(x[0]);
}

static void exponential_atanh(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = atanh(x[0]);
}

/* ---- rules ---- */

static const double exponential_ln2 = 0x1.62e42fefa39efp-1;      /* ln 2 */
static const double exponential_per_ln2 = 0x1.71547652b82fep+0;  /* 1 / ln 2 */
static const double exponential_per_ln10 = 0x1.bcb7b1526e50ep-2; /* 1 / ln 10 */

static void exp2_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(fx_mul(v->g[0], v->y[0]), fx_num(exponential_ln2));
}

static void expm1_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_exp(v->x[0])); }

static void log2_vjp(fx_vjp *v) {
    v->dx[0] = fx_div(fx_mul(v->g[0], fx_num(exponential_per_ln2)), v->x[0]);
}

static void log10_vjp(fx_vjp *v) {
    v->dx[0] = fx_div(fx_mul(v->g[0], fx_num(exponential_per_ln10)), v->x[0]);
}

static void log1p_vjp(fx_vjp *v) { v->dx[0] = fx_div(v->g[0], fx_add(fx_num(1), v->x[0])); }

static void sinh_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_cosh(v->x[0])); }

static void cosh_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_sinh(v->x[0])); }

static void asinh_vjp(fx_vjp *v) { v->dx[0] = fx__conic_term(v->g[0], v->x[0], 1, 1, 1); }

static void acosh_vjp(fx_vjp *v) { v->dx[0] = fx__conic_term(v->g[0], v->x[0], -1, 1, 1); }

static void atanh_vjp(fx_vjp *v) { v->dx[0] = fx__conic_term(v->g[0], v->x[0], 1, -1, 2); }

#define EXPONENTIAL_ROW(name_, text)                                                               \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = #name_, .operands = "x", .min = 1, .max = 1,             \
        .map = exponential_##name_, .vjp = name_##_vjp, .formula = (text)                          \
    }

const fx_op fx__exponentials[] = {
    [EXPONENTIAL_EXP2] = EXPONENTIAL_ROW(exp2, "y = 2^x;  dx = G y ln 2"),
    [EXPONENTIAL_EXPM1] = EXPONENTIAL_ROW(expm1, "y = e^x - 1;  dx = G e^x"),
    [EXPONENTIAL_LOG2] = EXPONENTIAL_ROW(log2, "y = log2 x;  dx = G / (x ln 2)"),
    [EXPONENTIAL_LOG10] = EXPONENTIAL_ROW(log10, "y = log10 x;  dx = G / (x ln 10)"),
    [EXPONENTIAL_LOG1P] = EXPONENTIAL_ROW(log1p, "y = ln(1 + x);  dx = G / (1 + x)"),
    [EXPONENTIAL_SINH] = EXPONENTIAL_ROW(sinh, "y = sinh x;  dx = G cosh x"),
    [EXPONENTIAL_COSH] = EXPONENTIAL_ROW(cosh, "y = cosh x;  dx = G sinh x"),
    [EXPONENTIAL_ASINH] = EXPONENTIAL_ROW(asinh, "y = asinh x;  dx = G / sqrt(1 + x^2)"),
    [EXPONENTIAL_ACOSH] = EXPONENTIAL_ROW(acosh, "y = acosh x;  dx = G / sqrt(x^2 - 1)"),
    [EXPONENTIAL_ATANH] = EXPONENTIAL_ROW(atanh, "y = atanh x;  dx = G / (1 - x^2)"),
    {0},
};

static fx_tensor exponential(int row, fx_tensor x) {
    return fx_apply(&fx__exponentials[row], NULL, 1, &x);
}

fx_tensor fx_exp2(fx_tensor x) { return exponential(EXPONENTIAL_EXP2, x); }

fx_tensor fx_expm1(fx_tensor x) { return exponential(EXPONENTIAL_EXPM1, x); }

fx_tensor fx_log2(fx_tensor x) { return exponential(EXPONENTIAL_LOG2, x); }

fx_tensor fx_log10(fx_tensor x) { return exponential(EXPONENTIAL_LOG10, x); }

fx_tensor fx_log1p(fx_tensor x) { return exponential(EXPONENTIAL_LOG1P, x); }

fx_tensor fx_sinh(fx_tensor x) { return exponential(EXPONENTIAL_SINH, x); }

fx_tensor fx_cosh(fx_tensor x) { return exponential(EXPONENTIAL_COSH, x); }

fx_tensor fx_asinh(fx_tensor x) { return exponential(EXPONENTIAL_ASINH, x); }

fx_tensor fx_acosh(fx_tensor x) { return exponential(EXPONENTIAL_ACOSH, x); }

fx_tensor fx_atanh(fx_tensor x) { return exponential(EXPONENTIAL_ATANH, x); }
