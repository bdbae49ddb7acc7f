/* SPDX-License-Identifier: MIT */
/* Ops of one element that networks use between layers. See ops.h. */
#ifndef FLUXION_OPS_ACTIVATION_H
#define FLUXION_OPS_ACTIVATION_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_tanh, fx_sigmoid
 * tanh x; 1 / (1 + e^-x). Derivatives are computed from the input, without cancellation. */
FX_API fx_tensor fx_tanh(fx_tensor x);
FX_API fx_tensor fx_sigmoid(fx_tensor x);

/* fx_relu
 * max(x, 0); NaN at NaN. The derivative at 0 is 0. */
FX_API fx_tensor fx_relu(fx_tensor x);

#ifdef __cplusplus
}
#endif

#endif
