/* SPDX-License-Identifier: MIT */
/* Losses of classes where rows of the table do not reach: all labels ignored, weights that are
 * trained, a network's way from logits to gradients. */
#include <math.h>

#include "fluxion/fluxion.h"
#include "support.h"

static const double classes_logits[] = {0.5, -1, 2, 0, 3, -0.5};
static const int64_t classes_labels[] = {2, 0};

static fx_tensor classes_input(fx_graph *g) {
    return fx_input_f64(g, fx_shape2(2, 3), classes_logits);
}

/* As in PyTorch: a mean of no row is NaN, and no row gets a gradient. */
FX_TEST(op_classes, all_labels_ignored) {
    fx_graph *g = fx_graph_new(test_context());
    const int64_t ignored[] = {-100, -100};
    const fx_tensor x = classes_input(g), labels = fx_input_i64(g, fx_shape1(2), ignored);
    fx_tensor dx;
    double slopes[6];
    const fx_tensor loss = fx_cross_entropy(x, labels);
    CHECK(isnan(fx_item(loss)));
    CHECK(fx_grad(loss, FX_NONE, 1, &x, &dx) == FX_OK);
    fx_read_f64(dx, 6, slopes);
    for (int i = 0; i < 6; i++) CHECK(slopes[i] == 0);
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.reduction = FX_REDUCE_SUM;
    CHECK(fx_item(fx_cross_entropy_with(x, labels, &o)) == 0);
}

/* A class may be ignored, and a label that is not one is none. */
FX_TEST(op_classes, ignored_labels_do_not_count) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = classes_input(g), labels = fx_input_i64(g, fx_shape1(2), classes_labels);
    const fx_tensor first = fx_slice(x, 0, 0, 1, 1);
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.ignore_index = 0;
    const double both = fx_item(fx_cross_entropy_with(x, labels, &o));
    CHECK(both == fx_item(fx_cross_entropy(first, fx_slice(labels, 0, 0, 1, 1))));
    const int64_t wrong[] = {-100, 3};
    CHECK(!fx_tensor_valid(fx_cross_entropy(x, fx_input_i64(g, fx_shape1(2), wrong))));
    CHECK(fx_error(cx) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(cx),
               "cross_entropy: label 3 at position 1; there are 3 classes, 0 to 2 "
               "(log_probs [2, 3], labels [2])");
}

static fx_tensor classes_weighted(void *user, const fx_tensor *xs) {
    fx_cross_entropy_options o = fx_cross_entropy_defaults();
    o.weights = xs[1];
    o.label_smoothing = 0.1;
    return fx_cross_entropy_with(xs[0], *(const fx_tensor *)user, &o);
}

/* Weights are operands like others: tensors, parameters; their gradients are right to order 3. */
FX_TEST(op_classes, weights_are_differentiated) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double weights[] = {0.5, 2, 1.25};
    fx_tensor labels = fx_input_i64(g, fx_shape1(2), classes_labels);
    const fx_tensor xs[] = {classes_input(g), fx_input_f64(g, fx_shape1(3), weights)};
    fx_gradcheck_options options = fx_gradcheck_defaults();
    fx_gradcheck_report r;
    options.order = 3;
    CHECK(fx_gradcheck(g, classes_weighted, &labels, 2, xs, &options, &r) == FX_OK && r.passed);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape1(3), fx_constant(1));
    const fx_tensor with[] = {xs[0], w};
    CHECK(fx_backward(classes_weighted(&labels, with)) == FX_OK);
    const fx_tensor without[] = {w, xs[1]}; /* no operand of the first op knows a graph */
    CHECK(!fx_tensor_valid(classes_weighted(&labels, without)));
}

/* dlogits = (softmax - [label]) / N, to the last digits where a probability is nearly 1. */
FX_TEST(op_classes, gradients_keep_their_digits) {
    fx_graph *g = fx_graph_new(test_context());
    const double logits[] = {30, 0};
    const int64_t label = 0;
    fx_tensor x = fx_input_f64(g, fx_shape2(1, 2), logits), dx;
    const fx_tensor loss = fx_cross_entropy(x, fx_input_i64(g, fx_shape1(1), &label));
    double slopes[2];
    CHECK(fx_grad(loss, FX_NONE, 1, &x, &dx) == FX_OK);
    fx_read_f64(dx, 2, slopes);
    const double other = exp(-30) / (1 + exp(-30));
    CHECK_NEAR(slopes[0], -other, 1e-28);
    CHECK_NEAR(slopes[1], other, 1e-28);
    CHECK_NEAR(fx_item(loss), log1p(exp(-30)), 1e-28);
}
