/* SPDX-License-Identifier: MIT */
/* The reduced QR factors, by Householder reflections; the diagonal of R is made positive, which
 * makes them unique and smooth. The rule is that of Walter and Lehmann, "Algorithmic
 * differentiation of linear algebra functions" (2010), in the form for m >= n. */
#include <math.h>

#include "matrix.h"

static fx_status qr_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    if (a->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "A has rank %d; it needs at least 2, [.., m, n]",
                            a->rank);
    fx_shape q = fx_view_shape(a), r = q;
    const int64_t m = q.dims[q.rank - 2], n = q.dims[q.rank - 1];
    if (m < n)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "A has %lld rows and %lld columns; it needs as many rows or more: "
                            "transpose it",
                            (long long)m, (long long)n);
    r.dims[r.rank - 2] = n;
    fx_status status = fx__matrix_scratch(call, m * n, m * n);
    if (status == FX_OK) status = fx_result(call, 0, a->dtype, q);
    return status != FX_OK ? status : fx_result(call, 1, a->dtype, r);
}

/* b -= 2 v (v' b) for the unit vector v in column k of a; both [m, n], rows from k on. */
static void qr_reflect(int64_t m, int64_t n, const double *v, int64_t k, double *b, int64_t c) {
    double inner = 0;
    for (int64_t i = k; i < m; i++) inner += v[i * n + k] * b[i * n + c];
    for (int64_t i = k; i < m; i++) b[i * n + c] -= 2 * inner * v[i * n + k];
}

/* Makes column k of a the unit vector that reflects it to the axis. -> what stands on the diagonal
 */
static double qr_vector(int64_t m, int64_t n, double *a, int64_t k) {
    double norm = 0, length = 0;
    for (int64_t i = k; i < m; i++) norm += a[i * n + k] * a[i * n + k];
    norm = sqrt(norm);
    if (norm == 0) return 0;
    const double diagonal = a[k * n + k] > 0 ? -norm : norm;
    a[k * n + k] -= diagonal;
    for (int64_t i = k; i < m; i++) length += a[i * n + k] * a[i * n + k];
    length = sqrt(length);
    for (int64_t i = k; i < m; i++) a[i * n + k] /= length;
    return diagonal;
}

/* a [m, n] becomes its reflections, and above the diagonal R; r_kk stands in q[k, k]. */
static void qr_factor(int64_t m, int64_t n, double *a, double *q) {
    for (int64_t k = 0; k < n; k++) {
        q[k * n + k] = qr_vector(m, n, a, k);
        for (int64_t j = k + 1; j < n; j++) qr_reflect(m, n, a, k, a, j);
    }
}

/* R, with a positive diagonal, of matrix s. */
static void qr_store_r(int64_t n, const double *a, const double *q, int64_t s, const fx_view *y) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            const double r = i < j ? a[i * n + j] : i == j ? q[i * n + i] : 0;
            const double turned = q[i * n + i] < 0 && i <= j ? -r : r;
            fx__matrix_store(&turned, (s * n + i) * n + j, 1, y);
        }
}

/* Q, column by column: the reflections of unit vectors, in reverse order. */
static void qr_columns(int64_t m, int64_t n, const double *a, double *q) {
    for (int64_t c = n - 1; c >= 0; c--) {
        const double sign = q[c * n + c] < 0 ? -1 : 1;
        for (int64_t i = 0; i < m; i++) q[i * n + c] = i == c ? sign : 0;
        for (int64_t k = c; k >= 0; k--) qr_reflect(m, n, a, k, q, c);
    }
}

static fx_status qr_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    const int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
    const int64_t count = fx__matrix_count(x);
    for (int64_t s = 0; s < count; s++) {
        double *a = call->scratch, *q = a + m * n;
        fx__matrix_load(x, s * m * n, m * n, a);
        const double scale = fx__matrix_scale(a, m * n);
        for (int64_t i = 0; i < m * n; i++) a[i] /= scale;
        qr_factor(m, n, a, q);
        for (int64_t k = 0; k < n; k++) {
            q[k * n + k] *= scale;
            for (int64_t i = 0; i < k; i++) a[i * n + k] *= scale;
        }
        qr_store_r(n, a, q, s, &call->y[1]);
        qr_columns(m, n, a, q);
        fx__matrix_store(q, s * m * n, m * n, &call->y[0]);
    }
    return FX_OK;
}

/* M = R Gr' - Gq' Q;  (Gq + Q (tril(M) + tril(M, -1)')) R^-T */
static void qr_vjp(fx_vjp *v) {
    const fx_tensor q = v->y[0], r = v->y[1], gq = v->g[0], gr = v->g[1];
    fx_tensor m = FX_NONE;
    if (!fx_is_none(gr)) m = fx_matmul(r, fx__transposed(fx_triu(gr, 0)));
    if (!fx_is_none(gq)) {
        const fx_tensor inner = fx_matmul(fx__transposed(gq), q);
        m = fx_is_none(m) ? fx_neg(inner) : fx_sub(m, inner);
    }
    const fx_tensor both = fx_add(fx_tril(m, 0), fx__transposed(fx_tril(m, -1)));
    fx_tensor b = fx_matmul(q, both);
    if (!fx_is_none(gq)) b = fx_add(gq, b);
    v->dx[0] = fx__transposed(fx_triangular_solve(r, fx__transposed(b), true, false));
}

const fx_op fx__qr_ops[] = {
    {
        .version = FX_OP_VERSION,
        .name = "qr",
        .operands = "A",
        .min = 1,
        .max = 1,
        .results = 2,
        .infer = qr_infer,
        .forward = qr_forward,
        .vjp = qr_vjp,
        .formula = "A = Q R, Q' Q = I, R upper, its diagonal positive;  dA = (Gq + Q (tril M + "
                   "tril(M, -1)')) R^-T, M = R Gr' - Gq' Q",
    },
    {0},
};

fx_status fx_qr(fx_tensor a, fx_tensor *q, fx_tensor *r) {
    fx_tensor *const to[] = {q, r};
    return fx__matrix_results(&fx__qr_ops[0], a, 2, to);
}
