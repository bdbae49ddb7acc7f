/* SPDX-License-Identifier: MIT */
/* where, and masked_fill, which is one. The derivative selects as the value does, so that what was
 * not taken gets a zero, whatever stands there. The mask comes last among the operands: a plain
 * number takes the dtype of the first that is none. */
#include "broadcast.h"
#include "families.h"

static fx_status where_infer(fx_call *call) {
    const fx_dtype a = call->x[0].dtype, b = call->x[1].dtype, mask = call->x[2].dtype;
    fx_shape shape;
    if (mask != FX_BOOL)
        return fx_call_fail(call, FX_ERR_DTYPE,
                            "mask is %s; it must be bool, as comparisons make it",
                            fx_dtype_name(mask));
    if (a != b)
        return fx_call_fail(call, FX_ERR_DTYPE, "a is %s and b is %s; fx_cast one of them",
                            fx_dtype_name(a), fx_dtype_name(b));
    if (a == FX_BOOL)
        return fx_call_fail(call, FX_ERR_DTYPE,
                            "a and b are bool; combine masks by fx_logical_and, and instead of "
                            "choosing between two numbers fx_cast the mask");
    const fx_status status = fx__broadcast_shape(call, &shape);
    return status == FX_OK ? fx_result(call, 0, a, shape) : status;
}

/* The choices of one row of the walk; its operands are a, b, mask. */
#define WHERE_ROW(name, type)                                                                      \
    static void name(const fx_call *call, const fx_walk *w, int64_t done) {                        \
        const type *a = (const type *)call->x[0].data + w->offset[0];                              \
        const type *b = (const type *)call->x[1].data + w->offset[1];                              \
        const bool *mask = (const bool *)call->x[2].data + w->offset[2];                           \
        type *y = (type *)call->y[0].data + done;                                                  \
        for (int64_t i = 0; i < w->length; i++)                                                    \
            y[i] = mask[i * w->step[2]] ? a[i * w->step[0]] : b[i * w->step[1]];                   \
    }

WHERE_ROW(where_row_f32, float)
WHERE_ROW(where_row_f64, double)
WHERE_ROW(where_row_i64, int64_t)

static fx_status where_forward(fx_call *call) {
    int64_t done = 0;
    fx_walk w;
    for (bool more = fx__broadcast_walk(call, &w); more; more = fx_walk_next(&w)) {
        if (call->y[0].dtype == FX_F32)
            where_row_f32(call, &w, done);
        else if (call->y[0].dtype == FX_F64)
            where_row_f64(call, &w, done);
        else
            where_row_i64(call, &w, done);
        done += w.length;
    }
    return FX_OK;
}

static void where_vjp(fx_vjp *v) {
    const fx_tensor g = v->g[0], mask = v->x[2];
    if (v->wants[0]) v->dx[0] = fx_where(mask, g, fx_num(0));
    if (v->wants[1]) v->dx[1] = fx_where(mask, fx_num(0), g);
}

enum { SELECT_WHERE, SELECT_MASKED_FILL };

const fx_op fx__selects[] = {
    [SELECT_WHERE] =
        {
            .version = FX_OP_VERSION,
            .name = "where",
            .operands = "a, b, mask",
            .min = 3,
            .max = 3,
            .dtypes = FX_ANY_DTYPE,
            .flags = FX_OP_STRIDED,
            .infer = where_infer,
            .forward = where_forward,
            .vjp = where_vjp,
            .formula = "y = a where mask, else b;  da = G [mask], db = G [not mask]",
        },
    [SELECT_MASKED_FILL] =
        {
            .version = FX_OP_VERSION,
            .name = "masked_fill",
            .operands = "value, x, mask",
            .min = 3,
            .max = 3,
            .dtypes = FX_ANY_DTYPE,
            .formula = "y = value where mask, else x;  dx = G [not mask], dvalue = G [mask]",
        },
    {0},
};

fx_tensor fx_where(fx_tensor mask, fx_tensor a, fx_tensor b) {
    const fx_tensor operands[] = {a, b, mask};
    return fx_apply(&fx__selects[SELECT_WHERE], NULL, 3, operands);
}

fx_tensor fx_masked_fill(fx_tensor x, fx_tensor mask, fx_tensor value) {
    const fx_tensor operands[] = {value, x, mask};
    const fx_composition c = fx_compose(&fx__selects[SELECT_MASKED_FILL], 3, operands);
    return fx_composed(c, fx_where(mask, value, x));
}
