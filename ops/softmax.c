/* SPDX-License-Identifier: MIT */
/* softmax and log_softmax along an axis. The largest element m is kept apart: with r the sum of
 * e^(x - m) over the others, the logarithm is ln(1 + r), and 1 - s of the largest is r / (1 + r).
 * The rules measure cotangents from that of the largest, so that they keep their digits where one
 * probability is near 1. All sums are in double precision. */
#include <math.h>

#include "families.h"

enum { SOFTMAX_PLAIN, SOFTMAX_PLAIN_GRAD, SOFTMAX_LOG, SOFTMAX_LOG_GRAD, SOFTMAX_CENTER };

static int64_t softmax_axis(const void *attrs) { return ((const fx__scan *)attrs)->axis; }

static fx_tensor softmax(int row, int64_t axis, fx_tensor x) {
    const fx__scan attrs = {axis};
    return fx_apply(&fx__softmaxes[row], &attrs, 1, &x);
}

static fx_tensor softmax_grad(int row, int64_t axis, fx_tensor g, fx_tensor x) {
    const fx__scan attrs = {axis};
    const fx_tensor operands[] = {g, x};
    return fx_apply(&fx__softmaxes[row], &attrs, 2, operands);
}

/* Room for the exponentials of a line, and for products with them. */
static fx_status softmax_infer(fx_call *call) {
    const fx_view *x = &call->x[0];
    int32_t axis;
    fx_status status = fx__axis(call, softmax_axis(call->attrs), x->rank, &axis);
    if (status != FX_OK) return status;
    if (!fx_shape_equal(fx_view_shape(x), fx_view_shape(&call->x[call->n - 1])))
        return fx_call_fail(call, FX_ERR_SHAPE, "g and x must have equal shapes");
    status = fx__lines_scratch(call, 1u << axis, 2);
    return status == FX_OK ? fx_result(call, 0, x->dtype, fx_view_shape(x)) : status;
}

/* What the ops have in common of a line. */
typedef struct softmax_line {
    const fx_call *call;
    int64_t n, best; /* best: where the largest x stands */
    double *e;       /* exponentials of x - most */
    double *product; /* room for n numbers */
    double most;     /* the largest x */
    double rest;     /* the sum of the other exponentials, NaN if there is no s */
} softmax_line;

/* The sum of values but for the one at the largest. */
static double softmax_others(const softmax_line *line, double *values) {
    const double own = values[line->best];
    values[line->best] = 0;
    const double sum = fx__line_sum(line->call, line->n, values);
    values[line->best] = own;
    return sum;
}

/* e^(x - most). What the difference loses to rounding the exponential would magnify by it. */
static double softmax_exp(double x, double most) {
    const double d = x - most, back = d - x, e = exp(d);
    return e > 0 ? e + e * (x - (d - back) - (most + back)) : e;
}

static softmax_line softmax_begin(const fx_call *call, int64_t n, const double *x, double *spare) {
    softmax_line line = {call, n, 0, spare, spare + n, x[0], 0};
    for (int64_t i = 1; i < n; i++) {
        if (!(x[i] > line.most)) continue;
        line.most = x[i];
        line.best = i;
    }
    for (int64_t i = 0; i < n; i++) line.e[i] = softmax_exp(x[i], line.most);
    line.rest = softmax_others(&line, line.e) + (line.e[line.best] - 1);
    return line;
}

/* ----------------------------------------------------------------------- the lines */

static void softmax_values(const fx_call *call, int64_t n, const double *const *x, double *y,
                           double *spare) {
    const softmax_line line = softmax_begin(call, n, x[0], spare);
    for (int64_t i = 0; i < n; i++) y[i] = line.e[i] / (1 + line.rest);
}

static void softmax_logarithms(const fx_call *call, int64_t n, const double *const *x, double *y,
                               double *spare) {
    const softmax_line line = softmax_begin(call, n, x[0], spare);
    const double low = log1p(line.rest);
    for (int64_t i = 0; i < n; i++) y[i] = x[0][i] - line.most - low;
}

/* d_i - sum s_j d_j with d = g - g_best, times s_i if weighted. */
static void softmax_centered(const softmax_line *line, const double *g, bool weighted, double *y) {
    const double base = g[line->best], total = 1 + line->rest;
    for (int64_t i = 0; i < line->n; i++) line->product[i] = line->e[i] * (g[i] - base);
    const double mean = fx__line_sum(line->call, line->n, line->product) / total;
    for (int64_t i = 0; i < line->n; i++) {
        const double centered = g[i] - base - mean;
        y[i] = weighted ? line->e[i] / total * centered : centered;
    }
}

static void softmax_slopes(const fx_call *call, int64_t n, const double *const *x, double *y,
                           double *spare) {
    const softmax_line line = softmax_begin(call, n, x[1], spare);
    softmax_centered(&line, x[0], true, y);
}

static void softmax_centers(const fx_call *call, int64_t n, const double *const *x, double *y,
                            double *spare) {
    const softmax_line line = softmax_begin(call, n, x[1], spare);
    softmax_centered(&line, x[0], false, y);
}

/* g_i - s_i sum g; of the largest g_i (1 - s_i) - s_i (sum of the others). */
static void softmax_log_slopes(const fx_call *call, int64_t n, const double *const *x, double *y,
                               double *spare) {
    const softmax_line line = softmax_begin(call, n, x[1], spare);
    const double *g = x[0], total = 1 + line.rest, own = g[line.best];
    for (int64_t i = 0; i < n; i++) line.product[i] = g[i];
    const double others = softmax_others(&line, line.product), sum = others + own;
    for (int64_t i = 0; i < n; i++) y[i] = g[i] - line.e[i] / total * sum;
    y[line.best] = (own * line.rest - others) / total;
}

static fx_status softmax_forward(fx_call *call) { return fx__scan_forward(call, softmax_values); }

static fx_status softmax_log_forward(fx_call *call) {
    return fx__scan_forward(call, softmax_logarithms);
}

static fx_status softmax_grad_forward(fx_call *call) {
    return fx__scan_forward(call, softmax_slopes);
}

static fx_status softmax_log_grad_forward(fx_call *call) {
    return fx__scan_forward(call, softmax_log_slopes);
}

static fx_status softmax_center_forward(fx_call *call) {
    return fx__scan_forward(call, softmax_centers);
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
        .flags = FX_OP_STRIDED, .attrs = fx__scan_schema, .attrs_size = sizeof(fx__scan),          \
        .infer = softmax_infer, .forward = (run), .vjp = (rule), .formula = (text)                 \
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
