/* SPDX-License-Identifier: MIT */
/* The Cholesky factor of symmetric positive definite matrices, row by row. Its rule is that of
 * Murray, "Differentiation of the Cholesky decomposition" (2016), section 3: with Phi the lower
 * triangle whose diagonal is halved, S = L^-T Phi(L' G) L^-1 and dA = (S + S') / 2. */
#include <math.h>

#include "matrix.h"

static fx_status cholesky_infer(fx_call *call) {
    const fx_view *a = &call->x[0];
    fx_status status = fx__matrix_square(call);
    if (status != FX_OK) return status;
    status = fx__matrix_scratch(call, a->dims[a->rank - 1] * a->dims[a->rank - 1], 0);
    return status != FX_OK ? status : fx_result(call, 0, a->dtype, fx_view_shape(a));
}

/* Row i of L from the rows before it; what is left for the diagonal. */
static double cholesky_row(int64_t n, double *a, int64_t i) {
    double left = 0;
    for (int64_t j = 0; j <= i; j++) {
        left = a[i * n + j];
        for (int64_t k = 0; k < j; k++) left -= a[i * n + k] * a[j * n + k];
        a[i * n + j] = j < i ? left / a[j * n + j] : sqrt(left);
    }
    for (int64_t j = i + 1; j < n; j++) a[i * n + j] = 0;
    return left;
}

static fx_status cholesky_forward(fx_call *call) {
    const int64_t n = call->x[0].dims[call->x[0].rank - 1];
    const int64_t count = fx__matrix_count(&call->x[0]);
    double *a = call->scratch;
    for (int64_t s = 0; s < count; s++) {
        fx__matrix_load_symmetric(&call->x[0], s, a);
        for (int64_t i = 0; i < n; i++) {
            const double left = cholesky_row(n, a, i);
            if (left <= 0)
                return fx_call_fail(call, FX_ERR_DATA,
                                    "matrix %lld is not positive definite: %g is left in column "
                                    "%lld; add a multiple of the identity",
                                    (long long)s, left, (long long)i);
        }
        fx__matrix_store(a, s * n * n, n * n, &call->y[0]);
    }
    return FX_OK;
}

static void cholesky_vjp(fx_vjp *v) {
    const fx_tensor l = v->y[0];
    const fx_tensor inner = fx_matmul(fx__transposed(l), v->g[0]);
    const fx_tensor phi = fx_mul(fx_add(fx_tril(inner, 0), fx_tril(inner, -1)), fx_num(0.5));
    const fx_tensor half = fx_triangular_solve(l, phi, false, true);
    v->dx[0] = fx__symmetric(fx_triangular_solve(l, fx__transposed(half), false, true));
}

const fx_op fx__cholesky_ops[] = {
    {
        .version = FX_OP_VERSION,
        .name = "cholesky",
        .operands = "A",
        .min = 1,
        .max = 1,
        .infer = cholesky_infer,
        .forward = cholesky_forward,
        .vjp = cholesky_vjp,
        .formula = "A = L L', L lower;  dA = (S + S') / 2, S = L^-T Phi(L' G) L^-1, Phi: lower "
                   "triangle, its diagonal halved",
    },
    {0},
};

fx_tensor fx_cholesky(fx_tensor a) { return fx_apply(&fx__cholesky_ops[0], NULL, 1, &a); }
