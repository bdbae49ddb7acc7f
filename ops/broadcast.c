/* SPDX-License-Identifier: MIT */
/* Broadcasting for ops of mixed dtypes: the common shape, and a walk over it in which an operand's
 * repeated dimension has stride 0. */
#include "broadcast.h"

fx_status fx__broadcast_shape(fx_call *call, fx_shape *shape) {
    *shape = fx_view_shape(&call->x[0]);
    for (int i = 1; i < call->n; i++)
        if (!fx_broadcast_shapes(*shape, fx_view_shape(&call->x[i]), shape))
            return fx_call_fail(call, FX_ERR_SHAPE,
                                "shapes do not broadcast; sizes must be equal or 1, counted from "
                                "the last");
    return FX_OK;
}

bool fx__broadcast_walk(const fx_call *call, fx_walk *walk) {
    const fx_shape shape = fx_view_shape(&call->y[0]);
    int64_t strides[FX_WALK_OPERANDS][FX_MAX_RANK] = {{0}};
    const int64_t *each[FX_WALK_OPERANDS];
    for (int j = 0; j < call->n; j++) {
        const fx_view *x = &call->x[j];
        const int32_t lead = shape.rank - x->rank;
        for (int32_t i = 0; i < x->rank; i++)
            strides[j][lead + i] = x->dims[i] == 1 ? 0 : x->strides[i];
        each[j] = strides[j];
    }
    return fx_walk_begin(walk, shape, call->n, each);
}
