/* SPDX-License-Identifier: MIT */
/* Factorisations of matrices, and what is solved by them. See ops.h. */
#ifndef FLUXION_OPS_FACTOR_H
#define FLUXION_OPS_FACTOR_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All take stacks [.., n, n] and compute in double precision, matrix by matrix; f32 results are
 * rounded once. A NaN goes on into the results. Errors: FX_ERR_SHAPE for operands that are no
 * matrices, not square, or do not fit; FX_ERR_DATA names the matrix, counted from 0. */

/* fx_cholesky
 * L, lower with a positive diagonal, of A = L L'. A is symmetric; of any other matrix the symmetric
 * part (A + A') / 2 is factored. dA = (S + S') / 2, S = L^-T Phi(L' G) L^-1, Phi being the lower
 * triangle with its diagonal halved. FX_ERR_DATA if A is not positive definite: matrix, column. */
FX_API fx_tensor fx_cholesky(fx_tensor a);

/* fx_triangular_solve
 * X = T^-1 B, T being the upper or the lower triangle of A (the rest is not read), or its
 * transpose. B is [.., n, k], or a vector [n]; leading sizes broadcast. dB = T^-T G, dT = -dB X'
 * in the triangle. FX_ERR_DATA if the diagonal has a 0. */
FX_API fx_tensor fx_triangular_solve(fx_tensor a, fx_tensor b, bool upper, bool transposed);

/* fx_solve, fx_inverse
 * A^-1 B, as above, and A^-1, by elimination with partial pivoting. dB = A^-T G, dA = -dB X';
 * dA = -Y' G Y'. FX_ERR_DATA if a pivot is 0: matrix, pivot. */
FX_API fx_tensor fx_solve(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_inverse(fx_tensor a);

/* fx_det
 * The determinant of each matrix, [..]; 1 of an empty one, 0 of a singular one. dA = G times the
 * cofactors, (det A) A^-T, which are right for singular matrices too (0 below rank n - 1). The
 * second derivative divides by A: FX_ERR_DATA where that is singular. */
FX_API fx_tensor fx_det(fx_tensor a);

/* fx_logdet, fx_slogdet
 * ln det A; sign and ln |det A|, which do not overflow where the determinant does. dA = G A^-T; the
 * sign has none. fx_logdet gives FX_ERR_DATA for a determinant that is not positive; fx_slogdet 0
 * and -infinity of a singular matrix, whose derivative is FX_ERR_DATA. NULL for what is not
 * wanted. */
FX_API fx_tensor fx_logdet(fx_tensor a);
FX_API fx_status fx_slogdet(fx_tensor a, fx_tensor *sign, fx_tensor *log_abs);

/* fx_qr
 * A = Q R for A [.., m, n], m >= n: Q [.., m, n] with Q' Q = I, R [.., n, n] upper with a diagonal
 * that is not negative, which makes both unique. The derivative needs columns that do not depend on
 * each other; else it is FX_ERR_DATA where R has a 0 on its diagonal. */
FX_API fx_status fx_qr(fx_tensor a, fx_tensor *q, fx_tensor *r);

/* fx_eigh
 * A V = V diag(w) for symmetric A (of any other matrix its symmetric part): values w [.., n]
 * ascending, vectors the columns of V [.., n, n], each with its component of largest magnitude (the
 * first of equals) positive. Derivatives through the vectors, and second ones through the values,
 * divide by differences of eigenvalues: infinite or NaN where those coincide. */
FX_API fx_status fx_eigh(fx_tensor a, fx_tensor *values, fx_tensor *vectors);

/* fx_svd
 * A = U diag(s) V' for A [.., m, n], k the smaller of both: U [.., m, k], s [.., k] descending, V'
 * [.., k, n]; the component of largest magnitude of each column of U is positive. Derivatives
 * through U and V', and second ones through s, divide by differences of squares of singular values
 * (by the values too, if m and n differ): infinite or NaN where values coincide or are 0. */
FX_API fx_status fx_svd(fx_tensor a, fx_tensor *u, fx_tensor *s, fx_tensor *vh);

#ifdef __cplusplus
}
#endif

#endif
