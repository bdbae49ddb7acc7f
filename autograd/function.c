/* SPDX-License-Identifier: MIT */
/* A function as a node: fx_recompute and fx_custom_vjp. Its nodes are made, looked through for what
 * they read from outside, and cut; one node with the result takes their place. */
#include "function.h"

#include <string.h>

#include "call.h"
#include "params.h"
#include "walk.h"

/* ------------------------------------------------------------- what a function reads */

/* The operands of the node to come: the xs, then what was found. */
typedef struct fx__captured {
    fx__storage *room;
    uint32_t *nodes;   /* older than the function */
    fx_tensor *params; /* first used inside */
    int64_t nodes_count, params_count;
} fx__captured;

static bool captured_has(const fx__captured *c, uint32_t index) {
    for (int64_t i = 0; i < c->nodes_count; i++)
        if (c->nodes[i] == index) return true;
    return false;
}

static int64_t captured_most(const fx_graph *g, uint32_t from) {
    int64_t most = 0;
    for (uint32_t i = from; i < g->count; i++) most += 1 + fx__node_at(g, i)->n;
    return most;
}

/* Finds what the nodes from..end read besides xs. */
static bool captured_find(fx_graph *g, uint32_t from, int n, const uint32_t *xs, fx__captured *c) {
    const size_t most = (size_t)(captured_most(g, from) + n);
    memset(c, 0, sizeof *c);
    c->room = fx__storage_new(g->head.cx, most * (sizeof(fx_tensor) + sizeof(uint32_t)));
    if (!c->room) return false;
    c->params = c->room->data;
    c->nodes = (uint32_t *)(void *)(c->params + most);
    for (int i = 0; i < n; i++) c->nodes[c->nodes_count++] = xs[i];
    for (uint32_t i = from; i < g->count; i++) {
        const fx__node *node = fx__node_at(g, i);
        if (node->kind == FX__PARAM)
            c->params[c->params_count++] =
                fx__param_handle(g->attached[node->in.two[0]].params, node->in.two[1]);
        const uint32_t *in = fx__node_operands(node);
        for (int j = 0; node->op && j < node->n; j++)
            if (in[j] < from && !captured_has(c, in[j])) c->nodes[c->nodes_count++] = in[j];
    }
    return true;
}

/* --------------------------------------------------------------------------- the node */

/* The result, held while the function's nodes are cut. */
typedef struct fx__outcome {
    fx__storage *st;
    fx_shape shape;
    int64_t strides[FX_MAX_RANK], off;
    int dtype;
} fx__outcome;

static fx__outcome outcome_take(const fx__node *node) {
    fx__outcome out = {
        fx__storage_keep(node->st), fx__layout_shape(node->ly), {0}, node->off, node->dtype};
    for (int32_t i = 0; i < node->ly->rank; i++) out.strides[i] = fx__strides(node->ly)[i];
    return out;
}

/* The node's operands, in the arena; NULL: no memory. */
static uint32_t *function_operands(fx_graph *g, const fx__captured *c) {
    const int64_t n = c->nodes_count + c->params_count;
    if (n > FX__MOST_OPERANDS) {
        fx__graph_fail(g, FX_ERR_ARGUMENT, "a function of %lld tensors; %d are possible",
                       (long long)n, (int)FX__MOST_OPERANDS);
        return NULL;
    }
    uint32_t *in = fx__arena_alloc(&g->arena, (size_t)n * sizeof *in);
    for (int64_t i = 0; i < c->nodes_count && in; i++) in[i] = c->nodes[i];
    for (int64_t i = 0; i < c->params_count && in; i++) {
        in[c->nodes_count + i] = fx__resolve(g, c->params[i], FX_F64);
        if (in[c->nodes_count + i] != FX__NO_NODE) continue;
        fx__unusable(g->head.cx, g, c->params[i], "what a function read");
        return NULL;
    }
    return in;
}

/* Tells who watches of the function as a whole. */
static fx_status function_watched(fx_graph *g, const fx__function *f, const fx__outcome *out,
                                  const fx__layout *ly, int n, const uint32_t *in) {
    fx_context *cx = g->head.cx;
    if (!fx__watched(cx)) return FX_OK;
    fx__storage *room = fx__storage_new(cx, (size_t)n * sizeof(fx_view));
    if (!room) return FX_ERR_MEMORY;
    fx_view *x = room->data, y;
    for (int i = 0; i < n; i++) {
        const fx__node *node = fx__node_at(g, in[i]);
        fx__view_of(&x[i], node->ly, node->dtype, fx__node_data(node));
    }
    fx__view_of(&y, ly, out->dtype,
                (unsigned char *)out->st->data + out->off * (int64_t)fx__item_size(out->dtype));
    struct fx_call_private engine = {.graph = g, .view_of = -1, .operands = in};
    const fx_call call = {&f->op, NULL, n, 1, x, &y, NULL, cx->kernels, cx, &engine};
    const fx_status status = fx__observed(&call);
    fx__storage_drop(cx, room);
    return status;
}

/* Appends the node. Takes over out's storage. */
static fx_tensor function_append(fx_graph *g, const fx__function *f, fx__outcome out,
                                 const fx__captured *c) {
    const int n = (int)(c->nodes_count + c->params_count);
    fx__function *own = fx__arena_copy(&g->arena, f, sizeof *f);
    if (own && f->bytes && !(own->user = fx__arena_copy(&g->arena, f->user, f->bytes))) own = NULL;
    uint32_t *in = own ? function_operands(g, c) : NULL;
    const fx__layout *ly = in ? fx__layout_new(&g->arena, out.shape, out.strides) : NULL;
    if (!ly || function_watched(g, own, &out, ly, n, in) != FX_OK) {
        fx__storage_drop(g->head.cx, out.st);
        return fx__invalid(g);
    }
    fx__node *node = fx__push(g, FX__RESULT, out.st, ly, out.off, out.dtype);
    if (!node) return fx__invalid(g);
    node->op = &own->op;
    node->attrs = own;
    node->n = (uint16_t)n;
    if (n <= FX__INLINE_OPERANDS)
        memcpy(node->in.two, in, (size_t)n * sizeof *in);
    else
        node->in.many = in;
    return fx__handle(g, g->count - 1);
}

fx_tensor fx__function_run(fx_graph *g, fx_function *f, void *user, const fx_tensor *xs) {
    enum { NESTED_MOST = 100 };
    if (g->nested >= NESTED_MOST) {
        fx__graph_fail(g, FX_ERR_STATE, "functions inside functions, more than %d deep",
                       NESTED_MOST);
        return fx__invalid(g);
    }
    const uint32_t within = g->within;
    g->within = ++g->serial;
    g->nested++;
    g->head.cx->busy++;
    const fx_tensor y = f(user, xs);
    g->head.cx->busy--;
    g->nested--;
    g->within = within;
    return y;
}

/* Runs f over xs, which are nodes, and puts one node in the place of what it made. */
static fx_tensor function_call(fx_graph *g, const fx__function *f, const fx_tensor *xs,
                               const uint32_t *index) {
    const fx_mark mark = fx_graph_mark(g);
    const bool record = fx_record(g, f->recomputes);
    const fx_tensor y = fx__function_run(g, f->f, f->user, xs);
    g->record = record;
    if (g->head.cx->status != FX_OK) return fx__invalid(g);
    if (!fx__in_graph(g, y)) {
        fx__unusable(g->head.cx, g, y, f->op.name);
        return fx__invalid(g);
    }
    if (f->recomputes && y.as.at.index < mark.nodes) return y; /* it computed nothing */
    fx__captured c;
    const uint32_t from = f->recomputes ? mark.nodes : g->count;
    if (!captured_find(g, from, f->n, index, &c)) return fx__invalid(g);
    const fx__outcome out = outcome_take(fx__node_at(g, y.as.at.index));
    for (int64_t i = 0; i < g->stored_count; i++) /* what f queued stays queued */
        if (g->stored[i].node > mark.nodes) g->stored[i].node = mark.nodes;
    fx__cut(g, &mark);
    const fx_tensor node = function_append(g, f, out, &c);
    fx__storage_drop(g->head.cx, c.room);
    return node;
}

static fx_graph *function_graph(int n, const fx_tensor *xs) {
    for (int i = 0; i < n && xs; i++)
        if (fx_tensor_graph(xs[i])) return fx_tensor_graph(xs[i]);
    return NULL;
}

/* No x belongs to a graph that is alive: reported if a context is known. */
static fx_tensor function_homeless(const fx__function *f, const fx_tensor *xs) {
    for (int i = 0; i < f->n && xs; i++) {
        const fx__head *head = fx__head_of(xs[i]);
        if (!head) continue;
        if (head->kind == FX__GRAPH)
            fx__unusable(head->cx, NULL, xs[i], f->op.name);
        else
            fx__homeless_fail(head->cx, f->op.name);
        break;
    }
    return fx__invalid(NULL);
}

static fx_tensor function_apply(const fx__function *f, const fx_tensor *xs) {
    fx_graph *g = function_graph(f->n, xs);
    if (!g) return function_homeless(f, xs);
    fx_context *cx = g->head.cx;
    if (cx->status != FX_OK) return fx__invalid(g);
    if (!f->f || (f->bytes && !f->user)) {
        fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: %s is NULL", f->op.name, f->f ? "user" : "f");
        return fx__invalid(g);
    }
    if (!g->record) return fx__function_run(g, f->f, f->user, xs);
    const size_t n = (size_t)f->n;
    fx__storage *room = fx__storage_new(cx, n * (sizeof(fx_tensor) + sizeof(uint32_t)));
    if (!room) return fx__invalid(g);
    fx_tensor *handles = room->data, y = fx__invalid(g);
    uint32_t *index = (uint32_t *)(void *)(handles + n);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        index[i] = fx__resolve(g, xs[i], FX_F64);
        ok = index[i] != FX__NO_NODE;
        if (ok)
            handles[i] = fx__handle(g, index[i]);
        else
            fx__unusable(cx, g, xs[i], f->op.name);
    }
    if (ok) y = function_call(g, f, handles, index);
    fx__storage_drop(cx, room);
    return y;
}

/* ---------------------------------------------------------------------------- recompute */

/* Walks the function's fresh nodes, which end in y, back to the operands. */
static void recompute_walk(fx_vjp *v, uint32_t from, fx_tensor y, bool recorded) {
    fx_graph *g = v->graph;
    fx__walk w;
    fx__storage *room = fx__storage_new(g->head.cx, 2 * (size_t)v->n * sizeof(uint32_t));
    if (!room) return;
    uint32_t *below = room->data;
    memset(below, 0, 2 * (size_t)v->n * sizeof *below);
    for (int i = 0; i < v->n; i++) below[i] = v->wants[i] ? v->x[i].as.at.index : FX__NO_NODE;
    fx_status status = fx__walk_open(&w, g, y.as.at.index, from, recorded);
    if (status == FX_OK) {
        w.below = below;
        w.below_slots = below + v->n;
        w.below_count = v->n;
        if (fx__walk_reach(&w, y.as.at.index)) status = fx__walk_run(&w, y.as.at.index, v->g[0]);
    }
    for (int i = 0; i < v->n && status == FX_OK; i++) {
        const fx__cot *cot = v->wants[i] ? fx__walk_cot(&w, below[i]) : NULL;
        if (cot)
            v->dx[i] = fx__cot_tensor(&w, cot, (int)fx_tensor_dtype(v->x[i]));
        else
            fx_vjp_zero(v, i);
        w.below_slots[i] = 0; /* the same operand once more has none of it */
    }
    fx__walk_close(&w);
    fx__storage_drop(g->head.cx, room);
}

/* Runs f as it ran the first time. */
static fx_tensor recompute_run(fx_graph *g, const fx__function *f, const fx_tensor *xs) {
    const bool recorded = fx_record(g, true), inference = fx_inference(g, f->inference);
    const bool recomputing = g->recomputing;
    const uint64_t seed = g->seed, draws = g->draw_next;
    g->seed = f->seed;
    g->draw_next = f->draw;
    g->recomputing = true;
    const fx_tensor y = fx__function_run(g, f->f, f->user, xs);
    g->seed = seed;
    g->draw_next = draws;
    g->recomputing = recomputing;
    g->inference = inference;
    g->record = recorded;
    return y;
}

/* Whether what f gave now can stand for what it gave then. */
static bool recompute_same(const fx_graph *g, fx_tensor now, fx_tensor then) {
    if (!fx__in_graph(g, now)) return false;
    const fx__node *a = fx__node_at(g, now.as.at.index), *b = fx__node_at(g, then.as.at.index);
    return a->dtype == b->dtype && fx__same_shape(a->ly, b->ly);
}

static void recompute_vjp(fx_vjp *v) {
    fx_graph *g = v->graph;
    const fx__function *f = v->attrs;
    for (int i = 0; i < v->n; i++)
        if (!fx_tensor_valid(v->x[i])) {
            fx__unusable(g->head.cx, g, v->x[i], "fx_recompute: an operand");
            return;
        }
    const bool recorded = g->record;
    const uint32_t from = g->count;
    const fx_tensor y = recompute_run(g, f, v->x);
    if (g->head.cx->status != FX_OK) return;
    if (recompute_same(g, y, v->y[0]))
        recompute_walk(v, from, y, recorded);
    else
        fx__graph_fail(g, FX_ERR_STATE, "f gave something else than the first time");
}

fx_tensor fx_recompute(fx_function *f, void *user, size_t bytes, int n, const fx_tensor *xs) {
    fx_graph *g = function_graph(n, xs);
    const fx__function function = {
        .op = {.version = FX_OP_VERSION,
               .name = "recompute",
               .operands = "x...",
               .max = -1,
               .flags = FX__OP_FUNCTION,
               .vjp = recompute_vjp},
        .f = f,
        .user = user,
        .bytes = bytes,
        .n = n,
        .seed = g ? g->seed : 0,
        .draw = g ? g->draw_next : 0,
        .inference = g && g->inference,
        .recomputes = true,
    };
    return function_apply(&function, xs);
}

fx_tensor fx_custom_vjp(const char *name, fx_function *f, void (*rule)(fx_vjp *v), void *user,
                        size_t bytes, int n, const fx_tensor *xs) {
    fx_graph *g = function_graph(n, xs);
    const char *own = name ? name : "custom_vjp";
    if (g && g->head.cx->status != FX_OK) return fx__invalid(g);
    if (g && !(own = fx__arena_text(&g->arena, own))) return fx__invalid(g);
    const fx__function function = {
        .op = {.version = FX_OP_VERSION,
               .name = own,
               .operands = "x...",
               .max = -1,
               .flags = FX__OP_FUNCTION,
               .vjp = rule},
        .f = f,
        .user = user,
        .bytes = bytes,
        .n = n,
    };
    return function_apply(&function, xs);
}
