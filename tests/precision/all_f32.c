/* SPDX-License-Identifier: MIT */
/* The largest error of ops of one operand over all 2^32 numbers of f32, against C's functions in
 * double or long double, whichever is not what the op itself calls.
 *     all_f32 [--every K] OP...     one number in K, K odd; without a name: all ops
 * prints a line for each op: its name, K, the most units in the last place, and where. Minutes for
 * each op: not part of the tests. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum { ALL_BATCH = 1 << 16 };

typedef long double wide;

static double all_sigmoid(double x) {
    const double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

static double all_silu(double x) { return x * all_sigmoid(x); }

static double all_gelu(double x) { return x * (0.5 * erfc(-x * 0.70710678118654752)); }

static double all_gelu_tanh(double x) {
    return x * all_sigmoid(x * (1.5957691216057308 + 0.07135481627260025 * x * x));
}

static double all_mish(double x) {
    const double w = exp(-fabs(x)), up = x < 0 ? w * (w + 2) : 1 + 2 * w;
    return x * (up / (x < 0 ? w * (w + 2) + 2 : 1 + 2 * w + 2 * w * w));
}

static double all_square(double x) { return x * x; }

static double all_reciprocal(double x) { return 1 / x; }

static double all_hardsigmoid(double x) { return (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6; }

static double all_hardswish(double x) { return x * all_hardsigmoid(x); }

static wide all_rsqrt(wide x) { return 1 / sqrtl(x); }

static wide all_softplus(wide x) { return fmaxl(x, 0) + log1pl(expl(-fabsl(x))); }

static wide all_logsigmoid(wide x) { return -all_softplus(-x); }

static wide all_softsign(wide x) { return isinf(x) ? copysignl(1, x) : x / (1 + fabsl(x)); }

static wide all_elu(wide x) { return x > 0 ? x : expm1l(x); }

static wide all_selu(wide x) {
    return 1.0507009873554804934193349852946L *
           (x > 0 ? x : 1.6732632423543772848170429916717L * expm1l(x));
}

static wide all_celu(wide x) { return x > 0 ? x : 0.7 * expm1l(x / 0.7); }

static wide all_normal_cdf(wide x) { return erfcl(-x * sqrtl(0.5L)) / 2; }

static wide all_normal_pdf(wide x) {
    return expl(-x * x / 2) * 0.398942280401432677939946059934381868L;
}

/* Steps of Newton on erfc; of the centre on erf. */
static wide all_erfinv(wide x) {
    const wide p = fabsl(x), a = 0.147L, half_root_pi = 0.886226925452758013649083741670572591L;
    const wide l = log1pl(-p * p), b = 2 / (3.14159265358979323846L * a) + l / 2;
    wide w = sqrtl(sqrtl(b * b - l / a) - b);
    if (!(p < 1)) return p == 1 ? copysignl(INFINITY, x) : (wide)NAN;
    if (p < 1e-4L) return half_root_pi * (x + 0.2617993877991494365L * x * x * x);
    for (int i = 0; i < 4; i++) {
        const wide error = p < 0.5L ? erfl(w) - p : (1 - p) - erfcl(w);
        w -= error * half_root_pi * expl(w * w) / (1 + error * half_root_pi * expl(w * w) * w);
    }
    return copysignl(w, x);
}

/* By recurrence to 30, where the asymptotic series has all digits; by reflection. */
static wide all_digamma(wide x) {
    const wide pi = 3.14159265358979323846264338327950288L;
    wide sum = 0;
    if (x == 0) return -1 / x;
    if (x < 0) {
        const wide t = x - rintl(x);
        return t == 0 ? (wide)NAN : all_digamma(1 - x) - pi / tanl(pi * t);
    }
    for (; x < 30; x += 1) sum -= 1 / x;
    const wide z = 1 / (x * x);
    return sum + logl(x) - 0.5L / x -
           z * (1.0L / 12 - z * (1.0L / 120 - z * (1.0L / 252 - z * (1.0L / 240 - z / 132))));
}

typedef struct all_op {
    const char *name;
    double (*f)(double); /* or */
    wide (*wide)(wide);
} all_op;

static const all_op all_ops[] = {
    {"exp", exp, NULL},
    {"log", log, NULL},
    {"tanh", tanh, NULL},
    {"sigmoid", all_sigmoid, NULL},
    {"sqrt", sqrt, NULL},
    {"silu", all_silu, NULL},
    {"gelu", all_gelu, NULL},
    {"gelu_tanh", all_gelu_tanh, NULL},
    {"mish", all_mish, NULL},
    {"softplus", NULL, all_softplus},
    {"erf", NULL, erfl},
    {"sin", NULL, sinl},
    {"cos", NULL, cosl},
    {"square", all_square, NULL},
    {"reciprocal", all_reciprocal, NULL},
    {"hardsigmoid", all_hardsigmoid, NULL},
    {"hardswish", all_hardswish, NULL},
    {"rsqrt", NULL, all_rsqrt},
    {"expm1", NULL, expm1l},
    {"log1p", NULL, log1pl},
    {"elu(1)", NULL, all_elu},
    {"logsigmoid", NULL, all_logsigmoid},
    {"softsign", NULL, all_softsign},
    {"tan", NULL, tanl},
    {"exp2", NULL, exp2l},
    {"log2", NULL, log2l},
    {"log10", NULL, log10l},
    {"cbrt", NULL, cbrtl},
    {"asin", NULL, asinl},
    {"acos", NULL, acosl},
    {"atan", NULL, atanl},
    {"sinh", NULL, sinhl},
    {"cosh", NULL, coshl},
    {"asinh", NULL, asinhl},
    {"acosh", NULL, acoshl},
    {"atanh", NULL, atanhl},
    {"erfc", NULL, erfcl},
    {"selu", NULL, all_selu},
    {"celu(0.7)", NULL, all_celu},
    {"normal_cdf", NULL, all_normal_cdf},
    {"normal_pdf", NULL, all_normal_pdf},
    {"lgamma", NULL, lgammal},
    {"erfinv", NULL, all_erfinv},
    {"digamma", NULL, all_digamma},
};

typedef struct all_worst {
    double ulps;
    float at;
} all_worst;

/* 1 / (the unit in the last place of f32 next to x > 0). */
static double all_per_unit(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t e = (int64_t)(bits >> 52 & 0x7ff) - 1023;
    e = e < FLT_MIN_EXP - 1 ? FLT_MIN_EXP - 1 : e;
    bits = (uint64_t)(1023 - (e - (FLT_MANT_DIG - 1))) << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double all_error(float y, double exact, double least) {
    if (isnan(exact) || isnan(y)) return isnan(exact) && isnan(y) ? 0 : INFINITY;
    if (isinf(y) || isinf(exact)) return y == (float)exact ? 0 : INFINITY;
    return fabs((double)y - exact) * all_per_unit(fmax(fabs(exact), least));
}

static void all_compare(const all_op *op, const precision_op *own, int n, const float *x,
                        const float *y, all_worst *worst) {
    for (int i = 0; i < n; i++) {
        const double exact = op->f ? op->f((double)x[i]) : (double)op->wide((wide)x[i]);
        const double at = (double)x[i];
        const double ulps = all_error(y[i], exact, precision_least(own, FX_F32, &at));
        if (ulps > worst->ulps) *worst = (all_worst){ulps, x[i]};
    }
}

static void all_batch(fx_graph *graph, const all_op *op, int n, const float *x, all_worst *worst) {
    static float y[ALL_BATCH];
    const fx_tensor input = fx_input_view(graph, FX_F32, fx_shape1(n), NULL, x);
    const precision_op *own = precision_op_find(op->name);
    if (fx_read_f32(precision_apply(own, &input), n, y) == FX_OK)
        all_compare(op, own, n, x, y, worst);
    fx_graph_reset(graph);
}

static void all_run(fx_graph *graph, const all_op *op, uint64_t every) {
    static float x[ALL_BATCH];
    all_worst worst = {0, 0};
    int n = 0;
    for (uint64_t i = 0; i < (uint64_t)1 << 32; i += every) {
        const uint32_t bits = (uint32_t)i;
        memcpy(&x[n++], &bits, sizeof bits);
        if (n == ALL_BATCH) all_batch(graph, op, n, x, &worst), n = 0;
    }
    if (n > 0) all_batch(graph, op, n, x, &worst);
    printf("%-12s %4llu %8.4f %a\n", op->name, (unsigned long long)every, worst.ulps,
           (double)worst.at);
    fflush(stdout);
}

static bool all_wants(const char *name, int n, char **names) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return n == 0;
}

int main(int argc, char **argv) {
    const bool some = argc > 2 && strcmp(argv[1], "--every") == 0;
    const uint64_t every = some ? strtoull(argv[2], NULL, 10) | 1 : 1;
    const int first = some ? 3 : 1;
    fx_context *cx = fx_context_new(NULL);
    fx_graph *graph = fx_graph_new(cx);
    fx_record(graph, false);
    for (size_t i = 0; i < sizeof all_ops / sizeof *all_ops && !fx_error(cx); i++)
        if (all_wants(all_ops[i].name, argc - first, argv + first))
            all_run(graph, &all_ops[i], every);
    if (fx_error(cx)) fprintf(stderr, "all_f32: %s\n", fx_error_text(cx));
    return fx_context_free(cx) != FX_OK;
}
