/* SPDX-License-Identifier: MIT */
/* Matrix product. C is cut into panels of two vectors of columns, a panel into tiles of six rows
 * whose sums stay in registers while k runs (Goto and van de Geijn 2008). Columns of B that are not
 * contiguous, or do not stay in the first cache, are first copied to a panel on the stack. A block
 * of k is one chain of fma; the sum of the blocks so far waits in a second buffer, and what the
 * chains give first is taken as it is: no zero is added to it. */
#include "vector.h"

#define gemm_kernel FX_KERNEL(gemm)
fx_gemm_kernel gemm_kernel;

enum {
    FX_TILE_ROWS = 6,
    FX_TILE_VECTORS = 2,
    FX_PANEL = FX_TILE_VECTORS * FX_LANES,
    FX_CHUNK_ROWS = 240,       /* rows of C between two packings of B */
    FX_B_IN_CACHE = 16 * 1024, /* bytes of B that are used where they are */
    FX_ROWS_UNPACKED = 24      /* as are panels that so few rows use */
};

/* One tile of one block of k. */
typedef struct gemm_tile {
    int64_t k;
    const real *a, *b;
    int64_t a_row, a_col, b_row;
    real_mask mask; /* of the last vector of columns */
    real *sums;     /* of the blocks before, [rows][FX_PANEL] */
    bool first, last;
    real *c;
    int64_t c_row;
    const real *bias;
    bool add;
} gemm_tile;

/* The rows of C from the finished sums. */
FX_INLINE void gemm_finish(const gemm_tile *t, const int rows, const int vectors,
                           real_vector sum[FX_TILE_ROWS][FX_TILE_VECTORS]) {
    for (int v = 0; v < vectors; v++) {
        const int64_t j = v * FX_LANES;
        const real_mask mask = v == vectors - 1 ? t->mask : real_mask_first(FX_LANES);
        const real_vector bias = t->bias ? real_load_masked(t->bias + j, mask) : real_vector_of(0);
        for (int i = 0; i < rows; i++) {
            real *c = t->c + i * t->c_row + j;
            real_vector y = sum[i][v];
            if (t->bias) y = real_vector_add(y, bias);
            if (t->add) y = real_vector_add(y, real_load_masked(c, mask));
            real_store_masked(c, mask, y);
        }
    }
}

/* rows and vectors are constants where this is called. */
FX_INLINE void gemm_run_tile(const gemm_tile *t, const int rows, const int vectors) {
    real_vector sum[FX_TILE_ROWS][FX_TILE_VECTORS], b[FX_TILE_VECTORS];
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++) sum[i][v] = real_vector_of(0);
    const real *pa = t->a, *pb = t->b;
    const int64_t a_row = t->a_row, a_col = t->a_col, b_row = t->b_row;
    const real_mask mask = t->mask;
    for (int64_t l = 0; l < t->k; l++, pa += a_col, pb += b_row) {
        for (int v = 0; v < vectors - 1; v++) b[v] = real_load(pb + v * FX_LANES);
        b[vectors - 1] = real_load_masked(pb + (vectors - 1) * FX_LANES, mask);
        for (int i = 0; i < rows; i++) {
            const real_vector a = real_vector_of(pa[i * a_row]);
            for (int v = 0; v < vectors; v++) sum[i][v] = real_vector_fma(a, b[v], sum[i][v]);
        }
    }
    if (!t->first)
        for (int i = 0; i < rows; i++)
            for (int v = 0; v < vectors; v++)
                sum[i][v] =
                    real_vector_add(real_load(t->sums + i * FX_PANEL + v * FX_LANES), sum[i][v]);
    if (t->last) {
        gemm_finish(t, rows, vectors, sum);
        return;
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            real_store(t->sums + i * FX_PANEL + v * FX_LANES, sum[i][v]);
}

FX_INLINE void gemm_run_rows(const gemm_tile *t, int64_t rows, const int vectors) {
    switch (rows) {
    case 1:
        gemm_run_tile(t, 1, vectors);
        return;
    case 2:
        gemm_run_tile(t, 2, vectors);
        return;
    case 3:
        gemm_run_tile(t, 3, vectors);
        return;
    case 4:
        gemm_run_tile(t, 4, vectors);
        return;
    case 5:
        gemm_run_tile(t, 5, vectors);
        return;
    default:
        gemm_run_tile(t, FX_TILE_ROWS, vectors);
        return;
    }
}

/* panel[l][j] = B[l, j]. What lies beyond the columns is never read: the mask leaves it out. */
static void gemm_pack(const fx_gemm_args *g, const gemm_tile *t, int64_t l, int64_t j,
                      int64_t columns, real *panel) {
    const real *b = (const real *)g->b + l * g->b_row + j * g->b_col;
    const bool wide = columns > FX_LANES;
    const int64_t masked = wide ? FX_LANES : 0;
    if (g->b_col != 1) {
        for (int64_t i = 0; i < t->k; i++)
            for (int64_t c = 0; c < columns; c++)
                panel[i * FX_PANEL + c] = b[i * g->b_row + c * g->b_col];
        return;
    }
    for (int64_t i = 0; i < t->k; i++, b += g->b_row, panel += FX_PANEL) {
        if (wide) real_store(panel, real_load(b));
        real_store(panel + masked, real_load_masked(b + masked, t->mask));
    }
}

/* The tiles of a chunk of rows and one block of k. t comes with the block's B. */
static void gemm_rows(const fx_gemm_args *g, gemm_tile t, int64_t i, int64_t end, int64_t l,
                      int64_t j, int64_t columns) {
    for (; i < end; i += FX_TILE_ROWS, t.sums += FX_TILE_ROWS * FX_PANEL) {
        const int64_t rows = end - i < FX_TILE_ROWS ? end - i : FX_TILE_ROWS;
        t.a = (const real *)g->a + i * g->a_row + l * g->a_col;
        t.c = (real *)g->c + i * g->c_row + j;
        if (columns > FX_LANES) {
            gemm_run_rows(&t, rows, FX_TILE_VECTORS);
        } else {
            gemm_run_rows(&t, rows, 1);
        }
    }
}

static bool gemm_packs(const fx_gemm_args *g) {
    const int64_t k = g->k < FX_GEMM_BLOCK ? g->k : FX_GEMM_BLOCK;
    if (g->b_col != 1) return true;
    if (g->m <= FX_ROWS_UNPACKED) return false;
    return k * g->b_row * (int64_t)sizeof(real) > FX_B_IN_CACHE;
}

/* The columns j .. j + columns - 1 of C. */
static void gemm_panel(const fx_gemm_args *g, int64_t j, int64_t columns, bool packs) {
    _Alignas(64) real panel[FX_GEMM_BLOCK * FX_PANEL];
    _Alignas(64) real sums[FX_CHUNK_ROWS * FX_PANEL];
    const int64_t beyond = columns > FX_LANES ? columns - FX_LANES : columns;
    gemm_tile t = {.a_row = g->a_row,
                   .a_col = g->a_col,
                   .c_row = g->c_row,
                   .sums = sums,
                   .add = g->add,
                   .mask = real_mask_first(beyond),
                   .bias = g->bias ? (const real *)g->bias + j : NULL};
    for (int64_t i = 0; i < g->m; i += FX_CHUNK_ROWS) {
        const int64_t end = g->m - i < FX_CHUNK_ROWS ? g->m : i + FX_CHUNK_ROWS;
        int64_t l = 0;
        do {
            t.k = g->k - l < FX_GEMM_BLOCK ? g->k - l : FX_GEMM_BLOCK;
            t.first = l == 0;
            t.last = l + t.k >= g->k;
            t.b = packs ? panel : (const real *)g->b + l * g->b_row + j;
            t.b_row = packs ? FX_PANEL : g->b_row;
            const bool packed = i > 0 && t.first && t.last;
            if (packs && !packed) gemm_pack(g, &t, l, j, columns, panel);
            gemm_rows(g, t, i, end, l, j, columns);
            l += t.k;
        } while (l < g->k);
    }
}

void gemm_kernel(const fx_gemm_args *g) {
    fx_gemm_args some = *g;
    if (g->k == 0) { /* A and B may be NULL then, to which nothing can be added */
        some.a = some.b = g->c;
        some.a_row = some.b_col = 0;
    }
    const bool packs = gemm_packs(&some);
    for (int64_t j = 0; j < g->n; j += FX_PANEL) {
        const int64_t columns = g->n - j < FX_PANEL ? g->n - j : FX_PANEL;
        gemm_panel(&some, j, columns, packs);
    }
}
