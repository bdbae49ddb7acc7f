/* SPDX-License-Identifier: MIT */
/* all, any and a count, over axes. What they give is bool or i64 and has no derivative. */
#include "families.h"

enum { QUANTIFIER_ALL, QUANTIFIER_ANY, QUANTIFIER_COUNT };

static fx_status quantifier_infer(fx_call *call) { return fx__over_infer(call, FX_BOOL, 0); }

static fx_status quantifier_count_infer(fx_call *call) { return fx__over_infer(call, FX_I64, 0); }

static void quantifier_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                            double *spare) {
    int64_t count = 0;
    (void)spare;
    for (int64_t i = 0; i < n; i++) count += x[0][i] != 0;
    if (call->op == &fx__quantifiers[QUANTIFIER_ALL])
        *y = count == n;
    else
        *y = (double)count; /* as bool: whether there is any */
}

static fx_status quantifier_forward(fx_call *call) {
    return fx__over_forward(call, quantifier_line);
}

#define QUANTIFIER(op_name, takes, shapes, text)                                                   \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .dtypes = (takes), .flags = FX_OP_STRIDED, .attrs = fx__over_schema,                       \
        .attrs_size = sizeof(fx__over), .infer = (shapes), .forward = quantifier_forward,          \
        .formula = (text)                                                                          \
    }

const fx_op fx__quantifiers[] = {
    [QUANTIFIER_ALL] = QUANTIFIER("all", FX_DTYPE_BIT(FX_BOOL), quantifier_infer,
                                  "y = whether all are true over axes"),
    [QUANTIFIER_ANY] = QUANTIFIER("any", FX_DTYPE_BIT(FX_BOOL), quantifier_infer,
                                  "y = whether one is true over axes"),
    [QUANTIFIER_COUNT] = QUANTIFIER("count_nonzero", FX_ANY_DTYPE, quantifier_count_infer,
                                    "y = how many are not 0 over axes"),
    {0},
};

static fx_tensor quantifier(int row, fx_tensor x, fx_axes axes, bool keep) {
    const fx__over over = {axes, keep};
    return fx_apply(&fx__quantifiers[row], &over, 1, &x);
}

fx_tensor fx_all_axes(fx_tensor x, fx_axes axes, bool keep) {
    return quantifier(QUANTIFIER_ALL, x, axes, keep);
}

fx_tensor fx_any_axes(fx_tensor x, fx_axes axes, bool keep) {
    return quantifier(QUANTIFIER_ANY, x, axes, keep);
}

fx_tensor fx_count_nonzero_axes(fx_tensor x, fx_axes axes, bool keep) {
    return quantifier(QUANTIFIER_COUNT, x, axes, keep);
}

fx_tensor fx_all(fx_tensor x) { return fx_all_axes(x, fx__all_axes(x), false); }

fx_tensor fx_any(fx_tensor x) { return fx_any_axes(x, fx__all_axes(x), false); }

fx_tensor fx_count_nonzero(fx_tensor x) { return fx_count_nonzero_axes(x, fx__all_axes(x), false); }
