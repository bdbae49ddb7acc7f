/* SPDX-License-Identifier: MIT */
/* sin, cos, tan, asin, acos, atan and the op of the inverses' slopes. */
#include <math.h>

#include "cases.h"

static fx_tensor sin_call(void *row, const fx_tensor *x) { return (void)row, fx_sin(x[0]); }

static fx_tensor cos_call(void *row, const fx_tensor *x) { return (void)row, fx_cos(x[0]); }

static fx_tensor tan_call(void *row, const fx_tensor *x) { return (void)row, fx_tan(x[0]); }

static fx_tensor asin_call(void *row, const fx_tensor *x) { return (void)row, fx_asin(x[0]); }

static fx_tensor acos_call(void *row, const fx_tensor *x) { return (void)row, fx_acos(x[0]); }

static fx_tensor atan_call(void *row, const fx_tensor *x) { return (void)row, fx_atan(x[0]); }

/* f at z, of value and slope: C's complex inverses lose the digits of a step of 1e-200. */
static case_number trigonometric_lift(case_number z, long double value, long double slope) {
    return value + slope * cimagl(z) * _Complex_I;
}

static case_number sin_at(const case_row *row, const case_number *z) {
    return (void)row, trigonometric_lift(z[0], sinl(creall(z[0])), cosl(creall(z[0])));
}

static case_number cos_at(const case_row *row, const case_number *z) {
    return (void)row, trigonometric_lift(z[0], cosl(creall(z[0])), -sinl(creall(z[0])));
}

static case_number tan_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, trigonometric_lift(z[0], tanl(x), 1 / (cosl(x) * cosl(x)));
}

static case_number asin_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, trigonometric_lift(z[0], asinl(x), 1 / sqrtl((1 - x) * (1 + x)));
}

static case_number acos_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, trigonometric_lift(z[0], acosl(x), -1 / sqrtl((1 - x) * (1 + x)));
}

static case_number atan_at(const case_row *row, const case_number *z) {
    const long double x = creall(z[0]);
    return (void)row, trigonometric_lift(z[0], atanl(x), 1 / (1 + x * x));
}

static case_number conic_at(const case_row *row, const case_number *z) {
    const long double a = row->attrs[0].value, b = row->attrs[1].value, k = row->attrs[2].value;
    return z[0] * cpowl(a + b * z[1] * z[1], -k / 2);
}

#define ONE             .n = 1, .x = {{2, {3, 4}}}, .y = {2, {3, 4}}
#define TWO             .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}
#define RANGE(from, to) .low = {from}, .high = {to}
#define CONIC(a, b, k)  .attrs = {CASE_ATTR("a", a), CASE_ATTR("b", b), CASE_ATTR("k", k)}

static const case_row trigonometric_rows[] = {
    {"sin", .f = sin_call, ONE, .at = sin_at, .ulps = 0.52},
    {"sin", "far", .f = sin_call, ONE, RANGE(20, 60), .either = 1, .at = sin_at, .ulps = 0.52},
    {"cos", .f = cos_call, ONE, .at = cos_at, .ulps = 0.52},
    {"cos", "far", .f = cos_call, ONE, RANGE(20, 60), .either = 1, .at = cos_at, .ulps = 0.52},
    {"tan", .f = tan_call, ONE, RANGE(-1.4, 1.4), .at = tan_at, .ulps = 0.63},
    {"tan", "beyond a pole", .f = tan_call, ONE, RANGE(2, 4), .either = 1, .at = tan_at,
     .ulps = 0.63},
    {"asin", .f = asin_call, ONE, RANGE(-0.9, 0.9), .at = asin_at, .ulps = 0.52},
    {"asin", "near the edges", .f = asin_call, ONE, RANGE(0.95, 0.998), .either = 1, .at = asin_at,
     .ulps = 0.52},
    {"acos", .f = acos_call, ONE, RANGE(-0.9, 0.9), .at = acos_at, .ulps = 0.53},
    {"acos", "near the edges", .f = acos_call, ONE, RANGE(0.95, 0.998), .either = 1, .at = acos_at,
     .ulps = 0.53},
    {"atan", .f = atan_call, ONE, .at = atan_at, .ulps = 0.56},
    {"atan", "far", .f = atan_call, ONE, RANGE(5, 500), .either = 1, .at = atan_at, .ulps = 0.56},
    {"conic_term", "1 - x^2, k = 1", .f = case_apply, TWO, .low = {0, -0.8}, .high = {0, 0.8},
     .at = conic_at, .ulps = 2, CONIC(1, -1, 1)},
    {"conic_term", "1 - x^2, k = 2", .f = case_apply, TWO, .low = {0, -0.8}, .high = {0, 0.8},
     .at = conic_at, .ulps = 2, CONIC(1, -1, 2)},
    {"conic_term", "1 - x^2, k = 5", .f = case_apply, TWO, .low = {0, -0.8}, .high = {0, 0.8},
     .at = conic_at, .ulps = 4, CONIC(1, -1, 5)},
    {"conic_term", "1 + x^2, k = 1", .f = case_apply, TWO, .at = conic_at, .ulps = 2,
     CONIC(1, 1, 1)},
    {"conic_term", "1 + x^2, k = 2", .f = case_apply, TWO, .at = conic_at, .ulps = 2,
     CONIC(1, 1, 2)},
    {"conic_term", "1 + x^2, k = 4", .f = case_apply, TWO, .at = conic_at, .ulps = 3,
     CONIC(1, 1, 4)},
    {"conic_term", "x^2 - 1, k = 1", .f = case_apply, TWO, .low = {0, 1.2}, .high = {0, 3},
     .at = conic_at, .ulps = 2, CONIC(-1, 1, 1)},
    {"conic_term", "x^2 - 1, k = 3", .f = case_apply, TWO, .low = {0, 1.2}, .high = {0, 3},
     .at = conic_at, .ulps = 3, CONIC(-1, 1, 3)},
};

/* Slopes are infinite at an edge, NaN beyond, and of any order right at 0. */
static const case_point trigonometric_points[] = {
    {"sin", NULL, {-0.0}, "", -0.0},
    {"sin", NULL, {0}, "0", 1},
    {"sin", NULL, {0}, "00", 0},
    {"sin", NULL, {0}, "000", -1},
    {"sin", NULL, {0}, "00000", 1},
    {"sin", NULL, {INFINITY}, "", NAN},
    {"sin", NULL, {-INFINITY}, "0", NAN},
    {"sin", NULL, {NAN}, "", NAN},
    {"cos", NULL, {0}, "", 1},
    {"cos", NULL, {0}, "0", 0},
    {"cos", NULL, {0}, "00", -1},
    {"cos", NULL, {0}, "000", 0},
    {"cos", NULL, {0}, "0000", 1},
    {"cos", NULL, {INFINITY}, "", NAN},
    {"cos", NULL, {NAN}, "0", NAN},
    {"tan", NULL, {-0.0}, "", -0.0},
    {"tan", NULL, {0}, "0", 1},
    {"tan", NULL, {0}, "00", 0},
    {"tan", NULL, {0}, "000", 2},
    {"tan", NULL, {0}, "00000", 16},
    {"tan", NULL, {INFINITY}, "", NAN},
    {"tan", NULL, {NAN}, "0", NAN},
    {"asin", NULL, {-0.0}, "", -0.0},
    {"asin", NULL, {0}, "0", 1},
    {"asin", NULL, {0}, "00", 0},
    {"asin", NULL, {0}, "000", 1},
    {"asin", NULL, {0}, "00000", 9},
    {"asin", NULL, {1}, "0", INFINITY},
    {"asin", NULL, {-1}, "0", INFINITY},
    {"asin", NULL, {1}, "00", INFINITY},
    {"asin", NULL, {-1}, "00", -INFINITY},
    {"asin", NULL, {1.5}, "", NAN},
    {"asin", NULL, {-1.5}, "0", NAN},
    {"asin", NULL, {INFINITY}, "0", NAN},
    {"asin", NULL, {NAN}, "", NAN},
    {"asin", NULL, {NAN}, "0", NAN},
    {"acos", NULL, {1}, "", 0},
    {"acos", NULL, {0}, "0", -1},
    {"acos", NULL, {0}, "000", -1},
    {"acos", NULL, {1}, "0", -INFINITY},
    {"acos", NULL, {-1}, "0", -INFINITY},
    {"acos", NULL, {-1}, "00", INFINITY},
    {"acos", NULL, {-2}, "", NAN},
    {"acos", NULL, {2}, "0", NAN},
    {"acos", NULL, {NAN}, "0", NAN},
    {"atan", NULL, {-0.0}, "", -0.0},
    {"atan", NULL, {0}, "0", 1},
    {"atan", NULL, {1}, "0", 0.5},
    {"atan", NULL, {1}, "00", -0.5},
    {"atan", NULL, {1}, "000", 0.5},
    {"atan", NULL, {0}, "000", -2},
    {"atan", NULL, {0}, "00000", 24},
    {"atan", NULL, {INFINITY}, "0", 0},
    {"atan", NULL, {-INFINITY}, "0", 0},
    {"atan", NULL, {NAN}, "", NAN},
    {"atan", NULL, {NAN}, "0", NAN},
    {"conic_term", "1 - x^2, k = 1", {3, 0}, "", 3},
    {"conic_term", "1 - x^2, k = 1", {3, 1}, "", INFINITY},
    {"conic_term", "1 - x^2, k = 2", {3, -1}, "0", INFINITY},
    {"conic_term", "1 - x^2, k = 2", {3, 2}, "", NAN},
    {"conic_term", "1 - x^2, k = 2", {3, INFINITY}, "", NAN},
    {"conic_term", "1 - x^2, k = 1", {3, 0}, "11", 3},
    {"conic_term", "1 + x^2, k = 2", {3, 1}, "", 1.5},
    {"conic_term", "1 + x^2, k = 2", {3, 1}, "01", -0.5},
    {"conic_term", "1 + x^2, k = 2", {3, -INFINITY}, "", 0},
    {"conic_term", "x^2 - 1, k = 1", {3, 1}, "", INFINITY},
    {"conic_term", "x^2 - 1, k = 1", {3, -2}, "", NAN},
    {"conic_term", "x^2 - 1, k = 1", {3, INFINITY}, "", 0},
    {"conic_term", "x^2 - 1, k = 1", {3, -INFINITY}, "", NAN},
};

const case_family case_trigonometric = {
    trigonometric_rows,
    trigonometric_points,
    NULL,
    CASE_COUNT(trigonometric_rows),
    CASE_COUNT(trigonometric_points),
    0,
};
