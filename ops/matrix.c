/* SPDX-License-Identifier: MIT */
/* What the ops on matrices share. They compute in double precision, f32 too, one matrix after the
 * other: the factors of an f32 matrix are those of f64, rounded once. */
#include "matrix.h"

#include <math.h>

int64_t fx__matrix_count(const fx_view *x) {
    int64_t count = 1;
    for (int32_t i = 0; i + 2 < x->rank; i++) count *= x->dims[i];
    return count;
}

void fx__matrix_load(const fx_view *x, int64_t from, int64_t count, double *out) {
    const float *narrow = x->data;
    const double *wide = x->data;
    for (int64_t i = 0; i < count; i++)
        out[i] = x->dtype == FX_F32 ? (double)narrow[from + i] : wide[from + i];
}

void fx__matrix_store(const double *in, int64_t from, int64_t count, const fx_view *y) {
    float *narrow = y->data;
    double *wide = y->data;
    for (int64_t i = 0; i < count; i++) {
        if (y->dtype == FX_F32)
            narrow[from + i] = (float)in[i];
        else
            wide[from + i] = in[i];
    }
}

void fx__matrix_load_symmetric(const fx_view *x, int64_t s, double *out) {
    const int64_t n = x->dims[x->rank - 1];
    fx__matrix_load(x, s * n * n, n * n, out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            out[i * n + j] = out[j * n + i] = 0.5 * out[i * n + j] + 0.5 * out[j * n + i];
}

fx_status fx__matrix_square(fx_call *call) {
    const fx_view *a = &call->x[0];
    if (a->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "A has rank %d; it needs at least 2, [.., n, n]",
                            a->rank);
    const int64_t rows = a->dims[a->rank - 2], columns = a->dims[a->rank - 1];
    if (rows != columns)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "A has %lld rows and %lld columns; it needs as many of both",
                            (long long)rows, (long long)columns);
    return FX_OK;
}

fx_status fx__matrix_scratch(fx_call *call, int64_t a, int64_t b) {
    if (fx__matrix_count(&call->x[0]) == 0) return FX_OK;
    const int64_t count = a > INT64_MAX - b ? INT64_MAX : a + b;
    return fx_scratch(call, count ? count : 1, sizeof(double));
}

double fx__matrix_scale(const double *a, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(a[i])) return NAN;
        most = fmax(most, fabs(a[i]));
    }
    int exponent;
    if (most == 0) return 1;
    frexp(most, &exponent);
    return ldexp(1, exponent < -1000 ? -1000 : exponent - 1);
}

/* The row of the largest magnitude at or below the diagonal of column k; a NaN is the largest, so
 * that it goes on instead of looking like a zero. */
static int64_t matrix_pivot(int64_t n, const double *a, int64_t k) {
    int64_t best = k;
    for (int64_t i = k + 1; i < n; i++) {
        const double most = fabs(a[best * n + k]);
        if (!isnan(most) && !(fabs(a[i * n + k]) <= most)) best = i;
    }
    return best;
}

static void matrix_exchange(int64_t n, double *a, int64_t i, int64_t j) {
    for (int64_t k = 0; k < n; k++) {
        const double kept = a[i * n + k];
        a[i * n + k] = a[j * n + k];
        a[j * n + k] = kept;
    }
}

/* to -= factor times from */
static void matrix_subtract(int64_t n, double factor, const double *from, double *to) {
    for (int64_t k = 0; k < n; k++) to[k] -= factor * from[k];
}

static void matrix_back(int64_t n, const double *a, int64_t k, double *b) {
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < n; j++) matrix_subtract(k, a[i * n + j], b + j * k, b + i * k);
        for (int64_t c = 0; c < k; c++) b[i * k + c] /= a[i * n + i];
    }
}

int64_t fx__matrix_solve(int64_t n, double *a, int64_t k, double *b, double *sign) {
    *sign = 1;
    for (int64_t p = 0; p < n; p++) {
        const int64_t best = matrix_pivot(n, a, p);
        if (a[best * n + p] == 0) return p;
        if (best != p) {
            *sign = -*sign;
            matrix_exchange(n, a, p, best);
            matrix_exchange(k, b, p, best);
        }
        for (int64_t i = p + 1; i < n; i++) {
            const double factor = a[i * n + p] / a[p * n + p];
            matrix_subtract(n - p, factor, a + p * n + p, a + i * n + p);
            matrix_subtract(k, factor, b + p * k, b + i * k);
        }
    }
    matrix_back(n, a, k, b);
    return n;
}

/* x's shape with sizes of 1 put in before its last `kept` dimensions and behind them. */
static fx_tensor matrix_widened(fx_tensor x, int before, int behind, int kept) {
    fx_shape shape = fx_tensor_shape(x);
    if (shape.rank < 0) return x;
    const int64_t last = kept ? shape.dims[shape.rank - 1] : 1;
    shape.rank -= kept;
    for (int i = 0; i < before; i++) shape.dims[shape.rank++] = 1;
    if (kept) shape.dims[shape.rank++] = last;
    for (int i = 0; i < behind; i++) shape.dims[shape.rank++] = 1;
    return fx_reshape(x, shape);
}

fx_tensor fx__as_rows(fx_tensor x) { return matrix_widened(x, 1, 0, 1); }

fx_tensor fx__as_columns(fx_tensor x) { return matrix_widened(x, 0, 1, 1); }

fx_tensor fx__as_matrices(fx_tensor x) { return matrix_widened(x, 0, 2, 0); }

fx_tensor fx__transposed(fx_tensor x) { return fx_transpose(x, -1, -2); }

fx_tensor fx__off_diagonal(fx_tensor x) { return fx_add(fx_tril(x, -1), fx_triu(x, 1)); }

fx_tensor fx__symmetric(fx_tensor x) { return fx_mul(fx_add(x, fx__transposed(x)), fx_num(0.5)); }

fx_status fx__matrix_results(const fx_op *op, fx_tensor a, int n, fx_tensor *const *to) {
    fx_tensor out[FX_MAX_RESULTS];
    const fx_status status = fx_apply_all(op, NULL, 1, &a, out);
    for (int j = 0; j < n; j++)
        if (to[j]) *to[j] = out[j];
    return status;
}
