/* SPDX-License-Identifier: MIT */
/* Windows, unfolding and pooling. Space is the last axis of a tensor, its length, or the last two,
 * its height and width; all axes before are a batch, of any number. See ops.h. */
#ifndef FLUXION_OPS_WINDOW_H
#define FLUXION_OPS_WINDOW_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_windows
 * Windows along an axis, as a view: y[.., o, .., k] = x[.., o stride + k dilation, ..]. The axis
 * counts the windows, and a new last axis their elements. Elements that no window reaches are left
 * out. Any dtype.
 *
 *   size, stride, dilation   at least 1: FX_ERR_ARGUMENT. FX_ERR_SHAPE if not one window fits
 *
 * dx is the sum of G over the places where each element stands, f32 being summed in f64. */
FX_API fx_tensor fx_windows(fx_tensor x, int axis, int64_t size, int64_t stride, int64_t dilation);

/* A window that slides over height and width, in this order: what it covers, how far it moves, how
 * far the borders reach beyond x, and the distance of its elements. All that take one give
 * FX_ERR_ARGUMENT if padding is negative or another number not positive, and FX_ERR_SHAPE if not
 * one window fits. */
typedef struct fx_window {
    int64_t size[2], stride[2], padding[2], dilation[2];
} fx_window;

/* fx_window2
 * A window without padding and dilation, that moves by stride both ways; other fields may be set.
 *     fx_window w = fx_window2(3, 3, 2);
 *     w.padding[0] = w.padding[1] = 1; */
static inline fx_window fx_window2(int64_t height, int64_t width, int64_t stride) {
    fx_window w = {{height, width}, {stride, stride}, {0, 0}, {1, 1}};
    return w;
}

/* fx_unfold
 * [.., C, H, W] -> [.., C h w, L]: a column for each of the L windows, in row-major order, of its
 * h w elements of each channel; 0 where the padding is. */
FX_API fx_tensor fx_unfold(fx_tensor x, fx_window window);

/* fx_fold
 * [.., C h w, L] -> [.., C, height, width]: the transpose of fx_unfold, which sums up the elements
 * of windows that overlap. FX_ERR_SHAPE if the sizes are not those that fx_unfold gives. */
FX_API fx_tensor fx_fold(fx_tensor x, int64_t height, int64_t width, fx_window window);

/* ------------------------------------------------------------------------------ pooling */

/* fx_max_pool1d, fx_max_pool2d
 * The largest element of each window; NaN if there is one. The padding, at most half the size
 * (FX_ERR_ARGUMENT), is -infinity. Equal elements share the cotangent evenly, where PyTorch gives
 * it to the first. */
FX_API fx_tensor fx_max_pool1d(fx_tensor x, int64_t size, int64_t stride, int64_t padding,
                               int64_t dilation);
FX_API fx_tensor fx_max_pool2d(fx_tensor x, fx_window window);

/* fx_avg_pool1d, fx_avg_pool2d
 * The mean of each window. The padding is at most half the size (FX_ERR_ARGUMENT).
 *
 *   count_padding   it counts as zeros; otherwise the mean is over the elements of x alone, NaN
 *                   of none
 */
FX_API fx_tensor fx_avg_pool1d(fx_tensor x, int64_t size, int64_t stride, int64_t padding,
                               bool count_padding);
FX_API fx_tensor fx_avg_pool2d(fx_tensor x, fx_window window, bool count_padding);

/* fx_adaptive_avg_pool1d, fx_adaptive_avg_pool2d
 * Means of as many windows as asked for, which cover L elements evenly: window i of n is of the
 * elements floor(i L / n) to ceil((i + 1) L / n) - 1. FX_ERR_ARGUMENT if less than one is asked
 * for, FX_ERR_SHAPE for L = 0 and where n / gcd(n, L) exceeds 65535. */
FX_API fx_tensor fx_adaptive_avg_pool1d(fx_tensor x, int64_t length);
FX_API fx_tensor fx_adaptive_avg_pool2d(fx_tensor x, int64_t height, int64_t width);

#ifdef __cplusplus
}
#endif

#endif
