/* SPDX-License-Identifier: MIT */
/* The same values as another dtype. */
#include <math.h>

#include "families.h"

typedef struct cast_attrs {
    int64_t dtype;
} cast_attrs;

static const fx_attr cast_schema[] = {{"dtype", FX_ATTR_I64, offsetof(cast_attrs, dtype)}, {0}};

static fx_status cast_infer(fx_call *call) {
    const int64_t dtype = ((const cast_attrs *)call->attrs)->dtype;
    if (dtype < FX_F32 || dtype > FX_BOOL)
        return fx_call_fail(call, FX_ERR_DTYPE, "there is no dtype %lld", (long long)dtype);
    return fx_result(call, 0, (fx_dtype)dtype, fx_view_shape(&call->x[0]));
}

/* An i64 does not pass through a double where that would round it. */
static bool cast_is_exact(const fx_call *call) {
    return call->x[0].dtype == FX_I64 && (call->y[0].dtype == FX_F32 || call->y[0].dtype == FX_I64);
}

static void cast_exactly(const fx_call *call, int64_t i) {
    const int64_t value = ((const int64_t *)call->x[0].data)[i];
    if (call->y[0].dtype == FX_F32)
        ((float *)call->y[0].data)[i] = (float)value;
    else
        ((int64_t *)call->y[0].data)[i] = value;
}

static double cast_value(const fx_view *x, int64_t i) {
    switch (x->dtype) {
    case FX_F32:
        return (double)((const float *)x->data)[i];
    case FX_F64:
        return ((const double *)x->data)[i];
    case FX_I64:
        return (double)((const int64_t *)x->data)[i];
    case FX_BOOL:
        return ((const bool *)x->data)[i];
    }
    return 0;
}

static fx_status cast_to_i64(fx_call *call, int64_t i, double value) {
    int64_t *y = call->y[0].data;
    if (isnan(value))
        return fx_call_fail(call, FX_ERR_DATA, "element %lld is NaN, which no i64 can be",
                            (long long)i);
    if (value >= 0x1p63)
        y[i] = INT64_MAX;
    else
        y[i] = value < -0x1p63 ? INT64_MIN : (int64_t)value;
    return FX_OK;
}

static fx_status cast_element(fx_call *call, int64_t i) {
    const double value = cast_value(&call->x[0], i);
    void *y = call->y[0].data;
    switch (call->y[0].dtype) {
    case FX_F32:
        ((float *)y)[i] = (float)value;
        break;
    case FX_F64:
        ((double *)y)[i] = value;
        break;
    case FX_I64:
        return cast_to_i64(call, i, value);
    case FX_BOOL:
        ((bool *)y)[i] = value != 0;
        break;
    }
    return FX_OK;
}

static fx_status cast_forward(fx_call *call) {
    const bool exact = cast_is_exact(call);
    fx_status status = FX_OK;
    for (int64_t i = 0; i < call->x[0].numel && status == FX_OK; i++) {
        if (exact)
            cast_exactly(call, i);
        else
            status = cast_element(call, i);
    }
    return status;
}

/* What was an integer has no derivative. */
static void cast_vjp(fx_vjp *v) {
    const fx_dtype dtype = fx_tensor_dtype(v->x[0]);
    if (dtype == FX_F32 || dtype == FX_F64)
        v->dx[0] = fx_cast(v->g[0], dtype);
    else
        fx_vjp_zero(v, 0);
}

const fx_op fx__casts[] = {
    {
        .version = FX_OP_VERSION,
        .name = "cast",
        .operands = "x",
        .min = 1,
        .max = 1,
        .dtypes = FX_ANY_DTYPE,
        .attrs = cast_schema,
        .attrs_size = sizeof(cast_attrs),
        .infer = cast_infer,
        .forward = cast_forward,
        .vjp = cast_vjp,
        .formula = "y = x as another dtype;  dx = G as x's dtype",
    },
    {0},
};

fx_tensor fx_cast(fx_tensor x, fx_dtype dtype) {
    const cast_attrs attrs = {(int64_t)dtype};
    return fx_apply(&fx__casts[0], &attrs, 1, &x);
}
