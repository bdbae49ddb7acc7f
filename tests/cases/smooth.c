/* SPDX-License-Identifier: MIT */
/* square, sqrt, exp, log, pow, tanh, sigmoid and the ops of their rules. */
#include <math.h>

#include "cases.h"

static fx_tensor square_call(void *row, const fx_tensor *x) { return (void)row, fx_square(x[0]); }

static fx_tensor sqrt_call(void *row, const fx_tensor *x) { return (void)row, fx_sqrt(x[0]); }

static fx_tensor exp_call(void *row, const fx_tensor *x) { return (void)row, fx_exp(x[0]); }

static fx_tensor log_call(void *row, const fx_tensor *x) { return (void)row, fx_log(x[0]); }

static fx_tensor pow_call(void *row, const fx_tensor *x) { return (void)row, fx_pow(x[0], x[1]); }

static fx_tensor cube_call(void *row, const fx_tensor *x) {
    return (void)row, fx_pow(x[0], fx_num(3));
}

static fx_tensor tanh_call(void *row, const fx_tensor *x) { return (void)row, fx_tanh(x[0]); }

static fx_tensor sigmoid_call(void *row, const fx_tensor *x) { return (void)row, fx_sigmoid(x[0]); }

static case_number square_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] * z[0];
}

static case_number sqrt_at(const case_row *row, const case_number *z) {
    return (void)row, csqrtl(z[0]);
}

static case_number exp_at(const case_row *row, const case_number *z) {
    return (void)row, cexpl(z[0]);
}

static case_number log_at(const case_row *row, const case_number *z) {
    return (void)row, clogl(z[0]);
}

static case_number pow_at(const case_row *row, const case_number *z) {
    return (void)row, cpowl(z[0], z[1]);
}

static case_number cube_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] * z[0] * z[0];
}

static case_number tanh_at(const case_row *row, const case_number *z) {
    return (void)row, ctanhl(z[0]);
}

static case_number sigmoid_at(const case_row *row, const case_number *z) {
    return (void)row, 1 / (1 + cexpl(-z[0]));
}

static case_number tanh_grad_at(const case_row *row, const case_number *z) {
    const case_number c = ccoshl(z[1]);
    return (void)row, z[0] / (c * c);
}

static case_number sigmoid_grad_at(const case_row *row, const case_number *z) {
    const case_number c = ccoshl(z[1] / 2);
    return (void)row, z[0] / (4 * c * c);
}

static case_number pow_term_at(const case_row *row, const case_number *z) {
    case_number y = z[0] * cpowl(z[1], z[2] - (long double)row->attrs[1].value);
    for (int j = 0; j < (int)row->attrs[0].value; j++) y *= clogl(z[1]);
    return y;
}

#define ONE(shape_rank, ...)                                                                       \
    .n = 1, .x = {{shape_rank, {__VA_ARGS__}}}, .y = {shape_rank, {__VA_ARGS__}}
#define TWO(shape_rank, ...)                                                                       \
    .n = 2, .x = {{shape_rank, {__VA_ARGS__}}, {shape_rank, {__VA_ARGS__}}},                       \
    .y = {shape_rank, {__VA_ARGS__}}
#define RANGE(from, to) .low = {from}, .high = {to}
/* c, x, p */
#define TERM                                                                                       \
    .n = 3, .x = {{2, {2, 3}}, {2, {2, 3}}, {2, {2, 3}}}, .y = {2, {2, 3}}, .low = {0, 0.3},       \
    .high = {0, 3}

static const case_row smooth_rows[] = {
    {"square", .f = square_call, ONE(2, 3, 4), .at = square_at, .ulps = 0.51},
    {"sqrt", .f = sqrt_call, ONE(2, 3, 4), RANGE(0.2, 5), .at = sqrt_at, .ulps = 0.51},
    {"exp", .f = exp_call, ONE(2, 3, 4), .at = exp_at, .ulps = 0.7},
    {"log", .f = log_call, ONE(2, 3, 4), RANGE(0.2, 5), .at = log_at, .ulps = 0.9},
    {"log", "far", .f = log_call, ONE(1, 12), RANGE(50, 5000), .at = log_at, .ulps = 0.9},
    {"pow", .f = pow_call, TWO(2, 2, 3), .low = {0.3}, .high = {3}, .at = pow_at, .ulps = 0.8},
    {"pow",
     "number",
     pow_call,
     2,
     {{2, {2, 3}}, {0, {0}}},
     {2, {2, 3}},
     RANGE(0.3, 3),
     .at = pow_at,
     .ulps = 0.8},
    {"pow",
     "base",
     pow_call,
     2,
     {{0, {0}}, {1, {5}}},
     {1, {5}},
     RANGE(0.3, 3),
     .at = pow_at,
     .ulps = 0.8},
    {"pow", "cube", .f = cube_call, ONE(1, 9), .at = cube_at, .ulps = 0.8},
    {"pow_term", "j = 0", .f = case_apply, TERM, .at = pow_term_at, .ulps = 2,
     .attrs = {CASE_ATTR("j", 0)}},
    {"pow_term", "j = 1", .f = case_apply, TERM, .at = pow_term_at, .ulps = 3,
     .attrs = {CASE_ATTR("j", 1)}},
    {"pow_term", "k = 1", .f = case_apply, TERM, .at = pow_term_at, .ulps = 2,
     .attrs = {CASE_ATTR("j", 0), CASE_ATTR("k", 1)}},
    {"pow_term", "k = 2", .f = case_apply, TERM, .at = pow_term_at, .ulps = 2,
     .attrs = {CASE_ATTR("j", 0), CASE_ATTR("k", 2)}},
    {"pow_term", "j = 2", .f = case_apply, TERM, .at = pow_term_at, .ulps = 4,
     .attrs = {CASE_ATTR("j", 2)}},
    {"tanh", .f = tanh_call, ONE(2, 3, 4), .at = tanh_at, .ulps = 0.98},
    {"tanh", "tail", .f = tanh_call, ONE(1, 12), RANGE(3, 18), .either = 1, .at = tanh_at,
     .ulps = 0.98},
    {"tanh_grad", .f = case_apply, TWO(2, 3, 4), .at = tanh_grad_at, .ulps = 1.5},
    {"tanh_grad", "tail", .f = case_apply, TWO(1, 12), .low = {0, 3}, .high = {0, 18}, .either = 2,
     .at = tanh_grad_at, .ulps = 1.5},
    {"sigmoid", .f = sigmoid_call, ONE(2, 3, 4), .at = sigmoid_at, .ulps = 0.8},
    {"sigmoid", "tail", .f = sigmoid_call, ONE(1, 12), RANGE(3, 36), .either = 1, .at = sigmoid_at,
     .ulps = 0.8},
    {"sigmoid_grad", .f = case_apply, TWO(2, 3, 4), .at = sigmoid_grad_at, .ulps = 1.5},
    {"sigmoid_grad", "tail", .f = case_apply, TWO(1, 12), .low = {0, 3}, .high = {0, 36},
     .either = 2, .at = sigmoid_grad_at, .ulps = 1.5},
};

/* NaN wherever C's function is NaN; infinite slopes at the edge of a domain; derivatives that a
 * formula through |x|, ln x or 0/0 would lose. */
static const case_point smooth_points[] = {
    {"square", NULL, {-3}, "", 9},
    {"square", NULL, {-3}, "0", -6},
    {"square", NULL, {0}, "00", 2},
    {"square", NULL, {NAN}, "0", NAN},
    {"sqrt", NULL, {0}, "", 0},
    {"sqrt", NULL, {-0.0}, "", -0.0},
    {"sqrt", NULL, {0}, "0", INFINITY},
    {"sqrt", NULL, {-1}, "", NAN},
    {"sqrt", NULL, {-1}, "0", NAN},
    {"sqrt", NULL, {INFINITY}, "0", 0},
    {"sqrt", NULL, {4}, "0", 0.25},
    {"sqrt", NULL, {4}, "00", -0.03125},
    {"exp", NULL, {-INFINITY}, "", 0},
    {"exp", NULL, {-INFINITY}, "0", 0},
    {"exp", NULL, {INFINITY}, "", INFINITY},
    {"exp", NULL, {0}, "000", 1},
    {"exp", NULL, {NAN}, "0", NAN},
    {"log", NULL, {0}, "", -INFINITY},
    {"log", NULL, {0}, "0", INFINITY},
    {"log", NULL, {-1}, "", NAN},
    {"log", NULL, {1}, "", 0},
    {"log", NULL, {2}, "00", -0.25},
    {"log", NULL, {INFINITY}, "0", 0},
    {"pow", NULL, {0, 0}, "", 1},
    {"pow", NULL, {NAN, 0}, "", 1},
    {"pow", NULL, {0, 0}, "0", 0},
    {"pow", NULL, {0, 0}, "1", 0},
    {"pow", NULL, {NAN, 0}, "0", 0},
    {"pow", NULL, {0, 1}, "0", 1},
    {"pow", NULL, {0, 1}, "00", 0},
    {"pow", NULL, {0, 2}, "0", 0},
    {"pow", NULL, {0, 2}, "00", 2},
    {"pow", NULL, {0, 2}, "000", 0},
    {"pow", NULL, {0, 3}, "000", 6},
    {"pow", NULL, {0, 2}, "1", 0},
    {"pow", NULL, {0, 0.5}, "0", INFINITY},
    {"pow", NULL, {0, -1}, "", INFINITY},
    {"pow", NULL, {-2, 3}, "", -8},
    {"pow", NULL, {-2, 3}, "0", 12},
    {"pow", NULL, {-2, 3}, "00", -12},
    {"pow", NULL, {-2, 3}, "1", NAN},
    {"pow", NULL, {-2, 0.5}, "", NAN},
    {"pow", NULL, {-2, 0.5}, "0", NAN},
    {"pow", NULL, {1, 5}, "1", 0},
    {"pow", NULL, {1, 5}, "01", 1},
    {"pow", NULL, {1, NAN}, "", 1},
    {"pow_term", "j = 0", {3, 0, 0}, "", 3},
    {"pow_term", "j = 1", {3, 0, 0}, "", 0},
    {"pow_term", "j = 1", {0, NAN, 1}, "", 0},
    {"pow_term", "j = 2", {3, 0, -1}, "", INFINITY},
    {"tanh", NULL, {0}, "", 0},
    {"tanh", NULL, {-0.0}, "", -0.0},
    {"tanh", NULL, {0}, "0", 1},
    {"tanh", NULL, {0}, "00", 0},
    {"tanh", NULL, {0}, "000", -2},
    {"tanh", NULL, {0}, "00000", 16},
    {"tanh", NULL, {INFINITY}, "", 1},
    {"tanh", NULL, {-INFINITY}, "0", 0},
    {"tanh", NULL, {NAN}, "0", NAN},
    {"tanh_grad", NULL, {3, 0}, "", 3},
    {"tanh_grad", NULL, {3, 0}, "1", 0},
    {"tanh_grad", NULL, {3, 0}, "0", 1},
    {"tanh_grad", NULL, {1, 0}, "11", -2},
    {"sigmoid", NULL, {0}, "", 0.5},
    {"sigmoid", NULL, {0}, "0", 0.25},
    {"sigmoid", NULL, {0}, "00", 0},
    {"sigmoid", NULL, {0}, "000", -0.125},
    {"sigmoid", NULL, {0}, "00000", 0.25},
    {"sigmoid", NULL, {INFINITY}, "", 1},
    {"sigmoid", NULL, {-INFINITY}, "0", 0},
    {"sigmoid", NULL, {NAN}, "0", NAN},
    {"sigmoid_grad", NULL, {4, 0}, "", 1},
    {"sigmoid_grad", NULL, {4, INFINITY}, "", 0},
    {"sigmoid_grad", NULL, {4, 0}, "11", -0.5},
};

const case_family case_smooth = {
    smooth_rows, smooth_points, NULL, CASE_COUNT(smooth_rows), CASE_COUNT(smooth_points), 0,
};
