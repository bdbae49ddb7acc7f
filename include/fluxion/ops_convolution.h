/* SPDX-License-Identifier: MIT */
/* Convolutions. See ops.h. */
#ifndef FLUXION_OPS_CONVOLUTION_H
#define FLUXION_OPS_CONVOLUTION_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options of convolutions, an entry an axis; NULL: the defaults. fx_conv1d and fx_conv_transpose1d
 * read the first entry only. */
typedef struct fx_conv_options {
    size_t size;               /* filled by fx_conv_defaults */
    int64_t stride[2];         /* from a window to the next, at least 1; 1 */
    int64_t padding[2];        /* zeros in front of an axis and as many behind it; 0 */
    int64_t dilation[2];       /* from an element of a window to the next, at least 1; 1 */
    int64_t output_padding[2]; /* of transposes alone, less than the stride; 0 */
    int64_t groups;            /* of channels, that do not see each other; 1 */
} fx_conv_options;

static inline fx_conv_options fx_conv_defaults(void) {
    fx_conv_options options = {sizeof(fx_conv_options), {1, 1}, {0, 0}, {1, 1}, {0, 0}, 1};
    return options;
}

/* fx_conv1d, fx_conv2d
 * y[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] x[n, c, i stride + k dilation - padding],
 * with zeros beyond the edges of x, and a pair of i and of k in 2-D. The kernel is not mirrored:
 * mathematics calls it a cross-correlation. Output channels of a group see the input channels of
 * that group. Along an axis of size L a kernel of size K gives
 * floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1 elements.
 *
 *   x        [batch, channels, length] or [batch, channels, height, width]; the batch may be empty
 *   weight   [out, channels / groups, size] or [out, channels / groups, height, width]
 *   bias     [out] or FX_NONE
 *   ->       [batch, out, ..], f32 or f64
 *
 * dx = the transpose of G, dweight = the sums of G times what of x an element has met,
 * db = G summed. Takes as much memory as all windows: x times the elements of a kernel.
 * Errors: FX_ERR_SHAPE for ranks, channels, a kernel that does not fit in x with its padding, sizes
 * that overflow; FX_ERR_ARGUMENT for options. */
FX_API fx_tensor fx_conv1d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                           const fx_conv_options *options);
FX_API fx_tensor fx_conv2d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                           const fx_conv_options *options);

/* fx_conv_transpose1d, fx_conv_transpose2d
 * What takes gradients back through fx_conv1d and fx_conv2d of the same weight and options, as an
 * op of its own: y[n, o, j] = bias[o] + sum of weight[c, o, k] x[n, c, i] over all c, and all i and
 * k with i stride + k dilation - padding = j. Along an axis of size L it gives
 * (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1 elements: convolutions with a
 * stride give L from several sizes, between which output_padding chooses.
 *
 *   x        [batch, channels, length] or [batch, channels, height, width]; the batch may be empty
 *   weight   [channels, out / groups, size] or [channels, out / groups, height, width]
 *   bias     [out] or FX_NONE
 *   ->       [batch, out, ..], f32 or f64
 *
 * dx = the convolution of G, dweight = the sums of x times what of G an element has met,
 * db = G summed. Memory and errors as above; a result of no elements along an axis is FX_ERR_SHAPE.
 */
FX_API fx_tensor fx_conv_transpose1d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                                     const fx_conv_options *options);
FX_API fx_tensor fx_conv_transpose2d(fx_tensor x, fx_tensor weight, fx_tensor bias,
                                     const fx_conv_options *options);

#ifdef __cplusplus
}
#endif

#endif
