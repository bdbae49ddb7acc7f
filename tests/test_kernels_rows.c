/* SPDX-License-Identifier: MIT */
/* Laws of rows: errors in ulp against long double, values at special points, the same bits from
 * every instruction set, at every place of a row. */
#include "kernel_data.h"
#include "kernels/kernels.h"
#include "support.h"

#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { ROWS_MOST = 4096 };

typedef struct rows_operands {
    double data[3][ROWS_MOST + 8];
} rows_operands;

static rows_operands rows_in;
static double rows_out[2][ROWS_MOST + 8];

static const int rows_arity[FX_ROW_COUNT] = {
    [FX_ROW_ADD] = 2,       [FX_ROW_SUB] = 2,       [FX_ROW_MUL] = 2,
    [FX_ROW_DIV] = 2,       [FX_ROW_NEG] = 1,       [FX_ROW_SQUARE] = 1,
    [FX_ROW_SQRT] = 1,      [FX_ROW_EXP] = 1,       [FX_ROW_LOG] = 1,
    [FX_ROW_POW] = 2,       [FX_ROW_POW_TERM] = 3,  [FX_ROW_ABS] = 1,
    [FX_ROW_ABS_GRAD] = 2,  [FX_ROW_MAXIMUM] = 2,   [FX_ROW_MAXIMUM_GRAD] = 3,
    [FX_ROW_RELU] = 1,      [FX_ROW_RELU_GRAD] = 2, [FX_ROW_TANH] = 1,
    [FX_ROW_TANH_GRAD] = 2, [FX_ROW_SIGMOID] = 1,   [FX_ROW_SIGMOID_GRAD] = 2,
};

static const int64_t rows_powers[] = {2, 0};

/* Runs a row over n elements from element at on; operands and result in place of the first. */
static void rows_run(const fx_kernels *k, int row, int dtype, int64_t n, int64_t at, void *y) {
    const void *x[3];
    for (int j = 0; j < 3; j++) x[j] = data_at(dtype, rows_in.data[j], at);
    k->row[row][dtype](n, rows_powers, x, &y);
}

static double rows_one(const fx_kernels *k, int row, int dtype, int64_t power, const double *x) {
    const int64_t powers[] = {power, 0};
    double in[3] = {0}, out = 0;
    const void *operands[3] = {&in[0], &in[1], &in[2]};
    void *results[1] = {&out};
    for (int j = 0; j < rows_arity[row]; j++) data_set(dtype, &in[j], 0, x[j]);
    k->row[row][dtype](1, powers, operands, results);
    return data_get(dtype, &out, 0);
}

static void rows_fill(int dtype, uint64_t seed) {
    for (int j = 0; j < 3; j++)
        data_fill(dtype, rows_in.data[j], ROWS_MOST + 8, seed + (uint64_t)j, true);
}

/* ---- errors ---- */

static long double rows_sigmoid(long double x) { return 1 / (1 + expl(-x)); }

static long double rows_slope(long double x) {
    const long double e = expl(-fabsl(x));
    return e / ((1 + e) * (1 + e));
}

static long double rows_exact(int row, const double *x) {
    switch (row) {
    case FX_ROW_EXP:
        return expl(x[0]);
    case FX_ROW_LOG:
        return logl(x[0]);
    case FX_ROW_TANH:
        return tanhl(x[0]);
    case FX_ROW_SIGMOID:
        return rows_sigmoid(x[0]);
    case FX_ROW_POW:
        return powl(x[0], x[1]);
    case FX_ROW_TANH_GRAD:
        return x[0] * 4.0L * rows_slope(2.0L * x[1]);
    case FX_ROW_SIGMOID_GRAD:
        return x[0] * rows_slope(x[1]);
    case FX_ROW_POW_TERM:
        return x[0] * powl(x[1], x[2]) * logl(x[1]) * logl(x[1]);
    default:
        return sqrtl(x[0]);
    }
}

/* The whole range of each operand: uniform, or e to a uniform power. limits hold for both dtypes;
 * the second is added where results are subnormal, which are rounded twice. */
static const struct {
    int row;
    bool log_scale[3];
    double low[3], high[3], limit, subnormal;
} rows_errors[] = {
    {FX_ROW_SQRT, {true}, {-708}, {709}, 0.501, 0},
    {FX_ROW_EXP, {false}, {-746}, {710}, 0.7, 0.4},
    {FX_ROW_EXP, {false}, {-104}, {89}, 0.7, 0.4},
    {FX_ROW_EXP, {false}, {-1}, {1}, 0.7, 0},
    {FX_ROW_LOG, {true}, {-744}, {709}, 0.9, 0},
    {FX_ROW_LOG, {true}, {-103}, {88}, 0.9, 0},
    {FX_ROW_LOG, {false}, {0.5}, {2}, 0.9, 0},
    {FX_ROW_TANH, {false}, {-22}, {22}, 1.06, 0},
    {FX_ROW_TANH, {false}, {-1}, {1}, 1.06, 0},
    {FX_ROW_TANH, {true}, {-744}, {3}, 1.06, 0},
    {FX_ROW_SIGMOID, {false}, {-746}, {40}, 0.8, 0.4},
    {FX_ROW_SIGMOID, {false}, {-104}, {20}, 0.8, 0.4},
    {FX_ROW_SIGMOID, {false}, {-3}, {3}, 0.8, 0},
    {FX_ROW_TANH_GRAD, {false}, {-9, -400}, {9, 400}, 1.56, 0.1},
    {FX_ROW_TANH_GRAD, {true}, {-40, -30}, {40, 3}, 1.56, 0.1},
    {FX_ROW_TANH_GRAD, {true}, {600, -3}, {700, 6}, 1.56, 0.1},
    {FX_ROW_SIGMOID_GRAD, {false}, {-9, -750}, {9, 750}, 1.56, 0.1},
    {FX_ROW_SIGMOID_GRAD, {true}, {-40, -30}, {40, 3}, 1.56, 0.1},
    {FX_ROW_SIGMOID_GRAD, {true}, {600, -3}, {700, 6}, 1.56, 0.1},
    {FX_ROW_POW, {true}, {-744, -2}, {709, 2}, 0.8, 0.4},
    {FX_ROW_POW, {true}, {-87, -3}, {88, 3}, 0.8, 0.4},
    {FX_ROW_POW, {false}, {0.9, -300}, {1.1, 300}, 0.8, 0.4},
    {FX_ROW_POW, {false}, {0, -20}, {20, 20}, 0.8, 0.4},
    {FX_ROW_POW_TERM, {false}, {-9, 0, -8}, {9, 9, 8}, 4.0, 4.0},
};
enum { ROWS_ERRORS = sizeof rows_errors / sizeof rows_errors[0] };

static void rows_draw(int e, int dtype, uint64_t *state) {
    for (int j = 0; j < rows_arity[rows_errors[e].row]; j++)
        for (int64_t i = 0; i < ROWS_MOST; i++) {
            const double x = data_uniform(state, rows_errors[e].low[j], rows_errors[e].high[j]);
            const bool scaled = rows_errors[e].log_scale[j];
            const double sign = data_next(state) % 2 ? 1 : -1;
            const bool positive = rows_errors[e].row == FX_ROW_LOG ||
                                  rows_errors[e].row == FX_ROW_SQRT ||
                                  rows_errors[e].row == FX_ROW_POW;
            data_set(dtype, rows_in.data[j], i, scaled ? exp(x) * (positive ? 1 : sign) : x);
        }
}

static void rows_check_errors(int e, int dtype) {
    const int row = rows_errors[e].row;
    rows_run(fx__kernels_choose(NULL), row, dtype, ROWS_MOST, 0, rows_out[0]);
    for (int64_t i = 0; i < ROWS_MOST; i++) {
        double x[3];
        for (int j = 0; j < 3; j++) x[j] = data_get(dtype, rows_in.data[j], i);
        const long double exact = rows_exact(row, x);
        const bool tiny = fabsl(exact) < (dtype == FX_F32 ? FLT_MIN : DBL_MIN);
        const double y = data_get(dtype, rows_out[0], i), ulps = data_ulps(dtype, y, exact);
        const double limit = rows_errors[e].limit + (tiny ? rows_errors[e].subnormal : 0);
        CHECK_THAT(ulps <= limit, "row %d %s (%a, %a, %a): %a is %.3f ulp off", row,
                   data_dtype[dtype], x[0], x[1], x[2], y, ulps);
    }
}

static void rows_check_dtype_errors(int dtype) {
    uint64_t state = 1;
    for (int e = 0; e < ROWS_ERRORS; e++)
        for (int repeat = 0; repeat < 8; repeat++) {
            rows_draw(e, dtype, &state);
            rows_check_errors(e, dtype);
        }
}

FX_TEST(kernels_rows, errors_of_f32_are_within_the_stated_ulps) { rows_check_dtype_errors(FX_F32); }

/* The references need more digits than what they judge. */
FX_TEST(kernels_rows, errors_of_f64_are_within_the_stated_ulps) {
    if (!test_long_double_is_wide()) test_skip("long double is no wider than double");
    rows_check_dtype_errors(FX_F64);
}

/* ---- special points ---- */

static const struct {
    int row;
    double x[3], y;
} rows_points[] = {
    {FX_ROW_ADD, {INFINITY, -INFINITY}, NAN},
    {FX_ROW_ADD, {-0.0, -0.0}, -0.0},
    {FX_ROW_SUB, {3, 5}, -2},
    {FX_ROW_MUL, {0, INFINITY}, NAN},
    {FX_ROW_DIV, {1, -0.0}, -INFINITY},
    {FX_ROW_DIV, {0, 0}, NAN},
    {FX_ROW_NEG, {0}, -0.0},
    {FX_ROW_SQUARE, {-3}, 9},
    {FX_ROW_SQRT, {-0.0}, -0.0},
    {FX_ROW_SQRT, {-1}, NAN},
    {FX_ROW_SQRT, {INFINITY}, INFINITY},
    {FX_ROW_EXP, {0}, 1},
    {FX_ROW_EXP, {-0.0}, 1},
    {FX_ROW_EXP, {INFINITY}, INFINITY},
    {FX_ROW_EXP, {-INFINITY}, 0},
    {FX_ROW_EXP, {NAN}, NAN},
    {FX_ROW_EXP, {1e30}, INFINITY},
    {FX_ROW_EXP, {-1e30}, 0},
    {FX_ROW_EXP, {1e-30}, 1},
    {FX_ROW_LOG, {1}, 0},
    {FX_ROW_LOG, {0}, -INFINITY},
    {FX_ROW_LOG, {-0.0}, -INFINITY},
    {FX_ROW_LOG, {-1}, NAN},
    {FX_ROW_LOG, {-INFINITY}, NAN},
    {FX_ROW_LOG, {INFINITY}, INFINITY},
    {FX_ROW_LOG, {NAN}, NAN},
    {FX_ROW_ABS, {-0.0}, 0},
    {FX_ROW_ABS, {-INFINITY}, INFINITY},
    {FX_ROW_ABS, {NAN}, NAN},
    {FX_ROW_ABS_GRAD, {3, 2}, 3},
    {FX_ROW_ABS_GRAD, {3, -2}, -3},
    {FX_ROW_ABS_GRAD, {3, 0}, 0},
    {FX_ROW_ABS_GRAD, {3, -0.0}, 0},
    {FX_ROW_ABS_GRAD, {3, NAN}, NAN},
    {FX_ROW_MAXIMUM, {1, 2}, 2},
    {FX_ROW_MAXIMUM, {2, 1}, 2},
    {FX_ROW_MAXIMUM, {-0.0, 0.0}, 0.0},
    {FX_ROW_MAXIMUM, {0.0, -0.0}, 0.0},
    {FX_ROW_MAXIMUM, {-0.0, -0.0}, -0.0},
    {FX_ROW_MAXIMUM, {-3, -3}, -3},
    {FX_ROW_MAXIMUM, {NAN, 1}, NAN},
    {FX_ROW_MAXIMUM, {1, NAN}, NAN},
    {FX_ROW_MAXIMUM, {INFINITY, NAN}, NAN},
    {FX_ROW_MAXIMUM_GRAD, {3, 2, 1}, 3},
    {FX_ROW_MAXIMUM_GRAD, {3, 1, 1}, 1.5},
    {FX_ROW_MAXIMUM_GRAD, {3, 0, 1}, 0},
    {FX_ROW_MAXIMUM_GRAD, {3, NAN, 1}, NAN},
    {FX_ROW_MAXIMUM_GRAD, {3, 1, NAN}, NAN},
    {FX_ROW_RELU, {2}, 2},
    {FX_ROW_RELU, {-2}, 0},
    {FX_ROW_RELU, {-0.0}, 0},
    {FX_ROW_RELU, {-INFINITY}, 0},
    {FX_ROW_RELU, {NAN}, NAN},
    {FX_ROW_RELU_GRAD, {3, 2}, 3},
    {FX_ROW_RELU_GRAD, {3, 0}, 0},
    {FX_ROW_RELU_GRAD, {3, -2}, 0},
    {FX_ROW_RELU_GRAD, {3, NAN}, NAN},
    {FX_ROW_TANH, {0}, 0},
    {FX_ROW_TANH, {-0.0}, -0.0},
    {FX_ROW_TANH, {INFINITY}, 1},
    {FX_ROW_TANH, {-INFINITY}, -1},
    {FX_ROW_TANH, {-50}, -1},
    {FX_ROW_TANH, {NAN}, NAN},
    {FX_ROW_TANH_GRAD, {3, 0}, 3},
    {FX_ROW_TANH_GRAD, {1e-45, 0}, 1e-45},
    {FX_ROW_TANH_GRAD, {FLT_MAX, 0}, FLT_MAX},
    {FX_ROW_TANH_GRAD, {3, -INFINITY}, 0},
    {FX_ROW_TANH_GRAD, {3, NAN}, NAN},
    {FX_ROW_TANH_GRAD, {NAN, 3}, NAN},
    {FX_ROW_SIGMOID, {0}, 0.5},
    {FX_ROW_SIGMOID, {INFINITY}, 1},
    {FX_ROW_SIGMOID, {-INFINITY}, 0},
    {FX_ROW_SIGMOID, {NAN}, NAN},
    {FX_ROW_SIGMOID_GRAD, {4, 0}, 1},
    {FX_ROW_SIGMOID_GRAD, {4, INFINITY}, 0},
    {FX_ROW_SIGMOID_GRAD, {4, -INFINITY}, 0},
    {FX_ROW_SIGMOID_GRAD, {4, NAN}, NAN},
    {FX_ROW_POW_TERM, {0, NAN, NAN}, 0},
    {FX_ROW_POW_TERM, {3, 0, 0}, 0},
    {FX_ROW_POW_TERM, {3, 0, 2}, 0},
    {FX_ROW_POW_TERM, {3, 0, -1}, INFINITY},
    {FX_ROW_POW_TERM, {3, 1, 5}, 0},
    {FX_ROW_POW_TERM, {3, -2, 2}, NAN},
};

static const char *const rows_isas[] = {"baseline", "avx2"};

FX_TEST(kernels_rows, special_points_are_exact) {
    for (int s = 0; s < 2; s++) {
        const fx_kernels *k = fx__kernels_choose(rows_isas[s]);
        for (size_t i = 0; k && i < sizeof rows_points / sizeof rows_points[0]; i++)
            for (int dtype = 0; dtype < 2; dtype++) {
                const double want =
                    dtype == FX_F32 ? (double)(float)rows_points[i].y : rows_points[i].y;
                const double y = rows_one(k, rows_points[i].row, dtype, 2, rows_points[i].x);
                CHECK_THAT(data_same(y, want), "%s %s row %d, point %zu: %a for %a", k->isa,
                           data_dtype[dtype], rows_points[i].row, i, y, want);
            }
    }
}

/* A power 0 of the logarithm is pow alone, with its special cases. */
FX_TEST(kernels_rows, pow_term_without_logarithm_is_a_product) {
    const fx_kernels *k = fx__kernels_choose(NULL);
    const double negative[] = {3, -2, 3}, origin[] = {3, 0, 0};
    for (int dtype = 0; dtype < 2; dtype++) {
        CHECK(rows_one(k, FX_ROW_POW_TERM, dtype, 0, negative) == -24);
        CHECK(rows_one(k, FX_ROW_POW_TERM, dtype, 0, origin) == 3);
    }
}

static void rows_check_pow(int dtype, double x, double p) {
    double in[2] = {0};
    data_set(dtype, &in[0], 0, x);
    data_set(dtype, &in[1], 0, p);
    const double operands[] = {data_get(dtype, &in[0], 0), data_get(dtype, &in[1], 0)};
    const double exact = pow(operands[0], operands[1]);
    const double y = rows_one(fx__kernels_choose(NULL), FX_ROW_POW, dtype, 0, operands);
    const bool sign = isnan(y) || !signbit(y) == !signbit(exact);
    CHECK_THAT(sign && data_ulps(dtype, y, exact) <= 1.01, "%s pow(%a, %a) = %a, not %a",
               data_dtype[dtype], operands[0], operands[1], y, exact);
}

FX_TEST(kernels_rows, pow_has_the_special_cases_of_c) {
    for (int dtype = 0; dtype < 2; dtype++)
        for (int i = 0; i < DATA_SPECIALS; i++)
            for (int j = 0; j < DATA_SPECIALS; j++)
                rows_check_pow(dtype, data_special[i], data_special[j]);
}

FX_TEST(kernels_rows, exact_powers_are_exact) {
    const fx_kernels *k = fx__kernels_choose(NULL);
    for (int dtype = 0; dtype < 2; dtype++)
        for (int base = -12; base <= 12; base++) {
            double power = 1;
            for (int p = 0; fabs(power) < 0x1p24; p++, power *= base) {
                const double x[] = {base, p};
                const double y = rows_one(k, FX_ROW_POW, dtype, 0, x);
                CHECK_THAT(y == power, "%d^%d = %.17g", base, p, y);
                if (abs(base) < 2 && p > 40) break;
            }
        }
}

/* ---- same bits ---- */

static void rows_compare(int row, int dtype, int64_t n, int64_t at) {
    for (int64_t i = 0; i < n; i++) {
        const double a = data_get(dtype, rows_out[0], i), b = data_get(dtype, rows_out[1], i);
        CHECK_THAT(data_same(a, b), "row %d %s, element %d of %d from %d: %a and %a", row,
                   data_dtype[dtype], (int)i, (int)n, (int)at, a, b);
    }
}

/* Whether AVX's "ordered and not equal" is false for a NaN, as the processor has it; valgrind says
 * that NaN is not equal. */
#if defined(__x86_64__)
__attribute__((target("avx"))) static bool rows_compares_nan(void) {
    volatile float source = NAN;
    const __m128 nan = _mm_set1_ps(source);
    return !_mm_movemask_ps(_mm_cmp_ps(nan, nan, _CMP_NEQ_OQ));
}
#else
static bool rows_compares_nan(void) { return true; }
#endif

FX_TEST(kernels_rows, instruction_sets_agree_in_every_bit) {
    if (fx__kernels_choose("avx2") && !rows_compares_nan())
        test_skip("comparisons with NaN are wrong on this machine");
    const fx_kernels *slow = fx__kernels_choose("baseline"), *fast = fx__kernels_choose(NULL);
    for (int row = FX_ROW_NONE + 1; row < FX_ROW_COUNT; row++)
        for (int dtype = 0; dtype < 2; dtype++)
            for (uint64_t seed = 0; seed < 4; seed++) {
                rows_fill(dtype, seed * 100 + (uint64_t)row);
                rows_run(slow, row, dtype, ROWS_MOST, 0, rows_out[0]);
                rows_run(fast, row, dtype, ROWS_MOST, 0, rows_out[1]);
                rows_compare(row, dtype, ROWS_MOST, 0);
            }
}

/* A part of a row is as the same part of the whole, and what follows is not written. */
static void rows_check_part(const fx_kernels *k, int row, int dtype, int64_t n, int64_t at) {
    void *part = data_at(dtype, rows_out[1], 1);
    data_set(dtype, part, n, 77);
    rows_run(k, row, dtype, n, at, part);
    CHECK(data_get(dtype, part, n) == 77);
    for (int64_t i = 0; i < n; i++) {
        const double a = data_get(dtype, rows_out[0], at + i), b = data_get(dtype, part, i);
        CHECK_THAT(data_same(a, b), "%s row %d %s, element %d of %d from %d: %a and %a", k->isa,
                   row, data_dtype[dtype], (int)i, (int)n, (int)at, a, b);
    }
}

FX_TEST(kernels_rows, an_element_depends_on_its_operands_alone) {
    for (int s = 0; s < 2; s++) {
        const fx_kernels *k = fx__kernels_choose(rows_isas[s]);
        for (int row = FX_ROW_NONE + 1; k && row < FX_ROW_COUNT; row++)
            for (int dtype = 0; dtype < 2; dtype++) {
                rows_fill(dtype, (uint64_t)row);
                rows_run(k, row, dtype, 128, 0, rows_out[0]);
                for (int64_t n = 0; n <= 70; n++) rows_check_part(k, row, dtype, n, 1 + n % 7 * 2);
            }
    }
}

FX_TEST(kernels_rows, a_result_may_take_the_place_of_any_operand) {
    for (int row = FX_ROW_NONE + 1; row < FX_ROW_COUNT; row++)
        for (int dtype = 0; dtype < 2; dtype++)
            for (int j = 0; j < rows_arity[row]; j++) {
                rows_fill(dtype, (uint64_t)row);
                rows_run(fx__kernels_choose(NULL), row, dtype, 203, 0, rows_out[0]);
                rows_run(fx__kernels_choose(NULL), row, dtype, 203, 0, rows_in.data[j]);
                memcpy(rows_out[1], rows_in.data[j], sizeof rows_out[1]);
                rows_compare(row, dtype, 203, 0);
            }
}

/* ---- the choice ---- */

FX_TEST(kernels, are_chosen_by_name) {
    const fx_kernels *best = fx__kernels_choose(NULL);
    CHECK(best && fx__kernels_choose("") == best);
    CHECK(fx__kernels_choose(best->isa) == best);
    CHECK(fx__kernels_choose("baseline") == &fx__kernels_baseline);
    CHECK(!fx__kernels_choose("avx3") && !fx__kernels_choose("Baseline"));
    CHECK(!!fx__kernels_choose("avx2") == !!strstr(fx__kernels_list(), ", avx2"));
    CHECK(strstr(fx__kernels_list(), best->isa));
    CHECK_TEXT(fx__kernels_baseline.isa, "baseline");
}

FX_TEST(kernels, tables_are_complete) {
    for (int s = 0; s < 2; s++) {
        const fx_kernels *k = fx__kernels_choose(rows_isas[s]);
        for (int dtype = 0; k && dtype < 2; dtype++) {
            CHECK(k->gemm[dtype] && k->sum[dtype]);
            for (int row = FX_ROW_NONE + 1; row < FX_ROW_COUNT; row++) CHECK(k->row[row][dtype]);
        }
    }
}
