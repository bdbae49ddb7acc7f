/* SPDX-License-Identifier: MIT */
/* square, sqrt, exp, log and pow. The derivatives of pow, of any order, are terms of one form,
 * c x^(p-k) (ln x)^j, which is an op of its own: so 0^0 and the logarithm of 0 are settled in one
 * place, in its kernel; and p - k is not rounded, which the power would magnify by ln x. */
#include "families.h"

static fx_tensor pow_term(fx_tensor c, fx_tensor x, fx_tensor p, int64_t j, int64_t k);

static void square_vjp(fx_vjp *v) { v->dx[0] = fx_mul(fx_mul(v->g[0], fx_num(2)), v->x[0]); }

static void sqrt_vjp(fx_vjp *v) { v->dx[0] = fx_div(fx_mul(v->g[0], fx_num(0.5)), v->y[0]); }

static void exp_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], v->y[0]); }

static void log_vjp(fx_vjp *v) { v->dx[0] = fx_div(v->g[0], v->x[0]); }

static void pow_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], x = v->x[0], p = v->x[1];
    if (v->wants[0]) v->dx[0] = pow_term(fx_mul(g, p), x, p, 0, 1);
    if (v->wants[1]) v->dx[1] = pow_term(g, x, p, 1, 0);
}

typedef struct pow_attrs {
    int64_t j, k;
} pow_attrs;

static void pow_term_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], c = v->x[0], x = v->x[1], p = v->x[2];
    const int64_t j = ((const pow_attrs *)v->attrs)->j, k = ((const pow_attrs *)v->attrs)->k;
    const fx_tensor gc = fx_mul(g, c);
    if (v->wants[0]) v->dx[0] = pow_term(g, x, p, j, k);
    if (v->wants[1]) {
        const fx_tensor factor = k > 0 ? fx_sub(p, fx_num((double)k)) : p;
        v->dx[1] = pow_term(fx_mul(gc, factor), x, p, j, k + 1);
        if (j > 0)
            v->dx[1] =
                fx_add(v->dx[1], pow_term(fx_mul(gc, fx_num((double)j)), x, p, j - 1, k + 1));
    }
    if (v->wants[2]) v->dx[2] = pow_term(gc, x, p, j + 1, k);
}

static const fx_attr pow_term_attrs[] = {
    {"j", FX_ATTR_I64, offsetof(pow_attrs, j)}, {"k", FX_ATTR_I64, offsetof(pow_attrs, k)}, {0}};

enum { POWERS_SQUARE, POWERS_SQRT, POWERS_EXP, POWERS_LOG, POWERS_POW, POWERS_TERM };

const fx_op fx__powers[] = {
    [POWERS_SQUARE] =
        FX__ELEMENTWISE(FX_ROW_SQUARE, "square", "x", 1, square_vjp, "y = x x;  dx = 2 G x"),
    [POWERS_SQRT] =
        FX__ELEMENTWISE(FX_ROW_SQRT, "sqrt", "x", 1, sqrt_vjp, "y = sqrt x;  dx = G / (2 y)"),
    [POWERS_EXP] = FX__ELEMENTWISE(FX_ROW_EXP, "exp", "x", 1, exp_vjp, "y = e^x;  dx = G y"),
    [POWERS_LOG] = FX__ELEMENTWISE(FX_ROW_LOG, "log", "x", 1, log_vjp, "y = ln x;  dx = G / x"),
    [POWERS_POW] = FX__ELEMENTWISE(FX_ROW_POW, "pow", "x, p", 2, pow_vjp,
                                   "y = x^p;  dx = G p x^(p-1), dp = G x^p ln x"),
    [POWERS_TERM] =
        {
            .version = FX_OP_VERSION,
            .name = "pow_term",
            .operands = "c, x, p",
            .min = 3,
            .max = 3,
            .kernel = FX_ROW_POW_TERM,
            .attrs = pow_term_attrs,
            .attrs_size = sizeof(pow_attrs),
            .vjp = pow_term_vjp,
            .formula = "y = c x^q (ln x)^j, q = p - k;  dc = G x^q (ln x)^j, dx = G c x^(q-1) "
                       "(q (ln x)^j + j (ln x)^(j-1)), dp = G c x^q (ln x)^(j+1)",
        },
    {0},
};

static fx_tensor pow_term(fx_tensor c, fx_tensor x, fx_tensor p, int64_t j, int64_t k) {
    const pow_attrs attrs = {j, k};
    const fx_tensor operands[] = {c, x, p};
    return fx_apply(&fx__powers[POWERS_TERM], &attrs, 3, operands);
}

static fx_tensor powers(int row, fx_tensor x) { return fx_apply(&fx__powers[row], NULL, 1, &x); }

fx_tensor fx_square(fx_tensor x) { return powers(POWERS_SQUARE, x); }

fx_tensor fx_sqrt(fx_tensor x) { return powers(POWERS_SQRT, x); }

fx_tensor fx_exp(fx_tensor x) { return powers(POWERS_EXP, x); }

fx_tensor fx_log(fx_tensor x) { return powers(POWERS_LOG, x); }

fx_tensor fx_pow(fx_tensor x, fx_tensor p) {
    const fx_tensor operands[] = {x, p};
    return fx_apply(&fx__powers[POWERS_POW], NULL, 2, operands);
}
