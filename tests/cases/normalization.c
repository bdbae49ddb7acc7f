/* SPDX-License-Identifier: MIT */
/* Normalizations: by the last axes, groups and batches, with and without weight and bias, near 0
 * and far from it. */
#include <math.h>

#include "cases.h"

enum { LAYER, RMS, GROUP, BATCH, PREDICT, TRAINED };

static double normal_eps(const case_row *row) { return row->attrs[0].value; }

/* [C] numbers of dtype that no row derives by. */
static fx_tensor normal_constants(fx_tensor x, int64_t n, double first, double step) {
    double values[CASE_ELEMENTS];
    for (int64_t i = 0; i < n; i++) values[i] = first + step * (double)i;
    const fx_tensor t = fx_input_f64(fx_tensor_graph(x), fx_shape1(n), values);
    return fx_cast(t, fx_tensor_dtype(x));
}

/* The running statistics are operands, or are not derived by. */
static fx_tensor normal_predict(const case_row *row, const fx_tensor *x) {
    fx_graph *g = NULL;
    for (int i = 0; i < row->n && !g; i++) g = fx_tensor_graph(x[i]);
    if (!g) return fx_batch_norm(x[0], FX_NONE, FX_NONE, x[1], x[2], 0.1, normal_eps(row));
    const bool was = fx_inference(g, true);
    const int64_t n = row->x[0].dims[1];
    const fx_tensor y =
        row->axis == PREDICT
            ? fx_batch_norm(x[0], FX_NONE, FX_NONE, x[1], x[2], 0.1, normal_eps(row))
            : fx_batch_norm(x[0], x[1], x[2], normal_constants(x[0], n, -1, 0.5),
                            normal_constants(x[0], n, 0.5, 1), 0.1, normal_eps(row));
    fx_inference(g, was);
    return y;
}

/* keep: the second operand is the bias. */
static fx_tensor normal_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const fx_tensor weight = row->n > 1 && !row->keep ? x[1] : FX_NONE;
    const fx_tensor bias = row->keep ? x[1] : row->n > 2 ? x[2] : FX_NONE;
    const double eps = normal_eps(row);
    switch (row->axis) {
    case LAYER:
        return fx_layer_norm(x[0], (int)row->start, weight, bias, eps);
    case RMS:
        return fx_rms_norm(x[0], (int)row->start, weight, eps);
    case GROUP:
        return fx_group_norm(x[0], row->start, weight, bias, eps);
    case BATCH:
        return fx_batch_norm(x[0], weight, bias, FX_NONE, FX_NONE, 0.1, eps);
    default:
        return normal_predict(row, x);
    }
}

/* Two numbers normalized together: the first of the result. */
static fx_tensor pair_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const fx_tensor both[] = {fx_reshape(x[0], fx_shape1(1)), fx_reshape(x[1], fx_shape1(1))};
    const fx_shape shape = row->axis == BATCH ? fx_shape2(2, 1) : fx_shape2(1, 2);
    const fx_tensor joined = fx_reshape(fx_concat(2, both, 0), shape);
    case_row alone = *row;
    alone.n = 1;
    const fx_tensor y = fx_reshape(normal_call(&alone, &joined), fx_shape1(2));
    return fx_reshape(fx_narrow(y, 0, 0, 1), fx_shape0());
}

/* ---- references ---- */

static int64_t normal_places(const case_row *row) {
    int64_t n = 1;
    for (int d = 2; d < row->x[0].rank; d++) n *= row->x[0].dims[d];
    return n;
}

/* How many elements the last axes have. */
static int64_t normal_last(const case_row *row) {
    int64_t n = 1;
    for (int64_t d = 1; d <= row->start; d++) n *= row->x[0].dims[row->x[0].rank - d];
    return n;
}

/* What an element is normalized with: the number of its set. */
static int64_t normal_set(const case_row *row, int64_t e) {
    const int64_t places = normal_places(row), channels = row->x[0].dims[1];
    if (row->axis == LAYER || row->axis == RMS) return e / normal_last(row);
    if (row->axis == GROUP) return e / (channels / row->start * places);
    return e / places % channels;
}

/* Its weight. */
static int64_t normal_slot(const case_row *row, int64_t e) {
    if (row->axis == LAYER || row->axis == RMS) return e % normal_last(row);
    return e / normal_places(row) % row->x[0].dims[1];
}

/* Mean and mean square about it, of the set of element e. */
static void normal_moments(const case_row *row, const case_number *x, int64_t e, case_number *mean,
                           case_number *square) {
    const int64_t n = case_numel(row->x[0]), set = normal_set(row, e);
    long double count = 0;
    *mean = *square = 0;
    for (int64_t i = 0; i < n; i++) {
        if (normal_set(row, i) != set) continue;
        *mean += x[i];
        count++;
    }
    *mean = row->axis == RMS ? 0 : *mean / count;
    for (int64_t i = 0; i < n; i++)
        if (normal_set(row, i) == set) *square += (x[i] - *mean) * (x[i] - *mean) / count;
}

static void normal_of(const case_row *row, const case_number *const *x, case_number *y) {
    const bool given = row->axis == PREDICT;
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t slot = normal_slot(row, e);
        case_number mean, square;
        if (given) {
            mean = x[1][slot];
            square = x[2][slot];
        } else if (row->axis == TRAINED) {
            mean = -1 + 0.5L * (long double)slot;
            square = 0.5L + (long double)slot;
        } else {
            normal_moments(row, x[0], e, &mean, &square);
        }
        y[e] = (x[0][e] - mean) / csqrtl(square + (long double)normal_eps(row));
        if (row->n > 1 && !given && !row->keep) y[e] *= x[1][slot];
        if ((row->n > 2 && !given) || row->keep) y[e] += x[row->keep ? 1 : 2][slot];
    }
}

/* y = t / sqrt(t^2 + eps), t half of the difference; or of the mean square. */
static void pair_of(const case_row *row, const case_number *const *x, case_number *y) {
    const case_number a = x[0][0], b = x[1][0], half = (a - b) / 2;
    const long double eps = normal_eps(row);
    y[0] =
        row->axis == RMS ? a / csqrtl((a * a + b * b) / 2 + eps) : half / csqrtl(half * half + eps);
}

/* ---- rows ---- */

#define EPS(eps)   .attrs = {CASE_ATTR("eps", eps)}
#define NORMAL     .f = normal_call, .of = normal_of, .ulps = 24
#define PLAIN(...) .n = 1, .x = {__VA_ARGS__}, .y = __VA_ARGS__
/* A bias far from 0, so that no digits are lost when it is added. */
#define BIASED .low = {-2, 0.5, 12}, .high = {2, 2, 16}
#define ASIDE  .low = {10, 0.5, 12}, .high = {14, 2, 16}
#define PAIR                                                                                       \
    .f = pair_call, .n = 2, .of = pair_of, .x = {{1, {1}}, {1, {1}}}, .y = {0, {0}}, .ulps = 8,    \
    .made = true, .start = 1, EPS(0.25)
#define STATISTICS .made = true, .low = {-2, -1, 0.5}, .high = {2, 1, 3}
#define BLOCK                                                                                      \
    {                                                                                              \
        3, { 2, 3, 4 }                                                                             \
    }
#define IMAGES                                                                                     \
    {                                                                                              \
        4, { 2, 4, 2, 3 }                                                                          \
    }
#define CHANNELS(n)                                                                                \
    {                                                                                              \
        1, { n }                                                                                   \
    }
#define TABLE                                                                                      \
    {                                                                                              \
        2, { 3, 5 }                                                                                \
    }
#define EMPTY                                                                                      \
    {                                                                                              \
        2, { 0, 3 }                                                                                \
    }
#define WITH(shape, part) .n = 3, .x = {shape, part, part}, .y = shape

static const case_row normal_rows[] = {
    {"layer_norm", NULL, NORMAL, WITH(BLOCK, CHANNELS(4)), .axis = LAYER, .start = 1, EPS(1e-5),
     BIASED},
    {"layer_norm", "two axes", NORMAL, .n = 3, .x = {BLOCK, {2, {3, 4}}, {2, {3, 4}}}, .y = BLOCK,
     .axis = LAYER, .start = 2, EPS(1e-3), BIASED},
    {"layer_norm", "all axes", NORMAL, PLAIN(BLOCK), .axis = LAYER, .start = 3, EPS(1e-5)},
    {"layer_norm", "weight", NORMAL, .n = 2, .x = {BLOCK, CHANNELS(4)}, .y = BLOCK, .axis = LAYER,
     .start = 1, EPS(0.5)},
    {"layer_norm", "bias", NORMAL, .n = 2, .x = {BLOCK, CHANNELS(4)}, .y = BLOCK, .axis = LAYER,
     .start = 1, EPS(1e-5), .keep = true, .made = true, .low = {-2, 12}, .high = {2, 16}},
    {"layer_norm", "aside", NORMAL, WITH(BLOCK, CHANNELS(4)), .axis = LAYER, .start = 1, EPS(1e-5),
     ASIDE},
    {"layer_norm", "one", NORMAL, PLAIN({2, {1, 1}}), .axis = LAYER, .start = 1, EPS(1e-5)},
    {"layer_norm", "nothing", NORMAL, PLAIN({2, {0, 3}}), .axis = LAYER, .start = 1, EPS(1e-5)},
    {"layer_norm", "pair", PAIR, .axis = LAYER},
    {"rms_norm", NULL, NORMAL, .n = 2, .x = {BLOCK, CHANNELS(4)}, .y = BLOCK, .axis = RMS,
     .start = 1, EPS(1e-5)},
    {"rms_norm", "two axes", NORMAL, .n = 2, .x = {BLOCK, {2, {3, 4}}}, .y = BLOCK, .axis = RMS,
     .start = 2, EPS(1e-3)},
    {"rms_norm", "plain", NORMAL, PLAIN(BLOCK), .axis = RMS, .start = 1, EPS(0.5)},
    {"rms_norm", "one", NORMAL, PLAIN({1, {1}}), .axis = RMS, .start = 1, EPS(0.5)},
    {"rms_norm", "nothing", NORMAL, PLAIN({2, {0, 3}}), .axis = RMS, .start = 1, EPS(1e-5)},
    {"rms_norm", "pair", PAIR, .axis = RMS},
    {"group_norm", NULL, NORMAL, WITH(IMAGES, CHANNELS(4)), .axis = GROUP, .start = 2, EPS(1e-5),
     BIASED},
    {"group_norm", "rows", NORMAL, .n = 3, .x = {{2, {3, 6}}, CHANNELS(6), CHANNELS(6)},
     .y = {2, {3, 6}}, .axis = GROUP, .start = 2, EPS(1e-3), BIASED},
    {"group_norm", "one group", NORMAL, PLAIN({3, {2, 3, 4}}), .axis = GROUP, .start = 1,
     EPS(1e-5)},
    {"group_norm", "each channel", NORMAL, .n = 2, .x = {BLOCK, CHANNELS(3)}, .y = BLOCK,
     .axis = GROUP, .start = 3, EPS(1e-5)},
    {"group_norm", "aside", NORMAL, WITH(IMAGES, CHANNELS(4)), .axis = GROUP, .start = 2, EPS(1e-5),
     ASIDE},
    {"group_norm", "one", NORMAL, PLAIN({2, {1, 1}}), .axis = GROUP, .start = 1, EPS(1e-5)},
    {"group_norm", "nothing", NORMAL, .n = 2, .x = {{3, {0, 4, 3}}, CHANNELS(4)},
     .y = {3, {0, 4, 3}}, .axis = GROUP, .start = 2, EPS(1e-5)},
    {"group_norm", "pair", PAIR, .axis = GROUP},
    {"batch_norm", NULL, NORMAL, WITH(BLOCK, CHANNELS(3)), .axis = BATCH, EPS(1e-5), BIASED},
    {"batch_norm", "rows", NORMAL, .n = 3, .x = {{2, {5, 3}}, CHANNELS(3), CHANNELS(3)},
     .y = {2, {5, 3}}, .axis = BATCH, EPS(1e-3), BIASED},
    {"batch_norm", "images", NORMAL, .n = 2, .x = {IMAGES, CHANNELS(4)}, .y = IMAGES, .axis = BATCH,
     EPS(1e-5)},
    {"batch_norm", "plain", NORMAL, PLAIN(BLOCK), .axis = BATCH, EPS(0.5)},
    {"batch_norm", "bias", NORMAL, .n = 2, .x = {BLOCK, CHANNELS(3)}, .y = BLOCK, .axis = BATCH,
     EPS(1e-5), .keep = true, .made = true, .low = {-2, 12}, .high = {2, 16}},
    {"batch_norm", "aside", NORMAL, WITH(BLOCK, CHANNELS(3)), .axis = BATCH, EPS(1e-5), ASIDE},
    {"batch_norm", "predict", NORMAL, WITH(BLOCK, CHANNELS(3)), .axis = PREDICT, EPS(1e-5),
     STATISTICS},
    {"batch_norm", "predict rows", NORMAL, WITH(TABLE, CHANNELS(5)), .axis = PREDICT, EPS(0.5),
     STATISTICS},
    {"batch_norm", "predict one", NORMAL, .n = 3, .x = {{2, {1, 1}}, {1, {1}}, {1, {1}}},
     .y = {2, {1, 1}}, .axis = PREDICT, EPS(1e-5), STATISTICS},
    {"batch_norm", "predict nothing", NORMAL, WITH(EMPTY, CHANNELS(3)), .axis = PREDICT, EPS(1e-5),
     STATISTICS},
    {"batch_norm", "trained", NORMAL, WITH(BLOCK, CHANNELS(3)), .axis = TRAINED, EPS(1e-5),
     .made = true, BIASED},
    {"batch_norm", "pair", PAIR, .axis = BATCH},
};

/* Equal elements: y = t / sqrt(t^2 + eps) has the derivatives 1 / sqrt eps, 0 and -3 / eps^1.5. */
#define EQUAL(name)                                                                                \
    {name, "pair", {3, 3}, "", 0}, {name, "pair", {3, 3}, "0", 1},                                 \
        {name, "pair", {3, 3}, "1", -1}, {name, "pair", {3, 3}, "01", 0},                          \
        {name, "pair", {3, 3}, "000", -3}, {name, "pair", {0.1, 0.1}, "", 0},                      \
        {name, "pair", {0.1, 0.1}, "0", 1}, {name, "pair", {-1e10, -1e10}, "", 0},                 \
        {name, "pair", {NAN, 1}, "", NAN}, {name, "pair", {1, NAN}, "", NAN},                      \
        {name, "pair", {1, NAN}, "0", NAN}, {                                                      \
        name, "pair", {INFINITY, 1}, "", NAN                                                       \
    }

static const case_point normal_points[] = {
    EQUAL("layer_norm"),
    EQUAL("group_norm"),
    EQUAL("batch_norm"),
    {"rms_norm", "pair", {0, 0}, "", 0},
    {"rms_norm", "pair", {0, 0}, "0", 2},
    {"rms_norm", "pair", {0, 0}, "1", 0},
    {"rms_norm", "pair", {0, 0}, "00", 0},
    {"rms_norm", "pair", {0, NAN}, "", NAN},
    {"rms_norm", "pair", {NAN, 0}, "1", NAN},
};

/* ---- errors ---- */

#define WRONG(op_name, kind, k, eps, ...)                                                          \
    { op_name, NULL, .f = normal_call, .axis = kind, .start = k, EPS(eps), __VA_ARGS__ }
#define ALL_F64                                                                                    \
    { FX_F64, FX_F64, FX_F64 }

static const case_error normal_errors[] = {
    {WRONG("layer_norm", LAYER, 0, 1e-5, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_SHAPE,
     "layer_norm: axes = 0; it is 1 to the rank of x, 3 (x [2, 3, 4], weight left out, bias left "
     "out)"},
    {WRONG("layer_norm", LAYER, 4, 1e-5, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_SHAPE,
     "layer_norm: axes = 4; it is 1 to the rank of x, 3 (x [2, 3, 4], weight left out, bias left "
     "out)"},
    {WRONG("layer_norm", LAYER, 1, 0, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "layer_norm: eps = 0; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight left "
     "out, bias left out)"},
    {WRONG("layer_norm", LAYER, 1, NAN, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "layer_norm: eps = nan; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight "
     "left out, bias left out)"},
    {WRONG("layer_norm", LAYER, 1, INFINITY, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "layer_norm: eps = inf; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight "
     "left out, bias left out)"},
    {WRONG("layer_norm", LAYER, 1, 1e-60, .n = 1, .x = {BLOCK}),
     {FX_F32},
     FX_ERR_ARGUMENT,
     "layer_norm: eps = 1e-60; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight "
     "left out, bias left out)"},
    {WRONG("layer_norm", LAYER, 1, 1e-5, .n = 1, .x = {BLOCK}),
     {FX_I64},
     FX_ERR_DTYPE,
     "layer_norm: x is i64; it must be f32 or f64, see fx_cast (x [2, 3, 4], weight left out, bias "
     "left out)"},
    {WRONG("layer_norm", LAYER, 1, 1e-5, .n = 1, .x = {{2, {3, 0}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "layer_norm: no elements to normalize from axis 1 on (x [3, 0], weight left out, bias left "
     "out)"},
    {WRONG("layer_norm", LAYER, 2, 1e-5, WITH(BLOCK, CHANNELS(4))), ALL_F64, FX_ERR_SHAPE,
     "layer_norm: weight needs the shape of what is normalized, axis 1 of x and those behind it (x "
     "[2, 3, 4], weight [4], bias [4])"},
    {WRONG("layer_norm", LAYER, 1, 1e-5, .n = 3, .x = {BLOCK, CHANNELS(4), CHANNELS(3)}), ALL_F64,
     FX_ERR_SHAPE,
     "layer_norm: bias needs the shape of what is normalized, axis 2 of x and those behind it (x "
     "[2, 3, 4], weight [4], bias [3])"},
    {WRONG("layer_norm", LAYER, 1, 1e-5, WITH(BLOCK, CHANNELS(4))),
     {FX_F64, FX_F64, FX_F32},
     FX_ERR_DTYPE,
     "layer_norm: x is f64 and bias is f32; fx_cast one of them (x [2, 3, 4], weight [4], bias "
     "[4])"},
    {WRONG("rms_norm", RMS, 1, -1e-5, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "rms_norm: eps = -1e-05; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight "
     "left out)"},
    {WRONG("rms_norm", RMS, 1, 1e-5, .n = 2, .x = {BLOCK, CHANNELS(3)}), ALL_F64, FX_ERR_SHAPE,
     "rms_norm: weight needs the shape of what is normalized, axis 2 of x and those behind it (x "
     "[2, 3, 4], weight [3])"},
    {WRONG("rms_norm", RMS, 1, 1e-5, .n = 1, .x = {{0, {0}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "rms_norm: axes = 1; it is 1 to the rank of x, 0 (x [], weight left out)"},
    {WRONG("rms_norm", RMS, 2, 1e-5, .n = 1, .x = {{2, {0, 3}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "rms_norm: no elements to normalize from axis 0 on (x [0, 3], weight left out)"},
    {WRONG("group_norm", GROUP, 1, 1e-5, .n = 1, .x = {CHANNELS(4)}),
     {FX_F64},
     FX_ERR_SHAPE,
     "group_norm: x needs at least 2 axes, [N, C, ...] (x [4], weight left out, bias left out)"},
    {WRONG("group_norm", GROUP, 3, 1e-5, .n = 1, .x = {IMAGES}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "group_norm: 3 groups of 4 channels; they must divide evenly (x [2, 4, 2, 3], weight left "
     "out, bias left out)"},
    {WRONG("group_norm", GROUP, 0, 1e-5, .n = 1, .x = {IMAGES}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "group_norm: 0 groups of 4 channels; they must divide evenly (x [2, 4, 2, 3], weight left "
     "out, bias left out)"},
    {WRONG("group_norm", GROUP, 2, 1e-5, WITH(IMAGES, CHANNELS(3))), ALL_F64, FX_ERR_SHAPE,
     "group_norm: weight needs shape [4], one value a channel (x [2, 4, 2, 3], weight [3], bias "
     "[3])"},
    {WRONG("group_norm", GROUP, 2, 1e-5, .n = 1, .x = {{3, {2, 4, 0}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "group_norm: no elements in a group to normalize (x [2, 4, 0], weight left out, bias left "
     "out)"},
    {WRONG("group_norm", GROUP, 1, 1e-5, .n = 1, .x = {{2, {2, 0}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "group_norm: no elements in a group to normalize (x [2, 0], weight left out, bias left out)"},
    {WRONG("batch_norm", BATCH, 0, 1e-5, .n = 1, .x = {{2, {1, 3}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "batch_norm: a batch needs at least 2 values a channel (x [1, 3], weight left out, bias left "
     "out, mean left out, variance left out)"},
    {WRONG("batch_norm", BATCH, 0, 1e-5, .n = 1, .x = {{3, {0, 3, 4}}}),
     {FX_F64},
     FX_ERR_SHAPE,
     "batch_norm: a batch needs at least 2 values a channel (x [0, 3, 4], weight left out, bias "
     "left out, mean left out, variance left out)"},
    {WRONG("batch_norm", BATCH, 0, 1e-5, .n = 1, .x = {CHANNELS(3)}),
     {FX_F64},
     FX_ERR_SHAPE,
     "batch_norm: x needs at least 2 axes, [N, C, ...] (x [3], weight left out, bias left out, "
     "mean left out, variance left out)"},
    {WRONG("batch_norm", BATCH, 0, 1e-5, .n = 3, .x = {BLOCK, CHANNELS(3), CHANNELS(4)}), ALL_F64,
     FX_ERR_SHAPE,
     "batch_norm: bias needs shape [3], one value a channel (x [2, 3, 4], weight [3], bias [4], "
     "mean left out, variance left out)"},
    {WRONG("batch_norm", BATCH, 0, 0, .n = 1, .x = {BLOCK}),
     {FX_F64},
     FX_ERR_ARGUMENT,
     "batch_norm: eps = 0; it must be above 0 and finite, 1e-5 is usual (x [2, 3, 4], weight left "
     "out, bias left out, mean left out, variance left out)"},
    {WRONG("batch_norm", PREDICT, 0, 1e-5, .n = 3, .x = {BLOCK, CHANNELS(3), CHANNELS(1)}), ALL_F64,
     FX_ERR_SHAPE,
     "batch_norm: variance needs shape [3], one value a channel (x [2, 3, 4], weight left out, "
     "bias left out, mean [3], variance [1])"},
    {WRONG("batch_norm", PREDICT, 0, 1e-5, WITH(BLOCK, CHANNELS(3))),
     {FX_F64, FX_F32, FX_F64},
     FX_ERR_DTYPE,
     "batch_norm: x is f64 and mean is f32; fx_cast one of them (x [2, 3, 4], weight left out, "
     "bias left out, mean [3], variance [3])"},
};

const case_family case_normalization = {
    normal_rows,
    normal_points,
    normal_errors,
    CASE_COUNT(normal_rows),
    CASE_COUNT(normal_points),
    CASE_COUNT(normal_errors),
};
