/* SPDX-License-Identifier: MIT */
/* Linear systems with triangular and with general matrices, and inverses. A system is solved by
 * Gaussian elimination with partial pivoting; its rule solves with the transposed matrix (Giles,
 * "Collected matrix derivative results for forward and reverse mode", 2008, section 2.2). */
#include "matrix.h"

typedef struct triangular_attrs {
    bool upper, transposed;
} triangular_attrs;

static const fx_attr triangular_schema[] = {
    {"upper", FX_ATTR_BOOL, offsetof(triangular_attrs, upper)},
    {"transposed", FX_ATTR_BOOL, offsetof(triangular_attrs, transposed)},
    {0},
};

/* A [.., n, n], B [.., n, k]: leading sizes broadcast. */
static fx_status solve_infer(fx_call *call) {
    const fx_view *a = &call->x[0], *b = &call->x[1];
    fx_status status = fx__matrix_square(call);
    if (status != FX_OK) return status;
    if (b->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "B has rank %d; it is a vector [n] or matrices [.., n, k]", b->rank);
    const int64_t n = a->dims[a->rank - 1], k = b->dims[b->rank - 1];
    if (b->dims[b->rank - 2] != n)
        return fx_call_fail(call, FX_ERR_SHAPE, "B has %lld rows, A has %lld",
                            (long long)b->dims[b->rank - 2], (long long)n);
    fx_shape shape;
    if (!fx_broadcast_shapes(fx_shape_n(a->rank - 2, a->dims), fx_shape_n(b->rank - 2, b->dims),
                             &shape))
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "leading sizes do not broadcast; they must be equal or 1");
    shape.dims[shape.rank++] = n;
    shape.dims[shape.rank++] = k;
    status = fx__matrix_scratch(call, n * n, n * k);
    return status != FX_OK ? status : fx_result(call, 0, a->dtype, shape);
}

/* Which matrix of x's stack stands at matrix s of y's. */
static int64_t solve_matrix(const fx_view *x, const fx_view *y, int64_t s) {
    int64_t at = 0, step = 1;
    for (int32_t i = y->rank - 3, j = x->rank - 3; i >= 0; s /= y->dims[i--], j--) {
        if (j < 0) continue;
        if (x->dims[j] != 1) at += s % y->dims[i] * step;
        step *= x->dims[j];
    }
    return at;
}

/* Matrix s of the result: A and B into scratch memory. -> which matrix of A it was */
static int64_t solve_load(fx_call *call, int64_t s, double **a, double **b) {
    const fx_view *y = &call->y[0];
    const int64_t n = y->dims[y->rank - 2], k = y->dims[y->rank - 1];
    const int64_t of_a = solve_matrix(&call->x[0], y, s);
    *a = call->scratch;
    *b = *a + n * n;
    fx__matrix_load(&call->x[0], of_a * n * n, n * n, *a);
    fx__matrix_load(&call->x[1], solve_matrix(&call->x[1], y, s) * n * k, n * k, *b);
    return of_a;
}

static fx_status solve_singular(fx_call *call, int64_t matrix, int64_t pivot) {
    return fx_call_fail(call, FX_ERR_DATA,
                        "matrix %lld is singular: pivot %lld is 0; its column depends on those "
                        "before it",
                        (long long)matrix, (long long)pivot);
}

/* ---- triangular_solve ---- */

/* b becomes op(T)^-1 b; the first 0 on the diagonal, or n. */
static int64_t triangular_each(int64_t n, const double *t, const triangular_attrs *how, int64_t k,
                               double *b) {
    const bool down = how->upper == how->transposed;
    for (int64_t i = 0; i < n; i++)
        if (t[i * n + i] == 0) return i;
    for (int64_t step = 0; step < n; step++) {
        const int64_t i = down ? step : n - 1 - step;
        for (int64_t done = 0; done < step; done++) {
            const int64_t j = down ? done : n - 1 - done;
            const double factor = how->transposed ? t[j * n + i] : t[i * n + j];
            for (int64_t c = 0; c < k; c++) b[i * k + c] -= factor * b[j * k + c];
        }
        for (int64_t c = 0; c < k; c++) b[i * k + c] /= t[i * n + i];
    }
    return n;
}

static fx_status triangular_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    const int64_t n = y->dims[y->rank - 2], k = y->dims[y->rank - 1], count = fx__matrix_count(y);
    for (int64_t s = 0; s < count; s++) {
        double *a, *b;
        const int64_t of_a = solve_load(call, s, &a, &b);
        const int64_t zero = triangular_each(n, a, call->attrs, k, b);
        if (zero < n)
            return fx_call_fail(call, FX_ERR_DATA,
                                "matrix %lld is singular: element %lld of its diagonal is 0",
                                (long long)of_a, (long long)zero);
        fx__matrix_store(b, s * n * k, n * k, y);
    }
    return FX_OK;
}

static void triangular_vjp(fx_vjp *v) {
    const triangular_attrs *how = v->attrs;
    const fx_tensor a = v->x[0], x = v->y[0];
    const fx_tensor db = fx_triangular_solve(a, v->g[0], how->upper, !how->transposed);
    if (v->wants[1]) v->dx[1] = db;
    if (!v->wants[0]) return;
    const fx_tensor da =
        how->transposed ? fx_matmul(x, fx__transposed(db)) : fx_matmul(db, fx__transposed(x));
    v->dx[0] = fx_neg(how->upper ? fx_triu(da, 0) : fx_tril(da, 0));
}

/* ---- solve ---- */

static fx_status solve_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    const int64_t n = y->dims[y->rank - 2], k = y->dims[y->rank - 1], count = fx__matrix_count(y);
    for (int64_t s = 0; s < count; s++) {
        double *a, *b, sign;
        const int64_t of_a = solve_load(call, s, &a, &b);
        const int64_t zero = fx__matrix_solve(n, a, k, b, &sign);
        if (zero < n) return solve_singular(call, of_a, zero);
        fx__matrix_store(b, s * n * k, n * k, y);
    }
    return FX_OK;
}

static void solve_vjp(fx_vjp *v) {
    const fx_tensor db = fx_solve(fx__transposed(v->x[0]), v->g[0]);
    if (v->wants[1]) v->dx[1] = db;
    if (v->wants[0]) v->dx[0] = fx_neg(fx_matmul(db, fx__transposed(v->y[0])));
}

enum { SOLVE_TRIANGULAR, SOLVE_GENERAL, SOLVE_INVERSE };

const fx_op fx__solves[] = {
    [SOLVE_TRIANGULAR] =
        {
            .version = FX_OP_VERSION,
            .name = "triangular_solve",
            .operands = "A, B",
            .min = 2,
            .max = 2,
            .attrs = triangular_schema,
            .attrs_size = sizeof(triangular_attrs),
            .infer = solve_infer,
            .forward = triangular_forward,
            .vjp = triangular_vjp,
            .formula = "X = T^-1 B, T the lower or upper triangle of A, or its transpose;  "
                       "dB = T^-T G, dT = -dB X' in the triangle",
        },
    [SOLVE_GENERAL] =
        {
            .version = FX_OP_VERSION,
            .name = "solve",
            .operands = "A, B",
            .min = 2,
            .max = 2,
            .infer = solve_infer,
            .forward = solve_forward,
            .vjp = solve_vjp,
            .formula = "X = A^-1 B;  dB = A^-T G, dA = -dB X'",
        },
    [SOLVE_INVERSE] =
        {
            .version = FX_OP_VERSION,
            .name = "inverse",
            .operands = "A",
            .min = 1,
            .max = 1,
            .formula = "Y = A^-1;  dA = -Y' G Y'",
        },
    {0},
};

/* A vector is one column, and the result is a vector again. */
static fx_tensor solve_apply(const fx_op *op, const void *attrs, fx_tensor a, fx_tensor b) {
    fx_graph *graph = fx_tensor_graph(a) ? fx_tensor_graph(a) : fx_tensor_graph(b);
    const fx_graph *own = fx_tensor_graph(b);
    const bool vector = graph && (!own || own == graph) && fx_tensor_shape(b).rank == 1;
    if (vector) b = fx_reshape(fx_use(graph, b), fx_shape2(-1, 1));
    const fx_tensor operands[] = {a, b};
    const fx_tensor x = fx_apply(op, attrs, 2, operands);
    fx_shape shape = fx_tensor_shape(x);
    if (!vector || shape.rank < 2) return x;
    shape.rank--;
    return fx_reshape(x, shape);
}

fx_tensor fx_triangular_solve(fx_tensor a, fx_tensor b, bool upper, bool transposed) {
    const triangular_attrs how = {upper, transposed};
    return solve_apply(&fx__solves[SOLVE_TRIANGULAR], &how, a, b);
}

fx_tensor fx_solve(fx_tensor a, fx_tensor b) {
    return solve_apply(&fx__solves[SOLVE_GENERAL], NULL, a, b);
}

/* What is not square is refused by the op. */
fx_tensor fx_inverse(fx_tensor a) {
    const fx_composition c = fx_compose(&fx__solves[SOLVE_INVERSE], 1, &a);
    const fx_shape shape = fx_tensor_shape(a);
    if (!c.graph) return fx_composed(c, a);
    const int64_t n = shape.rank < 1 ? 0 : shape.dims[shape.rank - 1];
    fx_tensor identity = fx_eye(c.graph, fx_tensor_dtype(a), n);
    if (shape.rank > 2 && shape.dims[shape.rank - 2] == n)
        identity = fx_broadcast_to(identity, shape);
    return fx_composed(c, fx_solve(a, identity));
}
