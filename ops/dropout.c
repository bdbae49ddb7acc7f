/* SPDX-License-Identifier: MIT */
/* Dropout. The mask is not stored: it is a function of the draw, so the rule is the op itself on
 * the cotangent. */
#include "families.h"
#include "fluxion/random.h"

typedef struct dropout_attrs {
    double p;
} dropout_attrs;

static const fx_attr dropout_schema[] = {{"p", FX_ATTR_F64, offsetof(dropout_attrs, p)}, {0}};

static fx_status dropout_infer(fx_call *call) {
    const double p = ((const dropout_attrs *)call->attrs)->p;
    if (!(p >= 0 && p <= 1))
        return fx_call_fail(call, FX_ERR_ARGUMENT, "p = %g; a probability is in [0, 1]", p);
    if (call->x[1].dtype != FX_I64 || call->x[1].numel != 2)
        return fx_call_fail(call, FX_ERR_DTYPE, "the last operand is not an fx_draw");
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static fx_status dropout_forward(fx_call *call) {
    const double p = ((const dropout_attrs *)call->attrs)->p, scale = p < 1 ? 1 / (1 - p) : 0;
    const uint64_t *draw = call->x[1].data;
    const fx_stream stream = {draw[0], draw[1], fx_purpose("dropout")};
    const int64_t n = call->x[0].numel;
    for (int64_t i = 0; i < n; i++) {
        const bool kept = fx_uniform(stream, (uint64_t)i) >= p;
        if (call->x[0].dtype == FX_F32)
            ((float *)call->y[0].data)[i] =
                kept ? ((const float *)call->x[0].data)[i] * (float)scale : 0;
        else
            ((double *)call->y[0].data)[i] =
                kept ? ((const double *)call->x[0].data)[i] * scale : 0;
    }
    return FX_OK;
}

static fx_tensor dropout(const void *attrs, fx_tensor x, fx_tensor draw) {
    const fx_tensor operands[] = {x, draw};
    return fx_apply(&fx__dropouts[0], attrs, 2, operands);
}

static void dropout_vjp(fx_vjp *v) {
    v->dx[0] = dropout(v->attrs, v->g[0], v->x[1]);
    fx_vjp_zero(v, 1);
}

const fx_op fx__dropouts[] = {
    {
        .version = FX_OP_VERSION,
        .name = "dropout",
        .operands = "x, draw",
        .min = 2,
        .max = 2,
        .flags = FX_OP_RANDOM,
        .attrs = dropout_schema,
        .attrs_size = sizeof(dropout_attrs),
        .infer = dropout_infer,
        .forward = dropout_forward,
        .vjp = dropout_vjp,
        .formula = "y = x m / (1 - p), m = 0 with probability p, else 1;  dx = G m / (1 - p)",
    },
    {0},
};

fx_tensor fx_dropout(fx_tensor x, double p) {
    const dropout_attrs attrs = {p};
    fx_graph *graph = fx_tensor_graph(x);
    if (p == 0 || (graph && fx_is_inference(graph) && p > 0 && p <= 1)) return x;
    return dropout(&attrs, x, graph ? fx_draw(graph) : fx_num(0));
}
