/* SPDX-License-Identifier: MIT */
/* Activations: rows stay away from kinks and from zeros of the derivative, points stand on them. */
#include <math.h>

#include "cases.h"

/* ---- calls ---- */

#define CALL(name)                                                                                 \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0]);                                                         \
    }
#define CALL_WITH(name)                                                                            \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        return fx_##name(x[0], ((const case_row *)user)->attrs[0].value);                          \
    }

CALL(softplus)
CALL(logsigmoid)
CALL(silu)
CALL(mish)
CALL(gelu)
CALL(gelu_tanh)
CALL(selu)
CALL(softsign)
CALL(relu6)
CALL(hardtanh)
CALL(hardsigmoid)
CALL(hardswish)
CALL_WITH(elu)
CALL_WITH(celu)
CALL_WITH(leaky_relu)
CALL_WITH(softshrink)
CALL_WITH(hardshrink)

static fx_tensor prelu_call(void *row, const fx_tensor *x) {
    return (void)row, fx_prelu(x[0], x[1]);
}

/* ---- references ---- */

#define AT(name, value)                                                                            \
    static case_number name##_at(const case_row *row, const case_number *z) {                      \
        return (void)row, (value);                                                                 \
    }

/* ln(1 + w), accurate for small w. */
static case_number activation_log1p(case_number w) { return 2 * catanhl(w / (2 + w)); }

static case_number activation_softplus(case_number x) {
    return creall(x) > 0 ? x + activation_log1p(cexpl(-x)) : activation_log1p(cexpl(x));
}

static case_number activation_sigmoid(case_number x) { return 1 / (1 + cexpl(-x)); }

/* T = tanh ln(1 + e^x) */
static case_number activation_mish(case_number x) {
    const case_number up = cexpl(x) * (cexpl(x) + 2);
    return creall(x) > 0 ? 1 - 2 / (up + 2) : up / (up + 2);
}

static case_number activation_mish_slope(case_number x) {
    const case_number w = cexpl(x), down = w * (w + 2) + 2;
    return 4 * w * (1 + w) / (down * down);
}

static case_number activation_pdf(case_number x) {
    return 0.398942280401432677939946059934381868L * cexpl(-x * x / 2);
}

/* No complex error function: the value, and the slope times the step. */
static case_number activation_cdf(case_number x) {
    const long double at = creall(x);
    const case_number step = x - at;
    return erfcl(-at * 0.707106781186547524400844362104849039L) / 2 + activation_pdf(at) * step;
}

static const long double activation_a = 1.59576912160573071175978423973752747L; /* 2 sqrt(2/pi) */

static case_number activation_gate(case_number x) {
    return activation_sigmoid(activation_a * x * (1 + 0.044715L * x * x));
}

static case_number activation_gate_slope(case_number x) {
    const case_number e = cexpl(-activation_a * x * (1 + 0.044715L * x * x));
    return e / ((1 + e) * (1 + e)) * activation_a * (1 + 3 * 0.044715L * x * x);
}

static case_number activation_elu(case_number x, long double alpha, long double scale,
                                  long double width) {
    return creall(x) > 0 ? scale * x : scale * alpha * (cexpl(x / width) - 1);
}

static bool activation_left(case_number x, double bound) { return creall(x) < (long double)bound; }

AT(softplus, activation_softplus(z[0]))
AT(logsigmoid, -activation_softplus(-z[0]))
AT(silu, z[0] * activation_sigmoid(z[0]))
AT(mish, z[0] * activation_mish(z[0]))
AT(mish_gate, activation_mish(z[0]))
AT(mish_gate_grad, z[0] * activation_mish_slope(z[1]))
AT(gelu, z[0] * activation_cdf(z[0]))
AT(normal_cdf, activation_cdf(z[0]))
AT(normal_pdf, activation_pdf(z[0]))
AT(gelu_tanh, z[0] * activation_gate(z[0]))
AT(gelu_gate, activation_gate(z[0]))
AT(gelu_gate_grad, z[0] * activation_gate_slope(z[1]))
AT(elu, activation_elu(z[0], (long double)row->attrs[0].value, 1, 1))
AT(celu,
   activation_elu(z[0], (long double)row->attrs[0].value, 1, (long double)row->attrs[0].value))
AT(selu, activation_elu(z[0], 1.67326324235437728481704L, 1.05070098735548049341933L, 1))
AT(softsign, z[0] / (1 + (creall(z[0]) < 0 ? -z[0] : z[0])))
AT(relu6, activation_left(z[0], 0) ? 0 : activation_left(z[0], 6) ? z[0] : 6)
AT(hardtanh, activation_left(z[0], -1) ? -1 : activation_left(z[0], 1) ? z[0] : 1)
AT(hardsigmoid, activation_left(z[0], -3) ? 0 : activation_left(z[0], 3) ? (z[0] + 3) / 6 : 1)
AT(hardswish, z[0] * hardsigmoid_at(row, z))
AT(leaky_relu, activation_left(z[0], 0) ? (long double)row->attrs[0].value *z[0] : z[0])
AT(prelu, activation_left(z[0], 0) ? z[1] * z[0] : z[0])
AT(softshrink, activation_left(z[0], -0.5)  ? z[0] + 0.5L
               : activation_left(z[0], 0.5) ? 0
                                            : z[0] - 0.5L)
AT(hardshrink, activation_left(z[0], -0.5) || !activation_left(z[0], 0.5) ? z[0] : 0)
AT(slope, z[0] * (activation_left(z[1], -1) ? 2 : activation_left(z[1], 1) ? 0.5L : -3))

/* attrs: alpha 2, scale 3, width 4, order */
static case_number elu_grad_at(const case_row *row, const case_number *z) {
    const double order = row->attrs[3].value;
    if (creall(z[1]) > 0) return order > 1 ? 0 : z[0] * 3;
    return z[0] * 6 * cexpl(z[1] / 4) * powl(4, -(long double)order);
}

static case_number softsign_grad_at(const case_row *row, const case_number *z) {
    const bool left = creall(z[1]) < 0;
    const case_number down = 1 + (left ? -z[1] : z[1]);
    case_number y = z[0] / (down * down);
    for (int k = 2; k <= (int)row->attrs[0].value; k++) y *= (left ? k : -k) / down;
    return y;
}

/* ---- rows ---- */

#define SMALL                                                                                      \
    {                                                                                              \
        2, { 3, 4 }                                                                                \
    }
#define ONE(from, to)    .n = 1, .x = {SMALL}, .y = SMALL, .low = {from}, .high = {to}
#define EITHER(from, to) ONE(from, to), .either = 1
#define TWO(from, to)    .n = 2, .x = {SMALL, SMALL}, .y = SMALL, .low = {0, from}, .high = {0, to}
#define BOTH(from, to)   TWO(from, to), .either = 2
#define OF(name)         .f = name##_call, .at = name##_at
#define RULE(name)       .f = case_apply, .at = name##_at
#define ALPHA(value)     .attrs = {CASE_ATTR("alpha", value)}
#define LAMBDA           .attrs = {CASE_ATTR("lambda", 0.5)}
#define ELU_ATTRS(value)                                                                           \
    .attrs = {CASE_ATTR("alpha", 2), CASE_ATTR("scale", 3), CASE_ATTR("width", 4),                 \
              CASE_ATTR("order", value)}
#define PIECES                                                                                     \
    .attrs = {CASE_ATTR("below", 2), CASE_ATTR("inside", 0.5), CASE_ATTR("above", -3),             \
              CASE_ATTR("low", -1), CASE_ATTR("high", 1)}

static const case_row activation_rows[] = {
    {"softplus", OF(softplus), ONE(-2, 2), .ulps = 2},
    {"softplus", "tail", OF(softplus), EITHER(5, 40), .ulps = 2},
    {"logsigmoid", OF(logsigmoid), ONE(-2, 2), .ulps = 2},
    {"logsigmoid", "tail", OF(logsigmoid), EITHER(5, 40), .ulps = 2},
    {"silu", OF(silu), ONE(-0.6, 3), .ulps = 3},
    {"silu", "left", OF(silu), ONE(-40, -4), .ulps = 3},
    {"silu", "right", OF(silu), ONE(3, 40), .ulps = 3},
    {"mish", OF(mish), ONE(-0.6, 3), .ulps = 4},
    {"mish", "left", OF(mish), ONE(-40, -4), .ulps = 4},
    {"mish", "right", OF(mish), ONE(3, 30), .ulps = 4},
    {"mish_gate", RULE(mish_gate), ONE(-2, 2), .ulps = 3},
    {"mish_gate", "tail", RULE(mish_gate), EITHER(2, 18), .ulps = 3},
    {"mish_gate_grad", RULE(mish_gate_grad), TWO(0.3, 3), .ulps = 4},
    {"mish_gate_grad", "left", RULE(mish_gate_grad), TWO(-20, -2), .ulps = 4},
    {"gelu", OF(gelu), ONE(-0.4, 1.2), .ulps = 4},
    {"gelu", "left", OF(gelu), ONE(-12, -2.5), .ulps = 4},
    {"gelu", "right", OF(gelu), ONE(2, 12), .ulps = 3},
    {"normal_cdf", RULE(normal_cdf), ONE(-2, 2), .ulps = 3},
    {"normal_cdf", "left", RULE(normal_cdf), ONE(-20, -2), .ulps = 4},
    {"normal_pdf", RULE(normal_pdf), ONE(-2, 2), .ulps = 3},
    {"normal_pdf", "tail", RULE(normal_pdf), EITHER(2, 12), .ulps = 3},
    {"gelu_tanh", OF(gelu_tanh), ONE(-0.4, 1.2), .ulps = 4},
    {"gelu_tanh", "left", OF(gelu_tanh), ONE(-9, -2.5), .ulps = 4},
    {"gelu_tanh", "right", OF(gelu_tanh), ONE(2, 12), .ulps = 3},
    {"gelu_gate", RULE(gelu_gate), ONE(-2, 2), .ulps = 3},
    {"gelu_gate", "left", RULE(gelu_gate), ONE(-9, -2), .ulps = 4},
    {"gelu_gate_grad", RULE(gelu_gate_grad), BOTH(0.5, 1.5), .ulps = 4},
    {"gelu_gate_grad", "tail", RULE(gelu_gate_grad), BOTH(3, 8), .ulps = 4},
    {"elu", OF(elu), EITHER(0.1, 2), .ulps = 3, ALPHA(0.7)},
    {"elu", "tail", OF(elu), EITHER(2, 40), .ulps = 3, ALPHA(1)},
    {"elu_grad", "k = 1", RULE(elu_grad), BOTH(0.1, 20), .ulps = 4, ELU_ATTRS(1)},
    {"elu_grad", "k = 2", RULE(elu_grad), BOTH(0.1, 20), .ulps = 4, ELU_ATTRS(2)},
    {"elu_grad", "k = 3", RULE(elu_grad), BOTH(0.1, 20), .ulps = 4, ELU_ATTRS(3)},
    {"selu", OF(selu), EITHER(0.1, 20), .ulps = 4},
    {"celu", OF(celu), EITHER(0.1, 20), .ulps = 4, ALPHA(1.3)},
    {"softsign", OF(softsign), EITHER(0.1, 50), .ulps = 2},
    {"softsign_grad", "k = 1", RULE(softsign_grad), BOTH(0.1, 50), .ulps = 4,
     .attrs = {CASE_ATTR("order", 1)}},
    {"softsign_grad", "k = 2", RULE(softsign_grad), BOTH(0.1, 5), .ulps = 5,
     .attrs = {CASE_ATTR("order", 2)}},
    {"relu6", OF(relu6), EITHER(0.1, 5.9)},
    {"relu6", "above", OF(relu6), ONE(6.1, 9)},
    {"hardtanh", OF(hardtanh), ONE(-0.9, 0.9)},
    {"hardtanh", "outside", OF(hardtanh), EITHER(1.1, 3)},
    {"hardsigmoid", OF(hardsigmoid), .made = true, ONE(-2.9, 2.9), .ulps = 2},
    {"hardsigmoid", "outside", OF(hardsigmoid), .made = true, EITHER(3.1, 9)},
    {"hardswish", OF(hardswish), .made = true, ONE(-1, 2.9), .ulps = 3},
    {"hardswish", "outside", OF(hardswish), .made = true, EITHER(3.1, 9)},
    {"leaky_relu", OF(leaky_relu), EITHER(0.1, 3), .ulps = 1, .attrs = {CASE_ATTR("slope", 0.25)}},
    {"prelu", .n = 2, .x = {SMALL, SMALL}, .y = SMALL, .low = {0.1, 0.1}, .high = {3, 2},
     .either = 3, OF(prelu), .ulps = 1},
    {"prelu", "channels", .n = 2, .x = {SMALL, {1, {4}}}, .y = SMALL, .low = {0.1, 0.1},
     .high = {3, 2}, .either = 1, OF(prelu), .ulps = 1},
    {"softshrink", OF(softshrink), EITHER(0.6, 3), .ulps = 1, LAMBDA},
    {"softshrink", "inside", OF(softshrink), ONE(-0.4, 0.4), LAMBDA},
    {"hardshrink", OF(hardshrink), .made = true, EITHER(0.6, 3), LAMBDA},
    {"hardshrink", "inside", OF(hardshrink), .made = true, ONE(-0.4, 0.4), LAMBDA},
    {"slope", RULE(slope), BOTH(1.1, 3), .ulps = 1, PIECES},
    {"slope", "inside", RULE(slope), TWO(-0.9, 0.9), .ulps = 1, PIECES},
};

static const case_point activation_points[] = {
    {"softplus", NULL, {-INFINITY}, "", 0},
    {"softplus", NULL, {INFINITY}, "", INFINITY},
    {"softplus", NULL, {0}, "0", 0.5},
    {"softplus", NULL, {0}, "00", 0.25},
    {"softplus", NULL, {0}, "000", 0},
    {"softplus", NULL, {0}, "0000", -0.125},
    {"softplus", NULL, {800}, "0", 1},
    {"softplus", NULL, {-800}, "", 0},
    {"softplus", NULL, {NAN}, "0", NAN},
    {"logsigmoid", NULL, {0}, "0", 0.5},
    {"logsigmoid", NULL, {0}, "00", -0.25},
    {"logsigmoid", NULL, {-800}, "", -800},
    {"logsigmoid", NULL, {-INFINITY}, "", -INFINITY},
    {"logsigmoid", NULL, {NAN}, "", NAN},
    {"silu", NULL, {0}, "", 0},
    {"silu", NULL, {0}, "0", 0.5},
    {"silu", NULL, {0}, "00", 0.5},
    {"silu", NULL, {0}, "000", 0},
    {"silu", NULL, {0}, "0000", -0.5},
    {"silu", NULL, {800}, "", 800},
    {"silu", NULL, {INFINITY}, "", INFINITY},
    {"silu", NULL, {-INFINITY}, "", NAN},
    {"silu", NULL, {NAN}, "0", NAN},
    {"mish", NULL, {0}, "", 0},
    {"mish", NULL, {800}, "", 800},
    {"mish", NULL, {800}, "0", 1},
    {"mish", NULL, {-800}, "0", 0},
    {"mish", NULL, {NAN}, "", NAN},
    {"mish_gate", NULL, {INFINITY}, "", 1},
    {"mish_gate", NULL, {-INFINITY}, "", 0},
    {"mish_gate_grad", NULL, {1, INFINITY}, "", 0},
    {"mish_gate_grad", NULL, {1, -INFINITY}, "", 0},
    {"gelu", NULL, {0}, "", 0},
    {"gelu", NULL, {0}, "0", 0.5},
    {"gelu", NULL, {0}, "000", 0},
    {"gelu", NULL, {50}, "", 50},
    {"gelu", NULL, {50}, "0", 1},
    {"gelu", NULL, {-50}, "0", 0},
    {"gelu", NULL, {NAN}, "0", NAN},
    {"normal_cdf", NULL, {0}, "", 0.5},
    {"normal_cdf", NULL, {INFINITY}, "", 1},
    {"normal_cdf", NULL, {-INFINITY}, "", 0},
    {"normal_cdf", NULL, {0}, "00", 0},
    {"normal_pdf", NULL, {INFINITY}, "", 0},
    {"normal_pdf", NULL, {0}, "0", 0},
    {"gelu_tanh", NULL, {0}, "0", 0.5},
    {"gelu_tanh", NULL, {0}, "000", 0},
    {"gelu_tanh", NULL, {70}, "", 70},
    {"gelu_tanh", NULL, {70}, "0", 1},
    {"gelu_tanh", NULL, {NAN}, "0", NAN},
    {"gelu_gate", NULL, {INFINITY}, "", 1},
    {"gelu_gate", NULL, {-INFINITY}, "", 0},
    {"gelu_gate_grad", NULL, {1, INFINITY}, "", 0},
    {"elu", "tail", {0}, "", 0},
    {"elu", "tail", {0}, "0", 1},
    {"elu", "tail", {0}, "000", 1},
    {"elu", "tail", {-INFINITY}, "", -1},
    {"elu", "tail", {INFINITY}, "0", 1},
    {"elu", "tail", {2}, "00", 0},
    {"elu", "tail", {NAN}, "", NAN},
    {"elu", "tail", {NAN}, "0", NAN},
    {"elu_grad", "k = 1", {1, 0}, "", 1.5},
    {"elu_grad", "k = 2", {1, 0}, "", 0.375},
    {"celu", NULL, {0}, "0", 1},
    {"celu", NULL, {3}, "0", 1},
    {"selu", NULL, {0}, "", 0},
    {"softsign", NULL, {INFINITY}, "", 1},
    {"softsign", NULL, {-INFINITY}, "", -1},
    {"softsign", NULL, {-INFINITY}, "0", 0},
    {"softsign", NULL, {0}, "0", 1},
    {"softsign", NULL, {0}, "00", 0},
    {"softsign", NULL, {0}, "000", 6},
    {"softsign", NULL, {1}, "00", -0.25},
    {"softsign", NULL, {-1}, "00", 0.25},
    {"softsign", NULL, {-1}, "000", 0.375},
    {"softsign", NULL, {NAN}, "0", NAN},
    {"softsign", NULL, {NAN}, "00", NAN},
    {"relu6", NULL, {0}, "0", 0},
    {"relu6", NULL, {6}, "0", 0},
    {"relu6", NULL, {3}, "0", 1},
    {"relu6", NULL, {3}, "00", 0},
    {"relu6", NULL, {INFINITY}, "", 6},
    {"relu6", NULL, {NAN}, "", NAN},
    {"relu6", NULL, {NAN}, "0", NAN},
    {"hardtanh", NULL, {1}, "0", 0},
    {"hardtanh", NULL, {-1}, "0", 0},
    {"hardtanh", NULL, {-INFINITY}, "", -1},
    {"hardsigmoid", NULL, {-3}, "0", 0},
    {"hardsigmoid", NULL, {3}, "0", 0},
    {"hardsigmoid", NULL, {0}, "", 0.5},
    {"hardsigmoid", NULL, {NAN}, "", NAN},
    {"hardswish", NULL, {-3}, "0", 0},
    {"hardswish", NULL, {3}, "0", 1},
    {"hardswish", NULL, {0}, "0", 0.5},
    {"hardswish", NULL, {9}, "00", 0},
    {"leaky_relu", NULL, {0}, "0", 0.25},
    {"leaky_relu", NULL, {2}, "0", 1},
    {"leaky_relu", NULL, {-2}, "00", 0},
    {"leaky_relu", NULL, {-INFINITY}, "", -INFINITY},
    {"leaky_relu", NULL, {NAN}, "0", NAN},
    {"prelu", NULL, {0, 3}, "0", 3},
    {"prelu", NULL, {0, 3}, "1", 0},
    {"prelu", NULL, {0, 3}, "01", 1},
    {"prelu", NULL, {0, 3}, "10", 1},
    {"prelu", NULL, {2, 3}, "01", 0},
    {"prelu", NULL, {-2, 3}, "1", -2},
    {"prelu", NULL, {-2, 3}, "11", 0},
    {"prelu", NULL, {NAN, 3}, "0", NAN},
    {"softshrink", NULL, {0.5}, "0", 0},
    {"softshrink", NULL, {-0.5}, "0", 0},
    {"softshrink", NULL, {0.5}, "", 0},
    {"softshrink", NULL, {2}, "0", 1},
    {"softshrink", NULL, {INFINITY}, "", INFINITY},
    {"softshrink", NULL, {NAN}, "", NAN},
    {"hardshrink", NULL, {0.5}, "", 0},
    {"hardshrink", NULL, {0.5}, "0", 0},
    {"hardshrink", NULL, {-0.5}, "0", 0},
    {"hardshrink", NULL, {2}, "0", 1},
    {"hardshrink", NULL, {2}, "00", 0},
    {"hardshrink", NULL, {NAN}, "", NAN},
    {"slope", NULL, {1, -1}, "", 2},
    {"slope", NULL, {1, 1}, "", -3},
    {"slope", NULL, {1, 0}, "0", 0.5},
    {"slope", NULL, {1, NAN}, "", NAN},
};

#define WRONG(name, value, text)                                                                   \
    {                                                                                              \
        {#name, .f = name##_call, .n = 1, .x = {{1, {3}}}, .attrs = {CASE_ATTR(NULL, value)}},     \
            {FX_F64}, FX_ERR_ARGUMENT, text                                                        \
    }

static const case_error activation_errors[] = {
    WRONG(elu, NAN, "elu: alpha = nan; it must be finite (x [3])"),
    WRONG(elu, INFINITY, "elu: alpha = inf; it must be finite (x [3])"),
    WRONG(celu, 0, "celu: alpha = 0; it must be positive and finite (x [3])"),
    WRONG(celu, NAN, "celu: alpha = nan; it must be positive and finite (x [3])"),
    WRONG(leaky_relu, INFINITY, "leaky_relu: slope = inf; it must be finite (x [3])"),
    WRONG(softshrink, -1, "softshrink: lambda = -1; it must be 0 or more (x [3])"),
    WRONG(hardshrink, NAN, "hardshrink: lambda = nan; it must be 0 or more (x [3])"),
    {{"prelu", .f = prelu_call, .n = 2, .x = {{2, {2, 3}}, {1, {2}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "prelu: shapes do not broadcast; sizes must be equal or 1, counted from the last (x [2, 3], "
     "weight [2])"},
};

const case_family case_activations = {
    activation_rows,
    activation_points,
    activation_errors,
    CASE_COUNT(activation_rows),
    CASE_COUNT(activation_points),
    CASE_COUNT(activation_errors),
};
