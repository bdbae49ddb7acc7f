/* SPDX-License-Identifier: MIT */
/* Ops over axes. See ops.h. */
#ifndef FLUXION_OPS_REDUCE_H
#define FLUXION_OPS_REDUCE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_sum, fx_mean
 * Of all elements, rank 0. An empty sum is 0, an empty mean NaN. */
FX_API fx_tensor fx_sum(fx_tensor x);
FX_API fx_tensor fx_mean(fx_tensor x);

/* fx_sum_axes, fx_mean_axes
 * Over the axes given; they stay as size 1 if keep, else they go. No axes: x's values. */
FX_API fx_tensor fx_sum_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_mean_axes(fx_tensor x, fx_axes axes, bool keep);

/* All that follows comes in two forms: of all elements, rank 0, and over axes, as above; or along
 * one axis. f32 is computed in f64 and rounded once. Axes outside the rank or named twice are
 * FX_ERR_SHAPE. */

/* ------------------------------------------------------------------------------ extrema */

/* fx_amax, fx_amin
 * The largest, the least; NaN if there is one. Equal ones share the cotangent evenly. Of no
 * elements: FX_ERR_SHAPE. */
FX_API fx_tensor fx_amax(fx_tensor x);
FX_API fx_tensor fx_amin(fx_tensor x);
FX_API fx_tensor fx_amax_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_amin_axes(fx_tensor x, fx_axes axes, bool keep);

/* fx_max, fx_min
 * The same along one axis, with the index of the first of equal ones, which alone gets the
 * cotangent. fx_maximum compares two tensors.
 *
 *   index   receives an i64 tensor of the result's shape; may be NULL
 */
FX_API fx_tensor fx_max(fx_tensor x, int axis, bool keep, fx_tensor *index);
FX_API fx_tensor fx_min(fx_tensor x, int axis, bool keep, fx_tensor *index);

/* fx_argmax, fx_argmin
 * The index (i64) of the first of the largest or least, of the first NaN if there is one: among all
 * elements in row-major order, or along an axis. */
FX_API fx_tensor fx_argmax(fx_tensor x);
FX_API fx_tensor fx_argmin(fx_tensor x);
FX_API fx_tensor fx_argmax_axis(fx_tensor x, int axis, bool keep);
FX_API fx_tensor fx_argmin_axis(fx_tensor x, int axis, bool keep);

/* ----------------------------------------------------------------------------- products */

/* fx_prod
 * The product; 1 of no elements. dx = G times the product of the others, without a division: right
 * where elements are 0, at any order. |error| <= N u |y| (f64). */
FX_API fx_tensor fx_prod(fx_tensor x);
FX_API fx_tensor fx_prod_axes(fx_tensor x, fx_axes axes, bool keep);

/* -------------------------------------------------------------------------------- scans */

/* fx_cumsum, fx_cumprod, fx_logcumsumexp
 * Along an axis: y_k = x_0 + .. + x_k, x_0 .. x_k, ln (e^x_0 + .. + e^x_k); with reverse of x_k to
 * the last. Sums carry what rounding loses, so the error does not grow with k; products are right
 * where elements are 0; logarithms neither overflow nor lose an element that is far below. */
FX_API fx_tensor fx_cumsum(fx_tensor x, int axis, bool reverse);
FX_API fx_tensor fx_cumprod(fx_tensor x, int axis, bool reverse);
FX_API fx_tensor fx_logcumsumexp(fx_tensor x, int axis, bool reverse);

/* fx_logsumexp
 * ln sum e^x, relative to the largest; -infinity of no elements or where all are -infinity, with
 * derivative 0 there; +infinity if one is, the cotangent going to those in even shares. */
FX_API fx_tensor fx_logsumexp(fx_tensor x);
FX_API fx_tensor fx_logsumexp_axes(fx_tensor x, fx_axes axes, bool keep);

/* --------------------------------------------------------------------------- statistics */

/* fx_var, fx_std
 * sum (x - mean)^2 / (N - correction), 1 for a sample, 0 for a population, and its square root,
 * whose derivative where all are equal is 0. NaN or infinite where N <= correction. FX_ERR_ARGUMENT
 * if correction is negative or not finite. */
FX_API fx_tensor fx_var(fx_tensor x, double correction);
FX_API fx_tensor fx_std(fx_tensor x, double correction);
FX_API fx_tensor fx_var_axes(fx_tensor x, fx_axes axes, double correction, bool keep);
FX_API fx_tensor fx_std_axes(fx_tensor x, fx_axes axes, double correction, bool keep);

/* fx_norm
 * (sum |x|^p)^(1/p), p > 0, INFINITY for the largest |x|; scaled, so that only a result too large
 * overflows. dx = G sign(x) |x / y|^(p-1), 0 at the zero vector and, for p <= 1, where x = 0; for
 * p = INFINITY as fx_amax. FX_ERR_ARGUMENT for other p. */
FX_API fx_tensor fx_norm(fx_tensor x, double p);
FX_API fx_tensor fx_norm_axes(fx_tensor x, double p, fx_axes axes, bool keep);

/* fx_median, fx_quantile
 * The middle element, the lower of two; the element at place q (N - 1) of the sorted ones, linear
 * between its neighbours a and b as (1 - f) a + f b. NaN if there is one. The cotangent goes to the
 * elements taken, the first of equal ones first. Of no elements: FX_ERR_SHAPE; FX_ERR_ARGUMENT if q
 * is not in [0, 1]. */
FX_API fx_tensor fx_median(fx_tensor x);
FX_API fx_tensor fx_median_axis(fx_tensor x, int axis, bool keep);
FX_API fx_tensor fx_quantile(fx_tensor x, double q);
FX_API fx_tensor fx_quantile_axis(fx_tensor x, double q, int axis, bool keep);

/* -------------------------------------------------------------------------------- order */

/* fx_sort, fx_argsort, fx_topk
 * Along an axis: the elements from the least to the largest, or descending; the indices (i64) that
 * do it; the k largest or least in that order, descending or ascending. Stable: equal elements
 * keep their order. NaN counts as largest. FX_ERR_ARGUMENT if k is not in 0..N.
 *
 *   index   receives the indices; may be NULL
 */
FX_API fx_tensor fx_sort(fx_tensor x, int axis, bool descending, fx_tensor *index);
FX_API fx_tensor fx_argsort(fx_tensor x, int axis, bool descending);
FX_API fx_tensor fx_topk(fx_tensor x, int64_t k, int axis, bool largest, fx_tensor *index);

/* -------------------------------------------------------------------------- quantifiers */

/* fx_all, fx_any, fx_count_nonzero
 * Of a bool tensor, whether all or any are true (of no elements: true, false), as bool; of any
 * tensor, how many are not 0 (NaN is not), as i64. */
FX_API fx_tensor fx_all(fx_tensor x);
FX_API fx_tensor fx_any(fx_tensor x);
FX_API fx_tensor fx_count_nonzero(fx_tensor x);
FX_API fx_tensor fx_all_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_any_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_count_nonzero_axes(fx_tensor x, fx_axes axes, bool keep);

#ifdef __cplusplus
}
#endif

#endif
