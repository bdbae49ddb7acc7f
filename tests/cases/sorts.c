/* SPDX-License-Identifier: MIT */
/* Orders along an axis: values and indices. */
#include <math.h>

#include "lines.h"

/* start: which of three sorted operands; stop: k; keep: descending, or largest. */
static fx_tensor sort_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->n < 3) return fx_sort(x[0], (int)row->shape.dims[0], row->keep, NULL);
    const fx_tensor all = fx_sort(lines_operand(row, x), 0, row->keep, NULL);
    return fx_reshape(fx_slice(all, 0, row->start, row->start + 1, 1), fx_shape0());
}

static fx_tensor sort_index_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor index;
    fx_sort(x[0], (int)row->shape.dims[0], row->keep, &index);
    return index;
}

static fx_tensor argsort_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_argsort(x[0], (int)row->shape.dims[0], row->keep);
}

static fx_tensor topk_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const int axis = (int)row->shape.dims[0];
    if (row->n < 3) return fx_topk(x[0], row->stop, axis, row->keep, NULL);
    return fx_sum(fx_topk(lines_operand(row, x), row->stop, 0, row->keep, NULL));
}

static fx_tensor topk_index_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor index;
    fx_topk(x[0], row->stop, (int)row->shape.dims[0], row->keep, &index);
    return index;
}

/* at[k] is the index of the k-th: counted, not sorted. NaN is the largest. */
static void sorts_indices(const case_row *row, int64_t n, const case_number *z, int64_t *at) {
    for (int64_t i = 0; i < n; i++) {
        int64_t before = 0;
        for (int64_t j = 0; j < n; j++) {
            const long double a = creall(z[j]), b = creall(z[i]);
            const bool less = !isnan(a) && (isnan(b) || a < b);
            const bool more = !isnan(b) && (isnan(a) || b < a);
            before += row->keep ? more : less;
            before += !less && !more && j < i;
        }
        at[before] = i;
    }
}

static void sort_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    int64_t at[CASE_ELEMENTS];
    sorts_indices(row, n, z[0], at);
    for (int64_t i = 0; i < n; i++) y[i] = z[0][at[i]];
    if (row->n == 3) y[0] = y[row->start];
}

static void argsort_line(const case_row *row, int64_t n, const case_number *const *z,
                         case_number *y) {
    int64_t at[CASE_ELEMENTS];
    sorts_indices(row, n, z[0], at);
    for (int64_t i = 0; i < n; i++) y[i] = (case_number)at[i];
}

static void topk_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    int64_t at[CASE_ELEMENTS];
    sorts_indices(row, n, z[0], at);
    for (int64_t i = 0; i < row->stop; i++) y[i] = z[0][at[i]];
    for (int64_t i = 1; i < row->stop && row->n == 3; i++) y[0] += y[i];
}

static void argkth_line(const case_row *row, int64_t n, const case_number *const *z,
                        case_number *y) {
    int64_t at[CASE_ELEMENTS], k = row->stop;
    sorts_indices(row, n, z[0], at);
    for (int64_t i = n - 1; i >= 0 && isnan(creall(z[0][at[i]])); i--) k = i;
    *y = (case_number)at[k];
}

#define SORTS_OF(name)                                                                             \
    static void name##_of(const case_row *row, const case_number *const *x, case_number *y) {      \
        lines_of(row, x, y, name##_line);                                                          \
    }

SORTS_OF(sort)
SORTS_OF(argsort)
SORTS_OF(topk)
SORTS_OF(argkth)

static const double sorts_ties[] = {1, NAN, 1, 0,   -0.0, 0, 2, NAN, -1, 2, -1, 2,
                                    3, 3,   3, NAN, 0,    0, 1, 0,   5,  4, 5,  4};

#define SORT       .f = sort_call, .of = sort_of, .n = 1
#define ARGSORT    .f = argsort_call, .of = argsort_of, .flat = true, .n = 1
#define TOPK       .f = topk_call, .of = topk_of, .n = 1
#define TOPK_INDEX .f = topk_index_call, .of = argsort_of, .flat = true, .n = 1
#define ALONG(at)  .shape = {1, {at}}
#define WHOLE      .y = {3, {2, 3, 4}}
#define BLOCK      LINES_BLOCK
#define TIES       .x = {{3, {2, 3, 4}}}, .values = {sorts_ties}
#define ONE        ALONG(0), .x = {{1, {1}}}, .y = {1, {1}}
#define NOTHING    ALONG(0), .x = {{2, {0, 3}}}, .y = {2, {0, 3}}
#define NO_ROWS    ALONG(1), .x = {{2, {0, 3}}}
#define THREE(at)  .f = sort_call, .of = sort_of, LINES_THREE, .start = at
#define KTH(at, kth)                                                                               \
    .f = case_apply, .of = argkth_of, .flat = true, .n = 1, ALONG(at), .stop = kth,                \
    .attrs = {CASE_ATTR("axis", at), CASE_ATTR("k", kth)}
#define ARGTOPK(at, most, large)                                                                   \
    .f = case_apply, .of = argsort_of, .flat = true, .n = 1, ALONG(at), .stop = most,              \
    .keep = large,                                                                                 \
    .attrs = {CASE_ATTR("axis", at), CASE_ATTR("k", most), CASE_ATTR("largest", large)}

static const case_row sorts_rows[] = {
    {"sort", NULL, SORT, ALONG(1), BLOCK, WHOLE},
    {"sort", "first", SORT, ALONG(0), BLOCK, WHOLE},
    {"sort", "last, descending", SORT, ALONG(-1), BLOCK, WHOLE, .keep = true},
    {"sort", "long", SORT, ALONG(0), .x = {{1, {37}}}, .y = {1, {37}}},
    {"sort", "one", SORT, ONE},
    {"sort", "nothing", SORT, NOTHING},
    {"sort", "no rows", SORT, NO_ROWS, .y = {2, {0, 3}}},
    {"sort", "index", .f = sort_index_call, .of = argsort_of, .flat = true, .n = 1, ALONG(2), TIES,
     WHOLE},
    {"sort", "least of three", THREE(0)},
    {"sort", "last of three", THREE(2)},
    {"sort", "largest of three", THREE(0), .keep = true},
    {"argsort", NULL, ARGSORT, ALONG(1), TIES, WHOLE},
    {"argsort", "last", ARGSORT, ALONG(-1), TIES, WHOLE},
    {"argsort", "last, descending", ARGSORT, ALONG(-1), TIES, WHOLE, .keep = true},
    {"argsort", "long", ARGSORT, ALONG(0), .x = {{1, {61}}}, .y = {1, {61}}},
    {"argsort", "all", ARGSORT, ALONG(0), .x = {{1, {24}}}, .values = {sorts_ties}, .y = {1, {24}}},
    {"argsort", "one", ARGSORT, ONE},
    {"argsort", "nothing", ARGSORT, NOTHING},
    {"topk", NULL, TOPK, ALONG(1), BLOCK, .y = {3, {2, 2, 4}}, .stop = 2, .keep = true},
    {"topk", "least", TOPK, ALONG(-1), BLOCK, .y = {3, {2, 3, 3}}, .stop = 3},
    {"topk", "of all", TOPK, ALONG(0), BLOCK, WHOLE, .stop = 2, .keep = true},
    {"topk", "none", TOPK, ALONG(2), BLOCK, .y = {3, {2, 3, 0}}, .stop = 0, .keep = true},
    {"topk", "one", TOPK, ONE, .stop = 1},
    {"topk", "no rows", TOPK, NO_ROWS, .y = {2, {0, 2}}, .stop = 2},
    {"topk", "index", TOPK_INDEX, ALONG(2), TIES, .y = {3, {2, 3, 2}}, .stop = 2, .keep = true},
    {"topk", "two of three", .f = topk_call, .of = topk_of, .ulps = 1, LINES_THREE, .stop = 2,
     .keep = true},
    {"argtopk", NULL, ARGTOPK(1, 2, true), TIES, .y = {3, {2, 2, 4}}},
    {"argtopk", "least", ARGTOPK(2, 3, false), TIES, .y = {3, {2, 3, 3}}},
    {"argtopk", "one", ARGTOPK(0, 1, true), .x = {{1, {1}}}, .y = {1, {1}}},
    {"argtopk", "nothing", ARGTOPK(0, 0, true), .x = {{2, {0, 3}}}, .y = {2, {0, 3}}},
    {"argkth", NULL, KTH(1, 1), TIES, .y = {3, {2, 1, 4}}},
    {"argkth", "last", KTH(2, 3), TIES, .y = {3, {2, 3, 1}}},
    {"argkth", "one", KTH(0, 0), .x = {{1, {1}}}, .y = {1, {1}}},
    {"argkth", "no rows", KTH(1, 2), .x = {{2, {0, 3}}}, .y = {2, {0, 1}}},
};

static const case_point sorts_points[] = {
    {"sort", "least of three", {2, 1, 1}, "", 1},
    {"sort", "least of three", {2, 1, 1}, "1", 1},
    {"sort", "least of three", {2, 1, 1}, "2", 0},
    {"sort", "least of three", {NAN, INFINITY, 1}, "", 1},
    {"sort", "last of three", {NAN, INFINITY, 1}, "", NAN},
    {"sort", "last of three", {NAN, INFINITY, 1}, "0", 1},
    {"sort", "last of three", {2, 2, 1}, "1", 1},
    {"sort", "last of three", {2, 2, 1}, "11", 0},
    {"sort", "largest of three", {NAN, INFINITY, 1}, "", NAN},
    {"sort", "largest of three", {2, 2, 1}, "0", 1},
    {"topk", "two of three", {3, 1, 2}, "", 5},
    {"topk", "two of three", {3, 1, 2}, "2", 1},
    {"topk", "two of three", {3, 1, 2}, "1", 0},
};

#define ERROR_ROW(op_name, call, at)                                                               \
    { op_name, .f = call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {at}}, .stop = 4 }

static const case_error sorts_errors[] = {
    {ERROR_ROW("sort", sort_call, 2),
     {FX_F64},
     FX_ERR_SHAPE,
     "sort: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("argsort", argsort_call, -3),
     {FX_F64},
     FX_ERR_SHAPE,
     "argsort: axis -3 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("argsort", argsort_call, 0),
     {FX_BOOL},
     FX_ERR_DTYPE,
     "argsort: operand x is bool, which the op does not take"},
    {ERROR_ROW("topk", topk_call, 2),
     {FX_F64},
     FX_ERR_SHAPE,
     "topk: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("topk", topk_call, 1),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "topk: k = 4 of the 3 elements along axis 1 (x [2, 3])"},
    {{"topk", .f = topk_call, .n = 1, .x = {{2, {2, 3}}}, .shape = {1, {0}}, .stop = -1},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "topk: k = -1 of the 2 elements along axis 0 (x [2, 3])"},
};

const case_family case_sorts = {
    sorts_rows,
    sorts_points,
    sorts_errors,
    CASE_COUNT(sorts_rows),
    CASE_COUNT(sorts_points),
    CASE_COUNT(sorts_errors),
};
