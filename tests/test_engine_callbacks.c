/* SPDX-License-Identifier: MIT */
/* Functions, rules and observers that call back: nothing is cut or freed under who called them, and
 * a function that runs again runs as it did the first time. */
#include <string.h>

#include "fluxion/grad.h"
#include "fluxion/observe.h"
#include "fluxion/ops.h"
#include "fluxion/optim.h"
#include "support.h"

/* What a callback is to do, and what it has to do it with. */
typedef struct callback {
    fx_graph *g;
    fx_params *p;
    fx_gradients *gr;
    fx_mark mark;
    void (*act)(struct callback *c);
    int calls;
} callback;

static void act_reset(callback *c) { fx_graph_reset(c->g); }
static void act_free_graph(callback *c) { fx_graph_free(c->g); }
static void act_rewind(callback *c) { fx_graph_rewind(c->g, c->mark, 0, NULL); }
static void act_free_params(callback *c) { fx_params_free(c->p); }
static void act_free_gradients(callback *c) { fx_gradients_free(c->gr); }
static void act_direct(callback *c) { fx_graph_gradients(c->g, c->gr); }
static void act_free_context(callback *c) { fx_context_free(fx_graph_context(c->g)); }
static void act_operate(callback *c) { fx_square(fx_f64(c->g, 2)); }

static callback callback_of(void (*act)(callback *c)) {
    fx_context *cx = test_context();
    callback c = {.g = fx_graph_new(cx), .p = fx_params_new(cx, FX_F64, 0), .act = act};
    fx_param(c.p, "w", fx_shape1(2), fx_constant(3));
    c.gr = fx_gradients_new(c.p);
    c.mark = fx_graph_mark(c.g);
    return c;
}

static fx_tensor acting(void *user, const fx_tensor *xs) {
    callback *c = user;
    c->act(c);
    return fx_square(xs[0]);
}

static void acting_rule(fx_vjp *v) {
    callback *c = v->user;
    c->act(c);
    v->dx[0] = fx_mul(v->g[0], v->x[0]);
}

static fx_tensor plain(void *user, const fx_tensor *xs) { return (void)user, fx_square(xs[0]); }

static fx_status acting_observer(void *user, const fx_event *event) {
    callback *c = user;
    (void)event;
    c->calls++;
    c->act(c);
    return FX_OK;
}

/* ------------------------------------------------------------------- what is refused */

#define IN_CALL " inside a function or observer that the graph is calling"
#define IN_STEP " inside a backward or an update of these parameters"
#define NO_FREE "fx_context_free inside a function, rule or observer that the context is calling"

static const struct {
    void (*act)(callback *c);
    const char *text;
} in_functions[] = {{act_reset, "fx_graph_reset" IN_CALL},
                    {act_free_graph, "fx_graph_free" IN_CALL},
                    {act_rewind, "fx_graph_rewind" IN_CALL},
                    {act_free_context, NO_FREE}};

FX_TEST(callbacks, a_function_cannot_cut_what_calls_it) {
    for (size_t i = 0; i < 2 * sizeof in_functions / sizeof in_functions[0]; i++) {
        callback c = callback_of(in_functions[i / 2].act);
        fx_context *cx = fx_graph_context(c.g);
        fx_tensor x = fx_square(fx_f64(c.g, 2)), y = {0};
        y = i % 2 ? fx_recompute(acting, &c, 0, 1, &x)
                  : fx_custom_vjp("own", acting, acting_rule, &c, 0, 1, &x);
        CHECK(!fx_tensor_valid(y));
        CHECK_TEXT(fx_error_text(cx), in_functions[i / 2].text);
        fx_clear(cx);
        CHECK_NEAR(fx_item(fx_mul(x, x)), 16, 0); /* and nothing is gone */
    }
}

FX_TEST(callbacks, an_observer_cannot_cut_what_it_watches) {
    for (size_t i = 0; i < sizeof in_functions / sizeof in_functions[0]; i++) {
        callback c = callback_of(in_functions[i].act);
        fx_context *cx = fx_graph_context(c.g);
        const fx_observer observer = {acting_observer, &c};
        fx_tensor x = fx_f64(c.g, 2);
        fx_observe(cx, &observer);
        CHECK(!fx_tensor_valid(fx_square(x)));
        fx_observe(cx, NULL);
        CHECK_TEXT(fx_error_text(cx), in_functions[i].text);
        CHECK_NEAR(fx_item(x), 2, 0);
    }
}

static const struct {
    void (*act)(callback *c);
    const char *text;
} in_rules[] = {{act_free_params, "fx_params_free" IN_STEP},
                {act_free_gradients, "fx_gradients_free" IN_STEP},
                {act_direct, "backward of own: fx_graph_gradients inside a derivative rule"},
                {act_free_context, NO_FREE}};

FX_TEST(callbacks, a_rule_cannot_free_what_its_backward_fills) {
    for (size_t i = 0; i < sizeof in_rules / sizeof in_rules[0]; i++) {
        callback c = callback_of(in_rules[i].act);
        fx_context *cx = fx_graph_context(c.g);
        fx_tensor x = fx_use(c.g, fx_params_at(c.p, 0).tensor);
        fx_tensor y = fx_sum(fx_custom_vjp("own", plain, acting_rule, &c, 0, 1, &x));
        CHECK(fx_backward(y) == FX_ERR_STATE);
        CHECK_TEXT(fx_error_text(cx), in_rules[i].text);
        fx_clear(cx);
        fx_params_free(c.p); /* it was for that moment only */
        CHECK(fx_error(cx) == FX_OK);
    }
}

FX_TEST(callbacks, an_observer_cannot_free_what_a_step_updates) {
    static void (*const acts[])(callback * c) = {act_free_params, act_free_gradients};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        callback c = callback_of(acts[i]);
        fx_context *cx = fx_graph_context(c.g);
        const fx_observer observer = {acting_observer, &c};
        fx_optimizer *sgd = fx_sgd(c.p, 0.5, NULL);
        CHECK(fx_backward(fx_sum(fx_use(c.g, fx_params_at(c.p, 0).tensor))) == FX_OK);
        fx_observe(cx, &observer);
        CHECK(fx_step(sgd) == FX_ERR_STATE);
        fx_observe(cx, NULL);
        CHECK_TEXT(fx_error_text(cx), in_rules[i].text);
        CHECK_NEAR(((const double *)fx_params_at(c.p, 0).data)[0], 3, 0);
    }
}

FX_TEST(callbacks, an_observer_does_not_see_its_own_ops) {
    callback c = callback_of(act_operate);
    const fx_observer observer = {acting_observer, &c};
    fx_observe(fx_graph_context(c.g), &observer);
    CHECK_NEAR(fx_item(fx_square(fx_f64(c.g, 3))), 9, 0);
    CHECK(c.calls == 1);
    fx_observe(fx_graph_context(c.g), NULL);
}

/* ------------------------------------------------------------------- what is allowed */

/* Newton's iteration for a square root, which keeps no more than it needs. */
static fx_tensor root(void *user, const fx_tensor *xs) {
    fx_graph *g = fx_tensor_graph(xs[0]);
    const fx_mark mark = fx_graph_mark(g);
    fx_tensor r = fx_detach(xs[0]);
    (void)user;
    for (int i = 0; i < 20; i++) {
        r = fx_mul(fx_add(r, fx_div(fx_detach(xs[0]), r)), fx_num(0.5));
        fx_graph_rewind(g, mark, 1, &r);
    }
    return fx_mul(r, xs[0]);
}

FX_TEST(callbacks, a_function_may_rewind_what_it_made) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 9), y = fx_recompute(root, NULL, 0, 1, &x);
    CHECK_NEAR(fx_item(y), 27, 1e-14);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 3, 1e-14);
}

static void unrecording_rule(fx_vjp *v) {
    v->dx[0] = v->g[0];
    fx_record(v->graph, false);
}

FX_TEST(callbacks, a_rule_that_stops_recording_stops_it_for_itself) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 3), z = fx_square(x);
    fx_tensor y = fx_custom_vjp("own", plain, unrecording_rule, NULL, 0, 1, &z);
    CHECK_NEAR(fx_item(fx_derivative(fx_derivative(y, x), x)), 2, 0);
}

/* -------------------------------------------------------------------- running again */

static fx_tensor product(void *user, const fx_tensor *xs) {
    return (void)user, fx_mul(fx_mul(xs[0], xs[1]), xs[2]);
}

FX_TEST(callbacks, an_operand_given_twice_is_differentiated_once) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3)), x = fx_f64(g, 5);
    fx_tensor y = fx_recompute(product, NULL, 0, 3, (fx_tensor[]){w, x, w});
    CHECK(fx_backward(y) == FX_OK);
    CHECK_NEAR(fx_item(fx_gradient(fx_params_gradients(p), w)), 30, 0);
    fx_tensor dy = fx_derivative(y, w);
    CHECK_NEAR(fx_item(dy), 30, 0);
    CHECK_NEAR(fx_item(fx_derivative(dy, w)), 10, 0);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 9, 0);
}

/* Gives x squared, and later what it is told to. */
static fx_tensor fickle(void *user, const fx_tensor *xs) {
    callback *c = user;
    const double zeros[64] = {0};
    switch (c->calls++ ? c->calls : 0) {
    case 0:
        return fx_square(xs[0]);
    case 12:
        return fx_num(0.1);
    case 22:
        return fx_params_at(c->p, 0).tensor;
    case 32:
        return fx_input_f64(c->g, fx_shape1(64), zeros);
    default:
        return (fx_tensor){0};
    }
}

FX_TEST(callbacks, a_function_must_give_the_same_again) {
    for (int later = 0; later < 4; later++) {
        callback c = callback_of(act_reset);
        const double two[] = {2, 3};
        fx_tensor x = fx_input_f64(c.g, fx_shape1(2), two);
        fx_tensor y = fx_sum(fx_recompute(fickle, &c, 0, 1, &x)), dx;
        c.calls = 10 * later + 1;
        CHECK(fx_grad(y, FX_NONE, 1, &x, &dx) == FX_ERR_STATE);
        CHECK_TEXT(fx_error_text(fx_graph_context(c.g)),
                   "backward of recompute: f gave something else than the first time");
    }
}

static fx_tensor half_dropped(void *user, const fx_tensor *xs) {
    return (void)user, fx_dropout(xs[0], 0.5);
}

FX_TEST(callbacks, a_function_runs_again_in_the_mode_and_with_the_seed_it_had) {
    double ones[64], dx[64];
    for (int i = 0; i < 64; i++) ones[i] = 1;
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor x = fx_input_f64(g, fx_shape1(64), ones), d;
    fx_tensor y = fx_recompute(half_dropped, NULL, 0, 1, &x);
    fx_inference(g, true);
    fx_graph_seed(g, 77);
    CHECK(fx_grad(fx_sum(y), FX_NONE, 1, &x, &d) == FX_OK);
    CHECK(fx_is_inference(g));
    fx_read_f64(y, 64, ones); /* of ones, the mask */
    fx_read_f64(d, 64, dx);
    CHECK(memcmp(ones, dx, sizeof dx) == 0);
}

static fx_tensor nested(void *user, const fx_tensor *xs) {
    const int depth = *(int *)user - 1;
    if (depth == 0) return fx_square(xs[0]);
    return fx_recompute(nested, (int[]){depth}, sizeof depth, 1, xs);
}

FX_TEST(callbacks, functions_nest_to_a_depth) {
    fx_context *cx = test_context();
    fx_tensor x = fx_f64(fx_graph_new(cx), 3);
    fx_tensor y = fx_recompute(nested, (int[]){100}, sizeof(int), 1, &x);
    CHECK_NEAR(fx_item(fx_derivative(y, x)), 6, 0);
    CHECK(!fx_tensor_valid(fx_recompute(nested, (int[]){101}, sizeof(int), 1, &x)));
    CHECK_TEXT(fx_error_text(cx), "functions inside functions, more than 100 deep");
}

FX_TEST(callbacks, a_function_needs_what_it_is_made_of) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx), *gone = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor x = fx_f64(g, 1), w = fx_param(p, "w", fx_shape0(), fx_constant(1));
    fx_tensor stale = fx_f64(gone, 1);
    fx_graph_free(gone);
    fx_recompute(NULL, NULL, 0, 1, &x);
    CHECK_TEXT(fx_error_text(cx), "recompute: f is NULL");
    fx_clear(cx);
    fx_custom_vjp("own", plain, acting_rule, NULL, 8, 1, &x);
    CHECK_TEXT(fx_error_text(cx), "own: user is NULL");
    fx_clear(cx);
    fx_custom_vjp("own", plain, acting_rule, NULL, 0, 1, &w);
    CHECK_TEXT(fx_error_text(cx), "own: all operands are parameters or numbers; write "
                                  "fx_use(graph, ...) around one of them");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_recompute(plain, NULL, 0, 1, &stale)));
    CHECK_TEXT(fx_error_text(cx), "recompute is a tensor of a step that is over (the graph was "
                                  "reset, rewound or freed); keep numbers with fx_item, tensors "
                                  "with fx_graph_reset_keep");
}
