/* SPDX-License-Identifier: MIT */
/* add, sub, mul, div, neg. */
#include <math.h>

#include "cases.h"

static fx_tensor add_call(void *row, const fx_tensor *x) { return (void)row, fx_add(x[0], x[1]); }

static fx_tensor sub_call(void *row, const fx_tensor *x) { return (void)row, fx_sub(x[0], x[1]); }

static fx_tensor mul_call(void *row, const fx_tensor *x) { return (void)row, fx_mul(x[0], x[1]); }

static fx_tensor div_call(void *row, const fx_tensor *x) { return (void)row, fx_div(x[0], x[1]); }

static fx_tensor neg_call(void *row, const fx_tensor *x) { return (void)row, fx_neg(x[0]); }

static fx_tensor half_call(void *row, const fx_tensor *x) {
    return (void)row, fx_div(x[0], fx_num(2));
}

static case_number add_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] + z[1];
}

static case_number sub_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] - z[1];
}

static case_number mul_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] * z[1];
}

static case_number div_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] / z[1];
}

static case_number neg_at(const case_row *row, const case_number *z) { return (void)row, -z[0]; }

static case_number half_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] / 2;
}

#define MATRIX                                                                                     \
    {                                                                                              \
        2, { 3, 4 }                                                                                \
    }
#define COLUMN                                                                                     \
    {                                                                                              \
        2, { 3, 1 }                                                                                \
    }
#define LINE                                                                                       \
    {                                                                                              \
        1, { 4 }                                                                                   \
    }
#define NUMBER                                                                                     \
    {                                                                                              \
        0, { 0 }                                                                                   \
    }
#define STACK                                                                                      \
    {                                                                                              \
        3, { 2, 1, 4 }                                                                             \
    }
#define BLOCK                                                                                      \
    {                                                                                              \
        3, { 2, 3, 4 }                                                                             \
    }
#define ROUNDED .ulps = 0.51

static const case_row arithmetic_rows[] = {
    {"add", NULL, add_call, 2, {MATRIX, MATRIX}, MATRIX, .at = add_at, ROUNDED},
    {"add", "row", add_call, 2, {MATRIX, LINE}, MATRIX, .at = add_at, ROUNDED},
    {"add", "outer", add_call, 2, {COLUMN, LINE}, MATRIX, .at = add_at, ROUNDED},
    {"add", "number", add_call, 2, {NUMBER, MATRIX}, MATRIX, .at = add_at, ROUNDED},
    {"add", "stack", add_call, 2, {STACK, COLUMN}, BLOCK, .at = add_at, ROUNDED},
    {"accumulate", NULL, case_apply, 2, {MATRIX, MATRIX}, MATRIX, .at = add_at, ROUNDED},
    {"sub", NULL, sub_call, 2, {MATRIX, MATRIX}, MATRIX, .at = sub_at, ROUNDED},
    {"sub", "row", sub_call, 2, {LINE, MATRIX}, MATRIX, .at = sub_at, ROUNDED},
    {"mul", NULL, mul_call, 2, {MATRIX, MATRIX}, MATRIX, .at = mul_at, ROUNDED},
    {"mul", "outer", mul_call, 2, {LINE, COLUMN}, MATRIX, .at = mul_at, ROUNDED},
    {"mul", "stack", mul_call, 2, {COLUMN, STACK}, BLOCK, .at = mul_at, ROUNDED},
    {.op = "div",
     .f = div_call,
     .n = 2,
     .x = {MATRIX, MATRIX},
     .y = MATRIX,
     .low = {0, 0.5},
     .high = {0, 2},
     .either = 2,
     .at = div_at,
     ROUNDED},
    {.op = "div",
     .what = "number",
     .f = div_call,
     .n = 2,
     .x = {MATRIX, NUMBER},
     .y = MATRIX,
     .low = {0, 0.5},
     .high = {0, 2},
     .at = div_at,
     ROUNDED},
    {"div", "plain number", half_call, 1, {MATRIX}, MATRIX, .at = half_at, ROUNDED},
    {"neg", NULL, neg_call, 1, {MATRIX}, MATRIX, .at = neg_at, ROUNDED},
};

static const case_point arithmetic_points[] = {
    {"add", NULL, {INFINITY, -INFINITY}, "", NAN},
    {"add", NULL, {-0.0, -0.0}, "", -0.0},
    {"add", NULL, {NAN, 1}, "1", 1},
    {"add", NULL, {1, 2}, "00", 0},
    {"sub", NULL, {1, 2}, "1", -1},
    {"sub", NULL, {2, 2}, "", 0},
    {"mul", NULL, {0, INFINITY}, "", NAN},
    {"mul", NULL, {0, INFINITY}, "0", INFINITY},
    {"mul", NULL, {3, 4}, "01", 1},
    {"mul", NULL, {3, 4}, "00", 0},
    {"div", NULL, {1, 0}, "", INFINITY},
    {"div", NULL, {1, -0.0}, "", -INFINITY},
    {"div", NULL, {0, 0}, "", NAN},
    {"div", NULL, {1, 0}, "0", INFINITY},
    {"div", NULL, {1, 0}, "1", -INFINITY},
    {"div", NULL, {3, 2}, "1", -0.75},
    {"div", NULL, {3, 2}, "11", 0.75},
    {"div", NULL, {3, 2}, "01", -0.25},
    {"neg", NULL, {0}, "", -0.0},
    {"neg", NULL, {NAN}, "0", -1},
};

static const case_error arithmetic_errors[] = {
    {{.op = "add", .f = add_call, .n = 2, .x = {{2, {2, 3}}, {1, {4}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "add: shapes do not broadcast; sizes must be equal or 1, counted from the last (a [2, 3], b "
     "[4])"},
    {{.op = "mul", .f = mul_call, .n = 2, .x = {{1, {2}}, {1, {2}}}},
     {FX_F32, FX_F64},
     FX_ERR_DTYPE,
     "mul: operand b is f64 where another is f32; write fx_cast(b, FX_F32)"},
    {{.op = "mul", .f = mul_call, .n = 2, .x = {{1, {2}}, {1, {2}}}},
     {FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "mul: operand b is f32 where another is f64; write fx_cast(b, FX_F64)"},
    {{.op = "neg", .f = neg_call, .n = 1, .x = {{1, {2}}}},
     {FX_I64},
     FX_ERR_DTYPE,
     "neg: operand x is i64, which the op does not take"},
};

const case_family case_arithmetic = {
    arithmetic_rows,
    arithmetic_points,
    arithmetic_errors,
    CASE_COUNT(arithmetic_rows),
    CASE_COUNT(arithmetic_points),
    CASE_COUNT(arithmetic_errors),
};
