/* SPDX-License-Identifier: MIT */
/* Optimizers that cannot be made and steps that fail: a sentence for each, and all or nothing. */
#include "optim_fixture.h"

/* ------------------------------------------------------------------------ wrong options */

#define OPTIONS(...)                                                                               \
    { sizeof(fx_sgd_options), __VA_ARGS__ }

static const struct {
    double lr;
    fx_sgd_options options;
    const char *text;
} refused[] = {
    {-1, OPTIONS(0, false, 0),
     "optimizer: the learning rate is -1; it must be positive and finite"},
    {0, OPTIONS(0, false, 0), "optimizer: the learning rate is 0; it must be positive and finite"},
    {NAN, OPTIONS(0, false, 0),
     "optimizer: the learning rate is nan; it must be positive and finite"},
    {INFINITY, OPTIONS(0, false, 0),
     "optimizer: the learning rate is inf; it must be positive and finite"},
    {1, OPTIONS(1, false, 0), "fx_sgd: momentum is 1; it must be at least 0 and below 1"},
    {1, OPTIONS(-0.5, false, 0), "fx_sgd: momentum is -0.5; it must be at least 0 and below 1"},
    {1, OPTIONS(NAN, false, 0), "fx_sgd: momentum is nan; it must be at least 0 and below 1"},
    {1, OPTIONS(0, true, 0),
     "fx_sgd: nesterov looks ahead by the momentum, which is 0; set it, to 0.9 for example"},
    {1, OPTIONS(0, false, -1), "fx_sgd: decay is -1; it must be 0 or positive, and finite"},
    {1, OPTIONS(0, false, INFINITY), "fx_sgd: decay is inf; it must be 0 or positive, and finite"},
    {1, {0, 0, false, 0}, "fx_sgd: the options were not made by fx_sgd_defaults"},
};

FX_TEST(optim_misuse, wrong_options_are_refused) {
    fx_context *cx = test_context();
    fx_params *p = weights(cx, FX_F64);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK(!fx_sgd(p, refused[i].lr, &refused[i].options));
        CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
        CHECK_TEXT(fx_error_text(cx), refused[i].text);
        CHECK(!fx_sgd(p, 1, NULL)); /* the error stands */
        fx_clear(cx);
    }
    fx_optimizer *sgd = fx_sgd(p, 0.5, NULL);
    CHECK(fx_set_lr(sgd, -0.5) == FX_ERR_ARGUMENT && fx_lr(sgd) == 0.5);
    CHECK_TEXT(fx_error_text(cx),
               "fx_set_lr: the learning rate is -0.5; it must be positive and finite");
    CHECK(fx_set_lr(sgd, 1) == FX_ERR_ARGUMENT && fx_lr(sgd) == 0.5);
}

FX_TEST(optim_misuse, nothing_is_no_crash) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    CHECK(!fx_sgd(NULL, 1, NULL) && !fx_optimizer_new(NULL, NULL, NULL, 0, 1, 0, NULL));
    fx_optimizer_free(NULL);
    CHECK(fx_set_lr(NULL, 1) == FX_ERR_ARGUMENT && isnan(fx_lr(NULL)) && fx_steps(NULL) == 0);
    CHECK(fx_step(NULL) == FX_ERR_ARGUMENT);
    CHECK(fx_minimize(NULL, fx_num(1)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(fx_minimize(NULL, fx_f64(g, 1)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "fx_minimize: the optimizer is NULL");
}

FX_TEST(optim_misuse, a_set_without_parameters_is_refused_and_freed_ones_are_seen) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    static const char empty[] = "optimizer: there are no parameters; add them (fx_param) "
                                "before their optimizer is made";
    CHECK(!fx_sgd(p, 1, NULL));
    CHECK_TEXT(fx_error_text(cx), empty);
    fx_clear(cx);
    fx_param(p, "w", fx_shape0(), fx_constant(1));
    fx_optimizer *sgd = fx_sgd(p, 1, &settings[2]);
    fx_params_free(p);
    CHECK(!fx_sgd(p, 1, NULL));
    CHECK_TEXT(fx_error_text(cx), empty);
    fx_clear(cx);
    fx_params *q = fx_params_new(cx, FX_F64, 0); /* in the same place */
    fx_tensor w = fx_param(q, "w", fx_shape0(), fx_constant(1));
    CHECK(fx_minimize(sgd, fx_square(fx_use(g, w))) == FX_ERR_STATE);
    CHECK_TEXT(fx_error_text(cx), "fx_minimize: the parameters of this optimizer were freed");
    fx_clear(cx);
    CHECK(fx_backward(fx_square(fx_use(g, w))) == FX_OK);
    CHECK(fx_step(sgd) == FX_ERR_STATE && fx_item(w) == 1);
    CHECK_TEXT(fx_error_text(cx), "fx_step: the parameters of this optimizer were freed");
    fx_optimizer_free(sgd);
}

/* -------------------------------------------------------------------- steps that fail */

/* A small training, which a disturbance may meet at step 3. */
typedef struct trial {
    fx_context *cx;
    fx_graph *g;
    fx_params *p;
    fx_optimizer *sgd;
} trial;

static trial trial_new(void) {
    trial t;
    t.cx = test_context();
    t.g = fx_graph_new(t.cx);
    t.p = weights(t.cx, FX_F64);
    t.sgd = fx_sgd(t.p, 0.001, &settings[4]);
    return t;
}

static fx_tensor trial_loss(const trial *t) {
    fx_graph_reset(t->g);
    return fx_square(bowl(t->g, t->p));
}

static fx_status no_disturbance(trial *t) { return (void)t, FX_OK; }

static fx_status not_finite(trial *t) {
    return fx_minimize(t->sgd, fx_mul(trial_loss(t), fx_num(INFINITY)));
}

static fx_status not_a_number(trial *t) {
    return fx_minimize(t->sgd, fx_mul(trial_loss(t), fx_num(NAN)));
}

static fx_status not_one_element(trial *t) {
    return fx_minimize(t->sgd, fx_broadcast_to(trial_loss(t), fx_shape2(2, 3)));
}

static fx_status of_nothing(trial *t) { return fx_minimize(t->sgd, fx_f64(t->g, 1)); }

static fx_status of_a_number(trial *t) { return fx_minimize(t->sgd, fx_num(1)); }

static fx_status of_a_parameter(trial *t) {
    return fx_minimize(t->sgd, fx_params_at(t->p, 0).tensor);
}

static fx_status of_another_context(trial *t) {
    return fx_minimize(t->sgd, fx_f64(fx_graph_new(test_context()), 1));
}

static fx_status an_error_stands(trial *t) {
    const fx_tensor loss = trial_loss(t);
    fx_fail(t->cx, FX_ERR_DATA, "an error");
    CHECK(fx_step(t->sgd) == FX_ERR_DATA);
    return fx_minimize(t->sgd, loss);
}

static fx_status reset_forgotten(trial *t) {
    const fx_tensor x = fx_use(t->g, fx_params_at(t->p, 0).tensor);
    return fx_minimize(t->sgd, fx_sum(x));
}

static fx_status gradients_waiting(trial *t) {
    fx_backward(trial_loss(t));
    double before[WEIGHTS], after[WEIGHTS];
    read_gradients(t->p, before);
    const fx_status status = fx_minimize(t->sgd, trial_loss(t));
    read_gradients(t->p, after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    fx_zero(fx_params_gradients(t->p));
    return status;
}

static fx_status gradients_empty(trial *t) { return fx_step(t->sgd); }

static void broken_vjp(fx_vjp *v) {
    fx_fail(fx_graph_context(v->graph), FX_ERR_DATA, "broken on purpose");
}

static void same_map(const void *attrs, const double *x, double *y) {
    (void)attrs;
    y[0] = x[0];
}

static const fx_op broken_op = {.version = FX_OP_VERSION,
                                .name = "broken",
                                .operands = "x",
                                .min = 1,
                                .max = 1,
                                .map = same_map,
                                .vjp = broken_vjp};

/* The rule fails when some gradients have arrived already. */
static fx_tensor broken_loss(trial *t) {
    fx_graph_reset(t->g);
    const fx_tensor x = fx_use(t->g, fx_params_at(t->p, 0).tensor);
    const fx_tensor y = fx_apply(&broken_op, NULL, 1, &x);
    return fx_add(fx_sum(y), bowl(t->g, t->p));
}

static fx_status rule_fails(trial *t) {
    const fx_status status = fx_minimize(t->sgd, broken_loss(t));
    CHECK(fx_gradients_state_of(fx_params_gradients(t->p)) == FX_GRADIENTS_EMPTY);
    return status;
}

static fx_status backward_failed_before(trial *t) {
    fx_backward(broken_loss(t));
    CHECK(fx_gradients_state_of(fx_params_gradients(t->p)) == FX_GRADIENTS_BROKEN);
    fx_clear(t->cx);
    return fx_step(t->sgd);
}

#define NOT_IN_A_GRAPH                                                                             \
    "fx_minimize: the loss is not of a graph in the optimizer's context; fx_use puts parameters "  \
    "and numbers into a graph"

static const struct {
    fx_status (*disturb)(trial *t);
    fx_status status;
    const char *text;
} disturbances[] = {
    {no_disturbance, FX_OK, ""},
    {not_finite, FX_ERR_NAN,
     "fx_minimize: the loss is inf after 2 steps; a learning rate below 0.001, or scaled data, may "
     "keep it finite"},
    {not_a_number, FX_ERR_NAN,
     "fx_minimize: the loss is nan after 2 steps; a learning rate below 0.001, or scaled data, may "
     "keep it finite"},
    {not_one_element, FX_ERR_SHAPE,
     "fx_backward: the loss has 6 elements, not one; take its mean or sum, or use fx_grad with a "
     "seed"},
    {of_nothing, FX_ERR_STATE,
     "fx_minimize: the graph was not reset since the last step; call fx_graph_reset or fx_next "
     "before each step's forward pass"},
    {of_a_number, FX_ERR_ARGUMENT, NOT_IN_A_GRAPH},
    {of_a_parameter, FX_ERR_STATE,
     "fx_backward: the loss is a parameter, and is needed as a tensor of a graph; write "
     "fx_use(graph, parameter)"},
    {of_another_context, FX_ERR_ARGUMENT, NOT_IN_A_GRAPH},
    {an_error_stands, FX_ERR_DATA, "an error"},
    {reset_forgotten, FX_ERR_STATE,
     "fx_minimize: the graph was not reset since the last step; call fx_graph_reset or fx_next "
     "before each step's forward pass"},
    {gradients_waiting, FX_ERR_STATE,
     "fx_minimize: gradients of an earlier fx_backward are waiting; apply them with fx_step or "
     "drop "
     "them with fx_zero"},
    {gradients_empty, FX_ERR_STATE, "fx_update: the gradients are empty; call fx_backward first"},
    {rule_fails, FX_ERR_DATA, "broken on purpose"},
    {backward_failed_before, FX_ERR_STATE,
     "fx_update: the gradients are broken by a backward that failed; call fx_zero, then "
     "fx_backward"},
};

static void trial_run(size_t disturbance, double *out) {
    trial t = trial_new();
    double before[WEIGHTS], after[WEIGHTS];
    for (int step = 0; step < STEPS; step++) {
        if (step == 2) {
            read_weights(t.p, before);
            CHECK(disturbances[disturbance].disturb(&t) == disturbances[disturbance].status);
            CHECK_TEXT(fx_error_text(t.cx), disturbances[disturbance].text);
            fx_clear(t.cx);
            read_weights(t.p, after);
            CHECK(memcmp(before, after, sizeof before) == 0 && fx_steps(t.sgd) == 2);
        }
        CHECK(fx_minimize(t.sgd, trial_loss(&t)) == FX_OK);
    }
    read_weights(t.p, out);
}

FX_TEST(optim_misuse, a_step_that_fails_changes_nothing) {
    double undisturbed[WEIGHTS], disturbed[WEIGHTS];
    trial_run(0, undisturbed);
    for (size_t i = 1; i < sizeof disturbances / sizeof disturbances[0]; i++) {
        trial_run(i, disturbed);
        CHECK_THAT(memcmp(undisturbed, disturbed, sizeof disturbed) == 0, "disturbance %zu", i);
    }
}

FX_TEST(optim_misuse, each_graph_needs_its_own_reset) {
    trial t = trial_new();
    fx_graph *other = fx_graph_new(t.cx);
    CHECK(fx_minimize(t.sgd, trial_loss(&t)) == FX_OK);
    CHECK(fx_minimize(t.sgd, bowl(other, t.p)) == FX_OK);
    fx_graph_free(other);
    other = fx_graph_new(t.cx); /* in the same place, and new all the same */
    CHECK(fx_minimize(t.sgd, bowl(other, t.p)) == FX_OK);
}

FX_TEST(optim_misuse, a_loss_of_no_parameter_of_the_optimizer_is_refused) {
    trial t = trial_new();
    CHECK(fx_minimize(t.sgd, fx_f64(t.g, 1)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(
        fx_error_text(t.cx),
        "fx_backward: the loss depends on no trainable parameter (fx_freeze may have frozen them)");
    fx_clear(t.cx);
    CHECK(fx_minimize(t.sgd, (fx_tensor){0}) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(t.cx), NOT_IN_A_GRAPH);
    fx_clear(t.cx);
    fx_params *other = weights(t.cx, FX_F64);
    CHECK(fx_minimize(t.sgd, bowl(t.g, other)) == FX_ERR_ARGUMENT);
    CHECK_TEXT(
        fx_error_text(t.cx),
        "fx_backward: the loss depends on no trainable parameter (fx_freeze may have frozen them)");
}

/* Every request for memory of two steps fails, once or from then on. */
FX_TEST(optim_misuse, memory_that_fails_changes_nothing) {
    double undisturbed[WEIGHTS], w[WEIGHTS], before[WEIGHTS];
    trial_run(0, undisturbed);
    for (int forever = 0; forever < 2; forever++)
        for (int64_t n = 1, made = n; made >= n; n++) {
            trial t = trial_new();
            made = 0;
            for (int step = 0; step < STEPS; step++) {
                if (step == 2) fx_fail_request(t.cx, n, forever);
                read_weights(t.p, before);
                while (fx_minimize(t.sgd, trial_loss(&t)) != FX_OK) {
                    CHECK(fx_error(t.cx) == FX_ERR_MEMORY);
                    made += fx_fail_request(t.cx, 0, false);
                    fx_clear(t.cx);
                    read_weights(t.p, w);
                    CHECK(memcmp(before, w, sizeof w) == 0 && fx_steps(t.sgd) == step);
                }
                if (step == 3) made += fx_fail_request(t.cx, 0, false);
            }
            read_weights(t.p, w);
            CHECK_THAT(memcmp(undisturbed, w, sizeof w) == 0, "request %lld", (long long)n);
            fx_context_free(t.cx);
        }
}

FX_TEST(optim_misuse, a_first_loss_that_is_not_finite_is_no_matter_of_the_learning_rate) {
    trial t = trial_new();
    CHECK(not_finite(&t) == FX_ERR_NAN && fx_steps(t.sgd) == 0);
    CHECK_TEXT(fx_error_text(t.cx), "fx_minimize: the loss is inf before the first step; other "
                                    "first weights, or scaled data, may keep it finite");
}

FX_TEST(optim_misuse, memory_that_fails_leaves_no_optimizer) {
    fx_context *cx = test_context();
    fx_params *p = weights(cx, FX_F64);
    for (int64_t n = 1;; n++) {
        fx_fail_request(cx, n, false);
        fx_optimizer *sgd = fx_sgd(p, 1, &settings[3]);
        fx_fail_request(cx, 0, false);
        if (sgd) break;
        CHECK(fx_error(cx) == FX_ERR_MEMORY && n < 100);
        fx_clear(cx);
    }
}
