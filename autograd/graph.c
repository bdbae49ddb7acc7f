/* SPDX-License-Identifier: MIT */
/* The life of a graph: nodes are appended, and dropped from the end. A reset, a user's rewind
 * (rewind.c) and the clean-up after a derivative rule are the same cut. */
#include "graph.h"

/* Gives back all but the head. */
static void graph_release(fx_graph *g) {
    fx_context *cx = g->head.cx;
    const fx_mark start = {0};
    fx__cut(g, &start);
    for (int64_t i = 0; i < g->chunk_count; i++)
        fx__free(cx, g->chunks[i], FX__CHUNK_NODES * sizeof(fx__node));
    for (int64_t i = 0; i < g->attached_count; i++) {
        fx__attach *a = &g->attached[i];
        fx__attach_drop(cx, a);
        fx__free(cx, a->seats, (size_t)a->seats_capacity * sizeof *a->seats);
        fx__free(cx, a->reached, (size_t)a->reached_capacity * sizeof *a->reached);
    }
    fx__free(cx, g->chunks, (size_t)g->chunk_capacity * sizeof *g->chunks);
    fx__free(cx, g->attached, (size_t)g->attached_capacity * sizeof *g->attached);
    fx__free(cx, g->stored, (size_t)g->stored_capacity * sizeof *g->stored);
    fx__arena_free(&g->arena);
    /* The stamps go on counting, so that handles from before stay stale. */
    const fx_graph blank = {.head = g->head, .stamp = g->stamp, .epoch = g->epoch + 1};
    *g = blank;
}

static void graph_destroy(fx_context *cx, fx__owned *self) {
    fx_graph *g = (fx_graph *)self;
    if (g->head.live) graph_release(g);
    fx__free(cx, g, sizeof *g);
}

fx_graph *fx_graph_new(fx_context *cx) {
    if (!cx || !fx__here(cx, "fx_graph_new")) return NULL;
    fx_graph *g = fx__head_take(cx, FX__GRAPH, sizeof(fx_graph), graph_destroy);
    if (!g) return NULL;
    g->arena.cx = cx;
    g->stamp++;
    g->record = true;
    g->inference = g->recomputing = false;
    g->failures = cx->failures;
    fx_graph_seed(g, cx->seed);
    return g;
}

fx_context *fx_graph_context(const fx_graph *graph) { return graph ? graph->head.cx : NULL; }

void fx_graph_free(fx_graph *g) {
    if (fx__graph_check(g, 0, 0, NULL, "fx_graph_free") != FX_OK) return;
    graph_release(g);
    fx__head_idle(&g->head);
}

bool fx__reserve_nodes(fx_graph *g, int64_t count) {
    fx_context *cx = g->head.cx;
    while (g->chunk_count * FX__CHUNK_NODES < count) {
        if (!fx__grow(cx, &g->chunks, &g->chunk_capacity, g->chunk_count + 1, sizeof *g->chunks))
            return false;
        fx__node *chunk = fx__alloc(cx, FX__CHUNK_NODES * sizeof(fx__node));
        if (!chunk) return false;
        g->chunks[g->chunk_count++] = chunk;
    }
    return true;
}

static bool graph_has_room(const fx_graph *g) {
    return g->count < (uint64_t)g->chunk_count * FX__CHUNK_NODES;
}

static inline fx__node *graph_append(fx_graph *g, fx__node_kind kind, fx__storage *st,
                                     const fx__layout *ly, int64_t off, int dtype) {
    fx__node *node = fx__node_at(g, g->count++);
    node->st = st;
    node->ly = ly;
    node->op = NULL;
    node->in.many = NULL;
    node->attrs = NULL;
    node->off = off;
    node->stamp = g->stamp;
    node->n = 0;
    node->dtype = (uint8_t)dtype;
    node->kind = (uint8_t)kind;
    node->result = 0;
    node->named = false;
    node->scope = g->scope;
    node->maker = g->maker;
    return node;
}

/* The seldom way: one more chunk, or a request that is to fail. */
FX__SELDOM static fx__node *graph_push_slowly(fx_graph *g, fx__node_kind kind, fx__storage *st,
                                              const fx__layout *ly, int64_t off, int dtype) {
    if (fx__request(g->head.cx, sizeof(fx__node)) && g->count != FX__NO_NODE &&
        fx__reserve_nodes(g, (int64_t)g->count + 1))
        return graph_append(g, kind, st, ly, off, dtype);
    fx__storage_drop(g->head.cx, st);
    return NULL;
}

fx__node *fx__push(fx_graph *g, fx__node_kind kind, fx__storage *st, const fx__layout *ly,
                   int64_t off, int dtype) {
    fx_context *cx = g->head.cx;
    if (FX__UNLIKELY(cx->inert || !graph_has_room(g)))
        return graph_push_slowly(g, kind, st, ly, off, dtype);
    cx->requests++;
    return graph_append(g, kind, st, ly, off, dtype);
}

fx_mark fx_graph_mark(const fx_graph *g) {
    fx_mark mark = {0};
    if (!g) return mark;
    mark.graph = g;
    mark.nodes = g->count;
    mark.below = g->count ? fx__node_at(g, g->count - 1)->stamp : 0;
    mark.epoch = g->epoch;
    mark.serial = g->serial;
    mark.unopened = g->unopened;
    mark.chunk = g->arena.current;
    mark.used = g->arena.used;
    mark.names = g->names;
    mark.scopes = g->scopes;
    mark.open = g->open;
    return mark;
}

static void graph_cut_stored(fx_graph *g, uint32_t nodes) {
    while (g->stored_count > 0 && g->stored[g->stored_count - 1].node > nodes)
        fx__storage_drop(g->head.cx, g->stored[--g->stored_count].st);
}

void fx__cut(fx_graph *g, const fx_mark *mark) {
    fx_context *cx = g->head.cx;
    if (g->count != mark->nodes) g->stamp++;
    while (g->count > mark->nodes) fx__storage_drop(cx, fx__node_at(g, --g->count)->st);
    for (int64_t i = 0; i < g->attached_count; i++) {
        fx__attach *a = &g->attached[i];
        while (a->reached_count > 0 && a->reached[a->reached_count - 1] >= mark->nodes)
            a->reached_count--;
    }
    graph_cut_stored(g, mark->nodes);
    fx__arena_rewind(&g->arena, mark->chunk, mark->used);
    g->names = mark->names;
    g->scopes = mark->scopes;
    g->open = mark->open;
    g->unopened = mark->unopened;
    g->scope = g->open ? g->open->id : 0;
}

bool fx_record(fx_graph *g, bool on) {
    if (!g) return false;
    const bool was = g->record;
    g->record = on;
    return was;
}

bool fx_inference(fx_graph *g, bool on) {
    if (!g) return false;
    const bool was = g->inference;
    g->inference = on;
    return was;
}

bool fx_is_inference(const fx_graph *g) { return g && g->inference; }

void fx_graph_seed(fx_graph *g, uint64_t seed) {
    if (!g) return;
    g->seed = seed;
    g->draw_base = g->draw_next = 0;
}

fx_graph_stats fx_graph_stats_of(const fx_graph *g) {
    fx_graph_stats stats = {0, 0};
    if (!g) return stats;
    stats.nodes = g->count;
    stats.bytes =
        g->chunk_count * (int64_t)(FX__CHUNK_NODES * sizeof(fx__node)) + (int64_t)g->arena.held;
    return stats;
}
