/* SPDX-License-Identifier: MIT */
/* Ops that move, cut, join, repeat and pad, change of dtype, and tensors out of nothing. All take
 * any dtype and move values unchanged, unless they say otherwise. See ops.h; fx_broadcast_to stands
 * in op.h. */
#ifndef FLUXION_OPS_SHAPE_H
#define FLUXION_OPS_SHAPE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_reshape
 * The same elements in row-major order under another shape; one size may be -1: what is left. A
 * view if x is dense. Any dtype. */
FX_API fx_tensor fx_reshape(fx_tensor x, fx_shape shape);

/* fx_permute, fx_transpose
 * Dimension i of the result is dimension axes[i] of x; two dimensions exchanged. Views. Any dtype.
 */
FX_API fx_tensor fx_permute(fx_tensor x, fx_axes axes);
FX_API fx_tensor fx_transpose(fx_tensor x, int axis, int other);

/* fx_slice
 * Elements start, start + step, ... before stop along an axis, as x[start:stop:step] in Python:
 * negative positions count from the end, positions outside are cut off. A view. Any dtype.
 * FX_ALL as stop: to the end (to the beginning, if step < 0). */
#define FX_ALL INT64_MAX
FX_API fx_tensor fx_slice(fx_tensor x, int axis, int64_t start, int64_t stop, int64_t step);

/* fx_concat
 * n tensors behind one another along an axis; other sizes are equal. Any dtype, one for all. */
FX_API fx_tensor fx_concat(int n, const fx_tensor *xs, int axis);

/* fx_cast
 * The same values as another dtype, correctly rounded. To i64: towards zero, saturated, NaN is
 * FX_ERR_DATA; to bool: x != 0. The gradient passes between f32 and f64. */
FX_API fx_tensor fx_cast(fx_tensor x, fx_dtype dtype);

/* ------------------------------------------------------------------------------- shapes */

/* fx_squeeze, fx_unsqueeze
 * x without an axis, which must have size 1; x with a new axis of size 1, which is axis `axis` of
 * the result. Views. */
FX_API fx_tensor fx_squeeze(fx_tensor x, int axis);
FX_API fx_tensor fx_unsqueeze(fx_tensor x, int axis);

/* fx_flatten
 * The axes start to end, both included, made one; 0, -1: all. A number becomes a row of one. */
FX_API fx_tensor fx_flatten(fx_tensor x, int start, int end);

/* ------------------------------------------------------------------------ apart, together */

/* fx_narrow
 * length elements from start on along an axis; a negative start counts from the end. Unlike
 * fx_slice it cuts nothing off: what is outside is FX_ERR_SHAPE. A view. */
FX_API fx_tensor fx_narrow(fx_tensor x, int axis, int64_t start, int64_t length);

/* fx_split, fx_chunk
 * x cut along an axis into n views: of the sizes given, which add up to the axis's; of equal size,
 * rounded up, the last being what is left (and empty where nothing is).
 *
 *   out   receives n tensors; all invalid after an error, as is the case for n < 1
 */
FX_API fx_status fx_split(fx_tensor x, int axis, int n, const int64_t *sizes, fx_tensor *out);
FX_API fx_status fx_chunk(fx_tensor x, int axis, int n, fx_tensor *out);

/* fx_stack
 * n tensors of one shape along a new axis, which is axis `axis` of the result. */
FX_API fx_tensor fx_stack(int n, const fx_tensor *xs, int axis);

/* ------------------------------------------------------------------------------ padding */

/* fx_pad
 * x with before[d] elements of a value in front of axis d and after[d] behind it. i64 and bool take
 * a value that they can hold. dx = the part of G where x stands. */
FX_API fx_tensor fx_pad(fx_tensor x, fx_shape before, fx_shape after, double value);

/* fx_pad_reflect, fx_pad_replicate
 * The border is x mirrored at its edge elements, which are not doubled (so it is narrower than x);
 * or the edge elements repeated. dx = G folded back. */
FX_API fx_tensor fx_pad_reflect(fx_tensor x, fx_shape before, fx_shape after);
FX_API fx_tensor fx_pad_replicate(fx_tensor x, fx_shape before, fx_shape after);

/* --------------------------------------------------------------------- order and copies */

/* fx_flip
 * The axes given run backwards. A view. */
FX_API fx_tensor fx_flip(fx_tensor x, fx_axes axes);

/* fx_roll
 * y[(i + shift) mod n] = x[i] along an axis: what leaves at one end comes in at the other. */
FX_API fx_tensor fx_roll(fx_tensor x, int axis, int64_t shift);

/* fx_repeat, fx_tile
 * times[d] copies of x behind one another along axis d. With more numbers than axes x gets new
 * leading axes; with fewer, fx_tile counts from the last axis and fx_repeat is FX_ERR_SHAPE.
 * dx = G summed over the copies. */
FX_API fx_tensor fx_repeat(fx_tensor x, fx_shape times);
FX_API fx_tensor fx_tile(fx_tensor x, fx_shape times);

/* ----------------------------------------------------------------------------- matrices */

/* fx_tril, fx_triu
 * The lower triangle of the last two axes, j - i <= diagonal; the upper, j - i >= diagonal; 0
 * elsewhere, whatever stood there. Rank 2 at least. */
FX_API fx_tensor fx_tril(fx_tensor x, int64_t diagonal);
FX_API fx_tensor fx_triu(fx_tensor x, int64_t diagonal);

/* fx_diagonal
 * y[.., i] = x[.., i, i + offset], i counting along axis and i + offset along other (for a negative
 * offset i - offset along axis and i along other); the other axes come first. A view. */
FX_API fx_tensor fx_diagonal(fx_tensor x, int64_t offset, int axis, int other);

/* fx_diag_embed
 * The reverse: zeros with the last axis of x as a diagonal of the axes `axis` and `other` of the
 * result, a square of n + |offset|. */
FX_API fx_tensor fx_diag_embed(fx_tensor x, int64_t offset, int axis, int other);

/* -------------------------------------------------------------------- out of nothing */

/* fx_full, fx_zeros, fx_ones
 * Constants. No memory is taken for the elements: they are one, seen many times. A value that the
 * dtype cannot hold is FX_ERR_ARGUMENT. */
FX_API fx_tensor fx_full(fx_graph *graph, fx_dtype dtype, fx_shape shape, double value);
FX_API fx_tensor fx_zeros(fx_graph *graph, fx_dtype dtype, fx_shape shape);
FX_API fx_tensor fx_ones(fx_graph *graph, fx_dtype dtype, fx_shape shape);

/* fx_full_like, fx_zeros_like, fx_ones_like
 * The same in the graph, dtype and shape of x, of which nothing else is read. */
FX_API fx_tensor fx_full_like(fx_tensor x, double value);
FX_API fx_tensor fx_zeros_like(fx_tensor x);
FX_API fx_tensor fx_ones_like(fx_tensor x);

/* fx_eye
 * The identity matrix [n, n]. */
FX_API fx_tensor fx_eye(fx_graph *graph, fx_dtype dtype, int64_t n);

/* fx_arange
 * start, start + step, ... before stop: ceil((stop - start) / step) values, none if step leads
 * away, each rounded once. f32, f64, or i64 with whole start and step. */
FX_API fx_tensor fx_arange(fx_graph *graph, fx_dtype dtype, double start, double stop, double step);

/* fx_linspace
 * n values from start to stop, which are both met exactly; n = 1: start. f32 or f64. */
FX_API fx_tensor fx_linspace(fx_graph *graph, fx_dtype dtype, double start, double stop, int64_t n);

/* fx_meshgrid
 * out[k][i0, i1, ..] = xs[k][ik]: n axes, of rank 1 or 0, repeated over all others (NumPy's
 * indexing "ij"). Views.
 *
 *   out   receives n tensors; invalid after an error
 */
FX_API fx_status fx_meshgrid(int n, const fx_tensor *xs, fx_tensor *out);

#ifdef __cplusplus
}
#endif

#endif
