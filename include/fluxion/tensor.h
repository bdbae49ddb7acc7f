/* SPDX-License-Identifier: MIT */
/* Graphs and tensors: putting numbers in, reading numbers out, names, lifetimes. */
#ifndef FLUXION_TENSOR_H
#define FLUXION_TENSOR_H

#include "fluxion/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_graph fx_graph;

/* A tensor is a value of 16 bytes, passed and returned like an integer; nobody frees one. It names
 * a node of a graph or an entry of an fx_params, or is a plain number. Its fields are private.
 * fx_tensor t = {0} is an unset tensor: using it is an error that names the operand, reported to
 * the context of the call's other operands (if there are none, the result is invalid and that is
 * all: nobody knows of a context). */
typedef struct fx_tensor {
    const void *owner;
    union {
        struct {
            uint32_t index, stamp;
        } at;
        double number;
        const void *op;
    } as;
} fx_tensor;

/* What stands in owner where a tensor is neither in a graph nor in an fx_params. */
enum {
    FX_OWNER_UNSET = 0,
    FX_OWNER_NUMBER = 1,
    FX_OWNER_NONE = 2,
    FX_OWNER_ZERO = 3,
    FX_OWNER_HOMELESS = 4, /* what an op without a graph gives back */
};

/* fx_num
 * A plain number as an operand: takes the dtype of the other operands and needs no graph. */
static inline fx_tensor fx_num(double value) {
    fx_tensor t;
    t.owner = (const void *)(uintptr_t)FX_OWNER_NUMBER;
    t.as.number = value;
    return t;
}

/* fx_none
 * The only way to leave out an optional operand. */
static inline fx_tensor fx_none(void) {
    fx_tensor t;
    t.owner = (const void *)(uintptr_t)FX_OWNER_NONE;
    t.as.number = 0;
    return t;
}
#define FX_NONE fx_none()

/* fx_is_none
 * Whether t is FX_NONE: a left-out operand, or the cotangent of a result that nobody used. */
static inline bool fx_is_none(fx_tensor t) {
    return t.owner == (const void *)(uintptr_t)FX_OWNER_NONE;
}

/* ------------------------------------------------------------------------------- graphs */

/* fx_graph_new, fx_graph_free
 * A graph of the values computed in one step. Freed by its context at the latest; NULL is fine.
 *
 *   ->   NULL after FX_ERR_MEMORY
 */
FX_API fx_graph *fx_graph_new(fx_context *cx);
FX_API void fx_graph_free(fx_graph *graph);
FX_API fx_context *fx_graph_context(const fx_graph *graph);

/* fx_graph_reset
 * Drops all tensors of the graph and keeps their memory for the next step. Handles become stale:
 * using one is an error, not an accident. Random draws since the last reset are committed, or
 * given back if an error has stood meanwhile, cleared or not: the step can then be repeated with
 * the same numbers. What belongs to the graph and not to the step stays: fx_record, fx_inference,
 * the seed, where gradients go. */
FX_API fx_status fx_graph_reset(fx_graph *graph);

/* fx_graph_reset_keep
 * A reset that carries n tensors over, as leaves without history: recurrent state, the loop of a
 * solver. tensors[i] is renewed in place and keeps its name; of borrowed memory (fx_input_view, a
 * parameter) a copy is kept. If memory fails nothing is dropped. */
FX_API fx_status fx_graph_reset_keep(fx_graph *graph, int n, fx_tensor *tensors);

/* A point to go back to. */
typedef struct fx_mark {
    const void *graph;
    uint32_t nodes, below, epoch, serial, unopened;
    void *chunk, *names, *scopes, *open;
    size_t used;
} fx_mark;

/* fx_graph_mark, fx_graph_rewind
 * Goes back to a mark: what was made since is dropped, except n tensors, which are renewed in
 * place as leaves without history. What is older stays valid, with the names it was given since;
 * open scopes are those of the mark. If memory fails nothing is dropped. */
FX_API fx_mark fx_graph_mark(const fx_graph *graph);
FX_API fx_status fx_graph_rewind(fx_graph *graph, fx_mark mark, int n, fx_tensor *tensors);

/* fx_record
 * Switches recording of derivatives on or off; gives back what it was, so that uses nest:
 *     bool was = fx_record(graph, false); ... fx_record(graph, was);
 * What is computed while it is off has no history: no gradient passes through it. It stays as it
 * is over a reset, so that a loop over batches may be wrapped in it. */
FX_API bool fx_record(fx_graph *graph, bool on);

/* fx_inference
 * Whether the graph predicts rather than trains: dropout passes its input on, running statistics
 * stay. Gives back what it was. fx_is_inference reads it. */
FX_API bool fx_inference(fx_graph *graph, bool on);
FX_API bool fx_is_inference(const fx_graph *graph);

/* fx_graph_seed
 * Sets the seed of the graph's random numbers (at first the context's) and restarts its draws. */
FX_API void fx_graph_seed(fx_graph *graph, uint64_t seed);

typedef struct fx_graph_stats {
    int64_t nodes; /* alive now */
    int64_t bytes; /* held for nodes and their descriptions; values come from the context's pool */
} fx_graph_stats;

FX_API fx_graph_stats fx_graph_stats_of(const fx_graph *graph);

/* ------------------------------------------------------------------------------- inputs */

/* fx_input_f32, fx_input_f64, fx_input_i64, fx_input_bool
 * A new tensor with a copy of the data, row-major, as many values as the shape has (bool: one
 * byte each, 0 or 1).
 *
 *   ->   a leaf; invalid after FX_ERR_SHAPE (negative size, rank over 8, overflow),
 *        FX_ERR_ARGUMENT (data NULL), FX_ERR_MEMORY
 */
FX_API fx_tensor fx_input_f32(fx_graph *graph, fx_shape shape, const float *data);
FX_API fx_tensor fx_input_f64(fx_graph *graph, fx_shape shape, const double *data);
FX_API fx_tensor fx_input_i64(fx_graph *graph, fx_shape shape, const int64_t *data);
FX_API fx_tensor fx_input_bool(fx_graph *graph, fx_shape shape, const bool *data);

/* fx_f32, fx_f64
 * A leaf of rank 0. */
FX_API fx_tensor fx_f32(fx_graph *graph, float value);
FX_API fx_tensor fx_f64(fx_graph *graph, double value);

/* fx_input_view
 * A leaf that borrows the caller's memory until the graph is reset; it is never written.
 *
 *   strides   in elements, one per dimension, may be 0 or negative; NULL: dense
 */
FX_API fx_tensor fx_input_view(fx_graph *graph, fx_dtype dtype, fx_shape shape,
                               const int64_t *strides, const void *data);

/* fx_use
 * Puts a parameter or a number (as f64) into a graph by hand: needed only where all operands of an
 * op are parameters or numbers, as in a penalty. A tensor of that graph is returned as it is. */
FX_API fx_tensor fx_use(fx_graph *graph, fx_tensor t);

/* fx_detach
 * The same values without history: no gradient passes through. No copy is made. */
FX_API fx_tensor fx_detach(fx_tensor t);

/* fx_draw
 * The next stream of the graph's random numbers, a leaf of dtype i64 and shape [2]: seed and number
 * of the draw. The operand from which a random op (FX_OP_RANDOM) takes its numbers, so that its
 * rule and a recomputation see the same. */
FX_API fx_tensor fx_draw(fx_graph *graph);

/* ------------------------------------------------------------------------------ reading */

/* fx_item
 * The value of a tensor with one element, as a double. NaN after an error: not one element, or a
 * tensor that cannot be read (unset, invalid, stale). */
FX_API double fx_item(fx_tensor t);

/* fx_read_f32, fx_read_f64, fx_read_i64, fx_read_bool
 * Copies a tensor's n values to out, row-major. Any floating dtype is read as f32 or f64; i64 and
 * bool are read as themselves. out is always written: zeros after an error.
 * Errors: FX_ERR_SHAPE if t has not n elements, FX_ERR_DTYPE, and those of fx_item. */
FX_API fx_status fx_read_f32(fx_tensor t, int64_t n, float *out);
FX_API fx_status fx_read_f64(fx_tensor t, int64_t n, double *out);
FX_API fx_status fx_read_i64(fx_tensor t, int64_t n, int64_t *out);
FX_API fx_status fx_read_bool(fx_tensor t, int64_t n, bool *out);

/* fx_tensor_shape, fx_tensor_dtype, fx_tensor_numel
 * Shape, dtype and number of elements. A tensor that cannot be read has rank -1, dtype FX_F64 and
 * -1 elements; a plain number has rank 0. These report nothing. */
FX_API fx_shape fx_tensor_shape(fx_tensor t);
FX_API fx_dtype fx_tensor_dtype(fx_tensor t);
FX_API int64_t fx_tensor_numel(fx_tensor t);

/* fx_tensor_valid, fx_tensor_graph, fx_tensor_context
 * Whether t can be an operand now; the graph it belongs to (NULL for parameters and numbers); its
 * context (NULL for numbers). These report nothing. */
FX_API bool fx_tensor_valid(fx_tensor t);
FX_API fx_graph *fx_tensor_graph(fx_tensor t);
FX_API fx_context *fx_tensor_context(fx_tensor t);

/* fx_tensor_text
 * A tensor as text for people: dtype, shape and name, then the values in brackets and columns, with
 * 6 significant digits, whatever the locale:
 *     f64 [2, 3] 'w'
 *     [[    1, -0.25,   nan],
 *      [ 1000,     3,  1e-9]]
 * Lines are broken after 80 columns. Of more than 1000 elements the first and last three along each
 * axis are shown, and ... between them; fewer, if that is still more than 1000. A tensor that
 * cannot be read gives the reason: "(unset)". Reports nothing.
 *
 *   out   receives at most size bytes with a 0 at the end, cut between numbers; NULL: no text
 *   ->    the length of the whole text, as snprintf gives it; fx_print (stdio.h) prints it
 */
FX_API size_t fx_tensor_text(fx_tensor t, char *out, size_t size);

/* -------------------------------------------------------------------------------- names */

/* fx_name
 * Names a tensor of a graph in errors, traces and pictures; returns it. The name is copied. */
FX_API fx_tensor fx_name(fx_tensor t, const char *name);

/* fx_scope_begin, fx_scope_end
 * Ops made in between stand in a scope of that name, a box in pictures and a prefix of messages.
 * Scopes nest; a reset closes what is open. Each end belongs to one begin, whether errors stood
 * between or not. Ending what was not begun is FX_ERR_STATE. */
FX_API void fx_scope_begin(fx_graph *graph, const char *name);
FX_API void fx_scope_end(fx_graph *graph);

#ifdef __cplusplus
}
#endif

#endif
