/* SPDX-License-Identifier: MIT */
/* Ops of two or three numbers: minimum, fmod, remainder, atan2, hypot, logaddexp, copysign, lerp,
 * fma. Three slopes are ops of their own, whose derivatives are products of themselves, so that no
 * order divides 0 by 0, overflows or cancels more than it must:
 *     P(g, a, b) = g b / (a^2 + b^2),   H(g, a, b) = g a / sqrt(a^2 + b^2),
 *     L(g, a, b) = g / (1 + e^(b-a)). */
#include <math.h>

#include "families.h"

enum {
    PAIRS_MINIMUM,
    PAIRS_FMOD,
    PAIRS_REMAINDER,
    PAIRS_ATAN2,
    PAIRS_ATAN2_GRAD,
    PAIRS_HYPOT,
    PAIRS_HYPOT_GRAD,
    PAIRS_LOGADDEXP,
    PAIRS_LOGADDEXP_GRAD,
    PAIRS_COPYSIGN,
    PAIRS_LERP,
    PAIRS_FMA
};

static fx_tensor pairs_two(int which, fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    return fx_apply(&fx__pairs[which], NULL, 2, operands);
}

static fx_tensor pairs_three(int which, fx_tensor a, fx_tensor b, fx_tensor c) {
    const fx_tensor operands[] = {a, b, c};
    return fx_apply(&fx__pairs[which], NULL, 3, operands);
}

/* ---- remainders ---- */

static void fmod_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = fmod(x[0], x[1]);
}

static void remainder_map(const void *attrs, const double *x, double *y) {
    const double b = x[1], r = fmod(x[0], b);
    (void)attrs;
    if (r == 0)
        *y = copysign(0, b);
    else
        *y = (r < 0) == (b < 0) ? r : r + b;
}

/* y = a - b q, q an integer: rounding finds it again, where trunc(a / b) may be one off, as a / b
 * is rounded. Constant but for its jumps, as fx_round is. */
static void remainder_vjp(fx_vjp *v) {
    v->dx[0] = v->g[0];
    if (!v->wants[1]) return;
    const fx_tensor q = fx_round(fx_div(fx_sub(v->x[0], v->y[0]), v->x[1]));
    v->dx[1] = fx_neg(fx_mul(v->g[0], q));
}

/* ---- angles and lengths ---- */

static void atan2_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = atan2(x[0], x[1]);
}

/* P, from numbers scaled to about 1: squares neither overflow nor vanish. */
static void atan2_grad_map(const void *attrs, const double *x, double *y) {
    const double g = x[0], size = fmax(fabs(x[1]), fabs(x[2]));
    int e;
    (void)attrs;
    if (!(size > 0) || isinf(size)) {
        *y = isnan(x[1]) || isnan(x[2]) ? x[1] + x[2] : 0;
        return;
    }
    frexp(size, &e);
    const double a = ldexp(x[1], -e), b = ldexp(x[2], -e);
    *y = ldexp(g * (b / fma(a, a, b * b)), -e);
}

static void atan2_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], a = v->x[0], b = v->x[1];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_ATAN2_GRAD, g, a, b);
    if (v->wants[1]) v->dx[1] = fx_neg(pairs_three(PAIRS_ATAN2_GRAD, g, b, a));
}

/* dP/da = -2 g a b / h^4, dP/db = g (a^2 - b^2) / h^4, h^2 = a^2 + b^2 */
static void atan2_grad_vjp(fx_vjp *v) {
    const fx_tensor a = v->x[1], b = v->x[2], cotangent = v->g[0];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_ATAN2_GRAD, cotangent, a, b);
    if (!v->wants[1] && !v->wants[2]) return;
    const fx_tensor c = fx_mul(cotangent, v->x[0]);
    const fx_tensor by_b = pairs_three(PAIRS_ATAN2_GRAD, c, a, b);
    const fx_tensor by_a = pairs_three(PAIRS_ATAN2_GRAD, c, b, a);
    if (v->wants[1]) v->dx[1] = fx_mul(fx_num(-2), pairs_three(PAIRS_ATAN2_GRAD, by_b, b, a));
    if (v->wants[2])
        v->dx[2] = fx_sub(pairs_three(PAIRS_ATAN2_GRAD, by_a, b, a),
                          pairs_three(PAIRS_ATAN2_GRAD, by_b, a, b));
}

static void hypot_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = hypot(x[0], x[1]);
}

/* H; of halves where the length itself is too large to be a number. */
static void hypot_grad_map(const void *attrs, const double *x, double *y) {
    double a = x[1], h = hypot(a, x[2]);
    (void)attrs;
    if (isinf(h) && isfinite(a) && isfinite(x[2])) h = hypot(a *= 0.5, 0.5 * x[2]);
    *y = h == 0 ? 0 : x[0] * (a / h);
}

static void hypot_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], a = v->x[0], b = v->x[1];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_HYPOT_GRAD, g, a, b);
    if (v->wants[1]) v->dx[1] = pairs_three(PAIRS_HYPOT_GRAD, g, b, a);
}

/* dH/da = g b^2 / h^3, dH/db = -g a b / h^3, h^2 = a^2 + b^2 */
static void hypot_grad_vjp(fx_vjp *v) {
    const fx_tensor a = v->x[1], b = v->x[2], cotangent = v->g[0];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_HYPOT_GRAD, cotangent, a, b);
    if (!v->wants[1] && !v->wants[2]) return;
    const fx_tensor c = fx_mul(cotangent, v->x[0]);
    const fx_tensor slope = pairs_three(PAIRS_HYPOT_GRAD, c, b, a);
    if (v->wants[1]) v->dx[1] = pairs_three(PAIRS_ATAN2_GRAD, slope, a, b);
    if (v->wants[2]) v->dx[2] = fx_neg(pairs_three(PAIRS_ATAN2_GRAD, slope, b, a));
}

/* ---- logaddexp ---- */

/* What a - b loses in rounding (Knuth's two-sum): where the difference is the argument of an
 * exponential, it would be as many units in the last place as the difference is large. */
static double logaddexp_lost(double a, double b, double d) {
    const double back = d - a;
    return isfinite(a) && isfinite(d) ? (a - (d - back)) - (b + back) : 0;
}

static void logaddexp_map(const void *attrs, const double *x, double *y) {
    const double a = fmax(x[0], x[1]), b = fmin(x[0], x[1]), d = b - a, e = exp(d);
    (void)attrs;
    if (isnan(x[0]) || isnan(x[1]))
        *y = x[0] + x[1];
    else if (a == b) /* of equal infinities there is no difference */
        *y = a + 0x1.62e42fefa39efp-1;
    else
        *y = a + log1p(e + e * logaddexp_lost(b, a, d));
}

/* L, with what the difference lost. */
static void logaddexp_grad_map(const void *attrs, const double *x, double *y) {
    const double a = x[1], b = x[2], d = a == b ? 0 : a - b;
    const double e = exp(-fabs(d)), larger = 1 / (1 + e), smaller = e / (1 + e);
    const double own = d >= 0 ? larger : smaller, other = d >= 0 ? smaller : larger;
    (void)attrs;
    *y = isnan(d) ? d : x[0] * (own + own * other * logaddexp_lost(a, b, d));
}

static void logaddexp_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], a = v->x[0], b = v->x[1];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_LOGADDEXP_GRAD, g, a, b);
    if (v->wants[1]) v->dx[1] = pairs_three(PAIRS_LOGADDEXP_GRAD, g, b, a);
}

/* L' = L (1 - L), and 1 - L(1, a, b) = L(1, b, a) */
static void logaddexp_grad_vjp(fx_vjp *v) {
    const fx_tensor a = v->x[1], b = v->x[2];
    if (v->wants[0]) v->dx[0] = pairs_three(PAIRS_LOGADDEXP_GRAD, v->g[0], a, b);
    if (!v->wants[1] && !v->wants[2]) return;
    const fx_tensor c = fx_mul(v->g[0], v->x[0]);
    const fx_tensor own = pairs_three(PAIRS_LOGADDEXP_GRAD, c, a, b);
    v->dx[1] = pairs_three(PAIRS_LOGADDEXP_GRAD, own, b, a);
    if (v->wants[2]) v->dx[2] = fx_neg(v->dx[1]);
}

/* ---- copysign, lerp, fma ---- */

static void copysign_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = copysign(x[0], x[1]);
}

static void copysign_vjp(fx_vjp *v) {
    if (v->wants[0])
        v->dx[0] = fx_mul(fx_mul(v->g[0], fx_sign(v->x[0])), fx_copysign(fx_num(1), v->x[1]));
    fx_vjp_zero(v, 1);
}

/* From the nearer end, so that both ends are met. */
static void lerp_map(const void *attrs, const double *x, double *y) {
    const double a = x[0], b = x[1], w = x[2];
    (void)attrs;
    *y = w < 0.5 ? fma(w, b - a, a) : fma(w - 1, b - a, b);
}

static void lerp_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], a = v->x[0], b = v->x[1], w = v->x[2];
    if (v->wants[0]) v->dx[0] = fx_mul(g, fx_sub(fx_num(1), w));
    if (v->wants[1]) v->dx[1] = fx_mul(g, w);
    if (v->wants[2]) v->dx[2] = fx_mul(g, fx_sub(b, a));
}

/* A row for each dtype: by way of double an f32 would be rounded twice. */
#define FMA_ROW(name, type, f)                                                                     \
    static void name(int64_t n, const void *attrs, const void *const *x, void *const *y) {         \
        const type *a = x[0], *b = x[1], *c = x[2];                                                \
        type *r = y[0];                                                                            \
        (void)attrs;                                                                               \
        for (int64_t i = 0; i < n; i++) r[i] = f(a[i], b[i], c[i]);                                \
    }

FMA_ROW(fma_row_f32, float, fmaf)
FMA_ROW(fma_row_f64, double, fma)

static void fma_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = fx_mul(v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_mul(v->g[0], v->x[0]);
    v->dx[2] = v->g[0];
}

/* ---- the family ---- */

#define PAIR(op_name, operand_names, n, f, rule, text)                                             \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = (n),      \
        .max = (n), .map = (f), .vjp = (rule), .formula = (text)                                   \
    }

const fx_op fx__pairs[] = {
    [PAIRS_MINIMUM] = PAIR("minimum", "a, b", 2, NULL, NULL,
                           "y = min(a, b);  da = G [a < b], db = G [b < a], G/2 each where a = b"),
    [PAIRS_FMOD] = PAIR("fmod", "a, b", 2, fmod_map, remainder_vjp,
                        "y = a - b trunc(a / b);  da = G, db = -G trunc(a / b)"),
    [PAIRS_REMAINDER] = PAIR("remainder", "a, b", 2, remainder_map, remainder_vjp,
                             "y = a - b floor(a / b);  da = G, db = -G floor(a / b)"),
    [PAIRS_ATAN2] = PAIR("atan2", "a, b", 2, atan2_map, atan2_vjp,
                         "y = the angle of (b, a);  da = G b / (a^2 + b^2), "
                         "db = -G a / (a^2 + b^2), 0 at (0, 0)"),
    [PAIRS_ATAN2_GRAD] =
        PAIR("atan2_grad", "g, a, b", 3, atan2_grad_map, atan2_grad_vjp,
             "y = g b / h^2, h^2 = a^2 + b^2;  dg = G b / h^2, da = -2 G g a b / h^4, "
             "db = G g (a^2 - b^2) / h^4"),
    [PAIRS_HYPOT] = PAIR("hypot", "a, b", 2, hypot_map, hypot_vjp,
                         "y = sqrt(a^2 + b^2);  da = G a / y, db = G b / y, 0 at (0, 0)"),
    [PAIRS_HYPOT_GRAD] = PAIR(
        "hypot_grad", "g, a, b", 3, hypot_grad_map, hypot_grad_vjp,
        "y = g a / h, h^2 = a^2 + b^2;  dg = G a / h, da = G g b^2 / h^3, db = -G g a b / h^3"),
    [PAIRS_LOGADDEXP] = PAIR("logaddexp", "a, b", 2, logaddexp_map, logaddexp_vjp,
                             "y = ln(e^a + e^b);  da = G s(a - b), db = G s(b - a), s the sigmoid"),
    [PAIRS_LOGADDEXP_GRAD] =
        PAIR("logaddexp_grad", "g, a, b", 3, logaddexp_grad_map, logaddexp_grad_vjp,
             "y = g s, s = 1 / (1 + e^(b-a));  dg = G s, "
             "da = G g s (1 - s), db = -G g s (1 - s)"),
    [PAIRS_COPYSIGN] = PAIR("copysign", "a, b", 2, copysign_map, copysign_vjp,
                            "y = |a| with b's sign;  da = G sign a, -G sign a where b's sign bit "
                            "is set, db = 0"),
    [PAIRS_LERP] = PAIR("lerp", "a, b, w", 3, lerp_map, lerp_vjp,
                        "y = a + w (b - a);  da = G (1 - w), db = G w, dw = G (b - a)"),
    [PAIRS_FMA] =
        {
            .version = FX_OP_VERSION,
            .name = "fma",
            .operands = "a, b, c",
            .min = 3,
            .max = 3,
            .row = {fma_row_f32, fma_row_f64},
            .vjp = fma_vjp,
            .formula = "y = a b + c;  da = G b, db = G a, dc = G",
        },
    {0},
};

/* A number stays one: it takes the dtype of the other operand. */
static fx_tensor minimum_turned(fx_composition c, fx_tensor x) {
    return fx__is_number(x) ? fx_num(-x.as.number) : fx_neg(fx_use(c.graph, x));
}

/* Of two zeros the negative one, as the maximum takes the other. */
fx_tensor fx_minimum(fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b};
    const fx_composition c = fx_compose(&fx__pairs[PAIRS_MINIMUM], 2, operands);
    if (!c.graph) return fx_composed(c, a);
    return fx_composed(c, fx_neg(fx_maximum(minimum_turned(c, a), minimum_turned(c, b))));
}

fx_tensor fx_fmod(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_FMOD, a, b); }

fx_tensor fx_remainder(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_REMAINDER, a, b); }

fx_tensor fx_atan2(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_ATAN2, a, b); }

fx_tensor fx_hypot(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_HYPOT, a, b); }

fx_tensor fx_logaddexp(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_LOGADDEXP, a, b); }

fx_tensor fx_copysign(fx_tensor a, fx_tensor b) { return pairs_two(PAIRS_COPYSIGN, a, b); }

fx_tensor fx_lerp(fx_tensor a, fx_tensor b, fx_tensor w) {
    return pairs_three(PAIRS_LERP, a, b, w);
}

fx_tensor fx_fma(fx_tensor a, fx_tensor b, fx_tensor c) { return pairs_three(PAIRS_FMA, a, b, c); }
