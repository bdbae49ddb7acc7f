/* SPDX-License-Identifier: MIT */
/* accumulate, sum_to and broadcast_to: what a reverse traversal does by itself. The last two are
 * each other's derivative. */
#include "own_ops.h"

static void accumulate_vjp(fx_vjp *v) { v->dx[0] = v->dx[1] = v->g[0]; }

const fx_op fx__accumulate_op = {
    .version = FX_OP_VERSION,
    .name = "accumulate",
    .operands = "a, b",
    .min = 2,
    .max = 2,
    .kernel = FX_ROW_ADD,
    .vjp = accumulate_vjp,
    .formula = "y = a + b;  da = G, db = G",
};

fx_tensor fx__accumulate(fx_tensor a, fx_tensor b) {
    return fx_apply(&fx__accumulate_op, NULL, 2, (fx_tensor[]){a, b});
}

typedef struct fx__to {
    fx_shape shape;
} fx__to;

static const fx_attr to_attrs[] = {{"shape", FX_ATTR_SHAPE, offsetof(fx__to, shape)}, {0}};

static bool to_broadcasts(fx_shape from, fx_shape to) {
    fx_shape both;
    return fx_broadcast_shapes(from, to, &both) && fx_shape_equal(both, to);
}

static fx_status sum_to_infer(fx_call *call) {
    const fx__to *to = call->attrs;
    if (!to_broadcasts(to->shape, fx_view_shape(&call->x[0])))
        return fx_call_fail(call, FX_ERR_SHAPE, "the shape asked for does not broadcast to x's");
    if (fx_scratch(call, call->x[0].numel, sizeof(double)) != FX_OK) return call->context->status;
    return fx_result(call, 0, call->x[0].dtype, to->shape);
}

static fx_status sum_to_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *y = &call->y[0];
    const int32_t lead = x->rank - y->rank;
    uint32_t gone = 0;
    for (int32_t i = 0; i < x->rank; i++)
        if (i < lead || (y->dims[i - lead] == 1 && x->dims[i] != 1)) gone |= 1u << i;
    fx_sum_dims(call->kernels, x->dtype, fx_view_shape(x), x->strides, gone, x->data, call->scratch,
                y->data);
    return FX_OK;
}

static void sum_to_vjp(fx_vjp *v) { v->dx[0] = fx_broadcast_to(v->g[0], fx_tensor_shape(v->x[0])); }

static const fx_op sum_to_op = {
    .version = FX_OP_VERSION,
    .name = "sum_to",
    .operands = "x",
    .min = 1,
    .max = 1,
    .flags = FX_OP_STRIDED,
    .attrs = to_attrs,
    .attrs_size = sizeof(fx__to),
    .infer = sum_to_infer,
    .forward = sum_to_forward,
    .vjp = sum_to_vjp,
    .formula = "y = x summed to the shape;  dx = G broadcast",
};

fx_tensor fx__sum_to(fx_tensor x, fx_shape shape) {
    const fx__to to = {shape};
    return fx_apply(&sum_to_op, &to, 1, &x);
}

static fx_status broadcast_to_infer(fx_call *call) {
    const fx__to *to = call->attrs;
    const fx_view *x = &call->x[0];
    if (!to_broadcasts(fx_view_shape(x), to->shape))
        return fx_call_fail(call, FX_ERR_SHAPE, "x does not broadcast to the shape asked for");
    int64_t strides[FX_MAX_RANK];
    fx__broadcast_strides(x, to->shape.rank, to->shape.dims, strides);
    return fx_result_view(call, 0, to->shape, strides, 0);
}

static void broadcast_to_vjp(fx_vjp *v) { v->dx[0] = v->g[0]; }

static const fx_op broadcast_to_op = {
    .version = FX_OP_VERSION,
    .name = "broadcast_to",
    .operands = "x",
    .min = 1,
    .max = 1,
    .dtypes = FX_ANY_DTYPE,
    .flags = FX_OP_VIEW,
    .attrs = to_attrs,
    .attrs_size = sizeof(fx__to),
    .infer = broadcast_to_infer,
    .vjp = broadcast_to_vjp,
    .formula = "y = x repeated to the shape;  dx = G summed",
};

fx_tensor fx_broadcast_to(fx_tensor x, fx_shape shape) {
    const fx__to to = {shape};
    return fx_apply(&broadcast_to_op, &to, 1, &x);
}

const fx_op *fx_engine_op(int i) {
    static const fx_op *const ops[] = {&fx__accumulate_op, &sum_to_op, &broadcast_to_op};
    return i >= 0 && i < (int)(sizeof ops / sizeof *ops) ? ops[i] : NULL;
}
