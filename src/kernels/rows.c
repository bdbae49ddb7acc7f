/* SPDX-License-Identifier: MIT */
/* The rows that cost an operation or two. What happens at NaN, at ties and at zero is written into
 * the formulas: a comparison with NaN is false, so that the last branch is the one that NaN takes.
 */
#include "rows.h"

FX_INLINE real real_add(real a, real b) { return a + b; }

FX_INLINE real real_sub(real a, real b) { return a - b; }

FX_INLINE real real_mul(real a, real b) { return a * b; }

FX_INLINE real real_div(real a, real b) { return a / b; }

FX_INLINE real real_neg(real x) { return -x; }

FX_INLINE real real_square(real x) { return x * x; }

FX_INLINE real real_sqrt(real x) { return FX_REAL_SQRT(x); }

FX_INLINE real real_abs_grad(real g, real x) { return x > 0 ? g : x < 0 ? -g : x == 0 ? 0 : x; }

/* Of zeros the positive one is the larger (IEEE 754-2019, 9.6); equal numbers otherwise have equal
 * bits, so that "and" serves both. */
FX_INLINE real real_maximum(real a, real b) {
    const real equal = real_from_bits(real_to_bits(a) & real_to_bits(b));
    return a > b ? a : a < b ? b : a == b ? equal : a + b;
}

FX_INLINE real real_maximum_grad(real g, real a, real b) {
    return a > b ? g : a < b ? 0 : a == b ? FX_REAL(0.5) * g : a + b;
}

FX_INLINE real real_relu(real x) { return x > 0 ? x : x <= 0 ? 0 : x; }

FX_INLINE real real_relu_grad(real g, real x) { return x > 0 ? g : x <= 0 ? 0 : x; }

FX_ROW_2(row_add, real_add)
FX_ROW_2(row_sub, real_sub)
FX_ROW_2(row_mul, real_mul)
FX_ROW_2(row_div, real_div)
FX_ROW_1(row_neg, real_neg)
FX_ROW_1(row_square, real_square)
FX_ROW_1(row_sqrt, real_sqrt)
FX_ROW_1(row_abs, real_abs)
FX_ROW_2(row_abs_grad, real_abs_grad)
FX_ROW_2(row_maximum, real_maximum)
FX_ROW_3(row_maximum_grad, real_maximum_grad)
FX_ROW_1(row_relu, real_relu)
FX_ROW_2(row_relu_grad, real_relu_grad)
