/* SPDX-License-Identifier: MIT */
/* Smooth activations. Four of them are x times a gate (Ramachandran, Zoph, Le, 2017): silu has the
 * sigmoid, gelu the distribution function of the normal law (Hendrycks, Gimpel, 2016) or a tanh
 * near it, mish tanh softplus x (Misra, 2019). The product is right at every point, so only the
 * gates have rules, and a gate's derivative is an op whose own rule is a factor made of smooth
 * ops. Elu (Clevert, Unterthiner, Hochreiter, 2016), selu, celu are one function with two
 * constants more. */
#include <math.h>

#include "families.h"

enum {
    SMOOTH_SOFTPLUS,
    SMOOTH_LOGSIGMOID,
    SMOOTH_SILU,
    SMOOTH_MISH,
    SMOOTH_MISH_GATE,
    SMOOTH_MISH_GATE_GRAD,
    SMOOTH_GELU,
    SMOOTH_NORMAL_CDF,
    SMOOTH_NORMAL_PDF,
    SMOOTH_GELU_TANH,
    SMOOTH_GELU_GATE,
    SMOOTH_GELU_GATE_GRAD,
    SMOOTH_ELU,
    SMOOTH_ELU_GRAD,
    SMOOTH_SELU,
    SMOOTH_CELU,
    SMOOTH_SOFTSIGN,
    SMOOTH_SOFTSIGN_GRAD,
};

static fx_tensor smooth(int row, const void *attrs, fx_tensor x) {
    return fx_apply(&fx__smooth_activations[row], attrs, 1, &x);
}

static fx_tensor smooth_grad(int row, const void *attrs, fx_tensor g, fx_tensor x) {
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__smooth_activations[row], attrs, 2, operands);
}

/* (up + up_low) / (down + down_low), where the second numbers are what rounding took. */
static double smooth_quotient(double up, double up_low, double down, double down_low) {
    const double y = up / down;
    return y + (fma(-y, down, up) + up_low - y * down_low) / down;
}

/* ---------------------------------------------------------------------------- softplus */

static void softplus_value(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = fmax(x[0], 0) + log1p(exp(-fabs(x[0])));
}

static void softplus_vjp(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_sigmoid(v->x[0])); }

/* -------------------------------------------------------------------------------- mish */

/* With w = e^x, tanh ln(1 + w) = w (w + 2) / (w (w + 2) + 2); for x >= 0 in powers of 1/w. */
static double mish_gate_left(double w) {
    const double sum = 2 + w, up = w * sum, down = 2 + up;
    const double up_low = fma(w, sum, -up) + w * (w - (sum - 2));
    return smooth_quotient(up, up_low, down, up - (down - 2) + up_low);
}

static double mish_gate_right(double w) {
    const double up = 1 + 2 * w, up_low = 2 * w - (up - 1), square = w * w, down = up + 2 * square;
    const double down_low = 2 * square - (down - up) + up_low + 2 * fma(w, w, -square);
    return smooth_quotient(up, up_low, down, down_low);
}

static void mish_gate_value(const void *attrs, const double *x, double *y) {
    const double e = exp(-fabs(x[0]));
    (void)attrs;
    y[0] = x[0] < 0 ? mish_gate_left(e) : mish_gate_right(e);
}

/* 4 w (1 + w) / (w (w + 2) + 2)^2 */
static double mish_slope_left(double w) {
    const double square = w * w, up = w + square, sum = 2 + w, product = w * sum,
                 down = 2 + product;
    const double up_low = square - (up - w) + fma(w, w, -square);
    const double sum_low = w - (sum - 2);
    const double down_low = product - (down - 2) + fma(w, sum, -product) + w * sum_low;
    const double power = down * down, power_low = fma(down, down, -power) + 2 * down * down_low;
    return 4 * smooth_quotient(up, up_low, power, power_low);
}

static void mish_gate_grad_value(const void *attrs, const double *x, double *y) {
    const double e = exp(-fabs(x[1]));
    (void)attrs;
    if (x[1] < 0) {
        y[0] = x[0] * mish_slope_left(e);
    } else {
        const double down = fma(2 * e, e + 1, 1);
        y[0] = x[0] * (4 * exp(-2 * x[1]) * (1 + e) / (down * down));
    }
}

static void mish_gate_vjp(fx_vjp *v) {
    v->dx[0] = smooth_grad(SMOOTH_MISH_GATE_GRAD, NULL, v->g[0], v->x[0]);
}

/* T' = s (1 - T^2), so T'' = T' (1 - s - 2 s T). */
static void mish_gate_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = smooth_grad(SMOOTH_MISH_GATE_GRAD, NULL, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor slope = smooth_grad(SMOOTH_MISH_GATE_GRAD, NULL, fx_mul(v->g[0], g), x);
    const fx_tensor twice =
        fx_mul(fx_mul(fx_num(2), fx_sigmoid(x)), smooth(SMOOTH_MISH_GATE, NULL, x));
    v->dx[1] = fx_mul(slope, fx_sub(fx_sigmoid(fx_neg(x)), twice));
}

/* -------------------------------------------------------------------------------- gelu */

/* erfc(-x / sqrt 2) / 2, where the rounding of the quotient, which erfc magnifies by its square, is
 * carried along. */
static void normal_cdf_value(const void *attrs, const double *x, double *y) {
    static const double half = 0x1.6a09e667f3bcdp-1, half_low = -4.833646656726457e-17;
    const double t = -x[0] * half;
    (void)attrs;
    y[0] = 0.5 * erfc(t);
    if (!(fabs(t) < 30)) return;
    const double low = fma(-x[0], half, -t) - x[0] * half_low;
    y[0] -= low * 0.5641895835477563 * exp(-t * t);
}

/* e^(-x^2/2) / sqrt(2 pi), with the low half of the square. */
static void normal_pdf_value(const void *attrs, const double *x, double *y) {
    const double square = x[0] * x[0];
    (void)attrs;
    y[0] = 0;
    if (square > 1600) return;
    y[0] = 0.3989422804014327 * exp(-0.5 * square) * (1 - 0.5 * fma(x[0], x[0], -square));
}

static void normal_cdf_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(v->g[0], smooth(SMOOTH_NORMAL_PDF, NULL, v->x[0]));
}

static void normal_pdf_vjp(fx_vjp *v) {
    v->dx[0] = fx_neg(fx_mul(fx_mul(v->g[0], v->x[0]), v->y[0]));
}

/* ------------------------------------------------------------------------- gelu by tanh */

/* (1 + tanh(v/2)) / 2 = sigmoid v, v = x (A + B x^2), A = 2 sqrt(2/pi), B = 0.044715 A. */
static const double gelu_a = 1.5957691216057308, gelu_a_low = -9.96930880911092e-17;
static const double gelu_b = 0.07135481627260025, gelu_b_low = -6.175149918155315e-19;

/* v as a sum of two numbers, for sigmoid magnifies its error by v. */
static double gelu_argument(double x, double *low) {
    const double square = x * x, cube = gelu_b * square, v = x * (gelu_a + cube);
    *low = 0;
    if (!(fabs(x) < 64)) return v;
    const double square_low = fma(x, x, -square), sum = gelu_a + cube;
    const double lost = gelu_a > cube ? gelu_a - sum + cube : cube - sum + gelu_a;
    const double cube_low = fma(gelu_b, square, -cube) + gelu_b * square_low + gelu_b_low * square;
    *low = fma(x, sum, -v) + x * (lost + cube_low + gelu_a_low);
    return v;
}

static void gelu_gate_value(const void *attrs, const double *x, double *y) {
    double low;
    const double v = gelu_argument(x[0], &low), e = exp(-fabs(v)), down = 1 + e;
    const double up = v < 0 ? e : 1, other = (v < 0 ? 1 : e) / down;
    (void)attrs;
    y[0] = smooth_quotient(up, up * low * other, down, e - (down - 1));
}

static void gelu_gate_grad_value(const void *attrs, const double *x, double *y) {
    double low;
    const double v = gelu_argument(x[1], &low), e = exp(-fabs(v)), down = 1 + e;
    const double tanh_half = copysign((1 - e) / down, v), down_low = e - (down - 1);
    const double power = down * down, power_low = fma(down, down, -power) + 2 * down * down_low;
    const double slope = smooth_quotient(e, -e * low * tanh_half, power, power_low);
    const double inner = gelu_a + fma(3 * gelu_b * x[1], x[1], gelu_a_low);
    (void)attrs;
    y[0] = isinf(v) ? 0 : x[0] * (slope * inner);
}

static void gelu_gate_vjp(fx_vjp *v) {
    v->dx[0] = smooth_grad(SMOOTH_GELU_GATE_GRAD, NULL, v->g[0], v->x[0]);
}

/* With y = s'(v) v': y' = y (v''/v' - v' tanh(v/2)). */
static void gelu_gate_grad_vjp(fx_vjp *v) {
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = smooth_grad(SMOOTH_GELU_GATE_GRAD, NULL, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor y = smooth_grad(SMOOTH_GELU_GATE_GRAD, NULL, fx_mul(v->g[0], g), x);
    const fx_tensor square = fx_square(x);
    const fx_tensor first = fx_add(fx_mul(square, fx_num(3 * gelu_b)), fx_num(gelu_a));
    const fx_tensor half =
        fx_mul(x, fx_add(fx_mul(square, fx_num(gelu_b / 2)), fx_num(gelu_a / 2)));
    const fx_tensor second = fx_mul(x, fx_num(6 * gelu_b));
    v->dx[1] = fx_mul(y, fx_sub(fx_div(second, first), fx_mul(first, fx_tanh(half))));
}

/* --------------------------------------------------------------------------------- elu */

typedef struct elu_attrs {
    double alpha, scale, width;
    int64_t order; /* of the derivative; elu itself does not read it */
} elu_attrs;

static const fx_attr elu_schema[] = {{"alpha", FX_ATTR_F64, offsetof(elu_attrs, alpha)},
                                     {"scale", FX_ATTR_F64, offsetof(elu_attrs, scale)},
                                     {"width", FX_ATTR_F64, offsetof(elu_attrs, width)},
                                     {"order", FX_ATTR_I64, offsetof(elu_attrs, order)},
                                     {0}};

static void elu_value(const void *attrs, const double *x, double *y) {
    const elu_attrs *a = attrs;
    y[0] = x[0] > 0 ? a->scale * x[0] : a->scale * a->alpha * expm1(x[0] / a->width);
}

/* The remainder of the division makes up for what the exponential would magnify. */
static void elu_grad_value(const void *attrs, const double *x, double *y) {
    const elu_attrs *a = attrs;
    const double quotient = x[1] / a->width, e = exp(quotient);
    const double low = e > 0 ? fma(-quotient, a->width, x[1]) / a->width : 0;
    if (x[1] > 0)
        y[0] = a->order == 1 ? x[0] * a->scale : 0;
    else
        y[0] = x[0] * (a->scale * a->alpha * (e + e * low) * pow(a->width, -(double)a->order));
}

static fx_tensor elu_grad(const elu_attrs *attrs, int64_t order, fx_tensor g, fx_tensor x) {
    const elu_attrs own = {attrs->alpha, attrs->scale, attrs->width, order};
    return smooth_grad(SMOOTH_ELU_GRAD, &own, g, x);
}

static void elu_vjp(fx_vjp *v) { v->dx[0] = elu_grad(v->attrs, 1, v->g[0], v->x[0]); }

static void elu_grad_vjp(fx_vjp *v) {
    const int64_t order = ((const elu_attrs *)v->attrs)->order;
    if (v->wants[0]) v->dx[0] = elu_grad(v->attrs, order, v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = elu_grad(v->attrs, order + 1, fx_mul(v->g[0], v->x[0]), v->x[1]);
}

/* ---------------------------------------------------------------------------- softsign */

typedef struct softsign_attrs {
    int64_t order;
} softsign_attrs;

static const fx_attr softsign_schema[] = {{"order", FX_ATTR_I64, offsetof(softsign_attrs, order)},
                                          {0}};

static void softsign_value(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = isinf(x[0]) ? copysign(1, x[0]) : x[0] / (1 + fabs(x[0]));
}

/* k! (-sign x)^(k-1) / (1 + |x|)^(k+1) */
static void softsign_grad_value(const void *attrs, const double *x, double *y) {
    const double down = 1 + fabs(x[1]), sign = (x[1] > 0) - (x[1] < 0);
    const int64_t order = ((const softsign_attrs *)attrs)->order;
    y[0] = x[0] / down / down;
    for (int64_t k = 2; k <= order; k++) y[0] *= (double)k / down;
    if (order % 2 == 0) y[0] *= -sign;
}

static fx_tensor softsign_grad(int64_t order, fx_tensor g, fx_tensor x) {
    const softsign_attrs attrs = {order};
    return smooth_grad(SMOOTH_SOFTSIGN_GRAD, &attrs, g, x);
}

static void softsign_vjp(fx_vjp *v) { v->dx[0] = softsign_grad(1, v->g[0], v->x[0]); }

static void softsign_grad_vjp(fx_vjp *v) {
    const int64_t order = ((const softsign_attrs *)v->attrs)->order;
    if (v->wants[0]) v->dx[0] = softsign_grad(order, v->g[0], v->x[1]);
    if (v->wants[1]) v->dx[1] = softsign_grad(order + 1, fx_mul(v->g[0], v->x[0]), v->x[1]);
}

/* ------------------------------------------------------------------------------- table */

#define SMOOTH(op_name, names, n, value, rule, text)                                               \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .map = (value), .vjp = (rule), .formula = (text)                                           \
    }
#define SMOOTH_ATTRS(op_name, names, n, table, size, value, rule, text)                            \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .attrs = (table), .attrs_size = (size), .map = (value), .vjp = (rule), .formula = (text)   \
    }

const fx_op fx__smooth_activations[] = {
    [SMOOTH_SOFTPLUS] = SMOOTH("softplus", "x", 1, softplus_value, softplus_vjp,
                               "y = ln(1 + e^x);  dx = G sigmoid x"),
    [SMOOTH_LOGSIGMOID] =
        SMOOTH("logsigmoid", "x", 1, NULL, NULL, "y = -ln(1 + e^-x);  dx = G sigmoid(-x)"),
    [SMOOTH_SILU] =
        SMOOTH("silu", "x", 1, NULL, NULL, "y = x s, s = sigmoid x;  dx = G (s + x s (1 - s))"),
    [SMOOTH_MISH] =
        SMOOTH("mish", "x", 1, NULL, NULL,
               "y = x T, T = tanh ln(1 + e^x);  dx = G (T + x s (1 - T^2)), s = sigmoid x"),
    [SMOOTH_MISH_GATE] = SMOOTH("mish_gate", "x", 1, mish_gate_value, mish_gate_vjp,
                                "T = tanh ln(1 + e^x);  dx = G s (1 - T^2), s = sigmoid x"),
    [SMOOTH_MISH_GATE_GRAD] =
        SMOOTH("mish_gate_grad", "g, x", 2, mish_gate_grad_value, mish_gate_grad_vjp,
               "y = g s (1 - T^2);  dg = G s (1 - T^2), dx = G y (1 - s - 2 s T)"),
    [SMOOTH_GELU] = SMOOTH("gelu", "x", 1, NULL, NULL,
                           "y = x P, P = (1 + erf(x / sqrt 2)) / 2;  dx = G (P + x P')"),
    [SMOOTH_NORMAL_CDF] = SMOOTH("normal_cdf", "x", 1, normal_cdf_value, normal_cdf_vjp,
                                 "P = (1 + erf(x / sqrt 2)) / 2;  dx = G e^(-x^2/2) / sqrt(2 pi)"),
    [SMOOTH_NORMAL_PDF] = SMOOTH("normal_pdf", "x", 1, normal_pdf_value, normal_pdf_vjp,
                                 "y = e^(-x^2/2) / sqrt(2 pi);  dx = -G x y"),
    [SMOOTH_GELU_TANH] =
        SMOOTH("gelu_tanh", "x", 1, NULL, NULL,
               "y = x s, s = (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2;  dx = G (s + x s')"),
    [SMOOTH_GELU_GATE] = SMOOTH("gelu_gate", "x", 1, gelu_gate_value, gelu_gate_vjp,
                                "s = sigmoid v, v = 2 sqrt(2/pi) (x + 0.044715 x^3);  "
                                "dx = G s (1 - s) v'"),
    [SMOOTH_GELU_GATE_GRAD] =
        SMOOTH("gelu_gate_grad", "g, x", 2, gelu_gate_grad_value, gelu_gate_grad_vjp,
               "y = g s (1 - s) v';  dg = G s (1 - s) v', dx = G y (v''/v' - v' tanh(v/2))"),
    [SMOOTH_ELU] = SMOOTH_ATTRS("elu", "x", 1, elu_schema, sizeof(elu_attrs), elu_value, elu_vjp,
                                "y = x where x > 0, else alpha (e^x - 1);  dx = G where x > 0, "
                                "else G alpha e^x"),
    [SMOOTH_ELU_GRAD] = SMOOTH_ATTRS(
        "elu_grad", "g, x", 2, elu_schema, sizeof(elu_attrs), elu_grad_value, elu_grad_vjp,
        "y = g f^(k)(x), f = elu;  dg = G f^(k)(x), dx = G g f^(k+1)(x)"),
    [SMOOTH_SELU] = SMOOTH("selu", "x", 1, NULL, NULL,
                           "y = 1.0507 x where x > 0, else 1.7581 (e^x - 1);  dx = 1.0507 G where "
                           "x > 0, else 1.7581 G e^x"),
    [SMOOTH_CELU] = SMOOTH("celu", "x", 1, NULL, NULL,
                           "y = x where x > 0, else alpha (e^(x/alpha) - 1);  dx = G where x > 0, "
                           "else G e^(x/alpha)"),
    [SMOOTH_SOFTSIGN] = SMOOTH("softsign", "x", 1, softsign_value, softsign_vjp,
                               "y = x / (1 + |x|);  dx = G / (1 + |x|)^2"),
    [SMOOTH_SOFTSIGN_GRAD] = SMOOTH_ATTRS(
        "softsign_grad", "g, x", 2, softsign_schema, sizeof(softsign_attrs), softsign_grad_value,
        softsign_grad_vjp, "y = g f^(k)(x), f = softsign;  dg = G f^(k)(x), dx = G g f^(k+1)(x)"),
    {0},
};

fx_tensor fx_softplus(fx_tensor x) { return smooth(SMOOTH_SOFTPLUS, NULL, x); }

fx_tensor fx_logsigmoid(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_LOGSIGMOID], 1, &x);
    return fx_composed(c, fx_neg(fx_softplus(fx_neg(x))));
}

fx_tensor fx_silu(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_SILU], 1, &x);
    return fx_composed(c, fx_mul(x, fx_sigmoid(x)));
}

fx_tensor fx_mish(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_MISH], 1, &x);
    return fx_composed(c, fx_mul(x, smooth(SMOOTH_MISH_GATE, NULL, x)));
}

fx_tensor fx_gelu(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_GELU], 1, &x);
    return fx_composed(c, fx_mul(x, smooth(SMOOTH_NORMAL_CDF, NULL, x)));
}

fx_tensor fx_gelu_tanh(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_GELU_TANH], 1, &x);
    return fx_composed(c, fx_mul(x, smooth(SMOOTH_GELU_GATE, NULL, x)));
}

fx_tensor fx_elu(fx_tensor x, double alpha) {
    const elu_attrs attrs = {alpha, 1, 1, 0};
    if (!isfinite(alpha))
        return fx_refuse(&fx__smooth_activations[SMOOTH_ELU], 1, &x, FX_ERR_ARGUMENT,
                         "alpha = %g; it must be finite", alpha);
    return smooth(SMOOTH_ELU, &attrs, x);
}

fx_tensor fx_selu(fx_tensor x) {
    const elu_attrs attrs = {1.6732632423543772, 1.0507009873554805, 1, 0};
    const fx_composition c = fx_compose(&fx__smooth_activations[SMOOTH_SELU], 1, &x);
    return fx_composed(c, smooth(SMOOTH_ELU, &attrs, x));
}

fx_tensor fx_celu(fx_tensor x, double alpha) {
    const elu_attrs attrs = {alpha, 1, alpha, 0};
    const fx_op *op = &fx__smooth_activations[SMOOTH_CELU];
    if (!(alpha > 0 && isfinite(alpha)))
        return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "alpha = %g; it must be positive and finite",
                         alpha);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, smooth(SMOOTH_ELU, &attrs, x));
}

fx_tensor fx_softsign(fx_tensor x) { return smooth(SMOOTH_SOFTSIGN, NULL, x); }
