/* SPDX-License-Identifier: MIT */
/* Names and scopes: what errors, traces and pictures call things. Looked up only there. */
#include <string.h>

#include "params.h"
#include "text.h"

/* A parameter has its name already; of anything else no context is known to report to. */
static fx_tensor name_unnamable(fx_tensor t, const char *name) {
    fx_context *cx = fx_tensor_context(t);
    if (cx)
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_name: '%s' names a parameter, which has a name already",
                name ? name : "");
    return t;
}

fx_tensor fx_name(fx_tensor t, const char *name) {
    fx_graph *g = fx_tensor_graph(t);
    if (!g) return name_unnamable(t, name);
    if (g->head.cx->status != FX_OK) return t;
    if (!name) {
        fx__graph_fail(g, FX_ERR_ARGUMENT, "fx_name: the name is NULL");
        return fx__invalid(g);
    }
    if (!fx__in_graph(g, t)) {
        fx__unusable(g->head.cx, g, t, "fx_name: the tensor");
        return fx__invalid(g);
    }
    return fx__name_put(g, t.as.at.index, name) ? t : fx__invalid(g);
}

bool fx__name_put(fx_graph *g, uint32_t index, const char *text) {
    fx__named *entry = fx__arena_alloc(&g->arena, sizeof *entry);
    const char *own = entry ? fx__arena_text(&g->arena, text) : NULL;
    if (!own) return false;
    *entry = (fx__named){g->names, index, ++g->serial, own};
    g->names = entry;
    fx__node_at(g, index)->named = true;
    return true;
}

size_t fx__name_bytes(size_t text_bytes) {
    enum { ROUNDED = 16 }; /* what each of two pieces may be rounded up by */
    return sizeof(fx__named) + text_bytes + 2 * ROUNDED;
}

const char *fx__node_name(const fx_graph *g, uint32_t index) {
    const fx__node *node = fx__node_at(g, index);
    for (const fx__named *entry = g->names; node->named && entry; entry = entry->next)
        if (entry->index == index) return entry->text;
    if (node->kind != FX__PARAM) return NULL;
    const fx__attach *a = &g->attached[node->in.two[0]];
    return fx__attach_holds(a) ? a->params->entries[node->in.two[1]].name : NULL;
}

static bool scope_open(fx_graph *g, const char *name) {
    if (!fx__usable(&g->head, "fx_scope_begin")) return false;
    if (!name) {
        fx__graph_fail(g, FX_ERR_ARGUMENT, "fx_scope_begin: the name is NULL");
        return false;
    }
    const unsigned id = g->scopes ? g->scopes->id + 1u : 1u;
    if (id > UINT16_MAX) {
        fx__graph_fail(g, FX_ERR_STATE, "fx_scope_begin: more than %d scopes since the reset",
                       UINT16_MAX);
        return false;
    }
    fx__scope *scope = fx__arena_alloc(&g->arena, sizeof *scope);
    const char *text = scope ? fx__arena_text(&g->arena, name) : NULL;
    if (!text) return false;
    *scope = (fx__scope){g->scopes, g->open, ++g->serial, (uint16_t)id, text};
    g->scopes = g->open = scope;
    g->scope = (uint16_t)id;
    return true;
}

/* A scope that could not be opened still gets an end: it is counted, so that each end closes what
 * it belongs to. */
void fx_scope_begin(fx_graph *g, const char *name) {
    if (!g || (!g->head.live && !fx__usable(&g->head, "fx_scope_begin"))) return;
    if (g->unopened || !scope_open(g, name)) g->unopened++;
}

void fx_scope_end(fx_graph *g) {
    if (!g || !g->head.live) return;
    if (g->unopened) {
        g->unopened--;
        return;
    }
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
    if (!g) return out; /* an optimizer's step stands in no graph */
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
