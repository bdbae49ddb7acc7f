/* SPDX-License-Identifier: MIT */
/* Orders along an axis. Only indices are computed, by a merge sort, which is stable; values are
 * gathered by them, and so are their derivatives. NaN counts as the largest number. */
#include <math.h>
#include <string.h>

#include "families.h"

typedef struct sort_attrs {
    int64_t axis, k;
    bool descending;
} sort_attrs;

static const fx_attr argsort_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(sort_attrs, axis)},
    {"descending", FX_ATTR_BOOL, offsetof(sort_attrs, descending)},
    {0}};
static const fx_attr argtopk_schema[] = {
    {"axis", FX_ATTR_I64, offsetof(sort_attrs, axis)},
    {"k", FX_ATTR_I64, offsetof(sort_attrs, k)},
    {"largest", FX_ATTR_BOOL, offsetof(sort_attrs, descending)},
    {0}};
static const fx_attr argkth_schema[] = {{"axis", FX_ATTR_I64, offsetof(sort_attrs, axis)},
                                        {"k", FX_ATTR_I64, offsetof(sort_attrs, k)},
                                        {0}};

static bool sort_before(double a, double b, bool descending) {
    if (isnan(a) || isnan(b)) return descending ? isnan(a) && !isnan(b) : !isnan(a) && isnan(b);
    return descending ? a > b : a < b;
}

/* Merges the runs low..mid and mid..high. */
static void sort_merge(const double *x, bool descending, const int64_t *from, int64_t low,
                       int64_t mid, int64_t high, int64_t *to) {
    int64_t i = low, j = mid;
    for (int64_t o = low; o < high; o++) {
        const bool right =
            j < high && (i == mid || sort_before(x[from[j]], x[from[i]], descending));
        to[o] = from[right ? j++ : i++];
    }
}

/* The indices in order of their elements, in one of two rooms for n. */
static const int64_t *sort_indices(int64_t n, const double *x, bool descending, int64_t *room,
                                   int64_t *other) {
    for (int64_t i = 0; i < n; i++) room[i] = i;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t low = 0; low < n; low += 2 * width) {
            const int64_t mid = n - low < width ? n : low + width;
            const int64_t high = n - low < 2 * width ? n : low + 2 * width;
            sort_merge(x, descending, room, low, mid, high, other);
        }
        int64_t *const sorted = other;
        other = room;
        room = sorted;
    }
    return room;
}

/* Checks the axis, and makes room. */
static fx_status sort_open(fx_call *call, fx_shape *shape, int32_t *axis) {
    *shape = fx_view_shape(&call->x[0]);
    const fx_status status =
        fx__axis(call, ((const sort_attrs *)call->attrs)->axis, shape->rank, axis);
    return status == FX_OK ? fx__lines_scratch(call, 1u << *axis, 2) : status;
}

static fx_status argsort_infer(fx_call *call) {
    fx_shape shape;
    int32_t axis;
    const fx_status status = sort_open(call, &shape, &axis);
    return status == FX_OK ? fx_result(call, 0, FX_I64, shape) : status;
}

static fx_status argtopk_infer(fx_call *call) {
    const int64_t k = ((const sort_attrs *)call->attrs)->k;
    fx_shape shape;
    int32_t axis;
    const fx_status status = sort_open(call, &shape, &axis);
    if (status != FX_OK) return status;
    if (k < 0 || k > shape.dims[axis])
        return fx_call_fail(call, FX_ERR_ARGUMENT, "k = %lld of the %lld elements along axis %d",
                            (long long)k, (long long)shape.dims[axis], axis);
    shape.dims[axis] = k;
    return fx_result(call, 0, FX_I64, shape);
}

static fx_status argkth_infer(fx_call *call) {
    fx_shape shape;
    int32_t axis;
    const fx_status status = sort_open(call, &shape, &axis);
    if (status != FX_OK) return status;
    if (shape.dims[axis] == 0)
        return fx_call_fail(call, FX_ERR_SHAPE, "axis %d is empty; no elements have no middle",
                            axis);
    shape.dims[axis] = 1;
    return fx_result(call, 0, FX_I64, shape);
}

/* How many elements the result has along the axis. */
static int64_t sort_wanted(const fx_call *call, int64_t n) {
    return call->op->attrs == argtopk_schema ? ((const sort_attrs *)call->attrs)->k : n;
}

static void argsort_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                         double *spare) {
    int64_t *room = (int64_t *)(void *)spare;
    const bool descending = ((const sort_attrs *)call->attrs)->descending;
    const int64_t *at = sort_indices(n, x[0], descending, room, room + n);
    const int64_t wanted = sort_wanted(call, n);
    for (int64_t i = 0; i < wanted; i++) y[i] = (double)at[i];
}

static void argkth_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                        double *spare) {
    int64_t *room = (int64_t *)(void *)spare;
    const int64_t *at = sort_indices(n, x[0], false, room, room + n);
    int64_t k = ((const sort_attrs *)call->attrs)->k;
    if (isnan(x[0][at[n - 1]]))
        for (k = 0; !isnan(x[0][at[k]]);) k++;
    *y = (double)at[k];
}

static fx_status sort_forward(fx_call *call, fx__line *f) {
    int32_t axis;
    const fx_status status =
        fx__axis(call, ((const sort_attrs *)call->attrs)->axis, call->x[0].rank, &axis);
    return status == FX_OK ? fx__lines(call, 1u << axis, f) : status;
}

static fx_status argsort_forward(fx_call *call) { return sort_forward(call, argsort_line); }

static fx_status argkth_forward(fx_call *call) { return sort_forward(call, argkth_line); }

enum { SORT_ARGSORT, SORT_ARGTOPK, SORT_ARGKTH, SORT_SORT, SORT_TOPK };

#define SORT_INDEX(op_name, schema, shapes, computes, text)                                        \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .flags = FX_OP_STRIDED, .attrs = (schema), .attrs_size = sizeof(sort_attrs),               \
        .infer = (shapes), .forward = (computes), .formula = (text)                                \
    }

#define SORT_GATHERED(op_name, text)                                                               \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .formula = (text)                                                                          \
    }

const fx_op fx__sorts[] = {
    [SORT_ARGSORT] = SORT_INDEX("argsort", argsort_schema, argsort_infer, argsort_forward,
                                "y = the indices that sort x along axis"),
    [SORT_ARGTOPK] = SORT_INDEX("argtopk", argtopk_schema, argtopk_infer, argsort_forward,
                                "y = the indices of the k largest (least) along axis, in order"),
    [SORT_ARGKTH] = SORT_INDEX("argkth", argkth_schema, argkth_infer, argkth_forward,
                               "y = the index of the k-th least along axis, or of the first NaN"),
    [SORT_SORT] =
        SORT_GATHERED("sort", "y = x gathered at argsort x;  dx = G scattered to where x stood"),
    [SORT_TOPK] =
        SORT_GATHERED("topk", "y = x gathered at argtopk x;  dx = G scattered there, else 0"),
    {0},
};

static fx_tensor sort_index(int row, fx_tensor x, sort_attrs attrs) {
    return fx_apply(&fx__sorts[row], &attrs, 1, &x);
}

fx_tensor fx_argsort(fx_tensor x, int axis, bool descending) {
    return sort_index(SORT_ARGSORT, x, (sort_attrs){axis, 0, descending});
}

fx_tensor fx__argkth(fx_tensor x, int axis, int64_t k) {
    return sort_index(SORT_ARGKTH, x, (sort_attrs){axis, k, false});
}

fx_tensor fx_sort(fx_tensor x, int axis, bool descending, fx_tensor *index) {
    const fx_composition c = fx_compose(&fx__sorts[SORT_SORT], 1, &x);
    const fx_tensor at = fx_argsort(x, axis, descending);
    if (index) *index = at;
    return fx_composed(c, fx_gather(x, axis, at));
}

fx_tensor fx_topk(fx_tensor x, int64_t k, int axis, bool largest, fx_tensor *index) {
    const fx_composition c = fx_compose(&fx__sorts[SORT_TOPK], 1, &x);
    const fx_tensor at = sort_index(SORT_ARGTOPK, x, (sort_attrs){axis, k, largest});
    if (index) *index = at;
    return fx_composed(c, fx_gather(x, axis, at));
}
