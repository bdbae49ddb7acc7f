/* SPDX-License-Identifier: MIT */
/* Derivatives: of a loss with respect to parameters, of anything with respect to anything, of any
 * order; recomputation; rules of one's own; a check against differences. */
#ifndef FLUXION_GRAD_H
#define FLUXION_GRAD_H

#include "fluxion/op.h"
#include "fluxion/params.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_backward
 * Adds d loss / d p to the gradient of every trainable parameter p the loss depends on. May be
 * called any number of times until the reset, also for several losses: gradients add up.
 *
 *   loss   one element, f32 or f64
 *   ->     FX_OK, and the gradients are READY; FX_ERR_SHAPE if loss has not one element,
 *          FX_ERR_ARGUMENT if it depends on no trainable parameter, FX_ERR_STATE if a parameter
 *          was changed since an op read it, and whatever a rule reports: gradients that were
 *          reached are then BROKEN
 */
FX_API fx_status fx_backward(fx_tensor loss);

/* fx_backward_to
 * The same for the parameters of one set of gradients and no others. */
FX_API fx_status fx_backward_to(fx_tensor loss, fx_gradients *gradients);

/* fx_grad
 * Gradients as tensors of the graph, which can be differentiated again:
 *     dxs[i] = d (sum of y times seed) / d xs[i]
 * With J_i = dy / d xs[i] that is J_i' seed: the vector-Jacobian product, reverse mode. (fx_vjp is
 * no function: it is what a rule sees, op.h.)
 *
 *   seed   of y's shape; FX_NONE: 1, and y has one element
 *   xs     n tensors of the graph, or parameters
 *   dxs    receives n tensors of the shapes of xs; zeros where y does not depend on xs[i]; invalid
 *          after an error
 */
FX_API fx_status fx_grad(fx_tensor y, fx_tensor seed, int n, const fx_tensor *xs, fx_tensor *dxs);

/* fx_derivative
 * dy/dx for y of one element: fx_grad with one x. */
FX_API fx_tensor fx_derivative(fx_tensor y, fx_tensor x);

/* fx_jvp
 * Forward mode as the gradient of the gradient: with J = dy/dx and u -> J'u linear, its derivative
 * is J. Sum over i of J_i tangents[i], of y's shape.
 *
 *   tangents   n tensors of the shapes of xs, or that broadcast to them
 *   ->         invalid after an error: those of fx_grad; FX_ERR_ARGUMENT if n is below 1
 */
FX_API fx_tensor fx_jvp(fx_tensor y, int n, const fx_tensor *xs, const fx_tensor *tangents);

/* fx_hvp
 * Hessian of y (one element) with respect to x, times v: d <dy/dx, v> / dx, of x's shape. */
FX_API fx_tensor fx_hvp(fx_tensor y, fx_tensor x, fx_tensor v);

/* fx_gauss_newton
 * The generalized Gauss-Newton matrix times a vector, (sum over j of J_i' H J_j vs[j]) in out[i],
 * with J_i = dy / d xs[i] and H the Hessian of the loss with respect to y: the Hessian of the loss
 * with respect to xs without the part in which y curves, and positive semidefinite where the loss
 * is convex in y. J'J v 2/N for a mean squared error. (Schraudolph, Neural Computation 14, 2002;
 * Martens, ICML 2010.) Products alone: two traversals from y, two from the loss, one from y.
 *
 *   loss   one element, computed from y
 *   vs     n tensors of the shapes of xs, or that broadcast to them
 *   out    receives n tensors of the shapes of xs, which can be differentiated again; invalid after
 *          an error
 *   ->     FX_ERR_SHAPE if loss has not one element, FX_ERR_ARGUMENT if n is below 1 or an array
 *          NULL, and the errors of fx_grad
 */
FX_API fx_status fx_gauss_newton(fx_tensor y, fx_tensor loss, int n, const fx_tensor *xs,
                                 const fx_tensor *vs, fx_tensor *out);

/* A function of n tensors, with what else it needs behind user. It returns an invalid tensor if it
 * fails. */
typedef fx_tensor fx_function(void *user, const fx_tensor *xs);

/* fx_recompute
 * y = f(xs) without keeping what lies between: f runs now, and again when a derivative needs it.
 * Tensors and parameters that f reads besides xs are found by themselves. f must compute the same
 * each time; draws are repeated, fx_store stores once.
 *
 *   user, bytes   bytes > 0: that much behind user is copied, so that it need not outlive the call
 */
FX_API fx_tensor fx_recompute(fx_function *f, void *user, size_t bytes, int n, const fx_tensor *xs);

/* fx_custom_vjp
 * y = f(xs) with a derivative of one's own, drawn as one node called name: clipping a cotangent,
 * an implicit function. rule sees v->x (the xs), v->y, v->g and v->user; parameters that f reads
 * besides xs get no gradient. */
FX_API fx_tensor fx_custom_vjp(const char *name, fx_function *f, void (*rule)(fx_vjp *v),
                               void *user, size_t bytes, int n, const fx_tensor *xs);

/* ---------------------------------------------------------------------------- gradcheck */

typedef struct fx_gradcheck_options {
    size_t size;      /* filled by fx_gradcheck_defaults */
    int order;        /* checks the derivatives of order 1..order; 2 */
    double step;      /* of the differences, relative to max(1, |x|); 5e-5 */
    double rtol;      /* 1e-6, of the larger of value and the order's largest magnitude */
    double atol;      /* 1e-9 */
    uint64_t seed;    /* of the random projections */
    const bool *skip; /* n flags: operands that are constants; NULL: none */
} fx_gradcheck_options;

static inline fx_gradcheck_options fx_gradcheck_defaults(void) {
    fx_gradcheck_options options = {sizeof(fx_gradcheck_options), 2, 5e-5, 1e-6, 1e-9, 0, NULL};
    return options;
}

/* What was found: the worst place, whether it passed or not. */
typedef struct fx_gradcheck_report {
    bool passed;
    int order;        /* of the worst place: 1, 2, ... */
    int operand;      /* which of xs */
    int64_t element;  /* of it, row-major */
    double analytic;  /* what the rules say */
    double numeric;   /* what differences say */
    double error;     /* |analytic - numeric| / (atol + rtol scale): passed while <= 1 */
    int64_t compared; /* how many derivatives were compared */
} fx_gradcheck_report;

/* fx_gradcheck
 * Compares derivatives of f at xs with central differences of fourth order, element by element.
 * For order 1, y = <f(xs), w> with fixed random w; for order k + 1, the same of the derivative of
 * order k projected on random directions (HIPS autograd's check_grads does likewise). xs are f64
 * leaves of graph; the graph is rewound afterwards. f repeats its draws, and is smooth within two
 * steps of xs.
 *
 *   report   always written
 *   ->       FX_OK if the check could be made, whatever it found; the error of f otherwise
 */
FX_API fx_status fx_gradcheck(fx_graph *graph, fx_function *f, void *user, int n,
                              const fx_tensor *xs, const fx_gradcheck_options *options,
                              fx_gradcheck_report *report);

/* ----------------------------------------------------------------------------- updating */

/* fx_update
 * Runs an optimizer's rule (an op with FX_OP_UPDATE) in place over all trainable parameters that
 * have a gradient, run by contiguous run. The op's operands are weight, gradient, the states, then
 * the scalars; its results are weight and the states, in the same memory. A rule computes one
 * element from its likes and the scalars. Writes queued state (fx_store), then empties the
 * gradients.
 *
 *   gradients   READY; anything else is FX_ERR_STATE
 *   states      sets made by fx_params_like of the same params
 *   scalars     numbers, or parameters and buffers of rank 0
 *   ->          after an error nothing is changed
 */
FX_API fx_status fx_update(fx_gradients *gradients, const fx_op *op, const void *attrs,
                           int n_states, fx_params *const *states, int n_scalars,
                           const fx_tensor *scalars);

#ifdef __cplusplus
}
#endif

#endif
