/* SPDX-License-Identifier: MIT */
/* Memory that is taken piece by piece and given back all at once, to a mark. */
#ifndef FLUXION_SRC_ARENA_H
#define FLUXION_SRC_ARENA_H

#include "context.h"

/* A chunk's bytes follow its head. Chunks stay linked after a rewind, to be used again. */
typedef struct fx__chunk {
    struct fx__chunk *next;
    size_t size; /* of the bytes */
} fx__chunk;

typedef struct fx__arena {
    fx_context *cx;
    fx__chunk *first, *current;
    size_t used; /* of current */
    size_t held; /* in all chunks, heads included */
} fx__arena;

/* bytes aligned to 16; NULL after FX_ERR_MEMORY. */
void *fx__arena_alloc(fx__arena *arena, size_t bytes);

/* A copy of n bytes, or of a text with its terminator. */
void *fx__arena_copy(fx__arena *arena, const void *bytes, size_t n);
char *fx__arena_text(fx__arena *arena, const char *text);

/* Back to an earlier (current, used); NULL, 0 is the beginning. */
void fx__arena_rewind(fx__arena *arena, fx__chunk *current, size_t used);

/* Makes sure that after a rewind to (current, used) bytes can be had without new memory; nothing
 * is rewound yet. False after FX_ERR_MEMORY. */
bool fx__arena_reserve(fx__arena *arena, fx__chunk *current, size_t used, size_t bytes);

/* Gives all chunks back to the context. */
void fx__arena_free(fx__arena *arena);

#endif
