/* SPDX-License-Identifier: MIT */
/* Attention. See ops.h. */
#ifndef FLUXION_OPS_ATTENTION_H
#define FLUXION_OPS_ATTENTION_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options of attention; NULL: the defaults. */
typedef struct fx_attention_options {
    size_t size;    /* filled by fx_attention_defaults */
    double scale;   /* of the scores; 0: 1 / sqrt(E) */
    double dropout; /* the probability that a weight is dropped while the graph trains; 0 */
    bool causal;    /* query i sees keys 0 .. i alone; false */
} fx_attention_options;

static inline fx_attention_options fx_attention_defaults(void) {
    fx_attention_options options = {sizeof(fx_attention_options), 0, 0, false};
    return options;
}

/* fx_scaled_dot_product_attention
 * y = softmax(scale q k' + mask) v, along the keys (Vaswani et al., arXiv:1706.03762). L queries
 * and S keys have E features, values Ev; leading sizes (examples, heads) broadcast.
 *
 *   q, k, v   [.., L, E], [.., S, E], [.., S, Ev], f32 or f64, all the same; S > 0
 *   mask      broadcasts to [.., L, S]: bool, true where a key takes part for a query; or of q's
 *             dtype, added to the scores; or FX_NONE
 *   options   causal: i counts queries and keys from the first, for L != S too, as the lower
 *             triangle of [L, S] does; a mask holds besides
 *   ->        [.., L, Ev]; FX_ERR_SHAPE, FX_ERR_DTYPE, FX_ERR_ARGUMENT, and FX_ERR_DATA for a query
 *             to which a bool mask leaves no key, the first in row-major order
 *
 * What a bool mask or causal leaves out has weight 0 and a gradient of exactly 0, whatever its
 * score is, NaN too. A key that takes part for no query (padding) may hold NaN, and its value too.
 * -infinity in a mask that is added does the same for finite scores; a row of it gives NaN. */
FX_API fx_tensor fx_scaled_dot_product_attention(fx_tensor q, fx_tensor k, fx_tensor v,
                                                 fx_tensor mask,
                                                 const fx_attention_options *options);

#ifdef __cplusplus
}
#endif

#endif
