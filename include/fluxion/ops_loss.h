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

/* The losses below come in two forms: the mean over all elements, and _as with a reduction (of
 * FX_REDUCE_NONE: one value an element). Shapes of operands must be equal, nothing is broadcast:
 * FX_ERR_SHAPE. A mean of nothing is FX_ERR_SHAPE, a sum of nothing 0. NaN goes through. */

/* ----------------------------------------------------------------------------- classes */

/* Options of losses of classes; NULL: the defaults. */
typedef struct fx_cross_entropy_options {
    size_t size;       /* filled by fx_cross_entropy_defaults */
    fx_tensor weights; /* [classes], what each class counts; FX_NONE: all the same */
    double
        label_smoothing;  /* in [0, 1]: the share of the label that goes to all classes alike; 0 */
    int64_t ignore_index; /* rows with this label do not count; -100 */
    fx_reduction reduction; /* FX_REDUCE_MEAN */
} fx_cross_entropy_options;

static inline fx_cross_entropy_options fx_cross_entropy_defaults(void) {
    fx_cross_entropy_options options = {sizeof(fx_cross_entropy_options), fx_none(), 0, -100,
                                        FX_REDUCE_MEAN};
    return options;
}

/* fx_cross_entropy, fx_cross_entropy_with
 * The mean over rows of -ln softmax(logits)[label], from the logits, without overflow.
 *
 *   logits    [..., classes]: the last dimension is that of the classes
 *   labels    i64, of the other dimensions, each in 0 .. classes-1: FX_ERR_DATA names the first
 *             that is not, and its position in row-major order
 *   options   a mean is divided by the weights of the labels that count. If all are ignored it is
 *             NaN, as in PyTorch, and gradients are 0
 *
 * dlogits = G (softmax(logits) - [label]) / N. */
FX_API fx_tensor fx_cross_entropy(fx_tensor logits, fx_tensor labels);
FX_API fx_tensor fx_cross_entropy_with(fx_tensor logits, fx_tensor labels,
                                       const fx_cross_entropy_options *options);

/* fx_cross_entropy_soft, fx_cross_entropy_soft_with
 * The mean over rows of -sum of targets ln softmax(logits). Where a target is 0 the logit does not
 * matter, even if it is -infinity. ignore_index is not read; a mean is divided by the rows.
 *
 *   targets   of the logits' shape, each in [0, 1]: FX_ERR_DATA; those of a row add up to 1
 */
FX_API fx_tensor fx_cross_entropy_soft(fx_tensor logits, fx_tensor targets);
FX_API fx_tensor fx_cross_entropy_soft_with(fx_tensor logits, fx_tensor targets,
                                            const fx_cross_entropy_options *options);

/* fx_nll_loss, fx_nll_loss_with
 * The same as fx_cross_entropy of what fx_log_softmax has given. */
FX_API fx_tensor fx_nll_loss(fx_tensor log_probs, fx_tensor labels);
FX_API fx_tensor fx_nll_loss_with(fx_tensor log_probs, fx_tensor labels,
                                  const fx_cross_entropy_options *options);

/* ----------------------------------------------------------------------- probabilities */

/* fx_bce
 * Binary cross-entropy, -t ln p - (1 - t) ln(1 - p); infinite where what is said to be impossible
 * happens (PyTorch stops at 100). p and target in [0, 1]: FX_ERR_DATA names the first outside.
 * dp = G ((1 - t) / (1 - p) - t / p). */
FX_API fx_tensor fx_bce(fx_tensor p, fx_tensor target);
FX_API fx_tensor fx_bce_as(fx_tensor p, fx_tensor target, fx_reduction reduction);

/* fx_bce_with_logits
 * The same of p = sigmoid x, accurate for every x. dx = G (sigmoid x - t). */
FX_API fx_tensor fx_bce_with_logits(fx_tensor x, fx_tensor target);
FX_API fx_tensor fx_bce_with_logits_as(fx_tensor x, fx_tensor target, fx_reduction reduction);

/* fx_kl_div
 * Kullback-Leibler divergence of log-probabilities from target probabilities, t (ln t - log_q); 0
 * where t = 0. The mean is over all elements; the mean over rows is the sum divided by their
 * number. target in [0, 1]: FX_ERR_DATA. */
FX_API fx_tensor fx_kl_div(fx_tensor log_q, fx_tensor target);
FX_API fx_tensor fx_kl_div_as(fx_tensor log_q, fx_tensor target, fx_reduction reduction);

/* fx_gaussian_nll
 * (ln variance + (y - target)^2 / variance) / 2: the negative logarithm of a normal density, but
 * for a constant. variance must be positive: FX_ERR_DATA; fx_softplus or fx_exp makes it so. */
FX_API fx_tensor fx_gaussian_nll(fx_tensor y, fx_tensor target, fx_tensor variance);
FX_API fx_tensor fx_gaussian_nll_as(fx_tensor y, fx_tensor target, fx_tensor variance,
                                    fx_reduction reduction);

/* fx_poisson_nll
 * e^x - target x, of the logarithm x of a rate: the negative logarithm of a Poisson probability,
 * but for a constant. target 0 or more: FX_ERR_DATA. */
FX_API fx_tensor fx_poisson_nll(fx_tensor log_rate, fx_tensor target);
FX_API fx_tensor fx_poisson_nll_as(fx_tensor log_rate, fx_tensor target, fx_reduction reduction);

/* ---------------------------------------------------------------------------- distances */

/* fx_l1_loss
 * |y - target|. The derivative at 0 is 0. */
FX_API fx_tensor fx_l1_loss(fx_tensor y, fx_tensor target);
FX_API fx_tensor fx_l1_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction);

/* fx_huber_loss, fx_smooth_l1_loss
 * With d = y - target: d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2); the same with
 * delta = beta, divided by beta. The second derivative at the bounds is 0. delta and beta are
 * positive: FX_ERR_ARGUMENT; 1 is usual. */
FX_API fx_tensor fx_huber_loss(fx_tensor y, fx_tensor target, double delta);
FX_API fx_tensor fx_huber_loss_as(fx_tensor y, fx_tensor target, double delta,
                                  fx_reduction reduction);
FX_API fx_tensor fx_smooth_l1_loss(fx_tensor y, fx_tensor target, double beta);
FX_API fx_tensor fx_smooth_l1_loss_as(fx_tensor y, fx_tensor target, double beta,
                                      fx_reduction reduction);

/* fx_hinge_loss
 * max(1 - target y, 0), for targets -1 and 1. The derivative where target y = 1 is 0. */
FX_API fx_tensor fx_hinge_loss(fx_tensor y, fx_tensor target);
FX_API fx_tensor fx_hinge_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction);

/* fx_quantile_loss
 * q (target - y) where target > y, else (1 - q) (y - target): least where y is the quantile q. The
 * derivative at y = target is 0. q in [0, 1]: FX_ERR_ARGUMENT. */
FX_API fx_tensor fx_quantile_loss(fx_tensor y, fx_tensor target, double q);
FX_API fx_tensor fx_quantile_loss_as(fx_tensor y, fx_tensor target, double q,
                                     fx_reduction reduction);

/* fx_cosine_similarity
 * sum a b / (|a| |b|) along an axis, which goes. A length under 1e-8 counts as 1e-8: 0 with a zero
 * vector. Lengths are square roots of sums of squares, which must not overflow.
 *
 *   b   of a's shape: FX_ERR_SHAPE
 */
FX_API fx_tensor fx_cosine_similarity(fx_tensor a, fx_tensor b, int axis);

#ifdef __cplusplus
}
#endif

#endif
