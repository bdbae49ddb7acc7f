/* SPDX-License-Identifier: MIT */
/* slice, a view, and unslice, its derivative: zeros with a tensor put where the slice was. */
#include <string.h>

#include "families.h"

typedef struct slice_attrs {
    int64_t axis, start, stop, step;
} slice_attrs;

static const fx_attr slice_schema[] = {{"axis", FX_ATTR_I64, offsetof(slice_attrs, axis)},
                                       {"start", FX_ATTR_I64, offsetof(slice_attrs, start)},
                                       {"stop", FX_ATTR_I64, offsetof(slice_attrs, stop)},
                                       {"step", FX_ATTR_I64, offsetof(slice_attrs, step)},
                                       {0}};

/* A position counted from the end if negative, cut to low..high. */
static int64_t slice_position(int64_t at, int64_t size, int64_t low, int64_t high) {
    if (at < 0) at = at < -size ? low : at + size;
    return at < low ? low : at > high ? high : at;
}

/* Where the slice of an axis begins and how long it is: Python's rules. */
static int64_t slice_extent(const slice_attrs *s, int64_t size, int64_t *first) {
    if (s->step > 0) {
        *first = slice_position(s->start, size, 0, size);
        const int64_t end = slice_position(s->stop, size, 0, size);
        return end > *first ? (end - *first - 1) / s->step + 1 : 0;
    }
    *first = slice_position(s->start, size, -1, size - 1);
    const int64_t end = s->stop == FX_ALL ? -1 : slice_position(s->stop, size, -1, size - 1);
    const int64_t back = s->step == INT64_MIN ? INT64_MAX : -s->step;
    return *first > end ? (*first - end - 1) / back + 1 : 0;
}

/* The part of a tensor that is the slice: its shape, strides and offset in whole. */
static fx_status slice_place(fx_call *call, const fx_view *whole, fx_shape *part, int64_t *strides,
                             int64_t *offset) {
    const slice_attrs *s = call->attrs;
    int64_t first;
    int32_t axis;
    *offset = 0;
    const fx_status status = fx__axis(call, s->axis, whole->rank, &axis);
    if (status != FX_OK) return status;
    if (s->step == 0)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "step 0; a slice moves forwards or backwards");
    *part = fx_view_shape(whole);
    const int64_t size = part->dims[axis] = slice_extent(s, whole->dims[axis], &first);
    for (int32_t i = 0; i < whole->rank; i++) strides[i] = whole->strides[i];
    if (size) *offset = first * strides[axis];
    if (size > 1) strides[axis] *= s->step;
    return FX_OK;
}

static fx_status slice_infer(fx_call *call) {
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    const fx_status status = slice_place(call, &call->x[0], &part, strides, &offset);
    return status == FX_OK ? fx_result_view(call, 0, part, strides, offset) : status;
}

typedef struct unslice_attrs {
    slice_attrs slice;
    fx_shape shape;
} unslice_attrs;

static const fx_attr unslice_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(unslice_attrs, slice.axis)},
    {"start", FX_ATTR_I64, offsetof(unslice_attrs, slice.start)},
    {"stop", FX_ATTR_I64, offsetof(unslice_attrs, slice.stop)},
    {"step", FX_ATTR_I64, offsetof(unslice_attrs, slice.step)},
    {"shape", FX_ATTR_SHAPE, offsetof(unslice_attrs, shape)},
    {0}};

static fx_status unslice_infer(fx_call *call) {
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    fx_status status =
        fx_result(call, 0, call->x[0].dtype, ((const unslice_attrs *)call->attrs)->shape);
    if (status == FX_OK) status = slice_place(call, &call->y[0], &part, strides, &offset);
    if (status != FX_OK || fx_shape_equal(part, fx_view_shape(&call->x[0]))) return status;
    return fx_call_fail(call, FX_ERR_SHAPE, "x is not of the shape of that slice");
}

void fx__place(const fx_view *x, const fx_view *y, int64_t offset, const int64_t *strides) {
    const int64_t item = (int64_t)fx_dtype_size(x->dtype), *both[] = {x->strides, strides};
    const unsigned char *from = x->data;
    unsigned char *to = y->data;
    fx_walk w;
    for (bool more = fx_walk_begin(&w, fx_view_shape(x), 2, both); more; more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++)
            memcpy(to + (offset + w.offset[1] + i * w.step[1]) * item,
                   from + (w.offset[0] + i * w.step[0]) * item, (size_t)item);
}

static fx_status unslice_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    fx_shape part;
    int64_t strides[FX_MAX_RANK], offset;
    const fx_status status = slice_place(call, y, &part, strides, &offset);
    if (status != FX_OK) return status;
    memset(y->data, 0, (size_t)y->numel * fx_dtype_size(y->dtype));
    fx__place(&call->x[0], y, offset, strides);
    return FX_OK;
}

static void slice_vjp(fx_vjp *v) {
    const unslice_attrs attrs = {*(const slice_attrs *)v->attrs, fx_tensor_shape(v->x[0])};
    v->dx[0] = fx_apply(&fx__slices[1], &attrs, 1, v->g);
}

static void unslice_vjp(fx_vjp *v) {
    const slice_attrs *s = v->attrs;
    v->dx[0] = fx_slice(v->g[0], (int)s->axis, s->start, s->stop, s->step);
}

const fx_op fx__slices[] = {
    {
        .version = FX_OP_VERSION,
        .name = "slice",
        .operands = "x",
        .min = 1,
        .max = 1,
        .dtypes = FX_ANY_DTYPE,
        .flags = FX_OP_VIEW,
        .attrs = slice_schema,
        .attrs_size = sizeof(slice_attrs),
        .infer = slice_infer,
        .vjp = slice_vjp,
        .formula = "y = x[start:stop:step] along axis;  dx = 0 but for dx[start:stop:step] = G",
    },
    {
        .version = FX_OP_VERSION,
        .name = "unslice",
        .operands = "x",
        .min = 1,
        .max = 1,
        .flags = FX_OP_STRIDED,
        .attrs = unslice_schema,
        .attrs_size = sizeof(unslice_attrs),
        .infer = unslice_infer,
        .forward = unslice_forward,
        .vjp = unslice_vjp,
        .formula = "y = 0 but for y[start:stop:step] = x;  dx = G[start:stop:step]",
    },
    {0},
};

fx_tensor fx_slice(fx_tensor x, int axis, int64_t start, int64_t stop, int64_t step) {
    const slice_attrs attrs = {axis, start, stop, step};
    return fx_apply(&fx__slices[0], &attrs, 1, &x);
}
