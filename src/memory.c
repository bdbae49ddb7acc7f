/* SPDX-License-Identifier: MIT */
/* Memory of a context: one allocator, counted and capped, and the requests that a test lets fail.
 * Method: the allocator is told the size of a block when it is freed, so a block needs no head and
 * the count of what is held is exact. */
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "size.h"
#include "text.h"

enum { MEMORY_ALIGN = 64, MEMORY_FIRST_ITEMS = 8 };

static void *memory_default_alloc(void *user, size_t bytes, size_t align) {
    (void)user;
    if (bytes > PTRDIFF_MAX - align) return NULL;
    return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void memory_default_free(void *user, void *block, size_t bytes) {
    (void)user;
    (void)bytes;
    free(block);
}

const fx_allocator fx__default_allocator = {memory_default_alloc, memory_default_free, NULL};

fx_status fx__out_of_memory(fx_context *cx, size_t bytes) {
    char text[128];
    fx__text t = fx__text_in(text, sizeof text);
    fx__put(&t, "out of memory: ");
    fx__put_size(&t, bytes);
    fx__put(&t, " requested, ");
    fx__put_size(&t, cx->memory.bytes);
    fx__put(&t, " held");
    if (cx->memory_cap) {
        fx__put(&t, ", cap ");
        fx__put_size(&t, cx->memory_cap);
    }
    return fx_fail(cx, FX_ERR_MEMORY, "%s", text);
}

bool fx__request_injected(fx_context *cx, size_t bytes) {
    const bool fails =
        cx->failing_forever ? cx->requests >= cx->failing : cx->requests == cx->failing;
    if (fails) fx__out_of_memory(cx, bytes);
    return !fails;
}

int64_t fx_fail_request(fx_context *cx, int64_t n, bool forever) {
    if (!cx) return 0;
    const int64_t requests = cx->requests;
    cx->requests = 0;
    cx->failing = n;
    cx->failing_forever = forever;
    cx->inert = n > 0;
    return requests;
}

static void *memory_take(fx_context *cx, size_t bytes) {
    if (bytes > PTRDIFF_MAX) return NULL;
    if (cx->memory_cap && bytes > cx->memory_cap - cx->memory.bytes) return NULL;
    void *block = cx->allocator.alloc(cx->allocator.user, bytes, MEMORY_ALIGN);
    cx->memory.allocations++;
    if (!block) return NULL;
    cx->memory.bytes += bytes;
    if (cx->memory.bytes > cx->memory.peak) cx->memory.peak = cx->memory.bytes;
    return block;
}

void *fx__alloc(fx_context *cx, size_t bytes) {
    if (!bytes || !fx__request(cx, bytes)) return NULL;
    void *block = memory_take(cx, bytes);
    if (!block) fx__out_of_memory(cx, bytes);
    return block;
}

void *fx__alloc_zero(fx_context *cx, size_t bytes) {
    void *block = fx__alloc(cx, bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

void fx__free(fx_context *cx, void *block, size_t bytes) {
    if (!block || !bytes) return;
    cx->memory.bytes -= bytes;
    cx->allocator.free(cx->allocator.user, block, bytes);
}

/* The array is a pointer to a pointer of the caller's type, which may not be read as a void **. */
bool fx__grow(fx_context *cx, void *array, int64_t *capacity, int64_t want, size_t item) {
    size_t bytes;
    void *old;
    if (want <= *capacity) return true;
    int64_t grown = *capacity > INT64_MAX / 2 ? INT64_MAX : 2 * *capacity;
    if (grown < MEMORY_FIRST_ITEMS) grown = MEMORY_FIRST_ITEMS;
    if (grown < want) grown = want;
    if (!fx__bytes(&bytes, 0, item, 1, &grown, 1)) {
        fx__out_of_memory(cx, PTRDIFF_MAX);
        return false;
    }
    void *block = fx__alloc(cx, bytes);
    if (!block) return false;
    const size_t held = (size_t)*capacity * item;
    memcpy(&old, array, sizeof old);
    if (held) memcpy(block, old, held);
    fx__free(cx, old, held);
    memcpy(array, &block, sizeof block);
    *capacity = grown;
    return true;
}

fx_memory_stats fx_context_memory(const fx_context *cx) {
    return cx ? cx->memory : (fx_memory_stats){0, 0, 0};
}
