/* SPDX-License-Identifier: MIT */
/* A dense layer: one product with the bias added in it. The weight is [out, in], as in PyTorch. */
#include "families.h"

static fx_status linear_infer(fx_call *call) {
    const fx_view *x = &call->x[0], *weight = &call->x[1], *bias = &call->x[2];
    if (x->rank < 1 || weight->rank != 2)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "x needs at least rank 1 and weight rank 2, [out, in]");
    const int64_t out = weight->dims[0], in = weight->dims[1];
    if (x->dims[x->rank - 1] != in)
        return fx_call_fail(call, FX_ERR_SHAPE, "expected %lld input features, got %lld",
                            (long long)in, (long long)x->dims[x->rank - 1]);
    if (call->n > 2 && bias->present && (bias->rank != 1 || bias->dims[0] != out))
        return fx_call_fail(call, FX_ERR_SHAPE, "bias needs shape [%lld], one value an output",
                            (long long)out);
    fx_shape shape = fx_view_shape(x);
    shape.dims[shape.rank - 1] = out;
    return fx_result(call, 0, x->dtype, shape);
}

static fx_status linear_forward(fx_call *call) {
    const int64_t out = call->x[1].dims[0], in = call->x[1].dims[1];
    int64_t rows = 1;
    for (int32_t i = 0; i + 1 < call->x[0].rank; i++) rows *= call->x[0].dims[i];
    const fx_gemm_args g = {.m = rows,
                            .n = out,
                            .k = in,
                            .a = call->x[0].data,
                            .a_row = in,
                            .a_col = 1,
                            .b = call->x[1].data,
                            .b_row = 1,
                            .b_col = in,
                            .c = call->y[0].data,
                            .c_row = out,
                            .bias = call->n > 2 && call->x[2].present ? call->x[2].data : NULL};
    call->kernels->gemm[call->y[0].dtype](&g);
    return FX_OK;
}

/* [..., n] as [rows, n]. */
static fx_tensor linear_rows(fx_tensor x) {
    const fx_shape shape = fx_tensor_shape(x);
    if (shape.rank == 2) return x;
    int64_t rows = 1;
    for (int32_t i = 0; i + 1 < shape.rank; i++) rows *= shape.dims[i];
    return fx_reshape(x, fx_shape2(rows, shape.dims[shape.rank - 1]));
}

static void linear_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0];
    if (v->wants[0]) v->dx[0] = fx_matmul(g, v->x[1]);
    if (v->wants[1]) v->dx[1] = fx_matmul(fx_transpose(linear_rows(g), 0, 1), linear_rows(v->x[0]));
    if (v->n > 2 && v->wants[2]) v->dx[2] = g;
}

const fx_op fx__linears[] = {
    {
        .version = FX_OP_VERSION,
        .name = "linear",
        .operands = "x, weight, bias?",
        .min = 2,
        .max = 3,
        .infer = linear_infer,
        .forward = linear_forward,
        .vjp = linear_vjp,
        .formula = "Y = X W' + b;  dX = G W, dW = G' X, db = G summed over the rows",
    },
    {0},
};

fx_tensor fx_linear(fx_tensor x, fx_tensor weight, fx_tensor bias) {
    const fx_tensor operands[] = {x, weight, bias};
    return fx_apply(&fx__linears[0], NULL, 3, operands);
}
