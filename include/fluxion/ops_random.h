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

/* fx_rand, fx_randn
 * Numbers from U[0, 1), and from the standard normal distribution: those of fx_uniform and of
 * fx_normal (random.h). Each call draws anew, in a graph that predicts too. As f32 they are the
 * same numbers: uniform ones cut off after 24 bits, so that none is 1, normal ones rounded.
 *
 *   dtype   FX_F32 or FX_F64; anything else is FX_ERR_DTYPE
 *   ->      constants: no gradient passes; FX_ERR_SHAPE for a shape that cannot be
 */
FX_API fx_tensor fx_rand(fx_graph *graph, fx_dtype dtype, fx_shape shape);
FX_API fx_tensor fx_randn(fx_graph *graph, fx_dtype dtype, fx_shape shape);

/* fx_randint
 * Whole numbers from low to below high, each equally often, as i64 (fx_uniform_below).
 * FX_ERR_ARGUMENT if there is none: low >= high. */
FX_API fx_tensor fx_randint(fx_graph *graph, int64_t low, int64_t high, fx_shape shape);

/* fx_randperm
 * The numbers 0 .. n-1 in an order, each equally often: i64, of shape [n] (fx_permutation). */
FX_API fx_tensor fx_randperm(fx_graph *graph, int64_t n);

/* fx_bernoulli
 * 1 with probability p, else 0, element by element, in p's shape and dtype. There is no derivative:
 * a gradient that would pass is FX_ERR_ARGUMENT; write fx_bernoulli(fx_detach(p)) where none is
 * meant to. FX_ERR_DATA names the first p that is not in [0, 1]. */
FX_API fx_tensor fx_bernoulli(fx_tensor p);

/* fx_sample_uniform, fx_sample_normal
 * low + (high - low) u with u of fx_rand, and mean + deviation z with z of fx_randn, of the given
 * shape: gradients reach the parameters (Kingma, Welling: "Auto-Encoding Variational Bayes", ICLR
 * 2014). Which of low and high is larger, and the sign of a deviation, play no role. A number next
 * to high may be rounded to it.
 *
 *   operands   broadcast to shape (FX_ERR_SHAPE); one at least belongs to a graph; f32 or f64, but
 *              not mixed (FX_ERR_DTYPE)
 */
FX_API fx_tensor fx_sample_uniform(fx_tensor low, fx_tensor high, fx_shape shape);
FX_API fx_tensor fx_sample_normal(fx_tensor mean, fx_tensor deviation, fx_shape shape);

#ifdef __cplusplus
}
#endif

#endif
