/* SPDX-License-Identifier: MIT */
/* Reverse traversal: nodes are visited from the last to the first, each rule once, when all
 * cotangents of its results have arrived. Append order is topological, so there is no sorting and
 * no recursion. Unrecorded, what a rule made goes back at once, except the cotangents. */
#include "walk.h"

#include <string.h>

#include "call.h"
#include "function.h"
#include "own_ops.h"
#include "text.h"

/* ------------------------------------------------------------------------------- tables */

fx_status fx__walk_open(fx__walk *w, fx_graph *g, uint32_t y, uint32_t floor, bool recorded) {
    memset(w, 0, sizeof *w);
    w->g = g;
    const fx__node *node = fx__node_at(g, y);
    w->top = y; /* a result's siblings may have cotangents too */
    if (node->op) w->top = y - node->result + (uint32_t)fx__results(node->op) - 1;
    w->floor = floor;
    w->recorded = recorded;
    if (w->top < floor) return FX_OK;
    const size_t n = (size_t)w->top - floor + 1;
    w->depends_st = fx__storage_new(g->head.cx, n);
    w->slots_st = w->depends_st ? fx__storage_new(g->head.cx, n * sizeof *w->slots) : NULL;
    if (!w->slots_st) return FX_ERR_MEMORY;
    w->depends = w->depends_st->data;
    w->slots = w->slots_st->data;
    memset(w->depends, 0, n);
    memset(w->slots, 0, n * sizeof *w->slots);
    return FX_OK;
}

static void cot_clear(fx_context *cx, fx__cot *cot) {
    if (cot->st) fx__storage_drop(cx, cot->st);
    if (cot->ly_st) fx__storage_drop(cx, cot->ly_st);
    cot->st = cot->ly_st = NULL;
}

void fx__walk_close(fx__walk *w) {
    fx_context *cx = w->g->head.cx;
    for (uint32_t i = 0; i < w->cots_count; i++) cot_clear(cx, &w->cots[i]);
    fx__storage *const tables[] = {w->depends_st, w->slots_st, w->cots_st};
    for (int i = 0; i < 3; i++)
        if (tables[i]) fx__storage_drop(cx, tables[i]);
}

static uint32_t *walk_slot(const fx__walk *w, uint32_t node) {
    if (node >= w->floor) return &w->slots[node - w->floor];
    for (int i = 0; i < w->below_count; i++)
        if (w->below[i] == node) return &w->below_slots[i];
    return NULL;
}

static bool walk_depends(const fx__walk *w, uint32_t node) {
    if (node == FX__NO_NODE) return false;
    if (node >= w->floor) return w->depends[node - w->floor] != 0;
    return walk_slot(w, node) != NULL;
}

bool fx__walk_reach(fx__walk *w, uint32_t y) {
    for (uint32_t i = w->floor; i <= w->top && w->depends; i++) {
        const fx__node *node = fx__node_at(w->g, i);
        uint8_t *own = &w->depends[i - w->floor];
        if (*own || !node->op || node->dtype > FX_F64) continue; /* integers have no gradient */
        const uint32_t *in = fx__node_operands(node);
        for (int j = 0; j < node->n && !*own; j++) *own = walk_depends(w, in[j]);
    }
    return walk_depends(w, y);
}

static fx__cot *walk_new_cot(fx__walk *w, uint32_t *slot) {
    fx_context *cx = w->g->head.cx;
    if (w->cots_free) {
        *slot = w->cots_free;
        w->cots_free = w->cots[*slot - 1].next;
    } else {
        if (w->cots_count == w->cots_capacity) {
            const uint32_t capacity = w->cots_capacity ? 2 * w->cots_capacity : 16;
            fx__storage *st = fx__storage_new(cx, capacity * sizeof *w->cots);
            if (!st) return NULL;
            if (w->cots_st) {
                memcpy(st->data, w->cots, w->cots_count * sizeof *w->cots);
                fx__storage_drop(cx, w->cots_st);
            }
            w->cots_st = st;
            w->cots = st->data;
            w->cots_capacity = capacity;
        }
        *slot = ++w->cots_count;
    }
    fx__cot *cot = &w->cots[*slot - 1];
    memset(cot, 0, sizeof *cot);
    return cot;
}

static void walk_free_cot(fx__walk *w, uint32_t *slot) {
    if (!*slot) return;
    fx__cot *cot = &w->cots[*slot - 1];
    cot_clear(w->g->head.cx, cot);
    cot->next = w->cots_free;
    w->cots_free = *slot;
    *slot = 0;
}

/* ---------------------------------------------------------------------------- cotangents */

/* Lets cot be the value of node c, which is about to be cut; own is the layout of the node that it
 * is the cotangent of, and stays. */
static fx_status cot_hold(fx__walk *w, fx__cot *cot, uint32_t c, const fx__layout *own) {
    const fx__node *node = fx__node_at(w->g, c);
    cot->node = c;
    if (w->recorded) return FX_OK;
    fx__storage *ly_st = NULL;
    const fx__layout *ly = own;
    if (!(own->dense && node->ly->dense) && node->ly != own) {
        ly_st = fx__storage_new(w->g->head.cx, fx__layout_bytes(node->ly->rank));
        if (!ly_st) return FX_ERR_MEMORY;
        memcpy(ly_st->data, node->ly, fx__layout_bytes(node->ly->rank));
        ly = ly_st->data;
    }
    fx__storage_keep(node->st);
    cot_clear(w->g->head.cx, cot);
    cot->st = node->st;
    cot->off = node->off;
    cot->ly = ly;
    cot->ly_st = ly_st;
    return FX_OK;
}

fx_tensor fx__cot_tensor(fx__walk *w, const fx__cot *cot, int dtype) {
    fx_graph *g = w->g;
    if (w->recorded) return fx__handle(g, cot->node);
    const fx__layout *ly = cot->ly;
    if (cot->ly_st) { /* its own layout goes with the cotangent */
        ly = fx__layout_new(&g->arena, fx__layout_shape(ly), fx__strides(ly));
        if (!ly) return fx__invalid(g);
    }
    if (!fx__push(g, FX__COTANGENT, fx__storage_keep(cot->st), ly, cot->off, dtype))
        return fx__invalid(g);
    return fx__handle(g, g->count - 1);
}

const fx__cot *fx__walk_cot(const fx__walk *w, uint32_t node) {
    const uint32_t *slot = node > w->top && node >= w->floor ? NULL : walk_slot(w, node);
    return slot && *slot ? &w->cots[*slot - 1] : NULL;
}

/* Whether cot may be added to where it stands: nobody else holds its storage. */
static bool cot_is_ours(const fx__walk *w, const fx__cot *cot) {
    return !w->recorded && cot->st->refs == 1 && !cot->st->borrowed && cot->ly->dense &&
           cot->off == 0;
}

/* Adds node c to the cotangent of node of. */
static fx_status walk_add(fx__walk *w, uint32_t of, uint32_t c) {
    fx_graph *g = w->g;
    uint32_t *slot = walk_slot(w, of);
    const fx__node *target = fx__node_at(g, of), *node = fx__node_at(g, c);
    if (!*slot) {
        fx__cot *cot = walk_new_cot(w, slot);
        return cot ? cot_hold(w, cot, c, target->ly) : FX_ERR_MEMORY;
    }
    fx__cot *cot = &w->cots[*slot - 1];
    if (cot_is_ours(w, cot) && node->ly->dense) {
        const void *x[] = {cot->st->data, fx__node_data(node)};
        void *y[] = {cot->st->data};
        g->head.cx->kernels->row[FX_ROW_ADD][node->dtype](node->ly->numel, NULL, x, y);
        return FX_OK;
    }
    const fx_tensor sum = fx__accumulate(fx__cot_tensor(w, cot, target->dtype), fx__handle(g, c));
    if (sum.as.at.index == FX__NO_NODE) return g->head.cx->status;
    return cot_hold(w, cot, sum.as.at.index, target->ly);
}

/* --------------------------------------------------------------------------------- rules */

static fx_status take_fail(fx_graph *g, const fx_op *op, int j, const char *text) {
    char name[FX__DESCRIBE_BYTES];
    fx__operand_name(op, j, name, sizeof name);
    return fx__graph_fail(g, FX_ERR_STATE, "the cotangent of operand %s %s", name, text);
}

/* The same, of two layouts that do not fit. */
static fx_status take_misfit(fx_graph *g, const fx_op *op, int j, const fx__layout *cot,
                             const fx__layout *operand) {
    char text[FX__ERROR_BYTES];
    fx__text t = fx__text_in(text, sizeof text);
    fx__put(&t, "has shape ");
    fx__put_dims(&t, cot->rank, fx__dims(cot));
    fx__put(&t, ", to which the operand's, ");
    fx__put_dims(&t, operand->rank, fx__dims(operand));
    fx__put(&t, ", does not broadcast");
    return take_fail(g, op, j, text);
}

/* Checks what a rule gave for operand j, brings it to the operand's shape and adds it. */
static fx_status walk_take(fx__walk *w, const fx_op *op, int j, uint32_t of, fx_tensor t) {
    fx_graph *g = w->g;
    fx_context *cx = g->head.cx;
    if (fx__is(t, FX_OWNER_ZERO)) return FX_OK;
    if (fx__is(t, FX_OWNER_UNSET))
        return take_fail(g, op, j,
                         "is wanted, and the rule did not set it; say fx_vjp_zero if it "
                         "is zero");
    const fx__node *target = fx__node_at(g, of);
    uint32_t c = fx__resolve(g, t, target->dtype);
    if (c == FX__NO_NODE) return fx__unusable(cx, g, t, "a cotangent that a rule returned");
    const fx__node *node = fx__node_at(g, c);
    if (node->dtype != target->dtype) return take_fail(g, op, j, "has another dtype");
    if (!fx__same_shape(node->ly, target->ly)) {
        if (!fx__broadcasts_to(target->ly, node->ly->rank, fx__dims(node->ly)))
            return take_misfit(g, op, j, node->ly, target->ly);
        t = fx__sum_to(fx__handle(g, c), fx__layout_shape(target->ly));
        if (t.as.at.index == FX__NO_NODE) return cx->status;
        c = t.as.at.index;
    }
    return walk_add(w, of, c);
}

/* Hands the cotangents of results over as tensors. */
static fx_status rule_open(fx__walk *w, uint32_t first, int results, fx_tensor *y, fx_tensor *g) {
    for (int r = 0; r < results; r++) {
        const uint32_t i = first + (uint32_t)r;
        y[r] = fx__handle(w->g, i);
        const fx__cot *cot = fx__walk_cot(w, i);
        g[r] = cot ? fx__cot_tensor(w, cot, fx__node_at(w->g, i)->dtype) : fx_none();
        if (cot && g[r].as.at.index == FX__NO_NODE) return w->g->head.cx->status;
    }
    return FX_OK;
}

/* Room for the operands of one rule. */
typedef struct fx__rule {
    fx_tensor *x, *dx;
    bool *wants;
} fx__rule;

static fx_status rule_run(fx__walk *w, uint32_t first, const fx__rule *rule) {
    fx_graph *g = w->g;
    const fx__node *node = fx__node_at(g, first);
    const fx_op *op = node->op;
    const uint32_t *in = fx__node_operands(node);
    fx_tensor y[FX_MAX_RESULTS], cotangents[FX_MAX_RESULTS];
    fx_vjp v = {node->n,  fx__results(op), rule->x,     y,    cotangents,
                rule->dx, rule->wants,     node->attrs, NULL, g};
    if (op->flags & FX__OP_FUNCTION) v.user = ((const fx__function *)node->attrs)->user;
    if (!op->vjp) return fx__graph_fail(g, FX_ERR_ARGUMENT, "the op is not differentiable");
    for (int j = 0; j < v.n; j++) {
        rule->wants[j] = walk_depends(w, in[j]);
        rule->x[j] = in[j] == FX__NO_NODE ? fx_none() : fx__handle(g, in[j]);
        memset(&rule->dx[j], 0, sizeof rule->dx[j]);
    }
    fx_status status = rule_open(w, first, v.results, y, cotangents);
    if (status != FX_OK) return status;
    op->vjp(&v);
    status = g->head.cx->status;
    for (int j = 0; j < v.n && status == FX_OK; j++)
        if (rule->wants[j]) status = walk_take(w, op, j, in[j], rule->dx[j]);
    return status;
}

static fx_status walk_rule(fx__walk *w, uint32_t first) {
    enum { FEW = FX__CALL_OPERANDS };
    fx_tensor x[FEW], dx[FEW];
    bool wants[FEW];
    const size_t n = fx__node_at(w->g, first)->n;
    if (n <= FEW) return rule_run(w, first, &(fx__rule){x, dx, wants});
    fx_context *cx = w->g->head.cx;
    fx__storage *room = fx__storage_new(cx, n * (2 * sizeof(fx_tensor) + sizeof(bool)));
    if (!room) return FX_ERR_MEMORY;
    fx_tensor *many = room->data;
    const fx__rule rule = {many, many + n, (bool *)(many + 2 * n)};
    const fx_status status = rule_run(w, first, &rule);
    fx__storage_drop(cx, room);
    return status;
}

/* Visits the op whose first result is at first: runs its rule and lets go of its cotangents. */
static fx_status walk_visit(fx__walk *w, uint32_t first, int results) {
    fx_graph *g = w->g;
    bool any = false;
    for (int r = 0; r < results; r++) any = any || w->slots[first - w->floor + (uint32_t)r];
    if (!any) return FX_OK;
    const fx__node *node = fx__node_at(g, first);
    bool wanted = false;
    for (int j = 0; j < node->n && !wanted; j++)
        wanted = walk_depends(w, fx__node_operands(node)[j]);
    fx_status status = FX_OK;
    if (wanted) {
        const fx_mark mark = fx_graph_mark(g);
        const uint32_t maker = g->maker;
        g->maker = first + 1;
        g->record = w->recorded; /* whatever the rule before left */
        status = walk_rule(w, first);
        g->maker = maker;
        if (!w->recorded) fx__cut(g, &mark);
    }
    for (int r = 0; r < results; r++) {
        const uint32_t at = first - w->floor + (uint32_t)r;
        if (w->depends[at] != FX__WANTED) walk_free_cot(w, &w->slots[at]);
    }
    return status;
}

static fx_status walk_leaf(fx__walk *w, uint32_t i) {
    uint32_t *slot = &w->slots[i - w->floor];
    if (!*slot || !w->arrived) return FX_OK;
    const fx_status status = w->arrived(w, i, &w->cots[*slot - 1]);
    walk_free_cot(w, slot);
    return status;
}

static fx_status walk_seed(fx__walk *w, uint32_t y, fx_tensor seed) {
    const uint32_t c = fx__resolve(w->g, seed, fx__node_at(w->g, y)->dtype);
    if (c == FX__NO_NODE) return fx__unusable(w->g->head.cx, w->g, seed, "fx_grad: the seed");
    return walk_add(w, y, c);
}

fx_status fx__walk_run(fx__walk *w, uint32_t y, fx_tensor seed) {
    fx_graph *g = w->g;
    fx_status status = walk_seed(w, y, seed);
    const bool record = g->record;
    const uint32_t within = g->within;
    g->record = w->recorded;
    g->within = 0; /* a rule is inside no function but those it calls */
    g->head.cx->busy++;
    for (uint32_t i = w->top + 1; status == FX_OK && i-- > w->floor && w->slots;) {
        const fx__node *node = fx__node_at(g, i);
        if (!node->op)
            status = walk_leaf(w, i);
        else if (node->result == 0)
            status = walk_visit(w, i, fx__results(node->op));
    }
    g->head.cx->busy--;
    g->within = within;
    g->record = record;
    return status;
}
