/* SPDX-License-Identifier: MIT */
/* Derivatives of many numbers by many, whole. See grad.h for products with them. */
#ifndef FLUXION_OPS_DERIVATIVE_H
#define FLUXION_OPS_DERIVATIVE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_jacobian
 * J[i.., j..] = dy[i..] / dx[j..], of shape y's sizes then x's and of y's dtype, differentiable
 * again. One reverse traversal per row or one product per column, whichever are fewer. Ranks add
 * up to at most 8. */
FX_API fx_tensor fx_jacobian(fx_tensor y, fx_tensor x);

/* fx_hessian
 * The Jacobian of dy/dx, y of one element: of shape x's sizes twice. */
FX_API fx_tensor fx_hessian(fx_tensor y, fx_tensor x);

#ifdef __cplusplus
}
#endif

#endif
