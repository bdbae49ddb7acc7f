/* SPDX-License-Identifier: MIT */
/* Pooling over windows. keep: the padding counts. Rows of three operands have an element in each,
 * so that points can be derivatives of one element by another. */
#include <math.h>

#include "spaces.h"

/* The operand of a call, x or three numbers as a line; and its result, or that as a number. */
static fx_tensor pooling_operand(const case_row *row, const fx_tensor *x) {
    if (row->n != 3) return x[0];
    fx_tensor line[3];
    for (int i = 0; i < 3; i++) line[i] = fx_reshape(x[i], fx_shape1(1));
    return fx_concat(3, line, 0);
}

static fx_tensor pooling_result(const case_row *row, fx_tensor y) {
    return row->n == 3 ? fx_squeeze(y, 0) : y;
}

static fx_tensor max_pool1d_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const int64_t *w = row->shape.dims;
    return pooling_result(row, fx_max_pool1d(pooling_operand(row, x), w[0], w[1], w[2], w[3]));
}

static fx_tensor max_pool2d_call(void *user, const fx_tensor *x) {
    return fx_max_pool2d(x[0], space_window(user));
}

static fx_tensor avg_pool1d_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const int64_t *w = row->shape.dims;
    return pooling_result(row, fx_avg_pool1d(pooling_operand(row, x), w[0], w[1], w[2], row->keep));
}

static fx_tensor avg_pool2d_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_avg_pool2d(x[0], space_window(row), row->keep);
}

static fx_tensor adaptive1_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_adaptive_avg_pool1d(x[0], row->shape.dims[0]);
}

static fx_tensor adaptive2_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_adaptive_avg_pool2d(x[0], row->shape.dims[0], row->shape.dims[1]);
}

static void pooling_of(const case_row *row, const case_number *x, bool largest, case_number *y) {
    const case_space s = space_of(row, row->n == 3 ? (fx_shape){1, {3}} : row->x[0]);
    const int64_t windows = space_windows(&s), elements = space_elements(&s);
    for (int64_t e = 0; e < s.planes * windows; e++) {
        case_number best = -(long double)INFINITY, sum = 0;
        int count = 0;
        for (int64_t k = 0; k < elements; k++) {
            const int64_t at = space_place(&s, e / windows, e % windows, k);
            if (at < 0) continue;
            if (creall(x[at]) > creall(best)) best = x[at];
            sum += x[at], count++;
        }
        y[e] = largest ? best : sum / (case_number)(row->keep ? elements : count);
    }
}

/* All elements, of three operands too. */
static void pooling_gather(const case_row *row, const case_number *const *x, case_number *all) {
    for (int64_t e = 0; e < case_numel(row->x[0]); e++) all[e] = x[0][e];
    for (int i = 0; i < 3 && row->n == 3; i++) all[i] = x[i][0];
}

static void max_pool_of(const case_row *row, const case_number *const *x, case_number *y) {
    case_number all[CASE_ELEMENTS];
    pooling_gather(row, x, all);
    pooling_of(row, all, true, y);
}

static void avg_pool_of(const case_row *row, const case_number *const *x, case_number *y) {
    case_number all[CASE_ELEMENTS];
    pooling_gather(row, x, all);
    pooling_of(row, all, false, y);
}

/* Element by element: whether window i of n over length elements has element e. */
static bool adaptive_has(int64_t i, int64_t n, int64_t length, int64_t e) {
    return (e + 1) * n > i * length && e * n < (i + 1) * length;
}

static void adaptive_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int axes = row->shape.rank, rank = row->y.rank;
    const int64_t h = axes == 2 ? row->x[0].dims[rank - 2] : 1, w = row->x[0].dims[rank - 1];
    const int64_t oh = axes == 2 ? row->shape.dims[0] : 1, ow = row->shape.dims[axes - 1];
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t plane = e / (oh * ow), i = e / ow % oh, j = e % ow;
        case_number sum = 0;
        int count = 0;
        for (int64_t k = 0; k < h * w; k++)
            if (adaptive_has(i, oh, h, k / w) && adaptive_has(j, ow, w, k % w))
                sum += x[0][plane * h * w + k], count++;
        y[e] = sum / (case_number)count;
    }
}

#define MAX1(...) .f = max_pool1d_call, .n = 1, .of = max_pool_of, .shape = {4, __VA_ARGS__}
#define MAX2(...) .f = max_pool2d_call, .n = 1, .of = max_pool_of, .shape = {8, __VA_ARGS__}
#define AVG1(...)                                                                                  \
    .f = avg_pool1d_call, .n = 1, .of = avg_pool_of, .ulps = 2, .sums = true,                      \
    .shape = {4, __VA_ARGS__}
#define AVG2(...)                                                                                  \
    .f = avg_pool2d_call, .n = 1, .of = avg_pool_of, .ulps = 2, .sums = true,                      \
    .shape = {8, __VA_ARGS__}
#define EVEN1(...)                                                                                 \
    .f = adaptive1_call, .n = 1, .of = adaptive_of, .ulps = 2, .sums = true,                       \
    .shape = {1, __VA_ARGS__}
#define EVEN2(...)                                                                                 \
    .f = adaptive2_call, .n = 1, .of = adaptive_of, .ulps = 3, .sums = true,                       \
    .shape = {2, __VA_ARGS__}
#define LINE   .x = {{3, {2, 2, 7}}}
#define IMAGE  .x = {{4, {1, 2, 5, 6}}}
#define NOBODY .x = {{4, {0, 2, 5, 6}}}
#define ONE    .x = {{2, {1, 1}}}, .y = {2, {1, 1}}
#define THREE  .x = {{1, {1}}, {1, {1}}, {1, {1}}}, .y = {0, {0}}, .made = true
#define THREES(call, ...)                                                                          \
    .f = call##1d_call, .n = 3, .of = call##_of, .shape = {4, __VA_ARGS__}, THREE

static const case_row pooling_rows[] = {
    {"max_pool1d", NULL, MAX1({3, 2, 0, 1}), LINE, .y = {3, {2, 2, 3}}},
    {"max_pool1d", "padded, dilated", MAX1({3, 3, 1, 2}), LINE, .y = {3, {2, 2, 2}}},
    {"max_pool1d", "a line", MAX1({2, 1, 1, 1}), .x = {{1, {5}}}, .y = {1, {6}}},
    {"max_pool1d", "one", MAX1({1, 1, 0, 1}), ONE},
    {"max_pool1d", "nobody", MAX1({3, 2, 0, 1}), .x = {{3, {0, 2, 7}}}, .y = {3, {0, 2, 3}}},
    {"max_pool1d", "three", THREES(max_pool, {3, 1, 0, 1})},
    {"max_pool1d", "two of three", THREES(max_pool, {3, 3, 1, 1})},
    {"max_pool2d", NULL, MAX2({2, 3, 2, 3, 0, 0, 1, 1}), IMAGE, .y = {4, {1, 2, 2, 2}}},
    {"max_pool2d", "overlapping", MAX2({3, 2, 1, 2, 1, 0, 1, 3}), IMAGE, .y = {4, {1, 2, 5, 2}}},
    {"max_pool2d", "an image", MAX2({2, 2, 3, 1, 1, 1, 2, 1}), .x = {{2, {4, 3}}},
     .y = {2, {2, 4}}},
    {"max_pool2d", "one", MAX2({1, 1, 1, 1, 0, 0, 1, 1}), ONE},
    {"max_pool2d", "nobody", MAX2({2, 3, 2, 3, 0, 0, 1, 1}), NOBODY, .y = {4, {0, 2, 2, 2}}},
    {"avg_pool1d", NULL, AVG1({3, 2, 0, 1}), LINE, .y = {3, {2, 2, 3}}},
    {"avg_pool1d", "padded", AVG1({3, 2, 1, 1}), LINE, .y = {3, {2, 2, 4}}},
    {"avg_pool1d", "padding counted", AVG1({3, 2, 1, 1}), LINE, .y = {3, {2, 2, 4}}, .keep = true},
    {"avg_pool1d", "one", AVG1({1, 1, 0, 1}), ONE},
    {"avg_pool1d", "nobody", AVG1({3, 2, 1, 1}), .x = {{3, {0, 2, 7}}}, .y = {3, {0, 2, 4}}},
    {"avg_pool1d", "three", THREES(avg_pool, {3, 1, 0, 1}), .ulps = 2, .sums = true},
    {"avg_pool1d", "two of three", THREES(avg_pool, {3, 3, 1, 1}), .ulps = 2, .sums = true},
    {"avg_pool2d", NULL, AVG2({2, 3, 2, 3, 0, 0, 1, 1}), IMAGE, .y = {4, {1, 2, 2, 2}}},
    {"avg_pool2d", "padded", AVG2({3, 2, 1, 3, 1, 1, 2, 1}), IMAGE, .y = {4, {1, 2, 3, 3}}},
    {"avg_pool2d", "padding counted", AVG2({3, 2, 1, 3, 1, 1, 2, 1}), IMAGE, .y = {4, {1, 2, 3, 3}},
     .keep = true},
    {"avg_pool2d", "one side padded", AVG2({2, 3, 1, 2, 0, 1, 1, 1}), .x = {{2, {3, 5}}},
     .y = {2, {2, 3}}},
    {"avg_pool2d", "one", AVG2({1, 1, 1, 1, 0, 0, 1, 1}), ONE},
    {"avg_pool2d", "nobody", AVG2({2, 3, 2, 3, 0, 0, 1, 1}), NOBODY, .y = {4, {0, 2, 2, 2}}},
    {"adaptive_avg_pool1d", NULL, EVEN1({3}), LINE, .y = {3, {2, 2, 3}}},
    {"adaptive_avg_pool1d", "in periods", EVEN1({4}), .x = {{2, {2, 10}}}, .y = {2, {2, 4}}},
    {"adaptive_avg_pool1d", "without a rest", EVEN1({3}), .x = {{2, {2, 6}}}, .y = {2, {2, 3}}},
    {"adaptive_avg_pool1d", "more than there are", EVEN1({7}), .x = {{2, {2, 3}}},
     .y = {2, {2, 7}}},
    {"adaptive_avg_pool1d", "twice as many", EVEN1({6}), .x = {{1, {3}}}, .y = {1, {6}}},
    {"adaptive_avg_pool1d", "of rank 7", EVEN1({2}), .x = {{7, {1, 1, 1, 1, 2, 1, 3}}},
     .y = {7, {1, 1, 1, 1, 2, 1, 2}}},
    {"adaptive_avg_pool1d", "one", EVEN1({1}), ONE},
    {"adaptive_avg_pool1d", "nobody", EVEN1({3}), .x = {{3, {0, 2, 7}}}, .y = {3, {0, 2, 3}}},
    {"adaptive_avg_pool2d", NULL, EVEN2({2, 4}), IMAGE, .y = {4, {1, 2, 2, 4}}},
    {"adaptive_avg_pool2d", "to a mean", EVEN2({1, 1}), .x = {{3, {3, 2, 4}}}, .y = {3, {3, 1, 1}}},
    {"adaptive_avg_pool2d", "one", EVEN2({1, 1}), ONE},
    {"adaptive_avg_pool2d", "nobody", EVEN2({2, 4}), NOBODY, .y = {4, {0, 2, 2, 4}}},
};

static const case_point pooling_points[] = {
    {"max_pool1d", "three", {2, 2, 1}, "", 2},
    {"max_pool1d", "three", {2, 2, 1}, "0", 0.5},
    {"max_pool1d", "three", {2, 2, 1}, "1", 0.5},
    {"max_pool1d", "three", {2, 2, 1}, "2", 0},
    {"max_pool1d", "three", {2, 2, 1}, "01", 0},
    {"max_pool1d", "three", {1, NAN, 2}, "", NAN},
    {"max_pool1d", "three", {1, NAN, 2}, "0", NAN},
    {"max_pool1d", "three", {-INFINITY, -1, -INFINITY}, "1", 1},
    {"max_pool1d", "two of three", {-3, -2, 9}, "", -2},
    {"max_pool1d", "two of three", {-3, -2, 9}, "1", 1},
    {"max_pool1d", "two of three", {-3, -2, NAN}, "", -2},
    {"max_pool1d", "two of three", {-3, -2, NAN}, "2", 0},
    {"max_pool1d", "two of three", {-INFINITY, -INFINITY, 1}, "", -INFINITY},
    {"avg_pool1d", "three", {1, NAN, 2}, "", NAN},
    {"avg_pool1d", "two of three", {1, NAN, 2}, "1", 0.5},
    {"avg_pool1d", "two of three", {1, 4, NAN}, "", 2.5},
    {"avg_pool1d", "two of three", {1, 4, NAN}, "0", 0.5},
    {"avg_pool1d", "two of three", {1, 4, NAN}, "2", 0},
};

#define F1                                                                                         \
    { FX_F64 }
#define SMALL .x = {{2, {3, 4}}}

static const case_error pooling_errors[] = {
    {{"max_pool1d", MAX1({2, 1, 0, 1}), .x = {{0, {0}}}},
     F1,
     FX_ERR_SHAPE,
     "max_pool1d: rank 0; the length is the last axis (x [])"},
    {{"max_pool1d", MAX1({1, 1, 0, 1}), .x = {{8, {1, 1, 1, 1, 1, 1, 1, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "max_pool1d: rank 8; at most 7 leaves room for the axes of windows (x [1, 1, 1, 1, 1, 1, 1, "
     "2])"},
    {{"max_pool1d", MAX1({2, 0, 0, 1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "max_pool1d: length: size 2, stride 0, padding 0, dilation 1; padding is at least 0, the "
     "others at least 1 (x [3, 4])"},
    {{"max_pool1d", MAX1({3, 1, 2, 1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "max_pool1d: length: padding 2 is more than half of the window's 3 (x [3, 4])"},
    {{"max_pool1d", MAX1({5, 1, 0, 1}), SMALL},
     F1,
     FX_ERR_SHAPE,
     "max_pool1d: length: a window of 5 with dilation 1 does not fit into 4 with padding 0; make "
     "it smaller, or the padding larger (x [3, 4])"},
    {{"max_pool1d", MAX1({INT64_MAX, 1, INT64_MAX / 2, 1}), SMALL},
     F1,
     FX_ERR_SHAPE,
     "max_pool1d: length: padding 4611686018427387903 is too large to count (x [3, 4])"},
    {{"max_pool1d", MAX1({1, 1, 0, 1}), .x = {{2, {3, 0}}}},
     F1,
     FX_ERR_SHAPE,
     "max_pool1d: length: a window of 1 with dilation 1 does not fit into 0 with padding 0; make "
     "it smaller, or the padding larger (x [3, 0])"},
    {{"max_pool1d", MAX1({1, 1, 0, 1}), SMALL},
     {FX_I64},
     FX_ERR_DTYPE,
     "max_pool1d: operand x is i64, which the op does not take"},
    {{"max_pool2d", MAX2({1, 1, 1, 1, 0, 0, 1, 1}), .x = {{1, {3}}}},
     F1,
     FX_ERR_SHAPE,
     "max_pool2d: rank 1; height and width are the last two axes (x [3])"},
    {{"max_pool2d", MAX2({1, 1, 1, 1, 0, 0, 1, 1}), .x = {{7, {1, 1, 1, 1, 1, 1, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "max_pool2d: rank 7; at most 6 leaves room for the axes of windows (x [1, 1, 1, 1, 1, 1, 2])"},
    {{"max_pool2d", MAX2({1, 2, 1, 1, 1, 0, 1, 1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "max_pool2d: height: padding 1 is more than half of the window's 1 (x [3, 4])"},
    {{"avg_pool1d", AVG1({2, 1, -1, 1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "avg_pool1d: length: size 2, stride 1, padding -1, dilation 1; padding is at least 0, the "
     "others at least 1 (x [3, 4])"},
    {{"avg_pool2d", AVG2({2, 3, 1, 1, 1, 2, 1, 1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "avg_pool2d: width: padding 2 is more than half of the window's 3 (x [3, 4])"},
    {{"avg_pool2d", AVG2({4, 1, 1, 1, 0, 0, 1, 1}), SMALL},
     F1,
     FX_ERR_SHAPE,
     "avg_pool2d: height: a window of 4 with dilation 1 does not fit into 3 with padding 0; make "
     "it smaller, or the padding larger (x [3, 4])"},
    {{"adaptive_avg_pool1d", EVEN1({0}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "adaptive_avg_pool1d: length 0; it is at least 1 (x [3, 4])"},
    {{"adaptive_avg_pool1d", EVEN1({2}), .x = {{2, {3, 0}}}},
     F1,
     FX_ERR_SHAPE,
     "adaptive_avg_pool1d: length: a mean of nothing (x [3, 0])"},
    {{"adaptive_avg_pool1d", EVEN1({65537}), .x = {{2, {3, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "adaptive_avg_pool1d: length: 65537 windows over 2 elements; more than 65535 differ (x [3, "
     "2])"},
    {{"adaptive_avg_pool1d", EVEN1({INT64_MAX}), .x = {{2, {3, 1}}}},
     F1,
     FX_ERR_SHAPE,
     "adaptive_avg_pool1d: length: 9223372036854775807 windows over 1 elements; more than 65535 "
     "differ (x [3, 1])"},
    {{"adaptive_avg_pool1d", EVEN1({1}), .x = {{8, {1, 1, 1, 1, 1, 1, 1, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "adaptive_avg_pool1d: rank 8; at most 7 leaves room for the axes of windows (x [1, 1, 1, 1, "
     "1, 1, 1, 2])"},
    {{"adaptive_avg_pool2d", EVEN2({2, -1}), SMALL},
     F1,
     FX_ERR_ARGUMENT,
     "adaptive_avg_pool2d: width -1; it is at least 1 (x [3, 4])"},
    {{"adaptive_avg_pool2d", EVEN2({2, 1}), .x = {{1, {3}}}},
     F1,
     FX_ERR_SHAPE,
     "adaptive_avg_pool2d: rank 1; height and width are the last two axes (x [3])"},
};

const case_family case_pooling = {
    pooling_rows,
    pooling_points,
    pooling_errors,
    CASE_COUNT(pooling_rows),
    CASE_COUNT(pooling_points),
    CASE_COUNT(pooling_errors),
};
