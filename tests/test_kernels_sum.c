/* SPDX-License-Identifier: MIT */
/* The sum against its definition, bit by bit, for every length and layout; its bound of error. */
#include "kernel_data.h"
#include "kernels/kernels.h"
#include "support.h"

enum { SUM_MOST = 1 << 17, SUM_LANES = 64, SUM_BLOCKS = SUM_MOST / FX_SUM_BLOCK };

static double sum_x[SUM_MOST], sum_y[SUM_MOST];

/* Two floats added in double and rounded to float are rounded once: 53 >= 2 * 24 + 2. */
static double sum_round(int dtype, double x) { return dtype == FX_F32 ? (double)(float)x : x; }

static double sum_block(int dtype, const double *x, int64_t n) {
    double lane[SUM_LANES] = {0};
    for (int64_t i = 0; i < n; i++)
        lane[i % SUM_LANES] = sum_round(dtype, lane[i % SUM_LANES] + x[i]);
    for (int half = SUM_LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] = sum_round(dtype, lane[l] + lane[l + half]);
    return lane[0];
}

/* The definition, with the size of each waiting tree written beside it. */
static double sum_literal(int dtype, const double *x, int64_t n) {
    double tree[SUM_BLOCKS];
    int64_t size[SUM_BLOCKS];
    int depth = 0;
    if (n == 0) return 0;
    for (int64_t i = 0; i < n; i += FX_SUM_BLOCK) {
        tree[depth] = sum_block(dtype, x + i, n - i < FX_SUM_BLOCK ? n - i : FX_SUM_BLOCK);
        size[depth++] = 1;
        for (; depth > 1 && size[depth - 1] == size[depth - 2]; depth--) {
            tree[depth - 2] = sum_round(dtype, tree[depth - 2] + tree[depth - 1]);
            size[depth - 2] *= 2;
        }
    }
    for (; depth > 1; depth--)
        tree[depth - 2] = sum_round(dtype, tree[depth - 2] + tree[depth - 1]);
    return tree[0];
}

static const char *const sum_isas[] = {"baseline", "avx2"};

static void sum_check(const fx_kernels *k, int dtype, const fx_sum_args *s) {
    static double sequence[SUM_MOST];
    data_set(dtype, s->y, s->count, 77);
    k->sum[dtype](s);
    for (int64_t o = 0; o < s->count; o++) {
        for (int64_t i = 0; i < s->n; i++)
            sequence[i] = data_get(dtype, s->x, o * s->outer + i * s->inner);
        const double want = sum_literal(dtype, sequence, s->n), y = data_get(dtype, s->y, o);
        CHECK_THAT(data_same(y, want), "%s %s n %d inner %d outer %d, sum %d: %a, not %a", k->isa,
                   data_dtype[dtype], (int)s->n, (int)s->inner, (int)s->outer, (int)o, y, want);
    }
    CHECK(data_get(dtype, s->y, s->count) == 77);
}

FX_TEST(kernels_sum, every_length_is_the_definition) {
    for (int dtype = 0; dtype < 2; dtype++) {
        data_fill(dtype, sum_x, SUM_MOST, 5, false);
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(sum_isas[s]);
            for (int64_t n = 0; k && n <= 3000; n += n < 1100 ? 1 : 7) {
                const void *x = data_at(dtype, sum_x, n % 5);
                sum_check(k, dtype, &(fx_sum_args){1, n, x, 0, 1, sum_y});
                sum_check(k, dtype, &(fx_sum_args){1, n, x, 0, 3, sum_y});
            }
        }
    }
}

/* Rows, columns of several widths, both strided, repeated, backwards. */
static void sum_layouts(const fx_kernels *k, int dtype, int64_t count, int64_t n) {
    const fx_sum_args layouts[] = {
        {count, n, sum_x, n, 1, sum_y},
        {count, n, sum_x, 1, count, sum_y},
        {count, n, sum_x, 1, count + 3, sum_y},
        {count, n, sum_x, 2, 2 * count + 1, sum_y},
        {count, n, sum_x, 0, 1, sum_y},
        {count, n, sum_x, 1, 0, sum_y},
        {count, n, sum_x, 1, 1, sum_y},
        {count, n, sum_x, n + 2, 1, sum_y},
        {count, n, data_at(dtype, sum_x, SUM_MOST - 1), -1, -count, sum_y},
    };
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        sum_check(k, dtype, &layouts[i]);
}

FX_TEST(kernels_sum, every_layout_is_the_definition) {
    static const int64_t lengths[] = {0, 1, 2, 3, 5, 8, 13, 31, 32, 33, 63, 64, 65, 130, 1025};
    for (int dtype = 0; dtype < 2; dtype++) {
        data_fill(dtype, sum_x, SUM_MOST, 6, false);
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(sum_isas[s]);
            for (int64_t count = 0; k && count <= 35; count += 1 + count / 20)
                for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
                    sum_layouts(k, dtype, count, lengths[i]);
        }
    }
}

FX_TEST(kernels_sum, long_and_special_sequences_are_the_definition) {
    for (int dtype = 0; dtype < 2; dtype++)
        for (int special = 0; special < 2; special++) {
            data_fill(dtype, sum_x, SUM_MOST, 7, special);
            for (int s = 0; s < 2; s++) {
                const fx_kernels *k = fx__kernels_choose(sum_isas[s]);
                for (int64_t n = 3000; k && n < 18000; n += 1021) sum_layouts(k, dtype, 3, n);
                if (k) sum_check(k, dtype, &(fx_sum_args){1, SUM_MOST - 5, sum_x, 0, 1, sum_y});
            }
        }
}

/* For the proof in sum.c: lanes left out would have held +0.0. */
FX_TEST(kernels_sum, zeros_sum_to_positive_zero) {
    for (int64_t i = 0; i < 3000; i++) sum_x[i] = -0.0;
    for (int64_t n = 0; n < 3000; n += 1 + n / 8) {
        fx__kernels_choose(NULL)->sum[FX_F64](&(fx_sum_args){1, n, sum_x, 0, 1, sum_y});
        CHECK(data_same(sum_y[0], 0.0));
    }
}

FX_TEST(kernels_sum, errors_are_within_the_stated_bound) {
    static float x[SUM_MOST];
    uint64_t state = 8;
    double exact = 0, size = 0;
    for (int64_t i = 0; i < SUM_MOST; i++) {
        x[i] = (float)data_uniform(&state, -0.1, 1);
        exact += (double)x[i];
        size += fabs((double)x[i]);
    }
    float y;
    fx__kernels_choose(NULL)->sum[FX_F32](&(fx_sum_args){1, SUM_MOST, x, 0, 1, &y});
    const double u = 0x1p-24, bound = u * (24 + log2(SUM_BLOCKS)) * size;
    CHECK_THAT(fabs((double)y - exact) <= bound, "%g off, bound %g", (double)y - exact, bound);
}
