/* SPDX-License-Identifier: MIT */
/* Seeing inside: every op as it runs, and the graph as a picture. */
#ifndef FLUXION_OBSERVE_H
#define FLUXION_OBSERVE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An op that has just run. Everything in it lives for the call alone. A function that is a node
 * (fx_recompute, fx_custom_vjp) comes after the ops it ran. An optimizer's rule comes once for each
 * run of parameters, computed on copies and not yet written. */
typedef struct fx_event {
    const fx_call *call;
    fx_graph *graph;   /* NULL: an optimizer's rule, run by fx_update */
    const char *scope; /* "encoder.layer1", "" outside any */
    bool backward;     /* made by a derivative rule */
    const char *text;  /* the line that FLUXION_TRACE writes */
} fx_event;

/* An observer sees each op after it has run. A status other than FX_OK stops the op, as an error
 * that the observer has reported with fx_fail. Ops that it runs itself are not shown to it; it may
 * not reset, rewind or free the graph, nor free the parameters of the step. */
typedef struct fx_observer {
    fx_status (*op)(void *user, const fx_event *event);
    void *user;
} fx_observer;

/* fx_observe
 * Sets the context's one observer; NULL takes it away. Returns the one before. */
FX_API const fx_observer *fx_observe(fx_context *cx, const fx_observer *observer);

/* Environment, read once by fx_context_new:
 *   FLUXION_TRACE=1    a line per op, in the words of the error messages, to the context's sink
 *   FLUXION_CHECK=nan  an error at the first op that makes a NaN or an infinity out of finite
 *                      numbers
 *   FLUXION_ISA=name   the kernels to use */

typedef struct fx_dot_options {
    size_t size;       /* filled by fx_dot_defaults */
    const char *title; /* NULL: none */
    bool values;       /* show the value of one-element tensors */
} fx_dot_options;

static inline fx_dot_options fx_dot_defaults(void) {
    fx_dot_options options = {sizeof(fx_dot_options), NULL, false};
    return options;
}

/* fx_graph_dot
 * The computation of result as a Graphviz digraph, text into out as snprintf does: parameters,
 * inputs, ops and losses tell apart by shape and colour, scopes are boxes with names, shapes stand
 * on edges. The same graph gives the same bytes.
 *
 *   ->   the length of the whole text, 0 after an error
 */
FX_API size_t fx_graph_dot(fx_tensor result, const fx_dot_options *options, char *out, size_t size);

/* fx_graph_write_dot
 * The same into a file, whole or not at all. */
FX_API fx_status fx_graph_write_dot(fx_tensor result, const fx_dot_options *options,
                                    const char *path);

#ifdef __cplusplus
}
#endif

#endif
