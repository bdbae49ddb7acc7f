/* SPDX-License-Identifier: MIT */
/* The permutations of NumPy's RandomState, so that a split made here has the rows of one made by
 * scikit-learn.
 *
 * Law: MT19937 (Matsumoto, Nishimura, ACM TOMACS 8, 1998) seeded from one 32-bit number; a bounded
 * integer is the low bits of an output, drawn again while too large; Fisher-Yates from the end. */
#include "fluxion/random.h"

enum { TWISTER_WORDS = 624, TWISTER_SHIFT = 397 };

typedef struct twister {
    uint32_t state[TWISTER_WORDS];
    int next;
} twister;

static void twister_seed(twister *t, uint32_t seed) {
    t->state[0] = seed;
    for (uint32_t i = 1; i < TWISTER_WORDS; i++) {
        const uint32_t before = t->state[i - 1];
        t->state[i] = 1812433253U * (before ^ before >> 30) + i;
    }
    t->next = TWISTER_WORDS;
}

static void twister_turn(twister *t) {
    for (int i = 0; i < TWISTER_WORDS; i++) {
        const uint32_t after = t->state[(i + 1) % TWISTER_WORDS];
        const uint32_t mixed = (t->state[i] & 0x80000000U) | (after & 0x7FFFFFFFU);
        t->state[i] = t->state[(i + TWISTER_SHIFT) % TWISTER_WORDS] ^ mixed >> 1 ^
                      (mixed & 1 ? 0x9908B0DFU : 0);
    }
    t->next = 0;
}

static uint32_t twister_next(twister *t) {
    if (t->next == TWISTER_WORDS) twister_turn(t);
    uint32_t y = t->state[t->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9D2C5680U;
    y ^= y << 15 & 0xEFC60000U;
    return y ^ y >> 18;
}

/* A number in 0..last. */
static uint32_t twister_up_to(twister *t, uint32_t last) {
    uint32_t mask = last, value;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do {
        value = twister_next(t) & mask;
    } while (value > last);
    return value;
}

void fx_numpy_permutation(uint32_t seed, int64_t n, int64_t *out) {
    if (!out) return;
    twister t;
    twister_seed(&t, seed);
    for (int64_t i = 0; i < n; i++) out[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        const uint32_t j = twister_up_to(&t, (uint32_t)i);
        const int64_t moved = out[i];
        out[i] = out[j];
        out[j] = moved;
    }
}
