/* SPDX-License-Identifier: MIT */
/* Functions of one number: trigonometric, exponential, special. See ops.h for what all ops have in
 * common. Outside its domain a function is NaN; at the edge of it a slope may be infinite. */
#ifndef FLUXION_OPS_MATH_H
#define FLUXION_OPS_MATH_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_sin, fx_cos, fx_tan
 * Of an angle in radians; NaN at infinity. */
FX_API fx_tensor fx_sin(fx_tensor x);
FX_API fx_tensor fx_cos(fx_tensor x);
FX_API fx_tensor fx_tan(fx_tensor x);

/* fx_asin, fx_acos, fx_atan
 * Their inverses, with values in [-pi/2, pi/2], [0, pi], [-pi/2, pi/2]. asin and acos are NaN
 * beyond 1 in magnitude, and their slopes there are infinite. */
FX_API fx_tensor fx_asin(fx_tensor x);
FX_API fx_tensor fx_acos(fx_tensor x);
FX_API fx_tensor fx_atan(fx_tensor x);

/* fx_exp2, fx_expm1
 * 2^x; e^x - 1, without cancellation near 0. */
FX_API fx_tensor fx_exp2(fx_tensor x);
FX_API fx_tensor fx_expm1(fx_tensor x);

/* fx_log2, fx_log10, fx_log1p
 * Logarithms to base 2 and 10, and ln(1 + x) without cancellation near 0: -infinity where the
 * argument of the logarithm is 0, NaN where it is below. */
FX_API fx_tensor fx_log2(fx_tensor x);
FX_API fx_tensor fx_log10(fx_tensor x);
FX_API fx_tensor fx_log1p(fx_tensor x);

/* fx_sinh, fx_cosh
 * (e^x - e^-x) / 2 and (e^x + e^-x) / 2. */
FX_API fx_tensor fx_sinh(fx_tensor x);
FX_API fx_tensor fx_cosh(fx_tensor x);

/* fx_asinh, fx_acosh, fx_atanh
 * The inverses of sinh, cosh and tanh. acosh is NaN below 1, where its slope is infinite; atanh is
 * infinite at 1 and -1, its slope too, and NaN beyond. */
FX_API fx_tensor fx_asinh(fx_tensor x);
FX_API fx_tensor fx_acosh(fx_tensor x);
FX_API fx_tensor fx_atanh(fx_tensor x);

/* fx_erf, fx_erfc
 * 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x, and what is missing to 1, which keeps its
 * digits where erf is near 1. */
FX_API fx_tensor fx_erf(fx_tensor x);
FX_API fx_tensor fx_erfc(fx_tensor x);

/* fx_erfinv
 * The inverse of erf: infinite at 1 and -1, its slope too, NaN beyond. */
FX_API fx_tensor fx_erfinv(fx_tensor x);

/* fx_lgamma
 * ln |Gamma(x)|: infinite at 0, -1, -2, ..., where its slope is that of digamma. */
FX_API fx_tensor fx_lgamma(fx_tensor x);

/* fx_digamma
 * psi(x) = d ln Gamma(x) / dx: minus infinity at 0, infinity at -0, NaN at -1, -2, ... */
FX_API fx_tensor fx_digamma(fx_tensor x);

/* fx_polygamma
 * The n-th derivative of digamma, which is digamma itself for n = 0. At 0, -1, -2, ... it is
 * infinity for odd n; for even n it is minus infinity at 0, infinity at -0, NaN at -1, -2, ...
 * FX_ERR_ARGUMENT if n is not in 0 .. 170; differentiating by x needs n + 1. */
FX_API fx_tensor fx_polygamma(int n, fx_tensor x);

#ifdef __cplusplus
}
#endif

#endif
