/* SPDX-License-Identifier: MIT */
/* Losses that are negative logarithms of a probability: binary cross-entropy of probabilities and
 * of logits, Kullback-Leibler, Gauss, Poisson. Values outside their domain are errors that say
 * where. The derivatives of bce, of any order, are terms of one form, an op of its own. */
#include <math.h>

#include "loss.h"

enum {
    PROBABILITY_BCE,
    PROBABILITY_BCE_TERM,
    PROBABILITY_BCE_LOGITS,
    PROBABILITY_KL,
    PROBABILITY_GAUSSIAN,
    PROBABILITY_POISSON,
    PROBABILITY_TARGET,
};

static fx_tensor probability(int row, int n, fx_tensor x, fx_tensor target, fx_tensor more) {
    const fx_tensor operands[] = {x, target, more};
    return fx_apply(&fx__probability_losses[row], NULL, n, operands);
}

/* ------------------------------------------------------------------------------ domain */

typedef enum probability_domain {
    DOMAIN_UNIT,     /* [0, 1] */
    DOMAIN_ZERO_UP,  /* [0, infinity) */
    DOMAIN_POSITIVE, /* (0, infinity) */
} probability_domain;

/* NaN is in every domain: it goes through, as it does everywhere. */
static bool domain_holds(probability_domain domain, double x) {
    if (domain == DOMAIN_POSITIVE) return !(x <= 0);
    return !(x < 0) && !(domain == DOMAIN_UNIT && x > 1);
}

static fx_status domain_check(fx_call *call, int operand, const char *name,
                              probability_domain domain) {
    static const char *const cures[] = {"a probability is in [0, 1]", "it must be 0 or more",
                                        "it must be positive"};
    const fx_view *x = &call->x[operand];
    for (int64_t i = 0; i < x->numel; i++)
        if (!domain_holds(domain, fx__loss_at(x, i)))
            return fx_call_fail(call, FX_ERR_DATA, "%s at position %lld is %g; %s", name,
                                (long long)i, fx__loss_at(x, i), cures[domain]);
    return FX_OK;
}

/* --------------------------------------------------------------------------------- bce */

typedef struct bce_attrs {
    int64_t order;
} bce_attrs;

static const fx_attr bce_schema[] = {{"order", FX_ATTR_I64, offsetof(bce_attrs, order)}, {0}};

/* What has no weight does not count, even if it is infinite. */
static double bce_weighted(double weight, double value) { return weight == 0 ? 0 : weight * value; }

static double bce_value(const void *attrs, const double *x) {
    (void)attrs;
    return bce_weighted(x[1], -log(x[0])) + bce_weighted(1 - x[1], -log1p(-x[0]));
}

/* c times the k-th derivative by p: (k-1)! ((1-t) / (1-p)^k + (-1)^k t / p^k). */
static void bce_term_value(const void *attrs, const double *x, double *y) {
    const double p = x[1], t = x[2];
    const int64_t order = ((const bce_attrs *)attrs)->order;
    double right = 1 / (1 - p), left = -1 / p;
    y[0] = x[0] * bce_value(NULL, x + 1);
    if (order == 0) return;
    for (int64_t k = 1; k < order; k++) {
        right *= (double)k / (1 - p);
        left *= -(double)k / p;
    }
    y[0] = x[0] * (bce_weighted(1 - t, right) + bce_weighted(t, left));
}

static fx_tensor bce_term(fx_tensor c, fx_tensor p, fx_tensor t, int64_t order) {
    const bce_attrs attrs = {order};
    const fx_tensor operands[] = {c, p, t};
    return fx_apply(&fx__probability_losses[PROBABILITY_BCE_TERM], &attrs, 3, operands);
}

/* It is linear in t. */
static fx_tensor bce_by_target(fx_tensor c, fx_tensor p, int64_t order) {
    return fx_sub(bce_term(c, p, fx_num(1), order), bce_term(c, p, fx_num(0), order));
}

static void bce_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = bce_term(v->g[0], v->x[0], v->x[1], 1);
    if (v->wants[1]) v->dx[1] = bce_by_target(v->g[0], v->x[0], 0);
}

static void bce_term_vjp(fx_vjp *v) {
    const int64_t order = ((const bce_attrs *)v->attrs)->order;
    const fx_tensor p = v->x[1], t = v->x[2];
    const fx_tensor gc = fx_mul(v->g[0], v->x[0]);
    if (v->wants[0]) v->dx[0] = bce_term(v->g[0], p, t, order);
    if (v->wants[1]) v->dx[1] = bce_term(gc, p, t, order + 1);
    if (v->wants[2]) v->dx[2] = bce_by_target(gc, p, order);
}

static fx_status bce_forward(fx_call *call) {
    fx_status status = domain_check(call, 0, "p", DOMAIN_UNIT);
    if (status == FX_OK) status = domain_check(call, 1, "target", DOMAIN_UNIT);
    return status == FX_OK ? fx__loss_forward(call, bce_value) : status;
}

/* ---------------------------------------------------------------------- bce with logits */

/* t softplus(-x) + (1 - t) softplus(x): nothing cancels. */
static double bce_logits_value(const void *attrs, const double *x) {
    const double small = log1p(exp(-fabs(x[0]))), t = x[1];
    (void)attrs;
    return bce_weighted(t, fmax(-x[0], 0) + small) + bce_weighted(1 - t, fmax(x[0], 0) + small);
}

static fx_status bce_logits_forward(fx_call *call) {
    const fx_status status = domain_check(call, 1, "target", DOMAIN_UNIT);
    return status == FX_OK ? fx__loss_forward(call, bce_logits_value) : status;
}

static void bce_logits_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], x = v->x[0], t = v->x[1];
    if (v->wants[0])
        v->dx[0] = fx_mul(g, fx_sub(fx_mul(fx_sub(fx_num(1), t), fx_sigmoid(x)),
                                    fx_mul(t, fx_sigmoid(fx_neg(x)))));
    if (v->wants[1]) v->dx[1] = fx_neg(fx_mul(g, x));
}

/* ------------------------------------------------------------------------------ kl_div */

static double kl_value(const void *attrs, const double *x) {
    (void)attrs;
    return bce_weighted(x[1], log(x[1]) - x[0]);
}

static fx_status kl_forward(fx_call *call) {
    const fx_status status = domain_check(call, 1, "target", DOMAIN_UNIT);
    return status == FX_OK ? fx__loss_forward(call, kl_value) : status;
}

static void kl_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], x = v->x[0], t = v->x[1];
    if (v->wants[0]) v->dx[0] = fx_neg(fx_mul(g, t));
    if (v->wants[1]) v->dx[1] = fx_mul(g, fx_sub(fx_add(fx_log(t), fx_num(1)), x));
}

/* ---------------------------------------------------------------------- Gauss, Poisson */

static double gaussian_value(const void *attrs, const double *x) {
    const double d = x[0] - x[1];
    (void)attrs;
    return 0.5 * (log(x[2]) + d * d / x[2]);
}

static fx_status gaussian_forward(fx_call *call) {
    const fx_status status = domain_check(call, 2, "variance", DOMAIN_POSITIVE);
    return status == FX_OK ? fx__loss_forward(call, gaussian_value) : status;
}

/* dy = G (y - t) / v, dv = G (1 - (y - t)^2 / v) / (2 v) */
static void gaussian_vjp(fx_vjp *v) {
    const fx_tensor d = fx_sub(v->x[0], v->x[1]), variance = v->x[2];
    const fx_tensor share = fx_div(v->g[0], variance);
    v->dx[0] = fx_mul(share, d);
    if (v->wants[1]) v->dx[1] = fx_neg(v->dx[0]);
    if (!v->wants[2]) return;
    const fx_tensor excess = fx_sub(fx_num(1), fx_div(fx_square(d), variance));
    v->dx[2] = fx_mul(fx_mul(share, fx_num(0.5)), excess);
}

static double poisson_value(const void *attrs, const double *x) {
    (void)attrs;
    return exp(x[0]) - x[1] * x[0];
}

static fx_status poisson_forward(fx_call *call) {
    const fx_status status = domain_check(call, 1, "target", DOMAIN_ZERO_UP);
    return status == FX_OK ? fx__loss_forward(call, poisson_value) : status;
}

static void poisson_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = fx_mul(v->g[0], fx_sub(fx_exp(v->x[0]), v->x[1]));
    if (v->wants[1]) v->dx[1] = fx_neg(fx_mul(v->g[0], v->x[0]));
}

/* ------------------------------------------------------------------------------ targets */

static double target_value(const void *attrs, const double *x) {
    (void)attrs;
    return bce_weighted(x[1], -x[0]);
}

static fx_status target_forward(fx_call *call) {
    const fx_status status = domain_check(call, 1, "targets", DOMAIN_UNIT);
    return status == FX_OK ? fx__loss_forward(call, target_value) : status;
}

static void target_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = fx_neg(fx_mul(v->g[0], v->x[1]));
    if (v->wants[1]) v->dx[1] = fx_neg(fx_mul(v->g[0], v->x[0]));
}

fx_tensor fx__target_term(fx_tensor log_probs, fx_tensor targets) {
    return probability(PROBABILITY_TARGET, 2, log_probs, targets, FX_NONE);
}

/* ------------------------------------------------------------------------------- table */

#define PROBABILITY(op_name, names, n, run, rule, text)                                            \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .flags = FX_OP_LOSS, .infer = fx__loss_infer, .forward = (run), .vjp = (rule),             \
        .formula = (text)                                                                          \
    }

const fx_op fx__probability_losses[] = {
    [PROBABILITY_BCE] = PROBABILITY(
        "bce", "p, target", 2, bce_forward, bce_vjp,
        "L = -t ln p - (1 - t) ln(1 - p);  dp = G ((1 - t) / (1 - p) - t / p), dt = G ln((1 - p) / "
        "p)"),
    [PROBABILITY_BCE_TERM] =
        {
            .version = FX_OP_VERSION,
            .name = "bce_term",
            .operands = "c, p, target",
            .min = 3,
            .max = 3,
            .attrs = bce_schema,
            .attrs_size = sizeof(bce_attrs),
            .map = bce_term_value,
            .vjp = bce_term_vjp,
            .formula =
                "y = c D_k(p, t), D_k the k-th derivative of bce by p;  dc = G D_k, dp = G c "
                "D_(k+1), dt = G c (D_k(p, 1) - D_k(p, 0))",
        },
    [PROBABILITY_BCE_LOGITS] =
        PROBABILITY("bce_with_logits", "x, target", 2, bce_logits_forward, bce_logits_vjp,
                    "L = t ln(1 + e^-x) + (1 - t) ln(1 + e^x);  dx = G (sigmoid x - t), dt = -G x"),
    [PROBABILITY_KL] =
        PROBABILITY("kl_div", "log_q, target", 2, kl_forward, kl_vjp,
                    "L = t (ln t - log_q);  dlog_q = -G t, dt = G (ln t + 1 - log_q)"),
    [PROBABILITY_GAUSSIAN] =
        PROBABILITY("gaussian_nll", "y, target, variance", 3, gaussian_forward, gaussian_vjp,
                    "L = (ln v + (y - t)^2 / v) / 2;  dy = G (y - t) / v, dt = -dy, dv = G (1 - (y "
                    "- t)^2 / v) / (2 v)"),
    [PROBABILITY_POISSON] =
        PROBABILITY("poisson_nll", "log_rate, target", 2, poisson_forward, poisson_vjp,
                    "L = e^x - t x, x = log_rate;  dx = G (e^x - t), dt = -G x"),
    [PROBABILITY_TARGET] =
        PROBABILITY("cross_entropy_term", "log_probs, targets", 2, target_forward, target_vjp,
                    "y = -targets log_probs;  dlog_probs = -G targets, dtargets = -G log_probs"),
    {0},
};

fx_tensor fx_bce_as(fx_tensor p, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce("bce", probability(PROBABILITY_BCE, 2, p, target, FX_NONE), reduction);
}

fx_tensor fx_bce(fx_tensor p, fx_tensor target) { return fx_bce_as(p, target, FX_REDUCE_MEAN); }

fx_tensor fx_bce_with_logits_as(fx_tensor x, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce("bce_with_logits",
                           probability(PROBABILITY_BCE_LOGITS, 2, x, target, FX_NONE), reduction);
}

fx_tensor fx_bce_with_logits(fx_tensor x, fx_tensor target) {
    return fx_bce_with_logits_as(x, target, FX_REDUCE_MEAN);
}

fx_tensor fx_kl_div_as(fx_tensor log_q, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce("kl_div", probability(PROBABILITY_KL, 2, log_q, target, FX_NONE),
                           reduction);
}

fx_tensor fx_kl_div(fx_tensor log_q, fx_tensor target) {
    return fx_kl_div_as(log_q, target, FX_REDUCE_MEAN);
}

fx_tensor fx_gaussian_nll_as(fx_tensor y, fx_tensor target, fx_tensor variance,
                             fx_reduction reduction) {
    return fx__loss_reduce("gaussian_nll",
                           probability(PROBABILITY_GAUSSIAN, 3, y, target, variance), reduction);
}

fx_tensor fx_gaussian_nll(fx_tensor y, fx_tensor target, fx_tensor variance) {
    return fx_gaussian_nll_as(y, target, variance, FX_REDUCE_MEAN);
}

fx_tensor fx_poisson_nll_as(fx_tensor log_rate, fx_tensor target, fx_reduction reduction) {
    return fx__loss_reduce(
        "poisson_nll", probability(PROBABILITY_POISSON, 2, log_rate, target, FX_NONE), reduction);
}

fx_tensor fx_poisson_nll(fx_tensor log_rate, fx_tensor target) {
    return fx_poisson_nll_as(log_rate, target, FX_REDUCE_MEAN);
}
