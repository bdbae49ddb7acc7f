/* SPDX-License-Identifier: MIT */
/* What the ops on matrices share: one matrix of a stack in double precision, checks of shapes,
 * elimination. */
#ifndef FLUXION_OPS_MATRIX_H
#define FLUXION_OPS_MATRIX_H

#include "families.h"

/* How many matrices lie in a stack [.., m, n]. */
int64_t fx__matrix_count(const fx_view *x);

/* count elements from the given one on, as doubles; and back, rounded to y's dtype. */
void fx__matrix_load(const fx_view *x, int64_t from, int64_t count, double *out);
void fx__matrix_store(const double *in, int64_t from, int64_t count, const fx_view *y);

/* The symmetric part (A + A') / 2 of matrix s, exactly A where A is symmetric. */
void fx__matrix_load_symmetric(const fx_view *x, int64_t s, double *out);

/* FX_ERR_SHAPE unless operand 0 is [.., n, n]. */
fx_status fx__matrix_square(fx_call *call);

/* Scratch memory for a + b doubles, unless the stack is empty. */
fx_status fx__matrix_scratch(fx_call *call, int64_t a, int64_t b);

/* A power of two of the size of the largest magnitude, 1 for zeros; NaN if a value is not finite.
 */
double fx__matrix_scale(const double *a, int64_t count);

/* Gaussian elimination with partial pivoting: a [n, n] becomes U, b [n, k] what it solves for.
 * ->   the first pivot that is 0, at which it stops; n if there is none. sign: of the exchanges */
int64_t fx__matrix_solve(int64_t n, double *a, int64_t k, double *b, double *sign);

/* The sign that makes the component of largest magnitude (the first of equals) positive. */
double fx__eigen_sign(int64_t n, const double *v);

/* The cofactors of A [.., n, n], singular or not: (det A) A^-T. */
fx_tensor fx__cofactors(fx_tensor a);

/* Applies an op of several results to a; to[j] receives result j unless it is NULL. */
fx_status fx__matrix_results(const fx_op *op, fx_tensor a, int n, fx_tensor *const *to);

/* [.., n] as rows [.., 1, n] or columns [.., n, 1]; [..] as [.., 1, 1]. */
fx_tensor fx__as_rows(fx_tensor x);
fx_tensor fx__as_columns(fx_tensor x);
fx_tensor fx__as_matrices(fx_tensor x);

/* A', A without its diagonal, and (A + A') / 2. */
fx_tensor fx__transposed(fx_tensor x);
fx_tensor fx__off_diagonal(fx_tensor x);
fx_tensor fx__symmetric(fx_tensor x);

#endif
