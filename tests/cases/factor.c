/* SPDX-License-Identifier: MIT */
/* Factors of matrices against the textbook's methods in more digits: Cholesky's rows, Gram and
 * Schmidt's columns, Jacobi's rotations. */
#include <math.h>

#include "cases.h"

enum { SIDE = 8, BOTH = 3 }; /* row->start: which of the results, or a mixture of all */

/* X X' + row->stop I, or X + row->stop times the diagonal 1, 2, .. if row->keep. */
static fx_tensor factor_definite(const case_row *row, fx_tensor x) {
    double values[CASE_ELEMENTS] = {0};
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    const fx_tensor square = row->keep ? x : fx_matmul(x, fx_transpose(x, -1, -2));
    for (int64_t i = 0; i < n; i++)
        values[i * n + i] = (double)(row->stop * (row->keep ? i + 1 : 1));
    return fx_add(square, case_input(fx_tensor_graph(x), (int)fx_tensor_dtype(x), fx_shape2(n, n),
                                     values, CASE_DENSE, NULL));
}

/* x + row->stop times 2, 1, .. on the diagonal of [.., m, n] */
static fx_tensor factor_tall(const case_row *row, fx_tensor x) {
    double values[CASE_ELEMENTS] = {0};
    const int64_t m = row->x[0].dims[row->x[0].rank - 2], n = row->x[0].dims[row->x[0].rank - 1];
    const int64_t k = m < n ? m : n;
    for (int64_t i = 0; i < k; i++) values[i * n + i] = (double)(row->stop * (k - i));
    return fx_add(x, case_input(fx_tensor_graph(x), (int)fx_tensor_dtype(x), fx_shape2(m, n),
                                values, CASE_DENSE, NULL));
}

/* s as [.., 1, k] */
static fx_tensor factor_row(fx_tensor s) {
    fx_shape shape = fx_tensor_shape(s);
    if (shape.rank < 1) return s;
    shape.dims[shape.rank] = shape.dims[shape.rank - 1];
    shape.dims[shape.rank++ - 1] = 1;
    return fx_reshape(s, shape);
}

static fx_tensor cholesky_call(void *user, const fx_tensor *x) {
    return fx_cholesky(factor_definite(user, x[0]));
}

static fx_tensor cholesky_plain(void *row, const fx_tensor *x) {
    return (void)row, fx_cholesky(x[0]);
}

static fx_tensor qr_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor q, r;
    fx_qr(row->stop ? factor_tall(row, x[0]) : x[0], &q, &r);
    return row->start == 0 ? q : row->start == 1 ? r : fx_concat(2, (fx_tensor[]){q, r}, -2);
}

static fx_tensor eigh_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor w, v;
    fx_eigh(row->stop ? factor_definite(row, x[0]) : x[0], &w, &v);
    return row->start == 0 ? w : row->start == 1 ? v : fx_mul(v, factor_row(w));
}

static fx_tensor svd_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor u, s, vh;
    fx_svd(row->stop ? factor_tall(row, x[0]) : x[0], &u, &s, &vh);
    if (row->start == BOTH) return fx_concat(2, (fx_tensor[]){fx_mul(u, factor_row(s)), vh}, -2);
    return row->start == 0 ? u : row->start == 1 ? s : vh;
}

/* ---- references ---- */

typedef case_number factor_matrix[SIDE][SIDE];

static void factor_load(const case_row *row, const case_number *x, int64_t s, factor_matrix a) {
    const int64_t m = row->x[0].dims[row->x[0].rank - 2], n = row->x[0].dims[row->x[0].rank - 1];
    const int64_t k = m < n ? m : n;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            a[i][j] = x[(s * m + i) * n + j] + (i == j ? row->stop * (k - i) : 0);
}

static void factor_symmetric(const case_row *row, const case_number *x, int64_t s,
                             factor_matrix a) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    const case_number *from = x + s * n * n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            a[i][j] = (from[i * n + j] + from[j * n + i]) / 2 +
                      (i == j ? row->stop * (row->keep ? i + 1 : 1) : 0);
            if (row->keep || !row->stop) continue;
            a[i][j] = i == j ? row->stop : 0;
            for (int64_t k = 0; k < n; k++) a[i][j] += from[i * n + k] * from[j * n + k];
        }
}

/* How many matrices, and the elements of one. */
static int64_t factor_stack(const case_row *row) {
    fx_shape lead = row->x[0];
    lead.rank -= 2;
    return case_numel(lead);
}

static void cholesky_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t s = 0; s < factor_stack(row); s++) {
        factor_matrix a, l = {{0}};
        factor_symmetric(row, x[0], s, a);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j <= i; j++) {
                l[i][j] = a[i][j];
                for (int64_t k = 0; k < j; k++) l[i][j] -= l[i][k] * l[j][k];
                l[i][j] = i == j ? csqrtl(l[i][j]) : l[i][j] / l[j][j];
            }
        for (int64_t e = 0; e < n * n; e++) *y++ = l[e / n][e % n];
    }
}

static void qr_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t m = row->x[0].dims[row->x[0].rank - 2], n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t s = 0; s < factor_stack(row); s++) {
        factor_matrix q, r = {{0}};
        factor_load(row, x[0], s, q);
        for (int64_t j = 0; j < n; j++) {
            for (int64_t k = 0; k < 2 * j; k++) { /* twice, for the digits */
                case_number inner = 0;
                for (int64_t i = 0; i < m; i++) inner += q[i][k % j] * q[i][j];
                for (int64_t i = 0; i < m; i++) q[i][j] -= inner * q[i][k % j];
                r[k % j][j] += inner;
            }
            for (int64_t i = 0; i < m; i++) r[j][j] += q[i][j] * q[i][j];
            r[j][j] = csqrtl(r[j][j]);
            for (int64_t i = 0; i < m; i++) q[i][j] /= r[j][j];
        }
        for (int64_t e = 0; e < m * n && row->start != 1; e++) *y++ = q[e / n][e % n];
        for (int64_t e = 0; e < n * n && row->start != 0; e++) *y++ = r[e / n][e % n];
    }
}

/* a becomes diagonal, the columns of v its vectors. */
static void factor_jacobi(int64_t n, factor_matrix a, factor_matrix v) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) v[i][j] = i == j;
    for (int64_t e = 0; e < 24 * n * n; e++) {
        const int64_t p = e / n % n, q = e % n;
        if (p >= q || a[p][q] == 0) continue;
        const case_number theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const case_number root = csqrtl(1 + theta * theta);
        const case_number t = 1 / (creall(theta) < 0 ? theta - root : theta + root);
        const case_number c = 1 / csqrtl(1 + t * t), s = t * c;
        for (int64_t k = 0; k < n; k++) {
            const case_number x = a[p][k], y = a[q][k];
            a[p][k] = c * x - s * y, a[q][k] = s * x + c * y;
        }
        for (int64_t k = 0; k < n; k++) {
            const case_number x = a[k][p], y = a[k][q], vx = v[k][p], vy = v[k][q];
            a[k][p] = c * x - s * y, a[k][q] = s * x + c * y;
            v[k][p] = c * vx - s * vy, v[k][q] = s * vx + c * vy;
        }
        a[p][q] = a[q][p] = 0;
    }
}

/* The place of the k-th smallest on the diagonal. */
static int64_t factor_place(int64_t n, factor_matrix a, int64_t k) {
    for (int64_t i = 0; i < n; i++) {
        int64_t below = 0;
        for (int64_t j = 0; j < n; j++)
            below +=
                creall(a[j][j]) < creall(a[i][i]) || (creall(a[j][j]) == creall(a[i][i]) && j < i);
        if (below == k) return i;
    }
    return 0;
}

static long double factor_sign(int64_t n, factor_matrix v, int64_t column) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (fabsl(creall(v[i][column])) > fabsl(creall(v[best][column]))) best = i;
    return creall(v[best][column]) < 0 ? -1 : 1;
}

static void eigh_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t n = row->x[0].dims[row->x[0].rank - 1];
    for (int64_t s = 0; s < factor_stack(row); s++) {
        factor_matrix a, v;
        factor_symmetric(row, x[0], s, a);
        factor_jacobi(n, a, v);
        for (int64_t k = 0; k < n; k++) {
            const int64_t at = factor_place(n, a, k);
            const long double sign = factor_sign(n, v, at);
            if (row->start == 0) y[s * n + k] = a[at][at];
            for (int64_t i = 0; i < n && row->start != 0; i++)
                y[(s * n + i) * n + k] = sign * v[i][at] * (row->start == BOTH ? a[at][at] : 1);
        }
    }
}

/* From the eigenvectors of A' A, or of A A' where that is smaller: with twice the digits of what
 * is judged, its condition does not matter. */
static void svd_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t m = row->x[0].dims[row->x[0].rank - 2], n = row->x[0].dims[row->x[0].rank - 1];
    const int64_t k = m < n ? m : n, parts[] = {m * k, k, k * n};
    for (int64_t s = 0; s < factor_stack(row); s++) {
        factor_matrix a, gram = {{0}}, v, u = {{0}}, other = {{0}};
        factor_load(row, x[0], s, a);
        for (int64_t i = 0; i < k; i++)
            for (int64_t j = 0; j < k; j++)
                for (int64_t l = 0; l < m + n - k; l++)
                    gram[i][j] += m < n ? a[i][l] * a[j][l] : a[l][i] * a[l][j];
        factor_jacobi(k, gram, v);
        case_number *to_u = y, *to_s = row->start == 1 ? y : NULL, *to_v = y;
        if (row->start == BOTH) to_v = y + parts[0];
        for (int64_t c = 0; c < k; c++) {
            const int64_t at = factor_place(k, gram, k - 1 - c);
            const case_number sigma = csqrtl(gram[at][at]);
            for (int64_t l = 0; l < m + n - k; l++)
                for (int64_t i = 0; i < k; i++)
                    other[l][c] += (m < n ? a[i][l] : a[l][i]) * v[i][at] / sigma;
            for (int64_t i = 0; i < m; i++) u[i][c] = m < n ? v[i][at] : other[i][c];
            const long double sign = factor_sign(m, u, c);
            for (int64_t i = 0; i < m && (row->start == 0 || row->start == BOTH); i++)
                to_u[i * k + c] = sign * u[i][c] * (row->start == BOTH ? sigma : 1);
            if (to_s) to_s[c] = sigma;
            for (int64_t i = 0; i < n && row->start >= 2; i++)
                to_v[c * n + i] = sign * (m < n ? other[i][c] : v[i][at]);
        }
        y += row->start == BOTH ? parts[0] + parts[2] : parts[row->start];
    }
}

#define CHOLESKY .f = cholesky_call, .n = 1, .of = cholesky_of, .ulps = 32, .made = true
#define QR       .f = qr_call, .n = 1, .of = qr_of, .ulps = 64
#define EIGH     .f = eigh_call, .n = 1, .of = eigh_of, .ulps = 64
#define SVD      .f = svd_call, .n = 1, .of = svd_of, .ulps = 256
#define APART    .stop = 3, .made = true
#define SMALL    .low = {-1}, .high = {1}

static const case_row factor_rows[] = {
    {"cholesky", NULL, CHOLESKY, .stop = 3, .x = {{2, {3, 3}}}, .y = {2, {3, 3}}},
    {"cholesky", "not symmetric", CHOLESKY, SMALL, .stop = 3, .keep = true, .x = {{2, {3, 3}}},
     .y = {2, {3, 3}}},
    {"cholesky", "stack", CHOLESKY, .stop = 3, .x = {{3, {2, 3, 3}}}, .y = {3, {2, 3, 3}}},
    {"cholesky", "nothing", CHOLESKY, .stop = 1, .x = {{2, {0, 0}}}, .y = {2, {0, 0}}},
    {"cholesky", "one", CHOLESKY, .stop = 1, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}},
    {"qr", "Q", QR, APART, .x = {{2, {4, 3}}}, .y = {2, {4, 3}}},
    {"qr", "R", QR, APART, .x = {{2, {4, 3}}}, .y = {2, {3, 3}}, .start = 1},
    {"qr", "both", QR, APART, .x = {{2, {4, 3}}}, .y = {2, {7, 3}}, .start = BOTH},
    {"qr", "square", QR, APART, .x = {{2, {3, 3}}}, .y = {2, {6, 3}}, .start = BOTH},
    {"qr", "stack", QR, APART, .x = {{3, {2, 3, 2}}}, .y = {3, {2, 5, 2}}, .start = BOTH},
    {"qr", "nothing", QR, .x = {{2, {3, 0}}}, .y = {2, {3, 0}}},
    {"qr", "empty stack", QR, .x = {{3, {0, 3, 2}}}, .y = {3, {0, 2, 2}}, .start = 1},
    {"qr", "one", QR, .x = {{2, {1, 1}}}, .y = {2, {2, 1}}, .start = BOTH},
    {"eigh", "values", EIGH, APART, SMALL, .keep = true, .x = {{2, {3, 3}}}, .y = {1, {3}}},
    {"eigh", "vectors", EIGH, APART, SMALL, .keep = true, .x = {{2, {3, 3}}}, .y = {2, {3, 3}},
     .start = 1},
    {"eigh", "both", EIGH, APART, SMALL, .keep = true, .x = {{2, {3, 3}}}, .y = {2, {3, 3}},
     .start = BOTH},
    {"eigh", "stack", EIGH, APART, SMALL, .keep = true, .x = {{3, {2, 3, 3}}}, .y = {3, {2, 3, 3}},
     .start = BOTH},
    {"eigh", "nothing", EIGH, .x = {{2, {0, 0}}}, .y = {2, {0, 0}}, .start = 1},
    {"eigh", "empty stack", EIGH, .x = {{3, {0, 2, 2}}}, .y = {2, {0, 2}}},
    {"eigh", "one", EIGH, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .start = BOTH},
    {"svd", "U", SVD, APART, SMALL, .x = {{2, {4, 3}}}, .y = {2, {4, 3}}},
    {"svd", "s", SVD, APART, SMALL, .x = {{2, {4, 3}}}, .y = {1, {3}}, .start = 1},
    {"svd", "V'", SVD, APART, SMALL, .x = {{2, {4, 3}}}, .y = {2, {3, 3}}, .start = 2},
    {"svd", "all", SVD, APART, SMALL, .x = {{2, {4, 2}}}, .y = {2, {6, 2}}, .start = BOTH},
    {"svd", "square U", SVD, APART, SMALL, .x = {{2, {3, 3}}}, .y = {2, {3, 3}}},
    {"svd", "square", SVD, APART, SMALL, .x = {{2, {3, 3}}}, .y = {2, {6, 3}}, .start = BOTH},
    {"svd", "wide U", SVD, APART, SMALL, .x = {{2, {2, 4}}}, .y = {2, {2, 2}}},
    {"svd", "wide s", SVD, APART, SMALL, .x = {{2, {3, 4}}}, .y = {1, {3}}, .start = 1},
    {"svd", "wide V'", SVD, APART, SMALL, .x = {{2, {2, 4}}}, .y = {2, {2, 4}}, .start = 2},
    {"svd", "stack", SVD, APART, SMALL, .x = {{3, {2, 3, 2}}}, .y = {3, {2, 3, 2}}},
    {"svd", "nothing", SVD, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .start = 2},
    {"svd", "empty stack", SVD, .x = {{3, {0, 3, 2}}}, .y = {2, {0, 2}}, .start = 1},
    {"svd", "one", SVD, .x = {{2, {1, 1}}}, .y = {1, {1}}, .start = 1},
};

#define CALL(name, call, ...)                                                                      \
    {.op = (name), .f = (call), .n = 1, .x = {__VA_ARGS__}}, { FX_F64 }

static const case_error factor_errors[] = {
    {CALL("cholesky", cholesky_plain, {1, {3}}), FX_ERR_SHAPE,
     "cholesky: A has rank 1; it needs at least 2, [.., n, n] (A [3])"},
    {CALL("cholesky", cholesky_plain, {2, {3, 2}}), FX_ERR_SHAPE,
     "cholesky: A has 3 rows and 2 columns; it needs as many of both (A [3, 2])"},
    {CALL("cholesky", cholesky_plain, {3, {2, 3, 3}}), FX_ERR_DATA,
     "cholesky: matrix 0 is not positive definite: 0 is left in column 1; add a multiple of the "
     "identity (A [2, 3, 3])"},
    {CALL("qr", qr_call, {1, {3}}), FX_ERR_SHAPE,
     "qr: A has rank 1; it needs at least 2, [.., m, n] (A [3])"},
    {CALL("qr", qr_call, {2, {2, 3}}), FX_ERR_SHAPE,
     "qr: A has 2 rows and 3 columns; it needs as many rows or more: transpose it (A [2, 3])"},
    {CALL("eigh", eigh_call, {0, {0}}), FX_ERR_SHAPE,
     "eigh: A has rank 0; it needs at least 2, [.., n, n] (A [])"},
    {CALL("eigh", eigh_call, {2, {2, 3}}), FX_ERR_SHAPE,
     "eigh: A has 2 rows and 3 columns; it needs as many of both (A [2, 3])"},
    {CALL("svd", svd_call, {1, {3}}), FX_ERR_SHAPE,
     "svd: A has rank 1; it needs at least 2, [.., m, n] (A [3])"},
};

const case_family case_factor = {
    factor_rows, NULL, factor_errors, CASE_COUNT(factor_rows), 0, CASE_COUNT(factor_errors),
};
