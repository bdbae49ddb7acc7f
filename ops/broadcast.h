/* SPDX-License-Identifier: MIT */
/* For ops that broadcast like elementwise ones, but whose operands and result differ in dtype. */
#ifndef FLUXION_OPS_BROADCAST_H
#define FLUXION_OPS_BROADCAST_H

#include "fluxion/op.h"

/* fx__broadcast_shape
 * In infer: the shape to which all operands broadcast. */
fx_status fx__broadcast_shape(fx_call *call, fx_shape *shape);

/* fx__broadcast_walk
 * In forward of an FX_OP_STRIDED: begins a walk over the operands, of which there are at most
 * FX_WALK_OPERANDS, in the order of the elements of result 0. */
bool fx__broadcast_walk(const fx_call *call, fx_walk *walk);

#endif
