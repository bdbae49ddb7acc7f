/* SPDX-License-Identifier: MIT */
/* Tensors out of nothing: constants, sequences, grids. What repeats one value is a view of it. A
 * sequence is computed from its ends, which are operands of rank 0: so it has derivatives too. */
#include <math.h>

#include "families.h"

typedef struct create_attrs {
    int64_t count;
    double step; /* of arange */
} create_attrs;

static const fx_attr create_linspace_schema[] = {
    {"count", FX_ATTR_I64, offsetof(create_attrs, count)}, {0}};
static const fx_attr create_arange_schema[] = {
    {"count", FX_ATTR_I64, offsetof(create_attrs, count)},
    {"step", FX_ATTR_F64, offsetof(create_attrs, step)},
    {0}};

enum {
    CREATE_ARANGE,
    CREATE_LINSPACE,
    CREATE_MESHGRID,
    CREATE_ZEROS_LIKE,
    CREATE_ONES_LIKE,
    CREATE_FULL_LIKE
};

static int64_t create_count(const void *attrs) { return ((const create_attrs *)attrs)->count; }

static fx_status create_infer(fx_call *call) {
    for (int i = 0; i < call->n; i++)
        if (call->x[i].rank != 0)
            return fx_call_fail(call, FX_ERR_SHAPE, "an end of a sequence is of rank 0");
    return fx_result(call, 0, call->x[0].dtype, fx_shape1(create_count(call->attrs)));
}

static double create_end(const fx_view *x) {
    return x->dtype == FX_F32 ? (double)*(const float *)x->data : *(const double *)x->data;
}

static void create_put(const fx_view *y, int64_t i, double value) {
    if (y->dtype == FX_F32)
        ((float *)y->data)[i] = (float)value;
    else
        ((double *)y->data)[i] = value;
}

static fx_status arange_forward(fx_call *call) {
    const double step = ((const create_attrs *)call->attrs)->step;
    const fx_view *x = &call->x[0], *y = &call->y[0];
    for (int64_t i = 0; i < y->numel; i++) {
        if (y->dtype == FX_I64)
            ((uint64_t *)y->data)[i] =
                *(const uint64_t *)x->data + (uint64_t)i * (uint64_t)(int64_t)step;
        else
            create_put(y, i, fma((double)i, step, create_end(x)));
    }
    return FX_OK;
}

/* From the nearer end, so that both are met; halves, so that no difference overflows. */
static fx_status linspace_forward(fx_call *call) {
    const fx_view *y = &call->y[0];
    const double start = create_end(&call->x[0]), stop = create_end(&call->x[1]);
    const int64_t last = y->numel - 1;
    const double step = last > 0 ? (stop / 2 - start / 2) / ((double)last / 2) : 0;
    for (int64_t i = 0; i < y->numel; i++)
        create_put(y, i,
                   i <= last / 2 ? fma((double)i, step, start)
                                 : fma(-(double)(last - i), step, stop));
    return FX_OK;
}

static void arange_vjp(fx_vjp *v) { v->dx[0] = v->g[0]; }

static void linspace_vjp(fx_vjp *v) {
    const fx_dtype dtype = fx_tensor_dtype(v->g[0]);
    const int64_t n = create_count(v->attrs);
    if (v->wants[0]) v->dx[0] = fx_mul(v->g[0], fx_linspace(v->graph, dtype, 1, 0, n));
    if (v->wants[1]) v->dx[1] = fx_mul(v->g[0], fx_linspace(v->graph, dtype, 0, 1, n));
}

#define CREATE_CONSTANT(op_name, operand_names, n, text)                                           \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = (n),      \
        .max = (n), .dtypes = FX_ANY_DTYPE, .formula = text ";  a constant: dx = 0"                \
    }

const fx_op fx__creations[] = {
    [CREATE_ARANGE] = {.version = FX_OP_VERSION,
                       .name = "arange",
                       .operands = "start",
                       .min = 1,
                       .max = 1,
                       .dtypes = FX_FLOATS | FX_DTYPE_BIT(FX_I64),
                       .attrs = create_arange_schema,
                       .attrs_size = sizeof(create_attrs),
                       .infer = create_infer,
                       .forward = arange_forward,
                       .vjp = arange_vjp,
                       .formula = "y[i] = start + i step;  dstart = G summed"},
    [CREATE_LINSPACE] = {.version = FX_OP_VERSION,
                         .name = "linspace",
                         .operands = "start, stop",
                         .min = 2,
                         .max = 2,
                         .attrs = create_linspace_schema,
                         .attrs_size = sizeof(create_attrs),
                         .infer = create_infer,
                         .forward = linspace_forward,
                         .vjp = linspace_vjp,
                         .formula = "y[i] = start (1 - t) + stop t, t = i / (n - 1);  "
                                    "dstart = sum G (1 - t), dstop = sum G t"},
    [CREATE_MESHGRID] = {.version = FX_OP_VERSION,
                         .name = "meshgrid",
                         .operands = "x...",
                         .min = 1,
                         .max = -1,
                         .dtypes = FX_ANY_DTYPE,
                         .formula = "y[i0, i1, ..] = xk[ik];  dxk = G summed over the other axes"},
    [CREATE_ZEROS_LIKE] = CREATE_CONSTANT("zeros_like", "x", 1, "y = 0 in x's shape"),
    [CREATE_ONES_LIKE] = CREATE_CONSTANT("ones_like", "x", 1, "y = 1 in x's shape"),
    [CREATE_FULL_LIKE] = CREATE_CONSTANT("full_like", "x", 1, "y = value in x's shape"),
    CREATE_CONSTANT("zeros", "", 0, "y = 0"),
    CREATE_CONSTANT("ones", "", 0, "y = 1"),
    CREATE_CONSTANT("full", "", 0, "y = value"),
    CREATE_CONSTANT("eye", "", 0, "y[i, j] = 1 if i = j, else 0"),
    {0},
};

/* ---- constants ---- */

static bool create_fits(fx_dtype dtype, double value) {
    if (dtype == FX_BOOL) return value == 0 || value == 1;
    return dtype != FX_I64 || (value == floor(value) && fabs(value) <= 0x1p53);
}

/* A leaf of rank 0; what says who asks. */
static fx_tensor create_number(fx_graph *graph, const char *what, fx_dtype dtype, double value) {
    const int64_t whole = create_fits(FX_I64, value) ? (int64_t)value : 0;
    const bool flag = value != 0;
    if ((unsigned)dtype <= FX_BOOL && !create_fits(dtype, value))
        fx_fail(fx_graph_context(graph), FX_ERR_ARGUMENT, "%s: %g cannot be %s", what, value,
                dtype == FX_BOOL ? "bool: 0 or 1" : "i64: a whole number up to 2^53");
    switch (dtype) {
    case FX_F32:
        return fx_f32(graph, (float)value);
    case FX_F64:
        return fx_f64(graph, value);
    case FX_I64:
        return fx_input_i64(graph, fx_shape0(), &whole);
    case FX_BOOL:
        return fx_input_bool(graph, fx_shape0(), &flag);
    }
    return fx_input_view(graph, dtype, fx_shape0(), NULL, &value); /* which refuses the dtype */
}

fx_tensor fx_full(fx_graph *graph, fx_dtype dtype, fx_shape shape, double value) {
    return fx_broadcast_to(create_number(graph, "full", dtype, value), shape);
}

fx_tensor fx_zeros(fx_graph *graph, fx_dtype dtype, fx_shape shape) {
    static const double zero = 0; /* of every dtype */
    static const int64_t still[FX_MAX_RANK] = {0};
    return fx_input_view(graph, dtype, shape, still, &zero);
}

fx_tensor fx_ones(fx_graph *graph, fx_dtype dtype, fx_shape shape) {
    return fx_full(graph, dtype, shape, 1);
}

/* x may be a parameter only where fx_compose has said why not. */
static fx_tensor create_like(const fx_op *op, fx_tensor x, double value) {
    const fx_composition c = fx_compose(op, 1, &x);
    const fx_shape shape = fx_tensor_shape(x);
    if (!c.graph || shape.rank < 0) return fx_composed(c, fx_reshape(x, fx_shape1(-1)));
    return fx_composed(c, fx_full(c.graph, fx_tensor_dtype(x), shape, value));
}

fx_tensor fx_full_like(fx_tensor x, double value) {
    return create_like(&fx__creations[CREATE_FULL_LIKE], x, value);
}

fx_tensor fx_zeros_like(fx_tensor x) {
    return create_like(&fx__creations[CREATE_ZEROS_LIKE], x, 0);
}

fx_tensor fx_ones_like(fx_tensor x) { return create_like(&fx__creations[CREATE_ONES_LIKE], x, 1); }

fx_tensor fx_eye(fx_graph *graph, fx_dtype dtype, int64_t n) {
    return fx_diag_embed(fx_ones(graph, dtype, fx_shape1(n)), 0, -2, -1);
}

/* ---- sequences ---- */

fx_tensor fx_arange(fx_graph *graph, fx_dtype dtype, double start, double stop, double step) {
    const double many = ceil((stop - start) / step);
    if (!isfinite(step) || !(fabs(many) <= 0x1p53))
        fx_fail(fx_graph_context(graph), FX_ERR_ARGUMENT,
                "arange: from %g to %g by %g; ends and step are finite, the step is not 0, and at "
                "most 2^53 values lie between",
                start, stop, step);
    else if (dtype == FX_I64 && !create_fits(dtype, step))
        create_number(graph, "arange: step", dtype, step);
    const create_attrs attrs = {many > 0 && many <= 0x1p53 ? (int64_t)many : 0, step};
    const fx_tensor first = create_number(graph, "arange: start", dtype, start);
    return fx_apply(&fx__creations[CREATE_ARANGE], &attrs, 1, &first);
}

fx_tensor fx_linspace(fx_graph *graph, fx_dtype dtype, double start, double stop, int64_t n) {
    const create_attrs attrs = {n, 0};
    const fx_tensor ends[] = {create_number(graph, "linspace: start", dtype, start),
                              create_number(graph, "linspace: stop", dtype, stop)};
    return fx_apply(&fx__creations[CREATE_LINSPACE], &attrs, 2, ends);
}

/* ---- grids ---- */

/* The shape of the grid; false if an operand is no axis of one. */
static bool grid_shape(int n, const fx_tensor *xs, fx_shape *shape) {
    const fx_op *op = &fx__creations[CREATE_MESHGRID];
    const int shown = n < FX_MAX_RANK ? n : FX_MAX_RANK;
    *shape = (fx_shape){n, {0}};
    if (n > FX_MAX_RANK) {
        fx_refuse(op, shown, xs, FX_ERR_SHAPE, "%d axes; at most %d are possible", n, FX_MAX_RANK);
        return false;
    }
    for (int i = 0; i < n; i++) {
        const fx_shape axis = fx_tensor_shape(xs[i]);
        shape->dims[i] = axis.rank == 1 ? axis.dims[0] : 1;
        if (axis.rank == 0 || axis.rank == 1) continue;
        fx_refuse(op, n, xs, FX_ERR_SHAPE, "operand x%d is no axis, which has rank 1", i);
        return false;
    }
    return true;
}

/* Axis k of the grid, seen along all others. A number has the dtype of the first tensor. */
static fx_tensor grid_axis(fx_graph *graph, const fx_tensor *xs, int k, fx_shape shape) {
    fx_shape along = shape;
    int first = 0;
    while (fx_tensor_graph(xs[first]) != graph) first++;
    for (int i = 0; i < along.rank; i++)
        if (i != k) along.dims[i] = 1;
    if (fx__is_number(xs[k]))
        return fx_full(graph, fx_tensor_dtype(xs[first]), shape, xs[k].as.number);
    return fx_broadcast_to(fx_reshape(fx_use(graph, xs[k]), along), shape);
}

fx_status fx_meshgrid(int n, const fx_tensor *xs, fx_tensor *out) {
    fx_shape shape;
    if (n < 1 || !xs) return FX_ERR_ARGUMENT;
    const bool fits = grid_shape(n, xs, &shape);
    const fx_composition c = fx_compose(&fx__creations[CREATE_MESHGRID], n, xs);
    for (int i = 0; i < n; i++) {
        out[i] = c.graph && fits ? grid_axis(c.graph, xs, i, shape) : fx__refusal(c.op, xs[i]);
    }
    fx_composed(c, fx_none());
    return c.graph ? fx_error(fx_graph_context(c.graph)) : FX_ERR_ARGUMENT;
}
