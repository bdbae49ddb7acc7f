/* SPDX-License-Identifier: MIT */
/* Sums over axes, by the one sum of a sequence; a mean is a sum and a division. */
#include "families.h"

const fx_attr fx__over_schema[] = {{"axes", FX_ATTR_SHAPE, offsetof(fx__over, axes)},
                                   {"keep", FX_ATTR_BOOL, offsetof(fx__over, keep)},
                                   {0}};

static const char reduce_many[] = "%d axes; at most %d are possible";
static const char reduce_twice[] = "axis %lld is named twice";

fx_status fx__axes(fx_call *call, const fx_axes *axes, uint32_t *set) {
    *set = 0;
    if (axes->rank < 0 || axes->rank > FX_MAX_RANK)
        return fx_call_fail(call, FX_ERR_SHAPE, reduce_many, axes->rank, FX_MAX_RANK);
    for (int32_t i = 0; i < axes->rank; i++) {
        int32_t axis;
        const fx_status status = fx__axis(call, axes->dims[i], call->x[0].rank, &axis);
        if (status != FX_OK) return status;
        if (*set >> axis & 1u)
            return fx_call_fail(call, FX_ERR_SHAPE, reduce_twice, (long long)axes->dims[i]);
        *set |= 1u << axis;
    }
    return FX_OK;
}

bool fx__axes_of(const fx_op *op, fx_tensor x, const fx_axes *axes, uint32_t *set) {
    const int32_t rank = fx_tensor_shape(x).rank;
    *set = 0;
    if (axes->rank < 0 || axes->rank > FX_MAX_RANK) {
        fx_refuse(op, 1, &x, FX_ERR_SHAPE, reduce_many, axes->rank, FX_MAX_RANK);
        return false;
    }
    for (int32_t i = 0; i < axes->rank; i++) {
        int32_t axis;
        if (!fx__axis_of(op, x, axes->dims[i], rank, &axis)) return false;
        if (*set >> axis & 1u) {
            fx_refuse(op, 1, &x, FX_ERR_SHAPE, reduce_twice, (long long)axes->dims[i]);
            return false;
        }
        *set |= 1u << axis;
    }
    return true;
}

fx_shape fx__reduced(fx_shape x, uint32_t set, bool keep) {
    fx_shape shape = {0, {0}};
    for (int32_t i = 0; i < x.rank; i++) {
        const bool gone = set >> i & 1u;
        if (!gone || keep) shape.dims[shape.rank++] = gone ? 1 : x.dims[i];
    }
    return shape;
}

static fx_status sum_infer(fx_call *call) {
    const fx__over *over = call->attrs;
    uint32_t set;
    fx_status status = fx__axes(call, &over->axes, &set);
    if (status == FX_OK) status = fx_scratch(call, call->x[0].numel, sizeof(double));
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype,
                     fx__reduced(fx_view_shape(&call->x[0]), set, over->keep));
}

static fx_status sum_forward(fx_call *call) {
    const fx_view *x = &call->x[0];
    uint32_t set;
    const fx_status status = fx__axes(call, &((const fx__over *)call->attrs)->axes, &set);
    if (status != FX_OK) return status;
    fx_sum_dims(call->kernels, x->dtype, fx_view_shape(x), x->strides, set, x->data, call->scratch,
                call->y[0].data);
    return FX_OK;
}

fx_tensor fx__spread(fx_tensor y, fx_shape x, const fx__over *over) {
    uint32_t set = 0;
    if (over->keep || fx_tensor_shape(y).rank <= 0) return y;
    for (int32_t i = 0; i < over->axes.rank; i++)
        set |= 1u << (over->axes.dims[i] < 0 ? over->axes.dims[i] + x.rank : over->axes.dims[i]);
    return fx_reshape(y, fx__reduced(x, set, true));
}

static void sum_vjp(fx_vjp *v) {
    const fx_shape shape = fx_tensor_shape(v->x[0]);
    v->dx[0] = fx_broadcast_to(fx__spread(v->g[0], shape, v->attrs), shape);
}

enum { REDUCE_SUM, REDUCE_MEAN };

const fx_op fx__reductions[] = {
    [REDUCE_SUM] =
        {
            .version = FX_OP_VERSION,
            .name = "sum",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__over_schema,
            .attrs_size = sizeof(fx__over),
            .infer = sum_infer,
            .forward = sum_forward,
            .vjp = sum_vjp,
            .formula = "y = x summed over axes;  dx = G repeated along them",
        },
    [REDUCE_MEAN] =
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
    const fx__over over = {axes, keep};
    return fx_apply(&fx__reductions[REDUCE_SUM], &over, 1, &x);
}

fx_axes fx__all_axes(fx_tensor x) {
    fx_axes axes = {fx_tensor_shape(x).rank, {0, 1, 2, 3, 4, 5, 6, 7}};
    if (axes.rank < 0) axes.rank = 0; /* x cannot be read; fx_apply says why */
    return axes;
}

double fx__axes_count(fx_tensor x, const fx_axes *axes) {
    const fx_shape from = fx_tensor_shape(x);
    double n = 1;
    for (int32_t i = 0; i < axes->rank; i++)
        n *= (double)from.dims[axes->dims[i] < 0 ? axes->dims[i] + from.rank : axes->dims[i]];
    return n;
}

fx_tensor fx_sum(fx_tensor x) { return fx_sum_axes(x, fx__all_axes(x), false); }

fx_tensor fx_mean_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx_composition c = fx_compose(&fx__reductions[REDUCE_MEAN], 1, &x);
    const fx_tensor sum = fx_sum_axes(x, axes, keep);
    const double n = fx_tensor_valid(sum) ? fx__axes_count(x, &axes) : 1;
    return fx_composed(c, fx_div(sum, fx_num(n)));
}

fx_tensor fx_mean(fx_tensor x) { return fx_mean_axes(x, fx__all_axes(x), false); }
