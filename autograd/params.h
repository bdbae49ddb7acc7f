/* SPDX-License-Identifier: MIT */
/* The inside of parameter sets and gradients. */
#ifndef FLUXION_AUTOGRAD_PARAMS_H
#define FLUXION_AUTOGRAD_PARAMS_H

#include "graph.h"

/* Values stand in blocks that never move: contiguous, in the order of the entries, so that a pass
 * over all of them is a few runs. A block ends with the version of each of its entries. */
enum { FX__BLOCK_ENTRIES = 64, FX__BLOCK_VALUES = 1024, FX__BLOCK_MOST = 65536 };

typedef struct fx__block {
    fx__storage *st;
    int64_t capacity, used; /* values */
    int32_t entries;
} fx__block;

typedef struct fx__param {
    const char *name;
    const fx__layout *ly;
    int64_t off; /* in its block, in values */
    uint32_t *version;
    int32_t block;
    bool trainable, buffer;
} fx__param;

struct fx_params {
    fx__head head;
    fx_dtype dtype;
    uint32_t generation;
    uint64_t seed;
    fx__shapes *shapes;
    fx__param *entries;
    int64_t count, capacity;
    fx__block *blocks;
    int64_t blocks_count, blocks_capacity;
    fx_params *model; /* fx_params_like: the set that this one follows, or NULL */
    uint32_t model_generation;
    fx_gradients *gradients; /* the default ones, the rest linked behind them */
    uint32_t gradients_made;
    uint32_t held; /* backwards and updates that run on them: they may not be freed */
};

struct fx_gradients {
    fx__owned link;
    fx_context *cx;
    fx_params *params; /* NULL: freed with them */
    fx_params *values; /* like params */
    fx_gradients *next;
    uint32_t number; /* among all ever made of params, from 1 */
    fx_gradients_state state;
    uint32_t round;   /* counts the times it became EMPTY */
    uint32_t *filled; /* per entry: the round in which it was last filled */
    int64_t filled_capacity;
    fx__stored *stored; /* state that the step will write */
    int64_t stored_count, stored_capacity;
};

static inline void *fx__param_data(const fx_params *p, const fx__param *e) {
    return (unsigned char *)p->blocks[e->block].st->data +
           e->off * (int64_t)fx__item_size((int)p->dtype);
}

static inline fx_tensor fx__param_handle(const fx_params *p, int64_t i) {
    fx_tensor t;
    t.owner = p;
    t.as.at.index = (uint32_t)i;
    t.as.at.stamp = p->generation;
    return t;
}

/* Whether an attachment's parameters are in use and alive. */
static inline bool fx__attach_holds(const fx__attach *a) {
    return a->live && a->params->head.live && a->params->generation == a->generation;
}

/* The entry of a handle; NULL if it is not one of a living set. */
const fx__param *fx__param_of(fx_tensor t);

/* Lets a set made by fx_params_like catch up with its model. */
bool fx__params_follow(fx_params *p);

/* Whether a set or its gradients may be freed; reported if not. */
bool fx__params_unheld(fx_params *p, const char *what);

/* Makes room for all entries; to be called before anything is added. */
bool fx__gradients_ready(fx_gradients *gr);

/* Adds a cotangent of entry i's shape: the first one of a round is copied. */
void fx__gradients_put(fx_gradients *gr, int64_t i, const fx__layout *ly, const void *data);

static inline bool fx__gradients_filled(const fx_gradients *gr, int64_t i) {
    return i < gr->filled_capacity && gr->filled[i] == gr->round;
}

/* Forgets queued state. */
void fx__stored_drop(fx_context *cx, fx__stored *stored, int64_t *count);

#endif
