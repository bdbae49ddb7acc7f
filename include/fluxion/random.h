/* SPDX-License-Identifier: MIT */
/* Random numbers as functions of a counter: the same for any order, batch or number of threads. */
#ifndef FLUXION_RANDOM_H
#define FLUXION_RANDOM_H

#include "fluxion/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names a stream of numbers. */
typedef struct fx_stream {
    uint64_t seed;
    uint64_t draw;    /* the how-manieth draw of a graph; below 2^48 */
    uint32_t purpose; /* one per use, so that streams of one seed and draw do not meet */
} fx_stream;

/* fx_philox
 * Philox4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). */
FX_API void fx_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* fx_random_bits
 * 64 random bits for an element of a stream: half (element mod 2) of the Philox block with
 * key = seed and counter = (element/2 low, element/2 high + draw high << 16, draw low, purpose). */
FX_API uint64_t fx_random_bits(fx_stream stream, uint64_t element);

/* fx_uniform
 * A number in [0, 1): the 53 high bits of fx_random_bits, divided by 2^53. */
FX_API double fx_uniform(fx_stream stream, uint64_t element);

/* fx_uniform_below
 * A whole number below bound, each equally often: by multiplication with rejection (Lemire, ACM
 * TOMACS 29, 2019), a rejected one being replaced by the same element of the next purpose. 0 if
 * bound is 0. */
FX_API uint64_t fx_uniform_below(fx_stream stream, uint64_t element, uint64_t bound);

/* fx_normal
 * A number from N(0, 1): the quantile of that distribution at fx_uniform + 2^-54, the middle of the
 * interval for which the 53 bits stand, within 4 ulp. So it rises with fx_uniform, is symmetric
 * about 0, never 0, and within +-8.2924. The same bits everywhere: no function of libm is called
 * but sqrt and fma. */
FX_API double fx_normal(fx_stream stream, uint64_t element);

/* fx_permutation
 * A permutation of 0..n-1 as a function of the stream: Fisher-Yates from the end, bounded integers
 * by multiplication with rejection (Lemire, ACM TOMACS 29, 2019). */
FX_API void fx_permutation(fx_stream stream, int64_t n, int64_t *out);

/* fx_purpose
 * A purpose from a text: 32 bits of FNV-1a. */
FX_API uint32_t fx_purpose(const char *text);

/* fx_numpy_permutation
 * Exactly numpy.random.RandomState(seed).permutation(n), which scikit-learn's train_test_split
 * takes its rows from: MT19937 (Matsumoto, Nishimura 1998), bounded integers by mask and
 * rejection, shuffled from the end. n below 2^32. */
FX_API void fx_numpy_permutation(uint32_t seed, int64_t n, int64_t *out);

#ifdef __cplusplus
}
#endif

#endif
