/* SPDX-License-Identifier: MIT */
/* Stochastic gradient descent: the rules, elementwise over a contiguous run, in the parameters' own
 * precision with one rounding per product and per sum. Momentum is Polyak's (1964) in the form of
 * Sutskever et al. (ICML 2013) without a factor on the gradient, as torch.optim.SGD has it. */
#include <math.h>

#include "fluxion/op.h"
#include "fluxion/optim.h"

typedef struct sgd_rule {
    double momentum, decay;
    bool nesterov;
} sgd_rule;

static const fx_attr sgd_attrs[] = {{"momentum", FX_ATTR_F64, offsetof(sgd_rule, momentum)},
                                    {"decay", FX_ATTR_F64, offsetof(sgd_rule, decay)},
                                    {"nesterov", FX_ATTR_BOOL, offsetof(sgd_rule, nesterov)},
                                    {NULL, FX_ATTR_I64, 0}};

/* A step of n weights w, in place, with gradients g: written once for both dtypes. */
#define SGD_RULES(real, plain, heavy)                                                              \
    static void plain(int64_t n, real *restrict w, const real *restrict g, real lr, real decay) {  \
        for (int64_t i = 0; i < n; i++) w[i] -= lr * (g[i] + decay * w[i]);                        \
    }                                                                                              \
                                                                                                   \
    static void heavy(int64_t n, real *restrict w, const real *restrict g, real *restrict v,       \
                      real lr, real momentum, real decay, bool nesterov) {                         \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const real d = g[i] + decay * w[i];                                                    \
            v[i] = momentum * v[i] + d;                                                            \
            w[i] -= lr * (nesterov ? d + momentum * v[i] : v[i]);                                  \
        }                                                                                          \
    }

SGD_RULES(float, sgd_plain_f32, sgd_heavy_f32)
SGD_RULES(double, sgd_plain_f64, sgd_heavy_f64)

/* A row would read the learning rate as an array; here it is one number. */
static fx_status sgd_forward(fx_call *call) {
    const sgd_rule *rule = call->attrs;
    const fx_view *x = call->x;
    if (x[0].dtype == FX_F32)
        sgd_plain_f32(x[0].numel, x[0].data, x[1].data, *(const float *)x[2].data,
                      (float)rule->decay);
    else
        sgd_plain_f64(x[0].numel, x[0].data, x[1].data, *(const double *)x[2].data, rule->decay);
    return FX_OK;
}

static fx_status sgd_momentum_forward(fx_call *call) {
    const sgd_rule *rule = call->attrs;
    const fx_view *x = call->x;
    if (x[0].dtype == FX_F32)
        sgd_heavy_f32(x[0].numel, x[0].data, x[1].data, x[2].data, *(const float *)x[3].data,
                      (float)rule->momentum, (float)rule->decay, rule->nesterov);
    else
        sgd_heavy_f64(x[0].numel, x[0].data, x[1].data, x[2].data, *(const double *)x[3].data,
                      rule->momentum, rule->decay, rule->nesterov);
    return FX_OK;
}

static const fx_op sgd_op = {.version = FX_OP_VERSION,
                             .name = "sgd",
                             .operands = "weight, gradient, lr",
                             .min = 3,
                             .max = 3,
                             .flags = FX_OP_UPDATE,
                             .attrs = sgd_attrs,
                             .attrs_size = sizeof(sgd_rule),
                             .forward = sgd_forward,
                             .formula = "d = g + decay w;  w = w - lr d"};

static const fx_op sgd_momentum_op = {
    .version = FX_OP_VERSION,
    .name = "sgd_momentum",
    .operands = "weight, gradient, velocity, lr",
    .min = 4,
    .max = 4,
    .results = 2,
    .flags = FX_OP_UPDATE,
    .attrs = sgd_attrs,
    .attrs_size = sizeof(sgd_rule),
    .forward = sgd_momentum_forward,
    .formula = "d = g + decay w;  v = momentum v + d;  w = w - lr (nesterov ? d + momentum v : v)"};

static fx_status sgd_check(fx_context *cx, const fx_sgd_options *o) {
    if (o->size != sizeof *o)
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_sgd: the options were not made by fx_sgd_defaults");
    if (!(o->momentum >= 0 && o->momentum < 1))
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_sgd: momentum is %g; it must be at least 0 and below 1", o->momentum);
    if (o->nesterov && o->momentum == 0)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_sgd: nesterov looks ahead by the momentum, which is 0; set it, to 0.9 "
                       "for example");
    if (!(o->decay >= 0 && isfinite(o->decay)))
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_sgd: decay is %g; it must be 0 or positive, and finite", o->decay);
    return FX_OK;
}

fx_optimizer *fx_sgd(fx_params *params, double lr, const fx_sgd_options *options) {
    fx_context *cx = fx_params_context(params);
    const fx_sgd_options o = options ? *options : fx_sgd_defaults();
    if (fx_error(cx) != FX_OK || sgd_check(cx, &o) != FX_OK) return NULL;
    const sgd_rule rule = {o.momentum, o.decay, o.nesterov};
    const bool plain = o.momentum == 0;
    return fx_optimizer_new(params, plain ? &sgd_op : &sgd_momentum_op, &rule, plain ? 0 : 1, lr, 0,
                            NULL);
}
