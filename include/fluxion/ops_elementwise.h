/* SPDX-License-Identifier: MIT */
/* Ops of one element: arithmetic, powers, exponentials. See ops.h for what all have in common. */
#ifndef FLUXION_OPS_ELEMENTWISE_H
#define FLUXION_OPS_ELEMENTWISE_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_add, fx_sub, fx_mul, fx_div, fx_neg
 * a + b, a - b, a b, a / b, -x. Division by zero gives an infinity or NaN, as in C. */
FX_API fx_tensor fx_add(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_sub(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_mul(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_div(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_neg(fx_tensor x);

/* fx_square, fx_sqrt
 * x x; the square root: NaN below 0, derivative infinite at 0. */
FX_API fx_tensor fx_square(fx_tensor x);
FX_API fx_tensor fx_sqrt(fx_tensor x);

/* fx_pow
 * x^p as C's pow: pow(x, 0) = 1 for any x, pow(x < 0, p) is NaN unless p is an integer.
 * dx = G p x^(p-1), 0 where p = 0;  dp = G x^p ln x, 0 where x = 0 and p >= 0, NaN for x < 0. */
FX_API fx_tensor fx_pow(fx_tensor x, fx_tensor p);

/* fx_exp, fx_log
 * e^x; the natural logarithm: -infinity at 0, NaN below. */
FX_API fx_tensor fx_exp(fx_tensor x);
FX_API fx_tensor fx_log(fx_tensor x);

/* fx_abs
 * |x|. Its derivative at 0 is 0, the subgradient of least magnitude. */
FX_API fx_tensor fx_abs(fx_tensor x);

/* fx_maximum
 * The larger of a and b; NaN if either is (IEEE 754-2019, maximum). Where they are equal each gets
 * half of the cotangent. */
FX_API fx_tensor fx_maximum(fx_tensor a, fx_tensor b);

#ifdef __cplusplus
}
#endif

#endif
