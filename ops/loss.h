/* SPDX-License-Identifier: MIT */
/* What losses have in common: operands of equal shapes, one value for each of their elements, and a
 * reduction. */
#ifndef FLUXION_OPS_LOSS_COMMON_H
#define FLUXION_OPS_LOSS_COMMON_H

#include "families.h"

enum { FX__LOSS_OPERANDS = 3 };

/* Element i of an operand, f32 or f64. */
double fx__loss_at(const fx_view *x, int64_t i);

/* infer: all shapes are equal, nothing is broadcast. */
fx_status fx__loss_infer(fx_call *call);

/* forward: one element after another, in double precision. */
typedef double fx__loss_value(const void *attrs, const double *x);
fx_status fx__loss_forward(fx_call *call, fx__loss_value *value);

/* A loss that is made of other ops: false, and an error, if the shapes are not equal. */
bool fx__loss_begin(const fx_op *op, fx_tensor y, fx_tensor target, fx_composition *c);

/* Mean, sum or nothing; name is the loss in errors. A mean of nothing is an error. */
fx_tensor fx__loss_reduce(const char *name, fx_tensor each, fx_reduction reduction);

/* The op that weighs log-probabilities by those of the targets. */
fx_tensor fx__target_term(fx_tensor log_probs, fx_tensor targets);

#endif
