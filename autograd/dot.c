/* SPDX-License-Identifier: MIT */
/* The graph as a Graphviz digraph. Tensors that were put in are boxes, ops are ellipses, shapes
 * stand on edges, scopes are clusters. Node ids are positions, so the same graph gives the same
 * bytes. */
#include <string.h>

#include "file.h"
#include "fluxion/observe.h"
#include "params.h"
#include "text.h"

typedef struct fx__dot {
    const fx_graph *g;
    const fx_dot_options *o;
    fx__text t;
    bool *shown;    /* per node */
    uint32_t count; /* nodes that may be shown */
    uint32_t result;
} fx__dot;

static void dot_quoted(fx__text *t, const char *s) {
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') fx__put(t, "\\");
        if (*s == '\n')
            fx__put(t, "\\n");
        else
            fx__put_bytes(t, s, 1);
    }
}

/* The node that is drawn for a value: of an op with several results, the first. */
static uint32_t dot_drawn(const fx_graph *g, uint32_t i) { return i - fx__node_at(g, i)->result; }

static void dot_reach(fx__dot *d) {
    d->shown[d->result] = true;
    for (uint32_t i = d->count; i-- > 0;) {
        const fx__node *node = fx__node_at(d->g, i);
        if (node->result) d->shown[dot_drawn(d->g, i)] |= d->shown[i];
        if (!d->shown[i] || !node->op) continue;
        const uint32_t *in = fx__node_operands(node);
        for (int j = 0; j < node->n; j++)
            if (in[j] != FX__NO_NODE) d->shown[in[j]] = true;
    }
}

static void dot_shape(fx__text *t, const fx__layout *ly) {
    fx__put_dims(t, ly->rank, fx__dims(ly));
}

static void dot_value(fx__dot *d, const fx__node *node) {
    if (node->ly->numel != 1 || node->dtype > FX_F64) return;
    if (!d->o->values && node->kind != FX__NUMBER) return;
    float f32;
    double value;
    memcpy(&f32, fx__node_data(node), sizeof f32);
    if (node->dtype == FX_F32)
        value = f32;
    else
        memcpy(&value, fx__node_data(node), sizeof value);
    fx__put(&d->t, "\\n");
    fx__put_short(&d->t, value, 6);
}

/* Attributes as name=value, behind the op's name. */
static void dot_attrs(fx__text *t, const fx__node *node) {
    for (const fx_attr *a = node->op->attrs; a && a->name && node->attrs; a++) {
        const unsigned char *at = (const unsigned char *)node->attrs + a->offset;
        fx__put_format(t, "\\n%s ", a->name);
        if (a->type == FX_ATTR_I64) fx__put_int(t, *(const int64_t *)(const void *)at);
        if (a->type == FX_ATTR_F64) fx__put_short(t, *(const double *)(const void *)at, 6);
        if (a->type == FX_ATTR_BOOL) fx__put(t, *(const bool *)at ? "yes" : "no");
        const fx_shape *shape = (const fx_shape *)(const void *)at;
        if (a->type == FX_ATTR_SHAPE) fx__put_dims(t, shape->rank, shape->dims);
    }
}

static const char *dot_leaf_style(const fx__node *node) {
    switch (node->kind) {
    case FX__PARAM:
        return "shape=box, fillcolor=\"#bbdefb\", color=\"#1565c0\"";
    case FX__NUMBER:
        return "shape=plaintext, style=\"\"";
    case FX__DRAW:
        return "shape=diamond, fillcolor=\"#e1bee7\"";
    default:
        return "shape=box, fillcolor=\"#f1f3f4\"";
    }
}

static const char *dot_leaf_word(const fx__node *node) {
    static const char *const words[] = {"input",    "parameter", "number",   "draw",
                                        "constant", "value",     "cotangent"};
    return words[node->kind];
}

static void dot_leaf(fx__dot *d, uint32_t i, const fx__node *node) {
    const char *name = fx__node_name(d->g, i);
    fx__put_format(&d->t, "n%u [%s, label=\"", (unsigned)i, dot_leaf_style(node));
    if (node->kind != FX__NUMBER) {
        dot_quoted(&d->t, name ? name : dot_leaf_word(node));
        fx__put(&d->t, "\\n");
        dot_shape(&d->t, node->ly);
    }
    dot_value(d, node);
    fx__put_format(&d->t, "\", tooltip=\"%s, %s\"];\n", dot_leaf_word(node),
                   fx_dtype_name((fx_dtype)node->dtype));
}

static void dot_op(fx__dot *d, uint32_t i, const fx__node *node) {
    const char *name = fx__node_name(d->g, i);
    const char *style = node->op->flags & FX_OP_LOSS ? "fillcolor=\"#ffe0b2\", color=\"#e65100\""
                        : node->maker                ? "fillcolor=\"#f8bbd0\""
                        : dot_drawn(d->g, d->result) == i
                            ? "fillcolor=\"#c8e6c9\", color=\"#2e7d32\""
                            : "fillcolor=\"#fff9c4\"";
    fx__put_format(&d->t, "n%u [shape=ellipse, %s, label=\"", (unsigned)i, style);
    dot_quoted(&d->t, node->op->name);
    if (name) {
        fx__put(&d->t, "\\n");
        dot_quoted(&d->t, name);
    }
    dot_attrs(&d->t, node);
    dot_value(d, node);
    fx__put(&d->t, "\", tooltip=\"");
    dot_quoted(&d->t, node->op->formula ? node->op->formula : node->op->name);
    fx__put(&d->t, "\"];\n");
}

/* The nodes of one scope. */
static void dot_nodes(fx__dot *d, uint16_t scope, int depth) {
    for (uint32_t i = 0; i < d->count; i++) {
        const fx__node *node = fx__node_at(d->g, i);
        if (!d->shown[i] || node->result || node->scope != scope) continue;
        for (int k = 0; k <= depth; k++) fx__put(&d->t, "  ");
        if (node->op)
            dot_op(d, i, node);
        else
            dot_leaf(d, i, node);
    }
}

static void dot_edges(fx__dot *d) {
    for (uint32_t i = 0; i < d->count; i++) {
        const fx__node *node = fx__node_at(d->g, i);
        if (!d->shown[i] || node->result || !node->op) continue;
        const uint32_t *in = fx__node_operands(node);
        for (int j = 0; j < node->n; j++) {
            if (in[j] == FX__NO_NODE) continue;
            const fx__node *from = fx__node_at(d->g, in[j]);
            fx__put_format(&d->t, "  n%u -> n%u", (unsigned)dot_drawn(d->g, in[j]), (unsigned)i);
            if (from->op) {
                fx__put(&d->t, " [label=\" ");
                dot_shape(&d->t, from->ly);
                fx__put(&d->t, "\"]");
            }
            fx__put(&d->t, ";\n");
        }
    }
}

static const fx__scope *dot_scope(const fx_graph *g, unsigned id) {
    const fx__scope *scope = g->scopes;
    while (scope && scope->id != id) scope = scope->next;
    return scope;
}

/* Clusters in the order in which scopes were opened, which is that of a walk from the outside in:
 * before one opens, those that are not around it close. */
static void dot_clusters(fx__dot *d) {
    const fx__scope *open = NULL;
    int depth = 0;
    dot_nodes(d, 0, 0);
    for (unsigned id = 1; d->g->scopes && id <= d->g->scopes->id; id++) {
        const fx__scope *scope = dot_scope(d->g, id);
        for (; open != scope->parent; open = open->parent, depth--) fx__put(&d->t, "  }\n");
        fx__put_format(&d->t, "  subgraph cluster_%u {\n  style=\"rounded,dashed\"; label=\"", id);
        dot_quoted(&d->t, scope->name);
        fx__put(&d->t, "\";\n");
        depth++;
        open = scope;
        dot_nodes(d, (uint16_t)id, depth);
    }
    for (; depth > 0; depth--) fx__put(&d->t, "  }\n");
}

static size_t dot_draw(fx__dot *d) {
    fx__put(&d->t, "digraph fluxion {\n  graph [rankdir=TB, ordering=out, fontname=\"Helvetica\"");
    if (d->o->title) {
        fx__put(&d->t, ", labelloc=t, label=\"");
        dot_quoted(&d->t, d->o->title);
        fx__put(&d->t, "\"");
    }
    fx__put(&d->t, "];\n  node [fontname=\"Helvetica\", fontsize=10, style=filled];\n"
                   "  edge [fontname=\"Helvetica\", fontsize=9];\n");
    dot_clusters(d);
    dot_edges(d);
    fx__put(&d->t, "}\n");
    return d->t.length;
}

size_t fx_graph_dot(fx_tensor result, const fx_dot_options *options, char *out, size_t size) {
    const fx_dot_options defaults = fx_dot_defaults();
    const fx_graph *g = fx_tensor_graph(result);
    fx_context *cx = fx_tensor_context(result);
    if (out && size) out[0] = '\0';
    if (!options) options = &defaults;
    if (cx && cx->status != FX_OK) return 0;
    if (!g || !fx__in_graph(g, result) || options->size != sizeof *options) {
        if (g && fx__in_graph(g, result))
            fx_fail(cx, FX_ERR_ARGUMENT, "fx_graph_dot: options were not made by fx_dot_defaults");
        else
            fx__unusable(cx, NULL, result, "fx_graph_dot: the tensor");
        return 0;
    }
    fx__storage *room = fx__storage_new(cx, g->count);
    if (!room) return 0;
    memset(room->data, 0, g->count);
    fx__dot d = {g,          options,  fx__text_in(out, out ? size : 0),
                 room->data, g->count, result.as.at.index};
    dot_reach(&d);
    const size_t length = dot_draw(&d);
    fx__storage_drop(cx, room);
    return length;
}

fx_status fx_graph_write_dot(fx_tensor result, const fx_dot_options *options, const char *path) {
    fx_context *cx = fx_tensor_context(result);
    const size_t length = fx_graph_dot(result, options, NULL, 0);
    if (!length) return cx ? cx->status : FX_ERR_ARGUMENT;
    fx__storage *room = fx__storage_new(cx, length + 1);
    if (!room) return cx->status;
    fx_status status = FX_ERR_MEMORY;
    if (fx_graph_dot(result, options, room->data, length + 1))
        status = fx__file_write(cx, path, room->data, length);
    fx__storage_drop(cx, room);
    return status;
}
