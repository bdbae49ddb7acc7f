/* SPDX-License-Identifier: MIT */
/* Numbers for tests of kernels: both dtypes through double, which holds every float exactly. */
#ifndef FLUXION_TESTS_KERNEL_DATA_H
#define FLUXION_TESTS_KERNEL_DATA_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "fluxion/kernel.h"

static const double data_special[] = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -3.0,
    0.5,
    -0.5,
    INFINITY,
    -INFINITY,
    NAN,
    5e-324,
    -5e-324,
    1e-310,
    1e-45,
    -1e-45,
    1e-40,
    DBL_MIN,
    FLT_MIN,
    DBL_MAX,
    -DBL_MAX,
    FLT_MAX,
    -FLT_MAX,
    88.7,
    -87.4,
    -103.9,
    709.7,
    -708.5,
    -745.1,
    800.0,
    1e-8,
    7.0,
    16777217.0,
    9007199254740993.0,
    0.70710678118654752,
    1.41421356237309505,
};
enum { DATA_SPECIALS = sizeof data_special / sizeof data_special[0] };

/* splitmix64 */
static inline uint64_t data_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline double data_uniform(uint64_t *state, double low, double high) {
    return low + (high - low) * ((double)(data_next(state) >> 11) * 0x1p-53);
}

static inline size_t data_size(int dtype) {
    return dtype == FX_F32 ? sizeof(float) : sizeof(double);
}

/* Address of element i. */
static inline void *data_at(int dtype, void *a, int64_t i) {
    return (char *)a + i * (int64_t)data_size(dtype);
}

/* By memcpy, as tests keep both dtypes in one array. */
static inline double data_get(int dtype, const void *a, int64_t i) {
    float narrow;
    double wide;
    const char *from = (const char *)a + i * (int64_t)data_size(dtype);
    memcpy(dtype == FX_F32 ? (void *)&narrow : (void *)&wide, from, data_size(dtype));
    return dtype == FX_F32 ? (double)narrow : wide;
}

static inline void data_set(int dtype, void *a, int64_t i, double x) {
    const float narrow = (float)x;
    memcpy(data_at(dtype, a, i), dtype == FX_F32 ? (const void *)&narrow : (const void *)&x,
           data_size(dtype));
}

/* Random numbers about 1, of many sizes, and the special ones now and then. */
static inline void data_fill(int dtype, void *a, int64_t n, uint64_t seed, bool special) {
    uint64_t state = seed;
    for (int64_t i = 0; i < n; i++) {
        const uint64_t kind = data_next(&state) % 16;
        double x = data_uniform(&state, -3, 3);
        if (kind < 4) x *= exp(data_uniform(&state, -40, 40));
        if (kind == 15 && special) x = data_special[data_next(&state) % DATA_SPECIALS];
        data_set(dtype, a, i, x);
    }
}

/* Same bits; one NaN is as good as another. */
static inline bool data_same(double a, double b) {
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* |y - exact| in units of the last place of exact, as far as the type goes. */
static inline double data_ulps(int dtype, double y, long double exact) {
    const int digits = dtype == FX_F32 ? FLT_MANT_DIG : DBL_MANT_DIG;
    const int lowest = dtype == FX_F32 ? FLT_MIN_EXP : DBL_MIN_EXP;
    const int highest = dtype == FX_F32 ? FLT_MAX_EXP : DBL_MAX_EXP;
    if (isnan(exact) || isnan(y)) return isnan(exact) && isnan(y) ? 0 : INFINITY;
    const long double top = ldexpl(1, highest), last = ldexpl(1, highest - digits - 1);
    const bool beyond = fabsl(exact) >= top - last;
    if (isinf(y)) return beyond && !signbit(y) == !signbit(exact) ? 0 : INFINITY;
    if (beyond) return (double)(fabsl(exact) < top ? 0.5L : (long double)INFINITY);
    int e;
    frexpl(exact, &e);
    return (double)ldexpl(fabsl((long double)y - exact), digits - (e > lowest ? e : lowest));
}

static const char *const data_dtype[] = {"f32", "f64"};

#endif
