/* SPDX-License-Identifier: MIT */
/* Ops over axes. See ops.h. */
#ifndef FLUXION_OPS_REDUCE_H
#define FLUXION_OPS_REDUCE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_sum, fx_mean
 * Of all elements, rank 0. An empty sum is 0, an empty mean NaN. */
FX_API fx_tensor fx_sum(fx_tensor x);
FX_API fx_tensor fx_mean(fx_tensor x);

/* fx_sum_axes, fx_mean_axes
 * Over the axes given; they stay as size 1 if keep, else they go. No axes: x's values. */
FX_API fx_tensor fx_sum_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_mean_axes(fx_tensor x, fx_axes axes, bool keep);

#ifdef __cplusplus
}
#endif

#endif
