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

/* ------------------------------------------------------------------------------- smooth */

/* fx_softplus, fx_logsigmoid
 * ln(1 + e^x), without overflow; -ln(1 + e^-x). Derivatives sigmoid x and sigmoid -x. */
FX_API fx_tensor fx_softplus(fx_tensor x);
FX_API fx_tensor fx_logsigmoid(fx_tensor x);

/* fx_silu, fx_mish, fx_gelu, fx_gelu_tanh
 * x sigmoid x; x tanh(softplus x); x (1 + erf(x / sqrt 2)) / 2; and the form by tanh that
 * approximates it, x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2. Products of x and a gate that
 * goes to 0 on the left: NaN at -infinity, as in PyTorch. */
FX_API fx_tensor fx_silu(fx_tensor x);
FX_API fx_tensor fx_mish(fx_tensor x);
FX_API fx_tensor fx_gelu(fx_tensor x);
FX_API fx_tensor fx_gelu_tanh(fx_tensor x);

/* fx_elu, fx_selu, fx_celu
 * x where x > 0, else alpha (e^x - 1); the same with alpha 1.67326... times 1.05070...; x where
 * x > 0, else alpha (e^(x/alpha) - 1). Derivatives at 0 are those from the left: alpha,
 * 1.75809..., 1.
 *
 *   alpha   finite, of celu positive: FX_ERR_ARGUMENT
 */
FX_API fx_tensor fx_elu(fx_tensor x, double alpha);
FX_API fx_tensor fx_selu(fx_tensor x);
FX_API fx_tensor fx_celu(fx_tensor x, double alpha);

/* fx_softsign
 * x / (1 + |x|), -1 and 1 at the infinities. The second derivative jumps at 0, where it is 0. */
FX_API fx_tensor fx_softsign(fx_tensor x);

/* ---------------------------------------------------------------------- straight pieces */

/* fx_relu6, fx_hardtanh, fx_hardsigmoid, fx_hardswish
 * x cut to [0, 6]; to [-1, 1]; relu6(x + 3) / 6; x relu6(x + 3) / 6, which is NaN at -infinity. The
 * derivative is that of the constant piece at both ends: 0, 0, 0; of hardswish 0 at -3 and 1 at 3.
 * NaN at NaN. */
FX_API fx_tensor fx_relu6(fx_tensor x);
FX_API fx_tensor fx_hardtanh(fx_tensor x);
FX_API fx_tensor fx_hardsigmoid(fx_tensor x);
FX_API fx_tensor fx_hardswish(fx_tensor x);

/* fx_leaky_relu, fx_prelu
 * x where x > 0, else slope x; the same with a tensor, which broadcasts: [channels] for x
 * [..., channels]. The derivative at 0 is the slope.
 *
 *   slope   finite: FX_ERR_ARGUMENT; 0.01 is usual
 */
FX_API fx_tensor fx_leaky_relu(fx_tensor x, double slope);
FX_API fx_tensor fx_prelu(fx_tensor x, fx_tensor weight);

/* fx_softshrink, fx_hardshrink
 * 0 where |x| <= lambda, else x moved towards 0 by lambda, or x itself. The derivative is 0 at the
 * ends and 1 beyond.
 *
 *   lambda   0 or more: FX_ERR_ARGUMENT; 0.5 is usual
 */
FX_API fx_tensor fx_softshrink(fx_tensor x, double lambda);
FX_API fx_tensor fx_hardshrink(fx_tensor x, double lambda);

/* ----------------------------------------------------------------------------- softmax */

/* fx_softmax, fx_log_softmax
 * e^x / sum e^x along an axis, and its logarithm, without overflow. -infinity has probability 0;
 * where all are -infinity, one is +infinity or one is NaN, the whole sequence is NaN. For losses
 * use fx_cross_entropy, which takes logits.
 *
 *   axis   -rank .. rank-1: FX_ERR_SHAPE; it may be empty
 */
FX_API fx_tensor fx_softmax(fx_tensor x, int axis);
FX_API fx_tensor fx_log_softmax(fx_tensor x, int axis);

#ifdef __cplusplus
}
#endif

#endif
