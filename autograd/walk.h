/* SPDX-License-Identifier: MIT */
/* The reverse traversal that every derivative is made of. */
#ifndef FLUXION_AUTOGRAD_WALK_H
#define FLUXION_AUTOGRAD_WALK_H

#include "graph.h"

/* A cotangent on its way. Unrecorded, it holds a storage, and a layout of its own if its node's
 * does not fit; recorded, it is a node. */
typedef struct fx__cot {
    fx__storage *st;
    const fx__layout *ly;
    fx__storage *ly_st;
    int64_t off;
    uint32_t node;
    uint32_t next; /* free slots: 1 + the next one */
} fx__cot;

/* Nodes below floor are leaves; of them only those in below get a cotangent. Tables are indexed by
 * node - floor and belong to the walk, so walks nest. */
typedef struct fx__walk {
    fx_graph *g;
    uint32_t floor, top;
    bool recorded;
    fx__storage *depends_st, *slots_st, *cots_st;
    uint8_t *depends; /* FX__DEPENDS, FX__WANTED */
    uint32_t *slots;  /* 1 + the cotangent; 0: none */
    fx__cot *cots;
    uint32_t cots_count, cots_capacity, cots_free;
    int below_count;
    const uint32_t *below;
    uint32_t *below_slots;
    /* Told of each wanted leaf when its cotangent is complete; NULL: it is kept. */
    fx_status (*arrived)(struct fx__walk *w, uint32_t node, const fx__cot *cot);
    void *user;
} fx__walk;

enum { FX__DEPENDS = 1, FX__WANTED = 2 };

/* fx__walk_open
 * Tables for the nodes floor..y. The caller marks wanted nodes with fx__walk_want, then calls
 * fx__walk_run. fx__walk_close must follow, also after a failure. */
fx_status fx__walk_open(fx__walk *w, fx_graph *g, uint32_t y, uint32_t floor, bool recorded);
void fx__walk_close(fx__walk *w);

static inline void fx__walk_want(fx__walk *w, uint32_t node) {
    if (node >= w->floor && node <= w->top) w->depends[node - w->floor] = FX__WANTED;
}

/* Finds out what depends on what is wanted; true if y does. */
bool fx__walk_reach(fx__walk *w, uint32_t y);

/* Takes seed as y's cotangent and runs the rules. seed is of y's shape and dtype. */
fx_status fx__walk_run(fx__walk *w, uint32_t y, fx_tensor seed);

/* The cotangent of a wanted node after the walk; NULL if none arrived. */
const fx__cot *fx__walk_cot(const fx__walk *w, uint32_t node);

/* A cotangent as a tensor of the graph. */
fx_tensor fx__cot_tensor(fx__walk *w, const fx__cot *cot, int dtype);

/* Zeros of the shape and dtype of a node. */
fx_tensor fx__zeros_of(fx_graph *g, uint32_t index);

#endif
