/* SPDX-License-Identifier: MIT */
/* The life of a context: made from options and environment, the first error kept, everything in
 * it destroyed newest first. Choices of the environment that cannot be met are errors that stand
 * in the new context: a program that runs without the check it was asked for would lie. */
#include "context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernels/kernels.h"
#include "pool.h"
#include "text.h"

/* One writev, so that lines of several contexts do not mix. */
static void context_to_stderr(void *user, const char *line) {
    char newline[] = "\n", *text = NULL;
    (void)user;
    memcpy(&text, &line, sizeof text); /* iovec knows no const */
    const struct iovec parts[] = {{text, strlen(line)}, {newline, 1}};
    const ssize_t written = writev(STDERR_FILENO, parts, 2);
    (void)written; /* nobody is left to be told */
}

static const char *context_environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void context_read_environment(fx_context *cx) {
    const char *trace = context_environment("FLUXION_TRACE");
    const char *check = context_environment("FLUXION_CHECK");
    const char *isa = context_environment("FLUXION_ISA");
    cx->trace = trace && strcmp(trace, "0") != 0;
    cx->check_nan = check && strcmp(check, "nan") == 0;
    if (check && !cx->check_nan)
        fx_fail(cx, FX_ERR_ARGUMENT, "FLUXION_CHECK=%s: no such check; nan can be chosen here",
                check);
    cx->kernels = fx__kernels_choose(isa);
    if (cx->kernels) return;
    fx_fail(cx, FX_ERR_ARGUMENT,
            "FLUXION_ISA=%s: no such instruction set on this machine; %s can be chosen here", isa,
            fx__kernels_list());
    cx->kernels = fx__kernels_choose(NULL);
}

/* The context itself counts as memory that it holds. */
static fx_context *context_take(const fx_context_options *options) {
    const fx_allocator *from = &options->allocator;
    const size_t size = sizeof(fx_context), cap = options->memory_cap;
    if (!from->alloc) from = &fx__default_allocator;
    fx_context *cx = cap && cap < size ? NULL : from->alloc(from->user, size, 64);
    if (!cx) return NULL;
    memset(cx, 0, size);
    cx->allocator = *from;
    cx->memory_cap = cap;
    cx->memory = (fx_memory_stats){size, size, 1};
    return cx;
}

static void context_give_back(fx_context *cx) {
    const fx_allocator from = cx->allocator;
    from.free(from.user, cx, sizeof *cx);
}

fx_context *fx_context_new(const fx_context_options *options) {
    const fx_context_options defaults = fx_context_defaults();
    if (!options) options = &defaults;
    if (options->size != sizeof *options) return NULL;
    if (options->allocator.alloc && !options->allocator.free) return NULL;
    fx_context *cx = context_take(options);
    if (!cx) return NULL;
    cx->thread = pthread_self();
    cx->seed = options->seed;
    cx->sink = options->sink ? options->sink : context_to_stderr;
    cx->sink_user = options->sink_user;
    if (!fx__pool_new(cx)) {
        context_give_back(cx);
        return NULL;
    }
    context_read_environment(cx);
    return cx;
}

fx_status fx_context_free(fx_context *cx) {
    const fx_status status = fx_error(cx);
    if (!cx) return status;
    if (cx->busy)
        return fx_fail(
            cx, FX_ERR_STATE,
            "fx_context_free inside a function, rule or observer that the context is calling");
    while (cx->owned) {
        fx__owned *newest = cx->owned;
        fx__disown(cx, newest);
        newest->destroy(cx, newest);
    }
    fx__pool_free(cx);
    context_give_back(cx);
    return status;
}

void fx_context_adopt(fx_context *cx) {
    if (cx) cx->thread = pthread_self();
}

bool fx__here_fail(fx_context *cx, const char *what) {
    fx_fail(cx, FX_ERR_STATE,
            "%s: the context serves another thread; make one context per thread, or take this one "
            "over with fx_context_adopt",
            what);
    return false;
}

void fx__own(fx_context *cx, fx__owned *object, void (*destroy)(fx_context *, fx__owned *)) {
    *object = (fx__owned){cx->owned, NULL, destroy};
    if (cx->owned) cx->owned->previous = object;
    cx->owned = object;
}

void fx__disown(fx_context *cx, fx__owned *object) {
    if (!object->previous && cx->owned != object) return;
    if (object->previous)
        object->previous->next = object->next;
    else
        cx->owned = object->next;
    if (object->next) object->next->previous = object->previous;
    object->next = object->previous = NULL;
}

fx_status fx_error(const fx_context *cx) { return cx ? cx->status : FX_ERR_MEMORY; }

const char *fx_error_text(const fx_context *cx) {
    return cx ? cx->text : "out of memory: there is no context (fx_context_new returned NULL)";
}

void fx_clear(fx_context *cx) {
    if (!cx) return;
    cx->status = FX_OK;
    cx->text[0] = '\0';
}

/* An error is one line, whatever a file name or a cell of a table brought into it. */
static void context_one_line(char *text) {
    for (unsigned char *byte = (unsigned char *)text; *byte; byte++) {
        const bool high = byte[0] == 0xC2 && (byte[1] & 0xE0) == 0x80; /* U+0080 to U+009F */
        if (high) *byte++ = ' ';
        if (high || *byte < ' ' || *byte == 0x7F) *byte = ' ';
    }
}

fx_status fx__vfail(fx_context *cx, fx_status status, const char *format, va_list arguments) {
    static const char dots[] = "...";
    if (status == FX_OK) status = FX_ERR_ARGUMENT; /* a failure that reads as success hides */
    if (!cx || cx->status != FX_OK) return status;
    cx->status = status;
    cx->failures++;
    fx__text t = fx__text_in(cx->text, sizeof cx->text - (sizeof dots - 1));
    fx__put_vformat(&t, format ? format : "", arguments);
    context_one_line(cx->text);
    if (t.length >= t.size) memcpy(cx->text + strlen(cx->text), dots, sizeof dots);
    return status;
}

fx_status fx_fail(fx_context *cx, fx_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    status = fx__vfail(cx, status, format, arguments);
    va_end(arguments);
    return status;
}
