/* SPDX-License-Identifier: MIT */
/* The life of a graph: nodes are appended, and dropped from the end. A reset, a user's rewind and
 * the clean-up after a derivative rule are the same cut. */
#include "graph.h"

#include <string.h>

#include "params.h"

static void graph_destroy(fx_context *cx, fx__owned *self) {
    fx_graph *g = (fx_graph *)self;
    if (g->head.live) fx_graph_free(g);
    fx__free(cx, g, sizeof *g);
}

fx_graph *fx_graph_new(fx_context *cx) {
    if (!cx) return NULL;
    fx_graph *g = fx__head_take(cx, FX__GRAPH, sizeof(fx_graph), graph_destroy);
    if (!g) return NULL;
    g->arena.cx = cx;
    g->stamp++;
    g->record = true;
    g->inference = g->recomputing = false;
    fx_graph_seed(g, cx->seed);
    return g;
}

fx_context *fx_graph_context(const fx_graph *graph) { return graph ? graph->head.cx : NULL; }

void fx_graph_free(fx_graph *g) {
    if (!g || !g->head.live) return;
    fx_context *cx = g->head.cx;
    if (fx_graph_reset(g) != FX_OK) return; /* inside a derivative rule */
    for (int64_t i = 0; i < g->chunk_count; i++)
        fx__free(cx, g->chunks[i], FX__CHUNK_NODES * sizeof(fx__node));
    for (int64_t i = 0; i < g->attached_count; i++) {
        fx__attach *a = &g->attached[i];
        fx__free(cx, a->seats, (size_t)a->seats_capacity * sizeof *a->seats);
        fx__free(cx, a->reached, (size_t)a->reached_capacity * sizeof *a->reached);
    }
    fx__free(cx, g->chunks, (size_t)g->chunk_capacity * sizeof *g->chunks);
    fx__free(cx, g->attached, (size_t)g->attached_capacity * sizeof *g->attached);
    fx__free(cx, g->stored, (size_t)g->stored_capacity * sizeof *g->stored);
    fx__arena_free(&g->arena);
    /* The stamps go on counting, so that handles from before stay stale. */
    const fx_graph blank = {.head = g->head, .stamp = g->stamp, .epoch = g->epoch};
    *g = blank;
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

fx__node *fx__push(fx_graph *g, fx__node_kind kind, fx__storage *st, const fx__layout *ly,
                   int64_t off, int dtype) {
    fx_context *cx = g->head.cx;
    const bool full = g->count == (uint64_t)g->chunk_count * FX__CHUNK_NODES;
    if (FX__UNLIKELY(!fx__request(cx, sizeof(fx__node))) ||
        FX__UNLIKELY(full && (g->count == FX__NO_NODE || !fx__reserve_nodes(g, g->count + 1)))) {
        fx__storage_drop(cx, st);
        return NULL;
    }
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

fx_mark fx_graph_mark(const fx_graph *g) {
    fx_mark mark = {0};
    if (!g) return mark;
    mark.nodes = g->count;
    mark.epoch = g->epoch;
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
    g->scope = g->open ? g->open->id : 0;
}

enum { KEPT_WORDS = sizeof(fx__layout) / sizeof(int64_t) + 2 * FX_MAX_RANK };

/* A tensor to be carried over a cut. */
typedef struct fx__kept {
    fx__storage *st;
    int64_t off;
    uint32_t slot; /* where it stands among the leaves to come; FX__NO_NODE: it is older, stays */
    uint8_t dtype;
    int64_t layout[KEPT_WORDS]; /* an fx__layout */
} fx__kept;

/* Takes hold of a tensor's values: a copy of what the user only lent, the storage itself of all
 * else. */
static bool kept_take(fx_graph *g, fx__kept *kept, const fx__node *node) {
    const fx__layout *ly = node->ly;
    const bool lent = node->st->borrowed;
    kept->st = lent ? fx__dense_copy(g->head.cx, node) : fx__storage_keep(node->st);
    kept->off = lent ? 0 : node->off;
    kept->dtype = node->dtype;
    fx__layout_fill((fx__layout *)kept->layout, fx__layout_shape(ly),
                    lent ? NULL : fx__strides(ly));
    return kept->st != NULL;
}

/* Fills kept for all tensors, and sees to the room that they will need after the cut. */
static bool kept_prepare(fx_graph *g, const fx_mark *mark, int n, const fx_tensor *tensors,
                         fx__kept *kept, uint32_t *slots) {
    size_t bytes = 0;
    for (int i = 0; i < n; i++) {
        if (!fx__in_graph(g, tensors[i])) {
            fx__unusable(g->head.cx, g, tensors[i], "fx_graph_rewind: a tensor to keep");
            return false;
        }
        kept[i].slot = FX__NO_NODE;
        if (tensors[i].as.at.index < mark->nodes) continue;
        if (!kept_take(g, &kept[i], fx__node_at(g, tensors[i].as.at.index))) return false;
        kept[i].slot = (*slots)++;
        bytes += sizeof(fx__kept); /* more than its layout rounded up */
    }
    return fx__reserve_nodes(g, (int64_t)mark->nodes + *slots) &&
           fx__arena_reserve(&g->arena, mark->chunk, mark->used, bytes);
}

/* Appends the kept tensors as leaves, in memory that kept_prepare has made sure of. */
static void kept_return(fx_graph *g, int n, fx_tensor *tensors, fx__kept *kept) {
    fx_context *cx = g->head.cx;
    const int32_t inert = cx->inert; /* the requests were made before the cut */
    cx->inert = 0;
    for (int i = 0; i < n; i++) {
        if (kept[i].slot == FX__NO_NODE) continue;
        const fx__layout *ly = (const fx__layout *)kept[i].layout;
        ly = fx__layout_new(&g->arena, fx__layout_shape(ly), fx__strides(ly));
        fx__push(g, FX__DETACHED, fx__storage_keep(kept[i].st), ly, kept[i].off, kept[i].dtype);
        tensors[i] = fx__handle(g, g->count - 1);
    }
    cx->inert = inert;
}

static fx_status graph_rewind(fx_graph *g, const fx_mark *mark, int n, fx_tensor *tensors) {
    fx_context *cx = g->head.cx;
    if (n == 0) {
        fx__cut(g, mark);
        return FX_OK;
    }
    fx__storage *room = fx__storage_new(cx, (size_t)n * sizeof(fx__kept));
    if (!room) return cx->status;
    fx__kept *kept = room->data;
    memset(kept, 0, (size_t)n * sizeof(fx__kept));
    uint32_t slots = 0;
    const bool ready = kept_prepare(g, mark, n, tensors, kept, &slots);
    if (ready) {
        fx__cut(g, mark);
        kept_return(g, n, tensors, kept);
    }
    for (int i = 0; i < n; i++)
        if (kept[i].st) fx__storage_drop(cx, kept[i].st);
    fx__storage_drop(cx, room);
    return ready ? FX_OK : cx->status;
}

static fx_status graph_check(fx_graph *g, int n, const fx_tensor *tensors, const char *what) {
    if (!g || !g->head.live) return FX_ERR_ARGUMENT;
    if (g->maker) return fx__graph_fail(g, FX_ERR_STATE, "%s inside a derivative rule", what);
    if (n < 0 || (n > 0 && !tensors))
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: %d tensors to keep", what, n);
    return FX_OK;
}

fx_status fx_graph_rewind(fx_graph *g, fx_mark mark, int n, fx_tensor *tensors) {
    const fx_status status = graph_check(g, n, tensors, "fx_graph_rewind");
    if (status != FX_OK) return status;
    if (mark.epoch != g->epoch || mark.nodes > g->count)
        return fx__graph_fail(g, FX_ERR_STATE,
                              "fx_graph_rewind: the mark is gone; the graph was reset or rewound "
                              "past it");
    return graph_rewind(g, &mark, n, tensors);
}

fx_status fx_graph_reset_keep(fx_graph *g, int n, fx_tensor *tensors) {
    fx_status status = graph_check(g, n, tensors, "fx_graph_reset");
    if (status != FX_OK) return status;
    const fx_mark start = {0};
    status = graph_rewind(g, &start, n, tensors);
    if (status != FX_OK) return status;
    g->epoch++;
    if (g->head.cx->status == FX_OK)
        g->draw_base = g->draw_next;
    else
        g->draw_next = g->draw_base;
    for (int64_t i = 0; i < g->attached_count; i++) g->attached[i].live = false;
    fx__pool_trim(g->head.cx);
    return FX_OK;
}

fx_status fx_graph_reset(fx_graph *g) { return fx_graph_reset_keep(g, 0, NULL); }

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
