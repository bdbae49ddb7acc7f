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

/* fx_bilinear
 * y_o = x' W_o z + b_o: x [.., i], z [.., j], weight [out, i, j], bias [out] or FX_NONE; leading
 * sizes of x and z broadcast. Holds the products of all pairs of features, [.., i j].
 * Errors: FX_ERR_SHAPE. */
FX_API fx_tensor fx_bilinear(fx_tensor x, fx_tensor z, fx_tensor weight, fx_tensor bias);

/* fx_dot, fx_outer
 * a' b of two vectors of equal size, rank 0; a b' of two vectors, [m, n]. FX_ERR_SHAPE for anything
 * but vectors. */
FX_API fx_tensor fx_dot(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_outer(fx_tensor a, fx_tensor b);

/* fx_trace
 * The sum of the diagonal of each matrix of A [.., m, n]; 0 if it is empty. FX_ERR_SHAPE below rank
 * 2. */
FX_API fx_tensor fx_trace(fx_tensor a);

/* fx_einsum
 * The sum of products that the text says, a letter a dimension:
 *     fx_einsum("bij,bjk->bik", 2, operands)   products of stacked matrices
 * Letters (a-z, A-Z) not in the result are summed; a letter twice in one operand is a diagonal; a
 * rank 0 operand has no letters. The result is always written out, sizes are never broadcast, and
 * there is no ellipsis. Operands are multiplied from left to right.
 * Errors: FX_ERR_ARGUMENT for the text, with the place; FX_ERR_SHAPE for operands that differ
 * from it in number, rank or size. */
FX_API fx_tensor fx_einsum(const char *text, int n, const fx_tensor *operands);

#ifdef __cplusplus
}
#endif

#endif
