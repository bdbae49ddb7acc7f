/* SPDX-License-Identifier: MIT */
/* Random numbers as pure functions of (seed, purpose, draw, element), so that neither order nor
 * batches nor threads can change them.
 *
 * Method: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011) is a bijection of 128-bit counters chosen by a 64-bit key; the key is the seed and
 * everything else goes into the counter. Bounded integers: Lemire, "Fast random integer generation
 * in an interval", ACM TOMACS 29 (2019), which is exactly uniform. */
#include "fluxion/random.h"

enum { RANDOM_ROUNDS = 10 };

void fx_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        const uint64_t a = UINT64_C(0xD2511F53) * x0, b = UINT64_C(0xCD9E8D57) * x2;
        x0 = (uint32_t)(b >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)b;
        x2 = (uint32_t)(a >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)a;
        k0 += 0x9E3779B9U; /* golden ratio */
        k1 += 0xBB67AE85U; /* sqrt(3) - 1 */
    }
    out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3;
}

/* Elements 2 block and 2 block + 1 of a stream. */
static void random_block(fx_stream stream, uint64_t block, uint64_t bits[2]) {
    const uint32_t draw_high = (uint32_t)(stream.draw >> 32);
    const uint32_t key[2] = {(uint32_t)stream.seed, (uint32_t)(stream.seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32) + (draw_high << 16),
                                 (uint32_t)stream.draw, stream.purpose};
    uint32_t out[4];
    fx_philox(counter, key, out);
    bits[0] = (uint64_t)out[1] << 32 | out[0];
    bits[1] = (uint64_t)out[3] << 32 | out[2];
}

uint64_t fx_random_bits(fx_stream stream, uint64_t element) {
    uint64_t bits[2];
    random_block(stream, element / 2, bits);
    return bits[element % 2];
}

double fx_uniform(fx_stream stream, uint64_t element) {
    return (double)(fx_random_bits(stream, element) >> 11) * 0x1p-53;
}

/* The product of two 64-bit numbers as high and low halves, without a 128-bit type. */
static uint64_t random_multiply(uint64_t a, uint64_t b, uint64_t *low) {
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (uint32_t)middle;
    *low = a * b;
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

uint64_t fx_uniform_below(fx_stream stream, uint64_t element, uint64_t bound) {
    uint64_t low, high = random_multiply(fx_random_bits(stream, element), bound, &low);
    if (low >= bound) return high; /* no remainder reaches bound: saves the division */
    const uint64_t excess = (0 - bound) % bound;
    while (low < excess) {
        stream.purpose++;
        high = random_multiply(fx_random_bits(stream, element), bound, &low);
    }
    return high;
}

/* The elements of a stream in order: the two of a block are made at once. */
typedef struct random_source {
    fx_stream stream;
    uint64_t element, bits[2];
} random_source;

static uint64_t random_next(random_source *s) {
    const uint64_t half = s->element % 2;
    if (!half) random_block(s->stream, s->element / 2, s->bits);
    s->element++;
    return s->bits[half];
}

/* A number below bound (not 0). */
static uint64_t random_below(random_source *s, uint64_t bound) {
    uint64_t low, high = random_multiply(random_next(s), bound, &low);
    if (low >= bound) return high; /* no remainder reaches bound: saves the division */
    const uint64_t excess = (0 - bound) % bound;
    while (low < excess) high = random_multiply(random_next(s), bound, &low);
    return high;
}

void fx_permutation(fx_stream stream, int64_t n, int64_t *out) {
    if (!out) return;
    random_source source = {stream, 0, {0, 0}};
    for (int64_t i = 0; i < n; i++) out[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        const uint64_t j = random_below(&source, (uint64_t)i + 1);
        const int64_t moved = out[i];
        out[i] = out[j];
        out[j] = moved;
    }
}

uint32_t fx_purpose(const char *text) {
    uint32_t hash = 0x811C9DC5U;
    for (const char *p = text ? text : ""; *p; p++) hash = (hash ^ (unsigned char)*p) * 0x01000193U;
    return hash;
}
