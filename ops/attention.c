/* SPDX-License-Identifier: MIT */
/* Attention, composed of two products and a softmax. What a bool mask leaves out is chosen away
 * before the softmax, not added to, so that neither NaN nor a gradient comes through; an op of its
 * own sees to it that a key is left to each query. */
#include <math.h>

#include "families.h"

enum { ATTENTION, ATTENTION_MASK };
enum { ATTENTION_Q, ATTENTION_K, ATTENTION_V, ATTENTION_GIVEN, ATTENTION_OPERANDS };

/* ---- the mask ---- */

typedef struct attention_mask_attrs {
    bool causal;
} attention_mask_attrs;

static const fx_attr attention_mask_schema[] = {
    {"causal", FX_ATTR_BOOL, offsetof(attention_mask_attrs, causal)}, {0}};

static fx_status attention_mask_infer(fx_call *call) {
    const fx_view *mask = &call->x[0];
    if (mask->rank < 2 || mask->dims[mask->rank - 1] == 0)
        return fx_call_fail(call, FX_ERR_SHAPE, "mask needs shape [.., L, S], with S > 0 keys");
    return fx_result(call, 0, FX_BOOL, fx_view_shape(mask));
}

static fx_status attention_mask_forward(fx_call *call) {
    const fx_view *mask = &call->x[0];
    const bool causal = ((const attention_mask_attrs *)call->attrs)->causal;
    const int64_t queries = mask->dims[mask->rank - 2], keys = mask->dims[mask->rank - 1];
    bool *y = call->y[0].data;
    fx_copy_strided(fx_view_shape(mask), sizeof *y, mask->data, mask->strides, y);
    for (int64_t row = 0; row < mask->numel / keys; row++, y += keys) {
        bool any = false;
        for (int64_t i = 0; i < keys; i++) {
            y[i] = y[i] && (!causal || i <= row % queries);
            any = any || y[i];
        }
        if (!any)
            return fx_call_fail(call, FX_ERR_DATA,
                                "no key takes part for query %lld, row %lld in row-major order; "
                                "leave it one, or leave out the query",
                                (long long)(row % queries), (long long)row);
    }
    return FX_OK;
}

/* ---- one call ---- */

/* Its checks are false after a refusal. */
typedef struct attention_call {
    fx_tensor x[ATTENTION_OPERANDS];
    fx_attention_options o;
    fx_composition composition;
    fx_shape q, k, v, mask, scores; /* scores: with the leading sizes of v, too */
} attention_call;

#define ATTENTION_REFUSE(c, status, ...)                                                           \
    ((void)fx_refuse(&fx__attentions[ATTENTION], ATTENTION_OPERANDS, (c)->x, status, __VA_ARGS__), \
     false)

static bool attention_graph(attention_call *c) {
    c->composition = fx_compose(&fx__attentions[ATTENTION], ATTENTION_OPERANDS, c->x);
    const fx_graph *graph = c->composition.graph;
    if (!graph || fx_error(fx_graph_context(graph)) != FX_OK) return false;
    c->q = fx_tensor_shape(c->x[ATTENTION_Q]);
    c->k = fx_tensor_shape(c->x[ATTENTION_K]);
    c->v = fx_tensor_shape(c->x[ATTENTION_V]);
    c->mask = fx_tensor_shape(c->x[ATTENTION_GIVEN]);
    return true;
}

static bool attention_options(attention_call *c) {
    if (c->o.size != sizeof c->o)
        return ATTENTION_REFUSE(c, FX_ERR_ARGUMENT, "options come from fx_attention_defaults()");
    if (!isfinite(c->o.scale))
        return ATTENTION_REFUSE(c, FX_ERR_ARGUMENT,
                                "scale = %g; it must be finite, or 0 for 1 / sqrt(E)", c->o.scale);
    if (!(c->o.dropout >= 0 && c->o.dropout <= 1))
        return ATTENTION_REFUSE(c, FX_ERR_ARGUMENT, "dropout = %g; a probability is in [0, 1]",
                                c->o.dropout);
    return true;
}

static fx_shape attention_lead(fx_shape shape) { return fx_shape_n(shape.rank - 2, shape.dims); }

/* What the shapes of q, k and v have wrong; else NULL, and c has that of the scores. */
static const char *attention_sizes(attention_call *c) {
    const int32_t q = c->q.rank, k = c->k.rank, v = c->v.rank;
    if (q < 2 || k < 2 || v < 2)
        return "q, k and v need at least 2 axes: [.., L, E], [.., S, E] and [.., S, Ev]";
    if (c->q.dims[q - 1] != c->k.dims[k - 1])
        return "q and k must have the same number of features, their last size";
    if (c->k.dims[k - 2] != c->v.dims[v - 2])
        return "k and v must have the same number of keys, their size before the last";
    if (c->k.dims[k - 2] == 0) return "k has no keys; a query needs one";
    if (!fx_broadcast_shapes(attention_lead(c->q), attention_lead(c->k), &c->scores) ||
        !fx_broadcast_shapes(c->scores, attention_lead(c->v), &c->scores))
        return "the leading sizes of q, k and v do not broadcast; they must be equal or 1";
    c->scores.dims[c->scores.rank++] = c->q.dims[q - 2];
    c->scores.dims[c->scores.rank++] = c->k.dims[k - 2];
    return NULL;
}

static bool attention_shapes(attention_call *c) {
    fx_shape both;
    const char *wrong = attention_sizes(c);
    if (wrong) return ATTENTION_REFUSE(c, FX_ERR_SHAPE, "%s", wrong);
    if (fx_is_none(c->x[ATTENTION_GIVEN]) ||
        (fx_broadcast_shapes(c->mask, c->scores, &both) && fx_shape_equal(both, c->scores)))
        return true;
    return ATTENTION_REFUSE(c, FX_ERR_SHAPE,
                            "mask does not broadcast to the scores, [.., L, S] with L = %lld and S "
                            "= %lld",
                            (long long)c->scores.dims[c->scores.rank - 2],
                            (long long)c->scores.dims[c->scores.rank - 1]);
}

static bool attention_dtypes(attention_call *c) {
    const fx_dtype q = fx_tensor_dtype(c->x[ATTENTION_Q]), k = fx_tensor_dtype(c->x[ATTENTION_K]);
    const fx_dtype v = fx_tensor_dtype(c->x[ATTENTION_V]);
    const fx_dtype mask = fx_tensor_dtype(c->x[ATTENTION_GIVEN]);
    if (q > FX_F64 || k != q || v != q)
        return ATTENTION_REFUSE(c, FX_ERR_DTYPE,
                                "q is %s, k is %s and v is %s; they must be f32 or f64, all the "
                                "same, see fx_cast",
                                fx_dtype_name(q), fx_dtype_name(k), fx_dtype_name(v));
    if (!fx_tensor_context(c->x[ATTENTION_GIVEN]) || mask == FX_BOOL || mask == q) return true;
    return ATTENTION_REFUSE(c, FX_ERR_DTYPE,
                            "mask is %s; it must be bool, or %s to be added, see fx_cast",
                            fx_dtype_name(mask), fx_dtype_name(q));
}

/* ---- what is computed ---- */

/* The bool mask as [.., L, S], or none, in which causal leaves out what is to come. */
static fx_tensor attention_keep(const attention_call *c) {
    const attention_mask_attrs attrs = {c->o.causal};
    const fx_tensor given = c->x[ATTENTION_GIVEN];
    const bool chosen = !fx_is_none(given) && fx_tensor_dtype(given) == FX_BOOL;
    if (!chosen && !c->o.causal) return FX_NONE;
    const int32_t lead = c->scores.rank - 2;
    fx_shape shape = fx_shape_n(2, c->scores.dims + lead);
    if (!chosen) {
        const fx_tensor all = fx_ones(c->composition.graph, FX_BOOL, shape);
        return fx_apply(&fx__attentions[ATTENTION_MASK], &attrs, 1, &all);
    }
    if (c->mask.rank > 2) {
        shape = c->mask;
        for (int32_t i = 1; i <= 2; i++)
            shape.dims[shape.rank - i] = c->scores.dims[c->scores.rank - i];
    }
    const fx_tensor mask = fx_broadcast_to(given, shape);
    return fx_apply(&fx__attentions[ATTENTION_MASK], &attrs, 1, &mask);
}

/* Keys or values without those that no query takes, since 0 times NaN is NaN. */
static fx_tensor attention_used(fx_tensor keys, fx_tensor keep) {
    if (fx_is_none(keep)) return keys;
    const fx_tensor used = fx_any_axes(keep, fx_axes1(-2), true);
    return fx_where(fx_transpose(used, -1, -2), keys, fx_num(0));
}

static double attention_scale(const attention_call *c) {
    const int64_t features = c->q.dims[c->q.rank - 1];
    return c->o.scale != 0 ? c->o.scale : 1 / sqrt(features ? (double)features : 1);
}

static fx_tensor attention_weights(const attention_call *c, fx_tensor keep) {
    const fx_tensor q = fx_mul(c->x[ATTENTION_Q], fx_num(attention_scale(c)));
    const fx_tensor k = attention_used(c->x[ATTENTION_K], keep), mask = c->x[ATTENTION_GIVEN];
    fx_tensor scores = fx_matmul(q, fx_transpose(k, -1, -2));
    if (!fx_is_none(mask) && fx_tensor_dtype(mask) != FX_BOOL) scores = fx_add(scores, mask);
    if (!fx_is_none(keep)) scores = fx_where(keep, scores, fx_num(-INFINITY));
    return fx_dropout(fx_softmax(scores, -1), c->o.dropout);
}

static fx_tensor attention_values(attention_call *c) {
    for (int i = 0; i < ATTENTION_OPERANDS; i++)
        if (fx_tensor_context(c->x[i]) && !fx_tensor_graph(c->x[i]))
            c->x[i] = fx_use(c->composition.graph, c->x[i]);
    const fx_tensor keep = attention_keep(c), weights = attention_weights(c, keep);
    return fx_matmul(weights, attention_used(c->x[ATTENTION_V], keep));
}

fx_tensor fx_scaled_dot_product_attention(fx_tensor q, fx_tensor k, fx_tensor v, fx_tensor mask,
                                          const fx_attention_options *options) {
    attention_call c = {.x = {q, k, v, mask}, .o = options ? *options : fx_attention_defaults()};
    fx_tensor y = FX_NONE;
    if (attention_graph(&c) && attention_options(&c) && attention_shapes(&c) &&
        attention_dtypes(&c))
        y = attention_values(&c);
    return fx_composed(c.composition, y);
}

const fx_op fx__attentions[] = {
    [ATTENTION] =
        {
            .version = FX_OP_VERSION,
            .name = "scaled_dot_product_attention",
            .operands = "q, k, v, mask?",
            .min = 3,
            .max = 4,
            .formula = "y = A v, A = softmax(c q k' + mask);  dq = c H k, dk = c H' q, dv = A' G, "
                       "dmask = H = A (G v' - sum A G v')",
        },
    [ATTENTION_MASK] =
        {
            .version = FX_OP_VERSION,
            .name = "attention_mask",
            .operands = "mask",
            .min = 1,
            .max = 1,
            .dtypes = FX_DTYPE_BIT(FX_BOOL),
            .flags = FX_OP_STRIDED,
            .attrs = attention_mask_schema,
            .attrs_size = sizeof(attention_mask_attrs),
            .infer = attention_mask_infer,
            .forward = attention_mask_forward,
            .formula = "y = mask, and j <= i at query i and key j if causal",
        },
    {0},
};
