/* SPDX-License-Identifier: MIT */
/* The built-in ops. Each is recorded, differentiable any number of times, and takes f32 or f64
 * (never mixed; fx_cast converts) unless it says otherwise. Plain numbers (fx_num) and parameters
 * may stand for any operand. Elementwise ops broadcast: sizes are equal or 1, counted from the
 * last. An op that fails returns an invalid tensor and leaves its reason in the context.
 * fx_broadcast_to stands in op.h.
 * Formulas: G is the cotangent of the result, ' transposes. `fluxion ops` prints them as a table.
 */
#ifndef FLUXION_OPS_H
#define FLUXION_OPS_H

#include "fluxion/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------------------------- arithmetic */

/* fx_add, fx_sub, fx_mul, fx_div, fx_neg
 * a + b, a - b, a b, a / b, -x. Division by zero gives an infinity or NaN, as in C. */
FX_API fx_tensor fx_add(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_sub(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_mul(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_div(fx_tensor a, fx_tensor b);
FX_API fx_tensor fx_neg(fx_tensor x);

/* fx_square, fx_sqrt
 * x x; the square root: NaN below 0, derivative infinite at 0. */
FX_API fx_tensor fx_square(fx_tensor x);
FX_API fx_tensor fx_sqrt(fx_tensor x);

/* fx_pow
 * x^p as C's pow: pow(x, 0) = 1 for any x, pow(x < 0, p) is NaN unless p is an integer.
 * dx = G p x^(p-1), 0 where p = 0;  dp = G x^p ln x, 0 where x = 0 and p >= 0, NaN for x < 0. */
FX_API fx_tensor fx_pow(fx_tensor x, fx_tensor p);

/* fx_exp, fx_log
 * e^x; the natural logarithm: -infinity at 0, NaN below. */
FX_API fx_tensor fx_exp(fx_tensor x);
FX_API fx_tensor fx_log(fx_tensor x);

/* fx_abs
 * |x|. Its derivative at 0 is 0, the subgradient of least magnitude. */
FX_API fx_tensor fx_abs(fx_tensor x);

/* fx_maximum
 * The larger of a and b; NaN if either is (IEEE 754-2019, maximum). Where they are equal each gets
 * half of the cotangent. */
FX_API fx_tensor fx_maximum(fx_tensor a, fx_tensor b);

/* ------------------------------------------------------------------------- activations */

/* fx_tanh, fx_sigmoid
 * tanh x; 1 / (1 + e^-x). Derivatives are computed from the input, without cancellation. */
FX_API fx_tensor fx_tanh(fx_tensor x);
FX_API fx_tensor fx_sigmoid(fx_tensor x);

/* fx_relu
 * max(x, 0); NaN at NaN. The derivative at 0 is 0. */
FX_API fx_tensor fx_relu(fx_tensor x);

/* fx_dropout
 * Each element is 0 with probability p and x / (1 - p) otherwise, drawn from the graph's seed. The
 * identity if the graph predicts (fx_inference) or p = 0. FX_ERR_ARGUMENT if p is not in [0, 1].
 * (Srivastava et al., JMLR 15, 2014; the inverted form.) */
FX_API fx_tensor fx_dropout(fx_tensor x, double p);

/* ------------------------------------------------------------------------------ linear */

/* fx_matmul
 * C = A B for A [..., m, k], B [..., k, n]; leading sizes broadcast. A vector [k] counts as a row
 * on the left and as a column on the right, and that dimension is left out of the result.
 * Transposed operands (fx_transpose) are read in place. dA = G B', dB = A' G. */
FX_API fx_tensor fx_matmul(fx_tensor a, fx_tensor b);

/* fx_linear
 * Y = X W' + b, a dense layer: X [..., in], W [out, in], b [out] or FX_NONE.
 * dX = G W, dW = G' X, db = G summed over the rows. */
FX_API fx_tensor fx_linear(fx_tensor x, fx_tensor weight, fx_tensor bias);

/* -------------------------------------------------------------------------- reductions */

/* A list of axes, each in -rank .. rank-1. */
typedef fx_shape fx_axes;

static inline fx_axes fx_axes1(int64_t a) { return fx_shape1(a); }

static inline fx_axes fx_axes2(int64_t a, int64_t b) { return fx_shape2(a, b); }

/* fx_sum, fx_mean
 * Of all elements, rank 0. An empty sum is 0, an empty mean NaN. */
FX_API fx_tensor fx_sum(fx_tensor x);
FX_API fx_tensor fx_mean(fx_tensor x);

/* fx_sum_axes, fx_mean_axes
 * Over the axes given; they stay as size 1 if keep, else they go. No axes: x's values. */
FX_API fx_tensor fx_sum_axes(fx_tensor x, fx_axes axes, bool keep);
FX_API fx_tensor fx_mean_axes(fx_tensor x, fx_axes axes, bool keep);

/* ------------------------------------------------------------------------------- shape */

/* fx_reshape
 * The same elements in row-major order under another shape; one size may be -1: what is left. A
 * view if x is dense. Any dtype. */
FX_API fx_tensor fx_reshape(fx_tensor x, fx_shape shape);

/* fx_permute, fx_transpose
 * Dimension i of the result is dimension axes[i] of x; two dimensions exchanged. Views. Any dtype.
 */
FX_API fx_tensor fx_permute(fx_tensor x, fx_axes axes);
FX_API fx_tensor fx_transpose(fx_tensor x, int axis, int other);

/* fx_slice
 * Elements start, start + step, ... before stop along an axis, as x[start:stop:step] in Python:
 * negative positions count from the end, positions outside are cut off. A view. Any dtype.
 * FX_ALL as stop: to the end (to the beginning, if step < 0). */
#define FX_ALL INT64_MAX
FX_API fx_tensor fx_slice(fx_tensor x, int axis, int64_t start, int64_t stop, int64_t step);

/* fx_concat
 * n tensors behind one another along an axis; other sizes are equal. */
FX_API fx_tensor fx_concat(int n, const fx_tensor *xs, int axis);

/* fx_cast
 * The same values as another dtype, correctly rounded. To i64: towards zero, saturated, NaN is
 * FX_ERR_DATA; to bool: x != 0. The gradient passes between f32 and f64. */
FX_API fx_tensor fx_cast(fx_tensor x, fx_dtype dtype);

/* ------------------------------------------------------------------------------ losses */

typedef enum fx_reduction {
    FX_REDUCE_MEAN = 0,
    FX_REDUCE_SUM = 1,
    FX_REDUCE_NONE = 2
} fx_reduction;

/* fx_mse_loss
 * (1/N) sum (y - target)^2 over all N elements. Shapes must be equal: [32, 1] against [32] is an
 * error, not a broadcast. Empty operands are FX_ERR_SHAPE.
 * dy = G (2/N) (y - target), dtarget = -dy. */
FX_API fx_tensor fx_mse_loss(fx_tensor y, fx_tensor target);

/* fx_mse_loss_as
 * The same with a reduction: mean; sum, without 1/N; none, elementwise. */
FX_API fx_tensor fx_mse_loss_as(fx_tensor y, fx_tensor target, fx_reduction reduction);

/* ----------------------------------------------------------------- derivatives, whole */

/* fx_jacobian
 * J[i.., j..] = dy[i..] / dx[j..], of shape y's sizes then x's and of y's dtype, differentiable
 * again. One reverse traversal per row or one product per column, whichever are fewer. Ranks add
 * up to at most 8. */
FX_API fx_tensor fx_jacobian(fx_tensor y, fx_tensor x);

/* fx_hessian
 * The Jacobian of dy/dx, y of one element: of shape x's sizes twice. */
FX_API fx_tensor fx_hessian(fx_tensor y, fx_tensor x);

/* -------------------------------------------------------------------------- the table */

/* fx_ops_count, fx_ops_at, fx_ops_find
 * The built-in ops, those that only rules use included; NULL for an index outside or an unknown
 * name. An op without infer, kernel, row and map is a composition of others. */
FX_API int fx_ops_count(void);
FX_API const fx_op *fx_ops_at(int i);
FX_API const fx_op *fx_ops_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif
