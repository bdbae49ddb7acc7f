/* SPDX-License-Identifier: MIT */
/* Comparisons, logic and choice: masks of dtype bool. They broadcast. A mask has no derivative; no
 * gradient passes through one. fx_cast makes it ones and zeros. See ops.h. */
#ifndef FLUXION_OPS_COMPARE_H
#define FLUXION_OPS_COMPARE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_eq, fx_ne, fx_lt, fx_le, fx_gt, fx_ge
 * Whether a = b, a != b, a < b, a <= b, a > b, a >= b. a and b are f32, f64, i64 or bool (false
 * below true), both the same. NaN is unequal to everything, itself included, and neither less nor
 * greater; -0 equals +0.
 *
 *   ->   bool; FX_ERR_DTYPE for different dtypes, FX_ERR_SHAPE for shapes that do not broadcast
 */
FX_API fx_tensor fx_eq(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_ne(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_lt(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_le(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_gt(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_ge(fx_tensor a, fx_tensor b);

/* fx_logical_and, fx_logical_or, fx_logical_xor, fx_logical_not
 * Of masks; FX_ERR_DTYPE for anything else: fx_ne(x, fx_num(0)) makes a mask. */
FX_API fx_tensor fx_logical_and(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_logical_or(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_logical_xor(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_logical_not(fx_tensor x);

/* fx_isnan, fx_isinf, fx_isfinite
 * Whether x, of f32 or f64, is NaN; is an infinity of either sign; is neither. */
FX_API fx_tensor fx_isnan(fx_tensor x);
FX_API fx_tensor fx_isinf(fx_tensor x);
FX_API fx_tensor fx_isfinite(fx_tensor x);

/* fx_where
 * a where mask is true, else b; all three broadcast. What is not taken changes nothing, and gets a
 * zero for a cotangent, even if it is NaN or infinite.
 *
 * That does not reach further back. In where(x > 0, sqrt x, 0) at x = -1 the zero arrives at sqrt,
 * whose slope is NaN there, and zero times NaN is NaN. The cure is a second where inside, which
 * keeps the function away from what it cannot take:
 *     fx_tensor mask = fx_gt(x, fx_num(0));
 *     fx_tensor safe = fx_where(mask, x, fx_num(1));
 *     fx_tensor y = fx_where(mask, fx_sqrt(safe), fx_num(0));
 *
 *   mask   bool
 *   a, b   f32, f64 or i64, both the same; one of them may be a plain number
 *   ->     FX_ERR_DTYPE for other dtypes, FX_ERR_SHAPE for shapes that do not broadcast
 */
FX_API fx_tensor fx_where(fx_tensor mask, fx_tensor a, fx_tensor b);

/* fx_masked_fill
 * value where mask is true, else x: fx_where(mask, value, x). */
FX_API fx_tensor fx_masked_fill(fx_tensor x, fx_tensor mask, fx_tensor value);

#ifdef __cplusplus
}
#endif

#endif
