/* SPDX-License-Identifier: MIT */
/* Derivatives against central differences of fourth order. Order 1 differentiates <f(xs), w> for a
 * fixed random w; each further order the inner product of the last gradients with fixed random
 * directions. Inner products are seeds of fx_grad, so only the function's own ops are under test.
 */
#include <math.h>
#include <string.h>

#include "fluxion/random.h"
#include "function.h"
#include "own_ops.h"

enum { CHECK_TENSORS = 16 };

typedef struct fx__check {
    fx_graph *g;
    fx_function *f;
    void *user;
    int n;
    const fx_tensor *given;
    const fx_gradcheck_options *o;
    uint64_t draw;               /* f repeats its draws */
    double *data[CHECK_TENSORS]; /* values of the xs that are checked; NULL: constants */
    fx_shape shapes[CHECK_TENSORS];
    fx__storage *rooms[CHECK_TENSORS];
} fx__check;

static bool check_varies(const fx__check *c, int i) { return c->data[i] != NULL; }

/* A random direction of a shape, as a leaf; the same for the same purpose. */
static fx_tensor check_direction(const fx__check *c, uint32_t purpose, fx_shape shape) {
    const int64_t n = fx__shape_numel(shape);
    fx__storage *st = fx__storage_new(c->g->head.cx, (size_t)n * sizeof(double));
    if (!st) return fx__invalid(c->g);
    double *values = st->data;
    const fx_stream stream = {c->o->seed, 0, purpose};
    for (int64_t i = 0; i < n; i++) values[i] = 0.5 + fx_uniform(stream, (uint64_t)i);
    const fx_tensor t = fx_input_f64(c->g, shape, values);
    fx__storage_drop(c->g->head.cx, st);
    return t;
}

/* <a, b> of two tensors of one shape, in plain numbers. */
static double check_dot(const fx__check *c, fx_tensor a, fx_tensor b) {
    const int64_t n = fx_tensor_numel(a);
    if (n < 0) return NAN;
    fx__storage *st = fx__storage_new(c->g->head.cx, 2 * (size_t)n * sizeof(double));
    if (!st) return NAN;
    double *x = st->data, sum = 0;
    fx_read_f64(a, n, x);
    fx_read_f64(b, n, x + n);
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[n + i];
    fx__storage_drop(c->g->head.cx, st);
    return sum;
}

static void check_leaves(const fx__check *c, fx_tensor *xs) {
    for (int i = 0; i < c->n; i++)
        xs[i] = check_varies(c, i) ? fx_input_f64(c->g, c->shapes[i], c->data[i]) : c->given[i];
}

/* Sum over the operands that vary of the gradient of <ys[i], direction i>. */
static fx_status check_grad(const fx__check *c, int ny, const fx_tensor *ys, uint32_t purpose,
                            const fx_tensor *xs, fx_tensor *dxs) {
    fx_tensor vary[CHECK_TENSORS], part[CHECK_TENSORS];
    int m = 0;
    for (int i = 0; i < c->n; i++)
        if (check_varies(c, i)) vary[m++] = xs[i];
    for (int k = 0; k < ny; k++) {
        const fx_tensor seed = check_direction(c, purpose + (uint32_t)k, fx_tensor_shape(ys[k]));
        if (fx_grad(ys[k], seed, m, vary, part) != FX_OK) return c->g->head.cx->status;
        for (int i = 0; i < m; i++) dxs[i] = k ? fx__accumulate(dxs[i], part[i]) : part[i];
    }
    return c->g->head.cx->status;
}

/* Runs f and differentiates order times: grads of that order (of the m operands that vary), and
 * *scalar the function of which they are the gradient. */
static fx_status check_evaluate(const fx__check *c, int order, bool differentiate, double *scalar,
                                fx_tensor *grads) {
    fx_tensor xs[CHECK_TENSORS], ys[CHECK_TENSORS];
    check_leaves(c, xs);
    c->g->draw_next = c->draw;
    int ny = 1, m = 0;
    for (int i = 0; i < c->n; i++) m += check_varies(c, i);
    ys[0] = fx__function_run(c->g, c->f, c->user, xs);
    if (!fx__in_graph(c->g, ys[0]))
        return fx__unusable(c->g->head.cx, c->g, ys[0], "fx_gradcheck: what f returned");
    for (int k = 1; k < order; k++, ny = m) {
        if (check_grad(c, ny, ys, (uint32_t)k * 64, xs, grads) != FX_OK)
            return c->g->head.cx->status;
        memcpy(ys, grads, (size_t)m * sizeof *ys);
    }
    *scalar = 0;
    for (int k = 0; k < ny; k++)
        *scalar += check_dot(
            c, ys[k],
            check_direction(c, (uint32_t)order * 64 + (uint32_t)k, fx_tensor_shape(ys[k])));
    if (!differentiate) return c->g->head.cx->status;
    return check_grad(c, ny, ys, (uint32_t)order * 64, xs, grads);
}

/* The order's scalar where one element is moved to x. */
static fx_status check_moved(const fx__check *c, int order, double *element, double x,
                             double *scalar) {
    const double kept = *element;
    const fx_mark mark = fx_graph_mark(c->g);
    fx_tensor grads[CHECK_TENSORS];
    *element = x;
    const fx_status status = check_evaluate(c, order, false, scalar, grads);
    *element = kept;
    fx__cut(c->g, &mark);
    return status;
}

/* The slope along one element: central differences of two steps, from which the error of second
 * order cancels (Richardson, Phil. Trans. A 210, 1911). */
static fx_status check_difference(const fx__check *c, int order, double *element, double *slope) {
    const double x = *element, h = c->o->step * fmax(1, fabs(x));
    double central[2] = {0}, side[2] = {0};
    fx_status status = FX_OK;
    for (int s = 0; s < 2 && status == FX_OK; s++) {
        const double before = x - (s + 1) * h, after = x + (s + 1) * h;
        status = check_moved(c, order, element, before, &side[0]);
        if (status == FX_OK) status = check_moved(c, order, element, after, &side[1]);
        central[s] = (side[1] - side[0]) / (after - before);
    }
    *slope = central[0] + (central[0] - central[1]) / 3;
    return status;
}

static void check_note(fx_gradcheck_report *r, int order, int operand, int64_t element,
                       double analytic, double numeric, double error) {
    r->compared++;
    const bool worse = !(error <= r->error); /* NaN is worse than anything */
    if (r->compared > 1 && (!worse || isnan(r->error))) return;
    r->order = order;
    r->operand = operand;
    r->element = element;
    r->analytic = analytic;
    r->numeric = numeric;
    r->error = error;
}

static fx_status check_operand(const fx__check *c, int order, int i, const double *analytic,
                               double scale, fx_gradcheck_report *r) {
    const int64_t n = fx__shape_numel(c->shapes[i]);
    for (int64_t e = 0; e < n; e++) {
        double numeric;
        const fx_status status = check_difference(c, order, &c->data[i][e], &numeric);
        if (status != FX_OK) return status;
        const double unit = c->o->atol + c->o->rtol * fmax(scale, fabs(numeric));
        check_note(r, order, i, e, analytic[e], numeric, fabs(analytic[e] - numeric) / unit);
    }
    return FX_OK;
}

/* The analytic derivatives of one order, in plain memory, one operand after another. */
static fx_status check_analytic(const fx__check *c, int order, double *values, double *scale) {
    const fx_mark mark = fx_graph_mark(c->g);
    fx_tensor grads[CHECK_TENSORS];
    double scalar;
    fx_status status = check_evaluate(c, order, true, &scalar, grads);
    *scale = 0;
    for (int i = 0, m = 0; i < c->n && status == FX_OK; i++) {
        if (!check_varies(c, i)) continue;
        const int64_t n = fx_tensor_numel(grads[m]);
        status = fx_read_f64(grads[m++], n, values);
        for (int64_t e = 0; e < n; e++) *scale = fmax(*scale, fabs(values[e]));
        values += n;
    }
    fx__cut(c->g, &mark);
    return status;
}

static fx_status check_order(const fx__check *c, int order, double *values,
                             fx_gradcheck_report *r) {
    double scale;
    fx_status status = check_analytic(c, order, values, &scale);
    for (int i = 0; i < c->n && status == FX_OK; i++) {
        if (!check_varies(c, i)) continue;
        status = check_operand(c, order, i, values, scale, r);
        values += fx__shape_numel(c->shapes[i]);
    }
    return status;
}

/* Copies the operands out of the graph. *total: how many values vary. */
static fx_status check_open(fx__check *c, int64_t *total) {
    bool varies = false;
    *total = 0;
    for (int i = 0; i < c->n; i++) {
        if (!fx__in_graph(c->g, c->given[i]))
            return fx__unusable(c->g->head.cx, c->g, c->given[i], "fx_gradcheck: an x");
        const bool skip = c->o->skip && c->o->skip[i];
        const fx_dtype dtype = fx_tensor_dtype(c->given[i]);
        if (!skip && dtype == FX_F32)
            return fx__graph_fail(c->g, FX_ERR_DTYPE,
                                  "fx_gradcheck: x %d is f32, too coarse for differences; make it "
                                  "f64, or skip it",
                                  i);
        if (skip || dtype != FX_F64) continue;
        const int64_t n = fx_tensor_numel(c->given[i]);
        c->rooms[i] = fx__dense_copy(c->g->head.cx, fx__node_at(c->g, c->given[i].as.at.index));
        if (!c->rooms[i]) return c->g->head.cx->status;
        c->data[i] = c->rooms[i]->data;
        c->shapes[i] = fx_tensor_shape(c->given[i]);
        *total += n;
        varies = true;
    }
    if (!varies)
        return fx__graph_fail(c->g, FX_ERR_ARGUMENT,
                              "fx_gradcheck: no x is left to differentiate by");
    return FX_OK;
}

static fx_status check_run(fx__check *c, fx_gradcheck_report *r) {
    fx_context *cx = c->g->head.cx;
    int64_t total;
    fx_status status = check_open(c, &total);
    fx__storage *room =
        status == FX_OK ? fx__storage_new(cx, (size_t)total * sizeof(double)) : NULL;
    if (status == FX_OK && !room) status = cx->status;
    const bool record = fx_record(c->g, true);
    for (int order = 1; order <= c->o->order && status == FX_OK; order++)
        status = check_order(c, order, room->data, r);
    fx_record(c->g, record);
    if (room) fx__storage_drop(cx, room);
    for (int i = 0; i < c->n; i++)
        if (c->rooms[i]) fx__storage_drop(cx, c->rooms[i]);
    r->passed = status == FX_OK && r->error <= 1;
    return status;
}

fx_status fx_gradcheck(fx_graph *g, fx_function *f, void *user, int n, const fx_tensor *xs,
                       const fx_gradcheck_options *options, fx_gradcheck_report *report) {
    const fx_gradcheck_options defaults = fx_gradcheck_defaults();
    const fx_gradcheck_report nothing = {0};
    if (report) *report = nothing;
    if (!fx__usable(g ? &g->head : NULL, "fx_gradcheck")) return fx__refused(g ? &g->head : NULL);
    if (!options) options = &defaults;
    if (!f || !xs || !report || n < 1 || n > CHECK_TENSORS)
        return fx__graph_fail(g, FX_ERR_ARGUMENT,
                              "fx_gradcheck: f, xs or report is NULL, or n is not 1 to %d",
                              CHECK_TENSORS);
    if (options->size != sizeof *options || options->order < 1 || !(options->step > 0))
        return fx__graph_fail(g, FX_ERR_ARGUMENT,
                              "fx_gradcheck: options were not made by fx_gradcheck_defaults, or "
                              "order or step is not positive");
    fx__check c = {
        .g = g, .f = f, .user = user, .n = n, .given = xs, .o = options, .draw = g->draw_next};
    return check_run(&c, report);
}
