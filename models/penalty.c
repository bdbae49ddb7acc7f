/* SPDX-License-Identifier: MIT */
/* L2 regularisation as a part of the loss (Tikhonov), from ops. */
#include <math.h>

#include "fluxion/ops.h"
#include "fluxion/optim.h"

fx_tensor fx_l2_penalty(fx_params *params, fx_graph *graph, double lambda) {
    fx_context *cx = graph ? fx_graph_context(graph) : fx_params_context(params);
    if (!params || !graph)
        fx_fail(cx, FX_ERR_ARGUMENT, "fx_l2_penalty: %s is NULL", params ? "graph" : "params");
    if (!(lambda >= 0 && isfinite(lambda)))
        fx_fail(cx, FX_ERR_ARGUMENT,
                "fx_l2_penalty: lambda is %g; it must be 0 or positive, and finite", lambda);
    fx_tensor sum = fx_none();
    for (int64_t i = 0; i < fx_params_count(params); i++) {
        const fx_entry entry = fx_params_at(params, i);
        if (!entry.trainable) continue;
        const fx_tensor squares = fx_sum(fx_square(fx_use(graph, entry.tensor)));
        sum = fx_is_none(sum) ? squares : fx_add(sum, squares);
    }
    if (!fx_is_none(sum)) return fx_mul(sum, fx_num(lambda / 2));
    return fx_params_dtype(params) == FX_F32 ? fx_f32(graph, 0) : fx_f64(graph, 0);
}
