/* SPDX-License-Identifier: MIT */
/* windows, a view in which elements stand in every window that reaches them, and unwindows, its
 * transpose, which sums them up; and of both unfold and fold, the windows of images as columns. */
#include "windows.h"

enum { WINDOWS, UNWINDOWS, WINDOWS_UNFOLD, WINDOWS_FOLD };

typedef struct windows_attrs {
    int64_t axis, size, stride, dilation;
} windows_attrs;

static const fx_attr windows_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(windows_attrs, axis)},
    {"size", FX_ATTR_I64, offsetof(windows_attrs, size)},
    {"stride", FX_ATTR_I64, offsetof(windows_attrs, stride)},
    {"dilation", FX_ATTR_I64, offsetof(windows_attrs, dilation)},
    {0}};

/* A view of whole that shows its windows. */
typedef struct windows_view {
    fx_shape shape;
    int64_t strides[FX_MAX_RANK];
} windows_view;

/* How many windows there are along an axis of length elements; 0: not one fits. */
static int64_t windows_count(int64_t length, int64_t size, int64_t stride, int64_t dilation) {
    if (length < 1 || size - 1 > (length - 1) / dilation) return 0;
    return (length - 1 - (size - 1) * dilation) / stride + 1;
}

static fx_status windows_check(fx_call *call, const windows_attrs *w, const fx_view *whole,
                               int32_t *axis) {
    const fx_status status = fx__axis(call, w->axis, whole->rank, axis);
    if (status != FX_OK) return status;
    if (w->size < 1 || w->stride < 1 || w->dilation < 1)
        return fx_call_fail(call, FX_ERR_ARGUMENT,
                            "size %lld, stride %lld, dilation %lld; each is at least 1",
                            (long long)w->size, (long long)w->stride, (long long)w->dilation);
    if (whole->rank == FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "rank %d leaves no room for the axis of a window",
                            FX_MAX_RANK);
    const int64_t length = whole->dims[*axis];
    if (windows_count(length, w->size, w->stride, w->dilation) > 0) return FX_OK;
    return fx_call_fail(call, FX_ERR_SHAPE,
                        "a window of %lld with dilation %lld does not fit into axis %d, whose size "
                        "is %lld; fx_pad it",
                        (long long)w->size, (long long)w->dilation, *axis, (long long)length);
}

static fx_status windows_over(fx_call *call, const windows_attrs *w, const fx_view *whole,
                              windows_view *v) {
    int32_t axis;
    const fx_status status = windows_check(call, w, whole, &axis);
    if (status != FX_OK) return status;
    v->shape = fx_view_shape(whole);
    for (int32_t i = 0; i < whole->rank; i++) v->strides[i] = whole->strides[i];
    const int64_t step = v->strides[axis];
    const int64_t count = windows_count(whole->dims[axis], w->size, w->stride, w->dilation);
    v->shape.dims[axis] = count;
    v->shape.dims[v->shape.rank] = w->size;
    if (count > 1) v->strides[axis] *= w->stride;
    v->strides[v->shape.rank++] = w->size > 1 ? step * w->dilation : step;
    return FX_OK;
}

static fx_status windows_infer(fx_call *call) {
    windows_view v;
    const fx_status status = windows_over(call, call->attrs, &call->x[0], &v);
    return status == FX_OK ? fx_result_view(call, 0, v.shape, v.strides, 0) : status;
}

/* ---- the transpose ---- */

typedef struct unwindows_attrs {
    int64_t axis, length, stride, dilation;
} unwindows_attrs;

static const fx_attr unwindows_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(unwindows_attrs, axis)},
    {"length", FX_ATTR_I64, offsetof(unwindows_attrs, length)},
    {"stride", FX_ATTR_I64, offsetof(unwindows_attrs, stride)},
    {"dilation", FX_ATTR_I64, offsetof(unwindows_attrs, dilation)},
    {0}};

static fx_status unwindows_over(fx_call *call, windows_view *v) {
    const unwindows_attrs *u = call->attrs;
    const fx_view *x = &call->x[0];
    const windows_attrs w = {u->axis, x->dims[x->rank - 1], u->stride, u->dilation};
    return windows_over(call, &w, &call->y[0], v);
}

static fx_status unwindows_infer(fx_call *call) {
    const unwindows_attrs *u = call->attrs;
    const fx_view *x = &call->x[0];
    fx_shape shape = fx_view_shape(x);
    windows_view v;
    int32_t axis;
    if (x->rank < 2)
        return fx_call_fail(call, FX_ERR_SHAPE, "x has no axes of windows and their elements");
    shape.rank--;
    fx_status status = fx__axis(call, u->axis, shape.rank, &axis);
    if (status != FX_OK) return status;
    shape.dims[axis] = u->length;
    status = fx_result(call, 0, x->dtype, shape);
    if (status == FX_OK && x->dtype == FX_F32)
        status = fx_scratch(call, call->y[0].numel, sizeof(double));
    if (status == FX_OK) status = unwindows_over(call, &v);
    if (status != FX_OK || fx_shape_equal(v.shape, fx_view_shape(x))) return status;
    return fx_call_fail(call, FX_ERR_SHAPE, "%lld elements have %lld windows along axis %d",
                        (long long)u->length, (long long)v.shape.dims[axis], axis);
}

/* Adds the windows to what to holds. Rows run over the windows and go from the last of their
 * elements to the first, so that an element is summed in the order of its windows however the
 * operand lies in memory. */
#define UNWINDOWS_ADD(name, type)                                                                  \
    static void name(const fx_view *x, const windows_view *v, double *to) {                        \
        const int32_t last = x->rank - 1;                                                          \
        const int64_t *both[] = {x->strides, v->strides};                                          \
        fx_shape shape = v->shape;                                                                 \
        fx_walk w;                                                                                 \
        shape.rank = last;                                                                         \
        for (bool more = fx_walk_begin(&w, shape, 2, both); more; more = fx_walk_next(&w))         \
            for (int64_t k = v->shape.dims[last] - 1; k >= 0; k--) {                               \
                const type *row = (const type *)x->data + w.offset[0] + k * x->strides[last];      \
                double *sums = to + w.offset[1] + k * v->strides[last];                            \
                for (int64_t i = 0; i < w.length; i++)                                             \
                    sums[i * w.step[1]] += (double)row[i * w.step[0]];                             \
            }                                                                                      \
    }

UNWINDOWS_ADD(unwindows_add_f32, float)
UNWINDOWS_ADD(unwindows_add_f64, double)

static fx_status unwindows_forward(fx_call *call) {
    const fx_view *x = &call->x[0], *y = &call->y[0];
    windows_view v;
    const fx_status status = unwindows_over(call, &v);
    if (status != FX_OK) return status;
    double *sums = x->dtype == FX_F32 ? call->scratch : y->data;
    for (int64_t i = 0; i < y->numel; i++) sums[i] = 0;
    if (x->dtype == FX_F64) {
        unwindows_add_f64(x, &v, sums);
        return FX_OK;
    }
    unwindows_add_f32(x, &v, sums);
    for (int64_t i = 0; i < y->numel; i++) ((float *)y->data)[i] = (float)sums[i];
    return FX_OK;
}

static void windows_vjp(fx_vjp *v) {
    const windows_attrs *w = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    const int axis = (int)(w->axis < 0 ? w->axis + shape.rank : w->axis);
    v->dx[0] = fx__unwindows(v->g[0], axis, shape.dims[axis], w->stride, w->dilation);
}

static void unwindows_vjp(fx_vjp *v) {
    const unwindows_attrs *u = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    v->dx[0] =
        fx_windows(v->g[0], (int)u->axis, shape.dims[shape.rank - 1], u->stride, u->dilation);
}

const fx_op fx__windows_ops[] = {
    [WINDOWS] =
        {
            .version = FX_OP_VERSION,
            .name = "windows",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_VIEW,
            .attrs = windows_schema,
            .attrs_size = sizeof(windows_attrs),
            .infer = windows_infer,
            .vjp = windows_vjp,
            .formula = "y[o, k] = x[o stride + k dilation];  dx[i] = sum of G where x[i] stands",
        },
    [UNWINDOWS] =
        {
            .version = FX_OP_VERSION,
            .name = "unwindows",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = unwindows_schema,
            .attrs_size = sizeof(unwindows_attrs),
            .infer = unwindows_infer,
            .forward = unwindows_forward,
            .vjp = unwindows_vjp,
            .formula = "y[i] = sum of x[o, k] with o stride + k dilation = i;  "
                       "dx[o, k] = G[o stride + k dilation]",
        },
    [WINDOWS_UNFOLD] =
        {
            .version = FX_OP_VERSION,
            .name = "unfold",
            .operands = "x",
            .min = 1,
            .max = 1,
            .dtypes = FX_ANY_DTYPE,
            .formula = "y = the windows of x as columns;  dx = fold of G",
        },
    [WINDOWS_FOLD] =
        {
            .version = FX_OP_VERSION,
            .name = "fold",
            .operands = "x",
            .min = 1,
            .max = 1,
            .formula = "y = columns summed where their windows stand;  dx = unfold of G",
        },
    {0},
};

fx_tensor fx_windows(fx_tensor x, int axis, int64_t size, int64_t stride, int64_t dilation) {
    const windows_attrs attrs = {axis, size, stride, dilation};
    return fx_apply(&fx__windows_ops[WINDOWS], &attrs, 1, &x);
}

fx_tensor fx__unwindows(fx_tensor g, int axis, int64_t length, int64_t stride, int64_t dilation) {
    const unwindows_attrs attrs = {axis, length, stride, dilation};
    return fx_apply(&fx__windows_ops[UNWINDOWS], &attrs, 1, &g);
}

/* ---- over a space ---- */

const char *fx__space_name(int axes, int i) {
    static const char *const names[] = {"length", "height", "width"};
    return names[axes - 1 + i];
}

bool fx__space_rank(const fx_op *op, fx_tensor x, int least, int more, fx_tensor *refusal) {
    static const char *const last[] = {"the length is the last axis",
                                       "height and width are the last two axes",
                                       "channels, height and width are the last three axes"};
    const int32_t rank = fx_tensor_shape(x).rank, most = FX_MAX_RANK - more;
    if (rank >= least && rank <= most) return true;
    if (rank < least)
        *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE, "rank %d; %s", rank, last[least - 1]);
    else
        *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                             "rank %d; at most %d leaves room for the axes of windows", rank, most);
    return false;
}

static bool space_fits_along(const fx_op *op, fx_tensor x, const fx__space *s, int i,
                             int64_t length, fx_tensor *refusal) {
    const fx_window *w = &s->window;
    const int64_t size = w->size[i], stride = w->stride[i], padding = w->padding[i];
    const char *name = fx__space_name(s->axes, i);
    if (size < 1 || stride < 1 || padding < 0 || w->dilation[i] < 1)
        *refusal = fx_refuse(op, 1, &x, FX_ERR_ARGUMENT,
                             "%s: size %lld, stride %lld, padding %lld, dilation %lld; padding is "
                             "at least 0, the others at least 1",
                             name, (long long)size, (long long)stride, (long long)padding,
                             (long long)w->dilation[i]);
    else if (padding > (INT64_MAX - length) / 2)
        *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE, "%s: padding %lld is too large to count",
                             name, (long long)padding);
    else if (windows_count(length + 2 * padding, size, stride, w->dilation[i]) < 1)
        *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                             "%s: a window of %lld with dilation %lld does not fit into %lld with "
                             "padding %lld; make it smaller, or the padding larger",
                             name, (long long)size, (long long)w->dilation[i], (long long)length,
                             (long long)padding);
    else
        return true;
    return false;
}

bool fx__space_fits(const fx_op *op, fx_tensor x, const fx__space *s, const int64_t *lengths,
                    fx_tensor *refusal) {
    for (int i = 0; i < s->axes; i++)
        if (!space_fits_along(op, x, s, i, lengths[i], refusal)) return false;
    return true;
}

fx_tensor fx__space_windows(fx_tensor x, const fx__space *s, double value) {
    const fx_window *w = &s->window;
    fx_shape border = {fx_tensor_shape(x).rank, {0}};
    const int32_t first = border.rank - s->axes;
    bool any = false;
    if (border.rank < 0) return x;
    for (int i = 0; i < s->axes; i++) any = (border.dims[first + i] = w->padding[i]) > 0 || any;
    if (any) x = fx_pad(x, border, border, value);
    for (int i = 0; i < s->axes; i++)
        x = fx_windows(x, first + i, w->size[i], w->stride[i], w->dilation[i]);
    return x;
}

/* ---- windows as columns ---- */

/* The last four axes in two pairs, which change places. */
static fx_tensor unfold_turned(fx_tensor x, int32_t rank) {
    fx_axes axes = {rank, {0}};
    for (int32_t i = 0; i < rank; i++) axes.dims[i] = i;
    for (int32_t i = rank - 4; i < rank; i++) axes.dims[i] = i < rank - 2 ? i + 2 : i - 2;
    return fx_permute(x, axes);
}

static fx_tensor unfold_columns(fx_tensor x, const fx__space *s) {
    const fx_op *op = &fx__windows_ops[WINDOWS_UNFOLD];
    fx_tensor refusal;
    if (!fx__space_rank(op, x, 3, 2, &refusal)) return refusal;
    const fx_shape whole = fx_tensor_shape(x);
    if (!fx__space_fits(op, x, s, &whole.dims[whole.rank - 2], &refusal)) return refusal;
    x = fx__space_windows(x, s, 0);
    fx_shape shape = fx_tensor_shape(x); /* [.., C, H', W', h, w] */
    if (shape.rank < 0) return x;
    const int64_t *last = &shape.dims[whole.rank - 2];
    const int64_t windows = last[0] * last[1], elements = last[2] * last[3];
    x = unfold_turned(x, shape.rank);
    shape.rank = whole.rank - 1;
    shape.dims[shape.rank - 2] *= elements;
    shape.dims[shape.rank - 1] = windows;
    return fx_reshape(x, shape);
}

fx_tensor fx_unfold(fx_tensor x, fx_window window) {
    const fx__space s = {2, window};
    const fx_composition c = fx_compose(&fx__windows_ops[WINDOWS_UNFOLD], 1, &x);
    return fx_composed(c, unfold_columns(x, &s));
}

/* The columns of x as [.., C, h, w, H', W']. */
static bool fold_shape(const fx_op *op, fx_tensor x, const int64_t *lengths, const fx_window *w,
                       fx_shape *shape, fx_tensor *refusal) {
    *shape = fx_tensor_shape(x);
    int64_t *last = &shape->dims[shape->rank - 2], count[2];
    const int64_t all = last[0], windows = last[1];
    for (int i = 0; i < 2; i++)
        count[i] =
            windows_count(lengths[i] + 2 * w->padding[i], w->size[i], w->stride[i], w->dilation[i]);
    last[0] = all / w->size[0] / w->size[1];
    for (int i = 0; i < 2; i++) last[1 + i] = w->size[i], last[3 + i] = count[i];
    shape->rank += 3;
    if (all % w->size[0] || all / w->size[0] % w->size[1])
        *refusal = fx_refuse(
            op, 1, &x, FX_ERR_SHAPE, "axis %d has size %lld, no multiple of a window's %lld x %lld",
            shape->rank - 5, (long long)all, (long long)w->size[0], (long long)w->size[1]);
    else if (windows % count[1] || windows / count[1] != count[0])
        *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                             "%lld windows; height %lld and width %lld have %lld x %lld",
                             (long long)windows, (long long)lengths[0], (long long)lengths[1],
                             (long long)count[0], (long long)count[1]);
    else
        return true;
    return false;
}

static fx_tensor fold_columns(fx_tensor x, const int64_t *lengths, const fx__space *s) {
    const fx_op *op = &fx__windows_ops[WINDOWS_FOLD];
    const fx_window *w = &s->window;
    const int32_t rank = fx_tensor_shape(x).rank;
    fx_tensor refusal;
    fx_shape shape;
    if (rank < 2 || rank > FX_MAX_RANK - 3)
        return fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                         "rank %d; it is 2 to %d, the last two axes being "
                         "elements and windows",
                         rank, FX_MAX_RANK - 3);
    for (int i = 0; i < 2; i++)
        if (lengths[i] < 0)
            return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "%s %lld is negative",
                             fx__space_name(2, i), (long long)lengths[i]);
    if (!fx__space_fits(op, x, s, lengths, &refusal) ||
        !fold_shape(op, x, lengths, w, &shape, &refusal))
        return refusal;
    x = unfold_turned(fx_reshape(x, shape), shape.rank);
    for (int i = 1; i >= 0; i--)
        x = fx__unwindows(x, rank - 1 + i, lengths[i] + 2 * w->padding[i], w->stride[i],
                          w->dilation[i]);
    for (int i = 0; i < 2; i++)
        if (w->padding[i]) x = fx_narrow(x, rank - 1 + i, w->padding[i], lengths[i]);
    return x;
}

fx_tensor fx_fold(fx_tensor x, int64_t height, int64_t width, fx_window window) {
    const fx__space s = {2, window};
    const int64_t lengths[] = {height, width};
    const fx_composition c = fx_compose(&fx__windows_ops[WINDOWS_FOLD], 1, &x);
    return fx_composed(c, fold_columns(x, lengths, &s));
}
