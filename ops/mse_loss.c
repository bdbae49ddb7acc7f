/* SPDX-License-Identifier: MIT */
/* The mean squared error, in one pass over the differences. Its derivative with respect to the
 * prediction is 2 (y - target) / N: with the plus sign, where the loss is written with y - target.
 */
#include "families.h"

typedef struct mse_attrs {
    int64_t reduction;
} mse_attrs;

static const fx_attr mse_schema[] = {{"reduction", FX_ATTR_I64, offsetof(mse_attrs, reduction)},
                                     {0}};

static int64_t mse_reduction(const void *attrs) { return ((const mse_attrs *)attrs)->reduction; }

static fx_status mse_loss_infer(fx_call *call) {
    const fx_view *y = &call->x[0], *target = &call->x[1];
    const int64_t reduction = mse_reduction(call->attrs);
    const fx_shape shape = fx_view_shape(y);
    if (reduction < FX_REDUCE_MEAN || reduction > FX_REDUCE_NONE)
        return fx_call_fail(call, FX_ERR_ARGUMENT,
                            "there is no reduction %lld; choose FX_REDUCE_MEAN, _SUM or _NONE",
                            (long long)reduction);
    if (!fx_shape_equal(shape, fx_view_shape(target)))
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "shapes must be equal, nothing is broadcast; fx_reshape one of them");
    if (y->numel == 0 && reduction == FX_REDUCE_MEAN)
        return fx_call_fail(call, FX_ERR_SHAPE, "no elements to compare");
    if (reduction == FX_REDUCE_NONE) return fx_result(call, 0, y->dtype, shape);
    const fx_status status = fx_scratch(call, y->numel, sizeof(double));
    return status == FX_OK ? fx_result(call, 0, y->dtype, fx_shape0()) : status;
}

static fx_status mse_loss_forward(fx_call *call) {
    const fx_view *y = &call->x[0];
    const int64_t n = y->numel, reduction = mse_reduction(call->attrs);
    const fx_dtype dtype = y->dtype;
    void *squares = reduction == FX_REDUCE_NONE ? call->y[0].data : call->scratch;
    const void *pair[] = {y->data, call->x[1].data}, *difference[] = {squares};
    call->kernels->row[FX_ROW_SUB][dtype](n, NULL, pair, &squares);
    call->kernels->row[FX_ROW_SQUARE][dtype](n, NULL, difference, &squares);
    if (reduction == FX_REDUCE_NONE) return FX_OK;
    const fx_sum_args sum = {1, n, squares, n, 1, call->y[0].data};
    call->kernels->sum[dtype](&sum);
    if (reduction == FX_REDUCE_SUM) return FX_OK;
    if (dtype == FX_F32)
        *(float *)call->y[0].data /= (float)n;
    else
        *(double *)call->y[0].data /= (double)n;
    return FX_OK;
}

static void mse_loss_vjp(fx_vjp *v) {
    const double n =
        mse_reduction(v->attrs) == FX_REDUCE_MEAN ? (double)fx_tensor_numel(v->x[0]) : 1;
    const fx_tensor slope = fx_mul(v->g[0], fx_num(2 / n));
    v->dx[0] = fx_mul(slope, fx_sub(v->x[0], v->x[1]));
    if (v->wants[1]) v->dx[1] = fx_neg(v->dx[0]);
}

const fx_op fx__losses[] = {
    {
        .version = FX_OP_VERSION,
        .name = "mse_loss",
        .operands = "y, target",
        .min = 2,
        .max = 2,
        .flags = FX_OP_LOSS,
        .attrs = mse_schema,
        .attrs_size = sizeof(mse_attrs),
        .infer = mse_loss_infer,
        .forward = mse_loss_forward,
        .vjp = mse_loss_vjp,
        .formula = "L = sum (y - t)^2 / N;  dy = G 2 (y - t) / N, dt = -dy",
    },
    {0},
};

fx_tensor fx_mse_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction) {
    const mse_attrs attrs = {(int64_t)reduction};
    const fx_tensor operands[] = {y, target};
    return fx_apply(&fx__losses[0], &attrs, 2, operands);
}

fx_tensor fx_mse_loss(fx_tensor y, fx_tensor target) {
    return fx_mse_loss_as(y, target, FX_REDUCE_MEAN);
}
