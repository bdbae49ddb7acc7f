/* SPDX-License-Identifier: MIT */
/* Who watches sees every op: of the forward pass, of rules, functions that are nodes, and steps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/fluxion.h"
#include "fluxion/observe.h"
#include "support.h"

/* old + gradient, w - rate old, where old is read back as an operand: so that only who lets it work
 * in place is right. */
static fx_status watched_forward(fx_call *call) {
    double *w = call->y[0].data, *old = call->y[1].data;
    const double *gradient = call->x[1].data, *sum = call->x[2].data, *rate = call->x[3].data;
    for (int64_t i = 0; i < call->y[0].numel; i++) {
        if (gradient[i] == -1) return fx_call_fail(call, FX_ERR_DATA, "a gradient of -1");
        old[i] += gradient[i];
        w[i] -= *rate * sum[i];
    }
    return FX_OK;
}

static const fx_op watched_rule = {.version = FX_OP_VERSION,
                                   .name = "rule",
                                   .operands = "weight, gradient, old, rate",
                                   .min = 4,
                                   .max = 4,
                                   .results = 2,
                                   .flags = FX_OP_UPDATE,
                                   .forward = watched_forward};

typedef struct watch_case {
    char text[4096];
    const char *stop; /* an op's name */
    int backward;
    double before, after; /* of the last step's weight */
} watch_case;

static fx_status watch_op(void *user, const fx_event *event) {
    watch_case *c = user;
    strncat(c->text, event->text, sizeof c->text - strlen(c->text) - 2);
    strcat(c->text, "\n");
    c->backward += event->backward;
    if (!event->graph) {
        c->before = *(const double *)event->call->x[0].data;
        c->after = *(const double *)event->call->y[0].data;
    }
    if (!c->stop || strcmp(event->call->op->name, c->stop) != 0) return FX_OK;
    return fx_fail(event->call->context, FX_ERR_DATA, "enough");
}

typedef struct watch_step {
    fx_context *cx;
    fx_graph *g;
    fx_params *p, *old;
    fx_tensor w;
} watch_step;

static watch_step watch_open(fx_context *cx) {
    watch_step s;
    s.cx = cx;
    s.g = fx_graph_new(cx);
    s.p = fx_params_new(cx, FX_F64, 0);
    s.w = fx_param(s.p, "w", fx_shape1(2), fx_constant(3));
    s.old = fx_params_like(s.p);
    return s;
}

static fx_status watch_take(const watch_step *s, double rate) {
    const fx_tensor lr = fx_num(rate);
    return fx_update(fx_params_gradients(s->p), &watched_rule, NULL, 1, &s->old, 1, &lr);
}

static fx_tensor cubed(void *user, const fx_tensor *xs) {
    (void)user;
    return fx_mul(fx_square(xs[0]), xs[0]);
}

static void halved(fx_vjp *v) { v->dx[0] = fx_mul(v->g[0], fx_num(0.5)); }

FX_TEST(watch, functions_and_steps_are_seen) {
    watch_step s = watch_open(test_context());
    watch_case c = {.text = ""};
    const fx_observer observer = {watch_op, &c};
    const fx_tensor x = fx_name(fx_mul(fx_use(s.g, s.w), fx_num(1)), "x");
    fx_observe(s.cx, &observer);
    fx_scope_begin(s.g, "block");
    fx_tensor y = fx_recompute(cubed, NULL, 0, 1, &x);
    y = fx_custom_vjp("half", cubed, halved, NULL, 0, 1, &y);
    fx_scope_end(s.g);
    CHECK_TEXT(c.text, "block: square (x 'x' [2]) -> [2]\n"
                       "block: mul (a [2], b 'x' [2]) -> [2]\n"
                       "block: recompute (x0 'x' [2]) -> [2]\n"
                       "block: square (x [2]) -> [2]\n"
                       "block: mul (a [2], b [2]) -> [2]\n"
                       "block: half (x0 [2]) -> [2]\n");
    CHECK(c.backward == 0);
    y = fx_sum(y);
    c.text[0] = '\0';
    CHECK(fx_backward(y) == FX_OK && c.backward > 0);
    CHECK(strstr(c.text, "backward of block: half: mul (") != NULL);
    CHECK(strstr(c.text, "backward of block: recompute: square (") != NULL);
    c.text[0] = '\0';
    CHECK(watch_take(&s, 0.25) == FX_OK);
    CHECK_TEXT(c.text, "rule (weight [2], gradient [2], old [2], rate []) -> [2], [2]\n");
    CHECK_NEAR(c.before, 3, 0);
    CHECK_NEAR(c.after, 3 - 0.25 * 13.5, 0);
    double w[2];
    CHECK(fx_read_f64(s.w, 2, w) == FX_OK);
    CHECK_NEAR(w[1], c.after, 0); /* written once, not twice */
    fx_observe(s.cx, NULL);
}

FX_TEST(watch, an_observer_may_stop_functions_and_steps) {
    watch_step s = watch_open(test_context());
    watch_case c = {.text = "", .stop = "half"};
    const fx_observer observer = {watch_op, &c};
    const fx_tensor x = fx_mul(fx_use(s.g, s.w), fx_num(1));
    fx_observe(s.cx, &observer);
    CHECK(!fx_tensor_valid(fx_custom_vjp("half", cubed, halved, NULL, 0, 1, &x)));
    CHECK_TEXT(fx_error_text(s.cx), "enough");
    fx_clear(s.cx);
    CHECK(fx_backward(fx_sum(x)) == FX_OK);
    c.stop = "rule";
    CHECK(watch_take(&s, 1) == FX_ERR_DATA);
    CHECK_NEAR(fx_item(fx_sum(fx_use(s.g, s.w))), NAN, 0); /* inert */
    fx_clear(s.cx);
    double w[2];
    CHECK(fx_read_f64(s.w, 2, w) == FX_OK && w[0] == 3 && w[1] == 3);
    c.stop = NULL;
    CHECK(watch_take(&s, 1) == FX_OK); /* the gradients are still ready */
    CHECK(fx_read_f64(s.w, 2, w) == FX_OK && w[0] == 2);
    fx_observe(s.cx, NULL);
}

FX_TEST(watch, a_failing_step_says_what_failed) {
    watch_step s = watch_open(test_context());
    CHECK(fx_backward(fx_sum(fx_neg(fx_use(s.g, s.w)))) == FX_OK);
    CHECK(watch_take(&s, 1) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(s.cx), "rule: a gradient of -1 (weight [2], gradient [2], old [2], "
                                    "rate [])");
}

/* What the environment asks for, in a context made under it. */
static fx_context *watch_environment(const char *name, const char *value,
                                     void (*sink)(void *, const char *), void *user) {
    fx_context_options o = fx_context_defaults();
    o.sink = sink;
    o.sink_user = user;
    CHECK(setenv(name, value, 1) == 0);
    fx_context *cx = test_context_with(&o);
    unsetenv(name);
    return cx;
}

FX_TEST(watch, a_step_that_makes_nan_is_not_written) {
    watch_step s = watch_open(watch_environment("FLUXION_CHECK", "nan", NULL, NULL));
    CHECK(fx_backward(fx_sum(fx_use(s.g, s.w))) == FX_OK);
    CHECK(watch_take(&s, INFINITY) == FX_OK); /* comes in broken: not the rule's doing */
    double w[2] = {3, 3};
    CHECK(fx_write_f64(s.w, 2, w) == FX_OK && fx_graph_reset(s.g) == FX_OK);
    CHECK(fx_backward(fx_sum(fx_mul(fx_use(s.g, s.w), fx_num(1e300)))) == FX_OK);
    CHECK(watch_take(&s, 1e300) == FX_ERR_NAN);
    CHECK_TEXT(fx_error_text(s.cx), "rule: made -inf out of finite numbers, at element 0 "
                                    "(weight [2], gradient [2], old [2], rate [])");
    fx_clear(s.cx);
    CHECK(fx_read_f64(s.w, 2, w) == FX_OK && w[0] == 3 && w[1] == 3);
}

static void watch_sink(void *user, const char *line) {
    char *text = user;
    strcat(strcat(text, line), "\n");
}

FX_TEST(watch, a_trace_has_a_line_for_each) {
    char text[4096] = "";
    watch_step s = watch_open(watch_environment("FLUXION_TRACE", "1", watch_sink, text));
    const fx_tensor x = fx_use(s.g, s.w);
    const fx_tensor y = fx_custom_vjp("half", cubed, halved, NULL, 0, 1, &x);
    CHECK(fx_tensor_valid(y));
    CHECK(fx_backward(fx_sum(x)) == FX_OK && watch_take(&s, 1) == FX_OK);
    CHECK_TEXT(text, "square (x 'w' [2]) -> [2]\n"
                     "mul (a [2], b 'w' [2]) -> [2]\n"
                     "half (x0 'w' [2]) -> [2]\n"
                     "sum (x 'w' [2]) -> []\n"
                     "backward of sum: broadcast_to (x []) -> [2]\n"
                     "rule (weight [2], gradient [2], old [2], rate []) -> [2], [2]\n");
}
