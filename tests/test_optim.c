/* SPDX-License-Identifier: MIT */
/* Optimizers: torch.optim.SGD's arithmetic bit by bit, several networks, rules of one's own, the
 * penalty. */
#include "optim_fixture.h"

/* The formulas of optim.h, one rounding at a time. */
static void formula_f64(const fx_sgd_options *o, double lr, double g, double *w, double *v) {
    const double d = g + o->decay * *w;
    *v = o->momentum * *v + d;
    const double ahead = o->momentum * *v;
    *w = *w - lr * (o->nesterov ? d + ahead : *v);
}

static void formula_f32(const fx_sgd_options *o, double lr, double g, double *w, double *v) {
    const float mu = (float)o->momentum, rate = (float)lr, lambda = (float)o->decay;
    const float shrink = lambda * (float)*w, d = (float)g + shrink;
    const float kept = mu * (float)*v, velocity = kept + d, ahead = mu * velocity;
    const float move = rate * (o->nesterov ? d + ahead : velocity);
    *v = (double)velocity;
    *w = (double)((float)*w - move);
}

static void follows_the_formula(fx_dtype dtype, const fx_sgd_options *o) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = weights(cx, dtype);
    fx_optimizer *sgd = fx_sgd(p, 0.01, o);
    double w[WEIGHTS], v[WEIGHTS] = {0}, gradient[WEIGHTS], now[WEIGHTS];
    read_weights(p, w);
    for (int step = 0; step < STEPS; step++) {
        const double lr = 0.01 / (1 + step);
        CHECK(fx_set_lr(sgd, lr) == FX_OK && fx_lr(sgd) == lr && fx_steps(sgd) == step);
        fx_graph_reset(g);
        CHECK(fx_minimize(sgd, bowl(g, p)) == FX_OK);
        read_gradients(p, gradient);
        CHECK_NEAR(gradient[0], w[0], 1e-6);
        read_weights(p, now);
        for (int i = 0; i < WEIGHTS; i++) {
            (dtype == FX_F32 ? formula_f32 : formula_f64)(o, lr, gradient[i], &w[i], &v[i]);
            CHECK_THAT(now[i] == w[i], "weight %d, step %d: %.17g, not %.17g", i, step, now[i],
                       w[i]);
        }
    }
}

FX_TEST(optim, sgd_is_the_formula_to_the_bit) {
    for (int i = 0; i < SETTINGS; i++) {
        follows_the_formula(FX_F32, &settings[i]);
        follows_the_formula(FX_F64, &settings[i]);
    }
}

/* The same numbers as one parameter, or cut into many, with frozen ones in between. */
static void cut_weights(fx_dtype dtype, bool cut, double *out) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, dtype, 0);
    double start[WEIGHTS];
    char name[] = "a", frozen[] = "A";
    for (int i = 0; i < WEIGHTS; i++) start[i] = cos(i) / 3;
    for (int at = 0, size = 1; at < WEIGHTS; at += size, size++, name[0]++, frozen[0]++) {
        if (!cut || size > WEIGHTS - at) size = WEIGHTS - at;
        fx_tensor w = fx_param(p, name, fx_shape1(size), fx_constant(0));
        CHECK(fx_write_f64(w, size, start + at) == FX_OK);
        if (size % 3) continue;
        fx_param(p, frozen, fx_shape1(size), fx_constant(1));
        CHECK(fx_freeze(p, frozen, true) == FX_OK);
    }
    fx_optimizer *sgd = fx_sgd(p, 0.1, &settings[4]);
    for (int step = 0; step < STEPS; step++) {
        fx_graph_reset(g);
        CHECK(fx_minimize(sgd, bowl(g, p)) == FX_OK);
    }
    for (int64_t i = 0; i < fx_params_count(p); i++) {
        const fx_entry e = fx_params_at(p, i);
        double *to = e.trainable ? out : start;
        CHECK(fx_read_f64(e.tensor, e.numel, to) == FX_OK);
        if (e.trainable) out += e.numel;
        CHECK(e.trainable || start[0] == 1);
    }
}

FX_TEST(optim, bits_do_not_depend_on_how_a_run_is_cut_and_frozen_ones_stay) {
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        double whole[WEIGHTS], cut[WEIGHTS];
        cut_weights((fx_dtype)dtype, false, whole);
        cut_weights((fx_dtype)dtype, true, cut);
        CHECK(memcmp(whole, cut, sizeof whole) == 0);
    }
}

/* --------------------------------------------------------------------- several networks */

FX_TEST(optim, other_networks_and_what_they_have_gathered_are_left_alone) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = weights(cx, FX_F64), *q = weights(cx, FX_F64);
    fx_optimizer *of_p = fx_sgd(p, 0.1, &settings[2]), *of_q = fx_sgd(q, 0.1, NULL);
    double before[WEIGHTS], now[WEIGHTS], gathered[WEIGHTS];
    read_weights(q, before);
    CHECK(fx_backward(bowl(g, q)) == FX_OK);
    read_gradients(q, gathered);
    CHECK(fx_minimize(of_p, fx_mul(bowl(g, p), bowl(g, q))) == FX_OK);
    read_weights(q, now);
    CHECK(memcmp(before, now, sizeof now) == 0);
    read_gradients(q, now);
    CHECK(memcmp(gathered, now, sizeof now) == 0);
    CHECK(fx_step(of_q) == FX_OK && fx_steps(of_q) == 1 && fx_steps(of_p) == 1);
    read_weights(q, now);
    for (int i = 0; i < WEIGHTS; i++) CHECK_NEAR(now[i], before[i] - 0.1 * before[i], 1e-15);
}

/* A step whose every request for memory fails once before it succeeds. */
static void minimize_at_last(fx_graph *g, fx_params *p, fx_optimizer *o) {
    fx_context *cx = fx_params_context(p);
    const int64_t steps = fx_steps(o);
    for (int64_t n = 1; fx_steps(o) == steps; n++) {
        fx_graph_reset(g);
        fx_fail_request(cx, n, false);
        const fx_status status = fx_minimize(o, bowl(g, p));
        fx_fail_request(cx, 0, false);
        CHECK(status == fx_error(cx) && (status == FX_OK || status == FX_ERR_MEMORY));
        fx_clear(cx);
    }
}

FX_TEST(optim, parameters_may_be_added_later) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = weights(cx, FX_F64), *q = weights(cx, FX_F64);
    fx_optimizer *before = fx_sgd(p, 0.1, &settings[4]);
    fx_tensor first = fx_param(p, "d", fx_shape1(2000), fx_constant(2));
    fx_tensor second = fx_param(q, "d", fx_shape1(2000), fx_constant(2));
    fx_optimizer *after = fx_sgd(q, 0.1, &settings[4]);
    for (int step = 0; step < STEPS; step++) {
        minimize_at_last(g, p, before);
        CHECK(fx_minimize(after, bowl(g, q)) == FX_OK);
    }
    double a[2000], b[2000];
    CHECK(fx_read_f64(first, 2000, a) == FX_OK && fx_read_f64(second, 2000, b) == FX_OK);
    CHECK(memcmp(a, b, sizeof a) == 0 && a[1999] < 1.9);
}

FX_TEST(optim, gradients_that_add_up_make_one_step) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = weights(cx, FX_F64), *q = weights(cx, FX_F64);
    fx_optimizer *once = fx_sgd(p, 0.1, &settings[4]), *twice = fx_sgd(q, 0.1, &settings[4]);
    double a[WEIGHTS], b[WEIGHTS];
    for (int step = 0; step < STEPS; step++) {
        fx_graph_reset(g);
        CHECK(fx_minimize(once, fx_mul(bowl(g, p), fx_num(3))) == FX_OK);
        CHECK(fx_backward(bowl(g, q)) == FX_OK);
        CHECK(fx_backward(fx_mul(bowl(g, q), fx_num(2))) == FX_OK);
        CHECK(fx_step(twice) == FX_OK && fx_steps(twice) == step + 1);
    }
    read_weights(p, a);
    read_weights(q, b);
    for (int i = 0; i < WEIGHTS; i++) CHECK_NEAR(a[i], b[i], 1e-13);
}

/* ------------------------------------------------------------------- rules of one's own */

/* w - scale lr sign(g) - shift, counting in n. */
static void sign_map(const void *attrs, const double *x, double *y) {
    const double scale = *(const double *)attrs;
    y[1] = x[2] + 1;
    y[0] = x[0] - scale * x[3] * (x[1] > 0 ? 1 : -1) - x[4];
}

static const fx_attr sign_attrs[] = {{"scale", FX_ATTR_F64, 0}, {0}};
static const fx_op sign_op = {.version = FX_OP_VERSION,
                              .name = "sign",
                              .operands = "weight, gradient, n, lr, shift",
                              .min = 5,
                              .max = 5,
                              .results = 2,
                              .flags = FX_OP_UPDATE,
                              .attrs = sign_attrs,
                              .attrs_size = sizeof(double),
                              .map = sign_map};

FX_TEST(optim, a_rule_of_ones_own_runs) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor w = fx_param(p, "w", fx_shape0(), fx_constant(3));
    double scale = 2, shift = 0.125;
    fx_optimizer *sign = fx_optimizer_new(p, &sign_op, &scale, 1, 0.25, 1, &shift);
    scale = shift = 77; /* both were copied */
    CHECK(fx_minimize(sign, fx_square(fx_use(g, w))) == FX_OK);
    CHECK(fx_item(w) == 3 - 0.5 - 0.125);
    CHECK(fx_set_lr(sign, 0.5) == FX_OK && fx_graph_reset(g) == FX_OK);
    CHECK(fx_minimize(sign, fx_square(fx_use(g, w))) == FX_OK);
    CHECK(fx_item(w) == 2.375 - 1 - 0.125 && fx_steps(sign) == 2);
}

FX_TEST(optim, a_rule_that_does_not_fit_is_refused) {
    static const double one = 1;
    static const struct {
        const fx_op *op;
        const void *attrs;
        int states, numbers;
        const double *scalars;
        const char *text;
    } misfits[] = {
        {NULL, NULL, 0, 0, NULL, "optimizer: op is NULL"},
        {&sign_op, NULL, 1, 1, &one, "optimizer: attrs is NULL, which sign needs"},
        {&sign_op, &one, 1, 1, NULL, "optimizer: scalars is NULL, which sign needs"},
        {&sign_op, &one, 0, 1, &one,
         "optimizer: sign takes 5 operands and gives 2 results, which are not weight, "
         "gradient, 0 states, learning rate, 1 numbers and weight, states"},
        {&sign_op, &one, 99, -97, &one,
         "optimizer: sign takes 5 operands and gives 2 results, which are not weight, "
         "gradient, 99 states, learning rate, -97 numbers and weight, states"},
    };
    fx_context *cx = test_context();
    fx_params *p = weights(cx, FX_F64);
    for (size_t i = 0; i < sizeof misfits / sizeof misfits[0]; i++) {
        CHECK(!fx_optimizer_new(p, misfits[i].op, misfits[i].attrs, misfits[i].states, 1,
                                misfits[i].numbers, misfits[i].scalars));
        CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
        CHECK_TEXT(fx_error_text(cx), misfits[i].text);
        fx_clear(cx);
    }
}

/* ------------------------------------------------------------------------------ penalty */

FX_TEST(optim, penalty_is_half_lambda_times_the_squares_of_what_is_trained) {
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        fx_context *cx = test_context();
        fx_graph *g = fx_graph_new(cx);
        fx_params *p = weights(cx, (fx_dtype)dtype);
        double w[WEIGHTS], gradient[WEIGHTS], sum = 0;
        CHECK(fx_freeze(p, "b", true) == FX_OK);
        fx_buffer(p, "running", fx_shape1(3), fx_constant(9));
        fx_tensor penalty = fx_l2_penalty(p, g, 0.5);
        CHECK(fx_tensor_dtype(penalty) == (fx_dtype)dtype && fx_backward(penalty) == FX_OK);
        for (int i = 0; i < 3; i += 2) {
            const fx_entry e = fx_params_at(p, i);
            CHECK(fx_read_f64(e.tensor, e.numel, w) == FX_OK);
            CHECK(fx_read_f64(fx_gradient(fx_params_gradients(p), e.tensor), e.numel, gradient) ==
                  FX_OK);
            for (int64_t k = 0; k < e.numel; k++) {
                sum += w[k] * w[k];
                CHECK_NEAR(gradient[k], 0.5 * w[k], 1e-7);
            }
        }
        CHECK_NEAR(fx_item(penalty), 0.25 * sum, dtype == FX_F32 ? 1e-6 : 1e-15);
        CHECK(fx_freeze(p, "*", true) == FX_OK);
        penalty = fx_l2_penalty(p, g, 1);
        CHECK(fx_item(penalty) == 0 && fx_tensor_dtype(penalty) == (fx_dtype)dtype);
    }
}

FX_TEST(optim, penalty_refuses_what_is_no_weight) {
    static const double lambdas[] = {-1, NAN, INFINITY};
    static const char *const texts[] = {
        "fx_l2_penalty: lambda is -1; it must be 0 or positive, and finite",
        "fx_l2_penalty: lambda is nan; it must be 0 or positive, and finite",
        "fx_l2_penalty: lambda is inf; it must be 0 or positive, and finite"};
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = weights(cx, FX_F64);
    for (int i = 0; i < 3; i++) {
        CHECK(!fx_tensor_valid(fx_l2_penalty(p, g, lambdas[i])));
        CHECK_TEXT(fx_error_text(cx), texts[i]);
        fx_clear(cx);
    }
    CHECK(!fx_tensor_valid(fx_l2_penalty(NULL, g, 1)));
    CHECK_TEXT(fx_error_text(cx), "fx_l2_penalty: params is NULL");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_l2_penalty(p, NULL, 1)));
    CHECK_TEXT(fx_error_text(cx), "fx_l2_penalty: graph is NULL");
    CHECK(!fx_tensor_valid(fx_l2_penalty(NULL, NULL, 1)));
}
