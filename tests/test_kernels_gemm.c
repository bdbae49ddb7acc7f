/* SPDX-License-Identifier: MIT */
/* The matrix product against its definition, bit by bit: every stride, small sizes, blocks of k. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel_data.h"
#include "kernels/kernels.h"
#include "support.h"

enum { GEMM_MOST = 1 << 18, GEMM_PAD = 3 };

static double gemm_a[GEMM_MOST], gemm_b[GEMM_MOST], gemm_c[GEMM_MOST], gemm_old[GEMM_MOST];
static double gemm_bias[GEMM_MOST];

static double gemm_step(int dtype, double a, double b, double sum) {
    if (dtype == FX_F32) return (double)fmaf((float)a, (float)b, (float)sum);
    return fma(a, b, sum);
}

/* Two floats added in double and rounded to float are rounded once: 53 >= 2 * 24 + 2. */
static double gemm_add(int dtype, double a, double b) {
    return dtype == FX_F32 ? (double)(float)(a + b) : a + b;
}

static double gemm_element(const fx_gemm_args *g, int dtype, int64_t i, int64_t j, double old) {
    double total = 0;
    for (int64_t block = 0; block < g->k; block += FX_GEMM_BLOCK) {
        double chain = 0;
        for (int64_t l = block; l < g->k && l < block + FX_GEMM_BLOCK; l++)
            chain = gemm_step(dtype, data_get(dtype, g->a, i * g->a_row + l * g->a_col),
                              data_get(dtype, g->b, l * g->b_row + j * g->b_col), chain);
        total = block == 0 ? chain : gemm_add(dtype, total, chain);
    }
    if (g->bias) total = gemm_add(dtype, total, data_get(dtype, g->bias, j));
    return g->add ? gemm_add(dtype, total, old) : total;
}

/* kind 0: dense; 1: transposed; 2: padded rows; 3: one row repeated; 4: steps in both. */
static void gemm_strides(int kind, int64_t rows, int64_t columns, int64_t *row, int64_t *column) {
    *row = kind == 1 ? 1 : kind == 2 ? columns + GEMM_PAD : kind == 3 ? 0 : columns;
    *column = kind == 1 ? rows : 1;
    if (kind == 4) {
        *column = 2;
        *row = 2 * columns + 1;
    }
}

/* All of C is compared, with what lies between its rows. */
static void gemm_check(const fx_kernels *k, int dtype, const fx_gemm_args *g) {
    memcpy(gemm_c, gemm_old, (size_t)(g->m * g->c_row + 1) * sizeof gemm_c[0]);
    k->gemm[dtype](g);
    for (int64_t i = 0; i < g->m; i++)
        for (int64_t j = 0; j < g->c_row; j++) {
            const double old = data_get(dtype, gemm_old, i * g->c_row + j);
            const double want = j < g->n ? gemm_element(g, dtype, i, j, old) : old;
            const double seen = data_get(dtype, gemm_c, i * g->c_row + j);
            CHECK_THAT(data_same(seen, want),
                       "%s %s [%d, %d, %d] a %d %d b %d %d: C[%d, %d] = %a, not %a", k->isa,
                       data_dtype[dtype], (int)g->m, (int)g->n, (int)g->k, (int)g->a_row,
                       (int)g->a_col, (int)g->b_row, (int)g->b_col, (int)i, (int)j, seen, want);
        }
}

/* mix chooses strides, bias and addition. */
static void gemm_case(const fx_kernels *k, int dtype, int64_t m, int64_t n, int64_t depth,
                      unsigned mix) {
    fx_gemm_args g = {.m = m, .n = n, .k = depth, .a = gemm_a, .b = gemm_b, .c = gemm_c};
    gemm_strides((int)(mix % 5), m, depth, &g.a_row, &g.a_col);
    gemm_strides((int)(mix / 5 % 5), depth, n, &g.b_row, &g.b_col);
    g.c_row = n + (mix / 25 % 2 ? GEMM_PAD : 0);
    g.bias = mix / 50 % 2 ? gemm_bias : NULL;
    g.add = mix / 100 % 2;
    gemm_check(k, dtype, &g);
}

enum { GEMM_MIXES = 200 };

static void gemm_fill(int dtype, bool special) {
    data_fill(dtype, gemm_a, GEMM_MOST, 1, special);
    data_fill(dtype, gemm_b, GEMM_MOST, 2, special);
    data_fill(dtype, gemm_old, GEMM_MOST, 3, special);
    data_fill(dtype, gemm_bias, GEMM_MOST, 4, special);
}

static const char *const gemm_isas[] = {"baseline", "avx2"};

FX_TEST(kernels_gemm, small_products_are_the_definition) {
    unsigned mix = 0;
    for (int dtype = 0; dtype < 2; dtype++) {
        gemm_fill(dtype, false);
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(gemm_isas[s]);
            for (int64_t m = 0; k && m <= 20; m++)
                for (int64_t n = 0; n <= 20; n++)
                    for (int64_t depth = 0; depth <= 20; depth += 1 + depth / 6)
                        gemm_case(k, dtype, m, n, depth, mix += 7);
        }
    }
}

FX_TEST(kernels_gemm, every_layout_is_the_definition) {
    static const int64_t sizes[][3] = {{7, 10, 13}, {6, 16, 8}, {13, 33, 5}, {1, 4, 9}};
    for (int dtype = 0; dtype < 2; dtype++) {
        gemm_fill(dtype, true);
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(gemm_isas[s]);
            for (unsigned mix = 0; k && mix < GEMM_MIXES; mix++)
                for (int i = 0; i < 4; i++)
                    gemm_case(k, dtype, sizes[i][0], sizes[i][1], sizes[i][2], mix);
        }
    }
}

/* Blocks of k, several panels, more rows than a chunk; B within the first cache and not. */
FX_TEST(kernels_gemm, large_products_are_the_definition) {
    static const int64_t sizes[][3] = {
        {7, 5, 383},  {7, 17, 384}, {8, 9, 385},   {3, 18, 767},  {30, 20, 768},
        {5, 3, 769},  {2, 2, 1153}, {250, 3, 385}, {241, 20, 20}, {245, 17, 40},
        {31, 70, 90}, {481, 9, 2},  {25, 16, 384}, {1, 130, 770},
    };
    for (int dtype = 0; dtype < 2; dtype++) {
        gemm_fill(dtype, false);
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(gemm_isas[s]);
            for (size_t i = 0; k && i < sizeof sizes / sizeof sizes[0]; i++)
                for (unsigned mix = 0; mix < GEMM_MIXES; mix += 11)
                    gemm_case(k, dtype, sizes[i][0], sizes[i][1], sizes[i][2], mix);
        }
    }
}

/* A chain from +0.0 over a product that vanishes is -0.0, and stays so: nothing is added to it. */
FX_TEST(kernels_gemm, the_first_block_is_taken_as_it_is) {
    volatile double small = 1e-300; /* valgrind's fma loses the sign of what vanishes */
    if (!signbit(fma(small, -small, 0))) test_skip("fma is not exact on this machine");
    for (int dtype = 0; dtype < 2; dtype++) {
        const double tiny = dtype == FX_F32 ? 1e-30 : 1e-300;
        double a, b, c = 0;
        data_set(dtype, &a, 0, tiny);
        data_set(dtype, &b, 0, -tiny);
        const fx_gemm_args g = {.m = 1, .n = 1, .k = 1, .a = &a, .b = &b, .c = &c};
        for (int s = 0; s < 2; s++) {
            const fx_kernels *k = fx__kernels_choose(gemm_isas[s]);
            if (!k) continue;
            k->gemm[dtype](&g);
            CHECK(data_same(data_get(dtype, &c, 0), -0.0));
        }
    }
}

FX_TEST(kernels_gemm, no_products_give_the_bias) {
    const fx_kernels *k = fx__kernels_choose(NULL);
    float c[6] = {9, 9, 9, 9, 9, 9};
    const float bias[3] = {1, 2, 3};
    fx_gemm_args g = {.m = 2, .n = 3, .c = c, .c_row = 3, .b_col = 1, .a_row = 5, .bias = bias};
    k->gemm[FX_F32](&g);
    for (int i = 0; i < 6; i++) CHECK(c[i] == bias[i % 3]);
    g.bias = NULL;
    k->gemm[FX_F32](&g);
    for (int i = 0; i < 6; i++) CHECK(data_same((double)c[i], 0.0));
}

/* Operands and result each end where their page ends, and the next one cannot be touched. */
static char *gemm_guarded(size_t page, size_t bytes) {
    const int zero = open("/dev/zero", O_RDWR);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    close(zero);
    CHECK(pages != MAP_FAILED && bytes <= page);
    CHECK(mprotect(pages + page, page, PROT_NONE) == 0);
    return pages + page - bytes;
}

static void gemm_run_guarded(int dtype, int64_t m, int64_t n, int64_t depth, size_t page,
                             char *const *ends) {
    const int64_t size = (int64_t)data_size(dtype);
    char *a = ends[0] - m * depth * size, *b = ends[1] - depth * n * size;
    fx_gemm_args g = {.m = m,
                      .n = n,
                      .k = depth,
                      .a = a,
                      .a_row = depth,
                      .a_col = 1,
                      .b = b,
                      .c = ends[2] - m * n * size,
                      .c_row = n,
                      .bias = ends[3] - n * size};
    CHECK((size_t)(m * depth * size) <= page && (size_t)(depth * n * size) <= page);
    for (int transposed = 0; transposed < 2; transposed++) {
        g.b_row = transposed ? 1 : n;
        g.b_col = transposed ? depth : 1;
        fx__kernels_choose(NULL)->gemm[dtype](&g);
    }
}

FX_TEST(kernels_gemm, touches_only_its_operands) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *ends[4];
    for (int i = 0; i < 4; i++) ends[i] = gemm_guarded(page, 0);
    for (int dtype = 0; dtype < 2; dtype++)
        for (int64_t m = 1; m <= 26; m += 5)
            for (int64_t n = 1; n <= 19; n++)
                for (int64_t depth = 1; depth <= 13; depth += 3)
                    gemm_run_guarded(dtype, m, n, depth, page, ends);
    for (int i = 0; i < 4; i++) CHECK(munmap(ends[i] - page, 2 * page) == 0);
}
