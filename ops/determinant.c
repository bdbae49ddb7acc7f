/* SPDX-License-Identifier: MIT */
/* Determinants by elimination, their signs and logarithms. The derivative of a determinant is the
 * matrix of cofactors, which exists for singular matrices too: elimination with full pivoting
 * leaves at most one pivot of 0 that matters, and the cofactors need no division by the last one.
 * (Stewart, "On the adjugate matrix", Linear Algebra and its Applications 283, 1998.) */
#include <math.h>

#include "matrix.h"

/* Results of one value a matrix. */
static fx_status determinant_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    fx_status status = fx__matrix_square(call);
    if (status != FX_OK) return status;
    const int64_t n = a->dims[a->rank - 1];
    status = fx__matrix_scratch(call, n * n, 0);
    for (int i = 0; i < call->results && status == FX_OK; i++)
        status = fx_result(call, i, a->dtype, fx_shape_n(a->rank - 2, a->dims));
    return status;
}

/* The pivots of matrix s stand on the diagonal of the scratch memory; false if one is 0. */
static bool determinant_pivots(fx_call *call, int64_t s, double *sign) {
    const fx_view *x = &call->x[0];
    const int64_t n = x->dims[x->rank - 1];
    fx__matrix_load(x, s * n * n, n * n, call->scratch);
    return fx__matrix_solve(n, call->scratch, 0, call->scratch, sign) == n;
}

static fx_status det_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    const int64_t n = x->dims[x->rank - 1], count = fx__matrix_count(x);
    const double *a = call->scratch;
    for (int64_t s = 0; s < count; s++) {
        double det;
        if (!determinant_pivots(call, s, &det)) det = 0;
        for (int64_t i = 0; i < n && det != 0; i++) det *= a[i * n + i];
        fx__matrix_store(&det, s, 1, &call->y[0]);
    }
    return FX_OK;
}

static void det_vjp(fx_vjp *v) {
    v->dx[0] = fx_mul(fx__as_matrices(v->g[0]), fx__cofactors(v->x[0]));
}

/* The sign of the determinant of matrix s, and the logarithm of its magnitude. */
static double determinant_log(fx_call *call, int64_t s, double *log_abs) {
    const int64_t n = call->x[0].dims[call->x[0].rank - 1];
    const double *a = call->scratch;
    double sign, sum = 0;
    *log_abs = -INFINITY;
    if (!determinant_pivots(call, s, &sign)) return 0;
    for (int64_t i = 0; i < n; i++) {
        double value = fabs(a[i * n + i]);
        const void *in[] = {&value};
        void *const out[] = {&value};
        call->kernels->row[FX_ROW_LOG][FX_F64](1, NULL, in, out);
        sum += value;
        if (a[i * n + i] < 0) sign = -sign;
    }
    *log_abs = sum;
    return isnan(sum) ? sum : sign;
}

static fx_status slogdet_forward(fx_call *call) {
    const int64_t count = fx__matrix_count(&call->x[0]);
    for (int64_t s = 0; s < count; s++) {
        double log_abs;
        const double sign = determinant_log(call, s, &log_abs);
        fx__matrix_store(&sign, s, 1, &call->y[0]);
        fx__matrix_store(&log_abs, s, 1, &call->y[1]);
    }
    return FX_OK;
}

static fx_status logdet_forward(fx_call *call) {
    const int64_t count = fx__matrix_count(&call->x[0]);
    for (int64_t s = 0; s < count; s++) {
        double log_abs;
        const double sign = determinant_log(call, s, &log_abs);
        if (sign <= 0)
            return fx_call_fail(call, FX_ERR_DATA,
                                "the determinant of matrix %lld is %s; fx_slogdet takes any",
                                (long long)s, sign < 0 ? "negative" : "0");
        fx__matrix_store(&log_abs, s, 1, &call->y[0]);
    }
    return FX_OK;
}

static fx_tensor determinant_log_rule(fx_tensor a, fx_tensor g) {
    return fx_mul(fx__as_matrices(g), fx__transposed(fx_inverse(a)));
}

static void slogdet_vjp(fx_vjp *v) {
    if (fx_is_none(v->g[1]))
        fx_vjp_zero(v, 0);
    else
        v->dx[0] = determinant_log_rule(v->x[0], v->g[1]);
}

static void logdet_vjp(fx_vjp *v) { v->dx[0] = determinant_log_rule(v->x[0], v->g[0]); }

/* ---- cofactors ---- */

/* A matrix on its way to P A Q = L U, and where its rows and columns come from. */
typedef struct cofactor_work {
    int64_t n;
    double *a, *x, *row, *column; /* x: one column of the result; row, column: whole numbers */
    double sign;
} cofactor_work;

static fx_status cofactors_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    fx_status status = fx__matrix_square(call);
    if (status != FX_OK) return status;
    const int64_t n = a->dims[a->rank - 1];
    status = fx__matrix_scratch(call, 3 * n, n * n);
    return status != FX_OK ? status : fx_result(call, 0, a->dtype, fx_view_shape(a));
}

static void cofactor_exchange(double *a, double *b, int64_t n, int64_t step) {
    for (int64_t i = 0; i < n; i++) {
        const double kept = a[i * step];
        a[i * step] = b[i * step];
        b[i * step] = kept;
    }
}

/* Brings the largest element of what is left to the diagonal; a NaN is the largest. */
static void cofactor_pivot(cofactor_work *w, int64_t p) {
    const int64_t n = w->n;
    int64_t best = p * n + p;
    for (int64_t e = p * n; e < n * n; e++)
        if (e % n >= p && !isnan(w->a[best]) && !(fabs(w->a[e]) <= fabs(w->a[best]))) best = e;
    const int64_t i = best / n, j = best % n;
    if (i != p) {
        w->sign = -w->sign;
        cofactor_exchange(w->a + i * n, w->a + p * n, n, 1);
        cofactor_exchange(w->row + i, w->row + p, 1, 1);
    }
    if (j != p) {
        w->sign = -w->sign;
        cofactor_exchange(w->a + j, w->a + p, n, n);
        cofactor_exchange(w->column + j, w->column + p, 1, 1);
    }
}

/* L below the diagonal, U on and above it. -> the first pivot of 0, n if there is none */
static int64_t cofactor_factor(cofactor_work *w) {
    const int64_t n = w->n;
    w->sign = 1;
    for (int64_t i = 0; i < n; i++) w->row[i] = w->column[i] = (double)i;
    for (int64_t p = 0; p < n; p++) {
        cofactor_pivot(w, p);
        if (w->a[p * n + p] == 0) return p;
        for (int64_t i = p + 1; i < n; i++) {
            const double factor = w->a[i * n + p] /= w->a[p * n + p];
            for (int64_t j = p + 1; j < n; j++) w->a[i * n + j] -= factor * w->a[p * n + j];
        }
    }
    return n;
}

/* Column c of adj(U) L^-1. With U = [V u; 0 d] and p = det V, adj(U) = [p d V^-1, -p V^-1 u; 0, p],
 * so nothing is divided by d. */
static void cofactor_column(cofactor_work *w, int64_t c) {
    const int64_t n = w->n, last = n - 1;
    double *x = w->x, p = w->sign;
    for (int64_t i = 0; i < n; i++) {
        x[i] = i == c;
        for (int64_t j = 0; j < i; j++) x[i] -= w->a[i * n + j] * x[j];
    }
    for (int64_t i = 0; i < last; i++) p *= w->a[i * n + i];
    for (int64_t i = 0; i < last; i++)
        x[i] = p * (w->a[last * n + last] * x[i] - w->a[i * n + last] * x[last]);
    x[last] *= p;
    for (int64_t i = last - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < last; j++) x[i] -= w->a[i * n + j] * x[j];
        x[i] /= w->a[i * n + i];
    }
}

static fx_status cofactors_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    const int64_t n = x->dims[x->rank - 1], count = fx__matrix_count(x);
    for (int64_t s = 0; s < count && n > 0; s++) {
        double *a = call->scratch;
        cofactor_work w = {n, a, a + n * n, a + n * n + n, a + n * n + 2 * n, 1};
        fx__matrix_load(x, s * n * n, n * n, a);
        const bool low = cofactor_factor(&w) < n - 1; /* rank n - 2 or less: all are 0 */
        for (int64_t c = 0; c < n; c++) {
            cofactor_column(&w, c);
            for (int64_t i = 0; i < n; i++) {
                const double value = low ? 0 : w.x[i];
                const int64_t at = (int64_t)w.row[c] * n + (int64_t)w.column[i];
                fx__matrix_store(&value, s * n * n + at, 1, &call->y[0]);
            }
        }
    }
    return FX_OK;
}

/* d <G, det(A) A^-T> = A^-T (<G, C> - G' C); of a singular matrix solve says that it is. */
static void cofactors_vjp(fx_vjp *v) {
    const fx_tensor c = v->y[0], g = v->g[0];
    const int64_t n = fx_tensor_shape(c).dims[fx_tensor_shape(c).rank - 1];
    const fx_tensor inner = fx_sum_axes(fx_mul(g, c), fx_axes2(-1, -2), true);
    const fx_tensor one = fx_eye(v->graph, fx_tensor_dtype(c), n);
    const fx_tensor b = fx_sub(fx_mul(inner, one), fx_matmul(fx__transposed(g), c));
    v->dx[0] = fx_solve(fx__transposed(v->x[0]), b);
}

enum { DETERMINANT_DET, DETERMINANT_SLOGDET, DETERMINANT_LOGDET, DETERMINANT_COFACTORS };

const fx_op fx__determinants[] = {
    [DETERMINANT_DET] =
        {
            .version = FX_OP_VERSION,
            .name = "det",
            .operands = "A",
            .min = 1,
            .max = 1,
            .infer = determinant_infer,
            .forward = det_forward,
            .vjp = det_vjp,
            .formula = "y = det A;  dA = G C, C the cofactors of A: (det A) A^-T",
        },
    [DETERMINANT_SLOGDET] =
        {
            .version = FX_OP_VERSION,
            .name = "slogdet",
            .operands = "A",
            .min = 1,
            .max = 1,
            .results = 2,
            .infer = determinant_infer,
            .forward = slogdet_forward,
            .vjp = slogdet_vjp,
            .formula = "s = sign det A, l = ln |det A|;  dA = Gl A^-T",
        },
    [DETERMINANT_LOGDET] =
        {
            .version = FX_OP_VERSION,
            .name = "logdet",
            .operands = "A",
            .min = 1,
            .max = 1,
            .infer = determinant_infer,
            .forward = logdet_forward,
            .vjp = logdet_vjp,
            .formula = "y = ln det A;  dA = G A^-T",
        },
    [DETERMINANT_COFACTORS] =
        {
            .version = FX_OP_VERSION,
            .name = "cofactors",
            .operands = "A",
            .min = 1,
            .max = 1,
            .infer = cofactors_infer,
            .forward = cofactors_forward,
            .vjp = cofactors_vjp,
            .formula = "C = (det A) A^-T, by cofactors;  dA = A^-T (<G, C> I - G' C)",
        },
    {0},
};

fx_tensor fx_det(fx_tensor a) { return fx_apply(&fx__determinants[DETERMINANT_DET], NULL, 1, &a); }

fx_tensor fx_logdet(fx_tensor a) {
    return fx_apply(&fx__determinants[DETERMINANT_LOGDET], NULL, 1, &a);
}

fx_status fx_slogdet(fx_tensor a, fx_tensor *sign, fx_tensor *log_abs) {
    fx_tensor *const to[] = {sign, log_abs};
    return fx__matrix_results(&fx__determinants[DETERMINANT_SLOGDET], a, 2, to);
}

fx_tensor fx__cofactors(fx_tensor a) {
    return fx_apply(&fx__determinants[DETERMINANT_COFACTORS], NULL, 1, &a);
}
