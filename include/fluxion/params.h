/* SPDX-License-Identifier: MIT */
/* Parameters and buffers, which outlive the steps of a graph, and their gradients. */
#ifndef FLUXION_PARAMS_H
#define FLUXION_PARAMS_H

#include "fluxion/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_params fx_params;
typedef struct fx_gradients fx_gradients;

/* fx_params_new, fx_params_free
 * An ordered set of named parameters of one dtype (FX_F32 or FX_F64). Initial values are a
 * function of seed and name. Freed by its context at the latest; NULL is fine.
 *
 *   ->   NULL after FX_ERR_MEMORY, FX_ERR_DTYPE
 */
FX_API fx_params *fx_params_new(fx_context *cx, fx_dtype dtype, uint64_t seed);
FX_API void fx_params_free(fx_params *params);
FX_API fx_context *fx_params_context(const fx_params *params);
FX_API fx_dtype fx_params_dtype(const fx_params *params);

/* How a parameter begins: each value is drawn from U[a, b) or N(a, b^2), or is a. */
typedef enum fx_init_kind { FX_INIT_CONSTANT, FX_INIT_UNIFORM, FX_INIT_NORMAL } fx_init_kind;

typedef struct fx_init {
    fx_init_kind kind;
    double a, b;
} fx_init;

static inline fx_init fx_constant(double value) {
    fx_init init = {FX_INIT_CONSTANT, value, 0};
    return init;
}

static inline fx_init fx_init_uniform(double low, double high) {
    fx_init init = {FX_INIT_UNIFORM, low, high};
    return init;
}

static inline fx_init fx_init_normal(double mean, double deviation) {
    fx_init init = {FX_INIT_NORMAL, mean, deviation};
    return init;
}

/* fx_param, fx_buffer
 * Adds an entry. A parameter is trained; a buffer (running statistics) is carried along and saved.
 * The name is copied and unlike all others of the set; parts join with a dot: "hidden.weight".
 *
 *   ->   the tensor: an operand in any graph of the same context; invalid after FX_ERR_ARGUMENT
 *        (name empty or taken), FX_ERR_SHAPE, FX_ERR_MEMORY
 */
FX_API fx_tensor fx_param(fx_params *params, const char *name, fx_shape shape, fx_init init);
FX_API fx_tensor fx_buffer(fx_params *params, const char *name, fx_shape shape, fx_init init);

/* One entry, as it stands. data is dense and stays where it is until fx_params_free; write it with
 * fx_write_f64, which tells the graphs. */
typedef struct fx_entry {
    const char *name; /* NULL: there is no such entry */
    fx_tensor tensor;
    fx_shape shape;
    int64_t numel;
    const void *data;
    bool trainable, buffer;
} fx_entry;

/* fx_params_count, fx_params_at, fx_params_find
 * The entries, in the order added, or by name. */
FX_API int64_t fx_params_count(const fx_params *params);
FX_API fx_entry fx_params_at(const fx_params *params, int64_t i);
FX_API fx_entry fx_params_find(const fx_params *params, const char *name);

/* fx_write_f32, fx_write_f64
 * Writes a parameter's or buffer's n values, converted to its dtype. A graph that has read it
 * before reports that when a derivative needs the old values. */
FX_API fx_status fx_write_f32(fx_tensor parameter, int64_t n, const float *values);
FX_API fx_status fx_write_f64(fx_tensor parameter, int64_t n, const double *values);

/* fx_freeze
 * Freezes (or thaws) the parameters whose name matches a pattern, where * stands for any text:
 * "encoder.*". A pattern that matches no parameter is FX_ERR_ARGUMENT. */
FX_API fx_status fx_freeze(fx_params *params, const char *pattern, bool frozen);

/* fx_params_copy
 * Sets all values to those of from, which has the same entries. */
FX_API fx_status fx_params_copy(fx_params *params, const fx_params *from);

/* fx_params_like
 * A set with the same names, shapes and order, all zeros: the state of an optimizer. It follows
 * when entries are added to the original. */
FX_API fx_params *fx_params_like(fx_params *params);

/* ---------------------------------------------------------------------------- gradients */

/* fx_params_gradients
 * The gradients that fx_backward fills by default: made with the params, freed with them. */
FX_API fx_gradients *fx_params_gradients(fx_params *params);

/* fx_gradients_new, fx_gradients_free
 * Another set of gradients, to accumulate apart; fx_graph_gradients directs a graph's backward
 * there. The params own it. fx_gradients_add adds from to gradients (both of one params). */
FX_API fx_gradients *fx_gradients_new(fx_params *params);
FX_API void fx_gradients_free(fx_gradients *gradients);
FX_API fx_status fx_graph_gradients(fx_graph *graph, fx_gradients *gradients);
FX_API fx_status fx_gradients_add(fx_gradients *gradients, fx_gradients *from);

/* EMPTY: to be filled. READY: a backward has succeeded, a step may follow. BROKEN: a backward
 * failed halfway; fx_zero makes it EMPTY again. */
typedef enum fx_gradients_state {
    FX_GRADIENTS_EMPTY = 0,
    FX_GRADIENTS_READY = 1,
    FX_GRADIENTS_BROKEN = 2,
} fx_gradients_state;

FX_API fx_gradients_state fx_gradients_state_of(const fx_gradients *gradients);
FX_API fx_params *fx_gradients_params(const fx_gradients *gradients);

/* fx_gradient
 * The gradient of a parameter, as a tensor to read or compute with. It stays readable after a step
 * until the next backward; zeros where no backward has reached the parameter. */
FX_API fx_tensor fx_gradient(fx_gradients *gradients, fx_tensor parameter);

/* fx_zero
 * Empties the gradients and forgets queued state. */
FX_API fx_status fx_zero(fx_gradients *gradients);

/* fx_store
 * Queues a new value for a buffer, as for running statistics: fx_backward moves it beside the
 * gradients of the buffer's set, if the loss reaches a parameter of that set, and the step writes
 * it if no error stands. What no loss has taken is forgotten by the reset. The buffer is of the
 * value's shape. Does nothing while the graph predicts, does not record, or recomputes. */
FX_API fx_status fx_store(fx_tensor buffer, fx_tensor value);

#ifdef __cplusplus
}
#endif

#endif
