/* SPDX-License-Identifier: MIT */
/* The ops that are measured, and what each must keep. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "measure.h"

static fx_tensor ops_clamp(fx_tensor x) { return fx_clamp(x, -1.5, 2); }

static fx_tensor ops_elu(fx_tensor x) { return fx_elu(x, 1); }

static fx_tensor ops_celu(fx_tensor x) { return fx_celu(x, 0.7); }

static fx_tensor ops_leaky_relu(fx_tensor x) { return fx_leaky_relu(x, 0.01); }

static fx_tensor ops_softshrink(fx_tensor x) { return fx_softshrink(x, 0.5); }

static fx_tensor ops_hardshrink(fx_tensor x) { return fx_hardshrink(x, 0.5); }

static fx_tensor ops_polygamma_1(fx_tensor x) { return fx_polygamma(1, x); }

static fx_tensor ops_polygamma_2(fx_tensor x) { return fx_polygamma(2, x); }

static fx_tensor ops_normal_cdf(fx_tensor x) {
    return fx_apply(fx_ops_find("normal_cdf"), NULL, 1, &x);
}

static fx_tensor ops_normal_pdf(fx_tensor x) {
    return fx_apply(fx_ops_find("normal_pdf"), NULL, 1, &x);
}

#define OPS_LOSS(f)                                                                                \
    static fx_tensor ops_##f(fx_tensor y, fx_tensor t) { return fx_##f##_as(y, t, FX_REDUCE_NONE); }

OPS_LOSS(bce)
OPS_LOSS(bce_with_logits)
OPS_LOSS(kl_div)
OPS_LOSS(poisson_nll)
OPS_LOSS(l1_loss)
OPS_LOSS(hinge_loss)

static fx_tensor ops_gaussian_nll(fx_tensor y, fx_tensor t, fx_tensor v) {
    return fx_gaussian_nll_as(y, t, v, FX_REDUCE_NONE);
}

static fx_tensor ops_huber_loss(fx_tensor y, fx_tensor t) {
    return fx_huber_loss_as(y, t, 1.5, FX_REDUCE_NONE);
}

static fx_tensor ops_smooth_l1_loss(fx_tensor y, fx_tensor t) {
    return fx_smooth_l1_loss_as(y, t, 0.5, FX_REDUCE_NONE);
}

static fx_tensor ops_quantile_loss(fx_tensor y, fx_tensor t) {
    return fx_quantile_loss_as(y, t, 0.3, FX_REDUCE_NONE);
}

static double ops_factor(const double *x) { return fabs(x[0]); }

static double ops_pow_factor(const double *x) { return fmax(fabs(x[1]), fabs(log(x[0]))); }

#define OP(f)                                                                                      \
    { .name = #f, .one = fx_##f }
#define OP_LIBM(f)                                                                                 \
    { .name = #f, .one = fx_##f, .libm = true }
#define OP_GATE(f)                                                                                 \
    { .name = #f, .one = fx_##f, .gate = ops_factor }
#define OP_WITH(n, f)                                                                              \
    { .name = (n), .one = (f) }
#define OP_2(f)                                                                                    \
    { .name = #f, .two = fx_##f }
#define OP_2_LIBM(f)                                                                               \
    { .name = #f, .two = fx_##f, .libm = true }
#define OP_3(f)                                                                                    \
    { .name = #f, .three = fx_##f }
#define OP_LOSS(n, f)                                                                              \
    { .name = (n), .two = (f) }

static const precision_op ops[] = {
    OP(neg),
    OP_LIBM(abs),
    OP(square),
    OP_LIBM(sqrt),
    OP(rsqrt),
    OP_LIBM(cbrt),
    OP(reciprocal),
    OP_LIBM(exp),
    OP_LIBM(exp2),
    OP_LIBM(expm1),
    OP_LIBM(log),
    OP_LIBM(log2),
    OP_LIBM(log10),
    OP_LIBM(log1p),
    OP_LIBM(sin),
    OP_LIBM(cos),
    OP_LIBM(tan),
    OP_LIBM(asin),
    OP_LIBM(acos),
    OP_LIBM(atan),
    OP_LIBM(sinh),
    OP_LIBM(cosh),
    OP_LIBM(asinh),
    OP_LIBM(acosh),
    OP_LIBM(atanh),
    OP_LIBM(erf),
    OP_LIBM(erfc),
    OP(erfinv),
    OP_LIBM(lgamma),
    OP(digamma),
    OP_WITH("polygamma(1)", ops_polygamma_1),
    OP_WITH("polygamma(2)", ops_polygamma_2),
    OP(sign),
    OP_LIBM(floor),
    OP_LIBM(ceil),
    OP_LIBM(round),
    OP_LIBM(trunc),
    OP(frac),
    OP_WITH("clamp(-1.5, 2)", ops_clamp),
    OP_LIBM(tanh),
    OP(sigmoid),
    OP(softplus),
    OP(logsigmoid),
    OP_GATE(silu),
    OP_GATE(mish),
    OP_GATE(gelu),
    OP_GATE(gelu_tanh),
    OP_WITH("normal_cdf", ops_normal_cdf),
    {.name = "normal_pdf", .one = ops_normal_pdf, .gate = ops_factor},
    OP_WITH("elu(1)", ops_elu),
    OP(selu),
    OP_WITH("celu(0.7)", ops_celu),
    OP(softsign),
    OP(relu),
    OP(relu6),
    OP_WITH("leaky_relu(0.01)", ops_leaky_relu),
    OP(hardtanh),
    OP(hardsigmoid),
    OP(hardswish),
    OP_WITH("softshrink(0.5)", ops_softshrink),
    OP_WITH("hardshrink(0.5)", ops_hardshrink),
    OP_2(add),
    OP_2(sub),
    OP_2(mul),
    OP_2(div),
    {.name = "pow", .two = fx_pow, .libm = true, .gate = ops_pow_factor},
    OP_2(maximum),
    OP_2(minimum),
    OP_2_LIBM(fmod),
    OP_2(remainder),
    OP_2_LIBM(atan2),
    OP_2_LIBM(hypot),
    OP_2(logaddexp),
    OP_2_LIBM(copysign),
    OP_2(prelu),
    OP_3(lerp),
    {.name = "fma", .three = fx_fma, .libm = true},
    OP_LOSS("bce", ops_bce),
    OP_LOSS("bce_with_logits", ops_bce_with_logits),
    OP_LOSS("kl_div", ops_kl_div),
    {.name = "gaussian_nll", .three = ops_gaussian_nll},
    OP_LOSS("poisson_nll", ops_poisson_nll),
    OP_LOSS("l1_loss", ops_l1_loss),
    OP_LOSS("huber_loss(1.5)", ops_huber_loss),
    OP_LOSS("smooth_l1_loss(0.5)", ops_smooth_l1_loss),
    OP_LOSS("hinge_loss", ops_hinge_loss),
    OP_LOSS("quantile_loss(0.3)", ops_quantile_loss),
};

const precision_op *precision_op_at(int i) {
    return i >= 0 && i < (int)(sizeof ops / sizeof *ops) ? &ops[i] : NULL;
}

const precision_op *precision_op_find(const char *name) {
    const precision_op *op;
    for (int i = 0; (op = precision_op_at(i)); i++)
        if (strcmp(op->name, name) == 0) return op;
    return NULL;
}

fx_tensor precision_apply(const precision_op *op, const fx_tensor *xs) {
    return op->one   ? op->one(xs[0])
           : op->two ? op->two(xs[0], xs[1])
                     : op->three(xs[0], xs[1], xs[2]);
}

/* Whether f32 is computed in f32, not in double: by a row, or by several ops. */
static bool ops_in_f32(const precision_op *op) {
    char name[PRECISION_NAME] = {0};
    memcpy(name, op->name, strcspn(op->name, "("));
    const fx_op *own = fx_ops_find(name);
    return own && !own->map;
}

double precision_least(const precision_op *op, fx_dtype dtype, const double *x) {
    return op->gate ? op->gate(x) * (dtype == FX_F32 ? (double)FLT_MIN : DBL_MIN) : 0;
}

double precision_limit(const precision_op *op, precision_quantity quantity) {
    if (quantity == PRECISION_VALUE_F64) return op->libm ? 2 : 4;
    if (quantity == PRECISION_VALUE_F32) return ops_in_f32(op) ? 2 : 1;
    return op->gradient > 0 ? op->gradient : 4;
}
