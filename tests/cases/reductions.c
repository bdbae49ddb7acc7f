/* SPDX-License-Identifier: MIT */
/* sum and mean: of everything, over each axis, over several, kept or not, of nothing. */
#include "cases.h"

static fx_tensor sum_call(void *row, const fx_tensor *x) { return (void)row, fx_sum(x[0]); }

static fx_tensor mean_call(void *row, const fx_tensor *x) { return (void)row, fx_mean(x[0]); }

static fx_tensor sum_axes_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_sum_axes(x[0], row->shape, row->keep);
}

static fx_tensor mean_axes_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_mean_axes(x[0], row->shape, row->keep);
}

/* Whether a dimension goes: all of them, if the call names no axes. */
static bool reduction_goes(const case_row *row, int dim) {
    bool goes = row->f == sum_call || row->f == mean_call;
    for (int i = 0; i < row->shape.rank; i++)
        goes = goes || row->shape.dims[i] == dim || row->shape.dims[i] == dim - row->x[0].rank;
    return goes;
}

static void sum_of(const case_row *row, const case_number *const *x, case_number *y) {
    const fx_shape shape = row->x[0];
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t e = 0; e < case_numel(shape); e++) {
        int64_t rest = e, place = 0, next = 1;
        for (int d = shape.rank - 1; d >= 0; rest /= shape.dims[d--]) {
            if (reduction_goes(row, d)) continue;
            place += rest % shape.dims[d] * next;
            next *= shape.dims[d];
        }
        y[place] += x[0][e];
    }
}

static void mean_of(const case_row *row, const case_number *const *x, case_number *y) {
    long double n = 1;
    for (int d = 0; d < row->x[0].rank; d++)
        if (reduction_goes(row, d)) n *= (long double)row->x[0].dims[d];
    sum_of(row, x, y);
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] /= n;
}

/* The reverse of a broadcast: dimensions of size 1 and missing ones are summed over. */
static void sum_to_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t e = 0; e < case_numel(row->x[0]); e++)
        y[case_broadcast(row->y, row->x[0], e)] += x[0][e];
}

#define TO(...)                                                                                    \
    .f = case_apply, .n = 1, .of = sum_to_of, .ulps = 3, .sums = true,                             \
    .attrs = {{.name = "shape", .shape = __VA_ARGS__}}, .y = __VA_ARGS__
#define BLOCK .x = {{3, {2, 3, 4}}}
#define SUM   "sum"
#define OVER(axes_count, ...)                                                                      \
    .f = sum_axes_call, .n = 1, .of = sum_of, .ulps = 3, .sums = true,                             \
    .shape = {axes_count, {__VA_ARGS__}}
#define MEAN_OVER(axes_count, ...)                                                                 \
    .f = mean_axes_call, .n = 1, .of = mean_of, .ulps = 3, .sums = true,                           \
    .shape = {axes_count, {__VA_ARGS__}}
#define ALL      .f = sum_call, .n = 1, .of = sum_of, .ulps = 3, .sums = true
#define MEAN_ALL .f = mean_call, .n = 1, .of = mean_of, .ulps = 3, .sums = true

static const case_row reduction_rows[] = {
    {"sum", NULL, ALL, BLOCK, .y = {0, {0}}},
    {"sum", "a number", ALL, .x = {{0, {0}}}, .y = {0, {0}}},
    {"sum", "one", ALL, .x = {{2, {1, 1}}}, .y = {0, {0}}},
    {"sum", "nothing", ALL, .x = {{2, {0, 3}}}, .y = {0, {0}}},
    {"sum", "first", OVER(1, 0), BLOCK, .y = {2, {3, 4}}},
    {"sum", "middle", OVER(1, 1), BLOCK, .y = {2, {2, 4}}},
    {"sum", "last", OVER(1, 2), BLOCK, .y = {2, {2, 3}}},
    {"sum", "last, negative", OVER(1, -1), BLOCK, .y = {2, {2, 3}}},
    {"sum", "first, negative, kept", OVER(1, -3), BLOCK, .y = {3, {1, 3, 4}}, .keep = true},
    {"sum", "two", OVER(2, 0, 2), BLOCK, .y = {1, {3}}},
    {"sum", "two, turned, kept", OVER(2, -1, 0), BLOCK, .y = {3, {1, 3, 1}}, .keep = true},
    {"sum", "all named", OVER(3, 2, 0, 1), BLOCK, .y = {0, {0}}},
    {"sum", "all kept", OVER(3, 0, 1, 2), BLOCK, .y = {3, {1, 1, 1}}, .keep = true},
    {"sum", "no axes", OVER(0, 0), BLOCK, .y = {3, {2, 3, 4}}},
    {"sum", "over nothing", OVER(1, 0), .x = {{2, {0, 3}}}, .y = {1, {3}}},
    {"sum", "of no rows", OVER(1, 1), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"mean", NULL, MEAN_ALL, BLOCK, .y = {0, {0}}},
    {"mean", "a number", MEAN_ALL, .x = {{0, {0}}}, .y = {0, {0}}},
    {"mean", "nothing", MEAN_ALL, .x = {{1, {0}}}, .y = {0, {0}}},
    {"mean", "middle", MEAN_OVER(1, 1), BLOCK, .y = {2, {2, 4}}},
    {"mean", "two, kept", MEAN_OVER(2, -1, 0), BLOCK, .y = {3, {1, 3, 1}}, .keep = true},
    {"mean", "no axes", MEAN_OVER(0, 0), BLOCK, .y = {3, {2, 3, 4}}},
    {"mean", "over nothing", MEAN_OVER(1, 0), .x = {{2, {0, 3}}}, .y = {1, {3}}},
    {"sum_to", NULL, TO({2, {3, 1}}), BLOCK},
    {"sum_to", "a number", TO({0, {0}}), BLOCK},
    {"sum_to", "itself", TO({3, {2, 3, 4}}), BLOCK},
    {"sum_to", "line", TO({1, {4}}), BLOCK},
    {"sum_to", "nothing", TO({2, {1, 3}}), .x = {{2, {0, 3}}}},
    {"sum_to", "one", TO({0, {0}}), .x = {{2, {1, 1}}}},
};

static const case_error reduction_errors[] = {
    {{SUM, .f = sum_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {2}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum: axis 2 is outside -2..1 (x [2, 3])"},
    {{SUM, .f = sum_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {-3}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum: axis -3 is outside -2..1 (x [2, 3])"},
    {{SUM, .f = sum_axes_call, .n = 1, .x = {{0, {0}}}, .shape = {1, {0}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum: axis 0 of a tensor of rank 0 (x [])"},
    {{SUM, .f = sum_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {2, {1, -1}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum: axis -1 is named twice (x [2, 3])"},
    {{SUM, .f = sum_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {9, {0}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum: 9 axes; at most 8 are possible (x [2, 3])"},
    {{"mean", .f = mean_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {INT64_MIN}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "mean: axis -9223372036854775808 is outside -2..1 (x [2, 3])"},
    {{"mean", .f = mean_axes_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {0}}},
     {FX_I64},
     FX_ERR_DTYPE,
     "mean: operand x is i64, which the op does not take"},
    {{"sum_to", TO({1, {3}}), .x = {{2, {3, 4}}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "sum_to: the shape asked for does not broadcast to x's (x [3, 4])"},
};

const case_family case_reductions = {
    reduction_rows,
    NULL,
    reduction_errors,
    CASE_COUNT(reduction_rows),
    0,
    CASE_COUNT(reduction_errors),
};
