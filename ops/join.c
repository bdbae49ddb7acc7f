/* SPDX-License-Identifier: MIT */
/* Tensors behind one another along an axis; the derivative cuts the cotangent apart again. */
#include <string.h>

#include "families.h"

typedef struct concat_attrs {
    int64_t axis;
} concat_attrs;

static const fx_attr concat_schema[] = {{"axis", FX_ATTR_I64, offsetof(concat_attrs, axis)}, {0}};

static int64_t concat_axis(const fx_call *call) {
    return ((const concat_attrs *)call->attrs)->axis;
}

static bool concat_fits(const fx_shape *all, const fx_view *x, int32_t axis) {
    if (x->rank != all->rank) return false;
    for (int32_t i = 0; i < x->rank; i++)
        if (i != axis && x->dims[i] != all->dims[i]) return false;
    return true;
}

static fx_status concat_infer(fx_call *call) {
    fx_shape shape = fx_view_shape(&call->x[0]);
    int32_t axis;
    const fx_status status = fx__axis(call, concat_axis(call), shape.rank, &axis);
    if (status != FX_OK) return status;
    for (int i = 1; i < call->n; i++) {
        const fx_view *x = &call->x[i];
        if (!concat_fits(&shape, x, axis))
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "operand %d differs from the first besides along axis %d", i, axis);
        if (x->dims[axis] > INT64_MAX - shape.dims[axis])
            return fx_call_fail(call, FX_ERR_SHAPE, "the sizes' sum is too large");
        shape.dims[axis] += x->dims[axis];
    }
    return fx_result(call, 0, call->x[0].dtype, shape);
}

/* Operand by operand; each is `outer` runs of contiguous memory in the result. */
static fx_status concat_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    int32_t axis;
    const fx_status status = fx__axis(call, concat_axis(call), y->rank, &axis);
    if (status != FX_OK) return status;
    int64_t outer = 1, inner = (int64_t)fx_dtype_size(y->dtype);
    for (int32_t i = 0; i < axis; i++) outer *= y->dims[i];
    for (int32_t i = axis + 1; i < y->rank; i++) inner *= y->dims[i];
    const int64_t row = y->dims[axis] * inner;
    unsigned char *to = y->data;
    for (int j = 0; j < call->n; j++) {
        const unsigned char *from = call->x[j].data;
        const int64_t run = call->x[j].dims[axis] * inner;
        for (int64_t i = 0; i < outer && run > 0; i++)
            memcpy(to + i * row, from + i * run, (size_t)run);
        to += run;
    }
    return FX_OK;
}

static void concat_vjp(fx_vjp *v) {
    const int64_t asked = ((const concat_attrs *)v->attrs)->axis;
    int64_t at = 0;
    for (int j = 0; j < v->n; j++) {
        const fx_shape shape = fx_tensor_shape(v->x[j]);
        const int axis = (int)(asked < 0 ? asked + shape.rank : asked);
        const int64_t end = at + shape.dims[axis];
        if (v->wants[j]) v->dx[j] = fx_slice(v->g[0], axis, at, end, 1);
        at = end;
    }
}

const fx_op fx__joins[] = {
    {
        .version = FX_OP_VERSION,
        .name = "concat",
        .operands = "x...",
        .min = 1,
        .max = -1,
        .attrs = concat_schema,
        .attrs_size = sizeof(concat_attrs),
        .infer = concat_infer,
        .forward = concat_forward,
        .vjp = concat_vjp,
        .formula = "y = x0, x1, .. along axis;  dxi = the part of G where xi stands",
    },
    {0},
};

fx_tensor fx_concat(int n, const fx_tensor *xs, int axis) {
    const concat_attrs attrs = {axis};
    return fx_apply(&fx__joins[0], &attrs, xs ? n : 0, xs);
}
