/* SPDX-License-Identifier: MIT */
/* Going back to a mark or to the beginning with some tensors in hand: what they need is taken hold
 * of first, so that after the cut nothing can fail. */
#include <string.h>

#include "graph.h"

enum { KEPT_WORDS = sizeof(fx__layout) / sizeof(int64_t) + 2 * FX_MAX_RANK };

/* A tensor to be carried over a cut. */
typedef struct fx__kept {
    fx__storage *st;
    int64_t off;
    uint32_t slot; /* where it stands among the leaves to come; FX__NO_NODE: it is older, stays */
    uint8_t dtype;
    int64_t layout[KEPT_WORDS]; /* an fx__layout */
} fx__kept;

typedef struct fx__rewind {
    fx_graph *g;
    const fx_mark *mark;
    int n;
    fx_tensor *tensors;
    fx__storage *kept_room, *names_room;
    fx__kept *kept;
    uint32_t slots;
    fx__named *names; /* newest first */
    int64_t names_count;
    size_t bytes; /* of the arena, that will be needed after the cut */
} fx__rewind;

/* Takes hold of a tensor's values: a copy of what is only lent, the storage itself of all else. */
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

static bool rewind_tensors(fx__rewind *r) {
    fx_graph *g = r->g;
    if (!r->n) return true;
    r->kept_room = fx__storage_new(g->head.cx, (size_t)r->n * sizeof(fx__kept));
    if (!r->kept_room) return false;
    r->kept = r->kept_room->data;
    memset(r->kept, 0, (size_t)r->n * sizeof(fx__kept));
    for (int i = 0; i < r->n; i++) {
        const fx_tensor t = r->tensors[i];
        if (!fx__in_graph(g, t) || fx__storage_changed(fx__node_at(g, t.as.at.index)->st)) {
            fx__unusable(g->head.cx, g, t, "fx_graph_rewind: a tensor to keep");
            return false;
        }
        r->kept[i].slot = FX__NO_NODE;
        if (t.as.at.index < r->mark->nodes) continue;
        if (!kept_take(g, &r->kept[i], fx__node_at(g, t.as.at.index))) return false;
        r->kept[i].slot = r->slots++;
        r->bytes += sizeof(fx__kept); /* more than its layout rounded up */
    }
    return true;
}

/* Where a node will stand after the cut; FX__NO_NODE: nowhere. */
static uint32_t rewind_index(const fx__rewind *r, uint32_t index) {
    if (index < r->mark->nodes) return index;
    for (int i = 0; i < r->n; i++)
        if (r->tensors[i].as.at.index == index) return r->mark->nodes + r->kept[i].slot;
    return FX__NO_NODE;
}

/* Where the bearer of a name will stand after the cut; FX__NO_NODE too if it was renamed since. */
static uint32_t rewind_bearer(const fx__rewind *r, const fx__named *e) {
    const bool latest = fx__node_name(r->g, e->index) == e->text;
    return latest ? rewind_index(r, e->index) : FX__NO_NODE;
}

/* Copies the names given since the mark to what stays. */
static bool rewind_names(fx__rewind *r) {
    size_t text_bytes = 0;
    if (!r->mark->nodes && !r->n) return true;
    for (const fx__named *e = r->g->names; e && e->serial > r->mark->serial; e = e->next) {
        if (rewind_bearer(r, e) == FX__NO_NODE) continue;
        r->names_count++;
        text_bytes += strlen(e->text) + 1;
    }
    if (!r->names_count) return true;
    const size_t heads = (size_t)r->names_count * sizeof(fx__named);
    r->names_room = fx__storage_new(r->g->head.cx, heads + text_bytes);
    if (!r->names_room) return false;
    fx__named *to = r->names = r->names_room->data;
    char *text = (char *)(to + r->names_count);
    for (const fx__named *e = r->g->names; e && e->serial > r->mark->serial; e = e->next) {
        const uint32_t index = rewind_bearer(r, e);
        if (index == FX__NO_NODE) continue;
        const size_t bytes = strlen(e->text) + 1;
        *to++ = (fx__named){.index = index, .text = memcpy(text, e->text, bytes)};
        text += bytes;
        r->bytes += fx__name_bytes(bytes);
    }
    return true;
}

/* Appends the kept tensors as leaves and the names, in memory that was made sure of. */
static void rewind_return(fx__rewind *r) {
    fx_graph *g = r->g;
    fx_context *cx = g->head.cx;
    const int32_t inert = cx->inert; /* the requests were made before the cut */
    cx->inert = 0;
    for (int i = 0; i < r->n; i++) {
        if (r->kept[i].slot == FX__NO_NODE) continue;
        const fx__layout *ly = (const fx__layout *)r->kept[i].layout;
        ly = fx__layout_new(&g->arena, fx__layout_shape(ly), fx__strides(ly));
        fx__push(g, FX__DETACHED, fx__storage_keep(r->kept[i].st), ly, r->kept[i].off,
                 r->kept[i].dtype);
        r->tensors[i] = fx__handle(g, g->count - 1);
    }
    for (int64_t i = r->names_count; i-- > 0;) fx__name_put(g, r->names[i].index, r->names[i].text);
    cx->inert = inert;
}

static void rewind_close(fx__rewind *r) {
    fx_context *cx = r->g->head.cx;
    for (int i = 0; i < r->n && r->kept; i++)
        if (r->kept[i].st) fx__storage_drop(cx, r->kept[i].st);
    if (r->kept_room) fx__storage_drop(cx, r->kept_room);
    if (r->names_room) fx__storage_drop(cx, r->names_room);
}

static fx_status rewind_run(fx_graph *g, const fx_mark *mark, int n, fx_tensor *tensors) {
    fx__rewind r = {.g = g, .mark = mark, .n = n, .tensors = tensors};
    const bool ready =
        rewind_tensors(&r) && rewind_names(&r) &&
        (!r.bytes || (fx__reserve_nodes(g, (int64_t)mark->nodes + r.slots) &&
                      fx__arena_reserve(&g->arena, mark->chunk, mark->used, r.bytes)));
    if (ready) {
        fx__cut(g, mark);
        rewind_return(&r);
    }
    rewind_close(&r);
    return ready ? FX_OK : g->head.cx->status;
}

fx_status fx__graph_check(fx_graph *g, uint32_t serial, int n, const fx_tensor *tensors,
                          const char *what) {
    if (g && !g->head.live && !fx__usable(&g->head, what)) return fx__refused(&g->head);
    if (!g) return FX_ERR_ARGUMENT;
    if (!fx__here(g->head.cx, what)) return FX_ERR_STATE;
    if (g->maker && !g->within)
        return fx__graph_fail(g, FX_ERR_STATE, "%s inside a derivative rule", what);
    if (serial < g->within)
        return fx__graph_fail(g, FX_ERR_STATE,
                              "%s inside a function or observer that the graph is calling", what);
    if (n < 0 || (n > 0 && !tensors))
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: %d tensors to keep", what, n);
    return FX_OK;
}

/* Whether what stood under the mark still does: nodes, names and scopes. */
static bool rewind_mark_holds(const fx_graph *g, const fx_mark *mark) {
    if (mark->epoch != g->epoch || mark->nodes > g->count) return false;
    if (mark->nodes && fx__node_at(g, mark->nodes - 1)->stamp != mark->below) return false;
    const fx__named *name = g->names;
    while (name && name->serial > mark->serial) name = name->next;
    const fx__scope *scope = g->scopes;
    while (scope && scope->serial > mark->serial) scope = scope->next;
    return name == mark->names && scope == mark->scopes;
}

fx_status fx_graph_rewind(fx_graph *g, fx_mark mark, int n, fx_tensor *tensors) {
    const fx_status status = fx__graph_check(g, mark.serial, n, tensors, "fx_graph_rewind");
    if (status != FX_OK) return status;
    if (mark.graph != g)
        return fx__graph_fail(g, FX_ERR_ARGUMENT,
                              "fx_graph_rewind: the mark is not one of this graph");
    if (!rewind_mark_holds(g, &mark))
        return fx__graph_fail(g, FX_ERR_STATE,
                              "fx_graph_rewind: the mark is gone; the graph was reset or rewound "
                              "past it");
    return rewind_run(g, &mark, n, tensors);
}

/* Draws stand if no error did since the last reset: it may have cut a step short that will be made
 * again, whether it was cleared or not. While one stands nothing is drawn. */
static void reset_draws(fx_graph *g) {
    const fx_context *cx = g->head.cx;
    if (cx->failures == g->failures)
        g->draw_base = g->draw_next;
    else
        g->draw_next = g->draw_base;
    g->failures = cx->failures;
}

/* Names count from 1 again: no mark is left that remembers. */
static void reset_serials(fx_graph *g) {
    g->serial = 0;
    for (const fx__named *e = g->names; e; e = e->next) g->serial++;
    uint32_t serial = g->serial;
    for (fx__named *e = g->names; e; e = e->next) e->serial = serial--;
}

fx_status fx_graph_reset_keep(fx_graph *g, int n, fx_tensor *tensors) {
    fx_status status = fx__graph_check(g, 0, n, tensors, "fx_graph_reset");
    if (status != FX_OK) return status;
    const fx_mark start = {0};
    status = rewind_run(g, &start, n, tensors);
    if (status != FX_OK) return status;
    g->epoch++;
    g->composing = NULL;
    reset_serials(g);
    reset_draws(g);
    for (int64_t i = 0; i < g->attached_count; i++) fx__attach_drop(g->head.cx, &g->attached[i]);
    fx__pool_trim(g->head.cx);
    return FX_OK;
}

fx_status fx_graph_reset(fx_graph *g) { return fx_graph_reset_keep(g, 0, NULL); }
