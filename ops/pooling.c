/* SPDX-License-Identifier: MIT */
/* Pooling: reductions over windows, of which every derivative follows. */
#include <math.h>

#include "windows.h"

enum {
    POOLING_MAX1,
    POOLING_MAX2,
    POOLING_AVG1,
    POOLING_AVG2,
    POOLING_ADAPTIVE1,
    POOLING_ADAPTIVE2
};

#define POOLING(op_name, text)                                                                     \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = "x", .min = 1, .max = 1,          \
        .formula = (text)                                                                          \
    }

#define POOLING_LARGEST "y = the largest of each window;  dx = sum of G where x is it, in shares"
#define POOLING_MEAN    "y = the mean of each window;  dx = sum of G / N of the windows there"

const fx_op fx__poolings[] = {
    [POOLING_MAX1] = POOLING("max_pool1d", POOLING_LARGEST),
    [POOLING_MAX2] = POOLING("max_pool2d", POOLING_LARGEST),
    [POOLING_AVG1] = POOLING("avg_pool1d", POOLING_MEAN),
    [POOLING_AVG2] = POOLING("avg_pool2d", POOLING_MEAN),
    [POOLING_ADAPTIVE1] = POOLING("adaptive_avg_pool1d", POOLING_MEAN),
    [POOLING_ADAPTIVE2] = POOLING("adaptive_avg_pool2d", POOLING_MEAN),
    {0},
};

static fx__space pooling_line(int64_t size, int64_t stride, int64_t padding, int64_t dilation) {
    const fx__space s = {1, {{size, 1}, {stride, 1}, {padding, 0}, {dilation, 1}}};
    return s;
}

static bool pooling_fits(const fx_op *op, fx_tensor x, const fx__space *s, fx_tensor *refusal) {
    if (!fx__space_rank(op, x, s->axes, s->axes, refusal)) return false;
    const fx_shape shape = fx_tensor_shape(x);
    if (!fx__space_fits(op, x, s, &shape.dims[shape.rank - s->axes], refusal)) return false;
    for (int i = 0; i < s->axes; i++) {
        if (s->window.padding[i] <= s->window.size[i] / 2) continue;
        *refusal = fx_refuse(op, 1, &x, FX_ERR_ARGUMENT,
                             "%s: padding %lld is more than half of the window's %lld",
                             fx__space_name(s->axes, i), (long long)s->window.padding[i],
                             (long long)s->window.size[i]);
        return false;
    }
    return true;
}

/* The axes of the elements of windows. */
static fx_axes pooling_axes(const fx__space *s) {
    return s->axes == 1 ? fx_axes1(-1) : fx_axes2(-2, -1);
}

static fx_tensor pooling_largest(const fx_op *op, fx_tensor x, const fx__space *s) {
    fx_tensor refusal;
    if (!pooling_fits(op, x, s, &refusal)) return refusal;
    return fx_amax_axes(fx__space_windows(x, s, -(double)INFINITY), pooling_axes(s), false);
}

static fx_tensor pooling_max(int which, fx_tensor x, const fx__space *s) {
    const fx_op *op = &fx__poolings[which];
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, pooling_largest(op, x, s));
}

fx_tensor fx_max_pool1d(fx_tensor x, int64_t size, int64_t stride, int64_t padding,
                        int64_t dilation) {
    const fx__space s = pooling_line(size, stride, padding, dilation);
    return pooling_max(POOLING_MAX1, x, &s);
}

fx_tensor fx_max_pool2d(fx_tensor x, fx_window window) {
    const fx__space s = {2, window};
    return pooling_max(POOLING_MAX2, x, &s);
}

/* ---- means ---- */

/* How many elements of x each window has, for all of a batch. */
static fx_tensor pooling_counts(fx_tensor x, const fx__space *s) {
    const fx_shape whole = fx_tensor_shape(x);
    const fx_shape space = fx_shape_n(s->axes, &whole.dims[whole.rank - s->axes]);
    const fx_tensor ones = fx_ones(fx_tensor_graph(x), fx_tensor_dtype(x), space);
    return fx_sum_axes(fx__space_windows(ones, s, 0), pooling_axes(s), false);
}

static fx_tensor pooling_average(const fx_op *op, fx_tensor x, const fx__space *s,
                                 bool count_padding) {
    fx_tensor refusal;
    if (!pooling_fits(op, x, s, &refusal)) return refusal;
    const fx_tensor windows = fx__space_windows(x, s, 0);
    const bool padded = s->window.padding[0] > 0 || s->window.padding[1] > 0;
    if (!padded || count_padding) return fx_mean_axes(windows, pooling_axes(s), false);
    return fx_div(fx_sum_axes(windows, pooling_axes(s), false), pooling_counts(x, s));
}

static fx_tensor pooling_avg(int which, fx_tensor x, const fx__space *s, bool count_padding) {
    const fx_op *op = &fx__poolings[which];
    const fx_composition c = fx_compose(op, 1, &x);
    return fx_composed(c, pooling_average(op, x, s, count_padding));
}

fx_tensor fx_avg_pool1d(fx_tensor x, int64_t size, int64_t stride, int64_t padding,
                        bool count_padding) {
    const fx__space s = pooling_line(size, stride, padding, 1);
    return pooling_avg(POOLING_AVG1, x, &s, count_padding);
}

fx_tensor fx_avg_pool2d(fx_tensor x, fx_window window, bool count_padding) {
    const fx__space s = {2, window};
    return pooling_avg(POOLING_AVG2, x, &s, count_padding);
}

/* ---- as many windows as asked for ---- */

enum { POOLING_PERIOD = 65535 }; /* as many operands as a stack takes */

/* The windows repeat: with every step of length / n they are the same, period of them. */
typedef struct pooling_beat {
    int64_t n, period, step; /* periods, windows and elements in one */
} pooling_beat;

static pooling_beat pooling_beat_of(int64_t length, int64_t windows) {
    int64_t a = length, b = windows;
    while (b) {
        const int64_t rest = a % b;
        a = b, b = rest;
    }
    return (pooling_beat){a, windows / a, length / a};
}

/* floor(i step / period) and ceil, without a product of large numbers. */
static int64_t pooling_edge(const pooling_beat *b, int64_t i, bool up) {
    const int64_t part = i * (b->step % b->period);
    return i * (b->step / b->period) + part / b->period + (up && part % b->period);
}

/* The means of the windows with place i in their periods. */
static fx_tensor pooling_voice(fx_tensor x, int32_t axis, const pooling_beat *b, int64_t i) {
    const int64_t start = pooling_edge(b, i, false), end = pooling_edge(b, i + 1, true);
    const fx_tensor reached = fx_narrow(x, axis, start, (b->n - 1) * b->step + end - start);
    return fx_mean_axes(fx_windows(reached, axis, end - start, b->step, 1), fx_axes1(-1), false);
}

static fx_tensor pooling_evenly(fx_tensor x, int32_t axis, int64_t windows) {
    fx_shape shape = fx_tensor_shape(x);
    if (shape.rank < 0) return x;
    const pooling_beat b = pooling_beat_of(shape.dims[axis], windows);
    if (b.period == 1) return pooling_voice(x, axis, &b, 0);
    fx_tensor *voices = fx_new(fx_tensor_context(x), (size_t)b.period * sizeof *voices, NULL);
    if (!voices) return fx_use(fx_tensor_graph(x), x); /* invalid: an error stands */
    for (int64_t i = 0; i < b.period; i++) voices[i] = pooling_voice(x, axis, &b, i);
    shape.dims[axis] = windows;
    const fx_tensor y = fx_reshape(fx_stack((int)b.period, voices, axis + 1), shape);
    fx_delete(voices);
    return y;
}

static bool pooling_covers(const fx_op *op, fx_tensor x, int axes, const int64_t *windows,
                           fx_tensor *refusal) {
    if (!fx__space_rank(op, x, axes, 1, refusal)) return false;
    const fx_shape shape = fx_tensor_shape(x);
    for (int i = 0; i < axes; i++) {
        const int64_t length = shape.dims[shape.rank - axes + i];
        const char *name = fx__space_name(axes, i);
        if (windows[i] < 1)
            *refusal = fx_refuse(op, 1, &x, FX_ERR_ARGUMENT, "%s %lld; it is at least 1", name,
                                 (long long)windows[i]);
        else if (length < 1)
            *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE, "%s: a mean of nothing", name);
        else if (pooling_beat_of(length, windows[i]).period > POOLING_PERIOD)
            *refusal = fx_refuse(op, 1, &x, FX_ERR_SHAPE,
                                 "%s: %lld windows over %lld elements; more than %d differ", name,
                                 (long long)windows[i], (long long)length, POOLING_PERIOD);
        else
            continue;
        return false;
    }
    return true;
}

static fx_tensor pooling_adaptive(int which, fx_tensor x, int axes, const int64_t *windows) {
    const fx_op *op = &fx__poolings[which];
    const fx_composition c = fx_compose(op, 1, &x);
    fx_tensor y = x;
    if (pooling_covers(op, x, axes, windows, &y))
        for (int i = 0; i < axes; i++)
            y = pooling_evenly(y, fx_tensor_shape(x).rank - axes + i, windows[i]);
    return fx_composed(c, y);
}

fx_tensor fx_adaptive_avg_pool1d(fx_tensor x, int64_t length) {
    return pooling_adaptive(POOLING_ADAPTIVE1, x, 1, &length);
}

fx_tensor fx_adaptive_avg_pool2d(fx_tensor x, int64_t height, int64_t width) {
    const int64_t windows[] = {height, width};
    return pooling_adaptive(POOLING_ADAPTIVE2, x, 2, windows);
}
