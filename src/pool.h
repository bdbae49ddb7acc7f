/* SPDX-License-Identifier: MIT */
/* Storage with a reference count, and the pool it comes from and returns to. */
#ifndef FLUXION_SRC_POOL_H
#define FLUXION_SRC_POOL_H

#include "context.h"

/* Where values stand. An owned storage lies before its data in one block: 40 bytes of head and 24
 * of data for small ones, so that a number is one cache line; a head of 64 bytes otherwise. A
 * borrowed storage is a head alone. */
typedef struct fx__storage {
    void *data;
    union {
        struct fx__storage *next; /* while it waits in the pool */
        const uint32_t *version;  /* borrowed from a parameter: its version now */
    } u;
    uint32_t refs;
    uint32_t seen;            /* the version that was current when it was borrowed */
    uint16_t class;           /* size class */
    bool borrowed;            /* never written in place */
    bool versioned;           /* borrowed from a parameter */
    struct fx__storage *base; /* the block that the borrowed memory lies in, or NULL */
} fx__storage;

enum {
    FX__SMALL_BYTES = 24, /* data of class 0: what its head leaves of a cache line */
    FX__HEAD_BYTES = 64,
    FX__CLASSES = 256,
};

_Static_assert(sizeof(fx__storage) == 40, "a small storage is one cache line with its data");

typedef struct fx__pool {
    fx__storage *free[FX__CLASSES];
    struct fx__slab *slabs; /* memory the small classes are cut from */
    size_t slab_left;       /* bytes not yet cut from the newest slab */
    size_t in_use, peak;    /* bytes of large blocks out now, and the most since the last trim */
    size_t recent;          /* the peak remembered from earlier steps, fading */
    size_t idle;            /* bytes of large blocks waiting in the pool */
} fx__pool;

bool fx__pool_new(fx_context *cx);
void fx__pool_free(fx_context *cx);

/* Gives back to the allocator what is far above the recent peak; called by a graph's reset. */
void fx__pool_trim(fx_context *cx);

/* fx__storage_new
 * A storage of at least bytes with one reference; its data is not cleared. NULL: no memory. */
fx__storage *fx__storage_new(fx_context *cx, size_t bytes);

/* fx__storage_borrow
 * A head over memory of somebody else. version NULL: memory that nobody tells changes of. base, if
 * not NULL, is kept for as long as the head lives. */
fx__storage *fx__storage_borrow(fx_context *cx, void *data, const uint32_t *version,
                                fx__storage *base);

/* To the pool: called by fx__storage_drop alone. */
void fx__storage_release(fx_context *cx, fx__storage *st);

static inline fx__storage *fx__storage_keep(fx__storage *st) {
    st->refs++;
    return st;
}

static inline void fx__storage_drop(fx_context *cx, fx__storage *st) {
    if (--st->refs == 0) fx__storage_release(cx, st);
}

/* Whether a parameter was changed since this storage was borrowed from it. */
static inline bool fx__storage_changed(const fx__storage *st) {
    return st->versioned && *st->u.version != st->seen;
}

#endif
