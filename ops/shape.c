/* SPDX-License-Identifier: MIT */
/* reshape, permute, transpose, squeeze, unsqueeze and flatten. (broadcast_to is the engine's own:
 * autograd/own_ops.c.) */
#include "families.h"

fx_status fx__axis(fx_call *call, int64_t asked, int32_t rank, int32_t *axis) {
    *axis = 0;
    if (asked < -rank || asked >= rank) {
        if (rank == 0)
            return fx_call_fail(call, FX_ERR_SHAPE, "axis %lld of a tensor of rank 0",
                                (long long)asked);
        return fx_call_fail(call, FX_ERR_SHAPE, "axis %lld is outside %d..%d", (long long)asked,
                            -rank, rank - 1);
    }
    *axis = (int32_t)(asked < 0 ? asked + rank : asked);
    return FX_OK;
}

typedef struct shape_attrs {
    fx_shape shape;
} shape_attrs;

static const fx_attr reshape_schema[] = {{"shape", FX_ATTR_SHAPE, offsetof(shape_attrs, shape)},
                                         {0}};
static const fx_attr permute_schema[] = {{"axes", FX_ATTR_SHAPE, offsetof(shape_attrs, shape)},
                                         {0}};

/* The product of all sizes but -1, of which there may be one. A size of 0 does not hide that the
 * others are too large: strides are their products. */
static fx_status reshape_known(fx_call *call, const fx_shape *shape, int64_t *known,
                               int32_t *open) {
    bool empty = false;
    *known = 1;
    *open = -1;
    if (shape->rank < 0 || shape->rank > FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "a shape of rank %d; at most %d is possible",
                            shape->rank, FX_MAX_RANK);
    for (int32_t i = 0; i < shape->rank; i++) {
        const int64_t size = shape->dims[i];
        if (size < -1 || (size == -1 && *open >= 0))
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "size %lld at %d; sizes are not negative, but for one -1",
                                (long long)size, i);
        if (size == -1)
            *open = i;
        else if (size == 0)
            empty = true;
        else if (*known > INT64_MAX / size)
            return fx_call_fail(call, FX_ERR_SHAPE, "the sizes' product is too large");
        else
            *known *= size;
    }
    if (empty) *known = 0;
    return FX_OK;
}

static fx_status reshape_infer(fx_call *call) {
    fx_shape shape = ((const shape_attrs *)call->attrs)->shape;
    const fx_view *x = &call->x[0];
    int64_t known;
    int32_t open;
    const fx_status status = reshape_known(call, &shape, &known, &open);
    if (status != FX_OK) return status;
    if (open >= 0 && known > 0) shape.dims[open] = x->numel / known;
    if (open >= 0 ? known == 0 || x->numel % known != 0 : known != x->numel)
        return fx_call_fail(call, FX_ERR_SHAPE, "%lld elements do not fill a shape of %lld%s",
                            (long long)x->numel, (long long)known,
                            open >= 0 ? " times the size that is -1" : "");
    if (!x->dense) return fx_result(call, 0, x->dtype, shape);
    int64_t strides[FX_MAX_RANK], stride = 1;
    for (int32_t i = shape.rank; i-- > 0;) {
        strides[i] = stride;
        stride *= shape.dims[i] > 0 ? shape.dims[i] : 1;
    }
    return fx_result_view(call, 0, shape, strides, 0);
}

static fx_status reshape_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    fx_copy_strided(fx_view_shape(x), fx_dtype_size(x->dtype), x->data, x->strides,
                    call->y[0].data);
    return FX_OK;
}

static void reshape_vjp(fx_vjp *v) { v->dx[0] = fx_reshape(v->g[0], fx_tensor_shape(v->x[0])); }

static fx_status permute_infer(fx_call *call) {
    const fx_axes *axes = &((const shape_attrs *)call->attrs)->shape;
    const fx_view *x = &call->x[0];
    if (axes->rank != x->rank)
        return fx_call_fail(call, FX_ERR_SHAPE, "%d axes for a tensor of rank %d", axes->rank,
                            x->rank);
    fx_shape shape = {x->rank, {0}};
    int64_t strides[FX_MAX_RANK] = {0};
    uint32_t seen = 0;
    for (int32_t i = 0; i < x->rank; i++) {
        int32_t axis;
        const fx_status status = fx__axis(call, axes->dims[i], x->rank, &axis);
        if (status != FX_OK) return status;
        if (seen >> axis & 1u)
            return fx_call_fail(call, FX_ERR_SHAPE, "axis %lld is named twice",
                                (long long)axes->dims[i]);
        seen |= 1u << axis;
        shape.dims[i] = x->dims[axis];
        strides[i] = x->strides[axis];
    }
    return fx_result_view(call, 0, shape, strides, 0);
}

static void permute_vjp(fx_vjp *v) {
    const fx_axes *axes = &((const shape_attrs *)v->attrs)->shape;
    fx_axes inverse = {axes->rank, {0}};
    for (int32_t i = 0; i < axes->rank; i++)
        inverse.dims[axes->dims[i] < 0 ? axes->dims[i] + axes->rank : axes->dims[i]] = i;
    v->dx[0] = fx_permute(v->g[0], inverse);
}

typedef struct squeeze_attrs {
    int64_t axis;
} squeeze_attrs;

static const fx_attr squeeze_schema[] = {{"axis", FX_ATTR_I64, offsetof(squeeze_attrs, axis)}, {0}};

static int64_t squeeze_asked(const void *attrs) { return ((const squeeze_attrs *)attrs)->axis; }

static fx_status squeeze_infer(fx_call *call) {
    const fx_view *x = &call->x[0];
    fx_shape shape = {0, {0}};
    int64_t strides[FX_MAX_RANK] = {0};
    int32_t axis;
    const fx_status status = fx__axis(call, squeeze_asked(call->attrs), x->rank, &axis);
    if (status != FX_OK) return status;
    if (x->dims[axis] != 1)
        return fx_call_fail(call, FX_ERR_SHAPE, "axis %d has size %lld; only size 1 can go", axis,
                            (long long)x->dims[axis]);
    for (int32_t i = 0; i < x->rank; i++) {
        if (i == axis) continue;
        strides[shape.rank] = x->strides[i];
        shape.dims[shape.rank++] = x->dims[i];
    }
    return fx_result_view(call, 0, shape, strides, 0);
}

static fx_status unsqueeze_infer(fx_call *call) {
    const fx_view *x = &call->x[0];
    fx_shape shape = {0, {0}};
    int64_t strides[FX_MAX_RANK];
    int32_t axis;
    if (x->rank == FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "x has rank %d already, the most there is",
                            FX_MAX_RANK);
    const fx_status status = fx__axis(call, squeeze_asked(call->attrs), x->rank + 1, &axis);
    if (status != FX_OK) return status;
    for (int32_t i = 0; i <= x->rank; i++) {
        strides[i] = i == axis ? 1 : x->strides[i - (i > axis)];
        shape.dims[i] = i == axis ? 1 : x->dims[i - (i > axis)];
    }
    shape.rank = x->rank + 1;
    return fx_result_view(call, 0, shape, strides, 0);
}

static void squeeze_vjp(fx_vjp *v) {
    v->dx[0] = fx_unsqueeze(v->g[0], (int)squeeze_asked(v->attrs));
}

static void unsqueeze_vjp(fx_vjp *v) {
    v->dx[0] = fx_squeeze(v->g[0], (int)squeeze_asked(v->attrs));
}

enum { SHAPE_RESHAPE, SHAPE_PERMUTE, SHAPE_SQUEEZE, SHAPE_UNSQUEEZE };

const fx_op fx__shapes[] = {
    [SHAPE_RESHAPE] =
        {
            .version = FX_OP_VERSION,
            .name = "reshape",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .attrs = reshape_schema,
            .attrs_size = sizeof(shape_attrs),
            .infer = reshape_infer,
            .forward = reshape_forward,
            .vjp = reshape_vjp,
            .formula = "y = x in another shape;  dx = G in x's shape",
        },
    [SHAPE_PERMUTE] =
        {
            .version = FX_OP_VERSION,
            .name = "permute",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_VIEW,
            .attrs = permute_schema,
            .attrs_size = sizeof(shape_attrs),
            .infer = permute_infer,
            .vjp = permute_vjp,
            .formula = "y[i0, i1, ..] = x, axis k of y being axes[k] of x;  dx = G permuted back",
        },
    [SHAPE_SQUEEZE] =
        {
            .version = FX_OP_VERSION,
            .name = "squeeze",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_VIEW,
            .attrs = squeeze_schema,
            .attrs_size = sizeof(squeeze_attrs),
            .infer = squeeze_infer,
            .vjp = squeeze_vjp,
            .formula = "y = x without an axis of size 1;  dx = G with it",
        },
    [SHAPE_UNSQUEEZE] =
        {
            .version = FX_OP_VERSION,
            .name = "unsqueeze",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_VIEW,
            .attrs = squeeze_schema,
            .attrs_size = sizeof(squeeze_attrs),
            .infer = unsqueeze_infer,
            .vjp = unsqueeze_vjp,
            .formula = "y = x with one more axis, of size 1;  dx = G without it",
        },
    {
        .version = FX_OP_VERSION,
        .name = "flatten",
        .operands = "x",
        .min = 1,
        .max = 1,
        .dtypes = FX_ANY_DTYPE,
        .formula = "y = x with neighbouring axes made one;  dx = G in x's shape",
    },
    {
        .version = FX_OP_VERSION,
        .name = "transpose",
        .operands = "x",
        .min = 1,
        .max = 1,
        .dtypes = FX_ANY_DTYPE,
        .formula = "y = x with two axes exchanged;  dx = G with them exchanged",
    },
    {0},
};

fx_tensor fx_reshape(fx_tensor x, fx_shape shape) {
    const shape_attrs attrs = {shape};
    return fx_apply(&fx__shapes[SHAPE_RESHAPE], &attrs, 1, &x);
}

fx_tensor fx_permute(fx_tensor x, fx_axes axes) {
    const shape_attrs attrs = {axes};
    return fx_apply(&fx__shapes[SHAPE_PERMUTE], &attrs, 1, &x);
}

fx_tensor fx_transpose(fx_tensor x, int axis, int other) {
    const int32_t own = fx_tensor_shape(x).rank, rank = own < 0 ? 0 : own;
    fx_axes axes = {rank ? rank : 1, {0, 1, 2, 3, 4, 5, 6, 7}};
    const int from = axis < 0 ? axis + rank : axis, to = other < 0 ? other + rank : other;
    const bool from_there = from >= 0 && from < rank, to_there = to >= 0 && to < rank;
    /* An axis that is not there is left to permute, which names it. */
    axes.dims[from_there ? from : to_there ? to : 0] = from_there ? other : axis;
    if (from_there && to_there) axes.dims[to] = axis;
    return fx_permute(x, axes);
}

fx_tensor fx_squeeze(fx_tensor x, int axis) {
    const squeeze_attrs attrs = {axis};
    return fx_apply(&fx__shapes[SHAPE_SQUEEZE], &attrs, 1, &x);
}

fx_tensor fx_unsqueeze(fx_tensor x, int axis) {
    const squeeze_attrs attrs = {axis};
    return fx_apply(&fx__shapes[SHAPE_UNSQUEEZE], &attrs, 1, &x);
}

/* A number counts as a row of one. */
fx_tensor fx_flatten(fx_tensor x, int start, int end) {
    const fx_shape from = fx_tensor_shape(x);
    const int rank = from.rank > 0 ? from.rank : 1;
    const int first = start < 0 ? start + rank : start, last = end < 0 ? end + rank : end;
    if (from.rank < 1) return fx_reshape(x, fx_shape1(-1));
    if (first < 0 || last >= rank || first > last) {
        fx_fail(fx_tensor_context(x), FX_ERR_SHAPE,
                "flatten: axes %d to %d are not in a tensor of rank %d in that order", start, end,
                rank);
        return fx__refusal(x);
    }
    fx_shape shape = {rank - (last - first), {0}};
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = from.dims[i > first ? i + last - first : i];
    for (int i = first + 1; i <= last; i++) shape.dims[first] *= from.dims[i];
    return fx_reshape(x, shape);
}
