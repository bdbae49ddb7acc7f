/* SPDX-License-Identifier: MIT */
/* The three ops that the engine needs itself. */
#ifndef FLUXION_AUTOGRAD_OWN_OPS_H
#define FLUXION_AUTOGRAD_OWN_OPS_H

#include "graph.h"

/* a + b of one shape: cotangents that meet. */
extern const fx_op fx__accumulate_op;
fx_tensor fx__accumulate(fx_tensor a, fx_tensor b);

/* x summed to a shape that broadcasts to x's: the counterpart of fx_broadcast_to. */
fx_tensor fx__sum_to(fx_tensor x, fx_shape shape);

#endif
