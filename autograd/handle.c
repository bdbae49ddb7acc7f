/* SPDX-License-Identifier: MIT */
/* From a handle to a node, and what to say when there is none. */
#include <string.h>

#include "params.h"
#include "text.h"

uint32_t fx__push_number(fx_graph *g, fx__node_kind kind, int dtype, double value) {
    fx__storage *st = fx__storage_new(g->head.cx, sizeof(double));
    if (!st) return FX__NO_NODE;
    switch (dtype) {
    case FX_F32:
        *(float *)st->data = (float)value;
        break;
    case FX_F64:
        *(double *)st->data = value;
        break;
    case FX_I64:
        *(int64_t *)st->data = (int64_t)value;
        break;
    default:
        *(bool *)st->data = value != 0;
    }
    return fx__push(g, kind, st, &fx__scalar_layout, 0, dtype) ? g->count - 1 : FX__NO_NODE;
}

static bool handle_number_fits(double value, int dtype) {
    if (dtype == FX_BOOL) return value == 0 || value == 1;
    if (dtype != FX_I64) return true;
    return value >= -9007199254740992.0 && value <= 9007199254740992.0 &&
           value == (double)(int64_t)value;
}

fx__attach *fx__attach_of(fx_graph *g, fx_params *params, bool want) {
    fx__attach *spare = NULL;
    for (int64_t i = 0; i < g->attached_count; i++) {
        fx__attach *a = &g->attached[i];
        if (a->params == params && a->generation == params->generation) return a;
        if (!a->live && (!a->params->head.live || a->params == params)) spare = a;
    }
    if (!want) return NULL;
    if (!spare) {
        if (!fx__grow(g->head.cx, &g->attached, &g->attached_capacity, g->attached_count + 1,
                      sizeof *g->attached))
            return NULL;
        spare = &g->attached[g->attached_count++];
        memset(spare, 0, sizeof *spare);
    }
    spare->params = params;
    spare->generation = params->generation;
    spare->live = false;
    spare->gradients = 0;
    return spare;
}

void fx__attach_drop(fx_context *cx, fx__attach *a) {
    if (a->live) fx__shapes_drop(cx, a->shapes);
    a->live = false;
}

static bool attach_room(fx_context *cx, fx__attach *a, int64_t entries) {
    const int64_t had = a->seats_capacity;
    if (!fx__grow(cx, &a->seats, &a->seats_capacity, entries, sizeof *a->seats)) return false;
    if (a->seats_capacity > had)
        memset(a->seats + had, 0, (size_t)(a->seats_capacity - had) * sizeof *a->seats);
    return fx__grow(cx, &a->reached, &a->reached_capacity, a->reached_count + 1,
                    sizeof *a->reached);
}

/* A new leaf for entry i, which borrows the parameter's memory at its present version. */
static uint32_t attach_seat(fx_graph *g, fx__attach *a, uint32_t i) {
    fx_context *cx = g->head.cx;
    fx_params *p = a->params;
    const fx__param *e = &p->entries[i];
    if (!attach_room(cx, a, p->count)) return FX__NO_NODE;
    fx__storage *st =
        fx__storage_borrow(cx, fx__param_data(p, e), e->version, p->blocks[e->block].st);
    if (!st) return FX__NO_NODE;
    const uint32_t maker = g->maker;
    g->maker = 0; /* a parameter is the user's, whoever asks for it first */
    fx__node *node = fx__push(g, FX__PARAM, st, e->ly, 0, (int)p->dtype);
    g->maker = maker;
    if (!node) return FX__NO_NODE;
    const uint32_t index = g->count - 1;
    a->seats[i] = index;
    a->reached[a->reached_count++] = index;
    if (!a->live) {
        a->live = true;
        a->shapes = p->shapes;
        a->shapes->refs++;
    }
    node->in.two[0] = (uint32_t)(a - g->attached);
    node->in.two[1] = i;
    return index;
}

static uint32_t handle_param(fx_graph *g, fx_tensor t) {
    fx_params *p = (fx_params *)(uintptr_t)t.owner;
    const uint32_t i = t.as.at.index;
    if (p->head.cx != g->head.cx || !p->head.live || t.as.at.stamp != p->generation ||
        i >= p->count)
        return FX__NO_NODE;
    fx__attach *a = fx__attach_of(g, p, true);
    if (!a) return FX__NO_NODE;
    if (i < (uint64_t)a->seats_capacity && a->seats[i] < g->count) {
        const fx__node *node = fx__node_at(g, a->seats[i]);
        if (node->kind == FX__PARAM && node->in.two[1] == i &&
            node->in.two[0] == (uint32_t)(a - g->attached) && !fx__storage_changed(node->st))
            return a->seats[i];
    }
    return attach_seat(g, a, i);
}

uint32_t fx__resolve_other(fx_graph *g, fx_tensor t, int dtype) {
    if (fx__is(t, FX_OWNER_NUMBER))
        return handle_number_fits(t.as.number, dtype)
                   ? fx__push_number(g, FX__NUMBER, dtype, t.as.number)
                   : FX__NO_NODE;
    const fx__head *head = fx__head_of(t);
    return head && head->kind == FX__PARAMS ? handle_param(g, t) : FX__NO_NODE;
}

/* Why a tensor of some graph cannot be used. */
static fx_status unusable_node(fx_context *cx, const fx_graph *g, fx_tensor t, const char *what) {
    const fx_graph *own = (const fx_graph *)t.owner;
    if (t.as.at.index == FX__NO_NODE)
        return fx_fail(cx, FX_ERR_STATE,
                       "%s is the result of an op that failed before the error "
                       "was cleared",
                       what);
    if (!fx__in_graph(own, t))
        return fx_fail(cx, FX_ERR_STATE,
                       "%s is a tensor of a step that is over (the graph was "
                       "reset, rewound or freed); keep numbers with fx_item, tensors with "
                       "fx_graph_reset_keep",
                       what);
    if (g && own != g)
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "%s belongs to another graph; carry its values over "
                       "with fx_read_f64 and fx_input_f64",
                       what);
    const char *name = fx__node_name(own, t.as.at.index);
    return fx_fail(cx, FX_ERR_STATE,
                   "%s reads the parameter%s%s as it was before it was changed; "
                   "update parameters after the last derivative that needs them, or compute "
                   "the tensor again",
                   what, name ? " " : "", name ? name : "");
}

static fx_status unusable_param(fx_context *cx, const fx_graph *g, fx_tensor t, const char *what) {
    if (!fx__param_of(t))
        return fx_fail(cx, FX_ERR_STATE, "%s is a parameter of a set that was freed", what);
    if (g && fx_tensor_context(t) != g->head.cx)
        return fx_fail(cx, FX_ERR_ARGUMENT, "%s is a parameter of another context", what);
    return fx_fail(cx, FX_ERR_STATE,
                   "%s is a parameter, and is needed as a tensor of a graph; "
                   "write fx_use(graph, parameter)",
                   what);
}

fx_status fx__unusable(fx_context *cx, const fx_graph *g, fx_tensor t, const char *what) {
    if (!cx) return FX_ERR_ARGUMENT;
    if (cx->status != FX_OK) return cx->status;
    const fx__head *head = fx__head_of(t);
    if (head && head->cx != cx)
        return fx_fail(cx, FX_ERR_ARGUMENT, "%s belongs to another context", what);
    if (head)
        return head->kind == FX__PARAMS ? unusable_param(cx, g, t, what)
                                        : unusable_node(cx, g, t, what);
    if (fx__is(t, FX_OWNER_NUMBER))
        return fx_fail(cx, FX_ERR_DTYPE, "%s is the number %g, which its dtype cannot hold", what,
                       t.as.number);
    if (fx__is(t, FX_OWNER_HOMELESS))
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "%s is the result of %s, whose operands are all "
                       "parameters or numbers; write fx_use(graph, ...) around one of them",
                       what, ((const fx_op *)t.as.op)->name);
    if (fx__is(t, FX_OWNER_NONE))
        return fx_fail(cx, FX_ERR_ARGUMENT, "%s is left out, but is needed", what);
    return fx_fail(cx, FX_ERR_ARGUMENT, "%s is unset", what);
}

const fx__param *fx__param_of(fx_tensor t) {
    const fx__head *head = fx__head_of(t);
    if (!head || head->kind != FX__PARAMS || !head->live) return NULL;
    const fx_params *p = (const fx_params *)head;
    if (t.as.at.stamp != p->generation || t.as.at.index >= p->count) return NULL;
    return &p->entries[t.as.at.index];
}

bool fx_tensor_valid(fx_tensor t) {
    const fx__head *head = fx__head_of(t);
    if (!head) return fx__is(t, FX_OWNER_NUMBER);
    if (head->kind == FX__PARAMS) return fx__param_of(t) != NULL;
    return fx__in_graph((const fx_graph *)head, t) &&
           !fx__storage_changed(fx__node_at((const fx_graph *)head, t.as.at.index)->st);
}

fx_graph *fx_tensor_graph(fx_tensor t) {
    const fx__head *head = fx__head_of(t);
    return head && head->kind == FX__GRAPH && head->live ? (fx_graph *)(uintptr_t)head : NULL;
}

fx_context *fx_tensor_context(fx_tensor t) {
    const fx__head *head = fx__head_of(t);
    return head ? head->cx : NULL;
}

/* The layout behind a handle that can be read; NULL if there is none. */
static const fx__layout *handle_layout(fx_tensor t, int *dtype) {
    *dtype = FX_F64;
    if (fx__is(t, FX_OWNER_NUMBER)) return &fx__scalar_layout;
    const fx__param *e = fx__param_of(t);
    if (e) {
        *dtype = (int)((const fx_params *)t.owner)->dtype;
        return e->ly;
    }
    const fx_graph *g = fx_tensor_graph(t);
    if (!g || !fx__in_graph(g, t)) return NULL;
    *dtype = fx__node_at(g, t.as.at.index)->dtype;
    return fx__node_at(g, t.as.at.index)->ly;
}

fx_shape fx_tensor_shape(fx_tensor t) {
    int dtype;
    const fx__layout *ly = handle_layout(t, &dtype);
    return ly ? fx__layout_shape(ly) : fx_shape_n(-1, NULL);
}

fx_dtype fx_tensor_dtype(fx_tensor t) {
    int dtype;
    handle_layout(t, &dtype);
    return (fx_dtype)dtype;
}

int64_t fx_tensor_numel(fx_tensor t) {
    int dtype;
    const fx__layout *ly = handle_layout(t, &dtype);
    return ly ? ly->numel : -1;
}
