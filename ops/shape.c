/* SPDX-License-Identifier: MIT */
/* reshape, permute, transpose, squeeze, unsqueeze and flatten. (broadcast_to is the engine's own:
 * autograd/own_ops.c.) */
#include "families.h"

static bool shape_has_axis(int64_t asked, int32_t rank, int32_t *axis) {
    const bool there = asked >= -rank && asked < rank;
    *axis = there ? (int32_t)(asked < 0 ? asked + rank : asked) : 0;
    return there;
}

static const char shape_no_axes[] = "axis %lld of a tensor of rank 0";
static const char shape_no_axis[] = "axis %lld is outside %d..%d";

fx_status fx__axis(fx_call *call, int64_t asked, int32_t rank, int32_t *axis) {
    if (shape_has_axis(asked, rank, axis)) return FX_OK;
    if (rank == 0) return fx_call_fail(call, FX_ERR_SHAPE, shape_no_axes, (long long)asked);
    return fx_call_fail(call, FX_ERR_SHAPE, shape_no_axis, (long long)asked, -rank, rank - 1);
}

bool fx__axis_of(const fx_op *op, fx_tensor x, int64_t asked, int32_t rank, int32_t *axis) {
    if (rank >= 0 && shape_has_axis(asked, rank, axis)) return true;
    if (rank == 0)
        fx_refuse(op, 1, &x, FX_ERR_SHAPE, shape_no_axes, (long long)asked);
    else
        fx_refuse(op, 1, &x, FX_ERR_SHAPE, shape_no_axis, (long long)asked, -rank, rank - 1);
    return false;
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

/* The last axes of x before end that lie without a gap, as one: its size and stride. */
static int32_t reshape_run(const fx_view *x, int32_t end, int64_t *size, int64_t *stride) {
    *size = 1;
    for (; end > 0; end--) {
        const int64_t dim = x->dims[end - 1], own = x->strides[end - 1];
        if (dim == 1) continue;
        if (*size == 1) *stride = own;
        if (*size > 1 && own != *stride * *size) break;
        *size *= dim;
    }
    return end;
}

/* The strides with which x's memory is seen in another shape, run by run; false: it must be copied.
 * Nothing has no memory: any strides do. */
static bool reshape_strides(const fx_view *x, const fx_shape *shape, int64_t *strides) {
    int32_t end = x->rank;
    int64_t left = 1, stride = 1;
    for (int32_t i = shape->rank; i-- > 0;) {
        const int64_t size = shape->dims[i];
        strides[i] = stride;
        if (size == 1 || x->numel == 0) continue;
        if (left == 1) end = reshape_run(x, end, &left, &stride);
        if (left % size != 0) return false;
        strides[i] = stride;
        stride *= size;
        left /= size;
    }
    return true;
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
    int64_t strides[FX_MAX_RANK];
    if (!reshape_strides(x, &shape, strides)) return fx_result(call, 0, x->dtype, shape);
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

enum {
    SHAPE_RESHAPE,
    SHAPE_PERMUTE,
    SHAPE_SQUEEZE,
    SHAPE_UNSQUEEZE,
    SHAPE_FLATTEN,
    SHAPE_TRANSPOSE
};

#define SHAPE_COMPOSED(op_name, text)                                                              \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .dtypes = FX_ANY_DTYPE, .formula = (text)                                                  \
    }

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
    [SHAPE_SQUEEZE] = SHAPE_COMPOSED("squeeze", "y = x without an axis of size 1;  dx = G with it"),
    [SHAPE_UNSQUEEZE] =
        SHAPE_COMPOSED("unsqueeze", "y = x with one more axis, of size 1;  dx = G without it"),
    [SHAPE_FLATTEN] =
        SHAPE_COMPOSED("flatten", "y = x with neighbouring axes made one;  dx = G in x's shape"),
    [SHAPE_TRANSPOSE] =
        SHAPE_COMPOSED("transpose", "y = x with two axes exchanged;  dx = G with them exchanged"),
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
    const fx_op *op = &fx__shapes[SHAPE_TRANSPOSE];
    const int32_t rank = fx_tensor_shape(x).rank;
    fx_axes axes = {rank, {0, 1, 2, 3, 4, 5, 6, 7}};
    int32_t from, to;
    if (!fx__axis_of(op, x, axis, rank, &from) || !fx__axis_of(op, x, other, rank, &to))
        return fx__refusal(op, x);
    axes.dims[from] = to;
    axes.dims[to] = from;
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_permute(x, axes));
}

fx_tensor fx_squeeze(fx_tensor x, int axis) {
    const fx_op *op = &fx__shapes[SHAPE_SQUEEZE];
    fx_shape shape = fx_tensor_shape(x);
    int32_t at;
    if (!fx__axis_of(op, x, axis, shape.rank, &at)) return fx__refusal(op, x);
    if (shape.dims[at] != 1)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "axis %d has size %lld; only size 1 can go", at,
                         (long long)shape.dims[at]);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_reshape(x, fx__reduced(shape, 1u << at, false)));
}

fx_tensor fx_unsqueeze(fx_tensor x, int axis) {
    const fx_op *op = &fx__shapes[SHAPE_UNSQUEEZE];
    fx_shape shape = fx_tensor_shape(x);
    int32_t at;
    if (shape.rank < 0 || shape.rank == FX_MAX_RANK)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE, "x has rank %d already, the most there is",
                         FX_MAX_RANK);
    if (!fx__axis_of(op, x, axis, shape.rank + 1, &at)) return fx__refusal(op, x);
    for (int32_t i = shape.rank++; i > at; i--) shape.dims[i] = shape.dims[i - 1];
    shape.dims[at] = 1;
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_reshape(x, shape));
}

/* A number counts as a row of one. */
fx_tensor fx_flatten(fx_tensor x, int start, int end) {
    const fx_op *op = &fx__shapes[SHAPE_FLATTEN];
    const fx_shape from = fx_tensor_shape(x);
    const int rank = from.rank > 0 ? from.rank : 1;
    const int first = start < 0 ? start + rank : start, last = end < 0 ? end + rank : end;
    if (first < 0 || last >= rank || first > last)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                         "axes %d to %d are not in a tensor of rank %d in that order", start, end,
                         rank);
    fx_shape shape = {rank - (last - first), {1}};
    for (int i = 0; i < shape.rank && from.rank > 0; i++)
        shape.dims[i] = from.dims[i > first ? i + last - first : i];
    for (int i = first + 1; i <= last; i++) shape.dims[first] *= from.dims[i];
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_reshape(x, shape));
}
