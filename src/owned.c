/* SPDX-License-Identifier: MIT */
/* Memory that belongs to a context: the object behind a header of one alignment unit. */
#include "context.h"

typedef struct owned_block {
    fx__owned owned;
    fx_context *cx;
    size_t bytes;
    void (*release)(void *object);
} owned_block;

enum { OWNED_HEADER = 64 };
_Static_assert(sizeof(owned_block) <= OWNED_HEADER, "the object keeps its alignment");

static void *owned_object(owned_block *block) { return (unsigned char *)block + OWNED_HEADER; }

static void owned_destroy(fx_context *cx, fx__owned *self) {
    owned_block *block = (owned_block *)(void *)self;
    if (block->release) block->release(owned_object(block));
    fx__free(cx, block, block->bytes);
}

void *fx_new(fx_context *cx, size_t bytes, void (*release)(void *object)) {
    if (!cx || cx->status != FX_OK) return NULL;
    if (bytes == 0) {
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_new: 0 bytes asked for");
        return NULL;
    }
    if (bytes > PTRDIFF_MAX - OWNED_HEADER) {
        fx__out_of_memory(cx, bytes);
        return NULL;
    }
    owned_block *block = fx__alloc_zero(cx, bytes + OWNED_HEADER);
    if (!block) return NULL;
    block->cx = cx;
    block->bytes = bytes + OWNED_HEADER;
    block->release = release;
    fx__own(cx, &block->owned, owned_destroy);
    return owned_object(block);
}

void fx_delete(void *object) {
    if (!object) return;
    owned_block *block = (owned_block *)(void *)((unsigned char *)object - OWNED_HEADER);
    fx_context *cx = block->cx;
    fx__disown(cx, &block->owned);
    owned_destroy(cx, &block->owned);
}
