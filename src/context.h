/* SPDX-License-Identifier: MIT */
/* What the rooms above see of a context. */
#ifndef FLUXION_SRC_CONTEXT_H
#define FLUXION_SRC_CONTEXT_H

#include <pthread.h>
#include <stdarg.h>

#include "fluxion/context.h"

#define FX__LIKELY(x)   __builtin_expect(!!(x), 1)
#define FX__UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FX__SELDOM      __attribute__((noinline, cold)) /* kept out of the way of what is frequent */

/* Everything a context owns begins with this link: fx_context_free walks the list, newest first,
 * and calls destroy. */
typedef struct fx__owned {
    struct fx__owned *next, *previous;
    void (*destroy)(fx_context *cx, struct fx__owned *self);
} fx__owned;

struct fx_kernels;
struct fx__pool;
struct fx_observer;

enum { FX__ERROR_BYTES = 1024 };

struct fx_context {
    fx_status status;
    uint32_t failures;         /* errors that stood so far */
    pthread_t thread;          /* which it serves */
    int32_t inert;             /* not 0: one of the requests for memory is to fail */
    int64_t requests, failing; /* see fx_fail_request */
    bool failing_forever;
    bool trace, check_nan; /* from the environment */
    bool observing;        /* the observer runs: it does not see its own ops */
    uint32_t busy;         /* functions, rules and observers of the user's that run now */
    uint64_t seed;
    const struct fx_kernels *kernels;
    struct fx__pool *pool;
    fx_allocator allocator;
    size_t memory_cap;
    fx_memory_stats memory;
    fx__owned *owned;
    void *idle[2]; /* heads of freed graphs and parameter sets, to be used again */
    void (*sink)(void *user, const char *line); /* never NULL; a line without its newline */
    void *sink_user;
    const struct fx_observer *observer; /* NULL: nobody watches */
    char text[FX__ERROR_BYTES];
};

/* fx__request
 * Counts a request for memory of that many bytes; false, after FX_ERR_MEMORY, if it is this one's
 * turn to fail (fx_fail_request). fx__alloc calls it; who hands out memory that he holds already
 * (a node, a pooled buffer) calls it himself. */
bool fx__request_injected(fx_context *cx, size_t bytes);

static inline bool fx__request(fx_context *cx, size_t bytes) {
    cx->requests++;
    return FX__LIKELY(!cx->inert) || fx__request_injected(cx, bytes);
}

/* fx__here
 * Whether the calling thread is the one that the context serves; if not, reported in the words of
 * what. About a nanosecond: for calls that are made a few times in a step. */
bool fx__here_fail(fx_context *cx, const char *what);

static inline bool fx__here(fx_context *cx, const char *what) {
    return FX__LIKELY(pthread_equal(cx->thread, pthread_self())) || fx__here_fail(cx, what);
}

extern const fx_allocator fx__default_allocator; /* the C library's */

/* fx__out_of_memory
 * Reports FX_ERR_MEMORY: what was requested, what is held, and the cap if there is one. */
fx_status fx__out_of_memory(fx_context *cx, size_t bytes);

/* fx__alloc
 * bytes from the context's allocator, aligned to 64; NULL after FX_ERR_MEMORY. 0 bytes: NULL
 * without an error. fx__alloc_zero clears the block. fx__free accepts NULL and 0 bytes. */
void *fx__alloc(fx_context *cx, size_t bytes);
void *fx__alloc_zero(fx_context *cx, size_t bytes);
void fx__free(fx_context *cx, void *block, size_t bytes);

/* fx__grow
 * Makes room for at least want items in an array of *capacity items of the given size: the array
 * moves, *capacity grows. False after FX_ERR_MEMORY, with the array as it was. */
bool fx__grow(fx_context *cx, void *array, int64_t *capacity, int64_t want, size_t item);

/* fx__own, fx__disown
 * Puts an object on the context's list, or takes it off (again: no harm). fx_context_free has taken
 * an object off before it calls destroy, so that destroy may serve fx_..._free as well. */
void fx__own(fx_context *cx, fx__owned *object, void (*destroy)(fx_context *, fx__owned *));
void fx__disown(fx_context *cx, fx__owned *object);

/* fx_fail with a va_list. */
fx_status fx__vfail(fx_context *cx, fx_status status, const char *format, va_list arguments);

#endif
