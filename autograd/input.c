/* SPDX-License-Identifier: MIT */
/* Leaves: how numbers come into a graph. */
#include <string.h>

#include "graph.h"

static bool input_open(fx_graph *g, const void *data, int64_t numel) {
    if (!fx__usable(&g->head, "input") || !fx__here(g->head.cx, "input")) return false;
    if (data || numel == 0) return true;
    fx__graph_fail(g, FX_ERR_ARGUMENT, "input: data is NULL");
    return false;
}

static fx_tensor input_leaf(fx_graph *g, fx__storage *st, fx_shape shape, const int64_t *strides,
                            int dtype) {
    const fx__layout *ly = st ? fx__layout_new(&g->arena, shape, strides) : NULL;
    int64_t low, high;
    if (ly && strides && !fx__layout_extent(ly, &low, &high)) {
        fx__graph_fail(g, FX_ERR_SHAPE, "input: the strides reach further than memory does");
        ly = NULL;
    }
    if (st && !ly) fx__storage_drop(g->head.cx, st);
    if (!ly || !fx__push(g, FX__INPUT, st, ly, 0, dtype)) return fx__invalid(g);
    return fx__handle(g, g->count - 1);
}

static fx_tensor input_copy(fx_graph *g, fx_dtype dtype, fx_shape shape, const void *data) {
    size_t bytes;
    if (!g) return fx__invalid(NULL);
    if (!fx__shape_check(g->head.cx, "input", shape, fx__item_size((int)dtype), &bytes) ||
        !input_open(g, data, fx__shape_numel(shape)))
        return fx__invalid(g);
    fx__storage *st = fx__storage_new(g->head.cx, bytes);
    if (st && bytes) memcpy(st->data, data, bytes);
    return input_leaf(g, st, shape, NULL, (int)dtype);
}

fx_tensor fx_input_f32(fx_graph *g, fx_shape shape, const float *data) {
    return input_copy(g, FX_F32, shape, data);
}

fx_tensor fx_input_f64(fx_graph *g, fx_shape shape, const double *data) {
    return input_copy(g, FX_F64, shape, data);
}

fx_tensor fx_input_i64(fx_graph *g, fx_shape shape, const int64_t *data) {
    return input_copy(g, FX_I64, shape, data);
}

fx_tensor fx_input_bool(fx_graph *g, fx_shape shape, const bool *data) {
    return input_copy(g, FX_BOOL, shape, data);
}

fx_tensor fx_f32(fx_graph *g, float value) { return fx_input_f32(g, fx_shape0(), &value); }

fx_tensor fx_f64(fx_graph *g, double value) { return fx_input_f64(g, fx_shape0(), &value); }

fx_tensor fx_input_view(fx_graph *g, fx_dtype dtype, fx_shape shape, const int64_t *strides,
                        const void *data) {
    if (!g) return fx__invalid(NULL);
    if ((unsigned)dtype > FX_BOOL) {
        fx__graph_fail(g, FX_ERR_DTYPE, "input: there is no dtype %d", (int)dtype);
        return fx__invalid(g);
    }
    if (!fx__shape_check(g->head.cx, "input", shape, fx__item_size((int)dtype), NULL) ||
        !input_open(g, data, fx__shape_numel(shape)))
        return fx__invalid(g);
    static const double nothing = 0;
    const bool empty =
        fx__shape_numel(shape) == 0; /* then neither data nor strides need make sense */
    void *borrowed = (void *)(uintptr_t)(empty ? &nothing : data); /* and is never written */
    return input_leaf(g, fx__storage_borrow(g->head.cx, borrowed, NULL, NULL), shape,
                      empty ? NULL : strides, (int)dtype);
}

fx_tensor fx_use(fx_graph *g, fx_tensor t) {
    if (!fx__usable(g ? &g->head : NULL, "fx_use")) return fx__invalid(g);
    const uint32_t index = fx__resolve(g, t, FX_F64);
    if (index != FX__NO_NODE) return fx__handle(g, index);
    fx__unusable(g->head.cx, g, t, "fx_use: the tensor");
    return fx__invalid(g);
}

fx_tensor fx_detach(fx_tensor t) {
    fx_graph *g = fx_tensor_graph(t);
    if (!g) { /* a parameter or a number has no history; anything else is reported by its user */
        return t;
    }
    if (g->head.cx->status != FX_OK) return fx__invalid(g);
    const uint32_t index = fx__resolve(g, t, FX_F64);
    if (index == FX__NO_NODE) {
        fx__unusable(g->head.cx, g, t, "fx_detach: the tensor");
        return fx__invalid(g);
    }
    const fx__node *node = fx__node_at(g, index);
    if (!fx__push(g, FX__DETACHED, fx__storage_keep(node->st), node->ly, node->off, node->dtype))
        return fx__invalid(g);
    return fx__handle(g, g->count - 1);
}

fx_tensor fx_draw(fx_graph *g) {
    if (!fx__usable(g ? &g->head : NULL, "fx_draw")) return fx__invalid(g);
    const uint64_t stream[] = {g->seed, g->draw_next};
    fx__storage *st = fx__storage_new(g->head.cx, sizeof stream);
    if (!st) return fx__invalid(g);
    memcpy(st->data, stream, sizeof stream);
    const fx__layout *ly = fx__layout_new(&g->arena, fx_shape1(2), NULL);
    if (!ly) return fx__storage_drop(g->head.cx, st), fx__invalid(g);
    if (!fx__push(g, FX__DRAW, st, ly, 0, FX_I64)) return fx__invalid(g);
    g->draw_next++;
    return fx__handle(g, g->count - 1);
}
