/* SPDX-License-Identifier: MIT */
/* The graph as a Graphviz digraph: each kind of node has a shape and a colour of its own and says
 * its kind in words, shapes stand on edges, scopes are boxes. Node ids are positions, so the same
 * graph gives the same bytes. Text of the user goes into quoted plain labels only; a record label
 * would not survive every name. */
#include <string.h>

#include "file.h"
#include "fluxion/observe.h"
#include "json.h"
#include "params.h"
#include "text.h"

typedef struct fx__dot {
    const fx_graph *g;
    const fx_dot_options *o;
    fx__text t;
    uint32_t count, result; /* nodes that may be shown; the one that is drawn for */
    unsigned scopes;        /* of ids 1 .. scopes */
    bool *shown;            /* per node */
    uint32_t *next;         /* per node: 1 + the next one of its scope */
    uint32_t *first, *last; /* per scope: 1 + node */
    const fx__scope **scope;
    bool *full; /* per scope: it or one inside it has nodes to show */
} fx__dot;

/* A text inside quotes. Graphviz reads & as the beginning of an entity; what is no character is
 * replaced, or an SVG of it would not be XML. */
static void dot_quoted(fx__text *t, const char *s) {
    for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
        n = fx__utf8(s, left);
        if (*s == '"' || *s == '\\')
            fx__put_format(t, "\\%c", *s);
        else if (*s == '\n')
            fx__put(t, "\\n");
        else if (*s == '&')
            fx__put(t, "&amp;");
        else if (n == 0)
            fx__put(t, "?");
        else
            fx__put_bytes(t, (unsigned char)*s < ' ' || *s == 0x7f ? " " : s, n);
        if (n == 0) n = 1;
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

/* Sorts the nodes to show by scope, and finds out which scopes are empty. */
static void dot_sort(fx__dot *d) {
    for (const fx__scope *scope = d->g->scopes; scope; scope = scope->next)
        d->scope[scope->id] = scope;
    for (uint32_t i = 0; i < d->count; i++) {
        const fx__node *node = fx__node_at(d->g, i);
        if (!d->shown[i] || node->result) continue;
        const unsigned id = node->scope <= d->scopes && d->scope[node->scope] ? node->scope : 0;
        *(d->first[id] ? &d->next[d->last[id] - 1] : &d->first[id]) = i + 1;
        d->last[id] = i + 1;
        d->full[id] = true;
    }
    for (unsigned id = d->scopes; id > 0; id--) /* a parent's id is lower */
        if (d->full[id] && d->scope[id]->parent) d->full[d->scope[id]->parent->id] = true;
}

static void dot_shape(fx__text *t, const fx__layout *ly) {
    if (ly->rank)
        fx__put_dims(t, ly->rank, fx__dims(ly));
    else
        fx__put(t, "scalar");
}

static void dot_value(fx__text *t, const fx__node *node) {
    float f32;
    double f64;
    int64_t i64;
    const void *data = fx__node_data(node);
    if (node->dtype == FX_F32)
        memcpy(&f32, data, sizeof f32), fx__put_short(t, (double)f32, 6);
    else if (node->dtype == FX_F64)
        memcpy(&f64, data, sizeof f64), fx__put_short(t, f64, 6);
    else if (node->dtype == FX_I64)
        memcpy(&i64, data, sizeof i64), fx__put_int(t, i64);
    else
        fx__put(t, *(const unsigned char *)data ? "true" : "false");
}

static void dot_value_line(fx__dot *d, const fx__node *node) {
    if (!d->o->values || node->ly->numel != 1) return;
    fx__put(&d->t, "\\n= ");
    dot_value(&d->t, node);
}

static void dot_attr(fx__text *t, const fx_attr *a, const void *at) {
    const fx_shape *shape = at;
    fx__put_format(t, "\\n%s ", a->name);
    if (a->type == FX_ATTR_I64 && *(const int64_t *)at == INT64_MAX)
        fx__put(t, "all");
    else if (a->type == FX_ATTR_I64)
        fx__put_int(t, *(const int64_t *)at);
    if (a->type == FX_ATTR_F64) fx__put_short(t, *(const double *)at, 6);
    if (a->type == FX_ATTR_BOOL) fx__put(t, *(const bool *)at ? "yes" : "no");
    if (a->type == FX_ATTR_SHAPE) fx__put_dims(t, shape->rank, shape->dims);
}

/* Attributes as lines behind the op's name. A loss is drawn without its choice of 0. */
static void dot_attrs(fx__text *t, const fx__node *node) {
    const bool loss = node->op->flags & FX_OP_LOSS;
    for (const fx_attr *a = node->op->attrs; a && a->name && node->attrs; a++) {
        const void *at = (const unsigned char *)node->attrs + a->offset;
        if (a->type == FX_ATTR_BOOL && !*(const bool *)at) continue; /* what is off is not drawn */
        if (!loss || a->type != FX_ATTR_I64 || *(const int64_t *)at) dot_attr(t, a, at);
    }
}

/* ------------------------------------------------------------------------------- nodes */

/* How a kind of node looks, and its word. */
typedef struct fx__dot_style {
    const char *word, *look;
} fx__dot_style;

static const fx__dot_style dot_parameter = {"parameter",
                                            "shape=box, fillcolor=\"#bbdefb\", color=\"#1565c0\""};
static const fx__dot_style dot_frozen = {
    "frozen", "shape=box, style=\"filled,dashed\", fillcolor=\"#e3f2fd\", color=\"#1565c0\""};
static const fx__dot_style dot_buffer = {
    "buffer", "shape=cylinder, fillcolor=\"#e0f2f1\", color=\"#00695c\""};
static const fx__dot_style dot_kinds[] = {
    [FX__INPUT] = {"input",
                   "shape=parallelogram, margin=0.02, fillcolor=\"#eceff1\", color=\"#455a64\""},
    [FX__NUMBER] = {"number", "shape=plaintext, style=\"\", margin=0.04, width=0, height=0"},
    [FX__DRAW] = {"random draw", "shape=diamond, fillcolor=\"#e1bee7\", color=\"#6a1b9a\""},
    [FX__DETACHED] = {"constant", "shape=note, fillcolor=\"#eceff1\", color=\"#455a64\""},
    [FX__RESULT] = {"value", "shape=note, fillcolor=\"#eceff1\", color=\"#455a64\""},
    [FX__COTANGENT] = {"gradient", "shape=note, fillcolor=\"#fce4ec\", color=\"#ad1457\""},
};

static const fx__dot_style *dot_leaf_style(const fx__dot *d, const fx__node *node) {
    if (node->kind != FX__PARAM) return &dot_kinds[node->kind];
    const fx__attach *a = &d->g->attached[node->in.two[0]];
    if (!fx__attach_holds(a)) return &dot_parameter;
    const fx__param *e = &a->params->entries[node->in.two[1]];
    return e->buffer ? &dot_buffer : e->trainable ? &dot_parameter : &dot_frozen;
}

static const char *dot_op_look(const fx__dot *d, uint32_t i, const fx__node *node) {
    if (node->op->flags & FX_OP_LOSS)
        return "shape=hexagon, fillcolor=\"#ffcc80\", color=\"#e65100\", penwidth=2";
    if (node->maker)
        return "shape=ellipse, style=\"filled,dashed\", fillcolor=\"#f8bbd0\", color=\"#ad1457\"";
    if (dot_drawn(d->g, d->result) == i)
        return "shape=ellipse, fillcolor=\"#c8e6c9\", color=\"#2e7d32\", penwidth=2";
    return "shape=ellipse, fillcolor=\"#fff9c4\", color=\"#f9a825\"";
}

/* "name\n(input)", "0.5" */
static void dot_leaf(fx__dot *d, uint32_t i, const fx__node *node) {
    const char *name = fx__node_name(d->g, i);
    const fx__dot_style *style = dot_leaf_style(d, node);
    fx__put_format(&d->t, "n%u [%s, label=\"", (unsigned)i, style->look);
    if (node->kind == FX__NUMBER) {
        dot_value(&d->t, node);
    } else if (name) {
        dot_quoted(&d->t, name);
        fx__put_format(&d->t, "\\n(%s)", style->word);
    } else {
        fx__put(&d->t, style->word);
    }
    if (node->kind != FX__NUMBER) dot_value_line(d, node);
    fx__put_format(&d->t, "\", tooltip=\"%s, %s, ", style->word,
                   fx_dtype_name((fx_dtype)node->dtype));
    dot_shape(&d->t, node->ly);
    fx__put(&d->t, "\"];\n");
}

/* "loss = mse_loss", then attributes. */
static void dot_op(fx__dot *d, uint32_t i, const fx__node *node) {
    const char *name = fx__node_name(d->g, i);
    fx__put_format(&d->t, "n%u [%s, label=\"", (unsigned)i, dot_op_look(d, i, node));
    if (name) {
        dot_quoted(&d->t, name);
        fx__put(&d->t, " =\\n");
    }
    dot_quoted(&d->t, node->op->name);
    dot_attrs(&d->t, node);
    dot_value_line(d, node);
    fx__put(&d->t, "\", tooltip=\"");
    dot_quoted(&d->t, node->op->formula ? node->op->formula : node->op->name);
    fx__put(&d->t, "\"];\n");
}

static void dot_nodes(fx__dot *d, unsigned id, int depth) {
    for (uint32_t at = d->first[id]; at; at = d->next[at - 1]) {
        const fx__node *node = fx__node_at(d->g, at - 1);
        for (int k = 0; k <= depth; k++) fx__put(&d->t, "  ");
        if (node->op)
            dot_op(d, at - 1, node);
        else
            dot_leaf(d, at - 1, node);
    }
}

/* ------------------------------------------------------------------- edges and the rest */

static void dot_edge(fx__dot *d, uint32_t from, uint32_t to) {
    const fx__node *node = fx__node_at(d->g, from);
    fx__put_format(&d->t, "  n%u -> n%u", (unsigned)dot_drawn(d->g, from), (unsigned)to);
    if (node->kind != FX__NUMBER) {
        fx__put(&d->t, " [label=\" ");
        if (node->op && fx__results(node->op) > 1)
            fx__put_format(&d->t, "result %d: ", node->result);
        dot_shape(&d->t, node->ly);
        fx__put(&d->t, " \"]");
    }
    fx__put(&d->t, ";\n");
}

static void dot_edges(fx__dot *d) {
    for (uint32_t i = 0; i < d->count; i++) {
        const fx__node *node = fx__node_at(d->g, i);
        if (!d->shown[i] || node->result || !node->op) continue;
        const uint32_t *in = fx__node_operands(node);
        for (int j = 0; j < node->n; j++)
            if (in[j] != FX__NO_NODE) dot_edge(d, in[j], i);
    }
}

/* Clusters in the order in which scopes were opened, which is that of a walk from the outside in:
 * before one opens, those that are not around it close. */
static void dot_clusters(fx__dot *d) {
    const fx__scope *open = NULL;
    int depth = 0;
    dot_nodes(d, 0, 0);
    for (unsigned id = 1; id <= d->scopes; id++) {
        const fx__scope *scope = d->scope[id];
        if (!d->full[id]) continue;
        for (; open != scope->parent; open = open->parent, depth--) fx__put(&d->t, "  }\n");
        fx__put_format(&d->t, "  subgraph cluster_%u {\n    label=\"", id);
        dot_quoted(&d->t, scope->name);
        fx__put(&d->t, "\"; style=\"rounded,filled\"; color=\"#90a4ae\"; "
                       "fillcolor=\"#78909c18\";\n");
        depth++;
        open = scope;
        dot_nodes(d, id, depth);
    }
    for (; depth > 0; depth--) fx__put(&d->t, "  }\n");
}

static size_t dot_draw(fx__dot *d) {
    fx__put(&d->t, "digraph fluxion {\n  graph [rankdir=TB, ordering=in, ranksep=0.45, "
                   "fontname=\"Helvetica\", fontsize=12, fontcolor=\"#37474f\"");
    if (d->o->title) {
        fx__put(&d->t, ", labelloc=t, label=\"");
        dot_quoted(&d->t, d->o->title);
        fx__put(&d->t, "\"");
    }
    fx__put(&d->t, "];\n  node [fontname=\"Helvetica\", fontsize=10, style=filled];\n"
                   "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#546e7a\", "
                   "arrowsize=0.7];\n");
    dot_clusters(d);
    dot_edges(d);
    fx__put(&d->t, "}\n");
    return d->t.length;
}

/* Cuts the tables out of one block, the widest items first. */
static fx__storage *dot_tables(fx__dot *d) {
    const size_t nodes = d->count, scopes = (size_t)d->scopes + 1;
    const size_t bytes = scopes * (sizeof *d->scope + 2 * sizeof *d->first + sizeof *d->full) +
                         nodes * (sizeof *d->next + sizeof *d->shown);
    fx__storage *room = fx__storage_new(d->g->head.cx, bytes);
    if (!room) return NULL;
    memset(room->data, 0, bytes);
    d->scope = room->data;
    d->first = (uint32_t *)(void *)(d->scope + scopes);
    d->last = d->first + scopes;
    d->next = d->last + scopes;
    d->full = (bool *)(d->next + nodes);
    d->shown = d->full + scopes;
    return room;
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
    fx__dot d = {.g = g,
                 .o = options,
                 .t = fx__text_in(out, out ? size : 0),
                 .count = g->count,
                 .result = result.as.at.index,
                 .scopes = g->scopes ? g->scopes->id : 0};
    fx__storage *room = dot_tables(&d);
    if (!room) return 0;
    dot_reach(&d);
    dot_sort(&d);
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
