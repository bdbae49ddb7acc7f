/* SPDX-License-Identifier: MIT */
/* A bump allocator over a list of chunks. A rewind moves two fields; chunks past the current one
 * are kept for the next step, so that a settled loop takes no memory. */
#include "arena.h"

#include <string.h>

#include "size.h"

enum { ARENA_CHUNK = 16384, ARENA_ALIGN = 16 };

static unsigned char *chunk_bytes(fx__chunk *chunk) {
    return (unsigned char *)chunk + sizeof(fx__chunk);
}

/* Makes a chunk with room for bytes the current one: the next in the list if it is large enough, a
 * new one before it otherwise. */
static bool arena_advance(fx__arena *arena, size_t bytes) {
    fx__chunk *next = arena->current ? arena->current->next : arena->first;
    if (!next || next->size < bytes) {
        const size_t size = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
        fx__chunk *made = fx__alloc(arena->cx, sizeof(fx__chunk) + size);
        if (!made) return false;
        made->size = size;
        made->next = next;
        if (arena->current)
            arena->current->next = made;
        else
            arena->first = made;
        arena->held += sizeof(fx__chunk) + size;
        next = made;
    }
    arena->current = next;
    arena->used = 0;
    return true;
}

bool fx__arena_reserve(fx__arena *arena, fx__chunk *current, size_t used, size_t bytes) {
    const fx__arena was = *arena;
    fx__arena_rewind(arena, current, used);
    const bool fits = current && current->size - used >= bytes;
    const bool made = fits || arena_advance(arena, bytes);
    fx__arena_rewind(arena, was.current, was.used);
    return made;
}

void *fx__arena_alloc(fx__arena *arena, size_t bytes) {
    if (!fx__request(arena->cx, bytes)) return NULL;
    size_t rounded;
    const int64_t count = bytes <= PTRDIFF_MAX ? (int64_t)bytes : -1;
    if (!fx__bytes(&rounded, 0, 1, 1, &count, ARENA_ALIGN)) {
        fx__out_of_memory(arena->cx, bytes);
        return NULL;
    }
    if (!arena->current || arena->current->size - arena->used < rounded)
        if (!arena_advance(arena, rounded)) return NULL;
    void *block = chunk_bytes(arena->current) + arena->used;
    arena->used += rounded;
    return block;
}

void *fx__arena_copy(fx__arena *arena, const void *bytes, size_t n) {
    void *copy = fx__arena_alloc(arena, n);
    if (copy && n) memcpy(copy, bytes, n);
    return copy;
}

char *fx__arena_text(fx__arena *arena, const char *text) {
    return fx__arena_copy(arena, text, strlen(text) + 1);
}

void fx__arena_rewind(fx__arena *arena, fx__chunk *current, size_t used) {
    arena->current = current;
    arena->used = used;
}

void fx__arena_free(fx__arena *arena) {
    for (fx__chunk *chunk = arena->first, *next; chunk; chunk = next) {
        next = chunk->next;
        fx__free(arena->cx, chunk, sizeof(fx__chunk) + chunk->size);
    }
    arena->first = arena->current = NULL;
    arena->used = arena->held = 0;
}
