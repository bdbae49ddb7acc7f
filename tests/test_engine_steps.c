/* SPDX-License-Identifier: MIT */
/* Functions as nodes, optimizer steps, the gradient check and pictures, with ops of the test's
 * own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/grad.h"
#include "fluxion/observe.h"
#include "own_ops.h"
#include "params.h"
#include "support.h"

static void times_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] * x[1];
}

static fx_tensor times(fx_tensor a, fx_tensor b);

static void times_vjp(fx_vjp *v) {
    v->dx[0] = times(v->g[0], v->x[1]);
    v->dx[1] = times(v->g[0], v->x[0]);
}

/* The same with a factor forgotten, as the check must find. */
static void wrong_vjp(fx_vjp *v) {
    v->dx[0] = times(times(v->g[0], v->x[1]), fx_num(1.001));
    v->dx[1] = times(v->g[0], v->x[0]);
}

#define TIMES(rule)                                                                                \
    {                                                                                              \
        .version = FX_OP_VERSION, .name = "times", .operands = "a, b", .min = 2, .max = 2,         \
        .map = times_map, .vjp = rule                                                              \
    }
static const fx_op times_op = TIMES(times_vjp), wrong_op = TIMES(wrong_vjp);

static fx_tensor times(fx_tensor a, fx_tensor b) {
    return fx_apply(&times_op, NULL, 2, (fx_tensor[]){a, b});
}

static fx_tensor cube(void *user, const fx_tensor *xs) {
    (void)user;
    return times(times(xs[0], xs[0]), xs[0]);
}

static fx_tensor wrong_square(void *user, const fx_tensor *xs) {
    (void)user;
    return fx_apply(&wrong_op, NULL, 2, (fx_tensor[]){xs[0], xs[0]});
}

FX_TEST(steps, gradcheck_passes_right_rules_and_finds_wrong_ones) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double values[3] = {1, -2, 0.5};
    fx_tensor x = fx_input_f64(g, fx_shape1(3), values);
    fx_gradcheck_options o = fx_gradcheck_defaults();
    o.order = 3;
    o.step = 1e-4;
    fx_gradcheck_report r;
    CHECK(fx_gradcheck(g, cube, NULL, 1, &x, &o, &r) == FX_OK);
    CHECK_THAT(r.passed && r.compared == 9, "error %g, order %d", r.error, r.order);
    CHECK(fx_gradcheck(g, wrong_square, NULL, 1, &x, NULL, &r) == FX_OK);
    CHECK(!r.passed);
}

/* w x, where w is a parameter that nobody hands in. */
static fx_tensor scaled_cube(void *user, const fx_tensor *xs) {
    return times(cube(NULL, xs), *(fx_tensor *)user);
}

FX_TEST(steps, recomputation_gives_the_same_derivatives) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(5));
    fx_tensor x = fx_f64(g, 2);
    fx_tensor y = fx_recompute(scaled_cube, &w, sizeof w, 1, &x);
    CHECK_NEAR(fx_item(y), 40, 0);
    fx_tensor dx = fx_derivative(y, x);
    CHECK_NEAR(fx_item(dx), 60, 0);
    CHECK_NEAR(fx_item(fx_derivative(dx, x)), 60, 0);
    CHECK(fx_backward(times(y, y)) == FX_OK);
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(p), w)), 2 * 40 * 8, 0);
    CHECK(fx_backward(dx) == FX_OK); /* through the gradient */
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(p), w)), 2 * 40 * 8 + 12, 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

static void clipped(fx_vjp *v) { v->dx[0] = times(v->g[0], fx_num(*(double *)v->user)); }

FX_TEST(steps, custom_rule_is_used_and_drawn_as_one_node) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 2);
    const double slope = 7;
    fx_tensor y =
        fx_custom_vjp("clip", cube, clipped, (void *)(uintptr_t)&slope, sizeof slope, 1, &x);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 7, 0);
    char dot[4096];
    CHECK(fx_graph_dot(y, NULL, dot, sizeof dot) < sizeof dot);
    CHECK(strstr(dot, "label=\"clip\"") && !strstr(dot, "times"));
}

FX_TEST(steps, jvp_and_hvp_agree_with_the_formula) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_f64(g, 3), v = fx_f64(g, 2), y = cube(NULL, &x);
    CHECK_NEAR(fx_item(fx_jvp(y, 1, &x, &v)), 54, 0);
    CHECK_NEAR(fx_item(fx_hvp(y, x, v)), 36, 0);
}

/* w - rate (gradient + old), old becomes the gradient: to see every operand at work. */
static void rule_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    const double w = x[0] - x[3] * (x[1] + x[2]);
    y[1] = x[1];
    y[0] = w;
}

static const fx_op rule_op = {.version = FX_OP_VERSION,
                              .name = "rule",
                              .operands = "weight, gradient, old, rate",
                              .min = 4,
                              .max = 4,
                              .results = 2,
                              .flags = FX_OP_UPDATE,
                              .map = rule_map};

FX_TEST(steps, update_runs_in_place_and_needs_ready_gradients) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(1));
    fx_tensor frozen = fx_param(p, "frozen", fx_shape0(), fx_constant(1));
    fx_params *old = fx_params_like(p);
    fx_gradients *gr = fx_params_gradients(p);
    const fx_tensor rate = fx_num(0.5);
    CHECK(fx_freeze(p, "fro*", true) == FX_OK);
    double expected = 1, before = 0;
    for (int i = 0; i < 3; i++) {
        fx_graph_reset(g);
        CHECK(fx_backward(times(times(fx_use(g, w), w), frozen)) == FX_OK);
        CHECK(fx_update(gr, &rule_op, NULL, 1, &old, 1, &rate) == FX_OK);
        const double gradient = 2 * expected;
        expected -= 0.5 * (gradient + before);
        before = gradient;
        CHECK_NEAR(fx_item(w), expected, 0);
        CHECK_NEAR(fx_item(frozen), 1, 0);
    }
    CHECK(fx_update(gr, &rule_op, NULL, 1, &old, 1, &rate) == FX_ERR_STATE);
    CHECK_TEXT(fx_error_text(cx), "fx_update: the gradients are empty; call fx_backward first");
    CHECK_NEAR(fx_item(w), expected, 0);
}

FX_TEST(steps, stored_state_is_written_by_the_step) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3));
    fx_tensor mean = fx_buffer(p, "mean", fx_shape0(), fx_constant(0));
    fx_params *old = fx_params_like(p);
    const fx_tensor rate = fx_num(0);
    fx_tensor y = times(fx_use(g, w), w);
    CHECK(fx_store(mean, y) == FX_OK);
    CHECK(fx_backward(y) == FX_OK);
    CHECK_NEAR(fx_item(mean), 0, 0);
    CHECK(fx_update(fx_params_gradients(p), &rule_op, NULL, 1, &old, 1, &rate) == FX_OK);
    CHECK_NEAR(fx_item(mean), 9, 0);
}

FX_TEST(steps, picture_escapes_names_and_nests_scopes) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_name(fx_f64(g, 1), "a \"b\" <c> {d}\\");
    fx_scope_begin(g, "outer");
    fx_scope_begin(g, "inner");
    fx_tensor y = times(x, fx_num(2));
    fx_scope_end(g);
    y = times(y, x);
    fx_scope_end(g);
    char once[4096], twice[4096];
    const size_t n = fx_graph_dot(y, NULL, once, sizeof once);
    CHECK(n > 0 && n < sizeof once && fx_graph_dot(y, NULL, twice, sizeof twice) == n);
    CHECK_TEXT(once, twice);
    CHECK(strstr(once, "label=\"a \\\"b\\\" <c> {d}\\\\") != NULL);
    CHECK(strstr(once, "label=\"outer\"") < strstr(once, "label=\"inner\""));
}

/* -------------------------------------------------------------- parameters over time */

typedef struct aged {
    fx_context *cx;
    fx_graph *g;
    fx_params *p;
    fx_gradients *gr;
    fx_tensor w;
} aged;

static aged aged_of(const fx_context_options *options) {
    aged a = {.cx = test_context_with(options)};
    a.g = fx_graph_new(a.cx);
    a.p = fx_params_new(a.cx, FX_F64, 0);
    a.gr = fx_params_gradients(a.p);
    a.w = fx_param(a.p, "w", fx_shape1(2), fx_constant(3));
    return a;
}

static fx_tensor first_of(fx_tensor t) { return fx__sum_to(t, fx_shape1(1)); }

FX_TEST(steps, results_outlive_the_parameters_whose_shape_they_have) {
    aged a = aged_of(NULL);
    double y[2];
    fx_tensor product = times(fx_use(a.g, a.w), fx_num(2));
    fx_params_free(a.p);
    CHECK(fx_read_f64(product, 2, y) == FX_OK && y[0] == 6 && y[1] == 6);
    CHECK(fx_graph_reset(a.g) == FX_OK);
}

FX_TEST(steps, a_gradient_by_a_changed_parameter_is_right_or_refused) {
    aged a = aged_of(NULL);
    fx_tensor w = fx_use(a.g, a.w), dw;
    fx_tensor linear = first_of(w), square = first_of(times(w, w));
    CHECK(fx_write_f64(a.w, 2, (double[]){5, 5}) == FX_OK);
    fx_tensor later = first_of(times(fx_use(a.g, a.w), a.w));
    CHECK(fx_grad(linear, FX_NONE, 1, &a.w, &dw) == FX_OK);
    CHECK_NEAR(fx_item(first_of(dw)), 2, 0);
    CHECK(fx_grad(later, FX_NONE, 1, &a.w, &dw) == FX_OK);
    CHECK_NEAR(fx_item(first_of(dw)), 20, 0);
    CHECK(fx_grad(square, FX_NONE, 1, &a.w, &dw) == FX_ERR_STATE);
    CHECK_TEXT(fx_error_text(a.cx),
               "backward of times: times: operand b reads the parameter w as it was before it was "
               "changed; update parameters after the last derivative that needs them, or compute "
               "the tensor again");
}

FX_TEST(steps, the_gradients_asked_for_come_before_those_directed_to) {
    aged a = aged_of(NULL);
    fx_gradients *other = fx_gradients_new(a.p);
    CHECK(fx_graph_gradients(a.g, other) == FX_OK);
    fx_tensor loss = first_of(fx_use(a.g, a.w));
    CHECK(fx_backward_to(loss, a.gr) == FX_OK);
    CHECK(fx_gradients_state_of(a.gr) == FX_GRADIENTS_READY);
    CHECK(fx_gradients_state_of(other) == FX_GRADIENTS_EMPTY);
    CHECK(fx_backward(loss) == FX_OK);
    CHECK(fx_gradients_state_of(other) == FX_GRADIENTS_READY);
    CHECK_NEAR(fx_item(first_of(fx_use(a.g, fx_gradient(a.gr, a.w)))), 2, 0);
}

/* Gives the block that was freed last to the next who wants as much. */
typedef struct again {
    void *block;
    size_t bytes;
} again;

static void *again_alloc(void *user, size_t bytes, size_t align) {
    again *last = user;
    void *block = last->bytes == bytes ? last->block : NULL;
    if (block)
        *last = (again){0};
    else
        block = aligned_alloc(align, (bytes + align - 1) / align * align);
    return block;
}

static void again_free(void *user, void *block, size_t bytes) {
    again *last = user;
    if (bytes == sizeof(fx_gradients) && !last->block)
        *last = (again){block, bytes};
    else
        free(block);
}

FX_TEST(steps, new_gradients_are_not_the_freed_ones_in_whose_place_they_are) {
    again last = {0};
    fx_context_options options = fx_context_defaults();
    options.allocator = (fx_allocator){again_alloc, again_free, &last};
    fx_context *cx = fx_context_new(&options);
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3));
    fx_gradients *freed = fx_gradients_new(p);
    CHECK(fx_graph_gradients(g, freed) == FX_OK);
    fx_gradients_free(freed);
    fx_gradients *made = fx_gradients_new(p);
    CHECK(made == freed); /* or this test tests nothing */
    CHECK(fx_backward(fx_use(g, w)) == FX_OK);
    CHECK(fx_gradients_state_of(made) == FX_GRADIENTS_EMPTY);
    CHECK(fx_gradients_state_of(fx_params_gradients(p)) == FX_GRADIENTS_READY);
    CHECK(fx_context_free(cx) == FX_OK);
    free(last.block);
}

/* ------------------------------------------------ counters that begin again at 2^32 */

FX_TEST(steps, gradients_of_long_ago_are_not_filled) {
    aged a = aged_of(NULL);
    fx_tensor v = fx_param(a.p, "v", fx_shape1(2), fx_constant(1));
    CHECK(fx_backward(first_of(fx_use(a.g, a.w))) == FX_OK); /* v has never been filled */
    a.gr->round = UINT32_MAX;
    CHECK(fx_zero(a.gr) == FX_OK);
    for (int64_t i = 0; i < 2; i++) CHECK(!fx__gradients_filled(a.gr, i));
    CHECK(fx_backward(first_of(fx_use(a.g, v))) == FX_OK);
    CHECK(fx__gradients_filled(a.gr, 1) && !fx__gradients_filled(a.gr, 0));
}

FX_TEST(steps, a_leaf_of_long_ago_is_not_taken_for_another_parameter) {
    aged a = aged_of(NULL);
    fx_tensor v = fx_param(a.p, "v", fx_shape1(2), fx_constant(1));
    const uint32_t stamp = fx_use(a.g, a.w).as.at.stamp;
    CHECK(fx_graph_reset(a.g) == FX_OK);
    a.g->stamp = stamp;
    CHECK_NEAR(fx_item(first_of(fx_use(a.g, v))), 2, 0);
    CHECK_NEAR(fx_item(first_of(fx_use(a.g, a.w))), 6, 0);
}

FX_TEST(steps, names_count_from_one_in_each_step) {
    aged a = aged_of(NULL);
    a.g->serial = UINT32_MAX - 2;
    fx_tensor x = fx_name(fx_f64(a.g, 1), "x");
    CHECK(fx_graph_reset_keep(a.g, 1, &x) == FX_OK);
    const fx_mark mark = fx_graph_mark(a.g);
    fx_name(fx_f64(a.g, 2), "y");
    fx_name(fx_f64(a.g, 3), "z");
    CHECK(fx_graph_rewind(a.g, mark, 0, NULL) == FX_OK);
    CHECK_TEXT(fx__node_name(a.g, x.as.at.index), "x");
}
