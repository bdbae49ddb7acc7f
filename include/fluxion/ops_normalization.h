/* SPDX-License-Identifier: MIT */
/* Normalizations. See ops.h.
 *
 * All of them divide by a root of a mean of squares v, taken over N elements, to which eps > 0 is
 * added so that equal elements give 0 and finite derivatives. Data are centered twice, so that an
 * offset which all elements share costs no digits: |error| <= (28 + 2 log2 N) u max |y| before
 * weight and bias, u half of the distance from 1 to the next number. weight and bias may be
 * FX_NONE. NaN and infinities make NaN of all that is normalized together with them.
 *
 *   eps   1e-5 is usual; FX_ERR_ARGUMENT if it is not above 0 in x's dtype, or not finite
 *   ->    of x's shape; FX_ERR_SHAPE if there are no elements to take a mean of, or operands do not
 *         fit together, FX_ERR_DTYPE if they are not all f32 or all f64
 */
#ifndef FLUXION_OPS_NORMALIZATION_H
#define FLUXION_OPS_NORMALIZATION_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_layer_norm
 * y = (x - m) / sqrt(v + eps) weight + bias, m the mean and v the variance (over N, not N - 1) of
 * the last axes of x (Ba, Kiros and Hinton, arXiv:1607.06450).
 *
 *   axes           how many of the last axes are normalized together, 1 .. rank of x
 *   weight, bias   of the shape of these axes
 */
FX_API fx_tensor fx_layer_norm(fx_tensor x, int axes, fx_tensor weight, fx_tensor bias, double eps);

/* fx_rms_norm
 * y = x / sqrt(v + eps) weight, v the mean of the squares over the last axes of x (Zhang and
 * Sennrich, arXiv:1910.07467). Axes and weight as for fx_layer_norm. */
FX_API fx_tensor fx_rms_norm(fx_tensor x, int axes, fx_tensor weight, double eps);

/* fx_group_norm
 * fx_layer_norm of the channels of x [N, C, ...] in groups of C / groups neighbours, each with all
 * its places (Wu and He, arXiv:1803.08494). groups = C normalizes each channel of each example
 * alone, which is instance normalization.
 *
 *   weight, bias   [C]
 *   ->             FX_ERR_ARGUMENT if groups does not divide C
 */
FX_API fx_tensor fx_group_norm(fx_tensor x, int64_t groups, fx_tensor weight, fx_tensor bias,
                               double eps);

/* fx_batch_norm
 * y = (x - m) / sqrt(v + eps) weight + bias for x [N, C, ...], one m and v a channel (Ioffe and
 * Szegedy, arXiv:1502.03167). While the graph trains they are those of the batch, v over N; and
 * fx_store queues running += momentum (batch - running) for both running statistics, with the
 * variance of a sample, over N - 1. While it predicts (fx_inference) they are the running ones.
 * Without running statistics they are always those of the batch.
 *
 *   weight, bias     [C]
 *   mean, variance   running statistics, [C]: buffers (fx_buffer) that begin at 0 and 1, or both
 *                    FX_NONE. A graph that predicts takes any tensors, one that trains refuses
 *                    what is no buffer
 *   momentum         the share of the new, in [0, 1]; 0.1 is usual
 *   ->               FX_ERR_SHAPE for a batch of one value a channel: its variance says nothing
 */
FX_API fx_tensor fx_batch_norm(fx_tensor x, fx_tensor weight, fx_tensor bias, fx_tensor mean,
                               fx_tensor variance, double momentum, double eps);

#ifdef __cplusplus
}
#endif

#endif
