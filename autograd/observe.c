/* SPDX-License-Identifier: MIT */
/* Watching ops: the user's observer, the trace and the search for the first NaN. All see an op
 * after it has run and before its results are tensors. */
#include "fluxion/observe.h"

#include <math.h>

#include "call.h"
#include "function.h"
#include "text.h"

const fx_observer *fx_observe(fx_context *cx, const fx_observer *observer) {
    if (!cx) return NULL;
    const fx_observer *was = cx->observer;
    cx->observer = observer;
    return was;
}

/* "encoder: matmul (x [32, 13], w [13, 10]) -> [32, 10]" */
static void observe_line(const fx_call *call, char *out, size_t size) {
    char where[FX__DESCRIBE_BYTES], operands[FX__ERROR_BYTES];
    fx__text t = fx__text_in(out, size);
    fx__describe_operands(call, operands, sizeof operands);
    fx__put_format(&t, "%s%s %s ->", fx__where(call->engine->graph, where, sizeof where),
                   call->op->name, operands);
    for (int j = 0; j < call->results; j++) {
        fx__put(&t, j ? ", " : " ");
        fx__put_dims(&t, call->y[j].rank, call->y[j].dims);
    }
}

/* The first element that is NaN or infinite; -1: all are finite. */
static int64_t observe_not_finite(const fx_view *view, double *value) {
    if (view->dtype > FX_F64 || !view->present) return -1;
    fx_walk w;
    int64_t done = 0;
    for (bool more = fx_walk_begin(&w, fx_view_shape(view), 1, &view->strides); more;
         more = fx_walk_next(&w))
        for (int64_t i = 0; i < w.length; i++, done++) {
            const int64_t at = w.offset[0] + i * w.step[0];
            *value = view->dtype == FX_F32 ? (double)((const float *)view->data)[at]
                                           : ((const double *)view->data)[at];
            if (!isfinite(*value)) return done;
        }
    return -1;
}

static fx_status observe_finite(const fx_call *call) {
    double value;
    for (int i = 0; i < call->n; i++) /* what comes in broken is not this op's doing */
        if (observe_not_finite(&call->x[i], &value) >= 0) return FX_OK;
    for (int j = 0; j < call->results; j++) {
        const int64_t at = observe_not_finite(&call->y[j], &value);
        if (at < 0) continue;
        char operands[FX__ERROR_BYTES], where[FX__DESCRIBE_BYTES];
        fx__describe_operands(call, operands, sizeof operands);
        return fx_fail(call->context, FX_ERR_NAN,
                       "%s%s: made %g out of finite numbers, at element %lld %s",
                       fx__where(call->engine->graph, where, sizeof where), call->op->name, value,
                       (long long)at, operands);
    }
    return FX_OK;
}

/* The graph is in the middle of an op: the observer may add to it, but not cut it. */
static fx_status observe_call(fx_context *cx, const fx_event *event) {
    fx_graph *g = event->graph;
    const uint32_t within = g ? g->within : 0;
    if (g) g->within = UINT32_MAX;
    cx->observing = true;
    cx->busy++;
    const fx_status status = cx->observer->op(cx->observer->user, event);
    cx->busy--;
    cx->observing = false;
    if (g) g->within = within;
    return status;
}

fx_status fx__observed(const fx_call *call) {
    fx_context *cx = call->context;
    fx_graph *g = call->engine->graph;
    char line[FX__ERROR_BYTES], scope[FX__DESCRIBE_BYTES];
    observe_line(call, line, sizeof line);
    if (cx->trace) cx->sink(cx->sink_user, line);
    const bool inner = call->op->flags & FX__OP_FUNCTION; /* its own ops were looked at */
    if (cx->check_nan && !inner && observe_finite(call) != FX_OK) return cx->status;
    if (!cx->observer || !cx->observer->op || cx->observing) return FX_OK;
    scope[0] = '\0';
    if (g) fx__scope_text(g, g->scope, scope, sizeof scope);
    const fx_event event = {call, g, scope, g && g->maker, line};
    const fx_status status = observe_call(cx, &event);
    if (status != FX_OK && cx->status == FX_OK)
        fx_fail(cx, status, "%s: stopped by the observer", call->op->name);
    return cx->status;
}
