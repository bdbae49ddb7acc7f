/* SPDX-License-Identifier: MIT */
/* The normal deviate of a stream: the quantile of the normal distribution at a uniform number. The
 * quantile is an odd function of the distance to 1/2 in the middle, and one of sqrt(-ln p) towards
 * the ends: times that, a polynomial each, by interpolation at Chebyshev's points in 50 digits.
 * Logarithm and root are those of the kernels, so that the bits are the same everywhere. */
#define FX_KERNEL_REAL_F64
#include "kernels/exponential.h"

#include "fluxion/random.h"

static double normal_polynomial(int n, const double *c, double x) {
    double y = c[n - 1];
    for (int i = n - 2; i >= 0; i--) y = y * x + c[i];
    return y;
}

/* Where the upper tail has probability 1/2 - q, q < 0.3: z / q in q^2, good to 2^-60. */
static double normal_middle(double q) {
    static const double c[] = {
        0x1.40d931ff62706p+1,   0x1.4ffddeaa22dcfp+1,   0x1.71713082d8b06p+2,
        0x1.f55d0d79d9adep+3,   0x1.78494abc293cep+5,   0x1.2ba8e31d9e935p+7,
        0x1.f0447de619153p+8,   0x1.a69226dff5fb0p+10,  0x1.6dd233a76e18fp+12,
        0x1.502a95b16073ep+14,  0x1.9e6b66c4c97ffp+15,  0x1.59185cb4abc2ep+19,
        -0x1.6441edcdf59fdp+22, 0x1.390d1f1d386c1p+26,  -0x1.30e76d2901971p+29,
        0x1.c34dc215408a8p+31,  -0x1.88fb0c8445c1ep+33, 0x1.678dbf6b6aa59p+34,
    };
    return q * normal_polynomial((int)(sizeof c / sizeof *c), c, q * q);
}

/* Where it has probability 2^-54 <= p <= 0.2: z / r in (r - 2) / (r + 2), good to 2^-60. */
static double normal_end(double p) {
    static const double c[] = {
        0x1.0b803449342fcp+0,  0x1.2be22704be2cap+0, -0x1.c5ddbd7893ac0p+0, 0x1.08d6beaf3621ep+1,
        -0x1.231bb9380611ap+1, 0x1.35cb846671645p+1, -0x1.44fcf99a0a2b7p+1, 0x1.515b56c44d2a1p+1,
        -0x1.5bf7c13abd7a1p+1, 0x1.6513d4fb6cdd8p+1, -0x1.6d2a4ad8e27dap+1, 0x1.74573451d43d6p+1,
        -0x1.7ad83385099a4p+1, 0x1.80bdb0450cfc8p+1, -0x1.862e9ffc8e565p+1, 0x1.8b282f2250832p+1,
        -0x1.8f7b03acfe1c7p+1, 0x1.933b0deeea3cfp+1, -0x1.995686ddf979fp+1, 0x1.a6c08c9a33ce7p+1,
        -0x1.b230f3575289ep+1, 0x1.9281731626412p+1, -0x1.2244fc1e0c9c8p+1, 0x1.0fc9f5a004294p+0,
        -0x1.dfc3606505d2ep-3,
    };
    const double r = FX_REAL_SQRT(-real_log(p));
    return r * normal_polynomial((int)(sizeof c / sizeof *c), c, (r - 2) / (r + 2));
}

double fx_normal(fx_stream stream, uint64_t element) {
    const uint64_t k = fx_random_bits(stream, element) >> 11, last = (UINT64_C(1) << 53) - 1;
    const bool upper = k > last / 2;
    const double p = (double)(2 * (upper ? last - k : k) + 1) * 0x1p-54;
    const double z = p > 0.2 ? normal_middle(0.5 - p) : normal_end(p);
    return upper ? z : -z;
}
