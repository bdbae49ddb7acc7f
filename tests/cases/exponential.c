/* SPDX-License-Identifier: MIT */
/* exp2, expm1, log2, log10, log1p, sinh, cosh, asinh, acosh, atanh. */
#include <math.h>

#include "cases.h"

static fx_tensor exp2_call(void *row, const fx_tensor *x) { return (void)row, fx_exp2(x[0]); }

static fx_tensor expm1_call(void *row, const fx_tensor *x) { return (void)row, fx_expm1(x[0]); }

static fx_tensor log2_call(void *row, const fx_tensor *x) { return (void)row, fx_log2(x[0]); }

static fx_tensor log10_call(void *row, const fx_tensor *x) { return (void)row, fx_log10(x[0]); }

static fx_tensor log1p_call(void *row, const fx_tensor *x) { return (void)row, fx_log1p(x[0]); }

static fx_tensor sinh_call(void *row, const fx_tensor *x) { return (void)row, fx_sinh(x[0]); }

static fx_tensor cosh_call(void *row, const fx_tensor *x) { return (void)row, fx_cosh(x[0]); }

static fx_tensor asinh_call(void *row, const fx_tensor *x) { return (void)row, fx_asinh(x[0]); }

static fx_tensor acosh_call(void *row, const fx_tensor *x) { return (void)row, fx_acosh(x[0]); }

static fx_tensor atanh_call(void *row, const fx_tensor *x) { return (void)row, fx_atanh(x[0]); }

/* f at z, of value and slope: C's complex functions lose the digits of a step of 1e-200. */
static case_number exponential_lift(case_number z, long double value, long double slope) {
    return value + slope * cimagl(z) * _Complex_I;
}

static case_number exp2_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], exp2l(x), exp2l(x) * logl(2));
}

static case_number expm1_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], expm1l(x), expl(x));
}

static case_number log2_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], log2l(x), 1 / (x * logl(2)));
}

static case_number log10_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], log10l(x), 1 / (x * logl(10)));
}

static case_number log1p_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], log1pl(x), 1 / (1 + x));
}

static case_number sinh_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], sinhl(x), coshl(x));
}

static case_number cosh_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], coshl(x), sinhl(x));
}

static case_number asinh_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], asinhl(x), 1 / sqrtl(1 + x * x));
}

static case_number acosh_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], acoshl(x), 1 / sqrtl((x - 1) * (x + 1)));
}

static case_number atanh_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, exponential_lift(z[0], atanhl(x), 1 / ((1 - x) * (1 + x)));
}

#define ONE             .n = 1, .x = {{2, {3, 4}}}, .y = {2, {3, 4}}
#define RANGE(from, to) .low = {from}, .high = {to}

static const case_row exponential_rows[] = {
    {"exp2", .f = exp2_call, ONE, .at = exp2_at, .ulps = 0.52},
    {"exp2", "far", .f = exp2_call, ONE, RANGE(5, 40), .either = 1, .at = exp2_at, .ulps = 0.52},
    {"expm1", .f = expm1_call, ONE, .at = expm1_at, .ulps = 0.93},
    {"expm1", "small", .f = expm1_call, ONE, RANGE(1e-12, 1e-3), .either = 1, .at = expm1_at,
     .ulps = 0.93},
    {"expm1", "tail", .f = expm1_call, ONE, RANGE(-36, -3), .at = expm1_at, .ulps = 0.93},
    {"log2", .f = log2_call, ONE, RANGE(0.2, 5), .at = log2_at, .ulps = 0.56},
    {"log2", "far", .f = log2_call, ONE, RANGE(50, 5000), .at = log2_at, .ulps = 0.56},
    {"log10", .f = log10_call, ONE, RANGE(0.2, 5), .at = log10_at, .ulps = 1.7},
    {"log10", "far", .f = log10_call, ONE, RANGE(50, 5000), .at = log10_at, .ulps = 1.7},
    {"log1p", .f = log1p_call, ONE, RANGE(-0.7, 3), .at = log1p_at, .ulps = 0.91},
    {"log1p", "small", .f = log1p_call, ONE, RANGE(1e-12, 1e-3), .either = 1, .at = log1p_at,
     .ulps = 0.91},
    {"log1p", "near the edge", .f = log1p_call, ONE, RANGE(-0.97, -0.9), .at = log1p_at,
     .ulps = 0.91},
    {"sinh", .f = sinh_call, ONE, .at = sinh_at, .ulps = 2},
    {"sinh", "far", .f = sinh_call, ONE, RANGE(3, 20), .either = 1, .at = sinh_at, .ulps = 2},
    {"cosh", .f = cosh_call, ONE, .at = cosh_at, .ulps = 2},
    {"cosh", "far", .f = cosh_call, ONE, RANGE(3, 20), .either = 1, .at = cosh_at, .ulps = 2},
    {"asinh", .f = asinh_call, ONE, .at = asinh_at, .ulps = 2},
    {"asinh", "far", .f = asinh_call, ONE, RANGE(5, 5000), .either = 1, .at = asinh_at, .ulps = 2},
    {"acosh", .f = acosh_call, ONE, RANGE(1.2, 5), .at = acosh_at, .ulps = 2.3},
    {"acosh", "near the edge", .f = acosh_call, ONE, RANGE(1.003, 1.05), .at = acosh_at,
     .ulps = 2.3},
    {"acosh", "far", .f = acosh_call, ONE, RANGE(50, 5000), .at = acosh_at, .ulps = 2.3},
    {"atanh", .f = atanh_call, ONE, RANGE(-0.8, 0.8), .at = atanh_at, .ulps = 1.9},
    {"atanh", "near the edges", .f = atanh_call, ONE, RANGE(0.9, 0.98), .either = 1, .at = atanh_at,
     .ulps = 1.9},
};

/* Infinite slopes at the edge of a domain, NaN beyond it. */
static const case_point exponential_points[] = {
    {"exp2", NULL, {3}, "", 8},
    {"exp2", NULL, {-INFINITY}, "", 0},
    {"exp2", NULL, {-INFINITY}, "0", 0},
    {"exp2", NULL, {INFINITY}, "", INFINITY},
    {"exp2", NULL, {INFINITY}, "0", INFINITY},
    {"exp2", NULL, {NAN}, "0", NAN},
    {"expm1", NULL, {-0.0}, "", -0.0},
    {"expm1", NULL, {0}, "0", 1},
    {"expm1", NULL, {0}, "000", 1},
    {"expm1", NULL, {-INFINITY}, "", -1},
    {"expm1", NULL, {-INFINITY}, "0", 0},
    {"expm1", NULL, {INFINITY}, "", INFINITY},
    {"expm1", NULL, {NAN}, "", NAN},
    {"expm1", NULL, {NAN}, "0", NAN},
    {"log2", NULL, {8}, "", 3},
    {"log2", NULL, {1}, "", 0},
    {"log2", NULL, {0}, "", -INFINITY},
    {"log2", NULL, {0}, "0", INFINITY},
    {"log2", NULL, {-1}, "", NAN},
    {"log2", NULL, {INFINITY}, "", INFINITY},
    {"log2", NULL, {INFINITY}, "0", 0},
    {"log2", NULL, {NAN}, "0", NAN},
    {"log10", NULL, {1000}, "", 3},
    {"log10", NULL, {0}, "", -INFINITY},
    {"log10", NULL, {0}, "0", INFINITY},
    {"log10", NULL, {-1}, "", NAN},
    {"log10", NULL, {INFINITY}, "0", 0},
    {"log10", NULL, {NAN}, "", NAN},
    {"log1p", NULL, {-0.0}, "", -0.0},
    {"log1p", NULL, {0}, "0", 1},
    {"log1p", NULL, {0}, "00", -1},
    {"log1p", NULL, {0}, "000", 2},
    {"log1p", NULL, {0}, "00000", 24},
    {"log1p", NULL, {1}, "0", 0.5},
    {"log1p", NULL, {-1}, "", -INFINITY},
    {"log1p", NULL, {-1}, "0", INFINITY},
    {"log1p", NULL, {-1}, "00", -INFINITY},
    {"log1p", NULL, {-2}, "", NAN},
    {"log1p", NULL, {INFINITY}, "", INFINITY},
    {"log1p", NULL, {INFINITY}, "0", 0},
    {"log1p", NULL, {NAN}, "0", NAN},
    {"sinh", NULL, {-0.0}, "", -0.0},
    {"sinh", NULL, {0}, "0", 1},
    {"sinh", NULL, {0}, "00", 0},
    {"sinh", NULL, {0}, "000", 1},
    {"sinh", NULL, {-INFINITY}, "", -INFINITY},
    {"sinh", NULL, {-INFINITY}, "0", INFINITY},
    {"sinh", NULL, {NAN}, "0", NAN},
    {"cosh", NULL, {0}, "", 1},
    {"cosh", NULL, {0}, "0", 0},
    {"cosh", NULL, {0}, "00", 1},
    {"cosh", NULL, {-INFINITY}, "", INFINITY},
    {"cosh", NULL, {-INFINITY}, "0", -INFINITY},
    {"cosh", NULL, {NAN}, "", NAN},
    {"asinh", NULL, {-0.0}, "", -0.0},
    {"asinh", NULL, {0}, "0", 1},
    {"asinh", NULL, {0}, "00", 0},
    {"asinh", NULL, {0}, "000", -1},
    {"asinh", NULL, {0}, "00000", 9},
    {"asinh", NULL, {INFINITY}, "", INFINITY},
    {"asinh", NULL, {-INFINITY}, "0", 0},
    {"asinh", NULL, {NAN}, "0", NAN},
    {"acosh", NULL, {1}, "", 0},
    {"acosh", NULL, {1}, "0", INFINITY},
    {"acosh", NULL, {1}, "00", -INFINITY},
    {"acosh", NULL, {0.5}, "", NAN},
    {"acosh", NULL, {0.5}, "0", NAN},
    {"acosh", NULL, {-2}, "0", NAN},
    {"acosh", NULL, {INFINITY}, "", INFINITY},
    {"acosh", NULL, {INFINITY}, "0", 0},
    {"acosh", NULL, {NAN}, "0", NAN},
    {"atanh", NULL, {-0.0}, "", -0.0},
    {"atanh", NULL, {0}, "0", 1},
    {"atanh", NULL, {0}, "00", 0},
    {"atanh", NULL, {0}, "000", 2},
    {"atanh", NULL, {0}, "00000", 24},
    {"atanh", NULL, {1}, "", INFINITY},
    {"atanh", NULL, {-1}, "", -INFINITY},
    {"atanh", NULL, {1}, "0", INFINITY},
    {"atanh", NULL, {-1}, "0", INFINITY},
    {"atanh", NULL, {1}, "00", INFINITY},
    {"atanh", NULL, {-1}, "00", -INFINITY},
    {"atanh", NULL, {2}, "", NAN},
    {"atanh", NULL, {2}, "0", NAN},
    {"atanh", NULL, {NAN}, "", NAN},
    {"atanh", NULL, {NAN}, "0", NAN},
};

const case_family case_exponential = {
    exponential_rows,
    exponential_points,
    NULL,
    CASE_COUNT(exponential_rows),
    CASE_COUNT(exponential_points),
    0,
};
