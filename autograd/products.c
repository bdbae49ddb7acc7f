/* SPDX-License-Identifier: MIT */
/* Products with matrices of derivatives that nobody writes down. The gradient is a product with the
 * transposed Jacobian, J'u; all others are made of it: J'u is linear in u, so its own transpose is
 * J; a Hessian is the Jacobian of a gradient (Pearlmutter, Neural Computation 6, 1994). */
#include "own_ops.h"
#include "walk.h"

/* A value of t's shape that a linear function can be differentiated at. */
static fx_tensor products_point(fx_graph *g, fx_tensor t) {
    return fx__in_graph(g, t) ? fx__zeros_of(g, t.as.at.index) : fx__invalid(g);
}

/* The graph of y, if what is asked for can be computed in it; reports if not. */
static fx_graph *products_graph(fx_tensor y, int n, const fx_tensor *xs, const fx_tensor *tangents,
                                const char *what) {
    fx_graph *g = fx_tensor_graph(y);
    if (!g) fx_grad(y, FX_NONE, n, xs, NULL); /* which says why y is of no use */
    if (!g || g->head.cx->status != FX_OK) return NULL;
    if (n >= 1 && xs && tangents) return g;
    fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: n is below 1, or xs or the tangents are NULL", what);
    return NULL;
}

/* Sum of J_i tangents[i], J_i' u being pulled[i]. */
static fx_tensor products_push(fx_graph *g, int n, const fx_tensor *pulled,
                               const fx_tensor *tangents, fx_tensor u) {
    fx_tensor sum = fx__invalid(g);
    for (int i = 0; i < n; i++) {
        fx_tensor part;
        if (fx_grad(pulled[i], tangents[i], 1, &u, &part) != FX_OK) break;
        sum = i ? fx__accumulate(sum, part) : part;
    }
    return g->head.cx->status == FX_OK ? sum : fx__invalid(g);
}

fx_tensor fx_jvp(fx_tensor y, int n, const fx_tensor *xs, const fx_tensor *tangents) {
    fx_graph *g = products_graph(y, n, xs, tangents, "fx_jvp");
    fx__storage *room = g ? fx__storage_new(g->head.cx, (size_t)n * sizeof(fx_tensor)) : NULL;
    if (!room) return fx__invalid(fx_tensor_graph(y));
    const bool record = fx_record(g, true);
    const fx_tensor u = products_point(g, y);
    const fx_status status = fx_grad(y, u, n, xs, room->data);
    fx_record(g, record);
    const fx_tensor product =
        status == FX_OK ? products_push(g, n, room->data, tangents, u) : fx__invalid(g);
    fx__storage_drop(g->head.cx, room);
    return product;
}

fx_tensor fx_hvp(fx_tensor y, fx_tensor x, fx_tensor v) {
    fx_graph *g = fx_tensor_graph(y);
    fx_tensor dx, hv;
    const bool record = fx_record(g, true);
    fx_grad(y, FX_NONE, 1, &x, &dx);
    fx_record(g, record);
    fx_grad(dx, v, 1, &x, &hv);
    return hv;
}

fx_status fx_gauss_newton(fx_tensor y, fx_tensor loss, int n, const fx_tensor *xs,
                          const fx_tensor *vs, fx_tensor *out) {
    fx_graph *g = fx_tensor_graph(y);
    for (int i = 0; i < n && out; i++) out[i] = fx__invalid(g);
    if (!products_graph(y, n, xs, out ? vs : NULL, "fx_gauss_newton"))
        return g ? g->head.cx->status : FX_ERR_ARGUMENT;
    if (fx_tensor_numel(loss) > 1 || fx_tensor_numel(loss) == 0)
        return fx__graph_fail(g, FX_ERR_SHAPE,
                              "fx_gauss_newton: the loss has %lld elements, not one",
                              (long long)fx_tensor_numel(loss));
    const fx_tensor jv = fx_jvp(y, n, xs, vs);
    return fx_grad(y, fx_hvp(loss, y, jv), n, xs, out);
}
