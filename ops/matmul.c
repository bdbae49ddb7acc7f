/* SPDX-License-Identifier: MIT */
/* The product of matrices and of stacks of them. Transposed operands are views that the kernel
 * reads in place, so the four cases of the rule copy nothing. */
#include "families.h"

/* Sizes of one product, and the strides of the two matrices. */
static fx_gemm_args matmul_args(const fx_call *call) {
    const fx_view *a = &call->x[0], *b = &call->x[1];
    const int32_t ra = a->rank, rb = b->rank;
    return (fx_gemm_args){.m = a->dims[ra - 2],
                          .n = b->dims[rb - 1],
                          .k = a->dims[ra - 1],
                          .a_row = a->strides[ra - 2],
                          .a_col = a->strides[ra - 1],
                          .b_row = b->strides[rb - 2],
                          .b_col = b->strides[rb - 1],
                          .c_row = b->dims[rb - 1]};
}

static fx_status matmul_infer(fx_call *call) {
    const fx_view *a = &call->x[0], *b = &call->x[1];
    if (a->rank < 2 || b->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "operands of rank %d and %d; both need at least 1",
                            a->rank, b->rank);
    const fx_gemm_args g = matmul_args(call);
    if (g.k != b->dims[b->rank - 2])
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "inner sizes differ: A has %lld columns, B has %lld rows",
                            (long long)g.k, (long long)b->dims[b->rank - 2]);
    fx_shape shape;
    if (!fx_broadcast_shapes(fx_shape_n(a->rank - 2, a->dims), fx_shape_n(b->rank - 2, b->dims),
                             &shape))
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "leading sizes do not broadcast; they must be equal or 1");
    shape.dims[shape.rank++] = g.m;
    shape.dims[shape.rank++] = g.n;
    return fx_result(call, 0, a->dtype, shape);
}

/* The strides of an operand along the result's leading dimensions; 0 where it is repeated. */
static void matmul_lead(const fx_view *x, int32_t lead, const int64_t *dims, int64_t *strides) {
    const int32_t skip = lead - (x->rank - 2);
    for (int32_t i = 0; i < lead; i++)
        strides[i] = i < skip || x->dims[i - skip] != dims[i] ? 0 : x->strides[i - skip];
}

static const void *matmul_at(const fx_view *x, int64_t offset) {
    const int64_t item = x->dtype == FX_F32 ? (int64_t)sizeof(float) : (int64_t)sizeof(double);
    return (const unsigned char *)x->data + offset * item;
}

static fx_status matmul_forward(fx_call *call) {
    const fx_view *a = &call->x[0], *b = &call->x[1];
    fx_view *c = &call->y[0];
    fx_gemm_args g = matmul_args(call);
    const int32_t lead = c->rank - 2;
    int64_t of_a[FX_MAX_RANK], of_b[FX_MAX_RANK];
    matmul_lead(a, lead, c->dims, of_a);
    matmul_lead(b, lead, c->dims, of_b);
    const int64_t *strides[] = {of_a, of_b};
    unsigned char *out = c->data;
    const int64_t bytes = (int64_t)fx_dtype_size(c->dtype) * g.m * g.n;
    fx_walk w;
    for (bool more = fx_walk_begin(&w, fx_shape_n(lead, c->dims), 2, strides); more;
         more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++, out += bytes) {
            g.a = matmul_at(a, w.offset[0] + i * w.step[0]);
            g.b = matmul_at(b, w.offset[1] + i * w.step[1]);
            g.c = out;
            call->kernels->gemm[c->dtype](&g);
        }
    return FX_OK;
}

static void matmul_vjp(fx_vjp *v) {
    if (v->wants[0]) v->dx[0] = fx_matmul(v->g[0], fx_transpose(v->x[1], -1, -2));
    if (v->wants[1]) v->dx[1] = fx_matmul(fx_transpose(v->x[0], -1, -2), v->g[0]);
}

const fx_op fx__matmuls[] = {
    {
        .version = FX_OP_VERSION,
        .name = "matmul",
        .operands = "A, B",
        .min = 2,
        .max = 2,
        .flags = FX_OP_STRIDED,
        .infer = matmul_infer,
        .forward = matmul_forward,
        .vjp = matmul_vjp,
        .formula = "C = A B;  dA = G B', dB = A' G",
    },
    {0},
};

/* A vector that can be used in the graph; any other operand is left to the op, which names it. */
static bool matmul_vector(const fx_graph *graph, fx_tensor x) {
    const fx_graph *own = fx_tensor_graph(x);
    return graph && (!own || own == graph) && fx_tensor_shape(x).rank == 1;
}

fx_tensor fx_matmul(fx_tensor a, fx_tensor b) {
    fx_graph *graph = fx_tensor_graph(a) ? fx_tensor_graph(a) : fx_tensor_graph(b);
    const bool row = matmul_vector(graph, a), column = matmul_vector(graph, b);
    if (row) a = fx_reshape(fx_use(graph, a), fx_shape2(1, -1));
    if (column) b = fx_reshape(fx_use(graph, b), fx_shape2(-1, 1));
    const fx_tensor operands[] = {a, b};
    const fx_tensor c = fx_apply(&fx__matmuls[0], NULL, 2, operands);
    fx_shape shape = fx_tensor_shape(c);
    if ((!row && !column) || shape.rank < 2) return c;
    shape.rank -= 2;
    const int64_t m = shape.dims[shape.rank], n = shape.dims[shape.rank + 1];
    if (!row) shape.dims[shape.rank++] = m;
    if (!column) shape.dims[shape.rank++] = n;
    return fx_reshape(c, shape);
}
