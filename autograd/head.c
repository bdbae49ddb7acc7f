/* SPDX-License-Identifier: MIT */
/* Heads of graphs and parameter sets: taken from the freed ones first, never given back before the
 * context is, so that whoever still holds a handle can see that it is stale. */
#include "graph.h"

void *fx__head_take(fx_context *cx, fx__head_kind kind, size_t bytes,
                    void (*destroy)(fx_context *, fx__owned *)) {
    fx__head *head = cx->idle[kind];
    if (head) {
        if (!fx__request(cx, bytes)) return NULL;
        cx->idle[kind] = head->idle;
    } else {
        head = fx__alloc_zero(cx, bytes);
        if (!head) return NULL;
        head->cx = cx;
        head->kind = kind;
        fx__own(cx, &head->link, destroy);
    }
    head->live = true;
    return head;
}

void fx__head_idle(fx__head *head) {
    head->live = false;
    head->idle = head->cx->idle[head->kind];
    head->cx->idle[head->kind] = head;
}

bool fx__usable(const fx__head *head, const char *what) {
    if (!head || head->cx->status != FX_OK) return false;
    if (head->live) return true;
    fx_fail(head->cx, FX_ERR_STATE, "%s: the %s was freed", what,
            head->kind == FX__GRAPH ? "graph" : "parameter set");
    return false;
}

fx_status fx__refused(const fx__head *head) { return head ? head->cx->status : FX_ERR_ARGUMENT; }
