/* SPDX-License-Identifier: MIT */
/* Names and scopes: what errors, traces and pictures call things. Looked up only there. */
#include <string.h>

#include "params.h"
#include "text.h"

fx_tensor fx_name(fx_tensor t, const char *name) {
    fx_graph *g = fx_tensor_graph(t);
    if (!g || g->head.cx->status != FX_OK || !name) return t;
    if (!fx__in_graph(g, t)) {
        fx__unusable(g->head.cx, g, t, "fx_name: the tensor");
        return fx__invalid(g);
    }
    fx__named *entry = fx__arena_alloc(&g->arena, sizeof *entry);
    const char *text = entry ? fx__arena_text(&g->arena, name) : NULL;
    if (!text) return fx__invalid(g);
    *entry = (fx__named){g->names, t.as.at.index, text};
    g->names = entry;
    fx__node_at(g, t.as.at.index)->named = true;
    return t;
}

const char *fx__node_name(const fx_graph *g, uint32_t index) {
    const fx__node *node = fx__node_at(g, index);
    for (const fx__named *entry = g->names; node->named && entry; entry = entry->next)
        if (entry->index == index) return entry->text;
    if (node->kind != FX__PARAM) return NULL;
    const fx__attach *a = &g->attached[node->in.two[0]];
    const bool there = a->live && a->params->head.live && a->params->generation == a->generation;
    return there ? a->params->entries[node->in.two[1]].name : NULL;
}

void fx_scope_begin(fx_graph *g, const char *name) {
    if (!g || !g->head.live || g->head.cx->status != FX_OK) return;
    const unsigned id = g->scopes ? g->scopes->id + 1u : 1u;
    if (id > UINT16_MAX) {
        fx__graph_fail(g, FX_ERR_STATE, "fx_scope_begin: more than %d scopes since the reset",
                       UINT16_MAX);
        return;
    }
    fx__scope *scope = fx__arena_alloc(&g->arena, sizeof *scope);
    const char *text = scope ? fx__arena_text(&g->arena, name ? name : "") : NULL;
    if (!text) return;
    *scope = (fx__scope){g->scopes, g->open, (uint16_t)id, text};
    g->scopes = g->open = scope;
    g->scope = (uint16_t)id;
}

void fx_scope_end(fx_graph *g) {
    if (!g || !g->head.live || g->head.cx->status != FX_OK) return;
    if (!g->open) {
        fx__graph_fail(g, FX_ERR_STATE, "fx_scope_end: no scope is open");
        return;
    }
    g->open = g->open->parent;
    g->scope = g->open ? g->open->id : 0;
}

const char *fx__scope_text(const fx_graph *g, uint16_t id, char *out, size_t size) {
    const fx__scope *chain[16];
    int depth = 0;
    const fx__scope *scope = g->scopes;
    while (scope && scope->id != id) scope = scope->next;
    for (; scope && depth < 16; scope = scope->parent) chain[depth++] = scope;
    fx__text t = fx__text_in(out, size);
    while (depth-- > 0) {
        if (t.length) fx__put(&t, ".");
        fx__put(&t, chain[depth]->name);
    }
    return out;
}

const char *fx__where(const fx_graph *g, char *out, size_t size) {
    char scope[FX__DESCRIBE_BYTES];
    fx__text t = fx__text_in(out, size);
    const fx__node *maker = g->maker ? fx__node_at(g, g->maker - 1) : NULL;
    if (maker) fx__put(&t, "backward of ");
    fx__scope_text(g, maker ? maker->scope : g->scope, scope, sizeof scope);
    if (scope[0]) {
        fx__put(&t, scope);
        fx__put(&t, ": ");
    }
    if (maker && maker->op) {
        fx__put(&t, maker->op->name);
        fx__put(&t, ": ");
    }
    return out;
}

fx_status fx__graph_fail(fx_graph *g, fx_status status, const char *format, ...) {
    char where[FX__DESCRIBE_BYTES], text[FX__ERROR_BYTES];
    fx__text t = fx__text_in(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    fx__put_vformat(&t, format, arguments);
    va_end(arguments);
    return fx_fail(g->head.cx, status, "%s%s", fx__where(g, where, sizeof where), text);
}
