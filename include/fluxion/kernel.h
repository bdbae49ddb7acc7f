/* SPDX-License-Identifier: MIT */
/* Plain functions over plain memory, for those who write ops. They know no tensor, no graph and no
 * op. One table of them is chosen per context, by the instruction set; all tables give the same
 * bits. Only f32 and f64 have kernels: dtype is FX_F32 or FX_F64 wherever an array has two places.
 * Sizes and strides count elements. */
#ifndef FLUXION_KERNEL_H
#define FLUXION_KERNEL_H

#include "fluxion/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_row
 * One contiguous row of an elementwise function: y[j][i] = f_j(x[0][i], x[1][i], ...) for
 * i < n. An element's value may depend on nothing but its operands and attrs. y may be the same
 * memory as an x, never a part of it. */
typedef void fx_row(int64_t n, const void *attrs, const void *const *x, void *const *y);

/* The rows that Fluxion brings: FX_ROW_<NAME>, operands in the order of the formula.
 * Semantics at NaN, ties and kinks are those of the op of the same name (ops.h); a *_grad row takes
 * the cotangent g first and is what the rule of that op computes. */
typedef enum fx_row_id {
    FX_ROW_NONE = 0,
    FX_ROW_ADD,          /* a + b */
    FX_ROW_SUB,          /* a - b */
    FX_ROW_MUL,          /* a b */
    FX_ROW_DIV,          /* a / b */
    FX_ROW_NEG,          /* -x */
    FX_ROW_SQUARE,       /* x^2 */
    FX_ROW_SQRT,         /* sqrt x */
    FX_ROW_EXP,          /* e^x */
    FX_ROW_LOG,          /* ln x */
    FX_ROW_POW,          /* x^p, C's pow */
    FX_ROW_POW_TERM,     /* c x^(p-k) (ln x)^j, operands c, x, p, attrs: int64_t j, k; 0 where
                            c = 0, and where x = 0, p >= k, j > 0 */
    FX_ROW_ABS,          /* |x| */
    FX_ROW_ABS_GRAD,     /* g sign x; 0 at 0, NaN at NaN */
    FX_ROW_MAXIMUM,      /* the larger; NaN if either is NaN */
    FX_ROW_MAXIMUM_GRAD, /* operands g, a, b: g if a > b, g/2 if equal, 0 if a < b, else NaN */
    FX_ROW_RELU,         /* max(x, 0); NaN at NaN */
    FX_ROW_RELU_GRAD,    /* g if x > 0, 0 if x <= 0, else NaN */
    FX_ROW_TANH,         /* tanh x */
    FX_ROW_TANH_GRAD,    /* g (1 - tanh^2 x), computed from x: 4 g e / (1 + e)^2, e = exp(-2|x|) */
    FX_ROW_SIGMOID,      /* 1 / (1 + e^-x) */
    FX_ROW_SIGMOID_GRAD, /* g s (1 - s), computed from x: g e / (1 + e)^2, e = exp(-|x|) */
    FX_ROW_COUNT
} fx_row_id;

/* fx_gemm_args
 * C = op(A) op(B) (+ bias) (+ C)   over row-major C [m, n], k products an element.
 * A and B are given by two strides each, so that any transposition, and 0 for a repeated row, is
 * one case. An element is one chain of fused multiply-adds from 0 per block of FX_GEMM_BLOCK
 * values of k, in order of k; the blocks are added in order; then bias[j] is added, then the old
 * C. So the bits depend on m, n, k and the values alone. k = 0 gives 0 (+ bias) (+ C).
 * C may not overlap A, B or bias. */
enum { FX_GEMM_BLOCK = 384 };

typedef struct fx_gemm_args {
    int64_t m, n, k;
    const void *a; /* A[i, l] = a[i * a_row + l * a_col] */
    int64_t a_row, a_col;
    const void *b; /* B[l, j] = b[l * b_row + j * b_col] */
    int64_t b_row, b_col;
    void *c; /* C[i, j] = c[i * c_row + j] */
    int64_t c_row;
    const void *bias; /* n values, or NULL */
    bool add;         /* add to what C holds */
} fx_gemm_args;

typedef void fx_gemm_kernel(const fx_gemm_args *g);

/* fx_sum_args
 * y[o] = sum over i < n of x[o * outer + i * inner], for o < count: the one definition of a sum.
 * The sequence is cut into blocks of FX_SUM_BLOCK elements. Within a block element i goes to lane
 * i mod 64, in order; each lane starts at +0.0; lanes are added by halving (lane l += lane l + 32,
 * then 16, 8, 4, 2, 1). Blocks are added pairwise: of two neighbours of equal size as soon as both
 * exist, what is left at the end from the last to the first. So the bits depend on n and the
 * values alone, not on layout, instruction set or threads. An empty sum is 0; -0.0 alone sums to
 * +0.0.  |error| <= u (24 + log2(n / FX_SUM_BLOCK)) sum |x|  (Higham 2002, section 4.2). */
enum { FX_SUM_BLOCK = 1024 };

typedef struct fx_sum_args {
    int64_t count, n;
    const void *x;
    int64_t outer, inner;
    void *y; /* count values, contiguous */
} fx_sum_args;

typedef void fx_sum_kernel(const fx_sum_args *s);

/* The kernels of one instruction set. */
typedef struct fx_kernels {
    const char *isa; /* "baseline", "avx2" */
    fx_row *row[FX_ROW_COUNT][2];
    fx_gemm_kernel *gemm[2];
    fx_sum_kernel *sum[2];
} fx_kernels;

/* fx_walk
 * Visits n strided operands of one shape together, row by row in row-major order. Sizes of 1 are
 * dropped and neighbouring dimensions that all operands can walk as one are merged, so that dense
 * operands are a single row.
 *
 *     fx_walk w;
 *     for (bool more = fx_walk_begin(&w, shape, 2, strides); more; more = fx_walk_next(&w))
 *         ... w.length elements, operand j at offset w.offset[j], step w.step[j] ...
 *
 * strides[j] holds shape.rank strides of operand j. An empty shape has no rows. */
enum { FX_WALK_OPERANDS = 6 };

typedef struct fx_walk {
    int32_t n, rank; /* operands; dimensions outside the row */
    int64_t length;  /* elements in a row */
    int64_t offset[FX_WALK_OPERANDS], step[FX_WALK_OPERANDS];
    int64_t dims[FX_MAX_RANK], at[FX_MAX_RANK];
    int64_t strides[FX_WALK_OPERANDS][FX_MAX_RANK];
} fx_walk;

FX_API bool fx_walk_begin(fx_walk *w, fx_shape shape, int n, const int64_t *const *strides);
FX_API bool fx_walk_next(fx_walk *w);

/* fx_copy_strided
 * y, dense in row-major order, = x with the given strides; size is bytes an element (1, 4 or 8). */
FX_API void fx_copy_strided(fx_shape shape, size_t size, const void *x, const int64_t *strides,
                            void *y);

/* fx_sum_dims
 * y, dense, = x summed over the dimensions whose bit is set in dims, each sum in x's row-major
 * order, by the kernels' one sum.
 *
 *   scratch   room for as many values as x has
 */
FX_API void fx_sum_dims(const fx_kernels *kernels, fx_dtype dtype, fx_shape shape,
                        const int64_t *strides, uint32_t dims, const void *x, void *scratch,
                        void *y);

#ifdef __cplusplus
}
#endif

#endif
