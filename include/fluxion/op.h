/* SPDX-License-Identifier: MIT */
/* Everything needed to write an op. See docs/add-an-op.md for a walk through. */
#ifndef FLUXION_OP_H
#define FLUXION_OP_H

#include "fluxion/kernel.h"
#include "fluxion/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_op fx_op;
typedef struct fx_call fx_call;
typedef struct fx_vjp fx_vjp;

/* An attribute: a constant of the call, kept in a plain struct. The table tells its fields, so that
 * they can be drawn, stored, compared and emitted; it ends with a row whose name is NULL. What
 * changes from step to step is an operand of rank 0, never an attribute. */
typedef enum fx_attr_type {
    FX_ATTR_I64 = 1,   /* int64_t */
    FX_ATTR_F64 = 2,   /* double */
    FX_ATTR_BOOL = 3,  /* bool */
    FX_ATTR_SHAPE = 4, /* fx_shape: sizes, axes, a permutation */
} fx_attr_type;

typedef struct fx_attr {
    const char *name;
    fx_attr_type type;
    size_t offset;
} fx_attr;

#define FX_OP_VERSION  1
#define FX_MAX_RESULTS 4

/* dtypes: which an op takes */
#define FX_DTYPE_BIT(dtype) (1u << (dtype))
#define FX_FLOATS           (FX_DTYPE_BIT(FX_F32) | FX_DTYPE_BIT(FX_F64))
#define FX_ANY_DTYPE        (FX_FLOATS | FX_DTYPE_BIT(FX_I64) | FX_DTYPE_BIT(FX_BOOL))

/* flags */
enum {
    FX_OP_STRIDED = 1, /* forward reads strided operands; otherwise it gets dense ones */
    FX_OP_RANDOM = 2,  /* the last operand is an fx_draw */
    FX_OP_VIEW = 4,    /* result 0 is always a view: no forward */
    FX_OP_MIXED = 8,   /* takes f32 and f64 together */
    FX_OP_UPDATE = 16, /* an optimizer's rule: run in place by fx_update only */
    FX_OP_LOSS = 32,   /* drawn as a loss */
};

struct fx_op {
    uint32_t version;     /* FX_OP_VERSION */
    const char *name;     /* in errors, pictures and files */
    const char *operands; /* "x, weight, bias?", for people; ? marks optional, ... many */
    int8_t min, max;      /* how many operands; max -1: any */
    uint8_t results;      /* 0 means 1; at most FX_MAX_RESULTS */
    uint8_t kernel;       /* elementwise by a built-in row: an fx_row_id */
    uint32_t dtypes;      /* 0 means FX_FLOATS */
    uint32_t flags;
    const fx_attr *attrs; /* NULL: none */
    size_t attrs_size;

    /* Checks operands and says what results there are, from shapes and attributes alone:
     * fx_result, fx_result_view, fx_scratch. Not for elementwise ops: the engine broadcasts. */
    fx_status (*infer)(fx_call *call);
    /* Computes results from operands. Pure: reads nothing but its call. May fail on data. */
    fx_status (*forward)(fx_call *call);
    /* Instead of both, elementwise: one contiguous row, for f32, f64 or both; */
    fx_row *row[2];
    /* or simpler still, one element in double precision, for every dtype that has no row. */
    void (*map)(const void *attrs, const double *x, double *y);
    /* Sets the cotangents of the operands, in Fluxion ops. NULL: not differentiable. */
    void (*vjp)(fx_vjp *v);

    const char *formula; /* "C = A B;  dA = G B', dB = A' G": the value; the derivatives */
};

/* A value in plain memory, as infer and forward see it. data is NULL in infer, and dtype, dims and
 * strides hold in both. Strides count elements. */
typedef struct fx_view {
    void *data;
    const int64_t *dims, *strides;
    int64_t numel;
    int32_t rank;
    fx_dtype dtype;
    bool dense;   /* row-major without gaps */
    bool present; /* false: an optional operand left out */
} fx_view;

struct fx_call {
    const fx_op *op;
    const void *attrs;
    int n, results;
    fx_view *x; /* operands */
    fx_view *y; /* results; forward writes data */
    void *scratch;
    const fx_kernels *kernels;
    fx_context *context;
    struct fx_call_private *engine;
};

/* fx_result
 * In infer: result i has this dtype and shape. FX_ERR_SHAPE for a shape that cannot be. */
FX_API fx_status fx_result(fx_call *call, int i, fx_dtype dtype, fx_shape shape);

/* fx_result_view
 * In infer: result 0 is a view of an operand, with strides and offset counted in elements of the
 * operand's storage, relative to its first element; nothing is computed. */
FX_API fx_status fx_result_view(fx_call *call, int operand, fx_shape shape, const int64_t *strides,
                                int64_t offset);

/* fx_scratch
 * In infer: forward needs call->scratch, count items of the given size, aligned to 64. */
FX_API fx_status fx_scratch(fx_call *call, int64_t count, size_t item);

/* fx_call_fail
 * Reports an error of this call: scope, op, the text given, and the operands with their shapes.
 *     return fx_call_fail(call, FX_ERR_SHAPE, "expected %lld features, got %lld", ...);
 * gives  hidden: linear: expected 13 features, got 12 (x [32, 12], weight [10, 13]). */
FX_API fx_status fx_call_fail(fx_call *call, fx_status status, const char *format, ...)
    FX_PRINTF(3, 4);

/* fx_view_shape
 * The shape of an operand or result, as a value. */
FX_API fx_shape fx_view_shape(const fx_view *view);

/* fx_broadcast_shapes
 * The shape to which two shapes broadcast, aligned at the last dimension, sizes equal or 1; false
 * if they do not. */
FX_API bool fx_broadcast_shapes(fx_shape a, fx_shape b, fx_shape *out);

/* What a rule sees: operands x, results y, cotangents g of the results (FX_NONE: none arrived; one
 * result always has its own), and which of the operands' cotangents dx are wanted. It sets every
 * dx[i] with wants[i]; others may be left alone. dx[i] may have any shape to which x[i] broadcasts:
 * the engine sums it back. The rule must be linear in g. */
struct fx_vjp {
    int n, results;
    const fx_tensor *x, *y, *g;
    fx_tensor *dx;
    const bool *wants;
    const void *attrs;
    void *user; /* of fx_custom_vjp */
    fx_graph *graph;
};

/* fx_vjp_zero
 * Says that the cotangent of operand i is zero. */
static inline void fx_vjp_zero(fx_vjp *v, int i) {
    v->dx[i].owner = (const void *)(uintptr_t)FX_OWNER_ZERO;
    v->dx[i].as.number = 0;
}

/* fx_apply
 * Runs an op and records it: the one way in for all ops, built-in or a stranger's. attrs is copied.
 * Operands belong to one graph, or are parameters or numbers; at least one belongs to a graph.
 *
 *   ->   result 0; invalid after an error (fx_error) or while one stands
 */
FX_API fx_tensor fx_apply(const fx_op *op, const void *attrs, int n, const fx_tensor *operands);

/* fx_apply_all
 * The same for an op with several results: out receives op->results tensors. */
FX_API fx_status fx_apply_all(const fx_op *op, const void *attrs, int n, const fx_tensor *operands,
                              fx_tensor *out);

/* ------------------------------------------------------------------------- composing ops */

/* fx_compose, fx_composed
 * An op that is made of others reports what goes wrong in its own name:
 *     const fx_composition c = fx_compose(&silu_op, 1, &x);
 *     return fx_composed(c, fx_mul(x, fx_sigmoid(x)));
 * Between the two, errors of ops in the operands' graph name silu, and not mul or sigmoid; of
 * compositions inside each other, the outermost. An operand that cannot be read is reported at
 * once.
 *
 *   op   its name is used: one that lives as long as the graph
 *   ->   fx_composed: y, or an invalid tensor if an error stands or no operand is in a graph */
typedef struct fx_composition {
    const fx_op *op, *outer;
    fx_graph *graph;
} fx_composition;

FX_API fx_composition fx_compose(const fx_op *op, int n, const fx_tensor *operands);
FX_API fx_tensor fx_composed(fx_composition c, fx_tensor y);

/* fx_refuse
 * fx_call_fail for an op that is made of others, and so has no call. An operand that cannot be read
 * is reported as such, whatever the text.
 *     if (shape.rank != 4) return fx_refuse(op, 2, operands, FX_ERR_SHAPE, "x needs 4 axes");
 *
 *   op   its name and the names of its operands are used
 *   ->   an invalid tensor, which the composition returns */
FX_API fx_tensor fx_refuse(const fx_op *op, int n, const fx_tensor *operands, fx_status status,
                           const char *format, ...) FX_PRINTF(5, 6);

/* A list of axes, each in -rank .. rank-1. */
typedef fx_shape fx_axes;

static inline fx_axes fx_axes1(int64_t a) { return fx_shape1(a); }

static inline fx_axes fx_axes2(int64_t a, int64_t b) { return fx_shape2(a, b); }

/* fx_broadcast_to
 * x repeated along dimensions of size 1 and new leading ones: a view. With two more, it is an op of
 * the engine's own, which un-broadcasts cotangents by it. Any rule may use it. */
FX_API fx_tensor fx_broadcast_to(fx_tensor x, fx_shape shape);

/* fx_engine_op
 * The ops that a reverse traversal applies by itself: accumulate, sum_to, broadcast_to; NULL for
 * any other i. */
FX_API const fx_op *fx_engine_op(int i);

#ifdef __cplusplus
}
#endif

#endif
