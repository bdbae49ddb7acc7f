/* SPDX-License-Identifier: MIT */
/* Graphs over several steps: what a reset or rewind keeps, what several losses and several graphs
 * share, what waits for a step. */
#include <string.h>

#include "fluxion/grad.h"
#include "fluxion/ops.h"
#include "support.h"

/* w - gradient */
static void descend_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] - x[1];
}

static const fx_op descend = {.version = FX_OP_VERSION,
                              .name = "descend",
                              .operands = "weight, gradient",
                              .min = 2,
                              .max = 2,
                              .flags = FX_OP_UPDATE,
                              .map = descend_map};

static fx_status take_step(fx_params *p) {
    return fx_update(fx_params_gradients(p), &descend, NULL, 0, NULL, 0, NULL);
}

/* A graph, and a set of one parameter and one buffer. */
typedef struct graphs_case {
    fx_context *cx;
    fx_graph *g;
    fx_params *p;
    fx_gradients *gr;
    fx_tensor w, mean;
} graphs_case;

static graphs_case graphs_of(double w) {
    graphs_case c;
    c.cx = test_context();
    c.g = fx_graph_new(c.cx);
    c.p = fx_params_new(c.cx, FX_F64, 0);
    c.gr = fx_params_gradients(c.p);
    c.w = fx_param(c.p, "w", fx_shape0(), fx_constant(w));
    c.mean = fx_buffer(c.p, "mean", fx_shape0(), fx_constant(0));
    return c;
}

static double gradient_of(const graphs_case *c) { return fx_item(fx_gradient(c->gr, c->w)); }

/* -------------------------------------------------------------------------- two losses */

FX_TEST(graphs, two_losses_share_a_trunk) {
    const graphs_case c = graphs_of(3);
    const fx_tensor trunk = fx_mul(fx_use(c.g, c.w), c.w); /* 9, derivative 6 */
    const fx_tensor one = fx_mul(trunk, trunk), two = fx_mul(trunk, fx_num(5));
    CHECK(fx_backward(one) == FX_OK);
    CHECK_NEAR(gradient_of(&c), 2 * 9 * 6, 0);
    CHECK(fx_backward(two) == FX_OK); /* gradients add up */
    CHECK_NEAR(gradient_of(&c), 2 * 9 * 6 + 5 * 6, 0);
    CHECK_NEAR(fx_item(trunk), 9, 0);
}

FX_TEST(graphs, a_step_between_two_losses_is_reported) {
    const graphs_case c = graphs_of(3);
    const fx_tensor trunk = fx_mul(fx_use(c.g, c.w), c.w), two = fx_mul(trunk, fx_num(5));
    CHECK(fx_backward(fx_mul(trunk, trunk)) == FX_OK);
    CHECK(take_step(c.p) == FX_OK);
    CHECK(fx_backward(two) == FX_ERR_STATE);
    CHECK_TEXT(fx_error_text(c.cx),
               "backward of mul: mul: operand b reads the parameter w as it was before it was "
               "changed; update parameters after the last derivative that needs them, or compute "
               "the tensor again");
    CHECK(fx_gradients_state_of(c.gr) == FX_GRADIENTS_EMPTY); /* nothing had arrived */
    fx_clear(c.cx);
    CHECK(fx_graph_reset(c.g) == FX_OK);
    const double w = fx_item(c.w);
    CHECK(fx_backward(fx_mul(fx_use(c.g, c.w), c.w)) == FX_OK);
    CHECK_NEAR(gradient_of(&c), 2 * w, 0);
}

/* A view shares what its parameter knows of versions. */
FX_TEST(graphs, a_changed_parameter_is_noticed_through_a_view) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape2(2, 2), fx_constant(3));
    fx_tensor view = fx_transpose(fx_use(g, w), 0, 1);
    const double values[4] = {1, 2, 3, 4};
    CHECK(fx_write_f64(w, 4, values) == FX_OK);
    CHECK(!fx_tensor_valid(view) && !fx_tensor_valid(fx_mul(view, fx_num(2))));
    CHECK(strstr(fx_error_text(cx), "mul: operand a reads the parameter as it was before"));
    fx_clear(cx);
    CHECK(fx_graph_reset_keep(g, 1, &view) == FX_ERR_STATE); /* it would be the new values */
    CHECK(strstr(fx_error_text(cx), "fx_graph_rewind: a tensor to keep reads the parameter"));
}

/* -------------------------------------------------------------------- gradients waiting */

FX_TEST(graphs, gradients_wait_for_a_step_over_a_reset) {
    const graphs_case c = graphs_of(2);
    CHECK(fx_backward(fx_mul(fx_use(c.g, c.w), c.w)) == FX_OK);
    CHECK(fx_graph_reset(c.g) == FX_OK);
    CHECK(fx_gradients_state_of(c.gr) == FX_GRADIENTS_READY);
    CHECK(fx_backward(fx_mul(fx_use(c.g, c.w), fx_num(10))) == FX_OK);
    CHECK_NEAR(gradient_of(&c), 14, 0);
    CHECK(take_step(c.p) == FX_OK);
    CHECK(fx_gradients_state_of(c.gr) == FX_GRADIENTS_EMPTY);
    CHECK_NEAR(gradient_of(&c), 14, 0); /* still readable */
    CHECK(take_step(c.p) == FX_ERR_STATE);
    CHECK_NEAR(fx_item(c.w), -12, 0);
}

/* What is added to READY gradients may have any layout. */
FX_TEST(graphs, cotangents_of_any_layout_add_up) {
    fx_context *cx = test_context();
    const fx_dtype dtypes[] = {FX_F32, FX_F64};
    for (int k = 0; k < 2; k++) {
        fx_graph *g = fx_graph_new(cx);
        fx_params *p = fx_params_new(cx, dtypes[k], 0);
        const fx_tensor w = fx_param(p, "w", fx_shape2(2, 3), fx_constant(1));
        const double data[6] = {1, 2, 3, 4, 5, 6};
        fx_tensor x = fx_cast(fx_input_f64(g, fx_shape2(3, 2), data), dtypes[k]);
        CHECK(fx_backward(fx_sum(fx_use(g, w))) == FX_OK);
        CHECK(fx_backward(fx_sum(fx_mul(fx_transpose(fx_use(g, w), 0, 1), x))) == FX_OK);
        double grad[6];
        CHECK(fx_read_f64(fx_gradient(fx_params_gradients(p), w), 6, grad) == FX_OK);
        for (int i = 0; i < 6; i++) CHECK_NEAR(grad[i], 1 + data[i % 3 * 2 + i / 3], 0);
    }
}

FX_TEST(graphs, a_pattern_must_match) {
    const graphs_case c = graphs_of(1);
    CHECK(fx_freeze(c.p, "hidden.*", true) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(c.cx),
               "fx_freeze: no parameter matches 'hidden.*'; the first one is called w");
    fx_clear(c.cx);
    CHECK(fx_freeze(c.p, "mean", true) == FX_ERR_ARGUMENT); /* buffers are never trained */
    fx_clear(c.cx);
    CHECK(fx_freeze(c.p, "*", true) == FX_OK);
    CHECK(fx_backward(fx_use(c.g, c.w)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(
        fx_error_text(c.cx),
        "fx_backward: the loss depends on no trainable parameter (fx_freeze may have frozen them)");
}

/* ------------------------------------------------------------------------- several graphs */

FX_TEST(graphs, two_graphs_share_parameters) {
    const graphs_case c = graphs_of(3);
    fx_graph *other = fx_graph_new(c.cx);
    const fx_tensor y = fx_mul(fx_use(c.g, c.w), c.w), z = fx_mul(fx_use(other, c.w), fx_num(7));
    CHECK(fx_backward(y) == FX_OK && fx_backward(z) == FX_OK);
    CHECK_NEAR(gradient_of(&c), 13, 0);
    CHECK(!fx_tensor_valid(fx_add(y, z)));
    CHECK_TEXT(fx_error_text(c.cx),
               "add: operand b belongs to another graph; carry its values over with fx_read_f64 "
               "and fx_input_f64");
    fx_clear(c.cx);
    fx_graph_free(other);
    CHECK(!fx_tensor_valid(z) && fx_tensor_valid(y));
    CHECK(fx_backward(y) == FX_OK);
    CHECK_NEAR(gradient_of(&c), 19, 0);
    CHECK(fx_backward(z) != FX_OK);
    CHECK(strstr(fx_error_text(c.cx), "fx_backward: the loss is a tensor of a step that is over"));
}

/* The head of a freed graph is used again; handles of the old one stay stale. */
FX_TEST(graphs, a_new_graph_in_an_old_head_is_another_graph) {
    const graphs_case c = graphs_of(3);
    fx_graph *other = fx_graph_new(c.cx);
    const fx_mark mark = fx_graph_mark(other);
    const fx_tensor old = fx_f64(other, 1);
    fx_graph_free(other);
    fx_graph *again = fx_graph_new(c.cx);
    const fx_tensor young = fx_f64(again, 2);
    CHECK(fx_tensor_valid(young) && !fx_tensor_valid(old));
    CHECK(fx_graph_rewind(again, mark, 0, NULL) == FX_ERR_STATE);
    CHECK(fx_tensor_valid(young));
}

FX_TEST(graphs, parameters_freed_under_a_graph) {
    const graphs_case c = graphs_of(3);
    const fx_tensor x = fx_f64(c.g, 2), leaf = fx_use(c.g, c.w), y = fx_mul(x, c.w);
    fx_params_free(c.p);
    CHECK(!fx_tensor_valid(fx_transpose(leaf, 0, 1)));
    CHECK(strstr(fx_error_text(c.cx), "(x [])")); /* its name went with the set */
    fx_clear(c.cx);
    CHECK_NEAR(fx_item(y), 6, 0);
    CHECK(fx_backward(y) == FX_ERR_ARGUMENT); /* nothing is left to be trained */
    fx_clear(c.cx);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 3, 0); /* the leaf keeps its block alive */
    CHECK(!fx_tensor_valid(fx_mul(x, c.w)));
    CHECK_TEXT(fx_error_text(c.cx), "mul: operand b is a parameter of a set that was freed");
    fx_clear(c.cx);
    fx_params *q = fx_params_new(c.cx, FX_F64, 0); /* most likely in the old head */
    const fx_tensor v = fx_param(q, "v", fx_shape0(), fx_constant(5));
    CHECK(fx_backward(fx_mul(y, v)) == FX_OK);
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(q), v)), 6, 0);
}

/* ----------------------------------------------------------------------- reset and rewind */

FX_TEST(graphs, a_total_kept_across_a_reset_is_reported) {
    const graphs_case c = graphs_of(3);
    fx_tensor total = fx_f64(c.g, 0);
    for (int i = 0; i < 2; i++) {
        CHECK(fx_graph_reset(c.g) == FX_OK);
        total = fx_add(fx_f64(c.g, 1), total);
        CHECK(!fx_tensor_valid(total));
    }
    CHECK_TEXT(fx_error_text(c.cx),
               "add: operand b is a tensor of a step that is over (the graph was reset, rewound or "
               "freed); keep numbers with fx_item, tensors with fx_graph_reset_keep");
}

FX_TEST(graphs, what_was_lent_is_kept_as_a_copy) {
    const graphs_case c = graphs_of(3);
    double lent[6] = {1, 2, 3, 4, 5, 6};
    const int64_t strides[] = {1, 2}; /* [2, 3] read by columns */
    fx_tensor kept[] = {fx_input_view(c.g, FX_F64, fx_shape2(2, 3), strides, lent),
                        fx_use(c.g, c.w), fx_mul(fx_use(c.g, c.w), fx_num(2))};
    CHECK(fx_graph_reset_keep(c.g, 3, kept) == FX_OK);
    const double now = -1;
    for (int i = 0; i < 6; i++) lent[i] = now;
    CHECK(fx_write_f64(c.w, 1, &now) == FX_OK);
    double values[6];
    CHECK(fx_read_f64(kept[0], 6, values) == FX_OK);
    for (int i = 0; i < 6; i++) CHECK_NEAR(values[i], 1 + i / 3 + 2 * (i % 3), 0);
    CHECK_NEAR(fx_item(kept[1]), 3, 0);
    CHECK_NEAR(fx_item(kept[2]), 6, 0);
    CHECK(fx_backward(fx_mul(kept[1], kept[2])) == FX_ERR_ARGUMENT); /* leaves without history */
}

FX_TEST(graphs, a_failed_keep_drops_nothing) {
    const graphs_case c = graphs_of(3);
    const double lent[2] = {1, 2};
    for (int64_t n = 1, done = 0; !done; n++) {
        fx_graph *g = fx_graph_new(c.cx);
        fx_tensor kept = fx_name(fx_input_view(g, FX_F64, fx_shape1(2), NULL, lent), "lent");
        const fx_tensor same = kept;
        fx_fail_request(c.cx, n, true);
        done = fx_graph_reset_keep(g, 1, &kept) == FX_OK;
        fx_fail_request(c.cx, 0, false);
        CHECK(done || fx_error(c.cx) == FX_ERR_MEMORY);
        fx_clear(c.cx);
        CHECK(fx_tensor_valid(kept) && fx_tensor_valid(same) == !done);
        fx_graph_free(g);
    }
}

FX_TEST(graphs, a_mark_that_was_rewound_past_is_gone) {
    const graphs_case c = graphs_of(3);
    const fx_tensor x = fx_f64(c.g, 1);
    const fx_mark outer = fx_graph_mark(c.g);
    for (int i = 0; i < 3; i++) { /* marks nest in loops */
        fx_tensor y = fx_add(x, fx_num(i));
        const fx_mark inner = fx_graph_mark(c.g);
        for (int k = 0; k < 3; k++) {
            CHECK_NEAR(fx_item(fx_mul(y, fx_num(k))), i * k + k, 0);
            CHECK(fx_graph_rewind(c.g, inner, 0, NULL) == FX_OK);
        }
        CHECK(fx_graph_rewind(c.g, outer, 0, NULL) == FX_OK && !fx_tensor_valid(y));
    }
    fx_add(x, fx_num(1));
    const fx_mark nodes = fx_graph_mark(c.g);
    CHECK(fx_graph_rewind(c.g, outer, 0, NULL) == FX_OK);
    fx_scope_begin(c.g, "s");
    const fx_mark scopes = fx_graph_mark(c.g);
    CHECK(fx_graph_rewind(c.g, outer, 0, NULL) == FX_OK);
    fx_name(x, "x");
    const fx_mark names = fx_graph_mark(c.g);
    CHECK(fx_graph_rewind(c.g, outer, 0, NULL) == FX_OK);
    fx_name(fx_sub(fx_add(x, fx_num(1)), fx_num(2)), "something else");
    fx_scope_begin(c.g, "t");
    const fx_mark gone[] = {nodes, names, scopes};
    for (int i = 0; i < 3; i++) {
        CHECK_THAT(fx_graph_rewind(c.g, gone[i], 0, NULL) == FX_ERR_STATE, "mark %d", i);
        CHECK_TEXT(fx_error_text(c.cx),
                   "t: fx_graph_rewind: the mark is gone; the graph was reset or rewound past it");
        fx_clear(c.cx);
    }
    CHECK(fx_graph_rewind(c.g, outer, 0, NULL) == FX_OK && fx_tensor_valid(x));
}

FX_TEST(graphs, recording_and_inference_outlive_a_reset) {
    const graphs_case c = graphs_of(3);
    CHECK(fx_record(c.g, false) && !fx_inference(c.g, true));
    CHECK(fx_graph_reset(c.g) == FX_OK);
    CHECK(fx_is_inference(c.g));
    CHECK(fx_backward(fx_mul(fx_f64(c.g, 1), c.w)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(c.cx), "fx_backward: the loss depends on no trainable parameter; "
                                    "recording is off (fx_record)");
    fx_clear(c.cx);
    CHECK(!fx_record(c.g, true));
    CHECK(fx_graph_reset(c.g) == FX_OK);
    CHECK(fx_backward(fx_mul(fx_f64(c.g, 1), c.w)) == FX_OK);
}

/* --------------------------------------------------------------------------------- draws */

static int64_t draw_number(fx_graph *g) {
    int64_t stream[2];
    CHECK(fx_read_i64(fx_draw(g), 2, stream) == FX_OK);
    return stream[1];
}

FX_TEST(graphs, draws_are_committed_by_a_reset) {
    const graphs_case c = graphs_of(3);
    fx_fail(c.cx, FX_ERR_DATA, "before the graph was there");
    fx_clear(c.cx);
    fx_graph *g = fx_graph_new(c.cx);
    for (int i = 0; i < 6; i++) {
        CHECK(draw_number(g) == i);
        if (i % 2) CHECK(fx_graph_reset(g) == FX_OK);
    }
}

/* Before the reset or after it: the error may be cleared at either place. */
FX_TEST(graphs, draws_are_given_back_after_an_error) {
    for (int clear_first = 0; clear_first < 2; clear_first++) {
        const graphs_case c = graphs_of(3);
        CHECK(draw_number(c.g) == 0 && draw_number(c.g) == 1);
        CHECK(fx_graph_reset(c.g) == FX_OK);
        CHECK(draw_number(c.g) == 2 && draw_number(c.g) == 3);
        fx_fail(c.cx, FX_ERR_DATA, "a step that fails");
        CHECK(!fx_tensor_valid(fx_draw(c.g)));
        if (clear_first) fx_clear(c.cx);
        CHECK(fx_graph_reset(c.g) == FX_OK);
        fx_clear(c.cx);
        CHECK(draw_number(c.g) == 2 && draw_number(c.g) == 3);
        CHECK(fx_graph_reset(c.g) == FX_OK); /* the repetition stands */
        CHECK(draw_number(c.g) == 4);
    }
}

static fx_tensor drawn(void *user, const fx_tensor *xs) {
    int64_t stream[2];
    fx_read_i64(fx_draw((fx_graph *)user), 2, stream);
    return fx_mul(fx_mul(xs[0], xs[0]), fx_num((double)(1 + stream[1])));
}

FX_TEST(graphs, recomputation_and_gradcheck_repeat_their_draws) {
    const graphs_case c = graphs_of(3);
    const fx_tensor x = fx_f64(c.g, 2);
    CHECK(draw_number(c.g) == 0);
    const fx_tensor y = fx_recompute(drawn, c.g, 0, 1, &x);
    CHECK(draw_number(c.g) == 2);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 8, 0);
    CHECK(draw_number(c.g) == 3);
    fx_gradcheck_report r;
    CHECK(fx_gradcheck(c.g, drawn, c.g, 1, &x, NULL, &r) == FX_OK);
    CHECK(r.passed);
}

/* ---------------------------------------------------------------------------- queued state */

static fx_tensor storing(void *user, const fx_tensor *xs) {
    fx_tensor y = fx_mul(xs[0], fx_num(2));
    fx_store(*(fx_tensor *)user, y);
    return fx_mul(y, xs[0]);
}

FX_TEST(graphs, state_stored_under_recomputation_is_stored_once) {
    const graphs_case c = graphs_of(3);
    const fx_tensor x = fx_use(c.g, c.w);
    fx_tensor mean = c.mean;
    CHECK(fx_backward(fx_recompute(storing, &mean, sizeof mean, 1, &x)) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 0, 0);
    CHECK(take_step(c.p) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 6, 0);
}

static void failing_vjp(fx_vjp *v) {
    if (v->user && *(bool *)v->user)
        fx_fail(fx_graph_context(v->graph), FX_ERR_DATA, "the rule fails");
    v->dx[0] = v->g[0];
}

static fx_tensor same(void *user, const fx_tensor *xs) {
    (void)user;
    return fx_mul(xs[0], fx_num(1));
}

FX_TEST(graphs, state_outlives_a_backward_that_fails) {
    const graphs_case c = graphs_of(3);
    bool fails = true;
    fx_tensor x = fx_use(c.g, c.w), y = fx_custom_vjp("torn", same, failing_vjp, &fails, 0, 1, &x);
    y = fx_add(fx_mul(x, x), y); /* the square's cotangent arrives later */
    CHECK(fx_store(c.mean, y) == FX_OK);
    CHECK(fx_backward(y) == FX_ERR_DATA);
    fx_clear(c.cx);
    CHECK(take_step(c.p) == FX_ERR_STATE);
    CHECK_NEAR(fx_item(c.mean), 0, 0);
    fx_clear(c.cx);
    fails = false;
    fx_zero(c.gr);
    CHECK(fx_backward(y) == FX_OK); /* the same step again */
    CHECK(take_step(c.p) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 12, 0);
    CHECK_NEAR(fx_item(c.w), 3 - 7, 0);
}

FX_TEST(graphs, state_outlives_a_step_that_fails) {
    const graphs_case c = graphs_of(3);
    const fx_tensor y = fx_mul(fx_use(c.g, c.w), c.w);
    CHECK(fx_store(c.mean, y) == FX_OK && fx_backward(y) == FX_OK);
    fx_params *stranger = fx_params_new(c.cx, FX_F64, 0);
    CHECK(fx_update(c.gr, &descend, NULL, 1, &stranger, 0, NULL) == FX_ERR_ARGUMENT);
    CHECK_NEAR(fx_item(c.mean), 0, 0);
    CHECK_NEAR(fx_item(c.w), 3, 0);
    fx_clear(c.cx);
    CHECK(take_step(c.p) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 9, 0);
    CHECK_NEAR(fx_item(c.w), -3, 0);
}

FX_TEST(graphs, state_of_a_step_that_is_reset_or_zeroed_is_forgotten) {
    const graphs_case c = graphs_of(3);
    fx_store(c.mean, fx_f64(c.g, 100));
    CHECK(fx_graph_reset(c.g) == FX_OK);
    CHECK(fx_store(c.mean, fx_f64(c.g, 50)) == FX_OK);
    CHECK(fx_backward(fx_use(c.g, c.w)) == FX_OK);
    fx_zero(c.gr);
    CHECK(fx_backward(fx_use(c.g, c.w)) == FX_OK && take_step(c.p) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 0, 0);
}

/* A loss takes along the state of the parameters that it reaches, not of others in the graph. */
FX_TEST(graphs, state_goes_with_the_parameters_that_a_loss_reaches) {
    const graphs_case c = graphs_of(3);
    fx_params *q = fx_params_new(c.cx, FX_F64, 0);
    const fx_tensor v = fx_param(q, "v", fx_shape0(), fx_constant(2));
    const fx_tensor mine = fx_mul(fx_use(c.g, c.w), c.w), theirs = fx_mul(fx_use(c.g, v), v);
    CHECK(fx_store(c.mean, mine) == FX_OK);
    CHECK(fx_backward(theirs) == FX_OK && take_step(q) == FX_OK);
    CHECK(fx_graph_reset(c.g) == FX_OK); /* drops what no loss took */
    CHECK(fx_backward(fx_use(c.g, c.w)) == FX_OK && take_step(c.p) == FX_OK);
    CHECK_NEAR(fx_item(c.mean), 0, 0);
}
