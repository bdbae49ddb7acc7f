/* SPDX-License-Identifier: MIT */
/* Losses. See ops.h. */
#ifndef FLUXION_OPS_LOSS_H
#define FLUXION_OPS_LOSS_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fx_reduction {
    FX_REDUCE_MEAN = 0,
    FX_REDUCE_SUM = 1,
    FX_REDUCE_NONE = 2
} fx_reduction;

/* fx_mse_loss
 * (1/N) sum (y - target)^2 over all N elements. Shapes must be equal: [32, 1] against [32] is an
 * error, not a broadcast. Empty operands are FX_ERR_SHAPE.
 * dy = G (2/N) (y - target), dtarget = -dy. */
FX_API fx_tensor fx_mse_loss(fx_tensor y, fx_tensor target);

/* fx_mse_loss_as
 * The same with a reduction: mean; sum, without 1/N; none, elementwise. */
FX_API fx_tensor fx_mse_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction);

#ifdef __cplusplus
}
#endif

#endif
