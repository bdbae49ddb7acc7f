/* SPDX-License-Identifier: MIT */
/* Optimizers: gradient descent on parameters. */
#ifndef FLUXION_OPTIM_H
#define FLUXION_OPTIM_H

#include "fluxion/grad.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_optimizer fx_optimizer;

typedef struct fx_sgd_options {
    size_t size;     /* filled by fx_sgd_defaults */
    double momentum; /* mu in [0, 1); 0 */
    bool nesterov;   /* needs momentum; false */
    double decay;    /* lambda >= 0, of L2; 0 */
} fx_sgd_options;

static inline fx_sgd_options fx_sgd_defaults(void) {
    fx_sgd_options options = {sizeof(fx_sgd_options), 0, false, 0};
    return options;
}

/* fx_sgd
 * Stochastic gradient descent, as torch.optim.SGD computes it:
 *     d = g + lambda w;  v = mu v + d, from v = 0;  w = w - lr (nesterov ? d + mu v : v)
 * and without momentum w = w - lr d. lambda is L2 regularisation as a decay: the same as adding
 * fx_l2_penalty(params, graph, lambda) to the loss, for the parameters that the loss depends on;
 * those that have no gradient stay as they are.
 *
 *   params    with one entry at least; more may follow later
 *   lr        > 0 and finite; fx_set_lr changes it
 *   options   NULL for the defaults
 *   ->        freed by its context at the latest; NULL after FX_ERR_ARGUMENT, FX_ERR_MEMORY
 */
FX_API fx_optimizer *fx_sgd(fx_params *params, double lr, const fx_sgd_options *options);

/* fx_optimizer_new
 * An optimizer from a rule of one's own: an op for fx_update whose operands are weight, gradient,
 * n_states states, then the learning rate, then n_scalars numbers. attrs is copied. */
FX_API fx_optimizer *fx_optimizer_new(fx_params *params, const fx_op *op, const void *attrs,
                                      int n_states, double lr, int n_scalars,
                                      const double *scalars);
FX_API void fx_optimizer_free(fx_optimizer *optimizer);

/* fx_set_lr, fx_lr
 * The learning rate. FX_ERR_ARGUMENT unless it is positive and finite. */
FX_API fx_status fx_set_lr(fx_optimizer *optimizer, double lr);
FX_API double fx_lr(const fx_optimizer *optimizer);

/* fx_steps, fx_optimizer_params
 * How many steps the optimizer has made; whose parameters it moves. */
FX_API fx_params *fx_optimizer_params(const fx_optimizer *optimizer);
FX_API int64_t fx_steps(const fx_optimizer *optimizer);

/* fx_minimize
 * One step down the loss: fresh gradients of the optimizer's parameters and of no others, then the
 * update. Nothing needs to be zeroed, and other networks in the graph are left alone. The gradients
 * are the params' default ones and stay readable after the step (fx_params_gradients).
 *
 *   loss   one element
 *   ->     FX_ERR_NAN if the loss is not finite (it has diverged; a smaller learning rate or scaled
 *          data help), FX_ERR_STATE if the graph was not reset since this optimizer's last step in
 *          it, or if gradients of an earlier fx_backward are waiting for fx_step, and the errors of
 *          fx_backward. After an error parameters and state are unchanged.
 */
FX_API fx_status fx_minimize(fx_optimizer *optimizer, fx_tensor loss);

/* fx_step
 * The update alone, from gradients that fx_backward has accumulated (fx_params_gradients). They are
 * EMPTY afterwards. */
FX_API fx_status fx_step(fx_optimizer *optimizer);

/* fx_l2_penalty
 * (lambda / 2) sum of w^2 over all trainable parameters, as a tensor of the graph, to be added to
 * a loss: dw = lambda w. FX_ERR_ARGUMENT if lambda is negative or not finite. */
FX_API fx_tensor fx_l2_penalty(fx_params *params, fx_graph *graph, double lambda);

#ifdef __cplusplus
}
#endif

#endif
