/* SPDX-License-Identifier: MIT */
/* Borders around a tensor. A constant one is an op, whose derivative cuts it off; those that repeat
 * the tensor itself are slices of it behind one another, axis by axis. */
#include <math.h>

#include "families.h"

typedef struct pad_attrs {
    fx_shape before, after;
    double value;
} pad_attrs;

static const fx_attr pad_schema[] = {{"before", FX_ATTR_SHAPE, offsetof(pad_attrs, before)},
                                     {"after", FX_ATTR_SHAPE, offsetof(pad_attrs, after)},
                                     {"value", FX_ATTR_F64, offsetof(pad_attrs, value)},
                                     {0}};

static bool pad_value_fits(fx_dtype dtype, double value) {
    if (dtype == FX_BOOL) return value == 0 || value == 1;
    return dtype != FX_I64 || (value == floor(value) && fabs(value) <= 0x1p53);
}

static fx_status pad_infer(fx_call *call) {
    const pad_attrs *p = call->attrs;
    const fx_view *x = &call->x[0];
    if (p->before.rank != x->rank || p->after.rank != x->rank)
        return fx_call_fail(call, FX_ERR_SHAPE, "%d sizes before and %d after for %d axes",
                            p->before.rank, p->after.rank, x->rank);
    if (!pad_value_fits(x->dtype, p->value))
        return fx_call_fail(call, FX_ERR_ARGUMENT, "value %g is no %s", p->value,
                            fx_dtype_name(x->dtype));
    fx_shape shape = fx_view_shape(x);
    for (int32_t d = 0; d < x->rank; d++) {
        const int64_t before = p->before.dims[d], after = p->after.dims[d];
        if (before < 0 || after < 0)
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "%lld before and %lld after axis %d; fx_slice cuts off",
                                (long long)before, (long long)after, d);
        if (before > INT64_MAX - x->dims[d] || after > INT64_MAX - x->dims[d] - before)
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "%lld before and %lld after axis %d are too large to count",
                                (long long)before, (long long)after, d);
        shape.dims[d] += before + after;
    }
    return fx_result(call, 0, x->dtype, shape);
}

static void pad_fill(const fx_view *y, double value) {
    for (int64_t i = 0; i < y->numel; i++) switch (y->dtype) {
        case FX_F32:
            ((float *)y->data)[i] = (float)value;
            break;
        case FX_F64:
            ((double *)y->data)[i] = value;
            break;
        case FX_I64:
            ((int64_t *)y->data)[i] = (int64_t)value;
            break;
        case FX_BOOL:
            ((bool *)y->data)[i] = value != 0;
            break;
        }
}

static fx_status pad_forward(fx_call *call) {
    const pad_attrs *p = call->attrs;
    const fx_view *x = &call->x[0], *y = &call->y[0];
    int64_t inner = 0;
    for (int32_t d = 0; d < x->rank; d++) inner += p->before.dims[d] * y->strides[d];
    pad_fill(y, p->value);
    fx__place(x, y, inner, y->strides);
    return FX_OK;
}

static void pad_vjp(fx_vjp *v) {
    const pad_attrs *p = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    fx_tensor g = v->g[0];
    for (int32_t d = 0; d < shape.rank; d++) g = fx_narrow(g, d, p->before.dims[d], shape.dims[d]);
    v->dx[0] = g;
}

#define PAD_COMPOSED(op_name, text)                                                                \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .dtypes = FX_ANY_DTYPE, .formula = (text)                                                  \
    }

enum { PAD_CONSTANT, PAD_REFLECT, PAD_REPLICATE };

const fx_op fx__pads[] = {
    [PAD_CONSTANT] =
        {
            .version = FX_OP_VERSION,
            .name = "pad",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_STRIDED,
            .attrs = pad_schema,
            .attrs_size = sizeof(pad_attrs),
            .infer = pad_infer,
            .forward = pad_forward,
            .vjp = pad_vjp,
            .formula = "y = x, and value around it;  dx = the part of G where x stands",
        },
    [PAD_REFLECT] = PAD_COMPOSED("pad_reflect",
                                 "y = x, and x mirrored at its edge elements;  dx = G folded back"),
    [PAD_REPLICATE] =
        PAD_COMPOSED("pad_replicate", "y = x, and its edge elements repeated;  dx = G folded back"),
    {0},
};

fx_tensor fx_pad(fx_tensor x, fx_shape before, fx_shape after, double value) {
    const pad_attrs attrs = {before, after, value};
    return fx_apply(&fx__pads[PAD_CONSTANT], &attrs, 1, &x);
}

/* ---- of the tensor itself ---- */

/* The most that may stand beyond an edge. */
static int64_t pad_most(int64_t size, bool reflects) {
    if (reflects) return size > 0 ? size - 1 : 0;
    return size > 0 ? INT64_MAX : 0;
}

/* Whether the border can be; says why not. */
static bool pad_check(const fx_op *op, fx_tensor x, fx_shape before, fx_shape after) {
    const fx_shape shape = fx_tensor_shape(x);
    const bool reflects = op == &fx__pads[PAD_REFLECT];
    if (before.rank != shape.rank || after.rank != shape.rank) {
        fx_refuse(op, 1, &x, FX_ERR_SHAPE, "%d sizes before and %d after for %d axes", before.rank,
                  after.rank, shape.rank);
        return false;
    }
    for (int32_t d = 0; d < shape.rank; d++) {
        const int64_t most = pad_most(shape.dims[d], reflects);
        const int64_t wrong =
            before.dims[d] < 0 || before.dims[d] > most ? before.dims[d] : after.dims[d];
        if (wrong >= 0 && wrong <= most) continue;
        fx_refuse(op, 1, &x, FX_ERR_SHAPE, "%lld beyond an edge of axis %d, whose size is %lld%s",
                  (long long)wrong, d, (long long)shape.dims[d],
                  wrong < 0  ? "; fx_slice cuts off"
                  : reflects ? "; a mirror shows one less than that"
                             : "; nothing is there to repeat");
        return false;
    }
    return true;
}

/* n elements beyond the first (of size elements: position 0) or the last. */
static fx_tensor pad_reflected(fx_tensor x, int axis, int64_t n, int64_t size, bool last) {
    if (!last) return fx_slice(x, axis, n, 0, -1);
    return fx_slice(x, axis, size - 2, n < size - 1 ? size - 2 - n : FX_ALL, -1);
}

static fx_tensor pad_replicated(fx_tensor x, int axis, int64_t n, int64_t size, bool last) {
    const fx_tensor edge = fx_narrow(x, axis, last ? size - 1 : 0, 1);
    fx_shape shape = fx_tensor_shape(edge);
    if (shape.rank > 0) shape.dims[axis] = n; /* or invalid, which goes on */
    return fx_broadcast_to(edge, shape);
}

static fx_tensor pad_with(const fx_op *op, fx_tensor x, fx_shape before, fx_shape after) {
    fx_tensor (*border)(fx_tensor, int, int64_t, int64_t, bool) =
        op == &fx__pads[PAD_REFLECT] ? pad_reflected : pad_replicated;
    const fx_shape shape = fx_tensor_shape(x);
    if (!pad_check(op, x, before, after)) return fx__refusal(op, x);
    const fx_composition c = fx_compose(op, 1, &x);
    for (int32_t d = 0; d < shape.rank; d++) {
        fx_tensor parts[3];
        int n = 0;
        if (before.dims[d] > 0) parts[n++] = border(x, d, before.dims[d], shape.dims[d], false);
        parts[n++] = x;
        if (after.dims[d] > 0) parts[n++] = border(x, d, after.dims[d], shape.dims[d], true);
        if (n > 1) x = fx_concat(n, parts, d);
    }
    return fx_composed(c, x);
}

fx_tensor fx_pad_reflect(fx_tensor x, fx_shape before, fx_shape after) {
    return pad_with(&fx__pads[PAD_REFLECT], x, before, after);
}

fx_tensor fx_pad_replicate(fx_tensor x, fx_shape before, fx_shape after) {
    return pad_with(&fx__pads[PAD_REPLICATE], x, before, after);
}
