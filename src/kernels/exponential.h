/* SPDX-License-Identifier: MIT */
/* exp, log and what is made of them, for one element; loops over them vectorise, as nothing
 * branches. Values that need more than one word are kept as an unevaluated sum (high, low); the
 * steps that split a rounding error off are exact (Dekker 1971; Knuth, TAOCP 2, 4.2.2), and the
 * functions are about an ulp off at most because only the last step rounds (Tang 1989 for exp, Cody
 * and Waite 1980 for the reductions). Polynomials: coefficients.py. Error bounds: the largest ulp
 * seen, f32 over all floats (3e8 pairs where there are two), f64 over some 2e7 random points of the
 * whole range; results that are subnormal are rounded twice. */
#ifndef FLUXION_SRC_KERNELS_EXPONENTIAL_H
#define FLUXION_SRC_KERNELS_EXPONENTIAL_H

#include "coefficients.h"
#include "real.h"

/* high + low, |low| at most half an ulp of high after a split. */
typedef struct real_pair {
    real high, low;
} real_pair;

/* 1.5 * 2^(digits - 1): adding it rounds to an integer, which stands in the low bits. */
#define FX_REAL_ROUNDER (FX_REAL(1.5) * (real)((real_bits)1 << (FX_REAL_DIGITS - 1)))
#define FX_REAL_BIAS    ((real_bits)(FX_REAL_MAX_EXP - 1))

FX_INLINE real real_with_sign(real x, real sign) {
    return real_from_bits(real_to_bits(x) | (real_to_bits(sign) & FX_REAL_SIGN));
}

/* a + b exactly, where a = 0 or |a| >= |b|. */
FX_INLINE real_pair real_split(real a, real b) {
    const real high = a + b;
    return (real_pair){high, (a - high) + b};
}

/* a b exactly, where nothing underflows. */
FX_INLINE real_pair real_product(real a, real b) {
    const real high = a * b;
    return (real_pair){high, FX_REAL_FMA(a, b, -high)};
}

/* (n.high + n.low) / (d.high + d.low), within 0.51 ulp. */
FX_INLINE real real_quotient(real_pair n, real_pair d) {
    const real inverse = 1 / d.high, q = n.high * inverse;
    const real rest = FX_REAL_FMA(-q, d.high, n.high) + (n.low - q * d.low);
    return FX_REAL_FMA(inverse, rest, q);
}

/* 2^n of an integer in two's complement, where that is a normal number. */
FX_INLINE real real_power_of_2(real_bits n) {
    return real_from_bits((n + FX_REAL_BIAS) << (FX_REAL_DIGITS - 1));
}

/* x 2^n for |n| up to twice the exponents there are: over- and underflow come in the second step.
 * The bias makes n positive for the shift. */
FX_INLINE real real_scaled(real x, real_bits n) {
    const real_bits half = ((n + 4 * FX_REAL_BIAS) >> 1) - 2 * FX_REAL_BIAS;
    return x * real_power_of_2(half) * real_power_of_2(n - half);
}

/* e^x = 2^n (1 + r + w), |r| <= ln 2 / 2, |w| < r^2 / 2 + r^3. */
typedef struct real_exp_parts {
    real_bits n;
    real r, w;
} real_exp_parts;

/* x.high must be within the range of n that real_scaled takes. r is x - n ln 2, and w has what r
 * lost in rounding. */
FX_INLINE real_exp_parts real_exp_reduce(real_pair x) {
    const real shifted = FX_REAL_FMA(x.high, FX_LOG2E, FX_REAL_ROUNDER);
    const real n = shifted - FX_REAL_ROUNDER;
    const real_pair r =
        real_split(FX_REAL_FMA(-n, FX_LN2_HI, x.high), FX_REAL_FMA(-n, FX_LN2_LO, x.low));
    const real p = FX_REAL_FMA(real_exp_tail(r.high), r.high, FX_REAL(0.5));
    return (real_exp_parts){real_to_bits(shifted) - real_to_bits(FX_REAL_ROUNDER), r.high,
                            FX_REAL_FMA(r.high * r.high, p, r.low)};
}

/* 1 + r + w of the parts. */
FX_INLINE real_pair real_exp_mantissa(real_exp_parts e) {
    const real_pair one = real_split(1, e.r);
    return real_split(one.high, one.low + e.w);
}

/* x kept within [low, high]; NaN stays. */
FX_INLINE real real_clamp(real x, real low, real high) {
    const real y = x < low ? low : x;
    return y > high ? high : y;
}

/* Beyond these e^x is 0 or infinity; beyond the third g e^x is 0 for every finite g. */
#if defined(FX_KERNEL_REAL_F32)
#define FX_EXP_LOW   (-110.0f)
#define FX_EXP_HIGH  90.0f
#define FX_SLOPE_LOW (-200.0f)
#else
#define FX_EXP_LOW   (-760.0)
#define FX_EXP_HIGH  712.0
#define FX_SLOPE_LOW (-1460.0)
#endif

FX_INLINE real real_exp_of_pair(real_pair x) {
    const real_exp_parts e = real_exp_reduce(x);
    return real_scaled(real_exp_mantissa(e).high, e.n);
}

/* e^x. f32 0.66 ulp (subnormal: 0.77), f64 0.68 (0.77). */
FX_INLINE real real_exp(real x) {
    return real_exp_of_pair((real_pair){real_clamp(x, FX_EXP_LOW, FX_EXP_HIGH), 0});
}

/* |x| = 2^k m, m in [sqrt 1/2, sqrt 2), for a finite |x| > 0; f = m - 1. */
typedef struct real_log_parts {
    real k, f;
} real_log_parts;

FX_INLINE real_log_parts real_log_reduce(real x) {
    const real_bits one = real_to_bits(1), root = real_to_bits(FX_REAL(0.70710678118654752));
    const real_bits hidden = (real_bits)1 << (FX_REAL_DIGITS - 1);
    const bool tiny = x < FX_REAL_NORMAL;
    const real lift = (real)(2 * hidden); /* makes a subnormal number normal */
    const real_bits bits = real_to_bits(tiny ? x * lift : x) + (one - root);
    const real m = real_from_bits((bits & (hidden - 1)) + root);
    /* The exponent as the last bits of a number of which the first bits are known: no conversion
     * of integers, for which there is no vector instruction everywhere. */
    const real anchor = (real)hidden;
    const real biased = real_from_bits((bits >> (FX_REAL_DIGITS - 1)) | real_to_bits(anchor));
    const real offset = anchor + (real)FX_REAL_BIAS;
    return (real_log_parts){(biased - offset) - (tiny ? (real)FX_REAL_DIGITS : 0), m - 1};
}

/* ln x: with s = f / (2 + f), ln m = f - f^2/2 + s (f^2/2 + s^2 tail(s^2)). f32 0.84 ulp,
 * f64 0.80. */
FX_INLINE real real_log(real x) {
    const real_log_parts parts = real_log_reduce(x);
    const real f = parts.f, s = f / (2 + f), z = s * s, half = FX_REAL(0.5) * f * f;
    const real small = FX_REAL_FMA(s, FX_REAL_FMA(z, real_log_tail(z), half), parts.k * FX_LN2_LO);
    const real_pair sum = real_split(parts.k * FX_LN2_HI, f);
    const real value = sum.high + (sum.low - (half - small));
    const real edge = x == 0 ? -(real)INFINITY : x < 0 ? (real)NAN : x;
    return ((x > 0) & (x < (real)INFINITY)) ? value : edge;
}

/* ln of a finite x > 0 to some 13 (f32: 11) bits more than real has: what pow needs. As above, but
 * the two leading terms of the series are pairs. */
FX_INLINE real_pair real_log_pair(real x) {
    const real_log_parts parts = real_log_reduce(x);
    const real f = parts.f, inverse = 1 / (2 + f);
    const real_pair d = real_split(2, f);
    real_pair s = {f * inverse, 0};
    s.low = inverse * (FX_REAL_FMA(-s.high, d.high, f) - s.high * d.low);
    real_pair z = real_product(s.high, s.high);
    z.low = FX_REAL_FMA(2 * s.high, s.low, z.low);
    const real p = real_pow_tail(z.high);
    real_pair q = real_split(FX_TWO_THIRDS_HI, z.high * p);
    q.low += FX_REAL_FMA(z.low, p, FX_TWO_THIRDS_LO);
    real_pair t = real_product(z.high, q.high);
    t.low += FX_REAL_FMA(z.high, q.low, z.low * q.high);
    real_pair v = real_product(s.high, t.high);
    v.low += FX_REAL_FMA(s.high, t.low, s.low * t.high);
    const real_pair m = real_split(2 * s.high, v.high);
    const real_pair sum = real_split(parts.k * FX_LN2_HI, m.high);
    const real low = FX_REAL_FMA(parts.k, FX_LN2_LO, m.low + FX_REAL_FMA(2, s.low, v.low));
    return real_split(sum.high, sum.low + low);
}

/* 0 if x >= 0 is an integer, as all are from 2^(digits - 1) on; adding that number rounds to one.
 */
FX_INLINE real real_fraction(real x) {
    const real anchor = (real)((real_bits)1 << (FX_REAL_DIGITS - 1));
    const real fraction = x - ((x + anchor) - anchor);
    return x >= anchor ? 0 : fraction;
}

/* |x|^(p.high + p.low) = e^(p ln |x|), before the special cases of pow. */
FX_INLINE real real_pow_magnitude(real x, real_pair p) {
    const real a = real_abs(x);
    real_pair l = real_log_pair(a);
    l.high = a == 0 ? -(real)INFINITY : a == (real)INFINITY ? a : l.high;
    const real exponent = p.high * l.high;
    const real low =
        FX_REAL_FMA(p.high, l.high, -exponent) + FX_REAL_FMA(p.low, l.high, p.high * l.low);
    const real high = real_clamp(exponent, FX_EXP_LOW, FX_EXP_HIGH);
    return real_exp_of_pair((real_pair){high, high == exponent ? low : 0});
}

/* x^(whole.high + whole.low), with C's special cases, which see whole.high. */
FX_INLINE real real_pow_pair(real x, real_pair whole) {
    const real p = whole.high;
    const real order = real_abs(p), a = real_abs(x);
    const real broken = real_fraction(order), broken_half = real_fraction(order * FX_REAL(0.5));
    const real odd = broken_half != 0 ? x : 0, sign = broken != 0 ? 0 : odd;
    const real negative = a < (real)INFINITY ? x : 0, unreal = broken != 0 ? negative : 0;
    real y = real_pow_magnitude(x, whole);
    y = real_with_sign(a == 1 ? 1 : y, sign); /* 1^inf is 1 */
    y = unreal < 0 ? (real)NAN : y;
    y = x != x ? x : y;
    y = p != p ? p : y;
    y = x == 1 ? 1 : y;
    return p == 0 ? 1 : y;
}

/* x^p. f32 0.67 ulp (subnormal: 0.79), f64 0.68 (0.81). */
FX_INLINE real real_pow(real x, real p) { return real_pow_pair(x, (real_pair){p, 0}); }

/* p - k exactly, of any two numbers. */
FX_INLINE real_pair real_less(real p, real k) {
    const real high = p - k, back = high - p;
    return (real_pair){high, (p - (high - back)) - (k + back)};
}

FX_INLINE real_pair real_one_plus(real_pair e) {
    real_pair d = real_split(1, e.high);
    d.low += e.low;
    return d;
}

/* 1 / (1 + e^-x), as e^x / (1 + e^x) for negative x. f32 0.78 ulp, f64 0.81. */
FX_INLINE real real_sigmoid(real x) {
    const real a = real_clamp(-real_abs(x), FX_EXP_LOW, 0);
    const real_exp_parts parts = real_exp_reduce((real_pair){a, 0});
    const real_pair m = real_exp_mantissa(parts);
    const real_pair e = {real_scaled(m.high, parts.n), real_scaled(m.low, parts.n)};
    const real_pair n = {x >= 0 ? 1 : e.high, x >= 0 ? 0 : e.low};
    return real_quotient(n, real_one_plus(e));
}

/* tanh x = E / (E + 2), E = e^(2|x|) - 1 as a pair. f32 0.76 ulp, f64 1.05, near x = 1/16: the
 * error of the polynomial is one of e^(2|x|), eight times E. */
FX_INLINE real real_tanh(real x) {
    const real twice = real_clamp(2 * real_abs(x), 0, FX_REAL_DIGITS);
    const real_exp_parts parts = real_exp_reduce((real_pair){twice, 0});
    const real scale = real_power_of_2(parts.n);
    const real_pair p = real_split(parts.r, parts.w);
    real_pair e = real_split(scale - 1, scale * p.high);
    e.low = FX_REAL_FMA(scale, p.low, e.low);
    const real d = e.high + 2, back = d - e.high;
    const real_pair denominator = {d, ((e.high - (d - back)) + (2 - back)) + e.low};
    return real_with_sign(real_quotient(e, denominator), x);
}

/* g e / (1 + e)^2 2^shift, e = e^-|a|. Where e is tiny it is taken as 2^-64 m first, and the rest
 * of its power of two comes last: so a large g does not overflow, and meets an e below any number.
 */
FX_INLINE real real_logistic_slope(real g, real a, real_bits shift) {
    const real x = real_clamp(-real_abs(a), FX_SLOPE_LOW, 0);
    const real_exp_parts parts = real_exp_reduce((real_pair){x, 0});
    const real_pair m = real_exp_mantissa(parts);
    const real_bits n = x < -50 ? (real_bits)0 - 64 : parts.n;
    const real scale = real_power_of_2(n);
    const real_pair d = real_one_plus((real_pair){scale * m.high, scale * m.low});
    real_pair square = real_product(d.high, d.high);
    square.low = FX_REAL_FMA(2 * d.high, d.low, square.low);
    const real slope = real_quotient(m, square) * real_power_of_2(n + shift);
    return real_scaled(g * slope, parts.n - n);
}

/* g s (1 - s), s = sigmoid x. f32 1.56 ulp, f64 1.52. */
FX_INLINE real real_sigmoid_grad(real g, real x) { return real_logistic_slope(g, x, 0); }

/* g (1 - tanh^2 x). f32 1.52 ulp, f64 1.50. */
FX_INLINE real real_tanh_grad(real g, real x) { return real_logistic_slope(g, 2 * x, 2); }

#endif
