/* SPDX-License-Identifier: MIT */
/* add, sub, mul, div, neg: a rule and a row each. */
#include "families.h"

static void add_vjp(fx_vjp *v) { v->dx[0] = v->dx[1] = v->g[0]; }

static void sub_vjp(fx_vjp *v) {
    v->dx[0] = v->g[0];
    if (v->wants[1]) v->dx[1] = fx_neg(v->g[0]);
}

static void mul_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = fx_mul(v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_mul(v->g[0], v->x[0]);
}

static void div_vjp(fx_vjp *v) {
    v->dx[0] = fx_div(v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_neg(fx_mul(v->dx[0], v->y[0]));
}

static void neg_vjp(fx_vjp *v) { v->dx[0] = fx_neg(v->g[0]); }

enum { ARITHMETIC_ADD, ARITHMETIC_SUB, ARITHMETIC_MUL, ARITHMETIC_DIV, ARITHMETIC_NEG };

const fx_op fx__arithmetic[] = {
    [ARITHMETIC_ADD] =
        FX__ELEMENTWISE(FX_ROW_ADD, "add", "a, b", 2, add_vjp, "y = a + b;  da = G, db = G"),
    [ARITHMETIC_SUB] =
        FX__ELEMENTWISE(FX_ROW_SUB, "sub", "a, b", 2, sub_vjp, "y = a - b;  da = G, db = -G"),
    [ARITHMETIC_MUL] =
        FX__ELEMENTWISE(FX_ROW_MUL, "mul", "a, b", 2, mul_vjp, "y = a b;  da = G b, db = G a"),
    [ARITHMETIC_DIV] = FX__ELEMENTWISE(FX_ROW_DIV, "div", "a, b", 2, div_vjp,
                                       "y = a / b;  da = G / b, db = -(G / b) y"),
    [ARITHMETIC_NEG] = FX__ELEMENTWISE(FX_ROW_NEG, "neg", "x", 1, neg_vjp, "y = -x;  dx = -G"),
    {0},
};

static fx_tensor arithmetic(int row, fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__arithmetic[row], NULL, 2, operands);
}

fx_tensor fx_add(fx_tensor a, fx_tensor b) { return arithmetic(ARITHMETIC_ADD, a, b); }

fx_tensor fx_sub(fx_tensor a, fx_tensor b) { return arithmetic(ARITHMETIC_SUB, a, b); }

fx_tensor fx_mul(fx_tensor a, fx_tensor b) { return arithmetic(ARITHMETIC_MUL, a, b); }

fx_tensor fx_div(fx_tensor a, fx_tensor b) { return arithmetic(ARITHMETIC_DIV, a, b); }

fx_tensor fx_neg(fx_tensor x) { return fx_apply(&fx__arithmetic[ARITHMETIC_NEG], NULL, 1, &x); }
