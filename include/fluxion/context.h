/* SPDX-License-Identifier: MIT */
/* The workshop: memory, kernels, environment and the first error. One context per thread: two
 * contexts in two threads never meet. */
#ifndef FLUXION_CONTEXT_H
#define FLUXION_CONTEXT_H

#include "fluxion/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_context fx_context;

/* Where memory comes from. alloc returns a block of at least bytes, aligned to align (a power of
 * two, at most 64), or NULL; free gets back exactly what alloc was asked for. Neither is called
 * with 0 bytes. */
typedef struct fx_allocator {
    void *(*alloc)(void *user, size_t bytes, size_t align);
    void (*free)(void *user, void *block, size_t bytes);
    void *user;
} fx_allocator;

typedef struct fx_context_options {
    size_t size;            /* filled by fx_context_defaults */
    fx_allocator allocator; /* alloc NULL: the C library's */
    size_t memory_cap;      /* most bytes held at once; 0: no cap */
    uint64_t seed;          /* of all random numbers drawn in graphs of this context; default 0 */
    void (*sink)(void *user, const char *line); /* receives FLUXION_TRACE; NULL: standard error */
    void *sink_user;
} fx_context_options;

static inline fx_context_options fx_context_defaults(void) {
    fx_context_options options = {sizeof(fx_context_options), {NULL, NULL, NULL}, 0, 0, NULL, NULL};
    return options;
}

/* fx_context_new
 * A new context. It reads the environment once: FLUXION_TRACE, FLUXION_CHECK, FLUXION_ISA.
 *
 *   options   NULL for the defaults
 *   ->        a context to be freed with fx_context_free; NULL if there is no memory for it or
 *             the options were not made by fx_context_defaults, or name alloc without free
 */
FX_API fx_context *fx_context_new(const fx_context_options *options);

/* fx_context_free
 * Frees the context and everything made in it: graphs, parameters, tables, optimizers.
 *
 *   cx   may be NULL
 *   ->   the status that stood, so that a program can end with it; FX_ERR_STATE, and nothing is
 *        freed, inside a function, rule or observer that the context is calling
 */
FX_API fx_status fx_context_free(fx_context *cx);

/* fx_context_adopt
 * A context and all that was made in it serve one thread, at first the one that made it. This hands
 * it over to the calling thread, once the thread before has done its last call (joined, or ordered
 * by a lock). Calls that begin or end a step (new graphs and parameters, inputs, resets,
 * derivatives, updates) notice another thread and give FX_ERR_STATE; ops do not pay for looking. */
FX_API void fx_context_adopt(fx_context *cx);

/* fx_error, fx_error_text
 * The first error since the context was made or cleared, and one line that says what, where and
 * what to do. While an error stands, every op returns an invalid tensor and every action is
 * inert. The text is never NULL ("" when all is well) and lives until the next fx_clear.
 * A NULL context reads as FX_ERR_MEMORY: that is what fx_context_new returning NULL means. */
FX_API fx_status fx_error(const fx_context *cx);
FX_API const char *fx_error_text(const fx_context *cx);

/* fx_clear
 * Forgets the error, so that the context works again. */
FX_API void fx_clear(fx_context *cx);

/* fx_fail
 * Reports an error from user code, in the library's way: kept if it is the first. Every failure
 * of the library passes through here too, so this is the one place for a breakpoint.
 *
 *   format   as in printf, with %s %d %lld %zu %g %% and %.*s; floating point without the locale
 *   ->       status
 */
FX_API fx_status fx_fail(fx_context *cx, fx_status status, const char *format, ...) FX_PRINTF(3, 4);

/* fx_new, fx_delete
 * Zeroed memory that belongs to the context: for what lives as long as it does, as a model's own
 * struct. release (or NULL) is called before the memory goes: by fx_delete, or by fx_context_free,
 * newest first: what was made later is gone by then.
 *
 *   ->   aligned to 64; NULL after FX_ERR_MEMORY, FX_ERR_ARGUMENT (0 bytes)
 */
FX_API void *fx_new(fx_context *cx, size_t bytes, void (*release)(void *object));
FX_API void fx_delete(void *object);

/* fx_fail_request
 * For tests: the n-th request for memory from now on (n = 1 is the next) fails with
 * FX_ERR_MEMORY; requests are counted where they are made (nodes, arenas, pool buffers, the
 * allocator), so that a pool cannot hide one. With forever, all later ones fail too. n = 0 ends
 * the experiment.
 *
 *   ->   how many requests were made since the last call of this function
 */
FX_API int64_t fx_fail_request(fx_context *cx, int64_t n, bool forever);

/* What a context holds at the moment. */
typedef struct fx_memory_stats {
    size_t bytes;        /* held from the allocator */
    size_t peak;         /* most ever held */
    int64_t allocations; /* calls of the allocator so far: constant in a settled training loop */
} fx_memory_stats;

FX_API fx_memory_stats fx_context_memory(const fx_context *cx);

#ifdef __cplusplus
}
#endif

#endif
