/* SPDX-License-Identifier: MIT */
/* softmax and log_softmax along an axis. The largest element m is kept apart: with r the sum of
 * e^(x - m) over the others, the logarithm is ln(1 + r), and 1 - s of the largest is r / (1 + r).
 * The rules measure cotangents from that of the largest, so that they keep their digits where one
 * probability is near 1. All sums are in double precision. */
#include <math.h>

#include "families.h"

enum { SOFTMAX_PLAIN, SOFTMAX_PLAIN_GRAD, SOFTMAX_LOG, SOFTMAX_LOG_GRAD, SOFTMAX_CENTER };

typedef struct softmax_attrs {
    int64_t axis;
} softmax_attrs;

static const fx_attr softmax_schema[] = {{"axis", FX_ATTR_I64, offsetof(softmax_attrs, axis)}, {0}};

static int64_t softmax_axis(const void *attrs) { return ((const softmax_attrs *)attrs)->axis; }

static fx_tensor softmax(int row, int64_t axis, fx_tensor x) {
    const softmax_attrs attrs = {axis};
    return fx_apply(&fx__softmaxes[row], &attrs, 1, &x);
}

static fx_tensor softmax_grad(int row, int64_t axis, fx_tensor g, fx_tensor x) {
    const softmax_attrs attrs = {axis};
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__softmaxes[row], &attrs, 2, operands);
}

/* Scratch for the exponentials of one sequence and its cotangents. */
static fx_status softmax_infer(fx_call *call) {
    const fx_view *x = &call->x[0];
    int32_t axis;
    fx_status status = fx__axis(call, softmax_axis(call->attrs), x->rank, &axis);
    if (status != FX_OK) return status;
    if (!fx_shape_equal(fx_view_shape(x), fx_view_shape(&call->x[call->n - 1])))
        return fx_call_fail(call, FX_ERR_SHAPE, "g and x must have equal shapes");
    status = fx_scratch(call, x->dims[axis], 2 * sizeof(double));
    return status == FX_OK ? fx_result(call, 0, x->dtype, fx_view_shape(x)) : status;
}

/* A sequence along the axis, as one or two operands and the result have it. */
typedef struct softmax_line {
    int64_t n, first, step;
    double *e, *g;     /* n exponentials of x - largest, n cotangents */
    double most, rest; /* the largest x; the sum of the other exponentials, NaN if there is no s */
    int64_t best;      /* where the largest stands */
    const fx_view *x;
    const fx_kernels *kernels;
} softmax_line;

static double softmax_at(const softmax_line *line, const fx_view *x, int64_t i) {
    const int64_t at = line->first + i * line->step;
    return x->dtype == FX_F32 ? (double)((const float *)x->data)[at]
                              : ((const double *)x->data)[at];
}

static void softmax_put(const softmax_line *line, const fx_view *y, int64_t i, double value) {
    const int64_t at = line->first + i * line->step;
    if (y->dtype == FX_F32)
        ((float *)y->data)[at] = (float)value;
    else
        ((double *)y->data)[at] = value;
}

static double softmax_sum(const softmax_line *line, const double *values) {
    double sum;
    const fx_sum_args args = {1, line->n, values, line->n, 1, &sum};
    line->kernels->sum[FX_F64](&args);
    return sum;
}

/* The sum of values but for the one at the largest. */
static double softmax_others(const softmax_line *line, double *values) {
    const double own = values[line->best];
    values[line->best] = 0;
    const double sum = softmax_sum(line, values);
    values[line->best] = own;
    return sum;
}

/* e^(x - most). What the difference loses to rounding the exponential would magnify by it. */
static double softmax_exp(double x, double most) {
    const double d = x - most, back = d - x, e = exp(d);
    return e > 0 ? e + e * (x - (d - back) - (most + back)) : e;
}

static void softmax_begin(softmax_line *line) {
    line->best = 0;
    line->most = softmax_at(line, line->x, 0);
    for (int64_t i = 1; i < line->n; i++) {
        const double x = softmax_at(line, line->x, i);
        if (!(x > line->most)) continue;
        line->most = x;
        line->best = i;
    }
    for (int64_t i = 0; i < line->n; i++)
        line->e[i] = softmax_exp(softmax_at(line, line->x, i), line->most);
    line->rest = softmax_others(line, line->e) + (line->e[line->best] - 1);
}

typedef void softmax_writer(const softmax_line *line, const fx_call *call);

/* Runs over all sequences. */
static fx_status softmax_walk(fx_call *call, softmax_writer *write) {
    const fx_view *x = &call->x[call->n - 1];
    const int64_t asked = softmax_axis(call->attrs), axis = asked < 0 ? asked + x->rank : asked;
    softmax_line line = {.n = x->dims[axis], .step = 1, .x = x, .kernels = call->kernels};
    if (x->numel == 0) return FX_OK;
    line.e = call->scratch;
    line.g = line.e + line.n;
    for (int32_t d = (int32_t)axis + 1; d < x->rank; d++) line.step *= x->dims[d];
    const int64_t block = line.n * line.step;
    for (int64_t outer = 0; outer < x->numel; outer += block)
        for (int64_t inner = 0; inner < line.step; inner++) {
            line.first = outer + inner;
            softmax_begin(&line);
            for (int64_t i = 0; i < line.n && call->n > 1; i++)
                line.g[i] = softmax_at(&line, &call->x[0], i);
            write(&line, call);
        }
    return FX_OK;
}

/* --------------------------------------------------------------------- the writers */

static void softmax_write(const softmax_line *line, const fx_call *call) {
    for (int64_t i = 0; i < line->n; i++)
        softmax_put(line, &call->y[0], i, line->e[i] / (1 + line->rest));
}

static void softmax_write_log(const softmax_line *line, const fx_call *call) {
    const double low = log1p(line->rest);
    for (int64_t i = 0; i < line->n; i++)
        softmax_put(line, &call->y[0], i, softmax_at(line, line->x, i) - line->most - low);
}

/* d_i - sum s_j d_j with d = g - g_best, times s_i if weighted. */
static void softmax_write_centered(const softmax_line *line, const fx_call *call, bool weighted) {
    const double base = line->g[line->best], total = 1 + line->rest;
    for (int64_t i = 0; i < line->n; i++) line->g[i] = line->e[i] * (line->g[i] - base);
    const double mean = softmax_sum(line, line->g) / total;
    for (int64_t i = 0; i < line->n; i++) {
        const double centered = softmax_at(line, &call->x[0], i) - base - mean;
        softmax_put(line, &call->y[0], i, weighted ? line->e[i] / total * centered : centered);
    }
}

static void softmax_write_grad(const softmax_line *line, const fx_call *call) {
    softmax_write_centered(line, call, true);
}

static void softmax_write_center(const softmax_line *line, const fx_call *call) {
    softmax_write_centered(line, call, false);
}

/* g_i - s_i sum g; of the largest g_i (1 - s_i) - s_i (sum of the others). */
static void softmax_write_log_grad(const softmax_line *line, const fx_call *call) {
    const double total = 1 + line->rest, own = line->g[line->best];
    const double others = softmax_others(line, line->g), sum = others + own;
    for (int64_t i = 0; i < line->n; i++)
        softmax_put(line, &call->y[0], i, line->g[i] - line->e[i] / total * sum);
    softmax_put(line, &call->y[0], line->best, (own * line->rest - others) / total);
}

static fx_status softmax_forward(fx_call *call) { return softmax_walk(call, softmax_write); }

static fx_status softmax_log_forward(fx_call *call) {
    return softmax_walk(call, softmax_write_log);
}

static fx_status softmax_grad_forward(fx_call *call) {
    return softmax_walk(call, softmax_write_grad);
}

static fx_status softmax_log_grad_forward(fx_call *call) {
    return softmax_walk(call, softmax_write_log_grad);
}

static fx_status softmax_center_forward(fx_call *call) {
    return softmax_walk(call, softmax_write_center);
}

/* ------------------------------------------------------------------------------- rules */

static void softmax_vjp(fx_vjp *v) {
    v->dx[0] = softmax_grad(SOFTMAX_PLAIN_GRAD, softmax_axis(v->attrs), v->g[0], v->x[0]);
}

static void softmax_log_vjp(fx_vjp *v) {
    v->dx[0] = softmax_grad(SOFTMAX_LOG_GRAD, softmax_axis(v->attrs), v->g[0], v->x[0]);
}

/* <G, y> = cov(G, g), whose derivative by s is (G - mean G) (g - mean g) up to a constant. */
static void softmax_grad_vjp(fx_vjp *v) {
    const int64_t axis = softmax_axis(v->attrs);
    const fx_tensor g = v->x[0], x = v->x[1];
    if (v->wants[0]) v->dx[0] = softmax_grad(SOFTMAX_PLAIN_GRAD, axis, v->g[0], x);
    if (!v->wants[1]) return;
    const fx_tensor left = softmax_grad(SOFTMAX_CENTER, axis, v->g[0], x);
    const fx_tensor right = softmax_grad(SOFTMAX_CENTER, axis, g, x);
    v->dx[1] = softmax_grad(SOFTMAX_PLAIN_GRAD, axis, fx_mul(left, right), x);
}

/* Of y = g - s sum g and of y = g - sum s g, which are each other's transpose: both products with
 * the cotangent contain -(sum of one) (mean of the other under s). */
static void softmax_pair(fx_vjp *v, int other, fx_tensor summed, fx_tensor averaged) {
    const int64_t axis = softmax_axis(v->attrs);
    if (v->wants[0]) v->dx[0] = softmax_grad(other, axis, v->g[0], v->x[1]);
    if (!v->wants[1]) return;
    const fx_tensor slope = softmax_grad(SOFTMAX_PLAIN_GRAD, axis, averaged, v->x[1]);
    v->dx[1] = fx_neg(fx_mul(fx_sum_axes(summed, fx_axes1(axis), true), slope));
}

static void softmax_log_grad_vjp(fx_vjp *v) { softmax_pair(v, SOFTMAX_CENTER, v->x[0], v->g[0]); }

static void softmax_center_vjp(fx_vjp *v) { softmax_pair(v, SOFTMAX_LOG_GRAD, v->g[0], v->x[0]); }

#define SOFTMAX(op_name, names, n, run, rule, text)                                                \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = (n), .max = (n),  \
        .attrs = softmax_schema, .attrs_size = sizeof(softmax_attrs), .infer = softmax_infer,      \
        .forward = (run), .vjp = (rule), .formula = (text)                                         \
    }

const fx_op fx__softmaxes[] = {
    [SOFTMAX_PLAIN] = SOFTMAX("softmax", "x", 1, softmax_forward, softmax_vjp,
                              "s = e^x / sum e^x along the axis;  dx = s (G - sum s G)"),
    [SOFTMAX_PLAIN_GRAD] =
        SOFTMAX("softmax_grad", "g, x", 2, softmax_grad_forward, softmax_grad_vjp,
                "y = s (g - sum s g);  dg = s (G - sum s G), dx = s (w - sum s w), "
                "w = (G - sum s G) (g - sum s g)"),
    [SOFTMAX_LOG] = SOFTMAX("log_softmax", "x", 1, softmax_log_forward, softmax_log_vjp,
                            "y = x - ln sum e^x along the axis;  dx = G - s sum G, s = e^y"),
    [SOFTMAX_LOG_GRAD] =
        SOFTMAX("log_softmax_grad", "g, x", 2, softmax_log_grad_forward, softmax_log_grad_vjp,
                "y = g - s sum g;  dg = G - sum s G, dx = -(sum g) s (G - sum s G)"),
    [SOFTMAX_CENTER] =
        SOFTMAX("softmax_center", "g, x", 2, softmax_center_forward, softmax_center_vjp,
                "y = g - sum s g;  dg = G - s sum G, dx = -(sum G) s (g - sum s g)"),
    {0},
};

fx_tensor fx_softmax(fx_tensor x, int axis) { return softmax(SOFTMAX_PLAIN, axis, x); }

fx_tensor fx_log_softmax(fx_tensor x, int axis) { return softmax(SOFTMAX_LOG, axis, x); }
