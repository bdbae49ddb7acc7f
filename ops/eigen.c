/* SPDX-License-Identifier: MIT */
/* Eigenvalues and vectors of symmetric matrices by Jacobi's rotations, cyclic by rows (Golub and
 * Van Loan, "Matrix computations", section 8.5). The rule divides by differences of eigenvalues, so
 * it is right where those are distinct; cotangents of the values alone need no division. */
#include <math.h>

#include "matrix.h"

enum { EIGEN_SWEEPS = 64 };

static fx_status eigh_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    fx_status status = fx__matrix_square(call);
    if (status != FX_OK) return status;
    const int64_t n = a->dims[a->rank - 1];
    status = fx__matrix_scratch(call, n * n, n * n);
    if (status == FX_OK) status = fx_result(call, 0, a->dtype, fx_shape_n(a->rank - 1, a->dims));
    return status != FX_OK ? status : fx_result(call, 1, a->dtype, fx_view_shape(a));
}

/* Rows p and q of x, turned by cosine and sine; step apart. */
static void eigen_turn(int64_t n, double *p, double *q, int64_t step, double c, double s) {
    for (int64_t i = 0; i < n; i++) {
        const double x = p[i * step], y = q[i * step];
        p[i * step] = c * x - s * y;
        q[i * step] = s * x + c * y;
    }
}

/* The rotation that makes a[p, q] zero; v's rows turn with it. */
static void eigen_rotate(int64_t n, double *a, double *v, int64_t p, int64_t q) {
    const double middle = a[p * n + q];
    const double theta = 0.5 * (a[q * n + q] - a[p * n + p]) / middle;
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(1 + theta * theta));
    const double c = 1 / sqrt(1 + t * t), s = t * c;
    const double low = a[p * n + p] - t * middle, high = a[q * n + q] + t * middle;
    eigen_turn(n, a + p * n, a + q * n, 1, c, s);
    eigen_turn(n, a + p, a + q, n, c, s);
    a[p * n + p] = low;
    a[q * n + q] = high;
    a[p * n + q] = a[q * n + p] = 0;
    eigen_turn(n, v + p * n, v + q * n, 1, c, s);
}

/* a becomes diagonal, v's rows its eigenvectors; a's elements are of size 1. */
static void eigen_diagonalise(int64_t n, double *a, double *v) {
    bool turned = true;
    for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (int sweep = 0; turned && sweep < EIGEN_SWEEPS; sweep++) {
        turned = false;
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++)
                if (fabs(a[p * n + q]) > 0x1p-70) {
                    eigen_rotate(n, a, v, p, q);
                    turned = true;
                }
    }
}

/* Which of the eigenvalues not below the last one taken comes next: order by value, then place. */
static int64_t eigen_next(int64_t n, const double *a, int64_t last) {
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++) {
        const double x = a[i * n + i];
        const double from = last < 0 ? -INFINITY : a[last * n + last];
        if (last >= 0 && (x < from || (x == from && i <= last))) continue;
        if (best < 0 || x < a[best * n + best]) best = i;
    }
    return best < 0 ? 0 : best;
}

/* The sign that makes the component of largest magnitude (the first of equals) positive. */
double fx__eigen_sign(int64_t n, const double *v) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (fabs(v[i]) > fabs(v[best])) best = i;
    return v[best] < 0 ? -1 : 1;
}

static fx_status eigh_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    const int64_t n = x->dims[x->rank - 1], count = fx__matrix_count(x);
    for (int64_t s = 0; s < count; s++) {
        double *a = call->scratch, *v = a + n * n;
        fx__matrix_load_symmetric(x, s, a);
        const double scale = fx__matrix_scale(a, n * n);
        for (int64_t i = 0; i < n * n; i++) a[i] /= scale;
        eigen_diagonalise(n, a, v);
        for (int64_t k = 0, at = -1; k < n; k++) {
            at = eigen_next(n, a, at);
            const double value = a[at * n + at] * scale;
            const double sign = isnan(scale) ? NAN : fx__eigen_sign(n, v + at * n);
            fx__matrix_store(&value, s * n + k, 1, &call->y[0]);
            for (int64_t i = 0; i < n; i++) {
                const double component = sign * v[at * n + i];
                fx__matrix_store(&component, (s * n + i) * n + k, 1, &call->y[1]);
            }
        }
    }
    return FX_OK;
}

/* V ((V' Gv) / (w_j - w_i) off the diagonal, Gw on it) V', its symmetric part. */
static void eigh_vjp(fx_vjp *v) {
    const fx_tensor w = v->y[0], vectors = v->y[1], turned = fx__transposed(vectors);
    const fx_shape shape = fx_tensor_shape(vectors);
    const fx_tensor one = fx_eye(v->graph, fx_tensor_dtype(w), shape.dims[shape.rank - 1]);
    fx_tensor inner = FX_NONE;
    if (!fx_is_none(v->g[0])) inner = fx_mul(fx__as_rows(v->g[0]), one);
    if (!fx_is_none(v->g[1])) {
        const fx_tensor gaps = fx_add(fx_sub(fx__as_rows(w), fx__as_columns(w)), one);
        const fx_tensor off = fx__off_diagonal(fx_matmul(turned, v->g[1]));
        const fx_tensor part = fx_div(off, gaps);
        inner = fx_is_none(inner) ? part : fx_add(inner, part);
    }
    v->dx[0] = fx__symmetric(fx_matmul(fx_matmul(vectors, inner), turned));
}

const fx_op fx__eigen_ops[] = {
    {
        .version = FX_OP_VERSION,
        .name = "eigh",
        .operands = "A",
        .min = 1,
        .max = 1,
        .results = 2,
        .infer = eigh_infer,
        .forward = eigh_forward,
        .vjp = eigh_vjp,
        .formula = "A = V diag(w) V', w ascending;  dA = V (diag Gw + (V' Gv)_ij / (w_j - w_i) off "
                   "the diagonal) V', its symmetric part",
    },
    {0},
};

fx_status fx_eigh(fx_tensor a, fx_tensor *values, fx_tensor *vectors) {
    fx_tensor *const to[] = {values, vectors};
    return fx__matrix_results(&fx__eigen_ops[0], a, 2, to);
}
