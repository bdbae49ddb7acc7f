/* SPDX-License-Identifier: MIT */
/* Ops that draw random numbers from the graph's seed. See ops.h. */
#ifndef FLUXION_OPS_RANDOM_H
#define FLUXION_OPS_RANDOM_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_dropout
 * Each element is 0 with probability p and x / (1 - p) otherwise, drawn from the graph's seed. The
 * identity if the graph predicts (fx_inference) or p = 0. FX_ERR_ARGUMENT if p is not in [0, 1].
 * (Srivastava et al., JMLR 15, 2014; the inverted form.) */
FX_API fx_tensor fx_dropout(fx_tensor x, double p);

#ifdef __cplusplus
}
#endif

#endif
