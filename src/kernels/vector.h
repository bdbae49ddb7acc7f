/* SPDX-License-Identifier: MIT */
/* A vector of reals for gemm, whose register tile compilers do not find by themselves: AVX2 with
 * FMA, elsewhere one real. A mask says how many of its elements exist in memory. */
#ifndef FLUXION_SRC_KERNELS_VECTOR_H
#define FLUXION_SRC_KERNELS_VECTOR_H

#include "real.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

typedef __m256i real_mask;

#if defined(FX_KERNEL_REAL_F32)
enum { FX_LANES = 8 };
typedef __m256 real_vector;

FX_INLINE real_mask real_mask_first(int64_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}

FX_INLINE real_vector real_vector_of(real x) { return _mm256_set1_ps(x); }

FX_INLINE real_vector real_load(const real *x) { return _mm256_loadu_ps(x); }

FX_INLINE real_vector real_load_masked(const real *x, real_mask mask) {
    return _mm256_maskload_ps(x, mask);
}

FX_INLINE void real_store(real *x, real_vector v) { _mm256_storeu_ps(x, v); }

FX_INLINE void real_store_masked(real *x, real_mask mask, real_vector v) {
    _mm256_maskstore_ps(x, mask, v);
}

FX_INLINE real_vector real_vector_add(real_vector a, real_vector b) { return _mm256_add_ps(a, b); }

FX_INLINE real_vector real_vector_fma(real_vector a, real_vector b, real_vector c) {
    return _mm256_fmadd_ps(a, b, c);
}
#else
enum { FX_LANES = 4 };
typedef __m256d real_vector;

FX_INLINE real_mask real_mask_first(int64_t n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}

FX_INLINE real_vector real_vector_of(real x) { return _mm256_set1_pd(x); }

FX_INLINE real_vector real_load(const real *x) { return _mm256_loadu_pd(x); }

FX_INLINE real_vector real_load_masked(const real *x, real_mask mask) {
    return _mm256_maskload_pd(x, mask);
}

FX_INLINE void real_store(real *x, real_vector v) { _mm256_storeu_pd(x, v); }

FX_INLINE void real_store_masked(real *x, real_mask mask, real_vector v) {
    _mm256_maskstore_pd(x, mask, v);
}

FX_INLINE real_vector real_vector_add(real_vector a, real_vector b) { return _mm256_add_pd(a, b); }

FX_INLINE real_vector real_vector_fma(real_vector a, real_vector b, real_vector c) {
    return _mm256_fmadd_pd(a, b, c);
}
#endif

#else
enum { FX_LANES = 1 };
typedef bool real_mask;
typedef real real_vector;

FX_INLINE real_mask real_mask_first(int64_t n) { return n > 0; }

FX_INLINE real_vector real_vector_of(real x) { return x; }

FX_INLINE real_vector real_load(const real *x) { return *x; }

FX_INLINE real_vector real_load_masked(const real *x, real_mask mask) { return mask ? *x : 0; }

FX_INLINE void real_store(real *x, real_vector v) { *x = v; }

FX_INLINE void real_store_masked(real *x, real_mask mask, real_vector v) {
    if (mask) *x = v;
}

FX_INLINE real_vector real_vector_add(real_vector a, real_vector b) { return a + b; }

FX_INLINE real_vector real_vector_fma(real_vector a, real_vector b, real_vector c) {
    return FX_REAL_FMA(a, b, c);
}
#endif

#endif
