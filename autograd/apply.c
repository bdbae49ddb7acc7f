/* SPDX-License-Identifier: MIT */
/* The one way in for all ops: find the graph, find the operands, ask for the results' shapes, run,
 * append. Elementwise ops over dense operands of one shape skip what they do not need. */
#include <string.h>

#include "call.h"
#include "text.h"

/* The graph an op runs in: that of its first operand in one. */
static fx_graph *apply_graph(int n, const fx_tensor *x) {
    for (int i = 0; i < n; i++) {
        const fx__head *head = fx__head_of(x[i]);
        if (head && head->kind == FX__GRAPH) return (fx_graph *)(uintptr_t)head;
    }
    return NULL;
}

/* No operand belongs to a graph: reported if a context is known, remembered otherwise. */
FX__SELDOM static fx_tensor apply_homeless(const fx_op *op, int n, const fx_tensor *x) {
    fx_tensor t;
    t.owner = (const void *)(uintptr_t)FX_OWNER_HOMELESS;
    t.as.op = op;
    for (int i = 0; i < n; i++) {
        fx_context *cx = fx_tensor_context(x[i]);
        if (!cx) continue;
        fx__homeless_fail(cx, op->name);
        break;
    }
    return t;
}

FX__SELDOM static fx_status operand_fail(fx_graph *g, const fx_op *op, int i, fx_tensor t) {
    char where[FX__DESCRIBE_BYTES], name[FX__DESCRIBE_BYTES], what[2 * FX__DESCRIBE_BYTES];
    fx__operand_name(op, i, name, sizeof name);
    fx__text out = fx__text_in(what, sizeof what);
    fx__put_format(&out, "%s%s: operand %s", fx__where(g, where, sizeof where), fx__called(g, op),
                   name);
    return fx__unusable(g->head.cx, g, t, what);
}

FX__SELDOM static fx_status dtype_fail(fx_graph *g, const fx_op *op, int i, int dtype, int other) {
    char name[FX__DESCRIBE_BYTES];
    fx__operand_name(op, i, name, sizeof name);
    if (other >= 0)
        return fx__graph_fail(g, FX_ERR_DTYPE,
                              "%s: operand %s is %s where another is %s; write fx_cast(%s, %s)",
                              fx__called(g, op), name, fx_dtype_name((fx_dtype)dtype),
                              fx_dtype_name((fx_dtype)other), name, other ? "FX_F64" : "FX_F32");
    return fx__graph_fail(g, FX_ERR_DTYPE, "%s: operand %s is %s, which the op does not take",
                          fx__called(g, op), name, fx_dtype_name((fx_dtype)dtype));
}

/* Finds the nodes of all operands that are not numbers; *dtype is that of the first of them,
 * of floating point if there is one. */
static bool resolve_tensors(fx_graph *g, const fx_op *op, int n, const fx_tensor *x,
                            uint32_t *index, int *dtype) {
    const unsigned taken = op->dtypes ? op->dtypes : FX_FLOATS;
    *dtype = -1;
    for (int i = 0; i < n; i++) {
        index[i] = FX__NO_NODE;
        if (fx__is(x[i], FX_OWNER_NUMBER) || (fx_is_none(x[i]) && i >= op->min)) continue;
        index[i] = fx__resolve(g, x[i], FX_F64);
        if (FX__UNLIKELY(index[i] == FX__NO_NODE)) return operand_fail(g, op, i, x[i]), false;
        const int own = fx__node_at(g, index[i])->dtype;
        const bool random = (op->flags & FX_OP_RANDOM) && i == n - 1;
        if (random) continue;
        if (FX__UNLIKELY(!(taken & FX_DTYPE_BIT(own)))) return dtype_fail(g, op, i, own, -1), false;
        if (*dtype < 0 || (*dtype > FX_F64 && own <= FX_F64))
            *dtype = own;
        else if (FX__UNLIKELY(own != *dtype && own <= FX_F64 && !(op->flags & FX_OP_MIXED)))
            return dtype_fail(g, op, i, own, *dtype), false;
    }
    return true;
}

/* Then the numbers, as leaves of that dtype. */
static bool resolve_numbers(fx_graph *g, const fx_op *op, int n, const fx_tensor *x,
                            uint32_t *index, int dtype) {
    for (int i = 0; i < n; i++) {
        if (FX__LIKELY(!fx__is(x[i], FX_OWNER_NUMBER))) continue;
        index[i] = fx__resolve_other(g, x[i], dtype < 0 ? FX_F64 : dtype);
        if (index[i] == FX__NO_NODE) return operand_fail(g, op, i, x[i]), false;
    }
    return true;
}

/* Gives a new node its history. */
static bool apply_history(fx_graph *g, fx__node *node, const fx_op *op, const void *attrs, int n,
                          const uint32_t *index) {
    if (!g->record) return true;
    node->n = (uint16_t)n;
    node->attrs = attrs;
    if (n <= FX__INLINE_OPERANDS) {
        for (int i = 0; i < n; i++) node->in.two[i] = index[i];
    } else {
        node->in.many = fx__arena_copy(&g->arena, index, (size_t)n * sizeof *index);
        if (!node->in.many) {
            node->n = 0;
            return false;
        }
    }
    node->op = op;
    return true;
}

static const void *apply_attrs(fx_graph *g, const fx_op *op, const void *attrs) {
    if (!op->attrs_size || !g->record) return attrs;
    return fx__arena_copy(&g->arena, attrs, op->attrs_size);
}

/* The node whose shape an elementwise call over dense operands has: all others have it too, or are
 * of rank 0. NULL: it is not that simple. *repeated gets a bit for each of the latter. */
static const fx__node *dense_widest(const fx_graph *g, int n, const uint32_t *index, const void **x,
                                    unsigned *repeated) {
    const fx__node *widest = fx__node_at(g, index[0]);
    unsigned single = 0;
    for (int i = 0; i < n; i++) {
        const fx__node *node = fx__node_at(g, index[i]);
        x[i] = fx__node_data(node);
        if (!node->ly->rank) single |= 1u << i;
        if (node->ly == widest->ly) continue;
        if (!widest->ly->rank)
            widest = node;
        else if (node->ly->rank && !fx__same_shape(node->ly, widest->ly))
            return NULL;
        if (!node->ly->dense) return NULL;
    }
    *repeated = widest->ly->rank ? single : 0;
    return widest->ly->dense ? widest : NULL;
}

/* Elementwise over dense operands of one shape, and single ones among them. False: not that simple,
 * nothing was done. */
static bool apply_dense(fx_graph *g, const fx_op *op, const void *attrs, int n,
                        const uint32_t *index, fx_tensor *out) {
    fx_context *cx = g->head.cx;
    const void *x[FX_WALK_OPERANDS];
    unsigned repeated;
    const fx__node *like = dense_widest(g, n, index, x, &repeated);
    if (!like || FX__UNLIKELY(op->attrs_size && !attrs)) return false;
    *out = fx__invalid(g);
    const int64_t numel = like->ly->numel;
    fx__storage *st = fx__storage_new(cx, (size_t)numel * fx__item_size(like->dtype));
    if (!st) return true;
    void *y[1] = {st->data};
    if (FX__LIKELY(!repeated))
        fx__row(op, cx->kernels, like->dtype, numel, attrs, x, y);
    else
        fx__row_repeated(op, cx->kernels, like->dtype, numel, attrs, repeated, x, st->data);
    attrs = apply_attrs(g, op, attrs);
    if (!attrs && op->attrs_size) return fx__storage_drop(cx, st), true;
    fx__node *node = fx__push(g, FX__RESULT, st, like->ly, 0, like->dtype);
    if (node && apply_history(g, node, op, attrs, n, index)) *out = fx__handle(g, g->count - 1);
    return true;
}

/* ---------------------------------------------------------------------- the general way */

/* What a call needs besides its operands; the arrays stand behind it where they are many. */
typedef struct fx__frame {
    fx_call call;
    struct fx_call_private engine;
    fx_view y[FX_MAX_RESULTS];
    fx__storage *results[FX_MAX_RESULTS];
    fx__storage *scratch, *dense[FX__CALL_OPERANDS];
    fx__storage **copies; /* dense, or behind the views */
} fx__frame;

static void frame_open(fx__frame *f, fx_graph *g, const fx_op *op, const void *attrs, int n,
                       const uint32_t *index, fx_view *x) {
    fx_context *cx = g->head.cx;
    f->engine = (struct fx_call_private){.graph = g, .operands = index, .view_of = -1};
    f->call = (fx_call){op, attrs, n, fx__results(op), x, f->y, NULL, cx->kernels, cx, &f->engine};
    memset(f->results, 0, sizeof f->results);
    memset(f->dense, 0, sizeof f->dense);
    f->copies = f->dense;
    f->scratch = NULL;
    for (int i = 0; i < n; i++) {
        if (index[i] == FX__NO_NODE) {
            memset(&x[i], 0, sizeof x[i]);
            continue;
        }
        const fx__node *node = fx__node_at(g, index[i]);
        fx__view_of(&x[i], node->ly, node->dtype, NULL);
    }
}

/* The broadcast shape of an elementwise call. */
static fx_status frame_broadcast(fx_call *call) {
    fx_shape shape = fx_view_shape(&call->x[0]);
    for (int i = 1; i < call->n; i++)
        if (!fx_broadcast_shapes(shape, fx_view_shape(&call->x[i]), &shape))
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "shapes do not broadcast; sizes must be equal "
                                "or 1, counted from the last");
    call->engine->inferring = true;
    for (int j = 0; j < call->results; j++)
        if (fx_result(call, j, call->x[0].dtype, shape) != FX_OK) return call->context->status;
    call->engine->inferring = false;
    return FX_OK;
}

static bool frame_is_draw(const fx_view *x) {
    return x->present && x->dtype == FX_I64 && x->numel == 2;
}

static fx_status frame_infer(fx__frame *f) {
    fx_call *call = &f->call;
    if (call->op->attrs_size && !call->attrs)
        return fx_call_fail(call, FX_ERR_ARGUMENT, "attrs is NULL");
    if (fx__is_elementwise(call->op)) return frame_broadcast(call);
    f->engine.inferring = true;
    fx_status status = call->op->infer(call);
    f->engine.inferring = false;
    for (int j = 0; j < call->results && status == FX_OK; j++)
        if (!f->engine.layouts[j])
            status = fx_call_fail(call, FX_ERR_STATE, "infer did not say what result %d is", j);
    if (status == FX_OK && (call->op->flags & FX_OP_VIEW) && f->engine.view_of < 0)
        status = fx_call_fail(call, FX_ERR_STATE, "infer of a view did not call fx_result_view");
    if (status == FX_OK && (call->op->flags & FX_OP_RANDOM) &&
        !frame_is_draw(&call->x[call->n - 1]))
        status = fx_call_fail(call, FX_ERR_DTYPE, "the last operand is not an fx_draw");
    if (status != FX_OK && call->context->status == FX_OK)
        fx_call_fail(call, status, "infer failed without a reason; report one with fx_call_fail");
    return call->context->status;
}

/* Points views at memory; strided operands are copied for ops that do not read them. */
static fx_status frame_operands(fx__frame *f) {
    fx_call *call = &f->call;
    fx_graph *g = f->engine.graph;
    const bool strided = (call->op->flags & FX_OP_STRIDED) || fx__is_elementwise(call->op);
    for (int i = 0; i < call->n; i++) {
        if (!call->x[i].present) continue;
        const fx__node *node = fx__node_at(g, f->engine.operands[i]);
        call->x[i].data = fx__node_data(node);
        if (strided || node->ly->dense) continue;
        f->copies[i] = fx__dense_copy(call->context, node);
        if (!f->copies[i]) return FX_ERR_MEMORY;
        const fx__layout *ly = fx__layout_new(&g->arena, fx__layout_shape(node->ly), NULL);
        if (!ly) return FX_ERR_MEMORY;
        call->x[i].data = f->copies[i]->data;
        call->x[i].strides = fx__strides(ly);
        call->x[i].dense = true;
    }
    return FX_OK;
}

static fx_status frame_results(fx__frame *f) {
    fx_call *call = &f->call;
    for (int j = 0; j < call->results; j++) {
        const size_t item = fx__item_size((int)call->y[j].dtype);
        f->results[j] = fx__storage_new(call->context, (size_t)call->y[j].numel * item);
        if (!f->results[j]) return FX_ERR_MEMORY;
        call->y[j].data = f->results[j]->data;
    }
    if (!f->engine.scratch_bytes) return FX_OK;
    f->scratch = fx__storage_new(call->context, f->engine.scratch_bytes);
    if (!f->scratch) return FX_ERR_MEMORY;
    call->scratch = f->scratch->data;
    return FX_OK;
}

static fx_status frame_compute(fx__frame *f) {
    fx_call *call = &f->call;
    fx_status status = frame_operands(f);
    if (status == FX_OK) status = frame_results(f);
    if (status != FX_OK) return status;
    return fx__compute(call);
}

/* A view shares its operand's storage, and what that knows of versions. */
static fx_status frame_view(fx__frame *f) {
    for (int i = 0; i < f->call.n; i++) /* for whoever watches */
        if (f->call.x[i].present)
            f->call.x[i].data = fx__node_data(fx__node_at(f->engine.graph, f->engine.operands[i]));
    const fx__node *node = fx__node_at(f->engine.graph, f->engine.operands[f->engine.view_of]);
    f->results[0] = fx__storage_keep(node->st);
    f->call.y[0].data = (unsigned char *)fx__node_data(node) +
                        f->engine.view_off * (int64_t)fx__item_size(node->dtype);
    f->engine.view_off += node->off;
    return FX_OK;
}

/* Appends the results; all or none. */
static fx_status frame_append(fx__frame *f, fx_tensor *out) {
    fx_call *call = &f->call;
    fx_graph *g = f->engine.graph;
    const fx_mark mark = fx_graph_mark(g);
    const void *attrs = apply_attrs(g, call->op, call->attrs);
    bool ok = attrs || !call->op->attrs_size;
    for (int j = 0; j < call->results && ok; j++) {
        fx__storage *st = f->results[j];
        f->results[j] = NULL;
        fx__node *node = fx__push(g, FX__RESULT, st, f->engine.layouts[j],
                                  j == 0 ? f->engine.view_off : 0, (int)call->y[j].dtype);
        ok = node && apply_history(g, node, call->op, attrs, call->n, f->engine.operands);
        if (!ok) break;
        node->result = (uint8_t)j;
        out[j] = fx__handle(g, g->count - 1);
    }
    if (!ok) fx__cut(g, &mark);
    return ok ? FX_OK : call->context->status;
}

static void frame_close(fx__frame *f) {
    fx_context *cx = f->call.context;
    for (int j = 0; j < f->call.results; j++)
        if (f->results[j]) fx__storage_drop(cx, f->results[j]);
    for (int i = 0; i < f->call.n; i++)
        if (f->copies[i]) fx__storage_drop(cx, f->copies[i]);
    if (f->scratch) fx__storage_drop(cx, f->scratch);
}

static fx_status frame_run(fx__frame *f, fx_tensor *out) {
    fx_status status = frame_infer(f);
    if (status == FX_OK) status = f->engine.view_of >= 0 ? frame_view(f) : frame_compute(f);
    if (status == FX_OK && fx__watched(f->call.context)) status = fx__observed(&f->call);
    if (status == FX_OK) status = frame_append(f, out);
    frame_close(f);
    return status;
}

static fx_status apply_general(fx_graph *g, const fx_op *op, const void *attrs, int n,
                               const uint32_t *index, fx_tensor *out) {
    fx__frame f;
    if (n <= FX__CALL_OPERANDS) {
        fx_view x[FX__CALL_OPERANDS];
        frame_open(&f, g, op, attrs, n, index, x);
        return frame_run(&f, out);
    }
    fx_context *cx = g->head.cx;
    fx__storage *room = fx__storage_new(cx, (size_t)n * (sizeof(fx_view) + sizeof(fx__storage *)));
    if (!room) return FX_ERR_MEMORY;
    fx_view *x = room->data;
    frame_open(&f, g, op, attrs, n, index, x);
    f.copies = (fx__storage **)(void *)(x + n);
    memset(f.copies, 0, (size_t)n * sizeof *f.copies);
    const fx_status status = frame_run(&f, out);
    fx__storage_drop(cx, room);
    return status;
}

/* ------------------------------------------------------------------------------- entry */

bool fx__rows_complete(const fx_op *op) {
    const unsigned taken = op->dtypes ? op->dtypes : FX_FLOATS;
    if (op->min != op->max || op->max < 1 || op->max > FX_WALK_OPERANDS || (taken & ~FX_FLOATS) ||
        (op->flags & (FX_OP_MIXED | FX_OP_RANDOM)))
        return false;
    if (op->kernel) return op->kernel < FX_ROW_COUNT;
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++)
        if ((taken & FX_DTYPE_BIT(dtype)) && !op->row[dtype] && !op->map) return false;
    return true;
}

static bool op_complete(const fx_op *op) {
    if (op->results > FX_MAX_RESULTS) return false;
    if (fx__is_elementwise(op)) return fx__rows_complete(op);
    if (op->flags & FX_OP_VIEW) return op->infer && fx__results(op) == 1;
    return op->infer && op->forward;
}

FX__SELDOM static fx_status count_fail(fx_graph *g, const fx_op *op, int n) {
    char takes[FX__DESCRIBE_BYTES];
    fx__text t = fx__text_in(takes, sizeof takes);
    fx__put_int(&t, op->min);
    if (op->max != op->min)
        fx__put_format(&t, " to %d", op->max < 0 ? (int)FX__MOST_OPERANDS : op->max);
    return fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: %d operand%s; it takes %s", op->name, n,
                          n == 1 ? "" : "s", takes);
}

/* Why op_check was not content. */
FX__SELDOM static fx_status op_fail(fx_graph *g, const fx_op *op, int n) {
    const char *name = op->name ? op->name : "?";
    if (op->version != FX_OP_VERSION)
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "op %s: version is %u; set it to FX_OP_VERSION",
                              name, (unsigned)op->version);
    if (!op->name || !op_complete(op))
        return fx__graph_fail(
            g, FX_ERR_ARGUMENT,
            "op %s: it needs a name; a kernel, a map or a row for each dtype (f32 "
            "and f64 only, not FX_OP_MIXED or FX_OP_RANDOM, min = max <= %d), or "
            "infer and forward, or infer and FX_OP_VIEW; and at most %d results",
            name, FX_WALK_OPERANDS, FX_MAX_RESULTS);
    if (op->flags & FX_OP_UPDATE)
        return fx__graph_fail(g, FX_ERR_ARGUMENT, "%s: an optimizer's rule is run by fx_update",
                              name);
    return count_fail(g, op, n);
}

static bool op_check(const fx_op *op, int n) {
    return op->version == FX_OP_VERSION && op->name && op_complete(op) &&
           !(op->flags & FX_OP_UPDATE) && n >= op->min &&
           n <= (op->max < 0 ? (int)FX__MOST_OPERANDS : op->max);
}

static fx_status apply_in(fx_graph *g, const fx_op *op, const void *attrs, int n,
                          const fx_tensor *x, uint32_t *index, fx_tensor *out) {
    fx_context *cx = g->head.cx;
    int dtype;
    if (FX__UNLIKELY(!op_check(op, n))) return op_fail(g, op, n);
    if (!resolve_tensors(g, op, n, x, index, &dtype)) return cx->status;
    if (!resolve_numbers(g, op, n, x, index, dtype)) return cx->status;
    if (fx__is_elementwise(op) && fx__results(op) == 1 && !fx__watched(cx) &&
        apply_dense(g, op, attrs, n, index, out))
        return cx->status;
    return apply_general(g, op, attrs, n, index, out);
}

static fx_status apply(const fx_op *op, const void *attrs, int n, const fx_tensor *x,
                       fx_tensor *out) {
    fx_graph *g = apply_graph(n, x);
    for (int j = 0; j < fx__results(op) && j < FX_MAX_RESULTS; j++)
        out[j] = g ? fx__invalid(g) : apply_homeless(op, n, x);
    if (FX__UNLIKELY(!g)) return FX_ERR_ARGUMENT;
    fx_context *cx = g->head.cx;
    if (FX__UNLIKELY(cx->status != FX_OK)) return cx->status;
    uint32_t few[FX__CALL_OPERANDS];
    if (FX__LIKELY(n <= FX__CALL_OPERANDS)) return apply_in(g, op, attrs, n, x, few, out);
    fx__storage *room = fx__storage_new(cx, (size_t)n * sizeof(uint32_t));
    if (!room) return cx->status;
    const fx_status status = apply_in(g, op, attrs, n, x, room->data, out);
    fx__storage_drop(cx, room);
    return status;
}

/* A call without what it cannot do without. */
FX__SELDOM static fx_tensor apply_nothing(const fx_op *op, int n, const fx_tensor *x) {
    fx_context *cx = NULL;
    for (int i = 0; i < n && x && !cx; i++) cx = fx_tensor_context(x[i]);
    if (cx)
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_apply: %s is NULL",
                op ? "where the results go" : "the op");
    return fx__invalid(x ? apply_graph(n, x) : NULL);
}

fx_tensor fx_apply(const fx_op *op, const void *attrs, int n, const fx_tensor *operands) {
    fx_tensor out[FX_MAX_RESULTS];
    if (FX__UNLIKELY(!op || !operands)) return apply_nothing(op, n, operands);
    apply(op, attrs, n, operands, out);
    return out[0];
}

fx_status fx_apply_all(const fx_op *op, const void *attrs, int n, const fx_tensor *operands,
                       fx_tensor *out) {
    fx_tensor all[FX_MAX_RESULTS];
    if (!op || !operands || !out) {
        const fx_tensor nothing = apply_nothing(op, n, operands);
        for (int j = 0; op && out && j < fx__results(op) && j < FX_MAX_RESULTS; j++)
            out[j] = nothing;
        return FX_ERR_ARGUMENT;
    }
    const fx_status status = apply(op, attrs, n, operands, all);
    for (int j = 0; j < fx__results(op) && j < FX_MAX_RESULTS; j++) out[j] = all[j];
    return status;
}
