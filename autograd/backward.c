/* SPDX-License-Identifier: MIT */
/* fx_backward: the traversal whose wanted nodes are the trainable parameters in use, and which adds
 * what arrives to their gradients. */
#include "params.h"
#include "walk.h"

/* What a backward is after. */
typedef struct fx__aim {
    fx_gradients *only; /* NULL: all */
    uint32_t y, lowest; /* the lowest leaf wanted */
} fx__aim;

/* The gradients asked for; else those that the graph was directed to, unless they were freed; the
 * params' own otherwise. */
static fx_gradients *aim_gradients(const fx__aim *aim, const fx__attach *a) {
    if (aim->only) return aim->only;
    for (fx_gradients *gr = a->params->gradients; gr; gr = gr->next)
        if (gr->number == a->gradients) return gr;
    return a->params->gradients;
}

/* Whether an attachment's parameters are wanted: in use, alive, and of the set asked for. */
static bool aim_wants(const fx__aim *aim, const fx__attach *a) {
    if (!fx__attach_holds(a)) return false;
    return aim->only ? aim->only->params == a->params : a->params->gradients != NULL;
}

/* Nobody may free the parameters while their gradients are on the way. */
static void aim_hold(fx_graph *g, int64_t attached, bool hold) {
    for (int64_t k = 0; k < attached; k++)
        if (fx__attach_holds(&g->attached[k])) g->attached[k].params->held += hold ? 1 : UINT32_MAX;
}

/* Calls w's fx__walk_want, or finds the lowest, for each leaf wanted. */
static bool aim_leaves(fx_graph *g, fx__aim *aim, fx__walk *w) {
    bool any = false;
    for (int64_t k = 0; k < g->attached_count; k++) {
        const fx__attach *a = &g->attached[k];
        for (int64_t i = 0; i < a->reached_count && aim_wants(aim, a); i++) {
            const uint32_t node = a->reached[i];
            if (node > aim->y || !a->params->entries[fx__node_at(g, node)->in.two[1]].trainable)
                continue;
            any = true;
            if (w)
                fx__walk_want(w, node);
            else if (node < aim->lowest)
                aim->lowest = node;
        }
    }
    return any;
}

static fx_status backward_arrived(fx__walk *w, uint32_t index, const fx__cot *cot) {
    const fx__node *node = fx__node_at(w->g, index);
    const fx__attach *a = &w->g->attached[node->in.two[0]];
    fx_gradients *gr = aim_gradients(w->user, a);
    const int64_t item = (int64_t)fx__item_size(node->dtype);
    gr->state = FX_GRADIENTS_BROKEN; /* until all have arrived */
    fx__gradients_put(gr, node->in.two[1], cot->ly,
                      (const unsigned char *)cot->st->data + cot->off * item);
    return FX_OK;
}

/* Room in all gradients that may be reached, before any is touched. */
static fx_status backward_prepare(fx_graph *g, const fx__aim *aim) {
    for (int64_t k = 0; k < g->attached_count; k++) {
        const fx__attach *a = &g->attached[k];
        if (!aim_wants(aim, a)) continue;
        fx_gradients *gr = aim_gradients(aim, a);
        if (gr->state == FX_GRADIENTS_BROKEN)
            return fx__graph_fail(g, FX_ERR_STATE,
                                  "fx_backward: an earlier backward failed "
                                  "halfway; call fx_zero on the gradients");
        if (!fx__gradients_ready(gr)) return g->head.cx->status;
        if (!fx__grow(gr->cx, &gr->stored, &gr->stored_capacity, gr->stored_count + g->stored_count,
                      sizeof *gr->stored))
            return g->head.cx->status;
    }
    return FX_OK;
}

/* All arrived: what was broken for the time being is ready, and takes the state that was queued for
 * its parameters' step. */
static void backward_ready(fx_graph *g, const fx__aim *aim) {
    for (int64_t k = 0; k < g->attached_count; k++) {
        const fx__attach *a = &g->attached[k];
        if (!aim_wants(aim, a)) continue;
        fx_gradients *gr = aim_gradients(aim, a);
        if (gr->state != FX_GRADIENTS_BROKEN) continue; /* the loss did not reach them */
        gr->state = FX_GRADIENTS_READY;
        int64_t kept = 0;
        for (int64_t i = 0; i < g->stored_count; i++) {
            if (g->stored[i].buffer.owner == (const void *)a->params)
                gr->stored[gr->stored_count++] = g->stored[i];
            else
                g->stored[kept++] = g->stored[i];
        }
        g->stored_count = kept;
    }
}

static fx_status backward_unreached(fx_graph *g) {
    return fx__graph_fail(
        g, FX_ERR_ARGUMENT, "fx_backward: the loss depends on no trainable parameter%s",
        g->record ? " (fx_freeze may have frozen them)" : "; recording is off (fx_record)");
}

static fx_status backward_walk(fx_graph *g, fx__aim *aim) {
    fx__walk w;
    fx_status status = fx__walk_open(&w, g, aim->y, aim->lowest, false);
    if (status == FX_OK) {
        w.arrived = backward_arrived;
        w.user = aim;
        aim_leaves(g, aim, &w);
        if (!fx__walk_reach(&w, aim->y)) status = backward_unreached(g);
    }
    if (status == FX_OK) status = backward_prepare(g, aim);
    if (status == FX_OK) {
        const fx_mark mark = fx_graph_mark(g);
        const int64_t attached = g->attached_count;
        aim_hold(g, attached, true);
        status = fx__walk_run(&w, aim->y, fx_num(1));
        aim_hold(g, attached, false);
        fx__cut(g, &mark);
    }
    fx__walk_close(&w);
    if (status == FX_OK) backward_ready(g, aim);
    return status;
}

static fx_status backward_check(fx_graph *g, fx__aim *aim) {
    const fx__node *node = fx__node_at(g, aim->y);
    if (node->ly->numel != 1)
        return fx__graph_fail(g, FX_ERR_SHAPE,
                              "fx_backward: the loss has %lld elements, not one; take its mean or "
                              "sum, or use fx_grad with a seed",
                              (long long)node->ly->numel);
    if (node->dtype > FX_F64)
        return fx__graph_fail(g, FX_ERR_DTYPE, "fx_backward: the loss is %s",
                              fx_dtype_name((fx_dtype)node->dtype));
    if (!aim_leaves(g, aim, NULL)) return backward_unreached(g);
    return FX_OK;
}

static fx_status backward(fx_tensor loss, fx_gradients *only) {
    fx_graph *g = fx_tensor_graph(loss);
    fx_context *cx = fx_tensor_context(loss);
    if (cx && cx->status != FX_OK) return cx->status;
    if (!g) return fx__unusable(cx, NULL, loss, "fx_backward: the loss");
    if (!fx__here(cx, "fx_backward")) return FX_ERR_STATE;
    fx__aim aim = {only, fx__resolve(g, loss, FX_F64), FX__NO_NODE};
    if (aim.y == FX__NO_NODE) return fx__unusable(cx, g, loss, "fx_backward: the loss");
    const fx_status status = backward_check(g, &aim);
    return status == FX_OK ? backward_walk(g, &aim) : status;
}

fx_status fx_backward(fx_tensor loss) { return backward(loss, NULL); }

fx_status fx_backward_to(fx_tensor loss, fx_gradients *gradients) {
    return gradients ? backward(loss, gradients) : FX_ERR_ARGUMENT;
}
