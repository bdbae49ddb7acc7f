/* SPDX-License-Identifier: MIT */
/* The largest of lines: amax shares its cotangent among equals; max along an axis gives it to the
 * first, as it picks it by its index. The shares are steps, whose derivative is zero and said to
 * be. NaN wins. The least is the largest of the negatives, turned round. */
#include <math.h>

#include "families.h"

enum {
    EXTREMA_AMAX,
    EXTREMA_SHARE,
    EXTREMA_ARGMAX,
    EXTREMA_AMIN,
    EXTREMA_ARGMIN,
    EXTREMA_MAX,
    EXTREMA_MIN
};

/* The place of the first of the largest; of the first NaN, if there is one. */
static int64_t extrema_first(int64_t n, const double *x) {
    int64_t best = 0;
    for (int64_t i = 0; i < n && !isnan(x[best]); i++)
        if (isnan(x[i]) || x[i] > x[best]) best = i;
    return best;
}

/* ---- over axes ---- */

static fx_status amax_infer(fx_call *call) {
    const fx_status status = fx__over_infer(call, call->x[0].dtype, 0);
    if (status == FX_OK && call->x[0].numel == 0 && call->y[0].numel > 0)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "no elements along the axes; no elements have no largest or least");
    return status;
}

static void amax_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                      double *spare) {
    (void)call, (void)spare;
    *y = x[0][extrema_first(n, x[0])];
}

static fx_status amax_forward(fx_call *call) { return fx__over_forward(call, amax_line); }

static const fx_attr extrema_share_schema[] = {{"axes", FX_ATTR_SHAPE, offsetof(fx__over, axes)},
                                               {0}};

static fx_status extrema_share_infer(fx_call *call) {
    uint32_t set;
    fx_status status = fx__axes(call, &((const fx__over *)call->attrs)->axes, &set);
    if (status == FX_OK) status = fx__lines_scratch(call, set, 0);
    if (status != FX_OK) return status;
    return fx_result(call, 0, call->x[0].dtype, fx_view_shape(&call->x[0]));
}

static void extrema_share_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                               double *spare) {
    const double best = n ? x[0][extrema_first(n, x[0])] : 0;
    double equal = 0;
    (void)call, (void)spare;
    for (int64_t i = 0; i < n; i++) equal += x[0][i] == best;
    for (int64_t i = 0; i < n; i++) y[i] = isnan(best) ? best : x[0][i] == best ? 1 / equal : 0;
}

static fx_status extrema_share_forward(fx_call *call) {
    return fx__over_forward(call, extrema_share_line);
}

static void extrema_share_vjp(fx_vjp *v) { fx_vjp_zero(v, 0); }

static void amax_vjp(fx_vjp *v) {
    const fx_tensor share = fx_apply(&fx__extrema[EXTREMA_SHARE], v->attrs, 1, v->x);
    v->dx[0] = fx_mul(fx__spread(v->g[0], fx_tensor_shape(v->x[0]), v->attrs), share);
}

/* ---- along an axis ---- */

typedef struct argmax_attrs {
    int64_t axis;
    bool keep;
} argmax_attrs;

static const fx_attr argmax_schema[] = {{"axis", FX_ATTR_I64, offsetof(argmax_attrs, axis)},
                                        {"keep", FX_ATTR_BOOL, offsetof(argmax_attrs, keep)},
                                        {0}};

static fx_status argmax_infer(fx_call *call) {
    const argmax_attrs *attrs = call->attrs;
    const fx_view *x = &call->x[0];
    int32_t axis;
    fx_status status = fx__axis(call, attrs->axis, x->rank, &axis);
    if (status != FX_OK) return status;
    if (x->dims[axis] == 0)
        return fx_call_fail(call, FX_ERR_SHAPE,
                            "axis %d is empty; no elements have no largest or least", axis);
    status = fx__lines_scratch(call, 1u << axis, 0);
    if (status != FX_OK) return status;
    return fx_result(call, 0, FX_I64, fx__reduced(fx_view_shape(x), 1u << axis, attrs->keep));
}

static void argmax_line(const fx_call *call, int64_t n, const double *const *x, double *y,
                        double *spare) {
    (void)call, (void)spare;
    *y = (double)extrema_first(n, x[0]);
}

static fx_status argmax_forward(fx_call *call) {
    const int64_t asked = ((const argmax_attrs *)call->attrs)->axis;
    int32_t axis;
    const fx_status status = fx__axis(call, asked, call->x[0].rank, &axis);
    return status == FX_OK ? fx__lines(call, 1u << axis, argmax_line) : status;
}

#define EXTREMA_COMPOSED(op_name, text)                                                            \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .formula = (text)                                                                          \
    }

const fx_op fx__extrema[] = {
    [EXTREMA_AMAX] =
        {
            .version = FX_OP_VERSION,
            .name = "amax",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = fx__over_schema,
            .attrs_size = sizeof(fx__over),
            .infer = amax_infer,
            .forward = amax_forward,
            .vjp = amax_vjp,
            .formula = "y = the largest over axes;  dx = G where x = y, shared evenly",
        },
    [EXTREMA_SHARE] =
        {
            .version = FX_OP_VERSION,
            .name = "extremum_share",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = extrema_share_schema,
            .attrs_size = sizeof(fx__over),
            .infer = extrema_share_infer,
            .forward = extrema_share_forward,
            .vjp = extrema_share_vjp,
            .formula = "y = 1/k where x is one of the k largest over axes, else 0;  dx = 0",
        },
    [EXTREMA_ARGMAX] =
        {
            .version = FX_OP_VERSION,
            .name = "argmax",
            .operands = "x",
            .min = 1,
            .max = 1,
            .flags = FX_OP_STRIDED,
            .attrs = argmax_schema,
            .attrs_size = sizeof(argmax_attrs),
            .infer = argmax_infer,
            .forward = argmax_forward,
            .formula = "y = the index of the first of the largest",
        },
    [EXTREMA_AMIN] = EXTREMA_COMPOSED("amin", "y = the least over axes;  dx = G where x = y, "
                                              "shared evenly"),
    [EXTREMA_ARGMIN] = EXTREMA_COMPOSED("argmin", "y = the index of the first of the least"),
    [EXTREMA_MAX] = EXTREMA_COMPOSED("max", "y = x[argmax x] along axis;  dx = G at argmax x, "
                                            "else 0"),
    [EXTREMA_MIN] = EXTREMA_COMPOSED("min", "y = x[argmin x] along axis;  dx = G at argmin x, "
                                            "else 0"),
    {0},
};

fx_tensor fx_amax_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx__over over = {axes, keep};
    return fx_apply(&fx__extrema[EXTREMA_AMAX], &over, 1, &x);
}

fx_tensor fx_amin_axes(fx_tensor x, fx_axes axes, bool keep) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_AMIN], 1, &x);
    return fx_composed(c, fx_neg(fx_amax_axes(fx_neg(x), axes, keep)));
}

fx_tensor fx_amax(fx_tensor x) { return fx_amax_axes(x, fx__all_axes(x), false); }

fx_tensor fx_amin(fx_tensor x) { return fx_amin_axes(x, fx__all_axes(x), false); }

fx_tensor fx_argmax_axis(fx_tensor x, int axis, bool keep) {
    const argmax_attrs attrs = {axis, keep};
    return fx_apply(&fx__extrema[EXTREMA_ARGMAX], &attrs, 1, &x);
}

fx_tensor fx_argmin_axis(fx_tensor x, int axis, bool keep) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_ARGMIN], 1, &x);
    return fx_composed(c, fx_argmax_axis(fx_neg(x), axis, keep));
}

fx_tensor fx_argmax(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_ARGMAX], 1, &x);
    return fx_composed(c, fx_argmax_axis(fx_reshape(x, fx_shape1(-1)), 0, false));
}

fx_tensor fx_argmin(fx_tensor x) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_ARGMIN], 1, &x);
    return fx_composed(c, fx_argmin_axis(fx_reshape(x, fx_shape1(-1)), 0, false));
}

fx_tensor fx__pick(fx_tensor x, int axis, bool keep, fx_tensor *at) {
    const fx_tensor y = fx_gather(x, axis, *at);
    if (keep || !fx_tensor_valid(y)) return y;
    const fx_shape from = fx_tensor_shape(x);
    const fx_shape shape = fx__reduced(from, 1u << (axis < 0 ? axis + from.rank : axis), false);
    *at = fx_reshape(*at, shape);
    return fx_reshape(y, shape);
}

fx_tensor fx_max(fx_tensor x, int axis, bool keep, fx_tensor *index) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_MAX], 1, &x);
    fx_tensor at = fx_argmax_axis(x, axis, true);
    const fx_tensor y = fx__pick(x, axis, keep, &at);
    if (index) *index = at;
    return fx_composed(c, y);
}

fx_tensor fx_min(fx_tensor x, int axis, bool keep, fx_tensor *index) {
    const fx_composition c = fx_compose(&fx__extrema[EXTREMA_MIN], 1, &x);
    fx_tensor at = fx_argmin_axis(x, axis, true);
    const fx_tensor y = fx__pick(x, axis, keep, &at);
    if (index) *index = at;
    return fx_composed(c, y);
}
