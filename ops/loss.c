/* SPDX-License-Identifier: MIT */
/* Losses of one element each, and their reduction, which is a sum or a mean of ops. */
#include "loss.h"

double fx__loss_at(const fx_view *x, int64_t i) {
    return x->dtype == FX_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

static const char loss_shapes[] =
    "shapes must be equal, nothing is broadcast; fx_reshape one of them";

fx_status fx__loss_infer(fx_call *call) {
    const fx_shape shape = fx_view_shape(&call->x[0]);
    for (int i = 1; i < call->n; i++)
        if (!fx_shape_equal(shape, fx_view_shape(&call->x[i])))
            return fx_call_fail(call, FX_ERR_SHAPE, loss_shapes);
    return fx_result(call, 0, call->x[0].dtype, shape);
}

fx_status fx__loss_forward(fx_call *call, fx__loss_value *value) {
    const fx_view *y = &call->y[0];
    for (int64_t i = 0; i < y->numel; i++) {
        double x[FX__LOSS_OPERANDS];
        for (int j = 0; j < call->n; j++) x[j] = fx__loss_at(&call->x[j], i);
        const double loss = value(call->attrs, x);
        if (y->dtype == FX_F32)
            ((float *)y->data)[i] = (float)loss;
        else
            ((double *)y->data)[i] = loss;
    }
    return FX_OK;
}

bool fx__loss_begin(const fx_op *op, fx_tensor y, fx_tensor target, fx_composition *c) {
    const fx_tensor both[] = {y, target};
    if (!fx_shape_equal(fx_tensor_shape(y), fx_tensor_shape(target))) {
        fx_refuse(op, 2, both, FX_ERR_SHAPE, loss_shapes);
        return false;
    }
    *c = fx_compose(op, 2, both);
    return true;
}

fx_tensor fx__loss_reduce(const char *name, fx_tensor each, fx_reduction reduction) {
    const int choice = (int)reduction;
    if (choice == FX_REDUCE_NONE) return each;
    if (choice != FX_REDUCE_MEAN && choice != FX_REDUCE_SUM)
        fx_fail(fx_tensor_context(each), FX_ERR_ARGUMENT,
                "%s: there is no reduction %d; choose FX_REDUCE_MEAN, _SUM or _NONE", name, choice);
    if (choice == FX_REDUCE_MEAN && fx_tensor_numel(each) == 0)
        fx_fail(fx_tensor_context(each), FX_ERR_SHAPE, "%s: no elements to compare", name);
    return choice == FX_REDUCE_MEAN ? fx_mean(each) : fx_sum(each);
}
