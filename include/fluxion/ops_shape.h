/* SPDX-License-Identifier: MIT */
/* Ops that move, cut and join, and change of dtype. See ops.h; fx_broadcast_to stands in op.h. */
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
 * n tensors behind one another along an axis; other sizes are equal. */
FX_API fx_tensor fx_concat(int n, const fx_tensor *xs, int axis);

/* fx_cast
 * The same values as another dtype, correctly rounded. To i64: towards zero, saturated, NaN is
 * FX_ERR_DATA; to bool: x != 0. The gradient passes between f32 and f64. */
FX_API fx_tensor fx_cast(fx_tensor x, fx_dtype dtype);

#ifdef __cplusplus
}
#endif

#endif
