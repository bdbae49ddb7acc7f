/* SPDX-License-Identifier: MIT */
/* Ops that are made of others report errors as if they had a kernel: their parts in their name, and
 * they themselves in the form of fx_call_fail, though there is no call. */
#include <stdarg.h>

#include "call.h"
#include "text.h"

static fx_graph *compose_graph(int n, const fx_tensor *x) {
    for (int i = 0; i < n; i++)
        if (fx_tensor_graph(x[i])) return fx_tensor_graph(x[i]);
    return NULL;
}

static fx_context *compose_context(const fx_graph *g, int n, const fx_tensor *x) {
    if (g) return g->head.cx;
    for (int i = 0; i < n; i++)
        if (fx_tensor_context(x[i])) return fx_tensor_context(x[i]);
    return NULL;
}

static fx_tensor compose_homeless(const fx_op *op) {
    fx_tensor t;
    t.owner = (const void *)(uintptr_t)FX_OWNER_HOMELESS;
    t.as.op = op;
    return t;
}

static bool compose_usable(fx_tensor x, bool optional, const fx_context *cx, const fx_graph *g) {
    const fx_graph *own = fx_tensor_graph(x);
    const fx_context *home = fx_tensor_context(x);
    if (fx_is_none(x)) return optional;
    return fx_tensor_numel(x) >= 0 && (!own || own == g) && (!home || home == cx);
}

/* The first operand that cannot be used; n: there is none. */
static int compose_unusable(const fx_op *op, int n, const fx_tensor *x, const fx_context *cx,
                            const fx_graph *g) {
    int i = 0;
    while (i < n && compose_usable(x[i], i >= op->min, cx, g)) i++;
    return i;
}

/* "(x [32, 12], weight [10, 13])" */
static void compose_operands(const fx_op *op, int n, const fx_tensor *x, fx__text *t) {
    char name[FX__DESCRIBE_BYTES];
    enum { SHOWN = 6 };
    for (int i = 0; i < n && i < SHOWN; i++) {
        const fx_shape shape = fx_tensor_shape(x[i]);
        fx__operand_name(op, i, name, sizeof name);
        fx__put_format(t, "%s%s ", i ? ", " : "(", name);
        if (shape.rank >= 0)
            fx__put_dims(t, shape.rank, shape.dims);
        else
            fx__put(t, "left out");
    }
    fx__put(t, n > SHOWN ? ", ...)" : n ? ")" : "");
}

/* Whether all operands can be used; reports the first that cannot. */
static bool compose_check(const fx_op *op, int n, const fx_tensor *x, fx_context *cx, fx_graph *g) {
    char where[FX__DESCRIBE_BYTES], name[FX__DESCRIBE_BYTES], what[2 * FX__DESCRIBE_BYTES];
    const int i = compose_unusable(op, n, x, cx, g);
    if (i == n) return true;
    fx__text t = fx__text_in(what, sizeof what);
    fx__operand_name(op, i, name, sizeof name);
    fx__put_format(&t, "%s%s: operand %s", g ? fx__where(g, where, sizeof where) : "",
                   fx__called(g, op), name);
    fx__unusable(cx, g, x[i], what);
    return false;
}

fx_composition fx_compose(const fx_op *op, int n, const fx_tensor *operands) {
    fx_graph *g = compose_graph(n, operands);
    fx_context *cx = compose_context(g, n, operands);
    const fx_composition c = {op, g ? g->composing : NULL, g};
    if (g && !c.outer) g->composing = op;
    if (cx && cx->status == FX_OK && compose_check(op, n, operands, cx, g) && !g)
        fx__homeless_fail(cx, op->name);
    return c;
}

fx_tensor fx_composed(fx_composition c, fx_tensor y) {
    if (!c.graph) return compose_homeless(c.op);
    c.graph->composing = c.outer;
    return c.graph->head.cx->status == FX_OK ? y : fx__invalid(c.graph);
}

fx_tensor fx_refuse(const fx_op *op, int n, const fx_tensor *operands, fx_status status,
                    const char *format, ...) {
    char scope[FX__DESCRIBE_BYTES], text[FX__ERROR_BYTES], shapes[FX__ERROR_BYTES];
    fx_graph *g = compose_graph(n, operands);
    fx_context *cx = compose_context(g, n, operands);
    const fx_tensor refusal = g ? fx__invalid(g) : compose_homeless(op);
    if (!cx || cx->status != FX_OK) return refusal;
    if (!compose_check(op, n, operands, cx, g)) return refusal;
    const char *where = g ? fx__where(g, scope, sizeof scope) : "";
    fx__text t = fx__text_in(text, sizeof text), of = fx__text_in(shapes, sizeof shapes);
    va_list arguments;
    va_start(arguments, format);
    fx__put_vformat(&t, format, arguments);
    va_end(arguments);
    compose_operands(op, n, operands, &of);
    fx_fail(cx, status, "%s%s: %s %s", where, fx__called(g, op), text, shapes);
    return refusal;
}
