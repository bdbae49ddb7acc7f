/* SPDX-License-Identifier: MIT */
/* Normalizations, composed of sums, quotients and roots. The mean of data far from 0 is known to
 * the digits of the offset only, which may be more than their spread: so they are shifted by it as
 * by any constant, and what is left, which is exact or nearly so, is centered. No shift changes the
 * result, so the first mean has no derivative and is detached. */
#include <math.h>

#include "families.h"
#include "fluxion/params.h"

enum { NORMAL_LAYER, NORMAL_RMS, NORMAL_GROUP, NORMAL_BATCH };
enum { NORMAL_OPERANDS = 5 };

static const char *const normal_names[NORMAL_OPERANDS] = {"x", "weight", "bias", "mean",
                                                          "variance"};

/* One call. Its checks are false after a refusal. */
typedef struct normal {
    const fx_op *op;
    fx_tensor x[NORMAL_OPERANDS];
    double eps;
    fx_composition composition;
    fx_shape shape; /* of x */
} normal;

#define NORMAL_REFUSE(c, status, ...)                                                              \
    ((void)fx_refuse((c)->op, (c)->op->max, (c)->x, status, __VA_ARGS__), false)

static bool normal_graph(normal *c) {
    c->composition = fx_compose(c->op, c->op->max, c->x);
    const fx_graph *graph = c->composition.graph;
    return graph && fx_error(fx_graph_context(graph)) == FX_OK;
}

static bool normal_dtypes(normal *c) {
    const fx_dtype dtype = fx_tensor_dtype(c->x[0]);
    if (dtype > FX_F64)
        return NORMAL_REFUSE(c, FX_ERR_DTYPE, "x is %s; it must be f32 or f64, see fx_cast",
                             fx_dtype_name(dtype));
    for (int i = 1; i < c->op->max; i++)
        if (fx_tensor_context(c->x[i]) && fx_tensor_dtype(c->x[i]) != dtype)
            return NORMAL_REFUSE(c, FX_ERR_DTYPE, "x is %s and %s is %s; fx_cast one of them",
                                 fx_dtype_name(dtype), normal_names[i],
                                 fx_dtype_name(fx_tensor_dtype(c->x[i])));
    return true;
}

/* Checks what all have in common, and puts operands that have no graph into that of the others. */
static bool normal_begin(normal *c) {
    if (!normal_graph(c) || !normal_dtypes(c)) return false;
    const double eps = fx_tensor_dtype(c->x[0]) == FX_F32 ? (double)(float)c->eps : c->eps;
    if (!(eps > 0 && eps < INFINITY))
        return NORMAL_REFUSE(c, FX_ERR_ARGUMENT,
                             "eps = %g; it must be above 0 and finite, 1e-5 is usual", c->eps);
    c->shape = fx_tensor_shape(c->x[0]);
    for (int i = 0; i < c->op->max; i++)
        if (fx_tensor_context(c->x[i]) && !fx_tensor_graph(c->x[i]))
            c->x[i] = fx_use(c->composition.graph, c->x[i]);
    return true;
}

/* Of x [N, C, ...]: whether the other operands are [C]. */
static bool normal_channels(normal *c) {
    if (c->shape.rank < 2)
        return NORMAL_REFUSE(c, FX_ERR_SHAPE, "x needs at least 2 axes, [N, C, ...]");
    const fx_shape channels = fx_shape1(c->shape.dims[1]);
    for (int i = 1; i < c->op->max; i++)
        if (!fx_is_none(c->x[i]) && !fx_shape_equal(fx_tensor_shape(c->x[i]), channels))
            return NORMAL_REFUSE(c, FX_ERR_SHAPE, "%s needs shape [%lld], one value a channel",
                                 normal_names[i], (long long)channels.dims[0]);
    return true;
}

/* The last axes of x, and whether the other operands have their shape. */
static bool normal_last(normal *c, int axes, fx_axes *last) {
    const int32_t rank = c->shape.rank;
    if (axes < 1 || axes > rank)
        return NORMAL_REFUSE(c, FX_ERR_SHAPE, "axes = %d; it is 1 to the rank of x, %d", axes,
                             rank);
    const int32_t first = rank - axes;
    const fx_shape part = fx_shape_n(axes, c->shape.dims + first);
    for (int i = 1; i < c->op->max; i++)
        if (!fx_is_none(c->x[i]) && !fx_shape_equal(fx_tensor_shape(c->x[i]), part))
            return NORMAL_REFUSE(c, FX_ERR_SHAPE,
                                 "%s needs the shape of what is normalized, axis %d of x and "
                                 "those behind it",
                                 normal_names[i], first);
    *last = part;
    for (int32_t i = 0; i < axes; i++) last->dims[i] = first + i;
    if (fx__axes_count(c->x[0], last) > 0) return true;
    return NORMAL_REFUSE(c, FX_ERR_SHAPE, "no elements to normalize from axis %d on", first);
}

/* ---- what is computed ---- */

static fx_tensor normal_center(fx_tensor x, fx_axes axes) {
    const fx_tensor near = fx_sub(x, fx_detach(fx_mean_axes(x, axes, true)));
    return fx_sub(near, fx_mean_axes(near, axes, true));
}

static fx_tensor normal_divide(fx_tensor x, fx_tensor squares, double eps) {
    return fx_div(x, fx_sqrt(fx_add(squares, fx_num(eps))));
}

static fx_tensor normal_scale(fx_tensor x, fx_axes axes, double eps) {
    return normal_divide(x, fx_mean_axes(fx_square(x), axes, true), eps);
}

/* t, with axes of size 1 behind its own. */
static fx_tensor normal_column(fx_tensor t, int32_t inner) {
    fx_shape shape = fx_tensor_shape(t);
    if (inner == 0 || shape.rank < 0) return t;
    for (int32_t i = 0; i < inner; i++) shape.dims[shape.rank++] = 1;
    return fx_reshape(t, shape);
}

/* y weight + bias, which have inner axes fewer behind theirs. */
static fx_tensor normal_affine(const normal *c, fx_tensor y, int32_t inner) {
    const fx_tensor weight = c->x[1], bias = c->x[2];
    if (!fx_is_none(weight)) y = fx_mul(y, normal_column(weight, inner));
    return fx_is_none(bias) ? y : fx_add(y, normal_column(bias, inner));
}

fx_tensor fx_layer_norm(fx_tensor x, int axes, fx_tensor weight, fx_tensor bias, double eps) {
    normal c = {.op = &fx__normalizations[NORMAL_LAYER], .x = {x, weight, bias}, .eps = eps};
    fx_tensor y = FX_NONE;
    fx_axes last;
    if (normal_begin(&c) && normal_last(&c, axes, &last))
        y = normal_affine(&c, normal_scale(normal_center(c.x[0], last), last, eps), 0);
    return fx_composed(c.composition, y);
}

fx_tensor fx_rms_norm(fx_tensor x, int axes, fx_tensor weight, double eps) {
    normal c = {.op = &fx__normalizations[NORMAL_RMS], .x = {x, weight, FX_NONE}, .eps = eps};
    fx_tensor y = FX_NONE;
    fx_axes last;
    if (normal_begin(&c) && normal_last(&c, axes, &last))
        y = normal_affine(&c, normal_scale(c.x[0], last, eps), 0);
    return fx_composed(c.composition, y);
}

/* ---- groups ---- */

static bool normal_groups(normal *c, int64_t groups) {
    const int64_t channels = c->shape.dims[1];
    if (groups < 1 || channels % groups != 0)
        return NORMAL_REFUSE(c, FX_ERR_ARGUMENT,
                             "%lld groups of %lld channels; they must divide "
                             "evenly",
                             (long long)groups, (long long)channels);
    fx_axes axes = fx__all_axes(c->x[0]);
    axes.dims[0] = axes.dims[--axes.rank];
    if (fx__axes_count(c->x[0], &axes) > 0) return true;
    return NORMAL_REFUSE(c, FX_ERR_SHAPE, "no elements in a group to normalize");
}

static fx_tensor normal_grouped(const normal *c, int64_t groups) {
    const int64_t examples = c->shape.dims[0];
    const int64_t members = examples ? fx_tensor_numel(c->x[0]) / examples / groups : 1;
    const fx_tensor flat = fx_reshape(c->x[0], fx_shape3(examples, groups, members));
    const fx_tensor y = normal_scale(normal_center(flat, fx_axes1(2)), fx_axes1(2), c->eps);
    return normal_affine(c, fx_reshape(y, c->shape), c->shape.rank - 2);
}

fx_tensor fx_group_norm(fx_tensor x, int64_t groups, fx_tensor weight, fx_tensor bias, double eps) {
    normal c = {.op = &fx__normalizations[NORMAL_GROUP], .x = {x, weight, bias}, .eps = eps};
    fx_tensor y = FX_NONE;
    if (normal_begin(&c) && normal_channels(&c) && normal_groups(&c, groups))
        y = normal_grouped(&c, groups);
    return fx_composed(c.composition, y);
}

/* ---- batches ---- */

/* All axes but that of the channels. */
static fx_axes normal_batch_axes(fx_shape shape) {
    fx_axes axes = {0, {0}};
    for (int32_t i = 0; i < shape.rank; i++)
        if (i != 1) axes.dims[axes.rank++] = i;
    return axes;
}

static bool normal_batch(normal *c, double momentum, bool *running) {
    *running = !fx_is_none(c->x[3]);
    if (*running == fx_is_none(c->x[4]))
        return NORMAL_REFUSE(c, FX_ERR_ARGUMENT,
                             "mean and variance go together; give both or neither");
    if (!(momentum >= 0 && momentum <= 1))
        return NORMAL_REFUSE(c, FX_ERR_ARGUMENT, "momentum = %g; it is in [0, 1]", momentum);
    const fx_axes axes = normal_batch_axes(c->shape);
    if ((*running && fx_is_inference(c->composition.graph)) || fx__axes_count(c->x[0], &axes) > 1)
        return true;
    return NORMAL_REFUSE(c, FX_ERR_SHAPE, "a batch needs at least 2 values a channel");
}

static fx_tensor normal_predict(const normal *c) {
    const int32_t inner = c->shape.rank - 2;
    const fx_tensor centered = fx_sub(c->x[0], normal_column(c->x[3], inner));
    return normal_affine(c, normal_divide(centered, normal_column(c->x[4], inner), c->eps), inner);
}

/* Queues buffer + momentum (batch - buffer), which is no part of any derivative. */
static void normal_follow(const normal *c, fx_tensor buffer, fx_tensor batch, double momentum) {
    const bool was = fx_record(c->composition.graph, false);
    const fx_tensor values = fx_reshape(batch, fx_shape1(c->shape.dims[1]));
    const fx_tensor next = fx_lerp(buffer, values, fx_num(momentum));
    fx_record(c->composition.graph, was);
    fx_store(buffer, next);
}

/* given: mean and variance as the caller has them, buffers; NULL: there are none. */
static fx_tensor normal_train(const normal *c, const fx_tensor *given, double momentum) {
    const fx_axes axes = normal_batch_axes(c->shape);
    const double n = fx__axes_count(c->x[0], &axes);
    const fx_tensor centered = normal_center(c->x[0], axes);
    const fx_tensor squares = fx_mean_axes(fx_square(centered), axes, true);
    if (given) {
        normal_follow(c, given[0], fx_mean_axes(c->x[0], axes, true), momentum);
        normal_follow(c, given[1], fx_mul(squares, fx_num(n / (n - 1))), momentum);
    }
    return normal_affine(c, normal_divide(centered, squares, c->eps), c->shape.rank - 2);
}

fx_tensor fx_batch_norm(fx_tensor x, fx_tensor weight, fx_tensor bias, fx_tensor mean,
                        fx_tensor variance, double momentum, double eps) {
    const fx_tensor given[] = {mean, variance};
    normal c = {.op = &fx__normalizations[NORMAL_BATCH],
                .x = {x, weight, bias, mean, variance},
                .eps = eps};
    fx_tensor y = FX_NONE;
    bool running;
    if (normal_begin(&c) && normal_channels(&c) && normal_batch(&c, momentum, &running))
        y = running && fx_is_inference(c.composition.graph)
                ? normal_predict(&c)
                : normal_train(&c, running ? given : NULL, momentum);
    return fx_composed(c.composition, y);
}

#define NORMAL(op_name, names, n, text)                                                            \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = (op_name), .operands = (names), .min = 1, .max = (n),    \
        .formula = (text)                                                                          \
    }

const fx_op fx__normalizations[] = {
    [NORMAL_LAYER] = NORMAL("layer_norm", "x, weight?, bias?", 3,
                            "y = z w + b, z = (x - m) / s, s = sqrt(v + eps), m and v mean and "
                            "variance of the last axes;  dx = (H - mean H - z mean(H z)) / s, H = "
                            "G w, dw = sum G z, db = sum G"),
    [NORMAL_RMS] = NORMAL("rms_norm", "x, weight?", 2,
                          "y = z w, z = x / s, s = sqrt(mean x^2 + eps) over the last axes;  dx = "
                          "(H - z mean(H z)) / s, H = G w, dw = sum G z"),
    [NORMAL_GROUP] = NORMAL("group_norm", "x, weight?, bias?", 3,
                            "y = z w + b, z = (x - m) / s, s = sqrt(v + eps), m and v mean and "
                            "variance of a group of channels;  dx = (H - mean H - z mean(H z)) / "
                            "s, H = G w, dw = sum G z, db = sum G"),
    [NORMAL_BATCH] = NORMAL("batch_norm", "x, weight?, bias?, mean?, variance?", 5,
                            "y = z w + b, z = (x - m) / s, s = sqrt(v + eps), m and v mean and "
                            "variance of a channel, or running ones;  dx = (H - mean H - z mean(H "
                            "z)) / s, H = G w, dw = sum G z, db = sum G"),
    {0},
};
