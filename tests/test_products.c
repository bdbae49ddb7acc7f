/* SPDX-License-Identifier: MIT */
/* Products with Jacobians, Hessians and the Gauss-Newton matrix against the matrices themselves. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "support.h"

/* A network of two parameters, w [3, 2] and b [3]: y = tanh(x w' + b), for four rows of x. Its
 * loss is sum_i ln sum_j e^y_ij + (sum y)^2, whose Hessian is full and positive semidefinite. */
enum { PRODUCTS_Y = 12, PRODUCTS_W = 6, PRODUCTS_B = 3 };

static const double products_w[PRODUCTS_W] = {0.3, -0.7, 1.1, 0.2, -0.4, 0.9};
static const double products_b[PRODUCTS_B] = {0.1, -0.2, 0.4};
static const double products_v[PRODUCTS_W + PRODUCTS_B] = {1, -2, 0.5, 3, -1, 0.25, 2, -0.75, 1};
static const double products_x[8] = {0.5, -1, 1.5, 0.25, -0.75, 2, 1, 1};

typedef struct products_net {
    fx_context *cx;
    fx_graph *g;
    fx_tensor xs[2], vs[2], y, loss;
} products_net;

static fx_tensor products_y(const fx_tensor *xs) {
    fx_graph *g = fx_tensor_graph(xs[0]);
    const fx_tensor x =
        fx_cast(fx_input_f64(g, fx_shape2(4, 2), products_x), fx_tensor_dtype(xs[0]));
    return fx_tanh(fx_linear(x, xs[0], xs[1]));
}

static fx_tensor products_loss(fx_tensor y) {
    return fx_add(fx_sum(fx_logsumexp(y)), fx_square(fx_sum(y)));
}

static products_net products_begin(fx_context *cx, fx_dtype dtype) {
    products_net p = {.cx = cx, .g = fx_graph_new(cx)};
    const fx_shape shapes[] = {fx_shape2(3, 2), fx_shape1(3)};
    const double *values[] = {products_w, products_b};
    for (int i = 0; i < 2; i++) {
        p.xs[i] = fx_cast(fx_input_f64(p.g, shapes[i], values[i]), dtype);
        p.vs[i] = fx_cast(fx_input_f64(p.g, shapes[i], products_v + PRODUCTS_W * i), dtype);
    }
    p.y = products_y(p.xs);
    p.loss = products_loss(p.y);
    return p;
}

/* J, [12, 9], and H, [12, 12], entry by entry. */
static void products_matrices(const products_net *p, double j[PRODUCTS_Y][9],
                              double h[PRODUCTS_Y][PRODUCTS_Y]) {
    double w[PRODUCTS_Y * PRODUCTS_W], b[PRODUCTS_Y * PRODUCTS_B];
    fx_read_f64(fx_jacobian(p->y, p->xs[0]), PRODUCTS_Y * PRODUCTS_W, w);
    fx_read_f64(fx_jacobian(p->y, p->xs[1]), PRODUCTS_Y * PRODUCTS_B, b);
    fx_read_f64(fx_hessian(p->loss, p->y), PRODUCTS_Y * PRODUCTS_Y, h[0]);
    for (int i = 0; i < PRODUCTS_Y; i++)
        for (int k = 0; k < 9; k++) j[i][k] = k < 6 ? w[6 * i + k] : b[3 * i + k - 6];
    CHECK_TEXT(fx_error_text(p->cx), "");
}

static void products_read(const products_net *p, const fx_tensor *out, double *values) {
    CHECK_TEXT(fx_error_text(p->cx), "");
    for (int i = 0; i < 2; i++)
        CHECK(fx_shape_equal(fx_tensor_shape(out[i]), fx_tensor_shape(p->xs[i])));
    fx_read_f64(out[0], PRODUCTS_W, values);
    fx_read_f64(out[1], PRODUCTS_B, values + PRODUCTS_W);
}

FX_TEST(products, all_agree_with_the_matrices) {
    const products_net p = products_begin(test_context(), FX_F64);
    static double j[PRODUCTS_Y][9], h[PRODUCTS_Y][PRODUCTS_Y];
    double jv[PRODUCTS_Y], hjv[PRODUCTS_Y], seen[PRODUCTS_Y], want;
    fx_tensor out[2];
    products_matrices(&p, j, h);
    for (int i = 0; i < PRODUCTS_Y; i++) {
        jv[i] = 0;
        for (int k = 0; k < 9; k++) jv[i] += j[i][k] * products_v[k];
    }
    for (int i = 0; i < PRODUCTS_Y; i++) {
        hjv[i] = 0;
        for (int k = 0; k < PRODUCTS_Y; k++) hjv[i] += h[i][k] * jv[k];
    }
    fx_read_f64(fx_jvp(p.y, 2, p.xs, p.vs), PRODUCTS_Y, seen);
    for (int i = 0; i < PRODUCTS_Y; i++) CHECK_NEAR(seen[i], jv[i], 1e-14);
    fx_read_f64(fx_hvp(p.loss, p.y, fx_jvp(p.y, 2, p.xs, p.vs)), PRODUCTS_Y, seen);
    for (int i = 0; i < PRODUCTS_Y; i++) CHECK_NEAR(seen[i], hjv[i], 1e-14);
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, seen);
    for (int k = 0; k < 9; k++) {
        want = 0;
        for (int i = 0; i < PRODUCTS_Y; i++) want += j[i][k] * hjv[i];
        CHECK_NEAR(seen[k], want, 1e-14);
    }
}

/* One x is the same as two of which the other's vector is zero. */
FX_TEST(products, of_one_x_is_a_block_of_the_matrix) {
    const products_net p = products_begin(test_context(), FX_F64);
    double one[PRODUCTS_W], both[9];
    fx_tensor out[2];
    const fx_tensor vs[] = {p.vs[0], fx_num(0)};
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, vs, out) == FX_OK);
    products_read(&p, out, both);
    CHECK(fx_gauss_newton(p.y, p.loss, 1, p.xs, p.vs, out) == FX_OK);
    fx_read_f64(out[0], PRODUCTS_W, one);
    for (int k = 0; k < PRODUCTS_W; k++) CHECK_NEAR(one[k], both[k], 1e-15);
}

/* 2/N J'J v: from the two products that it is made of. */
FX_TEST(products, gauss_newton_of_a_squared_error) {
    const products_net p = products_begin(test_context(), FX_F64);
    double seen[9], want[9];
    fx_tensor out[2];
    const fx_tensor target = fx_full_like(p.y, 0.3);
    CHECK(fx_gauss_newton(p.y, fx_mse_loss(p.y, target), 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, seen);
    fx_grad(p.y, fx_jvp(p.y, 2, p.xs, p.vs), 2, p.xs, out);
    products_read(&p, out, want);
    for (int k = 0; k < 9; k++) CHECK_NEAR(seen[k], want[k] * 2 / PRODUCTS_Y, 1e-14);
}

/* Where y does not curve it is the Hessian; where it does the Hessian may be negative. */
FX_TEST(products, gauss_newton_is_the_hessian_without_the_curvature_of_y) {
    fx_graph *g = fx_graph_new(test_context());
    double gauss[3], hessian[3];
    const fx_tensor x = fx_input_f64(g, fx_shape1(3), products_x);
    const fx_tensor v = fx_input_f64(g, fx_shape1(3), products_v);
    const fx_tensor a = fx_input_f64(g, fx_shape2(2, 3), products_w), y = fx_matmul(a, x);
    const fx_tensor loss = products_loss(y);
    fx_tensor out;
    CHECK(fx_gauss_newton(y, loss, 1, &x, &v, &out) == FX_OK);
    fx_read_f64(out, 3, gauss);
    fx_read_f64(fx_hvp(loss, x, v), 3, hessian);
    for (int i = 0; i < 3; i++) CHECK_NEAR(gauss[i], hessian[i], 1e-14);
    /* x^2 about 9 at x = 1: the Hessian is 12 x^2 - 36, Gauss-Newton 8 x^2. */
    const fx_tensor one = fx_f64(g, 1), unit = fx_f64(g, 1), square = fx_square(one);
    const fx_tensor error = fx_mse_loss(square, fx_f64(g, 9));
    CHECK(fx_gauss_newton(square, error, 1, &one, &unit, &out) == FX_OK);
    CHECK(fx_item(out) == 8 && fx_item(fx_hvp(error, one, unit)) == -24);
}

FX_TEST(products, gauss_newton_is_symmetric_and_not_negative) {
    const products_net p = products_begin(test_context(), FX_F64);
    double v[8][9], gv[8][9];
    for (int k = 0; k < 8; k++) {
        case_seed(9, (uint64_t)k, FX_F64, v[k]);
        fx_tensor out[2], vs[2];
        vs[0] = fx_input_f64(p.g, fx_shape2(3, 2), v[k]);
        vs[1] = fx_input_f64(p.g, fx_shape1(3), v[k] + PRODUCTS_W);
        CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, vs, out) == FX_OK);
        products_read(&p, out, gv[k]);
    }
    for (int a = 0; a < 8; a++)
        for (int b = 0; b <= a; b++) {
            double ab = 0, ba = 0;
            for (int i = 0; i < 9; i++) ab += v[a][i] * gv[b][i], ba += v[b][i] * gv[a][i];
            CHECK_NEAR(ab, ba, 1e-13);
            CHECK(a != b || ab > 0);
        }
}

static fx_tensor products_again(void *user, const fx_tensor *xs) {
    const fx_tensor y = products_y(xs);
    fx_tensor out[2];
    (void)user;
    fx_gauss_newton(y, products_loss(y), 2, xs, xs + 2, out);
    return fx_add(fx_sum(fx_square(out[0])), fx_sum(fx_square(out[1])));
}

FX_TEST(products, gauss_newton_can_be_differentiated_again) {
    const products_net p = products_begin(test_context(), FX_F64);
    const fx_tensor xs[] = {p.xs[0], p.xs[1], p.vs[0], p.vs[1]};
    fx_gradcheck_options options = fx_gradcheck_defaults();
    fx_gradcheck_report report;
    CHECK(fx_gradcheck(p.g, products_again, NULL, 4, xs, &options, &report) == FX_OK);
    CHECK_THAT(report.passed, "order %d, operand %d, element %d: %g, %g", report.order,
               report.operand, (int)report.element, report.analytic, report.numeric);
}

/* The numbers do not depend on it; the history does. */
FX_TEST(products, are_computed_where_nothing_is_recorded) {
    const products_net p = products_begin(test_context(), FX_F64);
    double on[9], off[9];
    fx_tensor out[2], dx;
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, on);
    CHECK(fx_grad(out[0], out[0], 1, p.xs, &dx) == FX_OK && fx_item(fx_sum(fx_abs(dx))) > 0);
    fx_record(p.g, false);
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_OK);
    CHECK(!fx_record(p.g, true));
    products_read(&p, out, off);
    CHECK(memcmp(on, off, sizeof on) == 0);
    CHECK(fx_grad(out[0], out[0], 1, p.xs, &dx) == FX_OK && fx_item(fx_sum(fx_abs(dx))) == 0);
}

FX_TEST(products, of_f32_and_of_parameters) {
    products_net narrow = products_begin(test_context(), FX_F32);
    products_net p = products_begin(narrow.cx, FX_F64);
    double want[9], seen[9];
    fx_tensor out[2];
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, want);
    CHECK(fx_gauss_newton(narrow.y, narrow.loss, 2, narrow.xs, narrow.vs, out) == FX_OK);
    CHECK(fx_tensor_dtype(out[0]) == FX_F32);
    products_read(&narrow, out, seen);
    for (int k = 0; k < 9; k++) CHECK_NEAR(seen[k], want[k], 1e-5);
    fx_params *params = fx_params_new(p.cx, FX_F64, 0);
    p.xs[0] = fx_param(params, "w", fx_shape2(3, 2), fx_constant(0));
    p.xs[1] = fx_param(params, "b", fx_shape1(3), fx_constant(0));
    fx_write_f64(p.xs[0], PRODUCTS_W, products_w);
    fx_write_f64(p.xs[1], PRODUCTS_B, products_b);
    const fx_tensor x = fx_input_f64(p.g, fx_shape2(4, 2), products_x);
    p.y = fx_tanh(fx_linear(x, p.xs[0], p.xs[1]));
    CHECK(fx_gauss_newton(p.y, products_loss(p.y), 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, seen);
    CHECK(memcmp(seen, want, sizeof want) == 0);
}

/* What the loss does not see of y, or y of x, counts as zero. */
FX_TEST(products, of_what_does_not_depend_is_zero) {
    const products_net p = products_begin(test_context(), FX_F64);
    double seen[9];
    fx_tensor out[2];
    const fx_tensor apart = products_loss(fx_full_like(p.y, 2));
    CHECK(fx_gauss_newton(p.y, apart, 2, p.xs, p.vs, out) == FX_OK);
    products_read(&p, out, seen);
    for (int k = 0; k < 9; k++) CHECK(seen[k] == 0);
    CHECK(fx_gauss_newton(p.y, p.loss, 1, p.vs, p.vs, out) == FX_OK);
    CHECK(fx_item(fx_sum(fx_square(out[0]))) == 0);
}

static void products_check_error(const products_net *p, fx_status status, fx_status want,
                                 const char *text) {
    CHECK_THAT(status == want && fx_error(p->cx) == want, "%s: %s", text, fx_error_text(p->cx));
    CHECK_TEXT(fx_error_text(p->cx), text);
    fx_clear(p->cx);
}

FX_TEST(products, what_cannot_be_multiplied_is_refused) {
    const products_net p = products_begin(test_context(), FX_F64);
    const char *const few = "fx_gauss_newton: n is below 1, or xs or the tangents are NULL";
    fx_tensor out[2], unset;
    memset(&unset, 0, sizeof unset);
    products_check_error(&p, fx_gauss_newton(p.y, p.loss, 0, p.xs, p.vs, out), FX_ERR_ARGUMENT,
                         few);
    products_check_error(&p, fx_gauss_newton(p.y, p.loss, 2, NULL, p.vs, out), FX_ERR_ARGUMENT,
                         few);
    products_check_error(&p, fx_gauss_newton(p.y, p.loss, 2, p.xs, NULL, out), FX_ERR_ARGUMENT,
                         few);
    products_check_error(&p, fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, NULL), FX_ERR_ARGUMENT,
                         few);
    products_check_error(&p, fx_gauss_newton(p.y, p.y, 2, p.xs, p.vs, out), FX_ERR_SHAPE,
                         "fx_gauss_newton: the loss has 12 elements, not one");
    CHECK(!fx_tensor_valid(out[0]) && !fx_tensor_valid(out[1]));
    const fx_tensor none = fx_input_f64(p.g, fx_shape1(0), NULL);
    products_check_error(&p, fx_gauss_newton(p.y, none, 2, p.xs, p.vs, out), FX_ERR_SHAPE,
                         "fx_gauss_newton: the loss has 0 elements, not one");
    products_check_error(&p, fx_gauss_newton(p.y, unset, 2, p.xs, p.vs, out), FX_ERR_ARGUMENT,
                         "fx_grad: y is unset");
    products_check_error(&p, fx_gauss_newton(fx_num(1), p.loss, 2, p.xs, p.vs, out),
                         FX_ERR_ARGUMENT, "fx_grad: y is a number, not a tensor of a graph");
    products_check_error(&p, fx_gauss_newton(p.y, p.loss, 2, p.xs, p.xs + 1, out), FX_ERR_SHAPE,
                         "fx_grad: the seed has another shape or dtype than y");
    CHECK(fx_gauss_newton(unset, unset, 1, &unset, &unset, out) == FX_ERR_ARGUMENT);
    CHECK(!fx_tensor_valid(fx_jvp(p.y, 0, p.xs, p.vs)));
    products_check_error(&p, FX_ERR_ARGUMENT, FX_ERR_ARGUMENT,
                         "fx_jvp: n is below 1, or xs or the tangents are NULL");
    CHECK(!fx_tensor_valid(fx_jvp(p.y, 2, p.xs, NULL)));
    products_check_error(&p, FX_ERR_ARGUMENT, FX_ERR_ARGUMENT,
                         "fx_jvp: n is below 1, or xs or the tangents are NULL");
    CHECK(!fx_tensor_valid(fx_jvp(fx_num(1), 2, p.xs, p.vs)));
    products_check_error(&p, FX_ERR_ARGUMENT, FX_ERR_ARGUMENT,
                         "fx_grad: y is a number, not a tensor of a graph");
    fx_fail(p.cx, FX_ERR_DATA, "the first");
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_ERR_DATA);
    CHECK(!fx_tensor_valid(fx_jvp(p.y, 2, p.xs, p.vs)) && !fx_tensor_valid(out[1]));
    products_check_error(&p, FX_ERR_DATA, FX_ERR_DATA, "the first");
    CHECK(fx_gauss_newton(p.y, p.loss, 2, p.xs, p.vs, out) == FX_OK);
}

/* What they need for themselves they give back. */
FX_TEST(products, repeated_hold_no_more_memory) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    size_t held = 0;
    for (int i = 0; i < 5; i++) {
        fx_tensor x = fx_input_f64(g, fx_shape1(3), products_w), out;
        const fx_tensor y = fx_square(x);
        CHECK(fx_gauss_newton(y, fx_sum(fx_exp(y)), 1, &x, &x, &out) == FX_OK);
        fx_graph_reset(g);
        if (i == 1) held = fx_context_memory(cx).bytes;
    }
    CHECK(fx_context_memory(cx).bytes == held);
}

/* Each request in turn; what a product keeps for itself is given back. */
FX_TEST(products, failing_requests_are_survived) {
    fx_context *cx = test_context();
    for (int forever = 0; forever < 2; forever++)
        for (int64_t n = 1;; n++) {
            fx_graph *g = fx_graph_new(cx);
            fx_tensor x = fx_input_f64(g, fx_shape1(3), products_w);
            fx_tensor v = fx_input_f64(g, fx_shape1(3), products_v), out;
            fx_fail_request(cx, n, forever);
            double values[3];
            const fx_tensor y = fx_square(x);
            fx_gauss_newton(y, fx_mse_loss(y, fx_zeros_like(y)), 1, &x, &v, &out);
            fx_read_f64(out, 3, values);
            fx_fail_request(cx, 0, false);
            const fx_status status = fx_error(cx);
            fx_clear(cx);
            CHECK(status == FX_OK || status == FX_ERR_MEMORY);
            CHECK(fx_record(g, true)); /* whatever failed, recording is on as before */
            fx_graph_free(g);
            if (status != FX_OK) continue;
            for (int i = 0; i < 3; i++) /* 2/3 (2 x)^2 v */
                CHECK_NEAR(values[i], 8.0 / 3 * products_w[i] * products_w[i] * products_v[i],
                           1e-15);
            break;
        }
}
