/* SPDX-License-Identifier: MIT */
/* Products, and what is carried along an axis. */
#include <math.h>

#include "lines.h"

static fx_tensor prod_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    if (row->stride == 1) return fx_prod(lines_operand(row, x));
    return fx_prod_axes(x[0], row->shape, row->keep);
}

/* keep stands for reverse; of three operands, all that is carried is summed. */
#define SCAN_CALL(name)                                                                            \
    static fx_tensor name##_call(void *user, const fx_tensor *x) {                                 \
        const case_row *row = user;                                                                \
        if (row->n == 3) return fx_sum(fx_##name(lines_operand(row, x), 0, row->keep));            \
        return fx_##name(x[0], (int)row->shape.dims[0], row->keep);                                \
    }

SCAN_CALL(cumsum)
SCAN_CALL(cumprod)
SCAN_CALL(logcumsumexp)

static void prod_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y) {
    (void)row, *y = 1;
    for (int64_t i = 0; i < n; i++) *y *= z[0][i];
}

/* y_k from y_(k-1) and x_k; logarithms are taken at the end. */
static void scan_line(const case_row *row, int64_t n, const case_number *z, int kind,
                      case_number *y) {
    case_number carried = kind == '*';
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = row->keep ? n - 1 - i : i;
        carried = kind == '*' ? carried * z[k] : carried + (kind == '+' ? z[k] : cexpl(z[k]));
        y[k] = kind == 'e' ? clogl(carried) : carried;
    }
    for (int64_t i = 1; i < n && row->n == 3; i++) y[0] += y[i];
}

static void cumsum_line(const case_row *row, int64_t n, const case_number *const *z,
                        case_number *y) {
    scan_line(row, n, z[0], '+', y);
}

static void cumprod_line(const case_row *row, int64_t n, const case_number *const *z,
                         case_number *y) {
    scan_line(row, n, z[0], '*', y);
}

static void logcumsumexp_line(const case_row *row, int64_t n, const case_number *const *z,
                              case_number *y) {
    scan_line(row, n, z[0], 'e', y);
}

static void recurrence_line(const case_row *row, int64_t n, const case_number *const *z,
                            case_number *y) {
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = row->keep ? n - 1 - i : i, edge = row->keep ? k + 1 : k;
        y[k] = z[1][k] + (i ? z[0][edge] * y[row->keep ? k + 1 : k - 1] : 0);
    }
}

#define SCANS_OF(name)                                                                             \
    static void name##_of(const case_row *row, const case_number *const *x, case_number *y) {      \
        lines_of(row, x, y, name##_line);                                                          \
    }

SCANS_OF(prod)
SCANS_OF(cumsum)
SCANS_OF(cumprod)
SCANS_OF(logcumsumexp)
SCANS_OF(recurrence)

static const double scans_zeros[] = {1, 0,   2,   3, 0, 2, 0, -1, 2,   2, 0.5, 3,
                                     0, 1.5, 2.5, 2, 1, 1, 1, 1,  0.5, 0, 0,   0};

#define PROD       .f = prod_call, .of = prod_of, .ulps = 24
#define CUMSUM     .f = cumsum_call, .of = cumsum_of, .ulps = 2, .sums = true
#define CUMPROD    .f = cumprod_call, .of = cumprod_of, .ulps = 4
#define LOGSUMS    .f = logcumsumexp_call, .of = logcumsumexp_of, .ulps = 4, .sums = true
#define TOTAL      .n = 1, .stride = 1, .y = {0, {0}}
#define OVER(...)  .n = 1, .shape = __VA_ARGS__
#define ALONG(at)  .n = 1, .shape = {1, {at}}, .y = {3, {2, 3, 4}}
#define BLOCK      LINES_BLOCK
#define ZEROS      .x = {{3, {2, 3, 4}}}, .values = {scans_zeros}
#define ONE        .n = 1, .shape = {1, {0}}, .x = {{1, {1}}}, .y = {1, {1}}
#define NOTHING    .n = 1, .shape = {1, {0}}, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}
#define NO_ROWS    .n = 1, .shape = {1, {1}}, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}
#define RECURRENCE .f = case_apply, .of = recurrence_of, .n = 2, .ulps = 8, .sums = true
#define TWO_BLOCKS .x = {{3, {2, 3, 4}}, {3, {2, 3, 4}}}, .y = {3, {2, 3, 4}}

static const case_row scans_rows[] = {
    {"prod", NULL, PROD, TOTAL, BLOCK},
    {"prod", "one", PROD, TOTAL, .x = {{2, {1, 1}}}},
    {"prod", "nothing", PROD, TOTAL, .x = {{2, {0, 3}}}},
    {"prod", "over nothing", PROD, OVER({1, {0}}), .x = {{2, {0, 3}}}, .y = {1, {3}}},
    {"prod", "of no rows", PROD, OVER({1, {1}}), .x = {{2, {0, 3}}}, .y = {1, {0}}},
    {"prod", "first", PROD, OVER({1, {0}}), ZEROS, .y = {2, {3, 4}}},
    {"prod", "middle", PROD, OVER({1, {1}}), BLOCK, .y = {2, {2, 4}}},
    {"prod", "two, turned, kept", PROD, OVER({2, {-1, 0}}), BLOCK, .y = {3, {1, 3, 1}},
     .keep = true},
    {"prod", "no axes", PROD, OVER({0, {0}}), BLOCK, .y = {3, {2, 3, 4}}},
    {"prod", "zeros", PROD, OVER({1, {2}}), ZEROS, .y = {2, {2, 3}}},
    {"prod", "zeros, two", PROD, OVER({2, {0, 2}}), ZEROS, .y = {1, {3}}},
    {"prod", "three", PROD, LINES_THREE},
    {"cumsum", NULL, CUMSUM, ALONG(1), BLOCK},
    {"cumsum", "first", CUMSUM, ALONG(0), BLOCK},
    {"cumsum", "last, reversed", CUMSUM, ALONG(-1), BLOCK, .keep = true, .made = true},
    {"cumsum", "one", CUMSUM, ONE},
    {"cumsum", "nothing", CUMSUM, NOTHING},
    {"cumsum", "no rows", CUMSUM, NO_ROWS},
    {"cumsum", "three", CUMSUM, LINES_THREE},
    {"cumprod", NULL, CUMPROD, ALONG(1), BLOCK},
    {"cumprod", "first", CUMPROD, ALONG(0), BLOCK},
    {"cumprod", "last, reversed", CUMPROD, ALONG(-1), BLOCK, .keep = true, .made = true},
    {"cumprod", "zeros", CUMPROD, ALONG(2), ZEROS},
    {"cumprod", "zeros, reversed", CUMPROD, ALONG(1), ZEROS, .keep = true, .made = true},
    {"cumprod", "one", CUMPROD, ONE},
    {"cumprod", "nothing", CUMPROD, NOTHING},
    {"cumprod", "no rows", CUMPROD, NO_ROWS},
    {"cumprod", "three", CUMPROD, LINES_THREE},
    {"logcumsumexp", NULL, LOGSUMS, ALONG(1), BLOCK},
    {"logcumsumexp", "first", LOGSUMS, ALONG(0), BLOCK},
    {"logcumsumexp", "last, reversed", LOGSUMS, ALONG(-1), BLOCK, .keep = true, .made = true},
    {"logcumsumexp", "far", LOGSUMS, ALONG(2), BLOCK, .low = {1}, .high = {30}, .either = 1},
    {"logcumsumexp", "one", LOGSUMS, ONE},
    {"logcumsumexp", "nothing", LOGSUMS, NOTHING},
    {"logcumsumexp", "no rows", LOGSUMS, NO_ROWS},
    {"logcumsumexp", "three", LOGSUMS, LINES_THREE},
    {"recurrence", NULL, RECURRENCE, TWO_BLOCKS, .shape = {1, {1}},
     .attrs = {CASE_ATTR("axis", 1)}},
    {"recurrence", "last", RECURRENCE, TWO_BLOCKS, .shape = {1, {2}},
     .attrs = {CASE_ATTR("axis", -1)}},
    {"recurrence", "transposed", RECURRENCE, TWO_BLOCKS, .shape = {1, {2}}, .keep = true,
     .attrs = {CASE_ATTR("axis", 2), CASE_ATTR("transposed", 1)}},
    {"recurrence", "one", RECURRENCE, .x = {{1, {1}}, {1, {1}}}, .y = {1, {1}}, .shape = {1, {0}}},
    {"recurrence", "nothing", RECURRENCE, .x = {{2, {0, 3}}, {2, {0, 3}}}, .y = {2, {0, 3}},
     .shape = {1, {0}}},
};

static const case_point scans_points[] = {
    {"prod", "three", {0, 3, 4}, "", 0},
    {"prod", "three", {0, 3, 4}, "0", 12},
    {"prod", "three", {0, 3, 4}, "1", 0},
    {"prod", "three", {0, 3, 4}, "01", 4},
    {"prod", "three", {0, 3, 4}, "12", 0},
    {"prod", "three", {0, 3, 4}, "012", 1},
    {"prod", "three", {0, 3, 4}, "00", 0},
    {"prod", "three", {0, 0, 5}, "0", 0},
    {"prod", "three", {0, 0, 5}, "2", 0},
    {"prod", "three", {0, 0, 5}, "01", 5},
    {"prod", "three", {0, 0, 5}, "10", 5},
    {"prod", "three", {0, 0, 5}, "012", 1},
    {"prod", "three", {0, 0, 5}, "02", 0},
    {"prod", "three", {0, 0, 0}, "01", 0},
    {"prod", "three", {0, 0, 0}, "210", 1},
    {"prod", "three", {INFINITY, 2, 3}, "0", 6},
    {"prod", "three", {NAN, 2, 3}, "", NAN},
    {"prod", "three", {NAN, 2, 3}, "0", 6},
    {"prod", NULL, {3}, "0", 1},
    {"prod", NULL, {0}, "00", 0},
    {"cumprod", "three", {0, 3, 4}, "0", 16},
    {"cumprod", "three", {0, 3, 4}, "1", 0},
    {"cumprod", "three", {0, 3, 4}, "01", 5},
    {"cumprod", "three", {0, 3, 4}, "012", 1},
    {"cumprod", "three", {2, 0, 0}, "0", 1},
    {"cumprod", "three", {2, 0, 0}, "1", 2},
    {"cumprod", "three", {2, 0, 0}, "2", 0},
    {"cumprod", "three", {2, 0, 0}, "12", 2},
    {"cumprod", "three", {0, 0, 0}, "210", 1},
    {"cumsum", "three", {1, 2, 4}, "", 11},
    {"cumsum", "three", {1, 2, 4}, "0", 3},
    {"cumsum", "three", {1, 2, 4}, "2", 1},
    {"cumsum", "three", {INFINITY, 2, 4}, "", INFINITY},
    {"cumsum", "three", {INFINITY, -INFINITY, 4}, "", NAN},
    {"logcumsumexp", "three", {0, -INFINITY, -INFINITY}, "", 0},
    {"logcumsumexp", "three", {0, -INFINITY, -INFINITY}, "0", 3},
    {"logcumsumexp", "three", {0, -INFINITY, -INFINITY}, "1", 0},
    {"logcumsumexp", "three", {0, -INFINITY, -INFINITY}, "00", 0},
    {"logcumsumexp", "three", {-INFINITY, -INFINITY, 0}, "", -INFINITY},
    {"logcumsumexp", "three", {-INFINITY, -INFINITY, 0}, "2", 1},
    {"logcumsumexp", "three", {-INFINITY, -INFINITY, 0}, "0", 0},
    {"logcumsumexp", "three", {-INFINITY, -INFINITY, -INFINITY}, "0", 0},
    {"logcumsumexp", "three", {-INFINITY, -INFINITY, -INFINITY}, "12", 0},
    {"logcumsumexp", "three", {INFINITY, 0, 0}, "", INFINITY},
    {"logcumsumexp", "three", {INFINITY, 0, 0}, "0", 3},
    {"logcumsumexp", "three", {INFINITY, 0, 0}, "1", 0},
    {"logcumsumexp", "three", {NAN, 0, 0}, "", NAN},
    {"logcumsumexp", "three", {1, NAN, 0}, "1", NAN},
};

#define ERROR_ROW(op_name, call, sizes, at)                                                        \
    {                                                                                              \
        op_name, .f = call, .n = 1, .x = {sizes}, .shape = { 1, {at} }                             \
    }
#define SIZES_23                                                                                   \
    {                                                                                              \
        2, { 2, 3 }                                                                                \
    }

static const case_error scans_errors[] = {
    {ERROR_ROW("prod", prod_call, SIZES_23, 2),
     {FX_F64},
     FX_ERR_SHAPE,
     "prod: axis 2 is outside -2..1 (x [2, 3])"},
    {{"prod", .f = prod_call, .n = 1, .x = {SIZES_23}, .shape = {2, {1, 1}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "prod: axis 1 is named twice (x [2, 3])"},
    {ERROR_ROW("prod", prod_call, SIZES_23, 0),
     {FX_BOOL},
     FX_ERR_DTYPE,
     "prod: operand x is bool, which the op does not take"},
    {ERROR_ROW("cumsum", cumsum_call, SIZES_23, -3),
     {FX_F64},
     FX_ERR_SHAPE,
     "cumsum: axis -3 is outside -2..1 (x [2, 3])"},
    {{"cumsum", .f = cumsum_call, .n = 1, .x = {SIZES_23}, .shape = {1, {2}}, .keep = true},
     {FX_F64},
     FX_ERR_SHAPE,
     "flip: axis 2 is outside -2..1 (x [2, 3])"},
    {{"cumprod", .f = cumprod_call, .n = 1, .x = {{0, {0}}}, .shape = {1, {0}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "cumprod: axis 0 of a tensor of rank 0 (x [])"},
    {ERROR_ROW("logcumsumexp", logcumsumexp_call, SIZES_23, 2),
     {FX_F64},
     FX_ERR_SHAPE,
     "logcumsumexp: axis 2 is outside -2..1 (x [2, 3])"},
    {{"recurrence", .f = case_apply, .n = 2, .x = {SIZES_23, {1, {3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "recurrence: shapes must be equal, nothing is broadcast (a [2, 3], b [3])"},
};

const case_family case_scans = {
    scans_rows,
    scans_points,
    scans_errors,
    CASE_COUNT(scans_rows),
    CASE_COUNT(scans_points),
    CASE_COUNT(scans_errors),
};
