/* SPDX-License-Identifier: MIT */
/* Ops of one element: arithmetic, powers, exponentials, steps, pairs. See ops.h for what all have
 * in common. */
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

/* fx_minimum
 * The smaller of a and b; NaN if either is, -0 below +0 (IEEE 754-2019, minimum). Where they are
 * equal each gets half of the cotangent. */
FX_API fx_tensor fx_minimum(fx_tensor a, fx_tensor b);

/* fx_clamp
 * x where low <= x <= high, else the bound that is nearer; NaN at NaN. Bounds are rounded to x's
 * dtype, and may be infinite. The derivative is 1 from bound to bound, both included, 0 outside,
 * NaN at NaN.
 *
 *   ->   FX_ERR_ARGUMENT if low > high or either is NaN
 */
FX_API fx_tensor fx_clamp(fx_tensor x, double low, double high);

/* fx_sign, fx_floor, fx_ceil, fx_round, fx_trunc
 * 1, -1, or x itself where it is 0 or NaN; the integer next to x, in the dtype of x: below, above,
 * nearest (of two the even one), towards 0. Infinities and NaN stay. The derivative is 0
 * everywhere, at jumps and NaN too: a gradient that passes through one is zeros, not an error. */
FX_API fx_tensor fx_sign(fx_tensor x);
FX_API fx_tensor fx_floor(fx_tensor x);
FX_API fx_tensor fx_ceil(fx_tensor x);
FX_API fx_tensor fx_round(fx_tensor x);
FX_API fx_tensor fx_trunc(fx_tensor x);

/* fx_frac
 * x - trunc x: the fraction, with x's sign; NaN at infinities. The derivative is 1 everywhere. */
FX_API fx_tensor fx_frac(fx_tensor x);

/* fx_rsqrt, fx_cbrt, fx_reciprocal
 * 1 / sqrt x: NaN below 0, infinite at 0, with derivative -infinity there. The cube root, of
 * negative numbers too: derivative infinite at 0. 1 / x. */
FX_API fx_tensor fx_rsqrt(fx_tensor x);
FX_API fx_tensor fx_cbrt(fx_tensor x);
FX_API fx_tensor fx_reciprocal(fx_tensor x);

/* fx_fmod, fx_remainder
 * What is left of a when multiples of b are taken away: a - b trunc(a / b), which has the sign of
 * a and is exact, as C's fmod; a - b floor(a / b), which has the sign of b, as Python's %. NaN
 * where b = 0 or a is infinite. da = G, db = -G q with that quotient q, at the jumps too. */
FX_API fx_tensor fx_fmod(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_remainder(fx_tensor a, fx_tensor b);

/* fx_atan2
 * The angle of the point whose height is a and whose width is b, in -pi..pi, as C's atan2. Its
 * derivative, b / (a^2 + b^2) and -a / (a^2 + b^2), is computed without overflow, and is 0 at
 * (0, 0), where there is none. */
FX_API fx_tensor fx_atan2(fx_tensor a, fx_tensor b);

/* fx_hypot
 * sqrt(a^2 + b^2), right for numbers whose squares are too large or too small; infinite where a or
 * b is, beside NaN too, as in C. The derivative at (0, 0) is 0, the subgradient of least
 * magnitude. */
FX_API fx_tensor fx_hypot(fx_tensor a, fx_tensor b);

/* fx_logaddexp
 * ln(e^a + e^b) without overflow. da = G s(a - b), db = G s(b - a), s the sigmoid: half of the
 * cotangent each where a = b, infinities included. */
FX_API fx_tensor fx_logaddexp(fx_tensor a, fx_tensor b);

/* fx_copysign
 * |a| with the sign bit of b, which zeros and NaN have too. The derivative by a is 0 where a = 0,
 * that by b is 0. */
FX_API fx_tensor fx_copysign(fx_tensor a, fx_tensor b);

/* fx_lerp
 * a + w (b - a), for any w: exactly a at w = 0, b at w = 1, and a wherever b = a. */
FX_API fx_tensor fx_lerp(fx_tensor a, fx_tensor b, fx_tensor w);

/* fx_fma
 * a b + c, rounded once. */
FX_API fx_tensor fx_fma(fx_tensor a, fx_tensor b, fx_tensor c);

#ifdef __cplusplus
}
#endif

#endif
