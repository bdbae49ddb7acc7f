/* SPDX-License-Identifier: MIT */
/* Derivatives as tensors of the graph, which can be differentiated again. */
#include "call.h"
#include "walk.h"

static fx_status grad_resolve(fx_graph *g, fx_tensor t, const char *what, uint32_t *index) {
    *index = fx__resolve(g, t, FX_F64);
    return *index == FX__NO_NODE ? fx__unusable(g->head.cx, g, t, what) : FX_OK;
}

/* The leaf of a parameter that y may have read: the newest that is older than y. The parameter may
 * have changed since; a rule that needs its values says so. */
static uint32_t grad_leaf(fx_graph *g, fx_tensor t, uint32_t leaf, uint32_t y) {
    const fx__node *node = fx__node_at(g, leaf);
    if (leaf <= y || node->kind != FX__PARAM || t.owner == (const void *)g) return leaf;
    const fx__attach *a = &g->attached[node->in.two[0]];
    for (int64_t i = a->reached_count; i-- > 0;)
        if (a->reached[i] <= y && fx__node_at(g, a->reached[i])->in.two[1] == node->in.two[1])
            return a->reached[i];
    return leaf;
}

static fx_status grad_x(fx_graph *g, fx_tensor t, uint32_t y, uint32_t *index) {
    const fx_status status = grad_resolve(g, t, "fx_grad: an x", index);
    if (status == FX_OK) *index = grad_leaf(g, t, *index, y);
    if (status != FX_OK || fx__node_at(g, *index)->dtype <= FX_F64) return status;
    return fx__graph_fail(g, FX_ERR_DTYPE, "fx_grad: an x is %s; f32 and f64 have gradients",
                          fx_dtype_name((fx_dtype)fx__node_at(g, *index)->dtype));
}

/* A result that nothing is known of is not a constant: its derivative would be a quiet 0. */
static fx_status grad_recorded(fx_graph *g, uint32_t y, int n, const fx_tensor *xs) {
    const fx__node *node = fx__node_at(g, y);
    if (node->kind != FX__RESULT || node->op) return FX_OK;
    for (int i = 0; i < n; i++)
        if (fx__in_graph(g, xs[i]) && xs[i].as.at.index == y) return FX_OK;
    return fx__graph_fail(g, FX_ERR_STATE,
                          "fx_grad: y was computed while recording was off (fx_record); "
                          "fx_detach makes a constant of it");
}

/* The seed as a node of y's shape: 1 for a y of one element. */
static fx_status grad_seed(fx_graph *g, uint32_t y, fx_tensor *seed) {
    const fx__node *node = fx__node_at(g, y);
    if (node->dtype > FX_F64)
        return fx__graph_fail(g, FX_ERR_DTYPE, "fx_grad: y is %s",
                              fx_dtype_name((fx_dtype)node->dtype));
    const bool given = !fx_is_none(*seed);
    if (!given && node->ly->numel != 1)
        return fx__graph_fail(g, FX_ERR_SHAPE,
                              "fx_grad: y has %lld elements, not one; pass a seed of its shape",
                              (long long)node->ly->numel);
    uint32_t s = fx__resolve(g, given ? *seed : fx_num(1), node->dtype);
    if (s == FX__NO_NODE) return fx__unusable(g->head.cx, g, *seed, "fx_grad: the seed");
    const fx__node *own = fx__node_at(g, s);
    if (own->dtype != node->dtype ||
        !fx__broadcasts_to(own->ly, node->ly->rank, fx__dims(node->ly)))
        return fx__graph_fail(g, FX_ERR_SHAPE,
                              "fx_grad: the seed has another shape or dtype than y");
    *seed = fx__handle(g, s);
    if (!fx__same_shape(own->ly, node->ly))
        *seed = fx_broadcast_to(*seed, fx__layout_shape(node->ly));
    return g->head.cx->status;
}

fx_tensor fx__zeros_of(fx_graph *g, uint32_t index) {
    const fx__node *node = fx__node_at(g, index);
    const fx_shape shape = fx__layout_shape(node->ly);
    const uint32_t zero = fx__push_number(g, FX__NUMBER, node->dtype, 0);
    if (zero == FX__NO_NODE) return fx__invalid(g);
    const fx_tensor t = fx__handle(g, zero);
    return shape.rank ? fx_broadcast_to(t, shape) : t;
}

/* The tensors that the walk leaves behind. */
static fx_status grad_collect(fx__walk *w, int n, const uint32_t *x, fx_tensor *dxs) {
    for (int i = 0; i < n; i++) {
        const fx__cot *cot = fx__walk_cot(w, x[i]);
        dxs[i] =
            cot ? fx__cot_tensor(w, cot, fx__node_at(w->g, x[i])->dtype) : fx__zeros_of(w->g, x[i]);
    }
    return w->g->head.cx->status;
}

static fx_status grad_run(fx_graph *g, uint32_t y, fx_tensor seed, int n, const uint32_t *x,
                          fx_tensor *dxs) {
    uint32_t floor = y;
    for (int i = 0; i < n; i++)
        if (x[i] < floor) floor = x[i];
    fx_status status = grad_seed(g, y, &seed);
    if (status != FX_OK) return status;
    fx__walk w;
    status = fx__walk_open(&w, g, y, floor, g->record);
    if (status == FX_OK) {
        for (int i = 0; i < n; i++) fx__walk_want(&w, x[i]);
        if (fx__walk_reach(&w, y)) status = fx__walk_run(&w, y, seed);
    }
    if (status == FX_OK) status = grad_collect(&w, n, x, dxs);
    fx__walk_close(&w);
    return status;
}

/* y is no tensor of a graph; cx may be NULL. */
static fx_status grad_homeless(fx_context *cx, fx_tensor y) {
    if (!fx__is(y, FX_OWNER_NUMBER)) return fx__unusable(cx, NULL, y, "fx_grad: y");
    return fx_fail(cx, FX_ERR_ARGUMENT, "fx_grad: y is a number, not a tensor of a graph");
}

fx_status fx_grad(fx_tensor y, fx_tensor seed, int n, const fx_tensor *xs, fx_tensor *dxs) {
    fx_graph *g = fx_tensor_graph(y);
    fx_context *cx = fx_tensor_context(y);
    for (int i = 0; i < n && dxs; i++) dxs[i] = fx__invalid(g);
    if (cx && cx->status != FX_OK) return cx->status;
    for (int i = 0; i < n && xs && !cx; i++) cx = fx_tensor_context(xs[i]); /* y is a number */
    if (!g) return grad_homeless(cx, y);
    if (!fx__here(cx, "fx_grad")) return FX_ERR_STATE;
    if (n < 1 || !xs || !dxs)
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "fx_grad: xs or dxs is NULL, or n below 1");
    fx__storage *room = fx__storage_new(cx, (size_t)n * sizeof(uint32_t));
    if (!room) return cx->status;
    uint32_t *x = room->data, index;
    fx_status status = grad_resolve(g, y, "fx_grad: y", &index);
    if (status == FX_OK) status = grad_recorded(g, index, n, xs);
    for (int i = 0; i < n && status == FX_OK; i++) status = grad_x(g, xs[i], index, &x[i]);
    if (status == FX_OK) status = grad_run(g, index, seed, n, x, dxs);
    for (int i = 0; i < n && status != FX_OK; i++) dxs[i] = fx__invalid(g);
    fx__storage_drop(cx, room);
    return status;
}

fx_tensor fx_derivative(fx_tensor y, fx_tensor x) {
    fx_tensor dx;
    fx_grad(y, FX_NONE, 1, &x, &dx);
    return dx;
}
