/* SPDX-License-Identifier: MIT */
/* Random numbers against published vectors, laws of uniformity, and the rows of a real split. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/random.h"
#include "support.h"

/* The vectors published with Random123 (kat_vectors, philox4x32 with 10 rounds). */
FX_TEST(random, philox_gives_the_published_vectors) {
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } table[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint32_t out[4];
        fx_philox(table[i].counter, table[i].key, out);
        CHECK_THAT(memcmp(out, table[i].expected, sizeof out) == 0, "vector %zu: %08x", i, out[0]);
    }
}

FX_TEST(random, bits_are_halves_of_the_block_that_the_header_names) {
    static const struct {
        fx_stream stream;
        uint64_t element;
        uint32_t counter[4];
    } table[] = {
        {{0, 0, 0}, 0, {0, 0, 0, 0}},
        {{0, 0, 0}, 1, {0, 0, 0, 0}},
        {{UINT64_C(0x123456789abcdef0), 7, 9}, 10, {5, 0, 7, 9}},
        {{5, 7, 9}, UINT64_C(0x200000003), {1, 1, 7, 9}},
        {{5, UINT64_C(0xabcd12345678), 0xffffffff}, 1, {0, 0xabcd0000, 0x12345678, 0xffffffff}},
        {{5, UINT64_C(0x000100000000), 1}, UINT64_C(0x600000000), {0, 0x10003, 0, 1}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const uint64_t seed = table[i].stream.seed;
        const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
        uint32_t out[4];
        fx_philox(table[i].counter, key, out);
        const uint32_t *half = out + 2 * (table[i].element & 1);
        CHECK_THAT(fx_random_bits(table[i].stream, table[i].element) ==
                       ((uint64_t)half[1] << 32 | half[0]),
                   "row %zu", i);
    }
}

FX_TEST(random, purpose_is_fnv_1a) {
    CHECK(fx_purpose("") == 0x811c9dc5);
    CHECK(fx_purpose(NULL) == 0x811c9dc5);
    CHECK(fx_purpose("a") == 0xe40c292c);
    CHECK(fx_purpose("foobar") == 0xbf9cf968);
    CHECK(fx_purpose("\xff") == ((0x811c9dc5U ^ 0xff) * 0x01000193U));
}

enum { MANY = 100000, BINS = 100 };

/* Chi-square of 99 degrees lies below 149 except once in 1000 seeds; mean and variance of n uniform
 * numbers have standard deviations 1/sqrt(12 n) and 1/sqrt(180 n). */
static void check_uniform(const double *u) {
    int counts[BINS] = {0};
    double sum = 0, squares = 0, chi = 0, serial = 0;
    for (int i = 0; i < MANY; i++) {
        CHECK(u[i] >= 0 && u[i] < 1);
        counts[(int)(u[i] * BINS)]++;
        sum += u[i] - 0.5;
        squares += (u[i] - 0.5) * (u[i] - 0.5);
        serial += i ? (u[i] - 0.5) * (u[i - 1] - 0.5) : 0;
    }
    for (int b = 0; b < BINS; b++) {
        const double expected = (double)MANY / BINS;
        chi += (counts[b] - expected) * (counts[b] - expected) / expected;
    }
    CHECK_THAT(chi > 50 && chi < 149, "chi-square %g", chi);
    CHECK_NEAR(sum / MANY, 0, 4 / sqrt(12.0 * MANY));
    CHECK_NEAR(squares / MANY, 1.0 / 12, 4 / sqrt(180.0 * MANY));
    CHECK_NEAR(serial / MANY, 0, 4 / (12 * sqrt((double)MANY)));
}

FX_TEST(random, uniform_is_uniform_along_each_coordinate_of_a_stream) {
    static double u[MANY];
    const fx_stream stream = {42, 3, fx_purpose("test")};
    for (int along = 0; along < 4; along++) {
        for (uint32_t i = 0; i < MANY; i++) {
            fx_stream s = stream;
            s.seed += along == 0 ? i : 0;
            s.draw += along == 1 ? i : 0;
            s.purpose += along == 2 ? i : 0;
            u[i] = fx_uniform(s, along == 3 ? i : 0);
        }
        check_uniform(u);
    }
}

FX_TEST(random, uniform_is_the_53_high_bits) {
    const fx_stream stream = {1, 2, 3};
    for (uint64_t i = 0; i < 1000; i++) {
        const double u = fx_uniform(stream, i);
        CHECK((uint64_t)(u * 0x1p53) == fx_random_bits(stream, i) >> 11);
    }
}

static bool is_permutation(const int64_t *p, int n) {
    static unsigned char seen[1000];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < n; i++) {
        if (p[i] < 0 || p[i] >= n || seen[p[i]]) return false;
        seen[p[i]] = 1;
    }
    return true;
}

FX_TEST(random, permutations_are_bijections_and_write_nothing_else) {
    for (int n = -1; n <= 300; n++) {
        int64_t p[302];
        for (int numpy = 0; numpy < 2; numpy++) {
            for (int i = 0; i < 302; i++) p[i] = -7;
            if (numpy) {
                fx_numpy_permutation((uint32_t)n, n, p);
            } else {
                fx_permutation((fx_stream){(uint64_t)n, 1, 2}, n, p);
            }
            CHECK_THAT(is_permutation(p, n), "n %d, numpy %d", n, numpy);
            CHECK(p[n < 0 ? 0 : n] == -7);
        }
    }
    fx_permutation((fx_stream){0, 0, 0}, 5, NULL);
    fx_numpy_permutation(0, 5, NULL);
}

/* All 24 orders of 4, and every place for every number of 10, are equally frequent. */
FX_TEST(random, permutations_are_equally_frequent) {
    int orders[256] = {0}, places[10][10] = {{0}}, kinds = 0;
    double chi = 0;
    for (uint64_t seed = 0; seed < 24000; seed++) {
        int64_t p[10];
        fx_permutation((fx_stream){seed, 0, 0}, 4, p);
        orders[p[0] + 4 * p[1] + 16 * p[2] + 64 * p[3]]++;
        fx_permutation((fx_stream){7, seed, 0}, 10, p);
        for (int i = 0; i < 10; i++) places[i][p[i]]++;
    }
    for (int i = 0; i < 256; i++) {
        kinds += orders[i] > 0;
        chi += orders[i] ? (orders[i] - 1000.0) * (orders[i] - 1000.0) / 1000 : 0;
    }
    CHECK_THAT(kinds == 24 && chi < 50, "%d orders, chi-square %g", kinds, chi); /* p = 0.001 */
    for (int i = 0; i < 100; i++) CHECK(abs(places[i / 10][i % 10] - 2400) < 5 * 47);
}

/* The golden values hold the order of draws in place: a change would reshuffle every data set. */
FX_TEST(random, permutation_never_changes) {
    static const int64_t expected[10] = {6, 7, 9, 0, 4, 3, 1, 2, 8, 5};
    int64_t p[10];
    fx_permutation((fx_stream){42, 0, fx_purpose("batches")}, 10, p);
    for (int i = 0; i < 10; i++) CHECK_THAT(p[i] == expected[i], "%d: %lld", i, (long long)p[i]);
}

/* The rows of the split, in the order of scikit-learn's train_test_split(range(506),
 * test_size=0.2, random_state=42): first test, then train. */
FX_TEST(random, numpy_permutation_is_the_split_of_scikit_learn) {
    int64_t p[506];
    fx_numpy_permutation(42, 506, p);
    FILE *file = fopen("data/boston_split_seed42.csv", "r");
    CHECK(file);
    int wrong = fscanf(file, "row,set") != 0;
    for (int i = 0; i < 506; i++) {
        long long row = -1;
        char set[8] = "";
        wrong += fscanf(file, "%lld,%7s", &row, set) != 2 || row != p[i];
        wrong += strcmp(set, i < 102 ? "test" : "train") != 0;
    }
    fclose(file);
    CHECK_THAT(wrong == 0, "%d rows differ", wrong);
}

/* The stream whose element 0 has these bits: Philox backwards. */
static fx_stream random_stream_of(uint64_t seed, uint64_t bits, uint64_t *element) {
    const uint32_t a = 0xD2511F53, b = 0xCD9E8D57;
    uint32_t a_inverse = a, b_inverse = b; /* modulo 2^32: each step doubles the digits, from 3 */
    uint32_t x[4] = {(uint32_t)bits, (uint32_t)(bits >> 32), 0, 0};
    for (int i = 0; i < 4; i++) a_inverse *= 2 - a * a_inverse, b_inverse *= 2 - b * b_inverse;
    for (uint32_t round = 10; round-- > 0;) {
        const uint32_t k0 = (uint32_t)seed + round * 0x9E3779B9U;
        const uint32_t k1 = (uint32_t)(seed >> 32) + round * 0xBB67AE85U;
        const uint32_t x0 = x[3] * a_inverse, x2 = x[1] * b_inverse;
        const uint32_t x1 = x[0] ^ (uint32_t)((uint64_t)b * x2 >> 32) ^ k0;
        const uint32_t x3 = x[2] ^ (uint32_t)((uint64_t)a * x0 >> 32) ^ k1;
        x[0] = x0, x[1] = x1, x[2] = x2, x[3] = x3;
    }
    *element = 2 * (x[0] | (uint64_t)(x[1] & 0xffff) << 32);
    return (fx_stream){seed, x[2] | (uint64_t)(x[1] >> 16) << 32, x[3]};
}

static double random_normal_of(uint64_t bits) {
    uint64_t element;
    const fx_stream stream = random_stream_of(77, bits, &element);
    CHECK(fx_random_bits(stream, element) == bits);
    return fx_normal(stream, element);
}

/* Phi(z) at the middle of the interval, by the C library's erfc in long double: what 4 ulp of z and
 * some of erfc make of it. */
static void random_check_normal(double z, uint64_t k) {
    const bool upper = k >> 52;
    const long double a = fabsl(z), density = expl(-a * a / 2) / sqrtl(2 * acosl(-1));
    const uint64_t end = upper ? ((UINT64_C(1) << 53) - 1) - k : k;
    const long double p = (2 * (long double)end + 1) * 0x1p-54L, tail = erfcl(a / sqrtl(2)) / 2;
    CHECK_THAT((z > 0) == upper && fabsl(tail - p) <= 0x1p-50L * a * density + 0x1p-58L * p,
               "k %a: %.17g, its tail %.17Lg, not %.17Lg", (double)k, z, tail, p);
}

FX_TEST(random, normal_is_the_quantile_at_the_middle_of_the_interval) {
    if (!test_long_double_is_wide()) test_skip("long double is no wider than double");
    const fx_stream stream = {3, 1, fx_purpose("normal")};
    for (uint64_t i = 0; i < MANY / 10; i++)
        random_check_normal(fx_normal(stream, i), fx_random_bits(stream, i) >> 11);
    for (int shift = 0; shift < 53; shift++) /* towards the ends, and on both sides of the seams */
        for (uint64_t k = 1; k <= 9; k++) {
            const uint64_t at = (k << 53) / 10 >> shift;
            random_check_normal(random_normal_of(at << 11), at);
            random_check_normal(random_normal_of(~(at << 11)), (UINT64_C(1) << 53) - 1 - at);
        }
}

FX_TEST(random, normal_has_the_ends_that_the_header_names) {
    const double end = random_normal_of(UINT64_MAX), least = random_normal_of(UINT64_C(1) << 63);
    CHECK_NEAR(end, 8.292361075813595, 4e-16);
    CHECK(random_normal_of(0) == -end);
    CHECK_NEAR(least * 0x1p54, sqrt(2 * acos(-1)), 4e-16);
    CHECK(random_normal_of(UINT64_MAX >> 1) == -least);
    CHECK(random_normal_of(0x7ff) == -end); /* the last 11 bits play no role */
    for (uint64_t i = 1; i < 1000; i++) {
        const uint64_t bits = i * (UINT64_MAX / 1000);
        CHECK(random_normal_of(bits) == -random_normal_of(~bits));
        CHECK(random_normal_of(bits) > random_normal_of(bits - UINT64_MAX / 1000));
    }
}

/* Mean, variance and fourth moment, to four standard deviations; the largest distance between the
 * distribution function and Phi, which is below 1.95 / sqrt n except once in 1000 seeds
 * (Kolmogorov); neighbours are independent. */
static int random_compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void random_check_gaussian(double *z) {
    double sum = 0, squares = 0, fourth = 0, serial = 0, distance = 0;
    for (int i = 0; i < MANY; i++) {
        sum += z[i];
        squares += z[i] * z[i];
        fourth += z[i] * z[i] * z[i] * z[i];
        serial += i ? z[i] * z[i - 1] : 0;
    }
    CHECK_NEAR(sum / MANY, 0, 4 / sqrt(MANY));
    CHECK_NEAR(squares / MANY, 1, 4 * sqrt(2.0 / MANY));
    CHECK_NEAR(fourth / MANY, 3, 4 * sqrt(96.0 / MANY));
    CHECK_NEAR(serial / MANY, 0, 4 / sqrt(MANY));
    qsort(z, MANY, sizeof *z, random_compare);
    for (int i = 0; i < MANY; i++) {
        const double phi = erfc(-z[i] / sqrt(2)) / 2;
        distance = fmax(distance, fmax(phi - (double)i / MANY, (i + 1.0) / MANY - phi));
    }
    CHECK_THAT(distance < 1.95 / sqrt(MANY), "Kolmogorov's distance %g", distance);
}

FX_TEST(random, normal_is_normal_along_each_coordinate_of_a_stream) {
    static double z[MANY];
    for (int along = 0; along < 4; along++) {
        for (uint32_t i = 0; i < MANY; i++) {
            fx_stream s = {42, 3, fx_purpose("normal")};
            s.seed += along == 0 ? i : 0;
            s.draw += along == 1 ? i : 0;
            s.purpose += along == 2 ? i : 0;
            z[i] = fx_normal(s, along == 3 ? i : 0);
        }
        random_check_gaussian(z);
    }
}

/* The bits of these are promised to all machines. */
FX_TEST(random, normal_never_changes) {
    static const double expected[] = {
        0x1.149277b905bf7p+1, 0x1.80fcda6ab080cp-1, 0x1.0d5fe1804ac1ap+0, 0x1.d9ddd7d10adc5p-2,
        -0x1.38cbc02d7aa6p-4, 0x1.37b26bea5de71p+0, 0x1.632807d3c3bcbp+0, -0x1.37c7db44d5d01p-3,
        0x1.b22878e673e84p-1, 0x1.836743db57aacp-1, 0x1.9d820371037ecp-2, 0x1.a73c89bebef65p-3,
    };
    const fx_stream stream = {42, 0, fx_purpose("normal")};
    for (uint64_t i = 0; i < sizeof expected / sizeof *expected; i++)
        CHECK_THAT(fx_normal(stream, i) == expected[i], "%d: %a", (int)i, fx_normal(stream, i));
}

FX_TEST(random, whole_numbers_below_a_bound_are_equally_frequent) {
    const uint64_t bounds[] = {1, 2, 3, 7, 100};
    for (int b = 0; b < 5; b++) {
        int counts[100] = {0};
        double chi = 0;
        const double expected = (double)MANY / (double)bounds[b];
        for (uint64_t i = 0; i < MANY; i++) {
            const uint64_t x = fx_uniform_below((fx_stream){5, 0, 1}, i, bounds[b]);
            CHECK(x < bounds[b]);
            counts[x]++;
        }
        for (uint64_t k = 0; k < bounds[b]; k++)
            chi += (counts[k] - expected) * (counts[k] - expected) / expected;
        const double freedom = (double)bounds[b] - 1;
        CHECK_THAT(chi <= freedom + 5 * sqrt(2 * freedom), "below %d: %g", (int)bounds[b], chi);
    }
    CHECK(fx_uniform_below((fx_stream){1, 2, 3}, 4, 0) == 0);
}

/* Below b: the high half of bits times b, unless the low half is below 2^64 mod b. */
FX_TEST(random, what_would_be_too_frequent_is_drawn_again) {
    const uint64_t b = (UINT64_C(1) << 63) + 1, rest = (UINT64_C(1) << 63) - 1; /* 2^64 mod b */
    const struct {
        uint64_t bits;
        bool again;
        uint64_t high; /* of bits times b */
    } table[] = {{0, true, 0},
                 {1, false, 0},
                 {2, true, 1},
                 {rest, false, rest / 2},
                 {UINT64_MAX, false, rest + 1}};
    for (int i = 0; i < 5; i++) {
        uint64_t element;
        fx_stream stream = random_stream_of(7, table[i].bits, &element);
        const uint64_t low = table[i].bits * b, x = fx_uniform_below(stream, element, b);
        CHECK((low < rest) == table[i].again);
        if (!table[i].again) CHECK(x == table[i].high);
        stream.purpose++;
        if (table[i].again) CHECK(x == fx_uniform_below(stream, element, b));
    }
}
