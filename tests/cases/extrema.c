/* SPDX-License-Identifier: MIT */
/* The largest and the least, over axes, along one, and where they stand; all, any and counts. */
#include <math.h>

#include "lines.h"

#define EXTREMA_CALL(name)                                                                         \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        const case_row *row = user;                                                                \
        if (row->stride == 1) return fx_##name(lines_operand(row, x));                             \
        return fx_##name##_axes(x[0], row->shape, row->keep);                                      \
    }

#define EXTREMA_INDEX_CALL(name)                                                                   \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        const case_row *row = user;                                                                \
        if (row->stride == 1) return fx_##name(lines_operand(row, x));                             \
        return fx_##name##_axis(x[0], (int)row->shape.dims[0], row->keep);                         \
    }

EXTREMA_CALL(amax)
EXTREMA_CALL(amin)
EXTREMA_CALL(all)
EXTREMA_CALL(any)
EXTREMA_CALL(count_nonzero)
EXTREMA_INDEX_CALL(argmax)
EXTREMA_INDEX_CALL(argmin)

static fx_tensor max_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_max(lines_operand(row, x), (int)row->shape.dims[0], row->keep, NULL);
}

static fx_tensor min_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_min(lines_operand(row, x), (int)row->shape.dims[0], row->keep, NULL);
}

/* The second result. */
static fx_tensor max_index_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor index;
    fx_max(x[0], (int)row->shape.dims[0], row->keep, &index);
    return index;
}

static int64_t extrema_place(int64_t n, const case_number *z, bool least) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (least ? creall(z[i]) < creall(z[best]) : creall(z[i]) > creall(z[best])) best = i;
    return best;
}

static void largest_line(const case_row *row, int64_t n, const case_number *const *z,
                         case_number *y) {
    (void)row, *y = z[0][extrema_place(n, z[0], false)];
}

static void least_line(const case_row *row, int64_t n, const case_number *const *z,
                       case_number *y) {
    (void)row, *y = z[0][extrema_place(n, z[0], true)];
}

static void argmax_line(const case_row *row, int64_t n, const case_number *const *z,
                        case_number *y) {
    (void)row, *y = (case_number)extrema_place(n, z[0], false);
}

static void argmin_line(const case_row *row, int64_t n, const case_number *const *z,
                        case_number *y) {
    (void)row, *y = (case_number)extrema_place(n, z[0], true);
}

static void share_line(const case_row *row, int64_t n, const case_number *const *z,
                       case_number *y) {
    const case_number best = z[0][extrema_place(n, z[0], false)];
    int equal = 0;
    (void)row;
    for (int64_t i = 0; i < n; i++) equal += creall(z[0][i]) == creall(best);
    for (int64_t i = 0; i < n; i++)
        y[i] = creall(z[0][i]) == creall(best) ? 1 / (long double)equal : 0;
}

static int64_t extrema_count(int64_t n, const case_number *z) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += creall(z[i]) != 0;
    return count;
}

static void all_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    (void)row, *y = extrema_count(n, z[0]) == n;
}

static void any_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    (void)row, *y = extrema_count(n, z[0]) > 0;
}

static void count_line(const case_row *row, int64_t n, const case_number *const *z,
                       case_number *y) {
    (void)row, *y = (case_number)extrema_count(n, z[0]);
}

#define EXTREMA_OF(name)                                                                           \
    static void name##_of(const case_row *row, const case_number *const *x, case_number *y) {      \
        lines_of(row, x, y, name##_line);                                                          \
    }

EXTREMA_OF(largest)
EXTREMA_OF(least)
EXTREMA_OF(argmax)
EXTREMA_OF(argmin)
EXTREMA_OF(share)
EXTREMA_OF(all)
EXTREMA_OF(any)
EXTREMA_OF(count)

static const double extrema_ties[] = {1, 1, 0, 1, 0, 2, 2, 0, -1, 2, -1, 2,
                                      3, 3, 3, 3, 0, 0, 1, 0, 5,  4, 5,  4};
static const double extrema_flags[] = {1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1,
                                       0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1};

#define AMAX      .f = amax_call, .of = largest_of
#define AMIN      .f = amin_call, .of = least_of
#define MAX       .f = max_call, .of = largest_of
#define MIN       .f = min_call, .of = least_of
#define ARGMAX    .f = argmax_call, .of = argmax_of, .flat = true
#define ARGMIN    .f = argmin_call, .of = argmin_of, .flat = true
#define ALL_OF    .f = all_call, .of = all_of, .flat = true, .mask = 1
#define ANY_OF    .f = any_call, .of = any_of, .flat = true, .mask = 1
#define COUNT     .f = count_nonzero_call, .of = count_of, .flat = true
#define TOTAL     .n = 1, .stride = 1, .y = {0, {0}}
#define OVER(...) .n = 1, .shape = __VA_ARGS__
#define BLOCK     LINES_BLOCK
#define TIES      .x = {{3, {2, 3, 4}}}, .values = {extrema_ties}
#define FLAGS     .x = {{3, {2, 3, 4}}}, .values = {extrema_flags}
#define SHARE(...)                                                                                 \
    .f = case_apply, .of = share_of, .flat = true, .ulps = 1, .n = 1, .shape = __VA_ARGS__,        \
    .attrs = {{.name = "axes", .shape = __VA_ARGS__}}

static const case_row extrema_rows[] = {
    {"amax", NULL, AMAX, TOTAL, BLOCK},
    {"amax", "one", AMAX, TOTAL, .x = {{2, {1, 1}}}},
    {"amax", "middle", AMAX, OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"amax", "two, turned, kept", AMAX, OVER({2, {-1, 0}}), BLOCK, .y = {3, {1, 3, 1}},
     .keep = true},
    {"amax", "no axes", AMAX, OVER({0, {0}}), BLOCK, .y = {3, {2, 3, 4}}},
    {"amax", "of no rows", AMAX, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"amax", "three", AMAX, LINES_THREE},
    {"amin", NULL, AMIN, TOTAL, BLOCK},
    {"amin", "one", AMIN, TOTAL, .x = {{2, {1, 1}}}},
    {"amin", "last", AMIN, OVER({1, {2}}), BLOCK, .y = {2, {2, 3}}},
    {"amin", "two, kept", AMIN, OVER({2, {0, 1}}), BLOCK, .y = {3, {1, 1, 4}}, .keep = true},
    {"amin", "of no rows", AMIN, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"amin", "three", AMIN, LINES_THREE},
    {"extremum_share", NULL, SHARE({1, {2}}), TIES, .y = {3, {2, 3, 4}}},
    {"extremum_share", "two", SHARE({2, {0, 2}}), TIES, .y = {3, {2, 3, 4}}},
    {"extremum_share", "one", SHARE({1, {0}}), .x = {{1, {1}}}, .y = {1, {1}}},
    {"extremum_share", "nothing", SHARE({1, {0}}), .x = {{2, {0, 3}}}, .y = {2, {0, 3}}},
    {"argmax", NULL, ARGMAX, TOTAL, BLOCK, .made = true},
    {"argmax", "ties", ARGMAX, OVER({1, {2}}), TIES, .y = {2, {2, 3}}},
    {"argmax", "middle, kept", ARGMAX, OVER({1, {-2}}), TIES, .y = {3, {2, 1, 4}}, .keep = true},
    {"argmax", "one", ARGMAX, OVER({1, {0}}), .x = {{1, {1}}}, .y = {0, {0}}},
    {"argmax", "of no rows", ARGMAX, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"argmin", NULL, ARGMIN, TOTAL, BLOCK, .made = true},
    {"argmin", "ties", ARGMIN, OVER({1, {2}}), TIES, .y = {2, {2, 3}}},
    {"argmin", "first, kept", ARGMIN, OVER({1, {0}}), TIES, .y = {3, {1, 3, 4}}, .keep = true},
    {"argmin", "one", ARGMIN, OVER({1, {0}}), .x = {{1, {1}}}, .y = {0, {0}}},
    {"argmin", "of no rows", ARGMIN, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"max", NULL, MAX, OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"max", "last, kept", MAX, OVER({1, {-1}}), BLOCK, .y = {3, {2, 3, 1}}, .keep = true},
    {"max", "one", MAX, OVER({1, {0}}), .x = {{1, {1}}}, .y = {0, {0}}},
    {"max", "of no rows", MAX, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"max", "index", .f = max_index_call, .of = argmax_of, .flat = true, OVER({1, {1}}), TIES,
     .y = {2, {2, 4}}},
    {"max", "index, kept", .f = max_index_call, .of = argmax_of, .flat = true, OVER({1, {1}}), TIES,
     .y = {3, {2, 1, 4}}, .keep = true},
    {"max", "three", MAX, LINES_THREE},
    {"min", NULL, MIN, OVER({1, {0}}), BLOCK, .y = {2, {3, 4}}},
    {"min", "last, kept", MIN, OVER({1, {-1}}), BLOCK, .y = {3, {2, 3, 1}}, .keep = true},
    {"min", "one", MIN, OVER({1, {0}}), .x = {{1, {1}}}, .y = {0, {0}}},
    {"min", "of no rows", MIN, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"min", "three", MIN, LINES_THREE},
    {"all", NULL, ALL_OF, TOTAL, FLAGS},
    {"all", "last", ALL_OF, OVER({1, {2}}), FLAGS, .y = {2, {2, 3}}},
    {"all", "two, kept", ALL_OF, OVER({2, {0, 2}}), FLAGS, .y = {3, {1, 3, 1}}, .keep = true},
    {"all", "nothing", ALL_OF, TOTAL, .x = {{2, {0, 3}}}},
    {"all", "one", ALL_OF, TOTAL, .x = {{1, {1}}}},
    {"any", NULL, ANY_OF, TOTAL, FLAGS},
    {"any", "last", ANY_OF, OVER({1, {2}}), FLAGS, .y = {2, {2, 3}}},
    {"any", "two, kept", ANY_OF, OVER({2, {0, 2}}), FLAGS, .y = {3, {1, 3, 1}}, .keep = true},
    {"any", "nothing", ANY_OF, OVER({1, {0}}), .x = {{2, {0, 3}}}, .y = {1, {3}}},
    {"any", "one", ANY_OF, TOTAL, .x = {{1, {1}}}},
    {"count_nonzero", NULL, COUNT, TOTAL, TIES},
    {"count_nonzero", "middle", COUNT, OVER({1, {1}}), TIES, .y = {2, {2, 4}}},
    {"count_nonzero", "bool", COUNT, OVER({1, {2}}), FLAGS, .y = {2, {2, 3}}, .mask = 1},
    {"count_nonzero", "i64", COUNT, OVER({1, {2}}), TIES, .y = {2, {2, 3}}, .whole = 1},
    {"count_nonzero", "nothing", COUNT, TOTAL, .x = {{2, {0, 3}}}},
    {"count_nonzero", "one", COUNT, TOTAL, .x = {{1, {1}}}},
};

static const case_point extrema_points[] = {
    {"amax", "three", {2, 2, 1}, "", 2},
    {"amax", "three", {2, 2, 1}, "0", 0.5},
    {"amax", "three", {2, 2, 1}, "1", 0.5},
    {"amax", "three", {2, 2, 1}, "2", 0},
    {"amax", "three", {2, 2, 1}, "00", 0},
    {"amax", "three", {2, 1, 1}, "0", 1},
    {"amax", "three", {-0.0, 0, -1}, "0", 0.5},
    {"amax", "three", {INFINITY, INFINITY, 1}, "1", 0.5},
    {"amax", "three", {-INFINITY, -INFINITY, -INFINITY}, "", -INFINITY},
    {"amax", "three", {1, NAN, 2}, "", NAN},
    {"amax", "three", {INFINITY, NAN, 2}, "", NAN},
    {"amax", "three", {1, NAN, 2}, "0", NAN},
    {"amax", "three", {1, NAN, 2}, "1", NAN},
    {"amax", NULL, {3}, "0", 1},
    {"amin", "three", {2, 1, 1}, "", 1},
    {"amin", "three", {2, 1, 1}, "0", 0},
    {"amin", "three", {2, 1, 1}, "1", 0.5},
    {"amin", "three", {1, NAN, 2}, "", NAN},
    {"amin", "three", {-INFINITY, NAN, 2}, "2", NAN},
    {"max", "three", {2, 2, 1}, "", 2},
    {"max", "three", {2, 2, 1}, "0", 1},
    {"max", "three", {2, 2, 1}, "1", 0},
    {"max", "three", {2, 2, 1}, "00", 0},
    {"max", "three", {3, NAN, NAN}, "", NAN},
    {"max", "three", {3, NAN, NAN}, "1", 1},
    {"max", "three", {3, NAN, NAN}, "0", 0},
    {"min", "three", {2, 1, 1}, "1", 1},
    {"min", "three", {2, 1, 1}, "2", 0},
    {"min", "three", {0, NAN, 1}, "", NAN},
    {"argmax", NULL, {NAN}, "", 0},
    {"count_nonzero", NULL, {NAN}, "", 1},
    {"count_nonzero", NULL, {-0.0}, "", 0},
};

#define ERROR_ROW(op_name, call, sizes, ...)                                                       \
    { op_name, .f = call, .n = 1, .x = {sizes}, .shape = __VA_ARGS__ }
#define SIZES_23                                                                                   \
    {                                                                                              \
        2, { 2, 3 }                                                                                \
    }
#define SIZES_03                                                                                   \
    {                                                                                              \
        2, { 0, 3 }                                                                                \
    }

static const case_error extrema_errors[] = {
    {ERROR_ROW("amax", amax_call, SIZES_23, {1, {2}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "amax: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("amin", amin_call, SIZES_23, {2, {1, -1}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "amin: axis -1 is named twice (x [2, 3])"},
    {ERROR_ROW("amin", amin_call, SIZES_23, {9, {0}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "amin: 9 axes; at most 8 are possible (x [2, 3])"},
    {ERROR_ROW("amax", amax_call, SIZES_03, {1, {0}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "amax: no elements along the axes; no elements have no largest or least (x [0, 3])"},
    {ERROR_ROW("amax", amax_call, SIZES_23, {1, {0}}),
     {FX_I64},
     FX_ERR_DTYPE,
     "amax: operand x is i64, which the op does not take"},
    {ERROR_ROW("argmax", argmax_call, SIZES_23, {1, {-3}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "argmax: axis -3 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("argmin", argmin_call, SIZES_03, {1, {0}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "argmin: axis 0 is empty; no elements have no largest or least (x [0, 3])"},
    {ERROR_ROW("max", max_call, SIZES_23, {1, {2}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "max: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("min", min_call, SIZES_03, {1, {0}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "min: axis 0 is empty; no elements have no largest or least (x [0, 3])"},
    {ERROR_ROW("all", all_call, SIZES_23, {1, {0}}),
     {FX_F64},
     FX_ERR_DTYPE,
     "all: operand x is f64, which the op does not take"},
    {ERROR_ROW("any", any_call, SIZES_23, {1, {2}}),
     {FX_BOOL},
     FX_ERR_SHAPE,
     "any: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("count_nonzero", count_nonzero_call, SIZES_23, {2, {0, 0}}),
     {FX_I64},
     FX_ERR_SHAPE,
     "count_nonzero: axis 0 is named twice (x [2, 3])"},
};

const case_family case_extrema = {
    extrema_rows,
    extrema_points,
    extrema_errors,
    CASE_COUNT(extrema_rows),
    CASE_COUNT(extrema_points),
    CASE_COUNT(extrema_errors),
};
