/* SPDX-License-Identifier: MIT */
/* What makes one source serve every dtype and instruction set. The build compiles each family with
 * FX_KERNEL_REAL_F32 or FX_KERNEL_REAL_F64 and FX_KERNEL_ISA (baseline, avx2); symbols end in both.
 * Bits agree because each operation here is one IEEE operation: fma where a formula says fma, two
 * roundings where it does not (-ffp-contract=off). Only which NaN a NaN is may differ. */
#ifndef FLUXION_SRC_KERNELS_REAL_H
#define FLUXION_SRC_KERNELS_REAL_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "fluxion/kernel.h"

#if defined(FX_KERNEL_REAL_F32)
typedef float real;
typedef uint32_t real_bits;
#define FX_REAL(x)      x##f
#define FX_REAL_FMA     __builtin_fmaf
#define FX_REAL_SQRT    __builtin_sqrtf
#define FX_REAL_SUFFIX  f32
#define FX_REAL_DIGITS  FLT_MANT_DIG
#define FX_REAL_MAX_EXP FLT_MAX_EXP
#define FX_REAL_NORMAL  FLT_MIN
#elif defined(FX_KERNEL_REAL_F64)
typedef double real;
typedef uint64_t real_bits;
#define FX_REAL(x)      x
#define FX_REAL_FMA     __builtin_fma
#define FX_REAL_SQRT    __builtin_sqrt
#define FX_REAL_SUFFIX  f64
#define FX_REAL_DIGITS  DBL_MANT_DIG
#define FX_REAL_MAX_EXP DBL_MAX_EXP
#define FX_REAL_NORMAL  DBL_MIN
#endif

#define FX_PASTE(name, dtype, isa)     fx__##name##_##dtype##_##isa
#define FX_KERNEL_OF(name, dtype, isa) FX_PASTE(name, dtype, isa)

/* The symbol of a kernel of this compilation: fx__gemm_f32_avx2. */
#define FX_KERNEL(name) FX_KERNEL_OF(name, FX_REAL_SUFFIX, FX_KERNEL_ISA)

/* A loop whose iterations do not depend on each other, though y may be x. */
#if defined(__clang__)
#define FX_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define FX_INDEPENDENT _Pragma("GCC ivdep")
#else
#define FX_INDEPENDENT
#endif

/* What a loop must swallow whole to vectorise. */
#if defined(__GNUC__)
#define FX_INLINE static inline __attribute__((always_inline))
#else
#define FX_INLINE static inline
#endif

#if defined(FX_REAL_SUFFIX)
#define FX_REAL_SIGN ((real_bits)1 << (sizeof(real) * 8 - 1))

FX_INLINE real_bits real_to_bits(real x) {
    real_bits bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

FX_INLINE real real_from_bits(real_bits bits) {
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

FX_INLINE real real_abs(real x) { return real_from_bits(real_to_bits(x) & ~FX_REAL_SIGN); }
#endif

#endif
