/* SPDX-License-Identifier: MIT */
/* erf, erfc, erfinv, lgamma, digamma, polygamma and the ops of their rules. */
#include <math.h>

#include "cases.h"

static fx_tensor erf_call(void *row, const fx_tensor *x) { return (void)row, fx_erf(x[0]); }

static fx_tensor erfc_call(void *row, const fx_tensor *x) { return (void)row, fx_erfc(x[0]); }

static fx_tensor erfinv_call(void *row, const fx_tensor *x) { return (void)row, fx_erfinv(x[0]); }

static fx_tensor lgamma_call(void *row, const fx_tensor *x) { return (void)row, fx_lgamma(x[0]); }

static fx_tensor digamma_call(void *row, const fx_tensor *x) { return (void)row, fx_digamma(x[0]); }

static fx_tensor special_detached(fx_tensor x) { return fx_detach(fx_mul(x, fx_num(1))); }

/* A value so near an edge that differences have no room. */
static fx_tensor detached_call(void *row, const fx_tensor *x) {
    const fx_tensor operands[] = {special_detached(x[0]), special_detached(x[1])};
    return case_apply(row, operands);
}

/* axis is the order */
static fx_tensor polygamma_call(void *row, const fx_tensor *x) {
    return fx_polygamma((int)((const case_row *)row)->axis, x[0]);
}

/* ---- references ---- */

/* f at z, of value and slope. */
static case_number special_lift(case_number z, long double value, long double slope) {
    return value + slope * cimagl(z) * _Complex_I;
}

static long double special_bell(long double x) { return 2 / sqrtl(acosl(-1)) * expl(-x * x); }

static case_number erf_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, special_lift(z[0], erfl(x), special_bell(x));
}

static case_number erfc_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, special_lift(z[0], erfcl(x), -special_bell(x));
}

static case_number erf_grad_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] * 2 / sqrtl(acosl(-1)) * cexpl(-z[1] * z[1]);
}

/* By bisection of 0 .. 8 on erfc. */
static long double special_inverse(long double x) {
    long double low = 0, high = 8;
    for (int i = 0; i < 80; i++) {
        const long double middle = (low + high) / 2, p = fabsl(x);
        const bool below = p < 0.5L ? erfl(middle) < p : erfcl(middle) > 1 - p;
        *(below ? &low : &high) = middle;
    }
    return copysignl(low, x);
}

static case_number erfinv_at(const case_row *row, const case_number *z) {
    const long double w = special_inverse(creall(z[0]));
    return (void)row, special_lift(z[0], w, 1 / special_bell(w));
}

static case_number erfinv_grad_at(const case_row *row, const case_number *z) {
    const long double w = special_inverse(creall(z[1])), slope = 1 / special_bell(w);
    return (void)row, z[0] * special_lift(z[1], slope, 2 * w * slope * slope);
}

/* The n-th derivative of digamma: forty terms, then the series at infinity, of which eight terms
 * are enough; n = 0 has a logarithm where the others have an integral. */
static case_number special_gamma(int n, case_number z) {
    static const long double bernoulli[] = {
        1 / 6.0L,  -1 / 30.0L,     1 / 42.0L, -1 / 30.0L,
        5 / 66.0L, -691 / 2730.0L, 7 / 6.0L,  -3617 / 510.0L,
    };
    case_number sum = 0, power = 1, w = z + 40, rising;
    long double factor = n % 2 ? 1 : -1;
    for (int i = 2; i <= n; i++) factor *= i;
    for (int k = 0; k < 40; k++) {
        power = 1;
        for (int i = 0; i <= n; i++) power /= z + k;
        sum += power;
    }
    power = 1;
    for (int i = 0; i < n; i++) power /= w;
    sum += (n > 0 ? power / n : -clogl(w)) + power / w / 2;
    rising = (n + 1) * power / (w * w) / 2; /* (s)_(2j-1) w^-(s+2j-1) / (2j)!, s = n + 1 */
    for (int j = 1; j <= 8; j++) {
        sum += bernoulli[j - 1] * rising;
        rising *= (n + 2 * j) * (n + 2 * j + 1) / (w * w) / ((2 * j + 1) * (2 * j + 2));
    }
    return factor * sum;
}

static case_number lgamma_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, special_lift(z[0], lgammal(x), creall(special_gamma(0, x)));
}

static case_number digamma_at(const case_row *row, const case_number *z) {
    return (void)row, special_gamma(0, z[0]);
}

/* Near the zero of digamma: Taylor's series about it, which is at the sum of two numbers. */
static case_number zero_at(const case_row *row, const case_number *z) {
    const case_number x = z[0] - 0x1.762d86356be3fp+0L - 0x1.b86a722197829p-54L;
    const long double zero = 0x1.762d86356be3fp+0L + 0x1.b86a722197829p-54L;
    case_number sum = 0, power = 1;
    for (int n = 1; n <= 5; n++) {
        power *= x / n;
        sum += special_gamma(n, zero) * power;
    }
    return (void)row, sum;
}

static case_number polygamma_at(const case_row *row, const case_number *z) {
    return special_gamma((int)row->axis, z[0]);
}

/* ---- rows ---- */

#define ONE             .n = 1, .x = {{2, {3, 4}}}, .y = {2, {3, 4}}
#define TWO             .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}
#define RANGE(from, to) .low = {from}, .high = {to}
#define PSI             .f = polygamma_call, ONE, .at = polygamma_at

static const case_row special_rows[] = {
    {"erf", .f = erf_call, ONE, .at = erf_at, .ulps = 1.5},
    {"erf", "tail", .f = erf_call, ONE, RANGE(2, 6), .either = 1, .at = erf_at, .ulps = 1.5},
    {"erf_grad", .f = case_apply, TWO, .at = erf_grad_at, .ulps = 2.5},
    {"erf_grad", "tail", .f = case_apply, TWO, .low = {0, 2}, .high = {0, 5}, .either = 2,
     .at = erf_grad_at, .ulps = 2.5},
    {"erfc", .f = erfc_call, ONE, .at = erfc_at, .ulps = 2},
    {"erfc", "tail", .f = erfc_call, ONE, RANGE(2, 26), .at = erfc_at, .ulps = 2},
    {"erfinv", .f = erfinv_call, ONE, RANGE(-0.9, 0.9), .at = erfinv_at, .ulps = 2},
    {"erfinv", "small", .f = erfinv_call, ONE, RANGE(1e-9, 1e-3), .either = 1, .at = erfinv_at,
     .ulps = 2},
    {"erfinv", "near the edges", .f = erfinv_call, ONE, RANGE(0.95, 0.998), .either = 1,
     .at = erfinv_at, .ulps = 2},
    {"erfinv_grad", .f = case_apply, TWO, .low = {0, -0.8}, .high = {0, 0.8}, .at = erfinv_grad_at,
     .ulps = 4},
    {"erfinv_grad", "near the edges", .f = detached_call, TWO, .low = {0, 0.999},
     .high = {0, 0.99999}, .either = 2, .flat = true, .made = true, .at = erfinv_grad_at,
     .ulps = 4},
    {"lgamma", .f = lgamma_call, ONE, RANGE(0.2, 9), .at = lgamma_at, .ulps = 3},
    {"lgamma", "far", .f = lgamma_call, ONE, RANGE(20, 2000), .at = lgamma_at, .ulps = 3},
    {"lgamma", "between poles", .f = lgamma_call, ONE, RANGE(-2.4, -2.1), .at = lgamma_at,
     .ulps = 3},
    {"digamma", .f = digamma_call, ONE, RANGE(0.2, 9), .at = digamma_at, .ulps = 3},
    {"digamma", "at its zero", .f = digamma_call, ONE, RANGE(1.4616, 1.4617), .at = zero_at,
     .ulps = 3},
    {"digamma", "far", .f = digamma_call, ONE, RANGE(20, 2000), .at = digamma_at, .ulps = 2},
    {"digamma", "between poles", .f = digamma_call, ONE, RANGE(-2.4, -2.1), .at = digamma_at,
     .ulps = 4},
    {"polygamma", "n = 0", PSI, RANGE(0.2, 9), .ulps = 3},
    {"polygamma", "n = 1", PSI, RANGE(0.2, 9), .ulps = 2.5, .axis = 1},
    {"polygamma", "n = 1, far", PSI, RANGE(20, 2000), .ulps = 2.5, .axis = 1},
    {"polygamma", "n = 1, between poles", PSI, RANGE(-2.4, -2.1), .ulps = 4, .axis = 1},
    {"polygamma", "n = 2", PSI, RANGE(0.2, 9), .ulps = 2.5, .axis = 2},
    {"polygamma", "n = 5", PSI, RANGE(2, 20), .ulps = 2.5, .axis = 5},
    {"polygamma", "n = 30", PSI, RANGE(14, 16), .ulps = 2.5, .axis = 30},
    {"polygamma", "n = 100", PSI, RANGE(30, 60), .ulps = 2.5, .axis = 100},
};

static const case_point special_points[] = {
    {"erf", NULL, {-0.0}, "", -0.0},
    {"erf", NULL, {INFINITY}, "", 1},
    {"erf", NULL, {-INFINITY}, "", -1},
    {"erf", NULL, {INFINITY}, "0", 0},
    {"erf", NULL, {1e30}, "0", 0},
    {"erf", NULL, {0}, "00", 0},
    {"erf", NULL, {0}, "0000", 0},
    {"erf", NULL, {NAN}, "", NAN},
    {"erf", NULL, {NAN}, "0", NAN},
    {"erf_grad", NULL, {3, INFINITY}, "", 0},
    {"erf_grad", NULL, {3, -INFINITY}, "0", 0},
    {"erf_grad", NULL, {3, 0}, "1", 0},
    {"erf_grad", NULL, {3, NAN}, "", NAN},
    {"erfc", NULL, {0}, "", 1},
    {"erfc", NULL, {-INFINITY}, "", 2},
    {"erfc", NULL, {INFINITY}, "", 0},
    {"erfc", NULL, {30}, "", 0},
    {"erfc", NULL, {INFINITY}, "0", 0},
    {"erfc", NULL, {0}, "00", 0},
    {"erfc", NULL, {NAN}, "", NAN},
    {"erfc", NULL, {NAN}, "0", NAN},
    {"erfinv", NULL, {0}, "", 0},
    {"erfinv", NULL, {-0.0}, "", -0.0},
    {"erfinv", NULL, {1}, "", INFINITY},
    {"erfinv", NULL, {-1}, "", -INFINITY},
    {"erfinv", NULL, {1}, "0", INFINITY},
    {"erfinv", NULL, {-1}, "0", INFINITY},
    {"erfinv", NULL, {1}, "00", INFINITY},
    {"erfinv", NULL, {-1}, "00", -INFINITY},
    {"erfinv", NULL, {0}, "00", 0},
    {"erfinv", NULL, {1.5}, "", NAN},
    {"erfinv", NULL, {-2}, "0", NAN},
    {"erfinv", NULL, {INFINITY}, "", NAN},
    {"erfinv", NULL, {NAN}, "", NAN},
    {"erfinv", NULL, {NAN}, "0", NAN},
    {"erfinv_grad", NULL, {3, 1}, "", INFINITY},
    {"erfinv_grad", NULL, {3, -2}, "", NAN},
    {"erfinv_grad", NULL, {3, 0}, "1", 0},
    {"lgamma", NULL, {1}, "", 0},
    {"lgamma", NULL, {2}, "", 0},
    {"lgamma", NULL, {0}, "", INFINITY},
    {"lgamma", NULL, {-3}, "", INFINITY},
    {"lgamma", NULL, {INFINITY}, "", INFINITY},
    {"lgamma", NULL, {-INFINITY}, "", INFINITY},
    {"lgamma", NULL, {0}, "0", -INFINITY},
    {"lgamma", NULL, {-3}, "0", NAN},
    {"lgamma", NULL, {NAN}, "", NAN},
    {"lgamma", NULL, {NAN}, "0", NAN},
    {"digamma", NULL, {0}, "", -INFINITY},
    {"digamma", NULL, {-0.0}, "", INFINITY},
    {"digamma", NULL, {-3}, "", NAN},
    {"digamma", NULL, {INFINITY}, "", INFINITY},
    {"digamma", NULL, {-INFINITY}, "", NAN},
    {"digamma", NULL, {INFINITY}, "0", 0},
    {"digamma", NULL, {0}, "0", INFINITY},
    {"digamma", NULL, {-3}, "0", INFINITY},
    {"digamma", NULL, {NAN}, "", NAN},
    {"digamma", NULL, {NAN}, "0", NAN},
    {"polygamma", "n = 0", {0}, "", -INFINITY},
    {"polygamma", "n = 1", {0}, "", INFINITY},
    {"polygamma", "n = 1", {-3}, "", INFINITY},
    {"polygamma", "n = 1", {INFINITY}, "", 0},
    {"polygamma", "n = 1", {-INFINITY}, "", NAN},
    {"polygamma", "n = 1", {NAN}, "", NAN},
    {"polygamma", "n = 1", {0}, "0", -INFINITY},
    {"polygamma", "n = 2", {0}, "", -INFINITY},
    {"polygamma", "n = 2", {-0.0}, "", INFINITY},
    {"polygamma", "n = 2", {-3}, "", NAN},
    {"polygamma", "n = 2", {INFINITY}, "", -0.0},
};

static const case_error special_errors[] = {
    {{"polygamma", .f = polygamma_call, .n = 1, .x = {{1, {3}}}, .axis = -1},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "polygamma: n = -1; an order is in 0 .. 170 (x [3])"},
    {{"polygamma", .f = polygamma_call, .n = 1, .x = {{1, {3}}}, .axis = 171},
     {FX_F32},
     FX_ERR_ARGUMENT,
     "polygamma: n = 171; an order is in 0 .. 170 (x [3])"},
};

const case_family case_special = {
    special_rows,
    special_points,
    special_errors,
    CASE_COUNT(special_rows),
    CASE_COUNT(special_points),
    CASE_COUNT(special_errors),
};
