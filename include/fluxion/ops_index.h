/* SPDX-License-Identifier: MIT */
/* Ops that pick and place elements by index. An index is i64 and counts from 0: one outside,
 * negative ones too, is FX_ERR_DATA, which names it and its position, the first in row-major order.
 * Indices have no derivative. Values move unchanged; any dtype. See ops.h. */
#ifndef FLUXION_OPS_INDEX_H
#define FLUXION_OPS_INDEX_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_gather
 * y[i, j, ..] = x[index[i, j, ..], j, ..] for axis 0, and so for any other: PyTorch's gather,
 * NumPy's take_along_axis. y has the index's shape.
 * dx = G added up where it came from, in row-major order.
 *
 *   index   of x's rank, and no larger than x besides along the axis
 */
FX_API fx_tensor fx_gather(fx_tensor x, int axis, fx_tensor index);

/* fx_scatter
 * x with the elements of source put at y[index[i, j, ..], j, ..] (axis 0). Of several for one place
 * the last in row-major order stays.
 * dx = G, 0 where something was put; dsource = G where it was put, 0 for what did not stay.
 *
 *   index    of x's rank, and no larger than x besides along the axis
 *   source   of the index's shape, or broadcasts to it (fx_num); what is beyond the index is not
 *            read
 */
FX_API fx_tensor fx_scatter(fx_tensor x, int axis, fx_tensor index, fx_tensor source);

/* fx_scatter_add
 * x with the elements of source added at y[index[i, j, ..], j, ..] (axis 0), one after another in
 * row-major order, so that the bits are fixed. Not for bool; i64 wraps.
 * dx = G, dsource = G gathered. Operands as for fx_scatter. */
FX_API fx_tensor fx_scatter_add(fx_tensor x, int axis, fx_tensor index, fx_tensor source);

/* fx_index_select
 * y[.., i, ..] = x[.., index[i], ..]: whole slices along the axis; index has rank 1.
 * dx = G added up where it came from. */
FX_API fx_tensor fx_index_select(fx_tensor x, int axis, fx_tensor index);

/* fx_embedding
 * y[i.., :] = weight[index[i..], :]: a row of weight for each element of index, which has any
 * shape. dweight = G added up row by row. */
FX_API fx_tensor fx_embedding(fx_tensor index, fx_tensor weight);

/* fx_one_hot
 * y[i.., k] = 1 where index[i..] = k, else 0, for k < classes, as any dtype; a constant. */
FX_API fx_tensor fx_one_hot(fx_tensor index, int64_t classes, fx_dtype dtype);

#ifdef __cplusplus
}
#endif

#endif
