/* SPDX-License-Identifier: MIT */
/* full, zeros, ones and what is like a tensor, eye, arange, linspace, meshgrid. What has no operand
 * is added to one. */
#include "cases.h"

static fx_tensor full_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_full(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]), row->shape, 2.5));
}

static fx_tensor zeros_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_zeros(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]), row->shape));
}

static fx_tensor ones_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_ones(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]), row->shape));
}

static fx_tensor full_like_call(void *row, const fx_tensor *x) {
    return (void)row, fx_add(fx_full_like(x[0], 2.5), x[0]);
}

static fx_tensor zeros_like_call(void *row, const fx_tensor *x) {
    return (void)row, fx_add(fx_zeros_like(x[0]), x[0]);
}

static fx_tensor ones_like_call(void *row, const fx_tensor *x) {
    return (void)row, fx_add(fx_ones_like(x[0]), x[0]);
}

static fx_tensor eye_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_eye(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]), row->stop));
}

static double create_attr(const case_row *row, int i) { return row->attrs[i].value; }

static fx_tensor arange_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_arange(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]), create_attr(row, 0),
                                  create_attr(row, 1), create_attr(row, 2)));
}

static fx_tensor linspace_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_add(x[0], fx_linspace(fx_tensor_graph(x[0]), fx_tensor_dtype(x[0]),
                                    create_attr(row, 0), create_attr(row, 1), row->stop));
}

/* The sequence in another dtype, which row->start says. */
static fx_tensor arange_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_graph *graph = fx_tensor_graph(fx_neg(x[0])); /* x must be good, if only for that */
    return fx_arange(graph, (fx_dtype)row->start, create_attr(row, 0), create_attr(row, 1),
                     create_attr(row, 2));
}

static fx_tensor full_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_full(fx_tensor_graph(x[0]), (fx_dtype)row->start, row->shape, create_attr(row, 0));
}

static fx_tensor linspace_as_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_linspace(fx_tensor_graph(x[0]), (fx_dtype)row->start, create_attr(row, 0),
                       create_attr(row, 1), row->stop);
}

/* All axes in one tensor: weighted, so that none stands for another. */
static fx_tensor meshgrid_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor grid[CASE_OPERANDS];
    fx_meshgrid(row->n, x, grid);
    fx_tensor y = grid[0];
    for (int i = 1; i < row->n; i++) y = fx_add(y, fx_mul(grid[i], fx_num(i + 1)));
    return y;
}

static void full_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)] + (case_number)create_attr(row, 0);
}

static void eye_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)] + (e / row->stop == e % row->stop);
}

static void arange_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][0] + create_attr(row, 0) + (case_number)e * create_attr(row, 2);
}

static void arange_op_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][0] + (case_number)e * create_attr(row, 1);
}

static void arange_as_of(const case_row *row, const case_number *const *x, case_number *y) {
    (void)x;
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = create_attr(row, 0) + (case_number)e * create_attr(row, 2);
}

static case_number linspace_at(case_number start, case_number stop, int64_t e, int64_t n) {
    const long double t = n > 1 ? (long double)e / (long double)(n - 1) : 0;
    return start * (1 - t) + stop * t;
}

static void linspace_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < row->stop; e++)
        y[e] = x[0][0] + linspace_at(create_attr(row, 0), create_attr(row, 1), e, row->stop);
}

static void linspace_op_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = case_numel(row->y);
    for (int64_t e = 0; e < n; e++) y[e] = linspace_at(x[0][0], x[1][0], e, n);
}

static void meshgrid_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        int64_t rest = e;
        y[e] = 0;
        for (int d = row->n - 1; d >= 0; rest /= row->y.dims[d--])
            y[e] += x[d][rest % row->y.dims[d]] * (d + 1);
    }
}

#define ROUNDED  .sums = true, .ulps = 2
#define PLUS(v)  .n = 1, .of = full_of, .made = true, .attrs = {CASE_ATTR("value", v)}, ROUNDED
#define FULL     .f = full_call, PLUS(2.5)
#define ZEROS    .f = zeros_call, PLUS(0)
#define ONES     .f = ones_call, PLUS(1)
#define EYE      .f = eye_call, .n = 1, .of = eye_of, .made = true, ROUNDED
#define ARANGE   .f = arange_call, .n = 1, .of = arange_of, .made = true, ROUNDED
#define LINSPACE .f = linspace_call, .n = 1, .of = linspace_of, .made = true, ROUNDED
#define LINE_OP  .f = case_apply, .n = 2, .of = linspace_op_of, .sums = true, .ulps = 3
#define GRID     .f = meshgrid_call, .of = meshgrid_of, .made = true, ROUNDED
#define BLOCK    .x = {{2, {2, 3}}}, .y = {2, {2, 3}}, .shape = {2, {2, 3}}
#define ONE      .x = {{0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}
#define NOTHING  .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .shape = {2, {0, 3}}
#define NUMBER   .x = {{0, {0}}}
#define FROM(start, stop, step)                                                                    \
    .attrs = {CASE_ATTR("start", start), CASE_ATTR("stop", stop), CASE_ATTR("step", step)}

static const case_row create_rows[] = {
    {"full", NULL, FULL, BLOCK},
    {"full", "one", FULL, ONE},
    {"full", "nothing", FULL, NOTHING},
    {"full", "larger", FULL, .x = {{1, {3}}}, .y = {2, {2, 3}}, .shape = {2, {2, 3}}},
    {"zeros", NULL, ZEROS, BLOCK},
    {"zeros", "one", ZEROS, ONE},
    {"zeros", "nothing", ZEROS, NOTHING},
    {"ones", NULL, ONES, BLOCK},
    {"ones", "one", ONES, ONE},
    {"ones", "nothing", ONES, NOTHING},
    {"full_like", NULL, .f = full_like_call, PLUS(2.5), BLOCK},
    {"full_like", "one", .f = full_like_call, PLUS(2.5), ONE},
    {"full_like", "nothing", .f = full_like_call, PLUS(2.5), NOTHING},
    {"zeros_like", NULL, .f = zeros_like_call, PLUS(0), BLOCK},
    {"zeros_like", "one", .f = zeros_like_call, PLUS(0), ONE},
    {"zeros_like", "nothing", .f = zeros_like_call, PLUS(0), NOTHING},
    {"ones_like", NULL, .f = ones_like_call, PLUS(1), BLOCK},
    {"ones_like", "one", .f = ones_like_call, PLUS(1), ONE},
    {"ones_like", "nothing", .f = ones_like_call, PLUS(1), NOTHING},
    {"eye", NULL, EYE, .x = {{2, {3, 3}}}, .y = {2, {3, 3}}, .stop = 3},
    {"eye", "one", EYE, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .stop = 1},
    {"eye", "nothing", EYE, .x = {{2, {0, 0}}}, .y = {2, {0, 0}}, .stop = 0},
    {"arange", NULL, ARANGE, NUMBER, .y = {1, {5}}, FROM(1, 3.5, 0.5)},
    {"arange", "down", ARANGE, NUMBER, .y = {1, {4}}, FROM(1, -1, -0.5)},
    {"arange", "one", ARANGE, NUMBER, .y = {1, {1}}, FROM(0, 1, 7)},
    {"arange", "away", ARANGE, NUMBER, .y = {1, {0}}, FROM(0, 1, -1)},
    {"arange", "nothing", ARANGE, .x = {{1, {0}}}, .y = {1, {0}}, FROM(3, 3, 1)},
    {"arange", "i64", .f = arange_as_call, .n = 1, .of = arange_as_of, .flat = true, .made = true,
     NUMBER, .y = {1, {5}}, .start = FX_I64, FROM(-3, 12, 3)},
    {"arange", "op", .f = case_apply, .n = 1, .of = arange_op_of, NUMBER, .y = {1, {6}}, ROUNDED,
     .attrs = {CASE_ATTR("count", 6), CASE_ATTR("step", 0.25)}},
    {"linspace", NULL, LINSPACE, NUMBER, .y = {1, {5}}, .stop = 5, FROM(-1, 2, 0)},
    {"linspace", "two", LINSPACE, NUMBER, .y = {1, {2}}, .stop = 2, FROM(0, 1, 0)},
    {"linspace", "one", LINSPACE, NUMBER, .y = {1, {1}}, .stop = 1, FROM(3, 4, 0)},
    {"linspace", "nothing", LINSPACE, .x = {{1, {0}}}, .y = {1, {0}}, .stop = 0, FROM(3, 4, 0)},
    {"linspace", "op", LINE_OP, .x = {{0, {0}}, {0, {0}}}, .y = {1, {7}},
     .attrs = {CASE_ATTR("count", 7)}},
    {"linspace", "op for one", LINE_OP, .x = {{0, {0}}, {0, {0}}}, .y = {1, {1}},
     .attrs = {CASE_ATTR("count", 1)}},
    {"meshgrid", NULL, GRID, .n = 2, .x = {{1, {3}}, {1, {2}}}, .y = {2, {3, 2}}},
    {"meshgrid", "of three", GRID, .n = 3, .x = {{1, {3}}, {1, {2}}, {1, {4}}},
     .y = {3, {3, 2, 4}}},
    {"meshgrid", "with a number", GRID, .n = 2, .x = {{0, {0}}, {1, {3}}}, .y = {2, {1, 3}}},
    {"meshgrid", "one", GRID, .n = 1, .x = {{1, {1}}}, .y = {1, {1}}},
    {"meshgrid", "nothing", GRID, .n = 2, .x = {{1, {0}}, {1, {2}}}, .y = {2, {0, 2}}},
};

#define F1                                                                                         \
    { FX_F64 }

static const case_error create_errors[] = {
    {{"full", FULL, NUMBER, .shape = {1, {-1}}},
     F1,
     FX_ERR_SHAPE,
     "broadcast_to: shape [-1] has a negative size"},
    {{"full", .f = full_as_call, .n = 1, NUMBER, .start = FX_I64, FROM(0.5, 0, 0)},
     F1,
     FX_ERR_ARGUMENT,
     "full: 0.5 cannot be i64: a whole number up to 2^53"},
    {{"full", .f = full_as_call, .n = 1, NUMBER, .start = FX_BOOL, FROM(2, 0, 0)},
     F1,
     FX_ERR_ARGUMENT,
     "full: 2 cannot be bool: 0 or 1"},
    {{"full", .f = full_as_call, .n = 1, NUMBER, .start = 4},
     F1,
     FX_ERR_DTYPE,
     "input: there is no dtype 4"},
    {{"zeros", ZEROS, NUMBER, .shape = {2, {1LL << 40, 1LL << 40}}},
     F1,
     FX_ERR_SHAPE,
     "input: shape [1099511627776, 1099511627776] is too large to count"},
    {{"ones", ONES, NUMBER, .shape = {9, {0}}},
     F1,
     FX_ERR_SHAPE,
     "broadcast_to: x does not broadcast to the shape asked for (x [])"},
    {{"eye", EYE, NUMBER, .stop = -2},
     F1,
     FX_ERR_SHAPE,
     "broadcast_to: shape [-2] has a negative size"},
    {{"eye", EYE, NUMBER, .stop = 1LL << 40},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: shape [1099511627776, 1099511627776] is too large to count"},
    {{"arange", ARANGE, NUMBER, FROM(0, 1, 0)},
     F1,
     FX_ERR_ARGUMENT,
     "arange: from 0 to 1 by 0; ends and step are finite, the step is not 0, and at most 2^53 "
     "values lie between"},
    {{"arange", ARANGE, NUMBER, FROM(0, 1e300, 1)},
     F1,
     FX_ERR_ARGUMENT,
     "arange: from 0 to 1e+300 by 1; ends and step are finite, the step is not 0, and at most 2^53 "
     "values lie between"},
    {{"arange", .f = arange_as_call, .n = 1, NUMBER, .start = FX_I64, FROM(0, 3, 0.5)},
     F1,
     FX_ERR_ARGUMENT,
     "arange: step: 0.5 cannot be i64: a whole number up to 2^53"},
    {{"arange", .f = arange_as_call, .n = 1, NUMBER, .start = FX_I64, FROM(0.5, 3, 1)},
     F1,
     FX_ERR_ARGUMENT,
     "arange: start: 0.5 cannot be i64: a whole number up to 2^53"},
    {{"arange", .f = arange_as_call, .n = 1, NUMBER, .start = FX_BOOL, FROM(0, 3, 1)},
     F1,
     FX_ERR_DTYPE,
     "arange: operand start is bool, which the op does not take"},
    {{"arange", .f = case_apply, .n = 1, .x = {{1, {2}}}, .attrs = {CASE_ATTR("count", 2)}},
     F1,
     FX_ERR_SHAPE,
     "arange: an end of a sequence is of rank 0 (start [2])"},
    {{"linspace", LINSPACE, NUMBER, .stop = -1, FROM(0, 1, 0)},
     F1,
     FX_ERR_SHAPE,
     "linspace: shape [-1] has a negative size"},
    {{"linspace", .f = linspace_as_call, .n = 1, NUMBER, .start = FX_I64, .stop = 3, FROM(0, 1, 0)},
     F1,
     FX_ERR_DTYPE,
     "linspace: operand start is i64, which the op does not take"},
    {{"meshgrid", GRID, .n = 2, .x = {{1, {2}}, {2, {1, 2}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "meshgrid: operand x1 is no axis, which has rank 1 (x0 [2], x1 [1, 2])"},
};

const case_family case_create = {
    create_rows, NULL, create_errors, CASE_COUNT(create_rows), 0, CASE_COUNT(create_errors),
};
