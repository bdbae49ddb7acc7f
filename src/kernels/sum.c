/* SPDX-License-Identifier: MIT */
/* The sum of kernel.h: lanes, blocks, a tree of blocks (pairwise summation: Higham 2002, 4.2). One
 * sequence at a time where its elements are neighbours; several at a time where neighbours belong
 * to different sequences (a sum over the first axis).
 *
 * Halvings of lanes that nothing was added to are left out, because x + 0 = x for every x a lane
 * can hold: only -0.0 + 0.0 differs from -0.0, and a lane is never -0.0. It starts at +0.0, and a
 * sum is -0.0 only if both operands are: an exact zero from x - x is +0.0 in rounding to nearest,
 * and sums do not underflow. */
#include "vector.h"

#define sum_kernel FX_KERNEL(sum)
fx_sum_kernel sum_kernel;

enum {
    FX_SUM_LANES = 64,
    FX_SUM_COLUMNS = 64 / (int)sizeof(real), /* sequences at a time: a line of the cache */
    FX_SUM_DEPTH = 54                        /* trees waiting: 2^54 blocks have 2^64 elements */
};

FX_INLINE void sum_add(real *y, const real *x, const int64_t n) {
    const int64_t whole = n - n % FX_LANES;
    for (int64_t i = 0; i < whole; i += FX_LANES)
        real_store(y + i, real_vector_add(real_load(y + i), real_load(x + i)));
    for (int64_t i = whole; i < n; i++) y[i] += x[i];
}

/* lane[l] += lane[l + half], of width sequences each. */
FX_INLINE void sum_halve(real *lane, const int64_t half, const int64_t width) {
    sum_add(lane, lane + half * width, half * width);
}

/* The lanes of n elements by halving; the sums come to stand in the first. */
FX_INLINE void sum_lanes(real *lane, int64_t n, const int64_t width) {
    if (n > 32) sum_halve(lane, 32, width);
    if (n > 16) sum_halve(lane, 16, width);
    if (n > 8) sum_halve(lane, 8, width);
    if (n > 4) sum_halve(lane, 4, width);
    if (n > 2) sum_halve(lane, 2, width);
    if (n > 1) sum_halve(lane, 1, width);
}

/* A block of neighbours. */
static real sum_dense(const real *x, int64_t n) {
    real lane[FX_SUM_LANES] = {0};
    int64_t i = 0;
    for (; i + FX_SUM_LANES <= n; i += FX_SUM_LANES)
        for (int l = 0; l < FX_SUM_LANES; l++) lane[l] += x[i + l];
    for (int64_t l = 0; l < n - i; l++) lane[l] += x[i + l];
    sum_lanes(lane, n, 1);
    return lane[0];
}

/* A block of each of width neighbouring sequences, with the given step from element to element. */
FX_INLINE void sum_columns(const real *x, int64_t n, int64_t step, const int64_t width, real *y) {
    real lane[FX_SUM_LANES * FX_SUM_COLUMNS];
    int64_t lanes = 1;
    while (lanes < n && lanes < FX_SUM_LANES) lanes *= 2;
    for (int64_t l = 0; l < lanes * width; l++) lane[l] = 0;
    for (int64_t i = 0; i < n; i++) sum_add(lane + (i & (lanes - 1)) * width, x + i * step, width);
    sum_lanes(lane, lanes, width);
    for (int64_t c = 0; c < width; c++) y[c] = lane[c];
}

static void sum_block(const real *x, int64_t n, int64_t step, int64_t width, real *y) {
    if (step == 1 && width == 1) {
        *y = sum_dense(x, n);
    } else if (width == FX_SUM_COLUMNS) {
        sum_columns(x, n, step, FX_SUM_COLUMNS, y);
    } else {
        sum_columns(x, n, step, width, y);
    }
}

/* The sums of width sequences. The last of the trees that wait is the smallest; block number b
 * completes as many of them as b has zeros at its end. */
static void sum_tree(const real *x, int64_t n, int64_t step, int64_t width, real *y) {
    real tree[FX_SUM_DEPTH][FX_SUM_COLUMNS];
    int depth = 0;
    for (int64_t i = 0; i < n; i += FX_SUM_BLOCK) {
        const bool last = n - i <= FX_SUM_BLOCK;
        sum_block(x + i * step, last ? n - i : FX_SUM_BLOCK, step, width, tree[depth++]);
        int64_t b = i / FX_SUM_BLOCK + 1;
        for (; depth > 1 && (last || b % 2 == 0); depth--, b /= 2)
            for (int64_t c = 0; c < width; c++) tree[depth - 2][c] += tree[depth - 1][c];
    }
    memcpy(y, tree[0], (size_t)width * sizeof *y);
}

void sum_kernel(const fx_sum_args *s) {
    const real *x = s->x;
    real *y = s->y;
    if (s->n == 0) {
        for (int64_t o = 0; o < s->count; o++) y[o] = 0;
        return;
    }
    const bool columns = s->outer == 1 && s->inner != 1;
    const int64_t most = columns ? FX_SUM_COLUMNS : 1;
    for (int64_t o = 0; o < s->count; o += most) {
        const int64_t width = s->count - o < most ? s->count - o : most;
        if (s->n <= FX_SUM_BLOCK) {
            sum_block(x + o * s->outer, s->n, s->inner, width, y + o);
        } else {
            sum_tree(x + o * s->outer, s->n, s->inner, width, y + o);
        }
    }
}
