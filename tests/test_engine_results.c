/* SPDX-License-Identifier: MIT */
/* Ops with two results: the rule runs once, when all that will come has come, and a result that
 * nobody used brings no cotangent. */
#include <string.h>

#include "fluxion/grad.h"
#include "fluxion/ops.h"
#include "support.h"

/* product = a b, total = a + b */
static void both_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0] * x[1];
    y[1] = x[0] + x[1];
}

static int both_rules, both_missing; /* rules run, cotangents that did not come */

static void both_vjp(fx_vjp *v) {
    both_rules++;
    for (int i = 0; i < 2; i++) {
        fx_tensor parts[2];
        int n = 0;
        if (!fx_is_none(v->g[0])) parts[n++] = fx_mul(v->g[0], v->x[1 - i]);
        if (!fx_is_none(v->g[1])) parts[n++] = v->g[1];
        both_missing += 2 - n;
        v->dx[i] = n == 2 ? fx_add(parts[0], parts[1]) : parts[0];
    }
}

static const fx_op both_op = {.version = FX_OP_VERSION,
                              .name = "both",
                              .operands = "a, b",
                              .min = 2,
                              .max = 2,
                              .results = 2,
                              .map = both_map,
                              .vjp = both_vjp};

typedef struct results_case {
    fx_graph *g;
    fx_tensor x[2], y[2];
} results_case;

static results_case results_of(double a, double b) {
    results_case c;
    c.g = fx_graph_new(test_context());
    c.x[0] = fx_f64(c.g, a);
    c.x[1] = fx_f64(c.g, b);
    CHECK(fx_apply_all(&both_op, NULL, 2, c.x, c.y) == FX_OK);
    both_rules = both_missing = 0;
    return c;
}

static void check_gradient(const results_case *c, fx_tensor loss, double da, double db) {
    fx_tensor dx[2];
    CHECK(fx_grad(loss, FX_NONE, 2, c->x, dx) == FX_OK);
    CHECK_NEAR(fx_item(dx[0]), da, 0);
    CHECK_NEAR(fx_item(dx[1]), db, 0);
}

FX_TEST(results, each_alone_and_both_together) {
    const results_case c = results_of(3, 5);
    CHECK_NEAR(fx_item(c.y[0]), 15, 0);
    CHECK_NEAR(fx_item(c.y[1]), 8, 0);
    check_gradient(&c, c.y[0], 5, 3);
    CHECK(both_rules == 1 && both_missing == 2);
    check_gradient(&c, c.y[1], 1, 1);
    CHECK(both_rules == 2 && both_missing == 4);
    check_gradient(&c, fx_mul(c.y[0], c.y[1]), 5 * 8 + 15, 3 * 8 + 15);
    CHECK(both_rules == 3 && both_missing == 4);
}

FX_TEST(results, one_used_twice_and_the_other_once) {
    const results_case c = results_of(3, 5); /* (p + s)^2 p */
    const fx_tensor sum = fx_add(c.y[0], c.y[1]);
    check_gradient(&c, fx_mul(fx_mul(sum, sum), c.y[0]), 2 * 23 * 15 * 6 + 23 * 23 * 5,
                   2 * 23 * 15 * 4 + 23 * 23 * 3);
    CHECK(both_rules == 1);
}

FX_TEST(results, second_derivatives_pass_through) {
    const results_case c = results_of(3, 5);
    fx_tensor first[2], second[2];
    const fx_tensor y = fx_mul(c.y[0], c.y[1]); /* a^2 b + a b^2 */
    CHECK(fx_grad(y, FX_NONE, 2, c.x, first) == FX_OK);
    CHECK(fx_grad(first[0], FX_NONE, 2, c.x, second) == FX_OK); /* 2 a b + b^2 */
    CHECK_NEAR(fx_item(second[0]), 10, 0);
    CHECK_NEAR(fx_item(second[1]), 16, 0);
    CHECK_NEAR(fx_item(fx_derivative(second[1], c.x[1])), 2, 0);
    /* one result only, the other's cotangent missing in both orders */
    CHECK_NEAR(fx_item(fx_derivative(fx_derivative(c.y[0], c.x[0]), c.x[1])), 1, 0);
}

/* A walk that begins at a result must know of its siblings: the rule asks for their cotangents. */
FX_TEST(results, a_walk_may_begin_at_either) {
    const results_case c = results_of(2, 7);
    const fx_tensor seed = fx_f64(c.g, 10);
    for (int r = 0; r < 2; r++) {
        fx_tensor dx;
        CHECK(fx_grad(c.y[r], seed, 1, &c.x[0], &dx) == FX_OK);
        CHECK_NEAR(fx_item(dx), r ? 10 : 70, 0);
    }
}

FX_TEST(results, a_result_may_be_asked_for_like_an_input) {
    const results_case c = results_of(3, 5);
    const fx_tensor y = fx_mul(c.y[0], c.y[1]), xs[] = {c.y[0], c.x[0], c.y[1]};
    fx_tensor dx[3];
    CHECK(fx_grad(y, FX_NONE, 3, xs, dx) == FX_OK);
    CHECK_NEAR(fx_item(dx[0]), 8, 0);
    CHECK_NEAR(fx_item(dx[1]), 55, 0);
    CHECK_NEAR(fx_item(dx[2]), 15, 0);
}

FX_TEST(results, backward_and_recomputation_agree) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3));
    const fx_tensor x[] = {fx_use(g, w), fx_f64(g, 5)};
    fx_tensor y[2];
    CHECK(fx_apply_all(&both_op, NULL, 2, x, y) == FX_OK);
    CHECK(fx_backward(y[1]) == FX_OK && fx_backward(y[0]) == FX_OK);
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(p), w)), 6, 0);
}

static fx_tensor second_result(void *user, const fx_tensor *xs) {
    fx_tensor y[2];
    (void)user;
    fx_apply_all(&both_op, NULL, 2, xs, y);
    return fx_mul(y[1], y[1]);
}

FX_TEST(results, a_recomputed_op_may_have_two) {
    const results_case c = results_of(3, 5);
    check_gradient(&c, fx_recompute(second_result, NULL, 0, 2, c.x), 16, 16);
}

static fx_status torn_infer(fx_call *call) {
    const fx_shape shape = fx_view_shape(&call->x[0]);
    const fx_status status = fx_result(call, 0, FX_F64, shape);
    return status == FX_OK ? fx_result(call, 1, FX_I64, fx_shape1(2)) : status;
}

static fx_status torn_forward(fx_call *call) {
    memcpy(call->y[0].data, call->x[0].data, sizeof(double));
    memset(call->y[1].data, 0, 2 * sizeof(int64_t));
    return FX_OK;
}

static void torn_vjp(fx_vjp *v) { v->dx[0] = v->g[0]; }

static const fx_op torn_op = {.version = FX_OP_VERSION,
                              .name = "torn",
                              .operands = "x",
                              .min = 1,
                              .max = 1,
                              .results = 2,
                              .infer = torn_infer,
                              .forward = torn_forward,
                              .vjp = torn_vjp};

/* All results are there or none, whichever request for memory fails. */
FX_TEST(results, all_or_none_are_appended) {
    fx_context *cx = test_context();
    for (int64_t n = 1, done = 0; !done; n++) {
        fx_graph *g = fx_graph_new(cx);
        const fx_tensor x = fx_f64(g, 4);
        const int64_t nodes = fx_graph_stats_of(g).nodes;
        fx_tensor y[2];
        fx_fail_request(cx, n, false);
        done = fx_apply_all(&torn_op, NULL, 1, &x, y) == FX_OK;
        fx_fail_request(cx, 0, false);
        CHECK(fx_tensor_valid(y[0]) == done && fx_tensor_valid(y[1]) == done);
        CHECK(fx_graph_stats_of(g).nodes == nodes + 2 * done);
        CHECK(done || fx_error(cx) == FX_ERR_MEMORY);
        fx_clear(cx);
        CHECK(!done || fx_item(fx_derivative(fx_mul(y[0], y[0]), x)) == 8);
        fx_graph_free(g);
    }
}

/* An op that finds no graph leaves word of itself in each result, so that whoever meets it next can
 * say what to write. */
FX_TEST(results, each_remembers_the_op_that_found_no_graph) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x[] = {fx_num(1), fx_num(2)};
    for (int j = 0; j < 2; j++) {
        fx_tensor y[2];
        CHECK(fx_apply_all(&both_op, NULL, 2, x, y) == FX_ERR_ARGUMENT && !fx_is_none(y[j]));
        CHECK(!fx_tensor_valid(fx_use(g, y[j])) && fx_error(cx) == FX_ERR_ARGUMENT);
        CHECK(strstr(fx_error_text(cx), "both"));
        fx_clear(cx);
    }
}
