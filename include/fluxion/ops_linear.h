/* SPDX-License-Identifier: MIT */
/* Products of matrices. See ops.h. */
#ifndef FLUXION_OPS_LINEAR_H
#define FLUXION_OPS_LINEAR_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_matmul
 * C = A B for A [..., m, k], B [..., k, n]; leading sizes broadcast. A vector [k] counts as a row
 * on the left and as a column on the right, and that dimension is left out of the result.
 * Transposed operands (fx_transpose) are read in place. dA = G B', dB = A' G. */
FX_API fx_tensor fx_matmul(fx_tensor a, fx_tensor b);

/* fx_linear
 * Y = X W' + b, a dense layer: X [..., in], W [out, in], b [out] or FX_NONE.
 * dX = G W, dW = G' X, db = G summed over the rows. */
FX_API fx_tensor fx_linear(fx_tensor x, fx_tensor weight, fx_tensor bias);

#ifdef __cplusplus
}
#endif

#endif
