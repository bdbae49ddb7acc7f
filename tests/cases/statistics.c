/* SPDX-License-Identifier: MIT */
/* Logarithms of sums, variances, norms, medians and quantiles. */
#include <math.h>

#include "lines.h"

/* What is not an axis stands first in attrs. */
static double statistic(const case_row *row) { return row->attrs[0].value; }

static fx_tensor logsumexp_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->stride == 1) return fx_logsumexp(lines_operand(row, x));
    return fx_logsumexp_axes(x[0], row->shape, row->keep);
}

#define STATISTIC_CALL(name)                                                                       \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        const case_row *row = user;                                                                \
        if (row->stride == 1) return fx_##name(lines_operand(row, x), statistic(row));             \
        return fx_##name##_axes(x[0], row->shape, statistic(row), row->keep);                      \
    }

STATISTIC_CALL(var)
STATISTIC_CALL(std)

static fx_tensor norm_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->stride == 1) return fx_norm(lines_operand(row, x), statistic(row));
    return fx_norm_axes(x[0], statistic(row), row->shape, row->keep);
}

static fx_tensor median_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->stride == 1) return fx_median(lines_operand(row, x));
    return fx_median_axis(x[0], (int)row->shape.dims[0], row->keep);
}

static fx_tensor quantile_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->stride == 1) return fx_quantile(lines_operand(row, x), statistic(row));
    return fx_quantile_axis(x[0], statistic(row), (int)row->shape.dims[0], row->keep);
}

static void logsumexp_line(const case_row *row, int64_t n, const case_number *const *z,
                           case_number *y) {
    (void)row, *y = 0;
    for (int64_t i = 0; i < n; i++) *y += cexpl(z[0][i]);
    *y = n ? clogl(*y) : -INFINITY;
}

static void weights_line(const case_row *row, int64_t n, const case_number *const *z,
                         case_number *y) {
    case_number sum = 0;
    (void)row;
    for (int64_t i = 0; i < n; i++) sum += cexpl(z[0][i]);
    for (int64_t i = 0; i < n; i++) y[i] = cexpl(z[0][i]) / sum;
}

static void var_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    case_number mean = 0;
    *y = 0;
    for (int64_t i = 0; i < n; i++) mean += z[0][i] / (long double)n;
    for (int64_t i = 0; i < n; i++) *y += (z[0][i] - mean) * (z[0][i] - mean);
    *y /= fmaxl((long double)n - statistic(row), 0);
}

static void std_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    var_line(row, n, z, y);
    *y = csqrtl(*y);
}

static void norm_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    const long double p = statistic(row);
    *y = 0;
    for (int64_t i = 0; i < n; i++) {
        const case_number a = creall(z[0][i]) < 0 ? -z[0][i] : z[0][i];
        if (isinf(p))
            *y = creall(a) > creall(*y) ? a : *y;
        else
            *y += p == 2 ? a * a : cpowl(a, p);
    }
    if (!isinf(p) && n) *y = p == 2 ? csqrtl(*y) : cpowl(*y, 1 / p);
}

static case_number statistic_kth(int64_t n, const case_number *z, int64_t k) {
    for (int64_t i = 0; i < n; i++) {
        int64_t below = 0;
        for (int64_t j = 0; j < n; j++)
            below += creall(z[j]) < creall(z[i]) || (creall(z[j]) == creall(z[i]) && j < i);
        if (below == k) return z[i];
    }
    return 0;
}

static void median_line(const case_row *row, int64_t n, const case_number *const *z,
                        case_number *y) {
    (void)row, *y = statistic_kth(n, z[0], (n - 1) / 2);
}

static void quantile_line(const case_row *row, int64_t n, const case_number *const *z,
                          case_number *y) {
    const double place = statistic(row) * (double)(n - 1), below = floor(place);
    const int64_t k = (int64_t)below;
    *y = statistic_kth(n, z[0], k);
    if (place > below)
        *y = *y * (1 - (place - below)) + statistic_kth(n, z[0], k + 1) * (place - below);
}

#define STATISTIC_OF(name)                                                                         \
    static void name##_of(const case_row *row, const case_number *const *x, case_number *y) {      \
        lines_of(row, x, y, name##_line);                                                          \
    }

STATISTIC_OF(logsumexp)
STATISTIC_OF(weights)
STATISTIC_OF(var)
STATISTIC_OF(std)
STATISTIC_OF(norm)
STATISTIC_OF(median)
STATISTIC_OF(quantile)

static case_number exp_difference_at(const case_row *row, const case_number *z) {
    return (void)row, cexpl(z[0] - z[1]);
}

static case_number ratio_at(const case_row *row, const case_number *z) {
    return (void)row, z[0] / z[1];
}

static case_number power_at(const case_row *row, const case_number *z) {
    const bool minus = creall(z[0]) < 0;
    const case_number size = cpowl(minus ? -z[0] : z[0], statistic(row));
    return row->keep && minus ? -size : size;
}

#define LOGSUM  .f = logsumexp_call, .of = logsumexp_of, .ulps = 3, .sums = true
#define WEIGHTS .f = case_apply, .of = weights_of, .ulps = 4, .n = 1
#define VAR(c)  .f = var_call, .of = var_of, .ulps = 8, .attrs = {CASE_ATTR("correction", c)}
#define STD(c)  .f = std_call, .of = std_of, .ulps = 8, .attrs = {CASE_ATTR("correction", c)}
#define NORM(p) .f = norm_call, .of = norm_of, .ulps = 6, .attrs = {CASE_ATTR("p", p)}
#define MEDIAN  .f = median_call, .of = median_of
#define QUANTILE(q)                                                                                \
    .f = quantile_call, .of = quantile_of, .ulps = 3, .sums = true, .attrs = {CASE_ATTR("q", q)}
#define POWER(q)                                                                                   \
    .f = case_apply, .at = power_at, .n = 1, .x = {{2, {3, 4}}}, .y = {2, {3, 4}}, .low = {0.1},   \
    .high = {2}, .either = 1, .ulps = 2, .attrs = {CASE_ATTR("q", q)
#define TOTAL       .n = 1, .stride = 1, .y = {0, {0}}
#define OVER(...)   .n = 1, .shape = __VA_ARGS__
#define BLOCK       LINES_BLOCK
#define ONE         .x = {{2, {1, 1}}}
#define NO_ROWS     .n = 1, .shape = {1, {1}}, .x = {{2, {0, 3}}}, .y = {1, {0}}
#define KEPT        .y = {3, {1, 3, 1}}, .keep = true
#define TWO_SQUARES .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}

static const case_row statistics_rows[] =
    {{"logsumexp", NULL, LOGSUM, TOTAL, BLOCK},
     {"logsumexp", "one", LOGSUM, TOTAL, ONE},
     {"logsumexp", "nothing", .f = logsumexp_call, .of = logsumexp_of, TOTAL, .x = {{2, {0, 3}}}},
     {"logsumexp", "of no rows", LOGSUM, NO_ROWS},
     {"logsumexp", "middle", LOGSUM, OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
     {"logsumexp", "two, turned, kept", LOGSUM, OVER({2, {-1, 0}}), BLOCK, KEPT},
     {"logsumexp", "large", LOGSUM, OVER({1, {2}}), BLOCK, .y = {2, {2, 3}}, .low = {80},
      .high = {100}, .either = 1},
     {"logsumexp", "no axes", LOGSUM, OVER({0, {0}}), BLOCK, .y = {3, {2, 3, 4}}},
     {"logsumexp", "three", LOGSUM, LINES_THREE},
     {"logsumexp_weights", NULL, WEIGHTS, BLOCK, .shape = {1, {1}}, .y = {3, {2, 3, 4}},
      .attrs = {{.name = "axes", .shape = {1, {1}}}}},
     {"logsumexp_weights", "two", WEIGHTS, BLOCK, .shape = {2, {0, 2}}, .y = {3, {2, 3, 4}},
      .attrs = {{.name = "axes", .shape = {2, {-1, 0}}}}},
     {"logsumexp_weights", "one", WEIGHTS, .x = {{1, {1}}}, .y = {1, {1}}, .shape = {1, {0}},
      .attrs = {{.name = "axes", .shape = {1, {0}}}}},
     {"logsumexp_weights", "nothing", WEIGHTS, .x = {{2, {0, 3}}}, .y = {2, {0, 3}},
      .shape = {1, {0}}, .attrs = {{.name = "axes", .shape = {1, {0}}}}},
     {"exp_difference", NULL, .f = case_apply, .at = exp_difference_at, .ulps = 2, TWO_SQUARES},
     {"norm_ratio", NULL, .f = case_apply, .at = ratio_at, .ulps = 0.5, TWO_SQUARES,
      .low = {0, 0.3}, .high = {0, 2}, .either = 2},
     {"norm_power", NULL, POWER(1.5)}},
                      {"norm_power", "odd", POWER(3), CASE_ATTR("odd", 1)}, .keep = true
}
, {"norm_power", "negative", POWER(-0.5), CASE_ATTR("odd", 1)}, .keep = true
}
, {"norm_power", "sign", POWER(0), CASE_ATTR("odd", 1)}, .keep = true
}
, {"var", NULL, VAR(1), TOTAL, BLOCK},
    {"var", "middle", VAR(0), OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"var", "two, turned, kept", VAR(1.5), OVER({2, {-1, 0}}), BLOCK, KEPT},
    {"var", "one", VAR(0), TOTAL, ONE}, {"var", "of no rows", VAR(1), NO_ROWS},
    {"var", "three", VAR(1), LINES_THREE}, {"std", NULL, STD(1), TOTAL, BLOCK},
    {"std", "middle", STD(0), OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"std", "two, turned, kept", STD(1.5), OVER({2, {-1, 0}}), BLOCK, KEPT},
    {"std", "one", STD(0), TOTAL, ONE, .flat = true}, {"std", "of no rows", STD(1), NO_ROWS},
    {"std", "three", STD(0), LINES_THREE}, {"norm", NULL, NORM(2), TOTAL, BLOCK},
    {"norm", "middle", NORM(2), OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"norm", "two, turned, kept", NORM(2), OVER({2, {-1, 0}}), BLOCK, KEPT},
    {"norm", "of sizes", NORM(1), OVER({1, {2}}), BLOCK, .y = {2, {2, 3}}},
    {"norm", "cubic", NORM(3), OVER({1, {0}}), BLOCK, .y = {2, {3, 4}}},
    {"norm",           "half",       NORM(0.5),   OVER({1, {0}}), BLOCK,
     .y = {2, {3, 4}}, .low = {0.5}, .high = {2}, .either = 1},
    {"norm", "three halves", NORM(1.5),   OVER({2, {0, 2}}), BLOCK,
     KEPT,   .low = {0.2},   .high = {2}, .either = 1},
    {"norm", "largest", NORM(INFINITY), OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}, .made = true},
    {"norm", "one", NORM(2), TOTAL, ONE}, {"norm", "nothing", NORM(2), TOTAL, .x = {{2, {0, 3}}}},
    {"norm", "of no rows", NORM(3), NO_ROWS}, {"norm", "three", NORM(2), LINES_THREE},
    {"norm", "three, of sizes", NORM(1), LINES_THREE},
    {"norm", "three, cubic", NORM(3), LINES_THREE},
    {"norm", "three, half", NORM(0.5), LINES_THREE, .low = {0.5, 0.5, 0.5}, .high = {2, 2, 2}},
    {"norm", "three, largest", NORM(INFINITY), LINES_THREE}, {"median", NULL, MEDIAN, TOTAL, BLOCK},
    {"median", "middle", MEDIAN, OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"median", "last, kept", MEDIAN, OVER({1, {-1}}), BLOCK, .y = {3, {2, 3, 1}}, .keep = true},
    {"median", "one", MEDIAN, TOTAL, ONE}, {"median", "of no rows", MEDIAN, NO_ROWS},
    {"median", "three", MEDIAN, LINES_THREE}, {"quantile", NULL, QUANTILE(0.3), TOTAL, BLOCK},
    {"quantile", "middle", QUANTILE(0.25), OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"quantile", "last, kept",        QUANTILE(0.9), OVER({1, {-1}}),
     BLOCK,      .y = {3, {2, 3, 1}}, .keep = true},
    {"quantile", "largest", QUANTILE(1), OVER({1, {0}}), BLOCK, .y = {2, {3, 4}}},
    {"quantile", "one", QUANTILE(0.7), TOTAL, ONE},
    {"quantile", "of no rows", QUANTILE(0.3), NO_ROWS},
    {"quantile", "three", QUANTILE(0.25), LINES_THREE},
}
;

static const case_point statistics_points[] = {
    {"logsumexp", "three", {-INFINITY, -INFINITY, -INFINITY}, "", -INFINITY},
    {"logsumexp", "three", {-INFINITY, -INFINITY, -INFINITY}, "0", 0},
    {"logsumexp", "three", {-INFINITY, -INFINITY, -INFINITY}, "01", 0},
    {"logsumexp", "three", {0, -INFINITY, -INFINITY}, "", 0},
    {"logsumexp", "three", {0, -INFINITY, -INFINITY}, "0", 1},
    {"logsumexp", "three", {0, -INFINITY, -INFINITY}, "1", 0},
    {"logsumexp", "three", {0, -INFINITY, -INFINITY}, "00", 0},
    {"logsumexp", "three", {INFINITY, 1, 2}, "", INFINITY},
    {"logsumexp", "three", {INFINITY, 1, 2}, "0", 1},
    {"logsumexp", "three", {INFINITY, 1, 2}, "1", 0},
    {"logsumexp", "three", {INFINITY, 1, INFINITY}, "2", 0.5},
    {"logsumexp", "three", {1000, -INFINITY, -1000}, "", 1000},
    {"logsumexp", "three", {NAN, 1, 2}, "", NAN},
    {"logsumexp", "three", {1, NAN, INFINITY}, "", NAN},
    {"logsumexp", "three", {NAN, 1, 2}, "1", NAN},
    {"exp_difference", NULL, {-INFINITY, -INFINITY}, "", 0},
    {"exp_difference", NULL, {INFINITY, INFINITY}, "", 1},
    {"exp_difference", NULL, {1, INFINITY}, "0", 0},
    {"exp_difference", NULL, {NAN, 1}, "", NAN},
    {"norm_ratio", NULL, {3, 0}, "", 0},
    {"norm_ratio", NULL, {3, 0}, "0", 0},
    {"norm_ratio", NULL, {3, 0}, "1", 0},
    {"norm_ratio", NULL, {NAN, 1}, "", NAN},
    {"norm_power", "odd", {0}, "", 0},
    {"norm_power", "odd", {0}, "0", 0},
    {"norm_power", "odd", {-2}, "", -8},
    {"norm_power", "odd", {-2}, "0", 12},
    {"norm_power", "odd", {-2}, "00", -12},
    {"norm_power", "odd", {0}, "000", 6},
    {"norm_power", "sign", {0}, "", 0},
    {"norm_power", "sign", {NAN}, "", NAN},
    {"norm_power", "negative", {0}, "", 0},
    {"var", "three", {1, 2, 3}, "", 1},
    {"var", "three", {1, 2, 3}, "0", -1},
    {"var", "three", {2, 2, 2}, "0", 0},
    {"var", NULL, {2}, "", NAN},
    {"std", "three", {2, 2, 2}, "", 0},
    {"std", "three", {2, 2, 2}, "0", 0},
    {"std", "three", {2, 2, 2}, "01", 0},
    {"std", NULL, {2}, "", NAN},
    {"norm", "three", {3, 4, 0}, "", 5},
    {"norm", "three", {0, 0, 0}, "", 0},
    {"norm", "three", {0, 0, 0}, "0", 0},
    {"norm", "three", {0, 0, 0}, "00", 0},
    {"norm", "three", {4, 0, 0}, "0", 1},
    {"norm", "three", {4, 0, 0}, "11", 0.25},
    {"norm", "three", {-4, 0, 0}, "0", -1},
    {"norm", "three", {INFINITY, 1, 0}, "", INFINITY},
    {"norm", "three", {INFINITY, 1, 0}, "1", 0},
    {"norm", "three", {NAN, 1, INFINITY}, "", NAN},
    {"norm", "three", {NAN, 1, 0}, "1", NAN},
    {"norm", "three, of sizes", {0, -2, 3}, "", 5},
    {"norm", "three, of sizes", {0, -2, 3}, "0", 0},
    {"norm", "three, of sizes", {0, -2, 3}, "1", -1},
    {"norm", "three, of sizes", {0, -2, 3}, "11", 0},
    {"norm", "three, cubic", {0, 0, -2}, "", 2},
    {"norm", "three, cubic", {0, 0, -2}, "2", -1},
    {"norm", "three, cubic", {0, 0, -2}, "0", 0},
    {"norm", "three, cubic", {0, 0, -2}, "00", 0},
    {"norm", "three, half", {4, 0, 0}, "", 4},
    {"norm", "three, half", {4, 0, 0}, "1", 0},
    {"norm", "three, largest", {2, -2, 1}, "", 2},
    {"norm", "three, largest", {2, -2, 1}, "0", 0.5},
    {"norm", "three, largest", {2, -2, 1}, "1", -0.5},
    {"norm", "three, largest", {0, 0, 0}, "0", 0},
    {"median", "three", {3, 1, 2}, "", 2},
    {"median", "three", {3, 1, 2}, "2", 1},
    {"median", "three", {3, 1, 2}, "0", 0},
    {"median", "three", {2, 2, 2}, "1", 1},
    {"median", "three", {3, NAN, 1}, "", NAN},
    {"median", "three", {3, NAN, NAN}, "1", 1},
    {"quantile", "three", {3, 1, 2}, "", 1.5},
    {"quantile", "three", {3, 1, 2}, "1", 0.5},
    {"quantile", "three", {3, 1, 2}, "2", 0.5},
    {"quantile", "three", {3, 1, 2}, "0", 0},
    {"quantile", "three", {3, 1, NAN}, "", NAN},
    {"quantile", "three", {INFINITY, INFINITY, INFINITY}, "", INFINITY},
    {"quantile", "three", {-INFINITY, 0, INFINITY}, "", -INFINITY},
};

#define ERROR_ROW(op_name, call, sizes, at, ...)                                                   \
    {                                                                                              \
        op_name, .f = call, .n = 1, .x = {sizes}, .shape = {1, {at}}, .attrs = {                   \
            CASE_ATTR("", __VA_ARGS__)                                                             \
        }                                                                                          \
    }
#define SIZES_23                                                                                   \
    {                                                                                              \
        2, { 2, 3 }                                                                                \
    }
#define SIZES_03                                                                                   \
    {                                                                                              \
        2, { 0, 3 }                                                                                \
    }

static const case_error statistics_errors[] = {
    {ERROR_ROW("logsumexp", logsumexp_call, SIZES_23, 2, 0),
     {FX_F64},
     FX_ERR_SHAPE,
     "logsumexp: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("var", var_call, SIZES_23, 2, 1),
     {FX_F64},
     FX_ERR_SHAPE,
     "var: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("var", var_call, SIZES_23, 1, -1),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "var: correction = -1; it is 1 for a sample, 0 for a population (x [2, 3])"},
    {ERROR_ROW("std", std_call, SIZES_23, 1, NAN),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "std: correction = nan; it is 1 for a sample, 0 for a population (x [2, 3])"},
    {ERROR_ROW("norm", norm_call, SIZES_23, -3, 2),
     {FX_F64},
     FX_ERR_SHAPE,
     "norm: axis -3 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("norm", norm_call, SIZES_23, 0, 0),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "norm: p = 0; a norm has p > 0 (x [2, 3])"},
    {ERROR_ROW("norm", norm_call, SIZES_23, 0, NAN),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "norm: p = nan; a norm has p > 0 (x [2, 3])"},
    {ERROR_ROW("norm", norm_call, SIZES_03, 0, INFINITY),
     {FX_F64},
     FX_ERR_SHAPE,
     "norm: no elements along the axes; no elements have no largest or least (x [0, 3])"},
    {ERROR_ROW("median", median_call, SIZES_03, 0, 0),
     {FX_F64},
     FX_ERR_SHAPE,
     "median: axis 0 is empty; no elements have no middle (x [0, 3])"},
    {ERROR_ROW("median", median_call, SIZES_23, 2, 0),
     {FX_F64},
     FX_ERR_SHAPE,
     "median: axis 2 is outside -2..1 (x [2, 3])"},
    {ERROR_ROW("quantile", quantile_call, SIZES_03, 0, 0.5),
     {FX_F64},
     FX_ERR_SHAPE,
     "quantile: axis 0 is empty; no elements have no middle (x [0, 3])"},
    {ERROR_ROW("quantile", quantile_call, SIZES_23, 0, 1.5),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "quantile: q = 1.5; it is in [0, 1] (x [2, 3])"},
    {ERROR_ROW("quantile", quantile_call, SIZES_23, 0, NAN),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "quantile: q = nan; it is in [0, 1] (x [2, 3])"},
};

const case_family case_statistics = {
    statistics_rows,
    statistics_points,
    statistics_errors,
    CASE_COUNT(statistics_rows),
    CASE_COUNT(statistics_points),
    CASE_COUNT(statistics_errors),
};
