/* SPDX-License-Identifier: MIT */
/* What infer and forward may ask of their call, and what an error says of it. */
#include "call.h"

#include <string.h>

#include "size.h"
#include "text.h"

fx_shape fx_view_shape(const fx_view *view) {
    fx_shape shape = {view->rank, {0}};
    for (int32_t i = 0; i < view->rank; i++) shape.dims[i] = view->dims[i];
    return shape;
}

static void view_layout(fx_view *view, const fx__layout *ly) {
    view->dims = fx__dims(ly);
    view->strides = fx__strides(ly);
    view->numel = ly->numel;
    view->rank = ly->rank;
    view->dense = ly->dense;
    view->present = true;
}

static fx_status call_is_inferring(fx_call *call, const char *what) {
    if (call->engine->inferring) return FX_OK;
    return fx_call_fail(call, FX_ERR_STATE, "%s is called outside infer", what);
}

fx_status fx_result(fx_call *call, int i, fx_dtype dtype, fx_shape shape) {
    if (call_is_inferring(call, "fx_result") != FX_OK) return call->context->status;
    fx_graph *g = call->engine->graph;
    if (i < 0 || i >= call->results || (unsigned)dtype > FX_BOOL)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "the op has no result %d of dtype %d", i,
                            (int)dtype);
    if (!fx__shape_check(call->context, fx__called(call->engine->graph, call->op), shape,
                         fx__item_size((int)dtype), NULL))
        return call->context->status;
    const fx__layout *ly = NULL;
    for (int j = 0; j < call->n && !ly; j++) { /* an operand's layout serves, if it is the same */
        if (call->engine->operands[j] == FX__NO_NODE) continue;
        const fx__layout *own = fx__node_at(g, call->engine->operands[j])->ly;
        if (own->dense && fx__has_shape(own, &shape)) ly = own;
    }
    if (!ly) ly = fx__layout_new(&g->arena, shape, NULL);
    if (!ly) return call->context->status;
    call->engine->layouts[i] = ly;
    if (i == 0) call->engine->view_of = -1;
    call->y[i].dtype = dtype;
    view_layout(&call->y[i], ly);
    return FX_OK;
}

fx_status fx_result_view(fx_call *call, int operand, fx_shape shape, const int64_t *strides,
                         int64_t offset) {
    if (call_is_inferring(call, "fx_result_view") != FX_OK) return call->context->status;
    fx_graph *g = call->engine->graph;
    if (operand < 0 || operand >= call->n || !call->x[operand].present || call->results != 1)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "operand %d cannot be viewed", operand);
    const fx_view *x = &call->x[operand];
    if (!fx__shape_check(call->context, fx__called(call->engine->graph, call->op), shape,
                         fx__item_size((int)x->dtype), NULL))
        return call->context->status;
    const fx__layout *ly = fx__layout_new(&g->arena, shape, strides);
    if (!ly) return call->context->status;
    const fx__layout *own = fx__node_at(g, call->engine->operands[operand])->ly;
    int64_t low, high, own_low, own_high;
    const bool counted =
        fx__layout_extent(ly, &low, &high) && fx__layout_extent(own, &own_low, &own_high);
    if (ly->numel > 0 &&
        (own->numel == 0 || !counted || offset < own_low - low || offset > own_high - high))
        return fx_call_fail(call, FX_ERR_SHAPE, "the view reaches outside its operand");
    call->engine->layouts[0] = ly;
    call->engine->view_of = operand;
    call->engine->view_off = offset;
    call->y[0].dtype = x->dtype;
    view_layout(&call->y[0], ly);
    return FX_OK;
}

fx_status fx_scratch(fx_call *call, int64_t count, size_t item) {
    if (call_is_inferring(call, "fx_scratch") != FX_OK) return call->context->status;
    if (fx__bytes(&call->engine->scratch_bytes, 0, item, 1, &count, 64)) return FX_OK;
    return fx_call_fail(call, FX_ERR_SHAPE, "%lld items of scratch memory are too many to count",
                        (long long)count);
}

void fx__operand_name(const fx_op *op, int i, char *out, size_t size) {
    const char *at = op->operands ? op->operands : "";
    for (int k = 0; k < i; k++) {
        const char *comma = at;
        while (*comma && *comma != ',') comma++;
        if (!*comma) break;
        at = comma + 1;
    }
    while (*at == ' ') at++;
    size_t n = 0;
    while (at[n] && at[n] != ',' && at[n] != '?' && at[n] != '.') n++;
    fx__text t = fx__text_in(out, size);
    fx__put_bytes(&t, at, n);
    if (op->max < 0 || n == 0) fx__put_int(&t, i);
}

static void describe_operand(const fx_call *call, int i, fx__text *t) {
    char name[FX__DESCRIBE_BYTES];
    fx__operand_name(call->op, i, name, sizeof name);
    fx__put(t, name);
    const uint32_t *in = call->engine->operands;
    const bool is_node = in && in[i] != FX__NO_NODE;
    const char *own = is_node ? fx__node_name(call->engine->graph, in[i]) : NULL;
    if (own) fx__put_format(t, " '%s'", own);
    fx__put(t, " ");
    if (call->x[i].present)
        fx__put_dims(t, call->x[i].rank, call->x[i].dims);
    else
        fx__put(t, "left out");
}

void fx__describe_operands(const fx_call *call, char *out, size_t size) {
    fx__text t = fx__text_in(out, size);
    enum { SHOWN = 6 };
    for (int i = 0; i < call->n && i < SHOWN; i++) {
        fx__put(&t, i ? ", " : "(");
        describe_operand(call, i, &t);
    }
    fx__put(&t, call->n > SHOWN ? ", ...)" : call->n ? ")" : "");
}

fx_status fx_call_fail(fx_call *call, fx_status status, const char *format, ...) {
    char where[FX__DESCRIBE_BYTES], text[FX__ERROR_BYTES], operands[FX__ERROR_BYTES];
    fx__text t = fx__text_in(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    fx__put_vformat(&t, format, arguments);
    va_end(arguments);
    fx__describe_operands(call, operands, sizeof operands);
    return fx_fail(call->context, status, "%s%s: %s %s",
                   fx__where(call->engine->graph, where, sizeof where),
                   fx__called(call->engine->graph, call->op), text, operands);
}

fx_status fx__compute(fx_call *call) {
    const fx_op *op = call->op;
    const fx_status status = fx__is_elementwise(op) ? fx__elementwise(call) : op->forward(call);
    if (status != FX_OK && call->context->status == FX_OK)
        fx_call_fail(call, status, "forward failed without a reason; report one with fx_call_fail");
    return call->context->status;
}

fx_status fx__homeless_fail(fx_context *cx, const char *name) {
    return fx_fail(cx, FX_ERR_ARGUMENT,
                   "%s: all operands are parameters or numbers; write fx_use(graph, ...) around "
                   "one of them",
                   name);
}
