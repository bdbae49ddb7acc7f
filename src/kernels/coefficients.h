/* SPDX-License-Identifier: MIT */
/* Made by coefficients.py: minimax polynomials (Remez) and constants of exponential.h. */
#ifndef FLUXION_SRC_KERNELS_COEFFICIENTS_H
#define FLUXION_SRC_KERNELS_COEFFICIENTS_H

#include "real.h"

#if defined(FX_KERNEL_REAL_F32)
/* (e^r - 1 - r - r^2/2) / r^3; 9.8e-11 of e^r */
FX_INLINE real real_exp_tail(real x) {
    real y = 0x1.9dd316p-13f;
    y = FX_REAL_FMA(y, x, 0x1.6d5024p-10f);
    y = FX_REAL_FMA(y, x, 0x1.111338p-7f);
    y = FX_REAL_FMA(y, x, 0x1.5554e6p-5f);
    y = FX_REAL_FMA(y, x, 0x1.555554p-3f);
    return y;
}

/* (2 artanh s - 2s) / s^3 in s^2; 8.1e-10 of ln */
FX_INLINE real real_log_tail(real x) {
    real y = 0x1.31e2cep-2f;
    y = FX_REAL_FMA(y, x, 0x1.995ebcp-2f);
    y = FX_REAL_FMA(y, x, 0x1.55557ap-1f);
    return y;
}

/* (2 artanh s - 2s - 2s^3/3) / s^5 in s^2; 4.7e-14 of ln */
FX_INLINE real real_pow_tail(real x) {
    real y = 0x1.8eb37p-3f;
    y = FX_REAL_FMA(y, x, 0x1.c6596p-3f);
    y = FX_REAL_FMA(y, x, 0x1.249374p-2f);
    y = FX_REAL_FMA(y, x, 0x1.999998p-2f);
    return y;
}

/* ln 2 in two parts, the first exact when multiplied by an exponent; log2 e; 2/3. */
#define FX_LN2_HI        0x1.62e4p-1f
#define FX_LN2_LO        0x1.7f7d1cp-20f
#define FX_LOG2E         0x1.715476p+0f
#define FX_TWO_THIRDS_HI 0x1.555556p-1f
#define FX_TWO_THIRDS_LO -0x1.555556p-26f
#else
/* (e^r - 1 - r - r^2/2) / r^3; 5.6e-18 of e^r */
FX_INLINE real real_exp_tail(real x) {
    real y = 0x1.ad1e1ab016a25p-26;
    y = FX_REAL_FMA(y, x, 0x1.28a0f57eb1d6dp-22);
    y = FX_REAL_FMA(y, x, 0x1.71df5947e2e52p-19);
    y = FX_REAL_FMA(y, x, 0x1.a019a9dc40356p-16);
    y = FX_REAL_FMA(y, x, 0x1.a01a01193b116p-13);
    y = FX_REAL_FMA(y, x, 0x1.6c16c17d24ed3p-10);
    y = FX_REAL_FMA(y, x, 0x1.11111111293aap-7);
    y = FX_REAL_FMA(y, x, 0x1.55555555530f2p-5);
    y = FX_REAL_FMA(y, x, 0x1.55555555554fep-3);
    return y;
}

/* (2 artanh s - 2s) / s^3 in s^2; 1.2e-18 of ln */
FX_INLINE real real_log_tail(real x) {
    real y = 0x1.2f04f70278cc3p-3;
    y = FX_REAL_FMA(y, x, 0x1.39a1c62fd12b5p-3);
    y = FX_REAL_FMA(y, x, 0x1.74663e6d9cb4p-3);
    y = FX_REAL_FMA(y, x, 0x1.c71c520bef856p-3);
    y = FX_REAL_FMA(y, x, 0x1.24924941ed8f9p-2);
    y = FX_REAL_FMA(y, x, 0x1.999999997fe04p-2);
    y = FX_REAL_FMA(y, x, 0x1.5555555555592p-1);
    return y;
}

/* (2 artanh s - 2s - 2s^3/3) / s^5 in s^2; 7.2e-23 of ln */
FX_INLINE real real_pow_tail(real x) {
    real y = 0x1.eb0ff8b0cb908p-4;
    y = FX_REAL_FMA(y, x, 0x1.de33947bcadp-4);
    y = FX_REAL_FMA(y, x, 0x1.1120b4be14031p-3);
    y = FX_REAL_FMA(y, x, 0x1.3b1362bc055efp-3);
    y = FX_REAL_FMA(y, x, 0x1.745d18323be89p-3);
    y = FX_REAL_FMA(y, x, 0x1.c71c71c580997p-3);
    y = FX_REAL_FMA(y, x, 0x1.2492492493033p-2);
    y = FX_REAL_FMA(y, x, 0x1.9999999999996p-2);
    return y;
}

/* ln 2 in two parts, the first exact when multiplied by an exponent; log2 e; 2/3. */
#define FX_LN2_HI        0x1.62e42fefa38p-1
#define FX_LN2_LO        0x1.ef35793c7673p-45
#define FX_LOG2E         0x1.71547652b82fep+0
#define FX_TWO_THIRDS_HI 0x1.5555555555555p-1
#define FX_TWO_THIRDS_LO 0x1.5555555555555p-55
#endif

#endif
