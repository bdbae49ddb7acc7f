/* SPDX-License-Identifier: MIT */
/* Sums over axes, by the one sum of a sequence; a mean is a sum and a division. */
#include "families.h"

typedef struct reduce_attrs {
    fx_axes axes;
    bool keep;
} reduce_attrs;

static const fx_attr reduce_schema[] = {{"axes", FX_ATTR_SHAPE, offsetof(reduce_attrs, axes)},
                                        {"keep", FX_ATTR_BOOL, offsetof(reduce_attrs, keep)},
                                        {0}};

/* The axes as a set of bits; FX_ERR_SHAPE for one that is outside or named twice. */
static fx_status reduce_axes(fx_call *call, uint32_t *set) {
    const fx_axes *axes = &((const reduce_attrs *)call->attrs)->axes;
    *set = 0;
    if (axes->rank < 0 || axes->rank > FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, "%d axes; at most %d are possible", axes->rank,
                            FX_MAX_RANK);
    for (int32_t i = 0; i < axes->rank; i++) {
        int32_t axis;
        const fx_status status = fx__axis(call, axes->dims[i], call->x[0].rank, &axis);
        if (status != FX_OK) return status;
        if (*set >> axis & 1u)
            return fx_call_fail(call, FX_ERR_SHAPE, "axis %lld is named twice",
                                (long long)axes->dims[i]);
        *set |= 1u << axis;
    }
    return FX_OK;
}

static fx_shape reduce_shape(fx_shape x, uint32_t set, bool keep) {
    fx_shape shape = {0, {0}};
    for (int32_t i = 0; i < x.rank; i++) {
        const bool gone = set >> i & 1u;
        if (!gone || keep) shape.dims[shape.rank++] = gone ? 1 : x.dims[i];
    }
    return shape;
}

static fx_status sum_infer(fx_call *call) {
    const bool keep = ((const reduce_attrs *)call->attrs)->keep;
    uint32_t set;
    fx_status status = reduce_axes(call, &set);
    if (status == FX_OK) status = fx_scratch(call, call->x[0].numel, sizeof(double));
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype,
                     reduce_shape(fx_view_shape(&call->x[0]), set, keep));
}

static fx_status sum_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    uint32_t set;
    const fx_status status = reduce_axes(call, &set);
    if (status != FX_OK) return status;
    fx_sum_dims(call->kernels, x->dtype, fx_view_shape(x), x->strides, set, x->data, call->scratch,
                call->y[0].data);
    return FX_OK;
}

/* x's shape with size 1 at the axes, which infer has checked. */
static fx_shape reduce_kept(fx_shape x, const fx_axes *axes) {
    uint32_t set = 0;
    for (int32_t i = 0; i < axes->rank; i++)
        set |= 1u << (axes->dims[i] < 0 ? axes->dims[i] + x.rank : axes->dims[i]);
    return reduce_shape(x, set, true);
}

static void sum_vjp(fx_vjp *v) {
    const reduce_attrs *attrs = v->attrs;
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    fx_tensor g = v->g[0];
    if (!attrs->keep && fx_tensor_shape(g).rank > 0)
        g = fx_reshape(g, reduce_kept(shape, &attrs->axes));
    v->dx[0] = fx_broadcast_to(g, shape);
}

const fx_op fx__reductions[] = {
    {
        .version = FX_OP_VERSION,
        .name = "sum",
        .operands = "x",
        .min = 1,
        .max = 1,
        .flags = FX_OP_STRIDED,
        .attrs = reduce_schema,
        .attrs_size = sizeof(reduce_attrs),
        .infer = sum_infer,
        .forward = sum_forward,
        .vjp = sum_vjp,
        .formula = "y = x summed over axes;  dx = G repeated along them",
    },
    {
        .version = FX_OP_VERSION,
        .name = "mean",
        .operands = "x",
        .min = 1,
        .max = 1,
        .formula = "y = sum x / N;  dx = G / N repeated along the axes",
    },
    {0},
};

fx_tensor fx_sum_axes(fx_tensor x, fx_axes axes, bool keep) {
    const reduce_attrs attrs = {axes, keep};
    return fx_apply(&fx__reductions[0], &attrs, 1, &x);
}

static fx_axes reduce_all(fx_tensor x) {
    fx_axes axes = {fx_tensor_shape(x).rank, {0, 1, 2, 3, 4, 5, 6, 7}};
    if (axes.rank < 0) axes.rank = 0; /* x cannot be read; fx_apply says why */
    return axes;
}

fx_tensor fx_sum(fx_tensor x) { return fx_sum_axes(x, reduce_all(x), false); }

fx_tensor fx_mean_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx_tensor sum = fx_sum_axes(x, axes, keep);
    const fx_shape from = fx_tensor_shape(x);
    const int64_t kept = fx_tensor_numel(sum);
    double n = 1;
    for (int32_t i = 0; i < axes.rank && kept >= 0; i++)
        n *= (double)from.dims[axes.dims[i] < 0 ? axes.dims[i] + from.rank : axes.dims[i]];
    return fx_div(sum, fx_num(n));
}

fx_tensor fx_mean(fx_tensor x) { return fx_mean_axes(x, reduce_all(x), false); }
