/* SPDX-License-Identifier: MIT */
/* softmax and log_softmax, over each axis, and the ops of their rules; where one probability is
 * nearly all, too. */
#include <math.h>

#include "cases.h"

static fx_tensor softmax_call(void *user, const fx_tensor *x) {
    return fx_softmax(x[0], (int)((const case_row *)user)->axis);
}

static fx_tensor log_softmax_call(void *user, const fx_tensor *x) {
    return fx_log_softmax(x[0], (int)((const case_row *)user)->axis);
}

/* One of two: the second of [x, 0], or of [x, -infinity] and the like. */
static fx_tensor pair_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const fx_tensor both[] = {fx_reshape(x[0], fx_shape1(1)), fx_reshape(x[1], fx_shape1(1))};
    const fx_tensor joined = fx_concat(2, both, 0);
    const fx_tensor y = row->keep ? fx_log_softmax(joined, 0) : fx_softmax(joined, 0);
    return fx_reshape(fx_slice(y, 0, row->start, row->start + 1, 1), fx_shape0());
}

/* ---- references ---- */

/* How a sequence along the axis lies. */
typedef struct softmax_way {
    int64_t n, step, count;
} softmax_way;

static softmax_way softmax_way_of(const case_row *row) {
    const fx_shape shape = row->x[0];
    const int64_t asked = row->attrs[0].name ? (int64_t)row->attrs[0].value : row->axis;
    const int64_t axis = asked < 0 ? asked + shape.rank : asked;
    softmax_way way = {shape.dims[axis], 1, 0};
    for (int d = (int)axis + 1; d < shape.rank; d++) way.step *= shape.dims[d];
    way.count = way.n ? case_numel(shape) / way.n : 0;
    return way;
}

/* Element i of sequence k. */
static int64_t softmax_place(const softmax_way *way, int64_t k, int64_t i) {
    return k / way->step * way->n * way->step + k % way->step + i * way->step;
}

/* The sum of e^(x_j - x_i) over the others. */
static case_number softmax_others(const softmax_way *way, const case_number *x, int64_t k,
                                  int64_t i) {
    case_number others = 0;
    for (int64_t j = 0; j < way->n; j++)
        if (j != i) others += cexpl(x[softmax_place(way, k, j)] - x[softmax_place(way, k, i)]);
    return others;
}

/* ln(1 + w), accurate for small w and for large. */
static case_number softmax_log1p(case_number w) {
    return creall(w) < 1 ? 2 * catanhl(w / (2 + w)) : clogl(1 + w);
}

/* 1 / (1 + the others): digits of a slope are kept where s is near 1. */
static void softmax_of(const case_row *row, const case_number *const *x, case_number *y) {
    const softmax_way way = softmax_way_of(row);
    for (int64_t k = 0; k < way.count; k++)
        for (int64_t i = 0; i < way.n; i++)
            y[softmax_place(&way, k, i)] = 1 / (1 + softmax_others(&way, x[0], k, i));
}

/* x_i - ln sum e^x = -ln(1 + the others), which keeps its digits near 0. */
static void log_softmax_of(const case_row *row, const case_number *const *x, case_number *y) {
    const softmax_way way = softmax_way_of(row);
    for (int64_t k = 0; k < way.count; k++)
        for (int64_t i = 0; i < way.n; i++)
            y[softmax_place(&way, k, i)] = -softmax_log1p(softmax_others(&way, x[0], k, i));
}

/* s_i sum_j s_j (g_i - g_j) */
static void softmax_grad_of(const case_row *row, const case_number *const *x, case_number *y) {
    const softmax_way way = softmax_way_of(row);
    case_number s[CASE_ELEMENTS];
    softmax_of(row, x + 1, s);
    for (int64_t k = 0; k < way.count; k++)
        for (int64_t i = 0; i < way.n; i++) {
            const int64_t at = softmax_place(&way, k, i);
            y[at] = 0;
            for (int64_t j = 0; j < way.n; j++) {
                const int64_t other = softmax_place(&way, k, j);
                y[at] += s[at] * s[other] * (x[0][at] - x[0][other]);
            }
        }
}

static void log_softmax_grad_of(const case_row *row, const case_number *const *x, case_number *y) {
    const softmax_way way = softmax_way_of(row);
    case_number s[CASE_ELEMENTS];
    softmax_of(row, x + 1, s);
    for (int64_t k = 0; k < way.count; k++) {
        case_number sum = 0;
        for (int64_t i = 0; i < way.n; i++) sum += x[0][softmax_place(&way, k, i)];
        for (int64_t i = 0; i < way.n; i++) {
            const int64_t at = softmax_place(&way, k, i);
            y[at] = x[0][at] - s[at] * sum;
        }
    }
}

/* sum_j s_j (g_i - g_j) */
static void softmax_center_of(const case_row *row, const case_number *const *x, case_number *y) {
    const softmax_way way = softmax_way_of(row);
    case_number s[CASE_ELEMENTS];
    softmax_of(row, x + 1, s);
    for (int64_t k = 0; k < way.count; k++)
        for (int64_t i = 0; i < way.n; i++) {
            const int64_t at = softmax_place(&way, k, i);
            y[at] = 0;
            for (int64_t j = 0; j < way.n; j++) {
                const int64_t other = softmax_place(&way, k, j);
                y[at] += s[other] * (x[0][at] - x[0][other]);
            }
        }
}

static void pair_of(const case_row *row, const case_number *const *x, case_number *y) {
    const case_number other = cexpl(x[!row->start][0] - x[row->start][0]);
    y[0] = row->keep ? -softmax_log1p(other) : 1 / (1 + other);
}

/* ---- rows ---- */

#define PLAIN .f = softmax_call, .n = 1, .of = softmax_of, .ulps = 4
#define LOG   .f = log_softmax_call, .n = 1, .of = log_softmax_of, .ulps = 4
#define PLAIN_GRAD                                                                                 \
    .f = case_apply, .n = 2, .of = softmax_grad_of, .ulps = 32, .attrs = {CASE_ATTR("axis", 1)}
#define LOG_GRAD                                                                                   \
    .f = case_apply, .n = 2, .of = log_softmax_grad_of, .ulps = 32, .attrs = {CASE_ATTR("axis", 1)}
#define CENTER /* a difference of cotangents, as accurate as they are */                           \
    .f = case_apply, .n = 2, .of = softmax_center_of, .ulps = 256, .attrs = {CASE_ATTR("axis", 1)}
#define SAME(...) .x = {__VA_ARGS__}, .y = __VA_ARGS__
#define PAIR(...) .x = {__VA_ARGS__, __VA_ARGS__}, .y = __VA_ARGS__
#define WIDE      .low = {-40}, .high = {40}
#define NUMBERS   .f = pair_call, .n = 2, .x = {{1, {1}}, {1, {1}}}, .y = {0, {0}}, .of = pair_of
#define BLOCK                                                                                      \
    {                                                                                              \
        3, { 2, 3, 4 }                                                                             \
    }
#define TABLE                                                                                      \
    {                                                                                              \
        2, { 2, 5 }                                                                                \
    }

static const case_row softmax_rows[] = {
    {"softmax", "last", PLAIN, SAME(BLOCK), .axis = -1},
    {"softmax", "middle", PLAIN, SAME(BLOCK), .axis = 1},
    {"softmax", "first", PLAIN, SAME(BLOCK), .axis = 0},
    {"softmax", "wide", PLAIN, SAME(TABLE), .axis = 1, WIDE},
    {"softmax", "nothing", PLAIN, SAME({2, {0, 3}}), .axis = 0},
    {"softmax", "no columns", PLAIN, SAME({2, {3, 0}}), .axis = 1},
    {"softmax", "one", PLAIN, SAME({1, {1}}), .axis = 0},
    {"softmax", "pair", NUMBERS, .ulps = 4, .made = true, .start = 1},
    {"softmax", "far", NUMBERS, .ulps = 4, .made = true, .start = 1, .low = {-40, 1},
     .high = {-20, 3}},
    {"log_softmax", "last", LOG, SAME(BLOCK), .axis = -1},
    {"log_softmax", "middle", LOG, SAME(BLOCK), .axis = 1},
    {"log_softmax", "first", LOG, SAME(BLOCK), .axis = 0},
    {"log_softmax", "wide", LOG, SAME(TABLE), .axis = 1, WIDE},
    {"log_softmax", "nothing", LOG, SAME({2, {0, 3}}), .axis = 0},
    {"log_softmax", "one", LOG, SAME({1, {1}}), .axis = 0},
    {"log_softmax", "pair", NUMBERS, .ulps = 4, .made = true, .keep = true, .start = 1},
    {"log_softmax", "far", NUMBERS, .ulps = 4, .made = true, .keep = true, .start = 1,
     .low = {-40, 1}, .high = {-20, 3}},
    {"softmax_grad", NULL, PLAIN_GRAD, PAIR(TABLE)},
    {"softmax_grad", "middle", PLAIN_GRAD, PAIR(BLOCK)},
    {"softmax_grad", "nothing", PLAIN_GRAD, PAIR({2, {3, 0}})},
    {"softmax_grad", "one", PLAIN_GRAD, PAIR({2, {1, 1}})},
    {"log_softmax_grad", NULL, LOG_GRAD, PAIR(TABLE)},
    {"log_softmax_grad", "middle", LOG_GRAD, PAIR(BLOCK)},
    {"log_softmax_grad", "nothing", LOG_GRAD, PAIR({2, {3, 0}})},
    {"log_softmax_grad", "one", LOG_GRAD, PAIR({2, {1, 1}})},
    {"softmax_center", NULL, CENTER, PAIR(TABLE)},
    {"softmax_center", "middle", CENTER, PAIR(BLOCK)},
    {"softmax_center", "nothing", CENTER, PAIR({2, {3, 0}})},
    {"softmax_center", "one", CENTER, PAIR({2, {1, 1}})},
};

static const case_point softmax_points[] = {
    {"softmax", "pair", {3, 3}, "", 0.5},
    {"softmax", "pair", {3, 3}, "1", 0.25},
    {"softmax", "pair", {3, 3}, "0", -0.25},
    {"softmax", "pair", {3, 3}, "11", 0},
    {"softmax", "pair", {3, 3}, "111", -0.125},
    {"softmax", "pair", {800, -800}, "", 0},
    {"softmax", "pair", {-800, 800}, "", 1},
    {"softmax", "pair", {0, -INFINITY}, "", 0},
    {"softmax", "pair", {0, -INFINITY}, "0", 0},
    {"softmax", "pair", {-INFINITY, -INFINITY}, "", NAN},
    {"softmax", "pair", {INFINITY, 0}, "", NAN},
    {"softmax", "pair", {NAN, 0}, "", NAN},
    {"softmax", "pair", {0, NAN}, "", NAN},
    {"log_softmax", "pair", {800, -800}, "", -1600},
    {"log_softmax", "pair", {-800, 800}, "", 0},
    {"log_softmax", "pair", {0, -INFINITY}, "", -INFINITY},
    {"log_softmax", "pair", {0, -INFINITY}, "0", -1},
    {"log_softmax", "pair", {0, -INFINITY}, "1", 1},
    {"log_softmax", "pair", {3, 3}, "1", 0.5},
    {"log_softmax", "pair", {3, 3}, "11", -0.25},
    {"log_softmax", "pair", {3, 3}, "01", 0.25},
    {"log_softmax", "pair", {-INFINITY, -INFINITY}, "", NAN},
    {"log_softmax", "pair", {INFINITY, 0}, "", NAN},
    {"log_softmax", "pair", {0, INFINITY}, "", NAN},
    {"log_softmax", "pair", {NAN, 0}, "", NAN},
};

static const case_error softmax_errors[] = {
    {{"softmax", .f = softmax_call, .n = 1, .x = {{2, {2, 3}}}, .axis = 2},
     {FX_F64},
     FX_ERR_SHAPE,
     "softmax: axis 2 is outside -2..1 (x [2, 3])"},
    {{"softmax", .f = softmax_call, .n = 1, .x = {{0, {0}}}, .axis = 0},
     {FX_F64},
     FX_ERR_SHAPE,
     "softmax: axis 0 of a tensor of rank 0 (x [])"},
    {{"log_softmax", .f = log_softmax_call, .n = 1, .x = {{2, {2, 3}}}, .axis = -3},
     {FX_F32},
     FX_ERR_SHAPE,
     "log_softmax: axis -3 is outside -2..1 (x [2, 3])"},
    {{"softmax_grad", .f = case_apply, .n = 2, .x = {{1, {3}}, {2, {2, 3}}},
      .attrs = {CASE_ATTR("axis", 0)}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "softmax_grad: g and x must have equal shapes (g [3], x [2, 3])"},
};

const case_family case_softmax = {
    softmax_rows,
    softmax_points,
    softmax_errors,
    CASE_COUNT(softmax_rows),
    CASE_COUNT(softmax_points),
    CASE_COUNT(softmax_errors),
};
