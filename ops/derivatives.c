/* SPDX-License-Identifier: MIT */
/* Jacobians and Hessians, row by row or column by column, whichever are fewer. Each row is a
 * gradient with a unit seed, each column a product with a unit tangent, so the result has a history
 * and can be differentiated again. */
#include "families.h"
#include "fluxion/grad.h"

/* What a Jacobian is made of: its lines, and the memory of the unit vectors. */
typedef struct derivatives_work {
    fx_tensor *lines;
    void *unit;
    int64_t count; /* lines */
    bool by_rows;
} derivatives_work;

static fx_tensor derivatives_unit(const derivatives_work *work, fx_tensor like, int64_t at) {
    fx_graph *graph = fx_tensor_graph(like);
    if (fx_tensor_dtype(like) == FX_F32) {
        float *unit = work->unit;
        unit[at] = 1;
        const fx_tensor t = fx_input_f32(graph, fx_tensor_shape(like), unit);
        unit[at] = 0;
        return t;
    }
    double *unit = work->unit;
    unit[at] = 1;
    const fx_tensor t = fx_input_f64(graph, fx_tensor_shape(like), unit);
    unit[at] = 0;
    return t;
}

static fx_tensor derivatives_line(const derivatives_work *work, fx_tensor y, fx_tensor x,
                                  int64_t i) {
    fx_tensor line;
    if (work->by_rows)
        fx_grad(y, derivatives_unit(work, y, i), 1, &x, &line);
    else {
        const fx_tensor tangent = derivatives_unit(work, fx_use(fx_tensor_graph(y), x), i);
        line = fx_jvp(y, 1, &x, &tangent);
    }
    return fx_reshape(line, fx_shape2(1, -1));
}

static fx_tensor derivatives_matrix(const derivatives_work *work, fx_tensor y, fx_tensor x) {
    for (int64_t i = 0; i < work->count; i++) work->lines[i] = derivatives_line(work, y, x, i);
    const fx_tensor all = fx_concat((int)work->count, work->lines, 0);
    return work->by_rows ? all : fx_transpose(all, 0, 1);
}

static bool derivatives_shape(fx_context *cx, fx_tensor y, fx_tensor x, fx_shape *shape) {
    const fx_shape rows = fx_tensor_shape(y), columns = fx_tensor_shape(x);
    *shape = rows;
    if (rows.rank < 0 || columns.rank < 0 || !fx_tensor_graph(y)) {
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_jacobian: y must be a tensor of a graph, and x one of it or a parameter");
        return false;
    }
    if (rows.rank + columns.rank > FX_MAX_RANK) {
        fx_fail(cx, FX_ERR_SHAPE,
                "fx_jacobian: ranks %d of y and %d of x add up to more than %d; fx_reshape y to "
                "fewer before x enters it",
                rows.rank, columns.rank, FX_MAX_RANK);
        return false;
    }
    for (int32_t i = 0; i < columns.rank; i++) shape->dims[shape->rank++] = columns.dims[i];
    return true;
}

fx_tensor fx_jacobian(fx_tensor y, fx_tensor x) {
    static const double nothing = 0;
    fx_context *cx = fx_tensor_context(y) ? fx_tensor_context(y) : fx_tensor_context(x);
    fx_shape shape;
    if (fx_error(cx) != FX_OK || !derivatives_shape(cx, y, x, &shape))
        return fx_use(fx_tensor_graph(y), y);
    const int64_t m = fx_tensor_numel(y), n = fx_tensor_numel(x);
    if (m == 0 || n == 0)
        return fx_input_view(fx_tensor_graph(y), fx_tensor_dtype(y), shape, NULL, &nothing);
    derivatives_work work = {.count = m < n ? m : n, .by_rows = m <= n};
    if (work.count > INT32_MAX) {
        fx_fail(cx, FX_ERR_SHAPE, "fx_jacobian: %lld rows are too many", (long long)work.count);
        return fx_use(fx_tensor_graph(y), y);
    }
    const size_t tensors = (size_t)work.count * sizeof *work.lines;
    work.lines = fx_new(cx, tensors + (size_t)work.count * sizeof(double), NULL);
    if (!work.lines) return fx_use(fx_tensor_graph(y), y);
    work.unit = (unsigned char *)work.lines + tensors;
    fx_tensor matrix = derivatives_matrix(&work, y, x);
    fx_delete(work.lines);
    if (fx_tensor_dtype(matrix) != fx_tensor_dtype(y)) /* rows are of x's, columns of y's */
        matrix = fx_cast(matrix, fx_tensor_dtype(y));
    return fx_reshape(matrix, shape);
}

fx_tensor fx_hessian(fx_tensor y, fx_tensor x) { return fx_jacobian(fx_derivative(y, x), x); }
