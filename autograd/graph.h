/* SPDX-License-Identifier: MIT */
/* The inside of a graph: nodes in append order, which is a topological order. */
#ifndef FLUXION_AUTOGRAD_GRAPH_H
#define FLUXION_AUTOGRAD_GRAPH_H

#include <string.h>

#include "context.h"
#include "fluxion/grad.h"
#include "layout.h"
#include "pool.h"

/* What a tensor's owner points at. Heads of freed objects stay with the context and are used
 * again, so that a handle of one is stale and never dangles. */
typedef enum fx__head_kind { FX__GRAPH = 0, FX__PARAMS = 1 } fx__head_kind;

typedef struct fx__head {
    fx__owned link;
    fx_context *cx;
    fx__head_kind kind;
    bool live;
    struct fx__head *idle; /* the next freed head of this kind */
} fx__head;

/* A head of the given kind: a freed one, or new memory of that many bytes, cleared. */
void *fx__head_take(fx_context *cx, fx__head_kind kind, size_t bytes,
                    void (*destroy)(fx_context *, fx__owned *));
void fx__head_idle(fx__head *head);

/* fx__usable
 * Whether an object can be used: it is there, it was not freed (reported as FX_ERR_STATE, in words
 * that begin with what), and no error stands. If not, fx__refused is the status to return. */
bool fx__usable(const fx__head *head, const char *what);
fx_status fx__refused(const fx__head *head);

typedef enum fx__node_kind {
    FX__INPUT,     /* put in by the user */
    FX__PARAM,     /* a parameter or buffer as it was when first used */
    FX__NUMBER,    /* a plain number among operands */
    FX__DRAW,      /* from the counter of random draws */
    FX__DETACHED,  /* a value whose history was cut */
    FX__RESULT,    /* of an op */
    FX__COTANGENT, /* handed to a rule */
} fx__node_kind;

#define FX__NO_NODE UINT32_MAX
enum { FX__CHUNK_NODES = 1024, FX__INLINE_OPERANDS = 2, FX__MOST_OPERANDS = UINT16_MAX };

/* A value and how it came about. Operands are node indices; FX__NO_NODE is one left out. */
typedef struct fx__node {
    fx__storage *st;
    const fx__layout *ly;
    const fx_op *op; /* NULL: a leaf, or not recorded */
    union {
        uint32_t two[FX__INLINE_OPERANDS];
        uint32_t *many;
    } in;
    const void *attrs;
    int64_t off; /* of the first element in the storage, in elements */
    uint32_t stamp;
    uint16_t n; /* operands */
    uint8_t dtype, kind;
    uint8_t result; /* which result of its op */
    bool named;
    uint16_t scope;
    uint32_t maker; /* 1 + the node whose rule made it; 0: the user */
} fx__node;

_Static_assert(sizeof(void *) != 8 || sizeof(fx__node) == 64, "a node is one cache line");

/* Names and layouts of the entries of a parameter set. */
typedef struct fx__shapes {
    fx__arena arena;
    uint32_t refs; /* the set, and the graphs in whose step it is in use */
} fx__shapes;

void fx__shapes_drop(fx_context *cx, fx__shapes *shapes);

/* Where the parameters of one set stand in the graph. */
typedef struct fx__attach {
    fx_params *params;
    uint32_t generation; /* of params; another one: they were freed */
    bool live;           /* used since the last reset: only then may params be touched */
    fx__shapes *shapes;  /* of params while live: results share them, and may outlive params */
    uint32_t gradients;  /* the number of those where backward adds; 0: the params' own */
    uint32_t *seats;     /* per entry: a node, its leaf if that says so; never cleared */
    int64_t seats_capacity;
    uint32_t *reached; /* the leaves, in append order */
    int64_t reached_count, reached_capacity;
} fx__attach;

/* A buffer's next value, waiting for a backward. */
typedef struct fx__stored {
    fx_tensor buffer;
    fx__storage *st; /* dense */
    uint32_t node;   /* stored while the graph had this many nodes */
} fx__stored;

typedef struct fx__named {
    struct fx__named *next;
    uint32_t index, serial;
    const char *text;
} fx__named;

typedef struct fx__scope {
    struct fx__scope *next, *parent;
    uint32_t serial;
    uint16_t id;
    const char *name;
} fx__scope;

struct fx_graph {
    fx__head head;
    fx__node **chunks;
    int64_t chunk_count, chunk_capacity;
    uint32_t count, stamp;
    uint32_t maker;
    uint16_t scope;
    bool record, inference, recomputing;
    uint32_t epoch;    /* counts resets */
    uint32_t serial;   /* counts names and scopes */
    uint32_t unopened; /* scopes begun in vain, whose ends are to come */
    uint32_t within;   /* a function or observer runs that began at this serial; 0: none does */
    uint32_t nested;   /* functions that run inside each other */
    uint32_t failures; /* of the context, at the last reset */
    uint64_t seed, draw_base, draw_next;
    fx__arena arena;
    fx__attach *attached;
    int64_t attached_count, attached_capacity;
    fx__stored *stored;
    int64_t stored_count, stored_capacity;
    fx__named *names;
    fx__scope *scopes;      /* all, newest first */
    fx__scope *open;        /* innermost */
    const fx_op *composing; /* in whose name its parts report errors */
};

/* The op the user called. */
static inline const char *fx__called(const fx_graph *g, const fx_op *op) {
    return g && g->composing ? g->composing->name : op->name;
}

static inline fx__node *fx__node_at(const fx_graph *g, uint32_t index) {
    return &g->chunks[index / FX__CHUNK_NODES][index % FX__CHUNK_NODES];
}

static inline const uint32_t *fx__node_operands(const fx__node *node) {
    return node->n <= FX__INLINE_OPERANDS ? node->in.two : node->in.many;
}

static inline int fx__results(const fx_op *op) { return op->results ? op->results : 1; }

static inline size_t fx__item_size(int dtype) {
    static const uint8_t sizes[] = {4, 8, 8, 1};
    return sizes[dtype];
}

static inline void *fx__node_data(const fx__node *node) {
    return (unsigned char *)node->st->data + node->off * (int64_t)fx__item_size(node->dtype);
}

/* -------------------------------------------------------------------------------- handles */

/* Index and stamp are stored as one word, because handles are loaded as words soon after: from two
 * halves a processor cannot forward them, which costs as much as the rest of a small op. */
static inline fx_tensor fx__handle(const fx_graph *g, uint32_t index) {
    const uint64_t stamp = fx__node_at(g, index)->stamp;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    const uint64_t word = (uint64_t)index << 32 | stamp;
#else
    const uint64_t word = index | stamp << 32;
#endif
    fx_tensor t;
    t.owner = g;
    memcpy(&t.as, &word, sizeof word);
    return t;
}

static inline fx_tensor fx__invalid(const fx_graph *g) {
    fx_tensor t;
    t.owner = g;
    t.as.at.index = FX__NO_NODE;
    t.as.at.stamp = 0;
    return t;
}

static inline bool fx__is(fx_tensor t, int owner) {
    return t.owner == (const void *)(uintptr_t)owner;
}

/* The head behind a handle; NULL for unset, numbers, FX_NONE and the like. */
static inline const fx__head *fx__head_of(fx_tensor t) {
    return (uintptr_t)t.owner <= FX_OWNER_HOMELESS ? NULL : t.owner;
}

static inline bool fx__in_graph(const fx_graph *g, fx_tensor t) {
    return t.owner == (const void *)g && t.as.at.index < g->count &&
           fx__node_at(g, t.as.at.index)->stamp == t.as.at.stamp;
}

/* ---------------------------------------------------------------------------------- graph */

/* fx__push
 * Appends a node over st, whose reference it takes over, also when it fails (NULL: no memory). */
fx__node *fx__push(fx_graph *g, fx__node_kind kind, fx__storage *st, const fx__layout *ly,
                   int64_t off, int dtype);

/* Makes sure that the chunks reach for that many nodes. */
bool fx__reserve_nodes(fx_graph *g, int64_t count);

/* fx__graph_check
 * Whether a graph may be cut now, in this thread, to a mark of that serial (0: to the beginning),
 * with n tensors to keep. */
fx_status fx__graph_check(fx_graph *g, uint32_t serial, int n, const fx_tensor *tensors,
                          const char *what);

/* Drops nodes and memory past a mark, at once: never fails. */
void fx__cut(fx_graph *g, const fx_mark *mark);

/* Lets go of the parameters in use. */
void fx__attach_drop(fx_context *cx, fx__attach *a);

/* The live attachment of params in g, made if want; NULL: there is none, or no memory. */
fx__attach *fx__attach_of(fx_graph *g, fx_params *params, bool want);

/* fx__resolve
 * The node of any usable tensor in g: its own, a parameter's leaf, a number as a leaf of that
 * dtype. FX__NO_NODE: it is not usable (see fx__unusable), or there is no memory. fx__resolve_other
 * is for what is not the graph's own. */
uint32_t fx__resolve_other(fx_graph *g, fx_tensor t, int dtype);

static inline uint32_t fx__resolve(fx_graph *g, fx_tensor t, int dtype) {
    const bool own = FX__LIKELY(fx__in_graph(g, t));
    if (own && FX__LIKELY(!fx__storage_changed(fx__node_at(g, t.as.at.index)->st)))
        return t.as.at.index;
    return own ? FX__NO_NODE : fx__resolve_other(g, t, dtype);
}

/* fx__unusable
 * Reports why a tensor cannot be used (in g, if g is not NULL), in a sentence that begins with
 * what; returns the status, which may be the standing one. */
fx_status fx__unusable(fx_context *cx, const fx_graph *g, fx_tensor t, const char *what);

/* A dense copy of a node's values; NULL: no memory. */
fx__storage *fx__dense_copy(fx_context *cx, const fx__node *node);

/* A leaf of rank 0 that holds a number. FX__NO_NODE: no memory. */
uint32_t fx__push_number(fx_graph *g, fx__node_kind kind, int dtype, double value);

/* ------------------------------------------------------------------------------- messages */

enum { FX__DESCRIBE_BYTES = 512 };

/* The scope of a node as "encoder.layer1", "" outside any. */
const char *fx__scope_text(const fx_graph *g, uint16_t scope, char *out, size_t size);

/* fx__name_put, fx__name_bytes
 * Names a node, with a copy of the text; false: no memory. What of the arena a name of so many
 * bytes takes at most. */
bool fx__name_put(fx_graph *g, uint32_t index, const char *text);
size_t fx__name_bytes(size_t text_bytes);

/* The name of a node: the user's, or a parameter's; NULL if it has none. */
const char *fx__node_name(const fx_graph *g, uint32_t index);

/* "backward of scope: op: " while a rule runs, then "scope: ", so that a message can follow. */
const char *fx__where(const fx_graph *g, char *out, size_t size);

/* fx_fail with fx__where in front. */
fx_status fx__graph_fail(fx_graph *g, fx_status status, const char *format, ...) FX_PRINTF(3, 4);

#endif
