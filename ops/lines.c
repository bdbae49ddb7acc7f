/* SPDX-License-Identifier: MIT */
/* Walks tensors line by line: a line is what lies along the axes of a set, in row-major order,
 * brought into contiguous double precision whatever the dtype and the layout. So an op over axes is
 * one function of a line, its bits do not depend on the layout, and f32 is rounded once. */
#include "families.h"

enum { LINES_VIEWS = 3 }; /* two operands and the result */

typedef struct lines_side {
    fx_shape shape;
    int64_t strides[FX_MAX_RANK];
} lines_side;

typedef struct lines_plan {
    const fx_view *view[LINES_VIEWS];
    lines_side outer[LINES_VIEWS], inner[LINES_VIEWS]; /* dimensions that stay, and of the line */
    int64_t n;
    bool single; /* one value per line */
    double *line[LINES_VIEWS], *spare;
} lines_plan;

static void lines_split(const fx_view *x, uint32_t set, lines_side *outer, lines_side *inner) {
    outer->shape.rank = inner->shape.rank = 0;
    for (int32_t i = 0; i < x->rank; i++) {
        lines_side *side = set >> i & 1u ? inner : outer;
        side->strides[side->shape.rank] = x->strides[i];
        side->shape.dims[side->shape.rank++] = x->dims[i];
    }
}

static double lines_get(const fx_view *x, int64_t at) {
    switch (x->dtype) {
    case FX_F32:
        return (double)((const float *)x->data)[at];
    case FX_F64:
        return ((const double *)x->data)[at];
    case FX_I64:
        return (double)((const int64_t *)x->data)[at];
    case FX_BOOL:
        return ((const bool *)x->data)[at];
    }
    return 0;
}

static void lines_put(const fx_view *y, int64_t at, double value) {
    switch (y->dtype) {
    case FX_F32:
        ((float *)y->data)[at] = (float)value;
        break;
    case FX_F64:
        ((double *)y->data)[at] = value;
        break;
    case FX_I64:
        ((int64_t *)y->data)[at] = (int64_t)value;
        break;
    case FX_BOOL:
        ((bool *)y->data)[at] = value != 0;
        break;
    }
}

static void lines_load(const lines_plan *p, int j, int64_t at) {
    const int64_t *strides[] = {p->inner[j].strides};
    double *line = p->line[j];
    fx_walk w;
    for (bool more = fx_walk_begin(&w, p->inner[j].shape, 1, strides); more;
         more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++)
            *line++ = lines_get(p->view[j], at + w.offset[0] + i * w.step[0]);
}

static void lines_store(const lines_plan *p, int j, int64_t at) {
    const int64_t *strides[] = {p->inner[j].strides};
    const double *line = p->line[j];
    fx_walk w;
    for (bool more = fx_walk_begin(&w, p->inner[j].shape, 1, strides); more;
         more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++)
            lines_put(p->view[j], at + w.offset[0] + i * w.step[0], *line++);
}

/* How many elements a line has; 0 if there are none at all. */
static int64_t lines_length(const fx_view *x, uint32_t set) {
    int64_t n = 1;
    for (int32_t i = 0; i < x->rank && x->numel > 0; i++)
        if (set >> i & 1u) n *= x->dims[i];
    return x->numel > 0 ? n : 0;
}

fx_status fx__lines_scratch(fx_call *call, uint32_t set, int spares) {
    const int64_t n = lines_length(&call->x[0], set);
    const size_t lines = (size_t)(call->n + 1 + spares);
    return fx_scratch(call, n < INT64_MAX ? n + 1 : n, lines * sizeof(double));
}

static void lines_plan_make(const fx_call *call, uint32_t set, lines_plan *p) {
    const int y = call->n;
    p->n = lines_length(&call->x[0], set);
    for (int j = 0; j <= y; j++) {
        p->view[j] = j < y ? &call->x[j] : &call->y[0];
        p->line[j] = (double *)call->scratch + j * (p->n + 1);
        lines_split(p->view[j], set, &p->outer[j], &p->inner[j]);
    }
    p->spare = p->line[y] + p->n + 1;
    int64_t count = 1;
    for (int32_t i = 0; i < p->outer[0].shape.rank; i++) count *= p->outer[0].shape.dims[i];
    p->single = call->y[0].numel == count; /* dense: result o belongs to line o */
    for (int i = 0; i < FX_MAX_RANK && p->single; i++) p->outer[y].strides[i] = 0;
}

fx_status fx__lines(fx_call *call, uint32_t set, fx__line *f) {
    const int y = call->n;
    const int64_t *strides[LINES_VIEWS];
    lines_plan p;
    fx_walk w;
    if (call->y[0].numel == 0) return FX_OK;
    lines_plan_make(call, set, &p);
    for (int j = 0; j <= y; j++) strides[j] = p.outer[j].strides;
    const fx_shape outer = p.outer[0].shape;
    int64_t done = 0;
    for (bool more = fx_walk_begin(&w, outer, y + 1, strides); more; more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++) {
            for (int j = 0; j < y; j++) lines_load(&p, j, w.offset[j] + i * w.step[j]);
            f(call, p.n, (const double *const *)p.line, p.line[y], p.spare);
            if (p.single)
                lines_put(&call->y[0], done++, *p.line[y]);
            else
                lines_store(&p, y, w.offset[y] + i * w.step[y]);
        }
    return FX_OK;
}

double fx__line_sum(const fx_call *call, int64_t n, const double *x) {
    double y;
    const fx_sum_args sum = {1, n, x, n, 1, &y};
    call->kernels->sum[FX_F64](&sum);
    return y;
}

fx_status fx__over_infer(fx_call *call, fx_dtype dtype, int spares) {
    const fx__over *over = call->attrs;
    uint32_t set;
    fx_status status = fx__axes(call, &over->axes, &set);
    if (status == FX_OK) status = fx__lines_scratch(call, set, spares);
    if (status != FX_OK) return status;
    return fx_result(call, 0, dtype, fx__reduced(fx_view_shape(&call->x[0]), set, over->keep));
}

fx_status fx__over_forward(fx_call *call, fx__line *f) {
    uint32_t set;
    const fx_status status = fx__axes(call, &((const fx__over *)call->attrs)->axes, &set);
    return status == FX_OK ? fx__lines(call, set, f) : status;
}
