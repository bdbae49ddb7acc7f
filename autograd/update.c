/* SPDX-License-Identifier: MIT */
/* Optimizer steps, in place over contiguous runs, and the state that a forward pass queues for
 * them. Everything that can fail comes before the first write. */
#include <string.h>

#include "call.h"
#include "params.h"

fx_status fx_store(fx_tensor buffer, fx_tensor value) {
    fx_graph *g = fx_tensor_graph(value);
    fx_context *cx = fx_tensor_context(value);
    if (cx && cx->status != FX_OK) return cx->status;
    if (!g || !fx_tensor_valid(value)) return fx__unusable(cx, g, value, "fx_store: the value");
    const fx__param *e = fx__param_of(buffer);
    const fx__node *node = fx__node_at(g, value.as.at.index);
    if (!e || !e->buffer)
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "fx_store: the first tensor is not a buffer");
    if (!fx__same_shape(e->ly, node->ly) || fx_tensor_dtype(buffer) != (fx_dtype)node->dtype)
        return fx__graph_fail(g, FX_ERR_SHAPE,
                              "fx_store: the value has another shape or dtype than buffer %s",
                              e->name);
    if (g->inference || !g->record || g->recomputing) return FX_OK;
    if (!fx__grow(cx, &g->stored, &g->stored_capacity, g->stored_count + 1, sizeof *g->stored))
        return cx->status;
    fx__storage *st = fx__dense_copy(cx, node);
    if (!st) return cx->status;
    g->stored[g->stored_count++] = (fx__stored){buffer, st, g->count};
    return FX_OK;
}

/* One step, while it is being made. */
typedef struct fx__step {
    fx_gradients *gr;
    const fx_op *op;
    const void *attrs;
    int states_count, scalars_count;
    fx_params *const *states;
    double scalars[FX_WALK_OPERANDS]; /* as values of the params' dtype */
    int scalar_dtype;
} fx__step;

static fx_status step_check(const fx__step *s, const fx_tensor *scalars) {
    fx_context *cx = s->gr->cx;
    const fx_op *op = s->op;
    if (op->version != FX_OP_VERSION || !(op->flags & FX_OP_UPDATE))
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_update: %s is not an optimizer's rule (FX_OP_UPDATE)", op->name);
    if (fx__is_elementwise(op) ? !fx__rows_complete(op) : !op->forward)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "fx_update: %s has neither a forward, nor a map, nor a row for each dtype",
                       op->name);
    const int n = 2 + s->states_count + s->scalars_count;
    if (s->states_count < 0 || s->scalars_count < 0 || n > FX_WALK_OPERANDS || n != op->max ||
        fx__results(op) != 1 + s->states_count || fx__results(op) > FX_MAX_RESULTS)
        return fx_fail(
            cx, FX_ERR_ARGUMENT,
            "fx_update: %s takes %d operands and gives %d results, but got %d states and "
            "%d scalars",
            op->name, op->max, fx__results(op), s->states_count, s->scalars_count);
    if ((s->states_count && !s->states) || (s->scalars_count && !scalars))
        return fx_fail(cx, FX_ERR_ARGUMENT, "fx_update: states or scalars is NULL");
    const bool broken = s->gr->state == FX_GRADIENTS_BROKEN;
    if (s->gr->state != FX_GRADIENTS_READY)
        return fx_fail(cx, FX_ERR_STATE, "fx_update: the gradients are %s",
                       broken ? "broken by a backward that failed; call fx_zero, then fx_backward"
                              : "empty; call fx_backward first");
    return FX_OK;
}

static fx_status step_states(const fx__step *s) {
    for (int i = 0; i < s->states_count; i++) {
        fx_params *state = s->states[i];
        if (!state || !state->head.live || state->model != s->gr->params ||
            state->model_generation != s->gr->params->generation)
            return fx_fail(s->gr->cx, FX_ERR_ARGUMENT,
                           "fx_update: state %d was not made by fx_params_like of these parameters",
                           i);
        if (!fx__params_follow(state)) return s->gr->cx->status;
    }
    return FX_OK;
}

static fx_status step_scalars(fx__step *s, const fx_tensor *scalars) {
    s->scalar_dtype = (int)s->gr->params->dtype;
    for (int i = 0; i < s->scalars_count; i++) {
        if (fx_tensor_numel(scalars[i]) != 1 || fx_tensor_graph(scalars[i]))
            return fx_fail(s->gr->cx, FX_ERR_ARGUMENT,
                           "fx_update: scalar %d is not a number or a parameter of one element", i);
        const double value = fx_item(scalars[i]);
        const float single = (float)value;
        if (s->scalar_dtype == FX_F32)
            memcpy(&s->scalars[i], &single, sizeof single);
        else
            s->scalars[i] = value;
    }
    return FX_OK;
}

static bool step_takes(const fx__step *s, int64_t i) {
    return s->gr->params->entries[i].trainable && fx__gradients_filled(s->gr, i);
}

/* The run that begins with entry i: entries that follow each other in one block. Returns the first
 * entry after it. */
static int64_t step_run_end(const fx__step *s, int64_t i, int64_t *numel) {
    const fx__param *e = s->gr->params->entries;
    *numel = e[i].ly->numel;
    int64_t next = i + 1;
    while (next < s->gr->params->count && step_takes(s, next) && e[next].block == e[i].block) {
        *numel += e[next].ly->numel;
        next++;
    }
    return next;
}

static void step_view(fx_view *view, void *data, const int64_t *numel, int dtype) {
    static const int64_t one = 1;
    *view = (fx_view){data,          numel,           &one, numel ? *numel : 1,
                      numel ? 1 : 0, (fx_dtype)dtype, true, true};
}

/* A call over the run of numel values that begins with entry i, in place. */
typedef struct fx__step_call {
    fx_call call;
    struct fx_call_private engine;
    fx_view x[FX_WALK_OPERANDS], y[FX_MAX_RESULTS];
    int64_t numel;
} fx__step_call;

static void step_open(const fx__step *s, int64_t i, int64_t numel, fx__step_call *c) {
    fx_params *p = s->gr->params;
    const int dtype = (int)p->dtype;
    memset(c, 0, sizeof *c);
    c->numel = numel;
    step_view(&c->x[0], fx__param_data(p, &p->entries[i]), &c->numel, dtype);
    step_view(&c->x[1], fx__param_data(s->gr->values, &s->gr->values->entries[i]), &c->numel,
              dtype);
    int n = 2;
    for (int k = 0; k < s->states_count; k++, n++)
        step_view(&c->x[n], fx__param_data(s->states[k], &s->states[k]->entries[i]), &c->numel,
                  dtype);
    for (int k = 0; k < s->scalars_count; k++, n++)
        step_view(&c->x[n], (void *)(uintptr_t)&s->scalars[k], NULL, dtype);
    c->y[0] = c->x[0];
    for (int k = 0; k < s->states_count; k++) c->y[1 + k] = c->x[2 + k];
    c->engine.view_of = -1;
    c->call = (fx_call){s->op, s->attrs,           n,         fx__results(s->op), c->x, c->y,
                        NULL,  s->gr->cx->kernels, s->gr->cx, &c->engine};
}

static fx_status step_write(const fx__step *s, int64_t i, int64_t next, int64_t numel) {
    fx__step_call c;
    step_open(s, i, numel, &c);
    const fx_status status = fx__compute(&c.call);
    for (int64_t k = i; k < next && status == FX_OK; k++) ++*s->gr->params->entries[k].version;
    return status;
}

/* Lets results stand in copies, and the operands that they replace too, as if in place. */
static fx_status step_copy(fx__step_call *c, size_t bytes, fx__storage **copies) {
    for (int j = 0; j < c->call.results; j++) {
        copies[j] = fx__storage_new(c->call.context, bytes);
        if (!copies[j]) return FX_ERR_MEMORY;
        if (bytes) memcpy(copies[j]->data, c->y[j].data, bytes);
        c->y[j].data = copies[j]->data;
        c->x[j ? 1 + j : 0].data = copies[j]->data;
    }
    return FX_OK;
}

/* The same on copies, for whoever watches: he may refuse while nothing is written yet. */
static fx_status step_try(const fx__step *s, int64_t i, int64_t next, int64_t numel) {
    (void)next;
    fx__step_call c, before;
    step_open(s, i, numel, &c);
    step_open(s, i, numel, &before);
    fx__storage *copies[FX_MAX_RESULTS] = {NULL};
    fx_status status = step_copy(&c, (size_t)numel * fx__item_size((int)c.x[0].dtype), copies);
    if (status == FX_OK) status = fx__compute(&c.call);
    c.call.x = before.x;
    if (status == FX_OK) status = fx__observed(&c.call);
    for (int j = 0; j < FX_MAX_RESULTS; j++)
        if (copies[j]) fx__storage_drop(s->gr->cx, copies[j]);
    return status;
}

static fx_status step_each(const fx__step *s, fx_status (*run)(const fx__step *s, int64_t i,
                                                               int64_t next, int64_t numel)) {
    fx_status status = FX_OK;
    for (int64_t i = 0, next; i < s->gr->params->count && status == FX_OK; i = next) {
        int64_t numel;
        next = i + 1;
        if (!step_takes(s, i)) continue;
        next = step_run_end(s, i, &numel);
        status = run(s, i, next, numel);
    }
    return status;
}

/* Runs the rule over all. Who watches may not free what it runs on. */
static fx_status step_run(const fx__step *s) {
    s->gr->params->held++;
    for (int k = 0; k < s->states_count; k++) s->states[k]->held++;
    fx_status status = fx__watched(s->gr->cx) ? step_each(s, step_try) : FX_OK;
    if (status == FX_OK) status = step_each(s, step_write);
    for (int k = 0; k < s->states_count; k++) s->states[k]->held--;
    s->gr->params->held--;
    return status;
}

/* Writes queued state, and empties the gradients; their values stay readable. */
static void step_finish(fx_gradients *gr) {
    for (int64_t i = 0; i < gr->stored_count; i++) {
        const fx__param *e = fx__param_of(gr->stored[i].buffer);
        if (!e) continue;
        memcpy(fx__param_data(gr->params, e), gr->stored[i].st->data,
               (size_t)e->ly->numel * fx__item_size((int)gr->params->dtype));
        ++*e->version;
    }
    fx_zero(gr);
}

fx_status fx_update(fx_gradients *gr, const fx_op *op, const void *attrs, int n_states,
                    fx_params *const *states, int n_scalars, const fx_tensor *scalars) {
    if (!gr || !op) return FX_ERR_ARGUMENT;
    if (gr->cx->status != FX_OK) return gr->cx->status;
    if (!fx__here(gr->cx, "fx_update")) return FX_ERR_STATE;
    fx__step s = {gr, op, attrs, n_states, n_scalars, states, {0}, 0};
    fx_status status = step_check(&s, scalars);
    if (status == FX_OK) status = step_states(&s);
    if (status == FX_OK) status = step_scalars(&s, scalars);
    if (status == FX_OK) status = step_run(&s);
    if (status == FX_OK) step_finish(gr);
    return status;
}
