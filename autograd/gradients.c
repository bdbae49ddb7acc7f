/* SPDX-License-Identifier: MIT */
/* Gradients of a parameter set: a set of values like it, and for each entry the round in which it
 * was last filled, so that emptying all of them is one increment. */
#include <string.h>

#include "call.h"
#include "own_ops.h"
#include "params.h"

void fx__stored_drop(fx_context *cx, fx__stored *stored, int64_t *count) {
    while (*count > 0) fx__storage_drop(cx, stored[--*count].st);
}

static void gradients_destroy(fx_context *cx, fx__owned *self) {
    fx_gradients *gr = (fx_gradients *)self;
    fx__stored_drop(cx, gr->stored, &gr->stored_count);
    fx__free(cx, gr->stored, (size_t)gr->stored_capacity * sizeof *gr->stored);
    fx__free(cx, gr->filled, (size_t)gr->filled_capacity * sizeof *gr->filled);
    fx__free(cx, gr, sizeof *gr);
}

fx_gradients *fx_gradients_new(fx_params *params) {
    if (!fx__usable(params ? &params->head : NULL, "fx_gradients_new")) return NULL;
    fx_context *cx = params->head.cx;
    fx_params *values = fx_params_like(params);
    fx_gradients *gr = values ? fx__alloc_zero(cx, sizeof *gr) : NULL;
    if (!gr) {
        fx_params_free(values);
        return NULL;
    }
    gr->cx = cx;
    gr->params = params;
    gr->values = values;
    gr->round = 1;
    gr->number = ++params->gradients_made;
    fx__own(cx, &gr->link, gradients_destroy);
    fx_gradients **last = &params->gradients; /* the default ones stay in front */
    while (*last) last = &(*last)->next;
    *last = gr;
    return gr;
}

void fx_gradients_free(fx_gradients *gr) {
    if (!gr || (gr->params && !fx__params_unheld(gr->params, "fx_gradients_free"))) return;
    for (fx_gradients **at = gr->params ? &gr->params->gradients : NULL; at && *at;
         at = &(*at)->next)
        if (*at == gr) {
            *at = gr->next;
            break;
        }
    fx_params_free(gr->values);
    fx__disown(gr->cx, &gr->link);
    gradients_destroy(gr->cx, &gr->link);
}

fx_gradients *fx_params_gradients(fx_params *params) { return params ? params->gradients : NULL; }

fx_params *fx_gradients_params(const fx_gradients *gr) { return gr ? gr->params : NULL; }

fx_gradients_state fx_gradients_state_of(const fx_gradients *gr) {
    return gr ? gr->state : FX_GRADIENTS_EMPTY;
}

fx_status fx_graph_gradients(fx_graph *g, fx_gradients *gr) {
    if (!gr) return FX_ERR_ARGUMENT;
    if (!fx__usable(g ? &g->head : NULL, "fx_graph_gradients"))
        return fx__refused(g ? &g->head : NULL);
    if (gr->cx != g->head.cx || g->maker)
        return fx__graph_fail(g, g->maker ? FX_ERR_STATE : FX_ERR_ARGUMENT, "fx_graph_gradients%s",
                              g->maker ? " inside a derivative rule"
                                       : ": the gradients belong to another context");
    fx__attach *a = fx__attach_of(g, gr->params, true);
    if (!a) return g->head.cx->status;
    a->gradients = gr->number;
    return FX_OK;
}

bool fx__gradients_ready(fx_gradients *gr) {
    const int64_t had = gr->filled_capacity, want = gr->params->count;
    if (!fx__params_follow(gr->values)) return false;
    if (!fx__grow(gr->cx, &gr->filled, &gr->filled_capacity, want, sizeof *gr->filled))
        return false;
    if (gr->filled_capacity > had)
        memset(gr->filled + had, 0, (size_t)(gr->filled_capacity - had) * sizeof *gr->filled);
    return true;
}

void fx__gradients_put(fx_gradients *gr, int64_t i, const fx__layout *ly, const void *data) {
    const fx__param *e = &gr->values->entries[i];
    void *to = fx__param_data(gr->values, e);
    const fx_dtype dtype = gr->values->dtype;
    if (!fx__gradients_filled(gr, i)) {
        const size_t item = fx__item_size((int)dtype);
        if (ly->dense && ly->numel)
            memcpy(to, data, (size_t)ly->numel * item);
        else
            fx_copy_strided(fx__layout_shape(ly), item, data, fx__strides(ly), to);
        gr->filled[i] = gr->round;
        return;
    }
    fx_view x[2]; /* data is only read */
    fx__view_of(&x[0], e->ly, (int)dtype, to);
    fx__view_of(&x[1], ly, (int)dtype, (void *)(uintptr_t)data);
    const fx_call sum = {.op = &fx__accumulate_op,
                         .n = 2,
                         .results = 1,
                         .x = x,
                         .y = x,
                         .kernels = gr->cx->kernels,
                         .context = gr->cx};
    fx__elementwise(&sum);
}

fx_tensor fx_gradient(fx_gradients *gr, fx_tensor parameter) {
    if (!gr) return fx_none();
    if (!fx__param_of(parameter) || parameter.owner != (const void *)gr->params) {
        fx_fail(gr->cx, FX_ERR_ARGUMENT,
                "fx_gradient: the tensor is not a parameter of these gradients");
        return fx__param_handle(gr->values, FX__NO_NODE);
    }
    fx__params_follow(gr->values);
    return fx__param_handle(gr->values, parameter.as.at.index);
}

fx_status fx_zero(fx_gradients *gr) {
    if (!gr) return FX_ERR_ARGUMENT;
    if (++gr->round == 0) { /* what was filled 2^32 rounds ago is not filled now */
        gr->round = 1;
        if (gr->filled) memset(gr->filled, 0, (size_t)gr->filled_capacity * sizeof *gr->filled);
    }
    gr->state = FX_GRADIENTS_EMPTY;
    fx__stored_drop(gr->cx, gr->stored, &gr->stored_count);
    return gr->cx->status;
}

fx_status fx_gradients_add(fx_gradients *gr, fx_gradients *from) {
    if (!gr || !from) return FX_ERR_ARGUMENT;
    if (gr->cx->status != FX_OK) return gr->cx->status;
    if (gr->params != from->params || from->state != FX_GRADIENTS_READY ||
        gr->state == FX_GRADIENTS_BROKEN)
        return fx_fail(gr->cx, FX_ERR_STATE,
                       "fx_gradients_add: both must be of the same parameters, the first not "
                       "broken, the second ready");
    if (!fx__gradients_ready(gr)) return gr->cx->status;
    for (int64_t i = 0; i < from->params->count; i++)
        if (fx__gradients_filled(from, i)) {
            const fx__param *e = &from->values->entries[i];
            fx__gradients_put(gr, i, e->ly, fx__param_data(from->values, e));
        }
    gr->state = FX_GRADIENTS_READY;
    return FX_OK;
}
