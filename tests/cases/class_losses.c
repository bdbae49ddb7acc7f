/* SPDX-License-Identifier: MIT */
/* Losses of classes. Rows take labels from 0 to 2; what ignores, weighs or smooths has rows of its
 * own, judged by the formula of the loss as it is written in papers. */
#include <math.h>

#include "cases.h"

/* start: the reduction; stop: the label to ignore; keep: weights; attrs[0]: smoothing. */
static const double class_weights[] = {0.5, 2, 1.25, 0.75};

static fx_tensor class_weights_of(const case_row *row, fx_tensor x) {
    const fx_shape shape = fx_tensor_shape(x);
    const int64_t classes = shape.rank > 0 ? shape.dims[shape.rank - 1] : 0;
    fx_tensor weights = FX_NONE;
    if (row->keep && fx_tensor_graph(x) && classes > 0)
        weights = fx_cast(fx_input_f64(fx_tensor_graph(x), fx_shape1(classes), class_weights),
                          fx_tensor_dtype(x));
    return weights;
}

static fx_cross_entropy_options class_options_of(const case_row *row, fx_tensor x) {
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.reduction = (fx_reduction)row->start;
    o.ignore_index = row->stop ? row->stop : -100;
    o.label_smoothing = row->attrs[0].value;
    o.weights = class_weights_of(row, x);
    return o;
}

static fx_tensor cross_call(void *row, const fx_tensor *x) {
    return (void)row, fx_cross_entropy(x[0], x[1]);
}

static fx_tensor nll_call(void *row, const fx_tensor *x) {
    return (void)row, fx_nll_loss(x[0], x[1]);
}

static fx_tensor soft_call(void *row, const fx_tensor *x) {
    return (void)row, fx_cross_entropy_soft(x[0], x[1]);
}

static fx_tensor cross_with_call(void *user, const fx_tensor *x) {
    const fx_cross_entropy_options o = class_options_of(user, x[0]);
    return fx_cross_entropy_with(x[0], x[1], &o);
}

static fx_tensor nll_with_call(void *user, const fx_tensor *x) {
    const fx_cross_entropy_options o = class_options_of(user, x[0]);
    return fx_nll_loss_with(x[0], x[1], &o);
}

static fx_tensor soft_with_call(void *user, const fx_tensor *x) {
    const fx_cross_entropy_options o = class_options_of(user, x[0]);
    return fx_cross_entropy_soft_with(x[0], x[1], &o);
}

/* Targets that add up to 1 in each row: logits through softmax. */
static fx_tensor soft_made_call(void *user, const fx_tensor *x) {
    const fx_tensor made[] = {x[0], fx_softmax(x[1], -1)};
    return soft_with_call(user, made);
}

/* Labels of the shape, of which the second is stride. */
static fx_tensor label_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const int64_t labels[] = {0, row->stride, 1, 0, 0, 0};
    fx_graph *g = fx_tensor_graph(x[0]);
    return fx_nll_loss(x[0], fx_input_i64(g, row->shape, labels));
}

/* Two logits and the label of the class 1. */
static fx_tensor class_pair_call(void *row, const fx_tensor *x) {
    const fx_tensor both[] = {fx_reshape(x[0], fx_shape2(1, 1)), fx_reshape(x[1], fx_shape2(1, 1))};
    const int64_t label = 1;
    fx_graph *g = fx_tensor_graph(x[0]) ? fx_tensor_graph(x[0]) : fx_tensor_graph(x[1]);
    return (void)row,
           fx_cross_entropy(fx_concat(2, both, 1), fx_input_i64(g, fx_shape1(1), &label));
}

static fx_tensor size_call(void *row, const fx_tensor *x) {
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.size = 3;
    return (void)row, fx_cross_entropy_with(x[0], x[1], &o);
}

static fx_tensor weights_call(void *row, const fx_tensor *x) {
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.weights = x[0];
    return (void)row, fx_cross_entropy_with(x[0], x[1], &o);
}

static fx_tensor term_call(void *row, const fx_tensor *x) {
    return (void)row, fx_cross_entropy_soft(x[0], fx_mul(x[1], fx_num(1.5)));
}

/* ---- references ---- */

static int64_t class_count_of(const case_row *row) {
    return row->x[0].rank ? row->x[0].dims[row->x[0].rank - 1] : 1;
}

/* ln(1 + w), accurate for small w and for large. */
static case_number class_log1p(case_number w) {
    return creall(w) < 1 ? 2 * catanhl(w / (2 + w)) : clogl(1 + w);
}

static void class_log_softmax(const case_number *x, int64_t classes, case_number *y) {
    for (int64_t i = 0; i < classes; i++) {
        case_number others = 0;
        for (int64_t j = 0; j < classes; j++)
            if (j != i) others += cexpl(x[j] - x[i]);
        y[i] = -class_log1p(others);
    }
}

static long double class_weight(const case_row *row, int64_t k) {
    return row->keep ? (long double)class_weights[k] : 1;
}

/* -(1 - e) w_t l_t - (e / C) sum_k w_k l_k */
static case_number class_row_loss(const case_row *row, const case_number *l, int64_t label) {
    const int64_t classes = class_count_of(row);
    const long double e = (long double)row->attrs[0].value;
    case_number loss = -(1 - e) * class_weight(row, label) * l[label];
    for (int64_t k = 0; k < classes; k++)
        loss -= e / (long double)classes * class_weight(row, k) * l[k];
    return loss;
}

static void class_of(const case_row *row, const case_number *const *x, case_number *y,
                     bool logits) {
    const int64_t classes = class_count_of(row), rows = case_numel(row->x[1]);
    case_number l[CASE_ELEMENTS];
    long double down = 0;
    case_number sum = 0;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t label = (int64_t)creall(x[1][r]);
        const bool ignored = row->stop && label == row->stop;
        for (int64_t k = 0; k < classes; k++) l[k] = x[0][r * classes + k];
        if (logits) class_log_softmax(x[0] + r * classes, classes, l);
        const case_number loss = ignored ? 0 : class_row_loss(row, l, label);
        if (row->start == FX_REDUCE_NONE) y[r] = loss;
        sum += loss;
        down += ignored ? 0 : class_weight(row, label);
    }
    if (row->start != FX_REDUCE_NONE) y[0] = row->start == FX_REDUCE_SUM ? sum : sum / down;
}

static void cross_of(const case_row *row, const case_number *const *x, case_number *y) {
    class_of(row, x, y, true);
}

static void nll_of(const case_row *row, const case_number *const *x, case_number *y) {
    class_of(row, x, y, false);
}

/* The targets as they are, or their softmax (attrs[1]). */
static void soft_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t classes = class_count_of(row), rows = case_numel(row->x[0]) / classes;
    const long double e = (long double)row->attrs[0].value;
    case_number l[CASE_ELEMENTS], t[CASE_ELEMENTS], sum = 0;
    for (int64_t r = 0; r < rows; r++) {
        case_number loss = 0;
        class_log_softmax(x[0] + r * classes, classes, l);
        if (row->f == soft_made_call) class_log_softmax(x[1] + r * classes, classes, t);
        for (int64_t k = 0; k < classes; k++) {
            t[k] = row->f == soft_made_call ? cexpl(t[k]) : x[1][r * classes + k];
            loss -= class_weight(row, k) * l[k] * (t[k] * (1 - e) + e / (long double)classes);
        }
        if (row->start == FX_REDUCE_NONE) y[r] = loss;
        sum += loss;
    }
    if (row->start != FX_REDUCE_NONE)
        y[0] = row->start == FX_REDUCE_SUM ? sum : sum / (long double)rows;
}

static case_number term_at(const case_row *row, const case_number *z) {
    return (void)row, -z[0] * z[1];
}

/* g / N at the labels, negative. */
static void nll_grad_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t classes = class_count_of(row) ? row->y.dims[row->y.rank - 1] : 0;
    const int64_t rows = case_numel(row->x[1]);
    const bool each = row->attrs[1].value == FX_REDUCE_NONE;
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t r = 0; r < rows; r++)
        y[r * classes + (int64_t)creall(x[1][r])] =
            each ? -x[0][r]
                 : -x[0][0] / (row->attrs[1].value == FX_REDUCE_MEAN ? (long double)rows : 1);
}

/* ln(1 + e^(a - b)) */
static void class_pair_of(const case_row *row, const case_number *const *x, case_number *y) {
    const case_number e = cexpl(x[0][0] - x[1][0]);
    y[0] = class_log1p(e);
    (void)row;
}

/* ---- rows ---- */

#define LABELS   .n = 2, .whole = 2, .ulps = 8
#define THREE    .low = {-3, 0}, .high = {3, 2.999}
#define LOGITS   .x = {{2, {5, 3}}, {1, {5}}}
#define GRID     .x = {{3, {2, 3, 4}}, {2, {2, 3}}}
#define ALL      .y = {0, {0}}
#define CROSS    LABELS, .f = cross_with_call, .of = cross_of, .made = true
#define NLL      LABELS, .f = nll_with_call, .of = nll_of
#define SMOOTHED .attrs = {CASE_ATTR("smoothing", 0.25)}
#define SOFT                                                                                       \
    .n = 2, .f = soft_made_call, .of = soft_of, .made = true, .low = {-2, -1}, .high = {2, 1},     \
    .ulps = 8
#define GRAD                                                                                       \
    .f = case_apply, .n = 2, .whole = 2, .low = {0, 0}, .high = {0, 2.999}, .of = nll_grad_of,     \
    .ulps = 1
#define GRAD_ATTRS(reduction)                                                                      \
    .attrs = {CASE_ATTR("ignore", -100), CASE_ATTR("reduction", reduction), CASE_ATTR("classes", 3)}
#define UNIT .low = {-3, 0.1}, .high = {-1, 0.8}

static const case_row class_rows[] = {
    {"cross_entropy", NULL, LABELS, .f = cross_call, .of = cross_of, .made = true, THREE, LOGITS,
     ALL},
    {"cross_entropy", "sum", CROSS, THREE, LOGITS, ALL, .start = FX_REDUCE_SUM},
    {"cross_entropy", "none", CROSS, THREE, GRID, .y = {2, {2, 3}}, .start = FX_REDUCE_NONE},
    {"cross_entropy", "ignored", CROSS, THREE, LOGITS, ALL, .stop = 1},
    {"cross_entropy", "weights", CROSS, THREE, GRID, ALL, .keep = true},
    {"cross_entropy", "weights, sum", CROSS, THREE, GRID, ALL, .keep = true,
     .start = FX_REDUCE_SUM},
    {"cross_entropy", "smoothing", CROSS, THREE, LOGITS, ALL, SMOOTHED},
    {"cross_entropy", "smoothing, ignored, none", CROSS, THREE, GRID, .y = {2, {2, 3}}, SMOOTHED,
     .stop = 2, .start = FX_REDUCE_NONE},
    {"cross_entropy", "all", CROSS, THREE, LOGITS, ALL, SMOOTHED, .keep = true, .stop = 1},
    {"cross_entropy", "nothing", CROSS, THREE, .x = {{2, {0, 3}}, {1, {0}}}, ALL,
     .start = FX_REDUCE_SUM},
    {"cross_entropy", "one", CROSS, .x = {{1, {1}}, {0, {0}}}, ALL, .low = {-3, 0},
     .high = {3, 0.9}},
    {"cross_entropy", "pair", .n = 2, .f = class_pair_call, .of = class_pair_of, .made = true,
     .x = {{1, {1}}, {1, {1}}}, ALL, .ulps = 4},
    {"cross_entropy", "far", .n = 2, .f = class_pair_call, .of = class_pair_of, .made = true,
     .x = {{1, {1}}, {1, {1}}}, ALL, .ulps = 4, .low = {-40, 1}, .high = {-20, 3}},
    {"nll_loss", NULL, LABELS, .f = nll_call, .of = nll_of, THREE, LOGITS, ALL},
    {"nll_loss", "sum", NLL, THREE, GRID, ALL, .start = FX_REDUCE_SUM},
    {"nll_loss", "none", NLL, THREE, GRID, .y = {2, {2, 3}}, .start = FX_REDUCE_NONE},
    {"nll_loss", "ignored", NLL, THREE, LOGITS, ALL, .stop = 1},
    {"nll_loss", "weights", NLL, THREE, LOGITS, ALL, .keep = true, .made = true},
    {"nll_loss", "nothing", NLL, .x = {{2, {0, 3}}, {1, {0}}}, .y = {1, {0}},
     .start = FX_REDUCE_NONE},
    {"nll_loss", "one", NLL, .x = {{1, {1}}, {0, {0}}}, ALL, .low = {-3, 0}, .high = {3, 0.9}},
    {"nll_loss_grad", "mean", GRAD, .x = {{0, {0}}, {1, {5}}}, .y = {2, {5, 3}},
     GRAD_ATTRS(FX_REDUCE_MEAN)},
    {"nll_loss_grad", "sum", GRAD, .x = {{0, {0}}, {1, {5}}}, .y = {2, {5, 3}},
     GRAD_ATTRS(FX_REDUCE_SUM)},
    {"nll_loss_grad", "none", GRAD, .x = {{2, {2, 3}}, {2, {2, 3}}}, .y = {3, {2, 3, 3}},
     GRAD_ATTRS(FX_REDUCE_NONE)},
    {"nll_loss_grad", "nothing", GRAD, .x = {{1, {0}}, {1, {0}}}, .y = {2, {0, 3}},
     GRAD_ATTRS(FX_REDUCE_NONE)},
    {"cross_entropy_soft", NULL, .n = 2, .f = soft_call, .of = soft_of, .made = true,
     .x = {{2, {3, 4}}, {2, {3, 4}}}, ALL, .low = {-2, 0.1}, .high = {2, 0.8}, .ulps = 8},
    {"cross_entropy_soft", "made", SOFT, .x = {{2, {3, 4}}, {2, {3, 4}}}, ALL},
    {"cross_entropy_soft", "none", SOFT, .x = {{3, {2, 3, 2}}, {3, {2, 3, 2}}}, .y = {2, {2, 3}},
     .start = FX_REDUCE_NONE},
    {"cross_entropy_soft", "weights", SOFT, .x = {{2, {3, 4}}, {2, {3, 4}}}, ALL, .keep = true,
     .start = FX_REDUCE_SUM},
    {"cross_entropy_soft", "smoothing", SOFT, .x = {{2, {3, 4}}, {2, {3, 4}}}, ALL, SMOOTHED,
     .keep = true},
    {"cross_entropy_soft", "nothing", SOFT, .x = {{2, {0, 3}}, {2, {0, 3}}}, ALL,
     .start = FX_REDUCE_SUM},
    {"cross_entropy_soft", "one", SOFT, .x = {{1, {1}}, {1, {1}}}, ALL},
    {"cross_entropy_term", .f = case_apply, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}},
     .y = {2, {3, 4}}, UNIT, .at = term_at, .ulps = 1},
};

/* The pair is ln(1 + e^(a - b)): accurate where it is nearly 0. */
static const case_point class_points[] = {
    {"cross_entropy", "pair", {3, 3}, "1", -0.5},
    {"cross_entropy", "pair", {3, 3}, "0", 0.5},
    {"cross_entropy", "pair", {3, 3}, "00", 0.25},
    {"cross_entropy", "pair", {3, 3}, "01", -0.25},
    {"cross_entropy", "pair", {3, 3}, "000", 0},
    {"cross_entropy", "pair", {800, -800}, "", 1600},
    {"cross_entropy", "pair", {800, -800}, "0", 1},
    {"cross_entropy", "pair", {-800, 800}, "", 0},
    {"cross_entropy", "pair", {-INFINITY, 1}, "", 0},
    {"cross_entropy", "pair", {-INFINITY, 1}, "1", 0},
    {"cross_entropy", "pair", {1, -INFINITY}, "", INFINITY},
    {"cross_entropy", "pair", {NAN, 1}, "", NAN},
    {"cross_entropy_term", NULL, {-INFINITY, 0}, "", 0},
    {"cross_entropy_term", NULL, {-INFINITY, 0.5}, "", INFINITY},
};

#define TWO_BY_THREE .n = 2, .x = {{2, {2, 3}}, {1, {2}}}
#define WHOLE                                                                                      \
    { FX_F64, FX_I64 }
#define FLOATS                                                                                     \
    { FX_F64, FX_F64 }

static const case_error class_errors[] = {
    {{"nll_loss", .f = label_call, .n = 1, .x = {{2, {6, 3}}}, .shape = {1, {6}}, .stride = 7},
     {FX_F64},
     FX_ERR_DATA,
     "nll_loss: label 7 at position 1; there are 3 classes, 0 to 2 (log_probs [6, 3], labels [6])"},
    {{"nll_loss", .f = label_call, .n = 1, .x = {{2, {6, 3}}}, .shape = {1, {6}}, .stride = 3},
     {FX_F64},
     FX_ERR_DATA,
     "nll_loss: label 3 at position 1; there are 3 classes, 0 to 2 (log_probs [6, 3], labels [6])"},
    {{"nll_loss", .f = label_call, .n = 1, .x = {{3, {2, 3, 3}}}, .shape = {2, {2, 3}},
      .stride = -1},
     {FX_F64},
     FX_ERR_DATA,
     "nll_loss: label -1 at position 1; there are 3 classes, 0 to 2 (log_probs [2, 3, 3], labels "
     "[2, 3])"},
    {{"nll_loss", .f = nll_call, TWO_BY_THREE},
     FLOATS,
     FX_ERR_DTYPE,
     "nll_loss: labels are class numbers, i64; fx_cast(labels, FX_I64) (log_probs [2, 3], labels "
     "[2])"},
    {{"nll_loss", .f = nll_call, TWO_BY_THREE},
     {FX_I64, FX_I64},
     FX_ERR_DTYPE,
     "nll_loss: the first operand must be f32 or f64 (log_probs [2, 3], labels [2])"},
    {{"nll_loss", .f = nll_call, .n = 2, .x = {{2, {2, 3}}, {1, {3}}}},
     WHOLE,
     FX_ERR_SHAPE,
     "nll_loss: labels must have the shape of the first operand without its last dimension, that "
     "of the classes (log_probs [2, 3], labels [3])"},
    {{"nll_loss", .f = nll_call, .n = 2, .x = {{0, {0}}, {0, {0}}}},
     WHOLE,
     FX_ERR_SHAPE,
     "nll_loss: the last dimension must be that of the classes (log_probs [], labels [])"},
    {{"nll_loss", .f = nll_call, .n = 2, .x = {{2, {0, 3}}, {1, {0}}}},
     WHOLE,
     FX_ERR_SHAPE,
     "nll_loss: no labels to take a mean of (log_probs [0, 3], labels [0])"},
    {{"nll_loss", .f = nll_with_call, TWO_BY_THREE, .start = 3},
     WHOLE,
     FX_ERR_ARGUMENT,
     "nll_loss: there is no reduction 3; choose FX_REDUCE_MEAN, _SUM or _NONE (log_probs [2, 3], "
     "labels [2])"},
    {{"nll_loss_grad", .f = case_apply, TWO_BY_THREE, GRAD_ATTRS(FX_REDUCE_SUM)},
     WHOLE,
     FX_ERR_SHAPE,
     "nll_loss_grad: g does not have the shape of the loss (g [2, 3], labels [2])"},
    {{"cross_entropy", .f = cross_with_call, TWO_BY_THREE, .attrs = {CASE_ATTR("smoothing", 1.5)}},
     WHOLE,
     FX_ERR_ARGUMENT,
     "cross_entropy: label_smoothing = 1.5; it is in [0, 1] (logits [2, 3], labels [2])"},
    {{"cross_entropy", .f = size_call, TWO_BY_THREE},
     WHOLE,
     FX_ERR_ARGUMENT,
     "cross_entropy: options come from fx_cross_entropy_defaults() (logits [2, 3], labels [2])"},
    {{"cross_entropy", .f = weights_call, TWO_BY_THREE},
     WHOLE,
     FX_ERR_SHAPE,
     "cross_entropy: weights needs shape [3], one value a class (logits [2, 3], labels [2])"},
    {{"cross_entropy", .f = cross_call, .n = 2, .x = {{0, {0}}, {0, {0}}}},
     WHOLE,
     FX_ERR_SHAPE,
     "cross_entropy: axis -1 of a tensor of rank 0 (x [])"},
    {{"cross_entropy_soft", .f = soft_call, .n = 2, .x = {{2, {2, 3}}, {2, {3, 2}}}},
     FLOATS,
     FX_ERR_SHAPE,
     "cross_entropy_soft: shapes must be equal, nothing is broadcast; fx_reshape one of them "
     "(log_probs [2, 3], targets [3, 2])"},
    {{"cross_entropy_soft", .f = term_call, .n = 2, .x = {{2, {2, 3}}, {2, {2, 3}}}},
     FLOATS,
     FX_ERR_DATA,
     "cross_entropy_soft: targets at position 0 is 1.5; a probability is in [0, 1] (log_probs [2, "
     "3], targets [2, 3])"},
    {{"cross_entropy_soft", .f = soft_call, .n = 2, .x = {{2, {0, 3}}, {2, {0, 3}}}},
     FLOATS,
     FX_ERR_SHAPE,
     "cross_entropy_soft: no elements to compare"},
    {{"cross_entropy_soft", .f = soft_with_call, .n = 2, .x = {{2, {2, 3}}, {2, {2, 3}}},
      .start = 9},
     FLOATS,
     FX_ERR_ARGUMENT,
     "cross_entropy_soft: there is no reduction 9; choose FX_REDUCE_MEAN, _SUM or _NONE"},
};

const case_family case_class_losses = {
    class_rows,
    class_points,
    class_errors,
    CASE_COUNT(class_rows),
    CASE_COUNT(class_points),
    CASE_COUNT(class_errors),
};
