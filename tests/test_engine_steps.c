/* SPDX-License-Identifier: MIT */
/* Functions as nodes, optimizer steps, the gradient check and pictures, with ops of the test's
 * own. */
#include <math.h>
#include <string.h>

#include "fluxion/grad.h"
#include "fluxion/observe.h"
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
