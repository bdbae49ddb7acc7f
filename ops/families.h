/* SPDX-License-Identifier: MIT */
/* What the files of this room share: how an elementwise row is written, and the families that
 * list.c lists. A family is an array of ops that ends with one whose name is NULL. To add an op,
 * add it to its family; to add a family, add it here and in list.c. */
#ifndef FLUXION_OPS_FAMILIES_H
#define FLUXION_OPS_FAMILIES_H

#include "fluxion/ops.h"

extern const fx_op fx__arithmetic[];
extern const fx_op fx__powers[];
extern const fx_op fx__extremes[];
extern const fx_op fx__activations[];
extern const fx_op fx__dropouts[];
extern const fx_op fx__matmuls[];
extern const fx_op fx__linears[];
extern const fx_op fx__reductions[];
extern const fx_op fx__shapes[];
extern const fx_op fx__slices[];
extern const fx_op fx__joins[];
extern const fx_op fx__casts[];
extern const fx_op fx__losses[];
extern const fx_op fx__trigonometric[];
extern const fx_op fx__exponentials[];
extern const fx_op fx__specials[];
extern const fx_op fx__roundings[];
extern const fx_op fx__pairs[];
extern const fx_op fx__roots[];
extern const fx_op fx__comparisons[];
extern const fx_op fx__selects[];
extern const fx_op fx__smooth_activations[];
extern const fx_op fx__piecewise[];
extern const fx_op fx__softmaxes[];
extern const fx_op fx__class_losses[];
extern const fx_op fx__probability_losses[];
extern const fx_op fx__regression_losses[];
extern const fx_op fx__extrema[];
extern const fx_op fx__products[];
extern const fx_op fx__scans[];
extern const fx_op fx__logsums[];
extern const fx_op fx__statistics[];
extern const fx_op fx__sorts[];
extern const fx_op fx__quantifiers[];
extern const fx_op fx__indexings[];
extern const fx_op fx__pads[];
extern const fx_op fx__tiles[];
extern const fx_op fx__creations[];
extern const fx_op fx__cholesky_ops[];
extern const fx_op fx__qr_ops[];
extern const fx_op fx__eigen_ops[];
extern const fx_op fx__svd_ops[];
extern const fx_op fx__solves[];
extern const fx_op fx__determinants[];
extern const fx_op fx__einsums[];
extern const fx_op fx__windows_ops[];
extern const fx_op fx__poolings[];
extern const fx_op fx__convolutions[];
extern const fx_op fx__normalizations[];
extern const fx_op fx__attentions[];
extern const fx_op fx__draws[];

/* A row of an elementwise family: the kernel of that name computes it. */
#define FX__ELEMENTWISE(kernel_row, op_name, operand_names, n, rule, text)                         \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (operand_names), .min = (n),      \
        .max = (n), .kernel = (kernel_row), .vjp = (rule), .formula = (text)                       \
    }

/* What a composition gives that has reported an error: an invalid tensor. */
static inline fx_tensor fx__refusal(const fx_op *op, fx_tensor x) {
    return fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "it is refused");
}

/* Whether x is a plain number, which takes the dtype of the other operands. */
static inline bool fx__is_number(fx_tensor x) {
    return x.owner == (const void *)(uintptr_t)FX_OWNER_NUMBER;
}

/* The axis an op was asked for, 0 <= axis < rank; FX_ERR_SHAPE if it is outside. */
fx_status fx__axis(fx_call *call, int64_t asked, int32_t rank, int32_t *axis);

/* The same for a composition: whether the axis is there; the error is that of op. */
bool fx__axis_of(const fx_op *op, fx_tensor x, int64_t asked, int32_t rank, int32_t *axis);

/* Copies x to where y, of the same dtype, has an element at each step of strides from offset on. */
void fx__place(const fx_view *x, const fx_view *y, int64_t offset, const int64_t *strides);

/* ---- ops over axes: reduce.c ---- */

/* How their attributes begin. */
typedef struct fx__over {
    fx_axes axes;
    bool keep;
} fx__over;

extern const fx_attr fx__over_schema[];

/* The axes as a set of bits; FX_ERR_SHAPE for one that is outside or named twice. */
fx_status fx__axes(fx_call *call, const fx_axes *axes, uint32_t *set);

/* The same for a composition. */
bool fx__axes_of(const fx_op *op, fx_tensor x, const fx_axes *axes, uint32_t *set);

/* All axes of x; how many elements of x a line along axes has, which an op has checked. */
fx_axes fx__all_axes(fx_tensor x);
double fx__axes_count(fx_tensor x, const fx_axes *axes);

/* x's shape without the axes of the set, or with size 1 there. */
fx_shape fx__reduced(fx_shape x, uint32_t set, bool keep);

/* y, one value per line of a tensor of shape x, with size 1 at the axes. */
fx_tensor fx__spread(fx_tensor y, fx_shape x, const fx__over *over);

/* ---- ops that see their operands line by line, in double precision: lines.c ---- */

/* One line: n elements of each operand; y gets as many as the result has there. spare holds what
 * fx__lines_scratch asked for. */
typedef void fx__line(const fx_call *call, int64_t n, const double *const *x, double *y,
                      double *spare);

/* In infer: room for lines along the axes of the set, and for spares times n + 1 numbers. */
fx_status fx__lines_scratch(fx_call *call, uint32_t set, int spares);

/* In forward: calls f for each line, in row-major order. Operands (at most two) are of one shape;
 * the result has one value per line, or differs from x in the size of one axis. */
fx_status fx__lines(fx_call *call, uint32_t set, fx__line *f);

/* The sum of a line. */
double fx__line_sum(const fx_call *call, int64_t n, const double *x);

/* infer and forward of an op whose attributes begin with fx__over: a value of dtype per line. */
fx_status fx__over_infer(fx_call *call, fx_dtype dtype, int spares);
fx_status fx__over_forward(fx_call *call, fx__line *f);

/* infer and forward of a scan, whose attributes begin with fx__scan: a result of x's shape. */
typedef struct fx__scan {
    int64_t axis;
} fx__scan;

extern const fx_attr fx__scan_schema[];
fx_status fx__scan_infer(fx_call *call);
fx_status fx__scan_forward(fx_call *call, fx__line *f);

/* A zero or a one for each line of x along axis, which has size 1 there: a leaf. */
fx_tensor fx__edge(fx_tensor x, int axis, bool one);

/* y_k = a_k y_(k-1) + b_k along axis; transposed: y_k = a_(k+1) y_(k+1) + b_k. a_0 is not read. */
fx_tensor fx__recurrence(fx_tensor a, fx_tensor b, int axis, bool transposed);

/* x at the indices at, which has size 1 along axis; that axis goes unless keep, from both. */
fx_tensor fx__pick(fx_tensor x, int axis, bool keep, fx_tensor *at);

/* The index of the k-th smallest (from 0) along axis; of the first NaN, if there is one. */
fx_tensor fx__argkth(fx_tensor x, int axis, int64_t k);

/* The transpose of fx_windows: an axis of length elements, of which each is the sum of the elements
 * of g at its places in the windows. g has the windows' elements as its last axis. */
fx_tensor fx__unwindows(fx_tensor g, int axis, int64_t length, int64_t stride, int64_t dilation);

/* c (a + b x^2)^(-k/2), of which the slopes of the inverse functions are made (trigonometric.c). */
fx_tensor fx__conic_term(fx_tensor c, fx_tensor x, int64_t a, int64_t b, int64_t k);

#endif
