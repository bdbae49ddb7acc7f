/* SPDX-License-Identifier: MIT */
/* Normalizations and attention beyond one call of numbers: data far from 0, running statistics from
 * step to step, padding that is not a number, dropped weights. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "support.h"

/* ---- far from 0 ---- */

enum { FAR_ROWS = 2, FAR_SIZE = 12 };

enum { FAR_LAYER, FAR_GROUP, FAR_BATCH, FAR_KINDS };

static fx_tensor far_call(int kind, fx_tensor x) {
    if (kind == FAR_LAYER) return fx_layer_norm(x, 1, FX_NONE, FX_NONE, 1e-5);
    if (kind == FAR_GROUP) return fx_group_norm(x, 3, FX_NONE, FX_NONE, 1e-5);
    return fx_batch_norm(fx_transpose(x, 0, 1), FX_NONE, FX_NONE, FX_NONE, FX_NONE, 0.1, 1e-5);
}

/* Values and gradients of numbers that offset + number has exactly. */
static void far_run(fx_graph *g, int kind, int dtype, double offset, double *out) {
    enum { N = FAR_ROWS * FAR_SIZE };
    double values[N], seed[N];
    for (int i = 0; i < N; i++) {
        values[i] = offset + (i * 7 % 11 - 4) * 0.25;
        seed[i] = i * 5 % 13 - 6;
    }
    const fx_shape shape = fx_shape2(FAR_ROWS, FAR_SIZE);
    const fx_tensor x = fx_cast(fx_input_f64(g, shape, values), (fx_dtype)dtype);
    const fx_tensor y = far_call(kind, x);
    const fx_tensor s = fx_cast(fx_input_f64(g, fx_tensor_shape(y), seed), (fx_dtype)dtype);
    fx_tensor dx;
    CHECK(fx_grad(y, s, 1, &x, &dx) == FX_OK);
    CHECK(fx_read_f64(y, N, out) == FX_OK && fx_read_f64(dx, N, out + N) == FX_OK);
    fx_graph_reset(g);
}

/* An offset changes no digit but the last: |y| is near 1, |dx| near 10. */
FX_TEST(op_normalization, an_offset_costs_no_digits) {
    enum { N = 2 * FAR_ROWS * FAR_SIZE };
    static const double offsets[2][3] = {{1 << 10, 1 << 20, -(1 << 21)}, {1e6, 1LL << 40, -1e15}};
    fx_graph *g = fx_graph_new(test_context());
    for (int kind = 0; kind < FAR_KINDS; kind++)
        for (int dtype = 0; dtype < 2; dtype++)
            for (int k = 0; k < 3; k++) {
                double near[N], far[N];
                const double u = dtype == FX_F32 ? 0x1p-24 : 0x1p-53;
                far_run(g, kind, dtype, 0, near);
                far_run(g, kind, dtype, offsets[dtype][k], far);
                for (int i = 0; i < N; i++)
                    CHECK_THAT(fabs(near[i] - far[i]) <= (i < N / 2 ? 16 : 160) * u,
                               "kind %d, dtype %d, offset %g: %d is %.17g, without it %.17g", kind,
                               dtype, offsets[dtype][k], i, far[i], near[i]);
            }
}

/* ---- running statistics ---- */

typedef struct running {
    fx_context *cx;
    fx_graph *g;
    fx_params *p;
    fx_tensor weight, mean, variance;
} running;

static running running_of(void) {
    running r = {.cx = test_context()};
    r.g = fx_graph_new(r.cx);
    r.p = fx_params_new(r.cx, FX_F64, 1);
    r.weight = fx_param(r.p, "weight", fx_shape1(2), fx_constant(1));
    r.mean = fx_buffer(r.p, "mean", fx_shape1(2), fx_constant(0));
    r.variance = fx_buffer(r.p, "variance", fx_shape1(2), fx_constant(1));
    return r;
}

static const double running_values[] = {1, 10, 2, 20, 6, 30};

static fx_tensor running_norm(void *user, const fx_tensor *x) {
    const running *r = user;
    return fx_batch_norm(x[0], r->weight, FX_NONE, r->mean, r->variance, 0.25, 1e-5);
}

static fx_tensor running_input(const running *r) {
    return fx_input_f64(r->g, fx_shape2(3, 2), running_values);
}

static void running_check(const running *r, double m0, double m1, double v0, double v1) {
    double mean[2], variance[2];
    CHECK_TEXT(fx_error_text(r->cx), "");
    fx_read_f64(r->mean, 2, mean);
    fx_read_f64(r->variance, 2, variance);
    CHECK_NEAR(mean[0], m0, 1e-15);
    CHECK_NEAR(mean[1], m1, 1e-15);
    CHECK_NEAR(variance[0], v0, 1e-15);
    CHECK_NEAR(variance[1], v1, 1e-15);
}

static void running_stay(const void *attrs, const double *x, double *y) {
    (void)attrs;
    *y = x[0];
}

static const fx_op running_rule = {
    .version = FX_OP_VERSION,
    .name = "stay",
    .operands = "weight, gradient",
    .min = 2,
    .max = 2,
    .flags = FX_OP_UPDATE,
    .map = running_stay,
};

static void running_step(const running *r, fx_tensor y) {
    CHECK(fx_backward(fx_sum(fx_square(y))) == FX_OK);
    const fx_status status =
        fx_update(fx_params_gradients(r->p), &running_rule, NULL, 0, NULL, 0, NULL);
    CHECK_THAT(status == FX_OK, "%s", fx_error_text(r->cx));
    fx_graph_reset(r->g);
}

/* Means 3 and 20, variances of the sample 7 and 100, a quarter at a time. */
FX_TEST(op_normalization, running_statistics_follow_the_batches) {
    running r = running_of();
    fx_tensor x = running_input(&r);
    const fx_tensor y = running_norm(&r, &x);
    running_check(&r, 0, 0, 1, 1);
    running_step(&r, y);
    running_check(&r, 0.75, 5, 2.5, 25.75);
    x = running_input(&r);
    running_step(&r, fx_recompute(running_norm, &r, sizeof r, 1, &x)); /* runs twice, stores once */
    running_check(&r, 0.75 * 0.75 + 0.75, 8.75, 0.75 * 2.5 + 1.75, 0.75 * 25.75 + 25);
}

/* Checks, predictions and what is not recorded leave them alone. */
FX_TEST(op_normalization, running_statistics_stay) {
    running r = running_of();
    fx_tensor x = running_input(&r);
    fx_gradcheck_report report;
    CHECK(fx_gradcheck(r.g, running_norm, &r, 1, &x, NULL, &report) == FX_OK && report.passed);
    bool was = fx_record(r.g, false);
    running_norm(&r, &x);
    fx_record(r.g, was);
    was = fx_inference(r.g, true);
    double y[6];
    fx_read_f64(running_norm(&r, &x), 6, y);
    for (int i = 0; i < 6; i++) CHECK_NEAR(y[i], running_values[i] / sqrt(1 + 1e-5), 1e-15);
    fx_inference(r.g, was);
    running_step(&r, fx_mul(fx_use(r.g, r.weight), fx_num(2)));
    running_check(&r, 0, 0, 1, 1);
}

/* Without running statistics a prediction takes those of its batch. */
FX_TEST(op_normalization, without_running_statistics_the_batch_is_taken) {
    running r = running_of();
    double trained[6], predicted[6];
    const fx_tensor x = running_input(&r);
    fx_read_f64(fx_batch_norm(x, FX_NONE, FX_NONE, FX_NONE, FX_NONE, 0.1, 1e-5), 6, trained);
    fx_inference(r.g, true);
    fx_read_f64(fx_batch_norm(x, FX_NONE, FX_NONE, FX_NONE, FX_NONE, 0.1, 1e-5), 6, predicted);
    CHECK_TEXT(fx_error_text(r.cx), "");
    CHECK(memcmp(trained, predicted, sizeof trained) == 0);
}

static void running_refused(const running *r, fx_tensor y, const char *text) {
    CHECK_TEXT(fx_error_text(r->cx), text);
    CHECK(!fx_tensor_valid(y));
    fx_clear(r->cx);
}

FX_TEST(op_normalization, batch_norm_says_what_is_wrong) {
    running r = running_of();
    fx_tensor x = running_input(&r), none = FX_NONE;
    running_refused(&r, fx_batch_norm(x, none, none, r.mean, none, 0.1, 1e-5),
                    "batch_norm: mean and variance go together; give both or neither (x [3, 2], "
                    "weight left out, bias left out, mean [2], variance left out)");
    running_refused(&r, fx_batch_norm(x, none, none, none, r.variance, 0.1, 1e-5),
                    "batch_norm: mean and variance go together; give both or neither (x [3, 2], "
                    "weight left out, bias left out, mean left out, variance [2])");
    running_refused(&r, fx_batch_norm(x, none, none, r.mean, r.variance, 1.5, 1e-5),
                    "batch_norm: momentum = 1.5; it is in [0, 1] (x [3, 2], weight left out, bias "
                    "left out, mean [2], variance [2])");
    running_refused(&r, fx_batch_norm(x, none, none, r.mean, r.variance, NAN, 1e-5),
                    "batch_norm: momentum = nan; it is in [0, 1] (x [3, 2], weight left out, bias "
                    "left out, mean [2], variance [2])");
    running_refused(&r, fx_batch_norm(x, none, none, r.weight, r.variance, 0.1, 1e-5),
                    "fx_store: the first tensor is not a buffer");
    running_refused(&r, fx_batch_norm(r.weight, none, none, none, none, 0.1, 1e-5),
                    "batch_norm: all operands are parameters or numbers; write fx_use(graph, ...) "
                    "around one of them");
    running_refused(&r, fx_layer_norm(x, 1, fx_num(2), none, 1e-5),
                    "layer_norm: weight needs the shape of what is normalized, axis 1 of x and "
                    "those behind it (x [3, 2], weight [], bias left out)");
    const fx_tensor foreign = fx_f64(fx_graph_new(r.cx), 1);
    running_refused(&r, fx_layer_norm(x, 1, none, foreign, 1e-5),
                    "layer_norm: operand bias belongs to another graph; carry its values over with "
                    "fx_read_f64 and fx_input_f64");
    running_refused(&r, fx_scaled_dot_product_attention(x, x, foreign, none, NULL),
                    "scaled_dot_product_attention: operand v belongs to another graph; carry its "
                    "values over with fx_read_f64 and fx_input_f64");
    running_refused(&r, fx_scaled_dot_product_attention(r.mean, r.mean, r.mean, none, NULL),
                    "scaled_dot_product_attention: all operands are parameters or numbers; write "
                    "fx_use(graph, ...) around one of them");
}

/* ---- attention ---- */

/* A mask to choose with for 2 queries and 4 keys; the last takes part nowhere. */
static const bool padded_mask[] = {true, false, true, false, true, true, false, false};

static void padded_run(fx_graph *g, double what, double *out) {
    enum { E = 3 };
    double k[4 * E], v[4 * E], q[2 * E];
    for (int i = 0; i < 4 * E; i++) {
        k[i] = i < 3 * E ? 0.5 * (i * 5 % 7 - 3) : what;
        v[i] = i < 3 * E ? 0.25 * (i * 3 % 8 - 3) : what;
        q[i % (2 * E)] = 0.125 * (i % (2 * E) * 4 % 9 - 4.5);
    }
    const fx_tensor xs[] = {fx_input_f64(g, fx_shape2(2, E), q),
                            fx_input_f64(g, fx_shape2(4, E), k),
                            fx_input_f64(g, fx_shape2(4, E), v)};
    const fx_tensor mask = fx_input_bool(g, fx_shape2(2, 4), padded_mask);
    const fx_tensor y = fx_scaled_dot_product_attention(xs[0], xs[1], xs[2], mask, NULL);
    fx_tensor dxs[3];
    CHECK(fx_grad(fx_sum(fx_square(y)), FX_NONE, 3, xs, dxs) == FX_OK);
    fx_read_f64(y, 2 * E, out);
    fx_read_f64(dxs[0], 2 * E, out + 2 * E);
    fx_read_f64(dxs[1], 4 * E, out + 4 * E);
    fx_read_f64(dxs[2], 4 * E, out + 8 * E);
    CHECK_TEXT(fx_error_text(fx_graph_context(g)), "");
    fx_graph_reset(g);
}

FX_TEST(op_normalization, attention_does_not_see_padding) {
    static const double what[] = {NAN, INFINITY, 1e300};
    fx_graph *g = fx_graph_new(test_context());
    double zero[36], same[36];
    padded_run(g, 0, zero);
    for (int i = 0; i < 9; i++) CHECK(zero[6 + i] != 0 && zero[24 + i] != 0);
    for (int i = 0; i < 3; i++) CHECK(zero[21 + i] == 0 && zero[33 + i] == 0);
    for (int k = 0; k < 3; k++) {
        padded_run(g, what[k], same);
        CHECK_THAT(memcmp(zero, same, sizeof zero) == 0, "padding %g is seen", what[k]);
    }
}

/* Dropped weights are those of fx_dropout; a graph that predicts drops none. */
FX_TEST(op_normalization, attention_drops_weights) {
    fx_graph *g = fx_graph_new(test_context());
    fx_attention_options o = fx_attention_defaults();
    o.dropout = 0.5;
    o.scale = 1;
    double values[24], got[24], want[24], calm[24];
    case_seed(24, 0, FX_F64, values);
    const fx_tensor x = fx_input_f64(g, fx_shape2(8, 3), values);
    const fx_tensor weights = fx_softmax(fx_matmul(x, fx_transpose(x, 0, 1)), -1);
    fx_graph_seed(g, 5);
    fx_read_f64(fx_scaled_dot_product_attention(x, x, x, FX_NONE, &o), 24, got);
    fx_graph_seed(g, 5);
    fx_read_f64(fx_matmul(fx_dropout(weights, 0.5), x), 24, want);
    fx_read_f64(fx_matmul(weights, x), 24, calm);
    CHECK(memcmp(got, want, sizeof got) == 0 && memcmp(got, calm, sizeof got) != 0);
    fx_inference(g, true);
    fx_read_f64(fx_scaled_dot_product_attention(x, x, x, FX_NONE, &o), 24, got);
    CHECK(memcmp(got, calm, sizeof got) == 0);
}

/* A number for a mask is added to all scores, which changes nothing but rounding. */
FX_TEST(op_normalization, attention_takes_a_number_for_a_mask) {
    fx_graph *g = fx_graph_new(test_context());
    const float values[] = {1, 2, 3, 4, 5, 6};
    const fx_tensor x = fx_input_f32(g, fx_shape2(3, 2), values);
    double with[6], without[6];
    fx_read_f64(fx_scaled_dot_product_attention(x, x, x, fx_num(0.5), NULL), 6, with);
    fx_read_f64(fx_scaled_dot_product_attention(x, x, x, FX_NONE, NULL), 6, without);
    CHECK_TEXT(fx_error_text(fx_graph_context(g)), "");
    for (int i = 0; i < 6; i++) CHECK_NEAR(with[i], without[i], 1e-5);
}
