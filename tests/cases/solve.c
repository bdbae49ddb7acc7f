/* SPDX-License-Identifier: MIT */
/* Linear systems, inverses and determinants against elimination in more digits, cofactors against
 * minors. row->stop is added to the diagonal, so that free operands are far from singular. */
#include <math.h>

#include "cases.h"

enum { UPPER = 1, TRANSPOSED = 2, SYSTEM = 3, SIDE = 8 };

/* x + row->stop I */
static fx_tensor solve_matrix(const case_row *row, fx_tensor x) {
    double values[CASE_ELEMENTS] = {0};
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t i = 0; i < n; i++) values[i * n + i] = (double)row->stop;
    if (!row->stop) return x;
    return fx_add(x, case_input(fx_tensor_graph(x), (int)fx_tensor_dtype(x), fx_shape2(n, n),
                                values, CASE_DENSE, NULL));
}

static fx_tensor triangular_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_triangular_solve(solve_matrix(row, x[0]), x[1], row->start & UPPER,
                               row->start & TRANSPOSED);
}

static fx_tensor solve_call(void *user, const fx_tensor *x) {
    return fx_solve(solve_matrix(user, x[0]), x[1]);
}

static fx_tensor inverse_call(void *user, const fx_tensor *x) {
    return fx_inverse(solve_matrix(user, x[0]));
}

static fx_tensor det_call(void *user, const fx_tensor *x) {
    return fx_det(solve_matrix(user, x[0]));
}

static fx_tensor logdet_call(void *user, const fx_tensor *x) {
    return fx_logdet(solve_matrix(user, x[0]));
}

static fx_tensor slogdet_call(void *user, const fx_tensor *x) {
    fx_tensor sign, log_abs;
    fx_slogdet(solve_matrix(user, x[0]), &sign, &log_abs);
    return ((const case_row *)user)->keep ? fx_mul(sign, log_abs) : log_abs;
}

/* ---- references ---- */

static void solve_copy(const case_row *row, const case_number *x, int64_t n,
                       case_number a[SIDE][SIDE]) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) a[i][j] = x[i * n + j] + (i == j ? row->stop : 0);
}

/* Elimination with partial pivoting: b becomes a^-1 b. -> the determinant */
static case_number solve_eliminate(int64_t n, case_number a[SIDE][SIDE], int64_t k,
                                   case_number b[SIDE][SIDE]) {
    case_number det = 1;
    for (int64_t p = 0; p < n; p++) {
        int64_t best = p;
        for (int64_t i = p; i < n; i++)
            if (fabsl(creall(a[i][p])) > fabsl(creall(a[best][p]))) best = i;
        if (best != p) det = -det;
        for (int64_t j = 0; j < SIDE && best != p; j++) {
            const case_number of_a = a[p][j], of_b = b[p][j];
            a[p][j] = a[best][j], a[best][j] = of_a;
            b[p][j] = b[best][j], b[best][j] = of_b;
        }
        det *= a[p][p];
        for (int64_t i = 0; i < n; i++) {
            const case_number factor = i == p ? 0 : a[i][p] / a[p][p];
            for (int64_t j = p; j < n && i != p; j++) a[i][j] -= factor * a[p][j];
            for (int64_t j = 0; j < k && i != p; j++) b[i][j] -= factor * b[p][j];
        }
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < k; j++) b[i][j] /= a[i][i];
    return det;
}

/* The triangle of a that row->start names, or its transpose. */
static void solve_triangle(const case_row *row, int64_t n, case_number a[SIDE][SIDE]) {
    const bool upper = row->start & UPPER;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            if (upper ? i > j : i < j) a[i][j] = 0;
    for (int64_t i = 0; i < n && (row->start & TRANSPOSED); i++)
        for (int64_t j = 0; j < i; j++) {
            const case_number kept = a[i][j];
            a[i][j] = a[j][i];
            a[j][i] = kept;
        }
}

static void solve_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    const bool vector = row->x[1].rank == 1;
    const int64_t k = vector ? 1 : row->x[1].dims[row->x[1].rank - 1];
    fx_shape lead = row->y, of_a = row->x[0], of_b = row->x[1];
    lead.rank -= vector ? 1 : 2;
    of_a.rank -= 2;
    of_b.rank -= vector ? 1 : 2;
    for (int64_t s = 0; s < case_numel(lead); s++) {
        case_number a[SIDE][SIDE] = {{0}}, b[SIDE][SIDE] = {{0}};
        solve_copy(row, x[0] + case_broadcast(of_a, lead, s) * n * n, n, a);
        if (row->axis != SYSTEM) solve_triangle(row, n, a);
        const case_number *from = x[1] + case_broadcast(of_b, lead, s) * n * k;
        for (int64_t e = 0; e < n * k; e++) b[e / k][e % k] = from[e];
        solve_eliminate(n, a, k, b);
        for (int64_t e = 0; e < n * k; e++) *y++ = b[e / k][e % k];
    }
}

static void inverse_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1], square = n * n;
    for (int64_t s = 0; n && s < case_numel(row->y) / square; s++) {
        case_number a[SIDE][SIDE] = {{0}}, b[SIDE][SIDE] = {{0}};
        solve_copy(row, x[0] + s * square, n, a);
        for (int64_t i = 0; i < n; i++) b[i][i] = 1;
        solve_eliminate(n, a, n, b);
        for (int64_t e = 0; e < square; e++) *y++ = b[e / n][e % n];
    }
}

static void det_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t s = 0; s < case_numel(row->y); s++) {
        case_number a[SIDE][SIDE] = {{0}}, none[SIDE][SIDE] = {{0}};
        solve_copy(row, x[0] + s * n * n, n, a);
        y[s] = solve_eliminate(n, a, 0, none);
    }
}

static void logdet_of(const case_row *row, const case_number *const *x, case_number *y) {
    det_of(row, x, y);
    for (int64_t s = 0; s < case_numel(row->y); s++) {
        const bool minus = creall(y[s]) < 0;
        y[s] = (minus && row->keep ? -1 : 1) * clogl(minus ? -y[s] : y[s]);
    }
}

static void cofactors_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        case_number a[SIDE][SIDE] = {{0}}, none[SIDE][SIDE] = {{0}};
        const int64_t s = e / (n * n), row_of = e / n % n, column = e % n;
        for (int64_t i = 0; i < n - 1; i++)
            for (int64_t j = 0; j < n - 1; j++)
                a[i][j] = x[0][s * n * n + (i + (i >= row_of)) * n + j + (j >= column)];
        y[e] = ((row_of + column) % 2 ? -1 : 1) * solve_eliminate(n - 1, a, 0, none);
    }
}

/* Stacks of two, far from singular; also when the second is the first again. */
static const double solve_threes[] = {2,   -1, 0.5, 0.75, 1.5,  -0.5, -1,   0.25, 2.5,
                                      0.5, 2,  -1,  1.75, -0.5, 0.25, 0.75, 1,    2};
static const double solve_minus[] = {0.75, 1.5, -0.5, 2,   -1,  0.5,  -1,   0.25,  2.5,
                                     -2,   0.5, 0.25, 0.5, 1.5, -0.5, 0.75, -0.25, 2};
static const double solve_twos[] = {1.5, -0.5, 0.75, 2, 0.25, 1.5, -2, 0.5};

#define THREES .x = {{3, {2, 3, 3}}}, .values = {solve_threes}
#define TWOS   .x = {{3, {2, 2, 2}}}, .values = {solve_twos}

#define TRIANGULAR .f = triangular_call, .n = 2, .of = solve_of, .ulps = 64
#define GENERAL    .f = solve_call, .n = 2, .of = solve_of, .axis = SYSTEM, .ulps = 64
#define INVERSE    .f = inverse_call, .n = 1, .of = inverse_of, .ulps = 64
#define DET        .f = det_call, .n = 1, .of = det_of, .ulps = 64
#define LOGDET     .f = logdet_call, .n = 1, .of = logdet_of, .ulps = 16
#define SLOGDET    .f = slogdet_call, .n = 1, .of = logdet_of, .ulps = 16
#define COFACTORS  .f = case_apply, .n = 1, .of = cofactors_of, .ulps = 64
#define FAR        .stop = 4, .made = true

static const case_row solve_rows[] = {
    {"triangular_solve", "lower", TRIANGULAR, FAR, .x = {{2, {3, 3}}, {2, {3, 2}}},
     .y = {2, {3, 2}}},
    {"triangular_solve", "upper", TRIANGULAR, FAR, .x = {{2, {3, 3}}, {2, {3, 2}}},
     .y = {2, {3, 2}}, .start = UPPER},
    {"triangular_solve", "lower transposed", TRIANGULAR, FAR, .x = {{2, {3, 3}}, {2, {3, 2}}},
     .y = {2, {3, 2}}, .start = TRANSPOSED},
    {"triangular_solve", "upper transposed", TRIANGULAR, FAR, .x = {{2, {3, 3}}, {2, {3, 2}}},
     .y = {2, {3, 2}}, .start = UPPER | TRANSPOSED},
    {"triangular_solve", "vector", TRIANGULAR, FAR, .x = {{2, {3, 3}}, {1, {3}}}, .y = {1, {3}}},
    {"triangular_solve", "stack", TRIANGULAR, FAR, .x = {{3, {2, 3, 3}}, {3, {2, 3, 2}}},
     .y = {3, {2, 3, 2}}, .start = UPPER},
    {"triangular_solve", "stack of vector", TRIANGULAR, FAR, .x = {{3, {2, 3, 3}}, {1, {3}}},
     .y = {2, {2, 3}}},
    {"triangular_solve", "both repeated", TRIANGULAR, FAR,
     .x = {{4, {2, 1, 2, 2}}, {4, {1, 3, 2, 1}}}, .y = {4, {2, 3, 2, 1}}, .start = TRANSPOSED},
    {"triangular_solve", "nothing", TRIANGULAR, .x = {{2, {0, 0}}, {2, {0, 2}}}, .y = {2, {0, 2}}},
    {"triangular_solve", "empty stack", TRIANGULAR, .x = {{3, {0, 2, 2}}, {2, {2, 2}}},
     .y = {3, {0, 2, 2}}},
    {"triangular_solve", "no columns", TRIANGULAR, FAR, .x = {{2, {2, 2}}, {2, {2, 0}}},
     .y = {2, {2, 0}}},
    {"triangular_solve", "one", TRIANGULAR, .x = {{2, {1, 1}}, {2, {1, 1}}}, .y = {2, {1, 1}},
     .low = {1}},
    {"solve", NULL, GENERAL, FAR, .x = {{2, {3, 3}}, {2, {3, 2}}}, .y = {2, {3, 2}}},
    {"solve", "free", GENERAL, .x = {{3, {2, 3, 3}}, {2, {3, 2}}}, .y = {3, {2, 3, 2}},
     .values = {solve_threes}},
    {"solve", "vector", GENERAL, FAR, .x = {{2, {3, 3}}, {1, {3}}}, .y = {1, {3}}},
    {"solve", "stack", GENERAL, FAR, .x = {{3, {2, 3, 3}}, {3, {2, 3, 2}}}, .y = {3, {2, 3, 2}}},
    {"solve", "matrix of stack", GENERAL, FAR, .x = {{2, {2, 2}}, {3, {3, 2, 2}}},
     .y = {3, {3, 2, 2}}},
    {"solve", "both repeated", GENERAL, FAR, .x = {{4, {2, 1, 2, 2}}, {4, {1, 3, 2, 1}}},
     .y = {4, {2, 3, 2, 1}}},
    {"solve", "nothing", GENERAL, .x = {{2, {0, 0}}, {1, {0}}}, .y = {1, {0}}},
    {"solve", "empty stack", GENERAL, .x = {{3, {0, 2, 2}}, {1, {2}}}, .y = {2, {0, 2}}},
    {"solve", "one", GENERAL, .x = {{2, {1, 1}}, {1, {1}}}, .y = {1, {1}}},
    {"inverse", NULL, INVERSE, FAR, .x = {{2, {4, 4}}}, .y = {2, {4, 4}}},
    {"inverse", "free", INVERSE, THREES, .y = {3, {2, 3, 3}}},
    {"inverse", "stack", INVERSE, FAR, .x = {{3, {2, 3, 3}}}, .y = {3, {2, 3, 3}}},
    {"inverse", "nothing", INVERSE, .x = {{2, {0, 0}}}, .y = {2, {0, 0}}},
    {"inverse", "one", INVERSE, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}},
    {"det", NULL, DET, .x = {{2, {3, 3}}}, .y = {0, {0}}},
    {"det", "of four", DET, FAR, .x = {{2, {4, 4}}}, .y = {0, {0}}},
    {"det", "stack", DET, FAR, .x = {{3, {2, 3, 3}}}, .y = {1, {2}}},
    {"det", "nothing", DET, .x = {{2, {0, 0}}}, .y = {0, {0}}},
    {"det", "empty stack", DET, .x = {{3, {0, 2, 2}}}, .y = {1, {0}}},
    {"det", "one", DET, .x = {{2, {1, 1}}}, .y = {0, {0}}},
    {"logdet", NULL, LOGDET, FAR, .low = {-1}, .high = {1}, .x = {{2, {3, 3}}}, .y = {0, {0}}},
    {"logdet", "stack", LOGDET, FAR, .low = {-1}, .high = {1}, .x = {{3, {2, 3, 3}}},
     .y = {1, {2}}},
    {"logdet", "nothing", LOGDET, .x = {{2, {0, 0}}}, .y = {0, {0}}},
    {"logdet", "one", LOGDET, .x = {{2, {1, 1}}}, .y = {0, {0}}, .low = {1}, .high = {3}},
    {"slogdet", NULL, SLOGDET, FAR, .low = {-1}, .high = {1}, .x = {{2, {3, 3}}}, .y = {0, {0}}},
    {"slogdet", "both", SLOGDET, .x = {{3, {2, 3, 3}}}, .values = {solve_minus}, .y = {1, {2}},
     .keep = true},
    {"slogdet", "nothing", SLOGDET, .x = {{2, {0, 0}}}, .y = {0, {0}}},
    {"slogdet", "one", SLOGDET, .x = {{2, {1, 1}}}, .y = {0, {0}}},
    {"cofactors", NULL, COFACTORS, THREES, .y = {3, {2, 3, 3}}},
    {"cofactors", "of two", COFACTORS, TWOS, .y = {3, {2, 2, 2}}},
    {"cofactors", "nothing", COFACTORS, .x = {{2, {0, 0}}}, .y = {2, {0, 0}}},
    {"cofactors", "one", COFACTORS, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}},
};

#define CALL_1(name, call, ...)                                                                    \
    {.op = (name), .f = (call), .n = 1, .x = {__VA_ARGS__}}, { FX_F64 }
#define CALL_2(name, call, ...)                                                                    \
    {.op = (name), .f = (call), .n = 2, .x = {__VA_ARGS__}}, { FX_F64, FX_F64 }

static const case_error solve_errors[] = {
    {CALL_2("solve", solve_call, {1, {3}}, {1, {3}}), FX_ERR_SHAPE,
     "solve: A has rank 1; it needs at least 2, [.., n, n] (A [3], B [3, 1])"},
    {CALL_2("solve", solve_call, {2, {3, 2}}, {2, {3, 2}}), FX_ERR_SHAPE,
     "solve: A has 3 rows and 2 columns; it needs as many of both (A [3, 2], B [3, 2])"},
    {CALL_2("solve", solve_call, {2, {3, 3}}, {0, {0}}), FX_ERR_SHAPE,
     "solve: B has rank 0; it is a vector [n] or matrices [.., n, k] (A [3, 3], B [])"},
    {CALL_2("solve", solve_call, {2, {3, 3}}, {2, {2, 3}}), FX_ERR_SHAPE,
     "solve: B has 2 rows, A has 3 (A [3, 3], B [2, 3])"},
    {CALL_2("solve", solve_call, {3, {2, 3, 3}}, {3, {4, 3, 1}}), FX_ERR_SHAPE,
     "solve: leading sizes do not broadcast; they must be equal or 1 (A [2, 3, 3], B [4, 3, 1])"},
    {CALL_2("solve", solve_call, {3, {2, 3, 3}}, {2, {3, 1}}), FX_ERR_DATA,
     "solve: matrix 0 is singular: pivot 1 is 0; its column depends on those before it "
     "(A [2, 3, 3], B [3, 1])"},
    {CALL_2("triangular_solve", triangular_call, {2, {3, 2}}, {2, {3, 2}}), FX_ERR_SHAPE,
     "triangular_solve: A has 3 rows and 2 columns; it needs as many of both (A [3, 2], B [3, 2])"},
    {{.op = "triangular_solve",
      .f = triangular_call,
      .n = 2,
      .x = {{2, {2, 2}}, {1, {2}}},
      .stop = -1},
     {FX_F64, FX_F64},
     FX_ERR_DATA,
     "triangular_solve: matrix 0 is singular: element 0 of its diagonal is 0 (A [2, 2], B [2, 1])"},
    {CALL_1("inverse", inverse_call, {2, {2, 3}}), FX_ERR_SHAPE,
     "inverse: A has 2 rows and 3 columns; it needs as many of both (A [2, 3], B [3, 3])"},
    {CALL_1("inverse", inverse_call, {2, {3, 3}}), FX_ERR_DATA,
     "inverse: matrix 0 is singular: pivot 1 is 0; its column depends on those before it (A [3, "
     "3], B [3, 3])"},
    {CALL_1("det", det_call, {1, {3}}), FX_ERR_SHAPE,
     "det: A has rank 1; it needs at least 2, [.., n, n] (A [3])"},
    {CALL_1("det", det_call, {2, {2, 3}}), FX_ERR_SHAPE,
     "det: A has 2 rows and 3 columns; it needs as many of both (A [2, 3])"},
    {CALL_1("logdet", logdet_call, {2, {2, 3}}), FX_ERR_SHAPE,
     "logdet: A has 2 rows and 3 columns; it needs as many of both (A [2, 3])"},
    {CALL_1("logdet", logdet_call, {2, {2, 2}}), FX_ERR_DATA,
     "logdet: the determinant of matrix 0 is 0; fx_slogdet takes any (A [2, 2])"},
    {{.op = "logdet", .f = logdet_call, .n = 1, .x = {{2, {1, 1}}}, .stop = -2},
     {FX_F64},
     FX_ERR_DATA,
     "logdet: the determinant of matrix 0 is negative; fx_slogdet takes any (A [1, 1])"},
    {CALL_1("slogdet", slogdet_call, {1, {3}}), FX_ERR_SHAPE,
     "slogdet: A has rank 1; it needs at least 2, [.., n, n] (A [3])"},
    {CALL_1("cofactors", case_apply, {2, {2, 3}}), FX_ERR_SHAPE,
     "cofactors: A has 2 rows and 3 columns; it needs as many of both (A [2, 3])"},
};

const case_family case_solve = {
    solve_rows, NULL, solve_errors, CASE_COUNT(solve_rows), 0, CASE_COUNT(solve_errors),
};
