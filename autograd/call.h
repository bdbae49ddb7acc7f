/* SPDX-License-Identifier: MIT */
/* A call of an op while it is being made: what infer says is kept here. */
#ifndef FLUXION_AUTOGRAD_CALL_H
#define FLUXION_AUTOGRAD_CALL_H

#include "graph.h"

enum { FX__CALL_OPERANDS = 8 };

struct fx_call_private {
    fx_graph *graph;                           /* NULL: an optimizer's step */
    const fx__layout *layouts[FX_MAX_RESULTS]; /* of the results, as infer said */
    int view_of;                               /* the operand result 0 is a view of; -1: none */
    int64_t view_off;
    size_t scratch_bytes;
    const uint32_t *operands; /* nodes; NULL where there is no graph */
    bool inferring;           /* only then may fx_result and its like be called */
};

/* A value of that layout and dtype, as infer and forward see it. */
static inline void fx__view_of(fx_view *view, const fx__layout *ly, int dtype, void *data) {
    view->data = data;
    view->dims = fx__dims(ly);
    view->strides = fx__strides(ly);
    view->numel = ly->numel;
    view->rank = ly->rank;
    view->dtype = (fx_dtype)dtype;
    view->dense = ly->dense;
    view->present = true;
}

/* The name of operand i: from the op's list, the last of which may stand for many. */
void fx__operand_name(const fx_op *op, int i, char *out, size_t size);

/* "(x [32, 12], weight 'hidden.weight' [10, 13])" */
void fx__describe_operands(const fx_call *call, char *out, size_t size);

/* Elementwise ops: their own row, the row of a kernel, or a map. */
static inline bool fx__is_elementwise(const fx_op *op) {
    return op->kernel || op->map || op->row[0] || op->row[1];
}

/* Whether an elementwise op has all that the engine will call: a row for each dtype it takes, and
 * as many operands as a row expects. */
bool fx__rows_complete(const fx_op *op);

/* fx__elementwise
 * Runs an elementwise op over operands that broadcast to call->y[0]'s shape. */
fx_status fx__elementwise(const fx_call *call);

/* fx__compute
 * Runs a call whose views have memory. A forward that fails has a reason afterwards. */
fx_status fx__compute(fx_call *call);

/* One row of an elementwise op. */
void fx__row_own(const fx_op *op, int dtype, int64_t n, const void *attrs, const void *const *x,
                 void *const *y);

static inline void fx__row(const fx_op *op, const fx_kernels *kernels, int dtype, int64_t n,
                           const void *attrs, const void *const *x, void *const *y) {
    if (FX__LIKELY(op->kernel))
        kernels->row[op->kernel][dtype](n, attrs, x, y);
    else
        fx__row_own(op, dtype, n, attrs, x, y);
}

/* fx__row_repeated
 * The same for operands of n elements each, of which those with a bit in repeated have one alone
 * that stands for all. */
void fx__row_repeated(const fx_op *op, const fx_kernels *kernels, int dtype, int64_t n,
                      const void *attrs, unsigned repeated, const void *const *x, void *y);

/* Tells the observer and the environment's watchers. */
fx_status fx__observed(const fx_call *call);

static inline bool fx__watched(const fx_context *cx) {
    return FX__UNLIKELY(cx->observer != NULL || cx->trace || cx->check_nan);
}

/* Reports that no operand of what has that name belongs to a graph. */
fx_status fx__homeless_fail(fx_context *cx, const char *name);

#endif
