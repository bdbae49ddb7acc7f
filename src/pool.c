/* SPDX-License-Identifier: MIT */
/* Size classes: 0 is one cache line; up to 512 bytes they are 64 apart, then four to a doubling,
 * so at most a fifth is lost. Small classes are cut from slabs and stay with the context; large
 * blocks come one by one and are given back when they lie idle far above the recent peak. */
#include "pool.h"

#include <string.h>

#include "size.h"

enum { POOL_SLAB = 16384, POOL_LINEAR = 8, POOL_STEP = 64 };

typedef struct fx__slab {
    struct fx__slab *next;
    unsigned char pad[FX__HEAD_BYTES - sizeof(struct fx__slab *)];
} fx__slab;

/* The class of a size, and the data bytes of a class. */
static int pool_class(size_t bytes) {
    if (bytes <= FX__SMALL_BYTES) return 0;
    if (bytes <= POOL_STEP * POOL_LINEAR) return (int)((bytes + POOL_STEP - 1) / POOL_STEP);
    const int top = 63 - __builtin_clzll((unsigned long long)bytes - 1); /* 2^top < bytes */
    const int quarter = (int)(((bytes - 1) >> (top - 2)) & 3);
    return POOL_LINEAR + 1 + (top - 9) * 4 + quarter;
}

static size_t pool_class_bytes(int class) {
    if (class == 0) return FX__SMALL_BYTES;
    if (class <= POOL_LINEAR) return (size_t) class * POOL_STEP;
    const int step = class - POOL_LINEAR - 1;
    return (size_t)(5 + step % 4) << (7 + step / 4);
}

/* Head and data of a class. */
static size_t pool_block_bytes(int class) {
    return class == 0 ? FX__HEAD_BYTES : FX__HEAD_BYTES + pool_class_bytes(class);
}

static bool pool_is_small(int class) { return class <= POOL_LINEAR; }

bool fx__pool_new(fx_context *cx) {
    cx->pool = fx__alloc_zero(cx, sizeof(fx__pool));
    return cx->pool != NULL;
}

static void pool_free_class(fx_context *cx, int class) {
    fx__pool *pool = cx->pool;
    for (fx__storage *st = pool->free[class], *next; st; st = next) {
        next = st->u.next;
        pool->idle -= pool_block_bytes(class);
        fx__free(cx, st, pool_block_bytes(class));
    }
    pool->free[class] = NULL;
}

void fx__pool_free(fx_context *cx) {
    if (!cx->pool) return;
    for (int class = POOL_LINEAR + 1; class < FX__CLASSES; class ++) pool_free_class(cx, class);
    for (fx__slab *slab = cx->pool->slabs, *next; slab; slab = next) {
        next = slab->next;
        fx__free(cx, slab, POOL_SLAB);
    }
    fx__free(cx, cx->pool, sizeof(fx__pool));
    cx->pool = NULL;
}

void fx__pool_trim(fx_context *cx) {
    fx__pool *pool = cx->pool;
    const size_t faded = pool->recent - pool->recent / 8;
    pool->recent = pool->peak > faded ? pool->peak : faded;
    pool->peak = pool->in_use;
    const size_t slack = ((size_t)1 << 20) + 2 * pool->recent;
    for (int class = FX__CLASSES - 1; class > POOL_LINEAR && pool->in_use + pool->idle > slack;
         class --)
        if (pool->free[class]) pool_free_class(cx, class);
}

static void *pool_cut(fx_context *cx, size_t bytes) {
    fx__pool *pool = cx->pool;
    if (pool->slab_left < bytes) {
        fx__slab *slab = fx__alloc(cx, POOL_SLAB);
        if (!slab) return NULL;
        slab->next = pool->slabs;
        pool->slabs = slab;
        pool->slab_left = POOL_SLAB - sizeof(fx__slab);
    }
    unsigned char *end = (unsigned char *)pool->slabs + POOL_SLAB;
    void *block = end - pool->slab_left;
    pool->slab_left -= bytes;
    return block;
}

/* A block that the pool does not have yet. */
static fx__storage *pool_make(fx_context *cx, int class) {
    const size_t bytes = pool_block_bytes(class);
    fx__storage *st = pool_is_small(class) ? pool_cut(cx, bytes) : fx__alloc(cx, bytes);
    if (!st) return NULL;
    st->class = (uint16_t) class;
    return st;
}

static fx__storage *pool_take(fx_context *cx, int class) {
    if (FX__UNLIKELY(!fx__request(cx, pool_block_bytes(class)))) return NULL;
    fx__pool *pool = cx->pool;
    fx__storage *st = pool->free[class];
    if (FX__LIKELY(st != NULL)) {
        pool->free[class] = st->u.next;
        if (!pool_is_small(class)) pool->idle -= pool_block_bytes(class);
    } else if (!(st = pool_make(cx, class))) {
        return NULL;
    }
    if (!pool_is_small(class)) {
        pool->in_use += pool_block_bytes(class);
        if (pool->in_use > pool->peak) pool->peak = pool->in_use;
    }
    st->refs = 1;
    st->borrowed = st->versioned = false;
    st->base = NULL;
    return st;
}

fx__storage *fx__storage_new(fx_context *cx, size_t bytes) {
    if (FX__UNLIKELY(bytes > PTRDIFF_MAX - 2 * FX__HEAD_BYTES)) {
        fx__out_of_memory(cx, bytes);
        return NULL;
    }
    const int class = pool_class(bytes);
    fx__storage *st = pool_take(cx, class);
    if (FX__LIKELY(st != NULL))
        st->data = (unsigned char *)st + (class == 0 ? sizeof(fx__storage) : FX__HEAD_BYTES);
    return st;
}

fx__storage *fx__storage_borrow(fx_context *cx, void *data, const uint32_t *version,
                                fx__storage *base) {
    fx__storage *st = pool_take(cx, 0);
    if (!st) return NULL;
    st->data = data;
    st->u.version = version;
    st->borrowed = true;
    st->versioned = version != NULL;
    st->seen = version ? *version : 0;
    st->base = base ? fx__storage_keep(base) : NULL;
    return st;
}

void fx__storage_release(fx_context *cx, fx__storage *st) {
    fx__pool *pool = cx->pool;
    const int class = st->class;
    fx__storage *base = st->base;
    if (!pool_is_small(class)) {
        pool->in_use -= pool_block_bytes(class);
        pool->idle += pool_block_bytes(class);
    }
    st->u.next = pool->free[class];
    pool->free[class] = st;
    if (base) fx__storage_drop(cx, base); /* a base has no base: this does not go deeper */
}
