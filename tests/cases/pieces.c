/* SPDX-License-Identifier: MIT */
/* abs, maximum, relu and the ops of their rules: rows stay away from the kinks, points stand on
 * them. */
#include <math.h>

#include "cases.h"

static fx_tensor abs_call(void *row, const fx_tensor *x) { return (void)row, fx_abs(x[0]); }

static fx_tensor maximum_call(void *row, const fx_tensor *x) {
    return (void)row, fx_maximum(x[0], x[1]);
}

static fx_tensor relu_call(void *row, const fx_tensor *x) { return (void)row, fx_relu(x[0]); }

static case_number abs_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[0]) < 0 ? -z[0] : z[0];
}

static case_number abs_grad_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[1]) < 0 ? -z[0] : z[0];
}

static case_number maximum_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[0]) < creall(z[1]) ? z[1] : z[0];
}

static case_number maximum_grad_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[1]) < creall(z[2]) ? 0 : z[0];
}

static case_number relu_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[0]) < 0 ? 0 : z[0];
}

static case_number relu_grad_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[1]) < 0 ? 0 : z[0];
}

#define MATRIX                                                                                     \
    {                                                                                              \
        2, { 3, 4 }                                                                                \
    }

static const case_row pieces_rows[] = {
    {.op = "abs",
     .f = abs_call,
     .n = 1,
     .x = {MATRIX},
     .y = MATRIX,
     .low = {0.1},
     .high = {2},
     .either = 1,
     .at = abs_at},
    {.op = "abs_grad",
     .f = case_apply,
     .n = 2,
     .x = {MATRIX, MATRIX},
     .y = MATRIX,
     .low = {0, 0.1},
     .high = {0, 2},
     .either = 2,
     .at = abs_grad_at},
    {.op = "maximum", /* |a| > |b|, so a is the larger or the smaller, never close */
     .f = maximum_call,
     .n = 2,
     .x = {MATRIX, MATRIX},
     .y = MATRIX,
     .low = {1, 0.1},
     .high = {2, 0.8},
     .either = 3,
     .at = maximum_at},
    {.op = "maximum",
     .what = "number",
     .f = maximum_call,
     .n = 2,
     .x = {MATRIX, {0, {0}}},
     .y = MATRIX,
     .low = {1, 0.1},
     .high = {2, 0.8},
     .either = 1,
     .at = maximum_at},
    {.op = "maximum_grad",
     .f = case_apply,
     .n = 3,
     .x = {MATRIX, MATRIX, MATRIX},
     .y = MATRIX,
     .low = {0, 1, 0.1},
     .high = {0, 2, 0.8},
     .either = 6,
     .at = maximum_grad_at},
    {.op = "relu",
     .f = relu_call,
     .n = 1,
     .x = {MATRIX},
     .y = MATRIX,
     .low = {0.1},
     .high = {2},
     .either = 1,
     .at = relu_at},
    {.op = "relu_grad",
     .f = case_apply,
     .n = 2,
     .x = {MATRIX, MATRIX},
     .y = MATRIX,
     .low = {0, 0.1},
     .high = {0, 2},
     .either = 2,
     .at = relu_grad_at},
};

static const case_point pieces_points[] = {
    {"abs", NULL, {-0.0}, "", 0},
    {"abs", NULL, {0}, "0", 0},
    {"abs", NULL, {-0.0}, "0", 0},
    {"abs", NULL, {0}, "00", 0},
    {"abs", NULL, {-2}, "0", -1},
    {"abs", NULL, {-INFINITY}, "", INFINITY},
    {"abs", NULL, {NAN}, "", NAN},
    {"abs", NULL, {NAN}, "0", NAN},
    {"abs_grad", NULL, {3, 0}, "", 0},
    {"abs_grad", NULL, {3, -2}, "", -3},
    {"abs_grad", NULL, {3, -2}, "0", -1},
    {"abs_grad", NULL, {3, -2}, "1", 0},
    {"maximum", NULL, {1, 1}, "", 1},
    {"maximum", NULL, {1, 1}, "0", 0.5},
    {"maximum", NULL, {1, 1}, "1", 0.5},
    {"maximum", NULL, {-0.0, 0.0}, "0", 0.5},
    {"maximum", NULL, {INFINITY, INFINITY}, "1", 0.5},
    {"maximum", NULL, {2, 1}, "0", 1},
    {"maximum", NULL, {2, 1}, "1", 0},
    {"maximum", NULL, {2, 1}, "00", 0},
    {"maximum", NULL, {NAN, 1}, "", NAN},
    {"maximum", NULL, {1, NAN}, "", NAN},
    {"maximum", NULL, {INFINITY, NAN}, "", NAN},
    {"maximum", NULL, {1, NAN}, "0", NAN},
    {"maximum", NULL, {1, NAN}, "1", NAN},
    {"maximum_grad", NULL, {3, 1, 1}, "", 1.5},
    {"maximum_grad", NULL, {3, 1, 1}, "0", 0.5},
    {"maximum_grad", NULL, {3, 1, 2}, "", 0},
    {"maximum_grad", NULL, {3, 2, 1}, "1", 0},
    {"relu", NULL, {0}, "", 0},
    {"relu", NULL, {0}, "0", 0},
    {"relu", NULL, {-0.0}, "0", 0},
    {"relu", NULL, {2}, "0", 1},
    {"relu", NULL, {2}, "00", 0},
    {"relu", NULL, {-INFINITY}, "", 0},
    {"relu", NULL, {INFINITY}, "0", 1},
    {"relu", NULL, {NAN}, "", NAN},
    {"relu", NULL, {NAN}, "0", NAN},
    {"relu_grad", NULL, {3, 0}, "", 0},
    {"relu_grad", NULL, {3, 2}, "", 3},
    {"relu_grad", NULL, {3, 2}, "0", 1},
    {"relu_grad", NULL, {3, 2}, "1", 0},
};

const case_family case_pieces = {
    pieces_rows, pieces_points, NULL, CASE_COUNT(pieces_rows), CASE_COUNT(pieces_points), 0,
};
