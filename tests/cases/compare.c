/* SPDX-License-Identifier: MIT */
/* Comparisons, logic, kinds of numbers, where and masked_fill. */
#include <math.h>

#include "cases.h"

#define CALL_1(name)                                                                               \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0]);                                                         \
    }
#define CALL_2(name)                                                                               \
    static fx_tensor name##_call(void *row, const fx_tensor *x) {                                  \
        return (void)row, fx_##name(x[0], x[1]);                                                   \
    }
#define AT(name, value)                                                                            \
    static case_number name##_at(const case_row *row, const case_number *z) {                      \
        const long double a = creall(z[0]), b = creall(z[1]);                                      \
        return (void)row, (void)b, (value);                                                        \
    }

CALL_2(eq)
CALL_2(ne)
CALL_2(lt)
CALL_2(le)
CALL_2(gt)
CALL_2(ge)
CALL_2(logical_and)
CALL_2(logical_or)
CALL_2(logical_xor)
CALL_1(logical_not)
CALL_1(isnan)
CALL_1(isinf)
CALL_1(isfinite)

AT(eq, a == b)
AT(ne, a != b)
AT(lt, a < b)
AT(le, a <= b)
AT(gt, a > b)
AT(ge, a >= b)
AT(logical_and, a != 0 && b != 0)
AT(logical_or, a != 0 || b != 0)
AT(logical_xor, (a != 0) != (b != 0))
AT(logical_not, a == 0)
AT(isnan, isnan(a))
AT(isinf, isinf(a))
AT(isfinite, isfinite(a))

/* Operands in the order of the op: a, b, mask. */
static fx_tensor where_call(void *row, const fx_tensor *x) {
    return (void)row, fx_where(x[2], x[0], x[1]);
}

/* Likewise: value, x, mask. */
static fx_tensor fill_call(void *row, const fx_tensor *x) {
    return (void)row, fx_masked_fill(x[1], x[2], x[0]);
}

static fx_tensor fill_number_call(void *row, const fx_tensor *x) {
    return (void)row, fx_masked_fill(x[0], x[1], fx_num(7));
}

static fx_tensor trap_call(void *row, const fx_tensor *x) {
    const fx_tensor mask = fx_gt(x[0], fx_num(0));
    return (void)row, fx_where(mask, fx_sqrt(x[0]), fx_num(0));
}

static fx_tensor cure_call(void *row, const fx_tensor *x) {
    const fx_tensor mask = fx_gt(x[0], fx_num(0)), safe = fx_where(mask, x[0], fx_num(1));
    return (void)row, fx_where(mask, fx_sqrt(safe), fx_num(0));
}

static case_number where_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[2]) != 0 ? z[0] : z[1];
}

static case_number fill_number_at(const case_row *row, const case_number *z) {
    return (void)row, creall(z[1]) != 0 ? 7 : z[0];
}

static case_number root_at(const case_row *row, const case_number *z) {
    return (void)row, csqrtl(z[0]);
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
#define TWO .n = 2, .x = {MATRIX, MATRIX}, .y = MATRIX
/* Each comparison of reals, which hardly ever are equal, of integers and masks, which often are,
 * and broadcast. */
#define COMPARED(name)                                                                             \
    {#name, NULL, name##_call, TWO, .flat = true, .at = name##_at},                                \
        {#name, "i64", name##_call, TWO, .whole = 3, .flat = true, .at = name##_at},               \
        {#name, "bool", name##_call, TWO, .mask = 3, .flat = true, .at = name##_at},               \
        {#name,      "table",      name##_call,    2, .x = {COLUMN, LINE}, .y = MATRIX,            \
         .whole = 3, .flat = true, .at = name##_at},                                               \
    {                                                                                              \
#name, "number", name##_call, 2,                                                           \
            .x = {MATRIX, NUMBER }, .y = MATRIX, .flat = true, .at = name##_at                     \
    }
#define LOGIC(name)                                                                                \
    {#name, NULL, name##_call, TWO, .mask = 3, .flat = true, .at = name##_at}, {                   \
#name, "table", name##_call, 2,                                                            \
            .x = {COLUMN, LINE }, .y = MATRIX, .mask = 3, .flat = true, .at = name##_at            \
    }
#define KIND(name)                                                                                 \
    { #name, NULL, name##_call, 1, .x = {MATRIX }, .y = MATRIX, .flat = true, .at = name##_at }

static const case_row compare_rows[] = {
    COMPARED(eq),
    COMPARED(ne),
    COMPARED(lt),
    COMPARED(le),
    COMPARED(gt),
    COMPARED(ge),
    LOGIC(logical_and),
    LOGIC(logical_or),
    LOGIC(logical_xor),
    {"logical_not", NULL, logical_not_call, 1, .x = {MATRIX}, .y = MATRIX, .mask = 1, .flat = true,
     .at = logical_not_at},
    KIND(isnan),
    KIND(isinf),
    KIND(isfinite),
    {"where", NULL, where_call, 3, .x = {MATRIX, MATRIX, MATRIX}, .y = MATRIX, .mask = 4,
     .at = where_at},
    {"where", "column", where_call, 3, .x = {COLUMN, LINE, MATRIX}, .y = MATRIX, .mask = 4,
     .at = where_at},
    {"where", "mask of a line", where_call, 3, .x = {MATRIX, NUMBER, LINE}, .y = MATRIX, .mask = 4,
     .at = where_at},
    {"where", "i64", where_call, 3, .x = {MATRIX, NUMBER, COLUMN}, .y = MATRIX, .whole = 3,
     .mask = 4, .flat = true, .at = where_at},
    {"where", "trap", trap_call, 1, .x = {MATRIX}, .y = MATRIX, .low = {0.5}, .high = {4},
     .made = true, .at = root_at, .ulps = 0.51},
    {"where", "cure", cure_call, 1, .x = {MATRIX}, .y = MATRIX, .low = {0.5}, .high = {4},
     .made = true, .at = root_at, .ulps = 0.51},
    {"masked_fill", NULL, fill_call, 3, .x = {NUMBER, MATRIX, LINE}, .y = MATRIX, .mask = 4,
     .at = where_at},
    {"masked_fill", "number", fill_number_call, 2, .x = {MATRIX, MATRIX}, .y = MATRIX, .mask = 2,
     .made = true, .at = fill_number_at},
    {"masked_fill", "i64", fill_number_call, 2, .x = {MATRIX, MATRIX}, .y = MATRIX, .whole = 1,
     .mask = 2, .flat = true, .made = true, .at = fill_number_at},
};

static const case_point compare_points[] = {
    {"eq", NULL, {NAN, NAN}, "", 0},
    {"eq", NULL, {-0.0, 0}, "", 1},
    {"eq", NULL, {INFINITY, INFINITY}, "", 1},
    {"ne", NULL, {NAN, NAN}, "", 1},
    {"ne", NULL, {NAN, 1}, "", 1},
    {"ne", NULL, {-0.0, 0}, "", 0},
    {"lt", NULL, {NAN, 1}, "", 0},
    {"lt", NULL, {-0.0, 0}, "", 0},
    {"lt", NULL, {-INFINITY, 1}, "", 1},
    {"le", NULL, {NAN, NAN}, "", 0},
    {"le", NULL, {1, 1}, "", 1},
    {"gt", NULL, {1, NAN}, "", 0},
    {"gt", NULL, {INFINITY, 1}, "", 1},
    {"gt", NULL, {1, 1}, "", 0},
    {"ge", NULL, {NAN, NAN}, "", 0},
    {"ge", NULL, {0, -0.0}, "", 1},
    {"lt", "i64", {9007199254740991, 9007199254740992}, "", 1},
    {"lt", "bool", {0, 1}, "", 1},
    {"isnan", NULL, {NAN}, "", 1},
    {"isnan", NULL, {INFINITY}, "", 0},
    {"isinf", NULL, {NAN}, "", 0},
    {"isinf", NULL, {INFINITY}, "", 1},
    {"isinf", NULL, {-INFINITY}, "", 1},
    {"isfinite", NULL, {NAN}, "", 0},
    {"isfinite", NULL, {-INFINITY}, "", 0},
    {"isfinite", NULL, {0}, "", 1},
    {"where", NULL, {NAN, 2, 0}, "", 2},
    {"where", NULL, {NAN, 2, 0}, "0", 0},
    {"where", NULL, {NAN, 2, 0}, "1", 1},
    {"where", NULL, {3, INFINITY, 1}, "", 3},
    {"where", NULL, {3, INFINITY, 1}, "0", 1},
    {"where", NULL, {3, INFINITY, 1}, "1", 0},
    {"where", NULL, {3, 2, 1}, "00", 0},
    {"where", "i64", {9007199254740991, 1, 1}, "", 9007199254740991},
    {"where", "trap", {-1}, "", 0},
    {"where", "trap", {-1}, "0", NAN},
    {"where", "cure", {-1}, "", 0},
    {"where", "cure", {-1}, "0", 0},
    {"where", "cure", {NAN}, "0", 0},
    {"where", "cure", {4}, "0", 0.25},
    {"masked_fill", NULL, {2, NAN, 1}, "", 2},
    {"masked_fill", NULL, {2, NAN, 1}, "1", 0},
    {"masked_fill", NULL, {2, NAN, 1}, "0", 1},
    {"masked_fill", NULL, {NAN, 3, 0}, "1", 1},
    {"masked_fill", NULL, {NAN, 3, 0}, "0", 0},
};

#define BROADCAST_TEXT "shapes do not broadcast; sizes must be equal or 1, counted from the last "

static const case_error compare_errors[] = {
    {{"eq", NULL, eq_call, 2, .x = {LINE, LINE}},
     {FX_F64, FX_I64},
     FX_ERR_DTYPE,
     "eq: a is f64 and b is i64; fx_cast one of them (a [4], b [4])"},
    {{"lt", NULL, lt_call, 2, .x = {LINE, LINE}},
     {FX_BOOL, FX_I64},
     FX_ERR_DTYPE,
     "lt: a is bool and b is i64; fx_cast one of them (a [4], b [4])"},
    {{"ge", NULL, ge_call, 2, .x = {LINE, LINE}},
     {FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "ge: operand b is f32 where another is f64; write fx_cast(b, FX_F64)"},
    {{"gt", NULL, gt_call, 2, .x = {MATRIX, {1, {3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "gt: " BROADCAST_TEXT "(a [3, 4], b [3])"},
    {{"logical_and", NULL, logical_and_call, 2, .x = {LINE, LINE}},
     {FX_BOOL, FX_F64},
     FX_ERR_DTYPE,
     "logical_and: operand b is f64, which the op does not take"},
    {{"logical_or", NULL, logical_or_call, 2, .x = {LINE, {1, {3}}}},
     {FX_BOOL, FX_BOOL},
     FX_ERR_SHAPE,
     "logical_or: " BROADCAST_TEXT "(a [4], b [3])"},
    {{"logical_not", NULL, logical_not_call, 1, .x = {LINE}},
     {FX_I64},
     FX_ERR_DTYPE,
     "logical_not: operand x is i64, which the op does not take"},
    {{"isnan", NULL, isnan_call, 1, .x = {LINE}},
     {FX_I64},
     FX_ERR_DTYPE,
     "isnan: operand x is i64, which the op does not take"},
    {{"where", NULL, where_call, 3, .x = {LINE, LINE, LINE}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_DTYPE,
     "where: mask is f64; it must be bool, as comparisons make it (a [4], b [4], mask [4])"},
    {{"where", NULL, where_call, 3, .x = {LINE, LINE, LINE}},
     {FX_F64, FX_I64, FX_BOOL},
     FX_ERR_DTYPE,
     "where: a is f64 and b is i64; fx_cast one of them (a [4], b [4], mask [4])"},
    {{"where", NULL, where_call, 3, .x = {LINE, LINE, LINE}},
     {FX_BOOL, FX_BOOL, FX_BOOL},
     FX_ERR_DTYPE,
     "where: a and b are bool; combine masks by fx_logical_and, and instead of choosing between "
     "two numbers fx_cast the mask (a [4], b [4], mask [4])"},
    {{"where", NULL, where_call, 3, .x = {MATRIX, LINE, {2, {2, 1}}}},
     {FX_F64, FX_F64, FX_BOOL},
     FX_ERR_SHAPE,
     "where: " BROADCAST_TEXT "(a [3, 4], b [4], mask [2, 1])"},
    {{"masked_fill", NULL, fill_call, 3, .x = {NUMBER, LINE, LINE}},
     {FX_F64, FX_F64, FX_I64},
     FX_ERR_DTYPE,
     "masked_fill: mask is i64; it must be bool, as comparisons make it (a [], b [4], mask [4])"},
};

const case_family case_compare = {
    compare_rows,
    compare_points,
    compare_errors,
    CASE_COUNT(compare_rows),
    CASE_COUNT(compare_points),
    CASE_COUNT(compare_errors),
};
