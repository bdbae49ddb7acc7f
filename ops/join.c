/* SPDX-License-Identifier: MIT */
/* Tensors behind one another along an axis, new or not; the derivative cuts the cotangent apart
 * again. And their reverse: narrow, split and chunk, which are slices. */
#include <string.h>

#include "families.h"

typedef struct concat_attrs {
    int64_t axis;
} concat_attrs;

static const fx_attr concat_schema[] = {{"axis", FX_ATTR_I64, offsetof(concat_attrs, axis)}, {0}};

static int64_t concat_axis(const fx_call *call) {
    return ((const concat_attrs *)call->attrs)->axis;
}

/* The engine tells f32 from f64; i64 and bool are told here. */
static bool join_alike(fx_call *call, int i) {
    const fx_dtype first = call->x[0].dtype, own = call->x[i].dtype;
    if (own == first || !call->x[i].present) return true;
    fx_call_fail(call, FX_ERR_DTYPE, "operand %d is %s where the first is %s; fx_cast it", i,
                 fx_dtype_name(own), fx_dtype_name(first));
    return false;
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
        if (!join_alike(call, i)) return FX_ERR_DTYPE;
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
static fx_status join_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    int32_t axis;
    const fx_status status = fx__axis(call, concat_axis(call), y->rank, &axis);
    if (status != FX_OK) return status;
    int64_t outer = 1;
    for (int32_t i = 0; i < axis; i++) outer *= y->dims[i];
    if (outer == 0) return FX_OK;
    const int64_t item = (int64_t)fx_dtype_size(y->dtype), row = y->numel / outer * item;
    unsigned char *to = y->data;
    for (int j = 0; j < call->n; j++) {
        const unsigned char *from = call->x[j].data;
        const int64_t run = call->x[j].numel / outer * item;
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

static fx_status stack_infer(fx_call *call) {
    fx_shape shape = fx_view_shape(&call->x[0]);
    int32_t axis;
    if (shape.rank == FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "operands have rank %d already, the most there is",
                            FX_MAX_RANK);
    const fx_status status = fx__axis(call, concat_axis(call), shape.rank + 1, &axis);
    if (status != FX_OK) return status;
    for (int i = 1; i < call->n; i++) {
        if (!join_alike(call, i)) return FX_ERR_DTYPE;
        if (!call->x[i].present || !fx_shape_equal(shape, fx_view_shape(&call->x[i])))
            return fx_call_fail(call, FX_ERR_SHAPE, "operand %d is not of the shape of the first",
                                i);
    }
    for (int32_t i = shape.rank++; i > axis; i--) shape.dims[i] = shape.dims[i - 1];
    shape.dims[axis] = call->n;
    return fx_result(call, 0, call->x[0].dtype, shape);
}

static void stack_vjp(fx_vjp *v) {
    const int axis = (int)((const concat_attrs *)v->attrs)->axis;
    for (int j = 0; j < v->n; j++)
        if (v->wants[j]) v->dx[j] = fx_squeeze(fx_slice(v->g[0], axis, j, (int64_t)j + 1, 1), axis);
}

enum { JOIN_CONCAT, JOIN_STACK, JOIN_NARROW, JOIN_SPLIT, JOIN_CHUNK };

/* What slices make: a row of the table, no rule. */
#define JOIN_CUT(op_name, text)                                                                    \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .dtypes = FX_ANY_DTYPE, .formula = (text)                                                  \
    }

const fx_op fx__joins[] = {
    [JOIN_CONCAT] =
        {
            .version = FX_OP_VERSION,
            .name = "concat",
            .operands = "x...",
            .min = 1,
            .max = -1,
            .dtypes = FX_ANY_DTYPE,
            .attrs = concat_schema,
            .attrs_size = sizeof(concat_attrs),
            .infer = concat_infer,
            .forward = join_forward,
            .vjp = concat_vjp,
            .formula = "y = x0, x1, .. along axis;  dxi = the part of G where xi stands",
        },
    [JOIN_STACK] =
        {
            .version = FX_OP_VERSION,
            .name = "stack",
            .operands = "x...",
            .min = 1,
            .max = -1,
            .dtypes = FX_ANY_DTYPE,
            .attrs = concat_schema,
            .attrs_size = sizeof(concat_attrs),
            .infer = stack_infer,
            .forward = join_forward,
            .vjp = stack_vjp,
            .formula = "y = x0, x1, .. along a new axis;  dxi = G at i",
        },
    [JOIN_NARROW] = JOIN_CUT(
        "narrow", "y = length elements of x along axis;  dx = 0 but for G where they stood"),
    [JOIN_SPLIT] = JOIN_CUT(
        "split", "yi = x cut along axis into given sizes;  dx = G0, G1, .. behind one another"),
    [JOIN_CHUNK] = JOIN_CUT(
        "chunk", "yi = x cut along axis into n parts;  dx = G0, G1, .. behind one another"),
    {0},
};

fx_tensor fx_concat(int n, const fx_tensor *xs, int axis) {
    const concat_attrs attrs = {axis};
    return fx_apply(&fx__joins[JOIN_CONCAT], &attrs, xs ? n : 0, xs);
}

fx_tensor fx_stack(int n, const fx_tensor *xs, int axis) {
    const concat_attrs attrs = {axis};
    return fx_apply(&fx__joins[JOIN_STACK], &attrs, xs ? n : 0, xs);
}

/* ---- apart ---- */

/* The axis and its size; false if it is not there. */
static bool cut_axis(const fx_op *op, fx_tensor x, int axis, int32_t *at, int64_t *size) {
    const fx_shape shape = fx_tensor_shape(x);
    if (!fx__axis_of(op, x, axis, shape.rank, at)) return false;
    *size = shape.dims[*at];
    return true;
}

fx_tensor fx_narrow(fx_tensor x, int axis, int64_t start, int64_t length) {
    const fx_op *op = &fx__joins[JOIN_NARROW];
    int64_t size;
    int32_t at;
    if (!cut_axis(op, x, axis, &at, &size)) return fx__refusal(op, x);
    const int64_t first = start < 0 ? start + size : start;
    if (first < 0 || length < 0 || first > size || length > size - first)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                         "%lld elements from %lld on are not in axis %d, whose size is %lld",
                         (long long)length, (long long)start, axis, (long long)size);
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, fx_slice(x, at, first, first + length, 1));
}

static fx_status cut_refuse_all(const fx_op *op, fx_tensor x, int n, fx_tensor *out) {
    fx_context *cx = fx_tensor_context(x);
    for (int i = 0; i < n; i++) out[i] = fx__refusal(op, x);
    return cx ? fx_error(cx) : FX_ERR_ARGUMENT;
}

/* Where the parts cannot be: says so. */
static bool cut_sizes(const fx_op *op, fx_tensor x, int axis, int n, const int64_t *sizes) {
    int64_t size;
    int32_t at;
    if (!cut_axis(op, x, axis, &at, &size)) return false;
    int64_t rest = size;
    if (n < 1 || !sizes) {
        fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "%d sizes; at least one is needed", sizes ? n : 0);
        return false;
    }
    for (int i = 0; i < n && rest >= 0; i++) {
        if (sizes[i] < 0) {
            fx_refuse(op, 1, &x, FX_ERR_SHAPE, "size %lld at %d is negative", (long long)sizes[i],
                      i);
            return false;
        }
        rest = rest < sizes[i] ? -1 : rest - sizes[i];
    }
    if (rest == 0) return true;
    fx_refuse(op, 1, &x, FX_ERR_SHAPE, "the sizes do not add up to %lld, the size of axis %d",
              (long long)size, axis);
    return false;
}

fx_status fx_split(fx_tensor x, int axis, int n, const int64_t *sizes, fx_tensor *out) {
    const fx_op *op = &fx__joins[JOIN_SPLIT];
    if (!cut_sizes(op, x, axis, n, sizes)) return cut_refuse_all(op, x, n, out);
    const fx_composition c = fx_compose(op, 1, &x);
    int64_t at = 0;
    for (int i = 0; i < n; at += sizes[i++]) out[i] = fx_narrow(x, axis, at, sizes[i]);
    fx_composed(c, x);
    return fx_error(fx_tensor_context(x));
}

fx_status fx_chunk(fx_tensor x, int axis, int n, fx_tensor *out) {
    const fx_op *op = &fx__joins[JOIN_CHUNK];
    int64_t size;
    int32_t along;
    if (!cut_axis(op, x, axis, &along, &size)) return cut_refuse_all(op, x, n, out);
    if (n < 1) {
        fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "%d parts; at least one is needed", n);
        return fx_error(fx_tensor_context(x));
    }
    const fx_composition c = fx_compose(op, 1, &x);
    const int64_t most = size / n + (size % n != 0);
    int64_t at = 0;
    for (int i = 0; i < n; i++) {
        const int64_t length = most < size - at ? most : size - at;
        out[i] = fx_narrow(x, along, at, length);
        at += length;
    }
    fx_composed(c, x);
    return fx_error(fx_tensor_context(x));
}
