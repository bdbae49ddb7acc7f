/* SPDX-License-Identifier: MIT */
/* The reduced singular value decomposition by Hestenes' rotations of columns against each other
 * (Demmel and Veselic, "Jacobi's method is more accurate than QR", 1992). The rule is that of
 * Townsend, "Differentiating the singular value decomposition" (2016): right where singular values
 * are distinct, and not 0 where vectors are asked for. */
#include <math.h>

#include "matrix.h"

enum { SVD_SWEEPS = 64 };

/* Columns of the longer side and of the shorter one, each a row in memory; k of both. */
typedef struct svd_work {
    int64_t k, m;
    double *left, *right, *sigma, *order; /* order: whole numbers */
} svd_work;

static fx_status svd_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    if (a->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "A has rank %d; it needs at least 2, [.., m, n]",
                            a->rank);
    fx_shape u = fx_view_shape(a), v = u, s = u;
    const int64_t m = u.dims[u.rank - 2], n = u.dims[u.rank - 1], k = m < n ? m : n;
    u.dims[u.rank - 1] = v.dims[v.rank - 2] = s.dims[s.rank - 2] = k;
    s.rank--;
    fx_status status = fx__matrix_scratch(call, m * n, k * k + 2 * k);
    if (status == FX_OK) status = fx_result(call, 0, a->dtype, u);
    if (status == FX_OK) status = fx_result(call, 1, a->dtype, s);
    return status != FX_OK ? status : fx_result(call, 2, a->dtype, v);
}

static double svd_inner(int64_t m, const double *a, const double *b) {
    double sum = 0;
    for (int64_t i = 0; i < m; i++) sum += a[i] * b[i];
    return sum;
}

static void svd_turn(int64_t n, double *p, double *q, double c, double s) {
    for (int64_t i = 0; i < n; i++) {
        const double x = p[i], y = q[i];
        p[i] = c * x - s * y;
        q[i] = s * x + c * y;
    }
}

/* Makes columns p and q orthogonal; whether they were not. */
static bool svd_rotate(svd_work *w, int64_t p, int64_t q) {
    double *x = w->left + p * w->m, *y = w->left + q * w->m;
    const double xx = svd_inner(w->m, x, x), yy = svd_inner(w->m, y, y);
    const double xy = svd_inner(w->m, x, y);
    if (!(fabs(xy) > 0x1p-53 * (double)w->m * sqrt(xx) * sqrt(yy))) return false;
    const double zeta = 0.5 * (yy - xx) / xy;
    const double t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    const double c = 1 / sqrt(1 + t * t);
    svd_turn(w->m, x, y, c, t * c);
    svd_turn(w->k, w->right + p * w->k, w->right + q * w->k, c, t * c);
    return true;
}

static void svd_orthogonalise(svd_work *w) {
    bool turned = true;
    for (int64_t i = 0; i < w->k * w->k; i++) w->right[i] = i % (w->k + 1) == 0;
    for (int sweep = 0; turned && sweep < SVD_SWEEPS; sweep++) {
        turned = false;
        for (int64_t p = 0; p < w->k; p++)
            for (int64_t q = p + 1; q < w->k; q++) turned = svd_rotate(w, p, q) || turned;
    }
}

/* Singular values, descending, equal ones by place: order[j] says which column is the j-th. */
static void svd_sort(svd_work *w) {
    for (int64_t j = 0; j < w->k; j++) {
        const double *x = w->left + j * w->m;
        int64_t at = j;
        w->sigma[j] = sqrt(svd_inner(w->m, x, x));
        for (; at > 0 && w->sigma[(int64_t)w->order[at - 1]] < w->sigma[j]; at--)
            w->order[at] = w->order[at - 1];
        w->order[at] = (double)j;
    }
}

/* The unit vector of which least lies in the first `count` columns. */
static int64_t svd_free_axis(const svd_work *w, int64_t count) {
    int64_t best = 0;
    double least = INFINITY;
    for (int64_t i = 0; i < w->m; i++) {
        double inside = 0;
        for (int64_t j = 0; j < count; j++) {
            const double x = w->left[(int64_t)w->order[j] * w->m + i];
            inside += x * x;
        }
        if (inside < least) {
            least = inside;
            best = i;
        }
    }
    return best;
}

/* Column j of the order belongs to the value 0: any unit vector orthogonal to those before it. */
static void svd_complete(svd_work *w, int64_t j) {
    double *x = w->left + (int64_t)w->order[j] * w->m;
    const int64_t axis = svd_free_axis(w, j);
    for (int64_t i = 0; i < w->m; i++) x[i] = i == axis;
    for (int64_t c = 0; c < 2 * j; c++) { /* twice is enough (Parlett) */
        const double *y = w->left + (int64_t)w->order[c % j] * w->m;
        const double inner = svd_inner(w->m, x, y);
        for (int64_t i = 0; i < w->m; i++) x[i] -= inner * y[i];
    }
    const double norm = sqrt(svd_inner(w->m, x, x));
    for (int64_t i = 0; i < w->m; i++) x[i] /= norm;
}

static void svd_normalise(svd_work *w) {
    for (int64_t j = 0; j < w->k; j++) {
        const int64_t column = (int64_t)w->order[j];
        double *x = w->left + column * w->m;
        if (w->sigma[column] == 0)
            svd_complete(w, j);
        else
            for (int64_t i = 0; i < w->m; i++) x[i] /= w->sigma[column];
    }
}

/* Matrix s into columns; the scale by which it was divided. */
static double svd_load(fx_call *call, int64_t s, bool wide, svd_work *w) {
    const fx_view *x = &call->x[0];
    const float *narrow = x->data;
    const double *full = x->data;
    fx__matrix_load(x, s * w->m * w->k, w->m * w->k, w->left);
    const double scale = fx__matrix_scale(w->left, w->m * w->k);
    for (int64_t j = 0; j < w->k; j++)
        for (int64_t i = 0; i < w->m; i++) {
            const int64_t e = s * w->m * w->k + (wide ? j * w->m + i : i * w->k + j);
            w->left[j * w->m + i] = (x->dtype == FX_F32 ? (double)narrow[e] : full[e]) / scale;
        }
    return scale;
}

/* The largest component of each column of U is positive. */
static void svd_store(fx_call *call, int64_t s, bool wide, double scale, const svd_work *w) {
    const int64_t k = w->k, rows = wide ? k : w->m, columns = wide ? w->m : k;
    const double *u = wide ? w->right : w->left, *v = wide ? w->left : w->right;
    for (int64_t j = 0; j < k; j++) {
        const int64_t at = (int64_t)w->order[j];
        const double value = w->sigma[at] * scale;
        const double sign = isnan(scale) ? NAN : fx__eigen_sign(rows, u + at * rows);
        fx__matrix_store(&value, s * k + j, 1, &call->y[1]);
        for (int64_t i = 0; i < rows; i++) {
            const double x = sign * u[at * rows + i];
            fx__matrix_store(&x, (s * rows + i) * k + j, 1, &call->y[0]);
        }
        for (int64_t i = 0; i < columns; i++) {
            const double x = sign * v[at * columns + i];
            fx__matrix_store(&x, (s * k + j) * columns + i, 1, &call->y[2]);
        }
    }
}

static fx_status svd_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    const int64_t rows = x->dims[x->rank - 2], columns = x->dims[x->rank - 1];
    const int64_t count = fx__matrix_count(x);
    const bool wide = rows < columns;
    svd_work w = {.k = wide ? rows : columns, .m = wide ? columns : rows};
    w.left = call->scratch;
    for (int64_t s = 0; s < count && w.k > 0; s++) {
        w.right = w.left + w.m * w.k;
        w.sigma = w.right + w.k * w.k;
        w.order = w.sigma + w.k;
        const double scale = svd_load(call, s, wide, &w);
        svd_orthogonalise(&w);
        svd_sort(&w);
        svd_normalise(&w);
        svd_store(call, s, wide, scale, &w);
    }
    return FX_OK;
}

/* ---- the rule ---- */

static fx_tensor svd_plus(fx_tensor sum, fx_tensor term) {
    return fx_is_none(sum) ? term : fx_add(sum, term);
}

/* (X' Gx - Gx' X) / (s_j^2 - s_i^2) off the diagonal. */
static fx_tensor svd_turning(fx_tensor x, fx_tensor gx, fx_tensor s, fx_tensor one) {
    const fx_tensor inner = fx_matmul(fx__transposed(x), gx);
    const fx_tensor row = fx__as_rows(s), column = fx__as_columns(s);
    const fx_tensor gaps = fx_add(fx_mul(fx_sub(row, column), fx_add(row, column)), one);
    return fx_div(fx__off_diagonal(fx_sub(inner, fx__transposed(inner))), gaps);
}

/* (I - X X') Gx / s: what turns X out of its own span; nothing if X is square. */
static fx_tensor svd_outside(fx_tensor x, fx_tensor gx, fx_tensor s) {
    const fx_tensor rest = fx_sub(gx, fx_matmul(x, fx_matmul(fx__transposed(x), gx)));
    return fx_div(rest, fx__as_rows(s));
}

static bool svd_tall(fx_tensor x) {
    const fx_shape shape = fx_tensor_shape(x);
    return shape.rank >= 2 && shape.dims[shape.rank - 2] > shape.dims[shape.rank - 1];
}

static void svd_vjp(fx_vjp *v) {
    const fx_tensor u = v->y[0], s = v->y[1], vh = v->y[2], vt = fx__transposed(vh);
    const fx_shape shape = fx_tensor_shape(s);
    const fx_tensor one = fx_eye(v->graph, fx_tensor_dtype(s), shape.dims[shape.rank - 1]);
    fx_tensor inner = FX_NONE, outside = FX_NONE;
    if (!fx_is_none(v->g[1])) inner = fx_mul(fx__as_rows(v->g[1]), one);
    if (!fx_is_none(v->g[0])) {
        inner = svd_plus(inner, fx_mul(svd_turning(u, v->g[0], s, one), fx__as_rows(s)));
        if (svd_tall(u)) outside = fx_matmul(svd_outside(u, v->g[0], s), vh);
    }
    if (!fx_is_none(v->g[2])) {
        const fx_tensor gv = fx__transposed(v->g[2]);
        inner = svd_plus(inner, fx_mul(svd_turning(vt, gv, s, one), fx__as_columns(s)));
        if (svd_tall(vt))
            outside = svd_plus(outside, fx_matmul(u, fx__transposed(svd_outside(vt, gv, s))));
    }
    const fx_tensor inside = fx_matmul(fx_matmul(u, inner), vh);
    v->dx[0] = svd_plus(outside, inside);
}

const fx_op fx__svd_ops[] = {
    {
        .version = FX_OP_VERSION,
        .name = "svd",
        .operands = "A",
        .min = 1,
        .max = 1,
        .results = 3,
        .infer = svd_infer,
        .forward = svd_forward,
        .vjp = svd_vjp,
        .formula =
            "A = U diag(s) V', s descending;  dA = U (Fu S + S Fv + diag Gs) V' + (I - U U') "
            "Gu S^-1 V' + U S^-1 Gv' (I - V V'), Fx_ij = (X' Gx - Gx' X)_ij / (s_j^2 - s_i^2)",
    },
    {0},
};

fx_status fx_svd(fx_tensor a, fx_tensor *u, fx_tensor *s, fx_tensor *vh) {
    fx_tensor *const to[] = {u, s, vh};
    return fx__matrix_results(&fx__svd_ops[0], a, 3, to);
}
