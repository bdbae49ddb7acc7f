/* SPDX-License-Identifier: MIT */
/* Jacobians and Hessians against matrices known by hand, by rows and by columns, and what they must
 * refuse. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "support.h"

static const double derivatives_a[6] = {1, 2, 3, 4, 5, 6};

/* All elements of t, which has this shape. */
static void derivatives_check(fx_tensor t, fx_shape shape, const double *want) {
    double values[CASE_ELEMENTS];
    const fx_context *cx = fx_tensor_context(t);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(fx_shape_equal(fx_tensor_shape(t), shape));
    CHECK(fx_read_f64(t, case_numel(shape), values) == FX_OK);
    for (int64_t e = 0; e < case_numel(shape); e++)
        CHECK_THAT(fabs(values[e] - want[e]) <= 1e-14 * fmax(1, fabs(want[e])),
                   "element %d is %.17g, not %.17g", (int)e, values[e], want[e]);
}

/* y = A x: as wide as high, then by columns: y = A' x. */
FX_TEST(op_derivatives, jacobian_of_a_product_is_the_matrix) {
    fx_graph *g = fx_graph_new(test_context());
    const double ones[] = {1, 1, 1}, turned[6] = {1, 4, 2, 5, 3, 6};
    const fx_tensor a = fx_input_f64(g, fx_shape2(2, 3), derivatives_a);
    const fx_tensor x = fx_input_f64(g, fx_shape1(3), ones),
                    z = fx_input_f64(g, fx_shape1(2), ones);
    derivatives_check(fx_jacobian(fx_matmul(a, x), x), fx_shape2(2, 3), derivatives_a);
    derivatives_check(fx_jacobian(fx_matmul(fx_transpose(a, 0, 1), z), z), fx_shape2(3, 2), turned);
    derivatives_check(fx_jacobian(fx_matmul(z, a), z), fx_shape2(3, 2), turned);
}

FX_TEST(op_derivatives, jacobian_has_the_sizes_of_both) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor x = fx_input_f64(g, fx_shape1(2), derivatives_a);
    const fx_tensor y = fx_mul(fx_input_f64(g, fx_shape2(3, 1), derivatives_a), fx_square(x));
    const double want[12] = {2, 0, 0, 4, 4, 0, 0, 8, 6, 0, 0, 12}; /* [3, 2, 2] */
    derivatives_check(fx_jacobian(y, x), fx_shape3(3, 2, 2), want);
    const fx_tensor number = fx_f64(g, 3);
    const double six = 6;
    derivatives_check(fx_jacobian(fx_square(number), number), fx_shape0(), &six);
    derivatives_check(fx_jacobian(fx_sum(x), x), fx_shape1(2), (const double[]){1, 1});
    derivatives_check(fx_jacobian(fx_mul(x, number), number), fx_shape1(2), derivatives_a);
    derivatives_check(fx_jacobian(x, x), fx_shape2(2, 2), (const double[]){1, 0, 0, 1});
    derivatives_check(fx_jacobian(y, number), fx_shape2(3, 2), (const double[6]){0});
}

FX_TEST(op_derivatives, jacobian_of_nothing_is_empty) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor none = fx_input_f64(g, fx_shape2(0, 3), NULL), x = fx_f64(g, 1);
    derivatives_check(fx_jacobian(fx_square(none), none), fx_shape4(0, 3, 0, 3), NULL);
    derivatives_check(fx_jacobian(fx_mul(x, x), none), fx_shape2(0, 3), NULL);
}

FX_TEST(op_derivatives, hessian_of_a_quadratic_form) {
    fx_graph *g = fx_graph_new(test_context());
    const double q[9] = {2, 1, 0, 1, 3, -1, 0, -1, 5};
    const fx_tensor x = fx_input_f64(g, fx_shape1(3), derivatives_a);
    const fx_tensor form = fx_matmul(x, fx_matmul(fx_input_f64(g, fx_shape2(3, 3), q), x));
    derivatives_check(fx_hessian(fx_mul(form, fx_num(0.5)), x), fx_shape2(3, 3), q);
    const double diagonal[9] = {6, 0, 0, 0, 12, 0, 0, 0, 18};
    derivatives_check(fx_hessian(fx_sum(fx_pow(x, fx_num(3))), x), fx_shape2(3, 3), diagonal);
    const fx_tensor w = fx_input_f64(g, fx_shape2(1, 2), derivatives_a);
    derivatives_check(fx_hessian(fx_square(fx_sum(w)), w), fx_shape4(1, 2, 1, 2),
                      (const double[]){2, 2, 2, 2});
    derivatives_check(fx_hessian(fx_sum(x), x), fx_shape2(3, 3), (const double[9]){0});
}

/* d3 sum x^4 = 24 x on the diagonal: the gradient of the Hessian's sum. */
FX_TEST(op_derivatives, can_be_differentiated_again) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor x = fx_input_f64(g, fx_shape1(3), derivatives_a);
    const fx_tensor h = fx_hessian(fx_sum(fx_pow(x, fx_num(4))), x);
    derivatives_check(fx_derivative(fx_sum(h), x), fx_shape1(3), (const double[]){24, 48, 72});
    double third[27] = {0};
    for (int i = 0; i < 3; i++) third[13 * i] = 24 * derivatives_a[i];
    derivatives_check(fx_jacobian(h, x), fx_shape3(3, 3, 3), third);
}

/* Where no matrix is known: symmetric, and its products are those of fx_hvp. */
FX_TEST(op_derivatives, hessian_agrees_with_its_products) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double start[4] = {0.3, -0.7, 1.1, 0.2};
    double h[16], column[4];
    const fx_tensor x = fx_input_f64(g, fx_shape2(2, 2), start);
    const fx_tensor y = fx_sum(fx_tanh(fx_matmul(fx_sigmoid(x), fx_square(x))));
    fx_read_f64(fx_hessian(y, x), 16, h);
    for (int j = 0; j < 4; j++) {
        double unit[4] = {0};
        unit[j] = 1;
        fx_read_f64(fx_hvp(y, x, fx_input_f64(g, fx_shape2(2, 2), unit)), 4, column);
        for (int i = 0; i < 4; i++) {
            CHECK_NEAR(h[i * 4 + j], column[i], 1e-14);
            CHECK_NEAR(h[i * 4 + j], h[j * 4 + i], 1e-14);
        }
    }
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(op_derivatives, f32_and_parameters) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const float narrow[] = {1, 2, 3};
    const fx_tensor x = fx_input_f32(g, fx_shape1(3), narrow);
    const fx_tensor h = fx_hessian(fx_sum(fx_pow(x, fx_num(3))), x);
    CHECK(fx_tensor_dtype(h) == FX_F32);
    derivatives_check(h, fx_shape2(3, 3), (const double[]){6, 0, 0, 0, 12, 0, 0, 0, 18});
    const fx_tensor tall = fx_concat(2, (const fx_tensor[]){x, x}, 0); /* by columns */
    derivatives_check(fx_jacobian(fx_square(tall), x), fx_shape2(6, 3),
                      (const double[]){2, 0, 0, 0, 4, 0, 0, 0, 6, 2, 0, 0, 0, 4, 0, 0, 0, 6});
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape1(2), fx_constant(3));
    const fx_tensor loss = fx_sum(fx_square(fx_use(g, w)));
    derivatives_check(fx_jacobian(fx_square(fx_use(g, w)), w), fx_shape2(2, 2),
                      (const double[]){6, 0, 0, 6});
    derivatives_check(fx_hessian(loss, w), fx_shape2(2, 2), (const double[]){2, 0, 0, 2});
}

/* Whether by rows or by columns. */
FX_TEST(op_derivatives, a_jacobian_is_of_the_dtype_of_y) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_input_f32(g, fx_shape1(2), (const float[]){1, 2});
    const fx_tensor y = fx_square(fx_cast(x, FX_F64));
    const fx_tensor rows = fx_jacobian(y, x);
    const fx_tensor columns = fx_jacobian(fx_concat(2, (const fx_tensor[]){y, y}, 0), x);
    CHECK(fx_tensor_dtype(rows) == FX_F64 && fx_tensor_dtype(columns) == FX_F64);
    derivatives_check(rows, fx_shape2(2, 2), (const double[]){2, 0, 0, 4});
    derivatives_check(columns, fx_shape2(4, 2), (const double[]){2, 0, 0, 4, 2, 0, 0, 4});
}

FX_TEST(op_derivatives, what_has_no_jacobian_is_refused) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor unset;
    memset(&unset, 0, sizeof unset);
    const fx_tensor x = fx_input_f64(g, (fx_shape){5, {1, 1, 1, 1, 1}}, derivatives_a);
    CHECK(!fx_tensor_valid(fx_jacobian(fx_square(x), x)));
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
    CHECK_TEXT(fx_error_text(cx), "fx_jacobian: ranks 5 of y and 5 of x add up to more than 8; "
                                  "fx_reshape y to fewer before x enters it");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_jacobian(x, unset)));
    CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx),
               "fx_jacobian: y must be a tensor of a graph, and x one of it or a parameter");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_jacobian(unset, unset)) && fx_error(cx) == FX_OK);
    const fx_tensor nowhere[] = {unset, fx_num(1), fx_none()};
    for (int i = 0; i < 3; i++) {
        CHECK(!fx_tensor_valid(i == 1 ? fx_hessian(nowhere[i], x) : fx_jacobian(nowhere[i], x)));
        CHECK(fx_error(cx) == FX_ERR_ARGUMENT);
        CHECK_TEXT(fx_error_text(cx),
                   i == 1 ? "fx_grad: y is a number, not a tensor of a graph"
                          : "fx_jacobian: y must be a tensor of a graph, and x one of it or a "
                            "parameter");
        fx_clear(cx);
    }
    const fx_tensor two = fx_input_f64(g, fx_shape1(2), derivatives_a);
    CHECK(!fx_tensor_valid(fx_hessian(two, two)));
    CHECK(fx_error(cx) == FX_ERR_SHAPE);
    fx_clear(cx);
    fx_graph_reset(g);
    const fx_tensor fresh = fx_f64(g, 1);
    CHECK(!fx_tensor_valid(fx_jacobian(two, fresh)) && fx_error(cx) == FX_ERR_ARGUMENT);
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_jacobian(fx_square(fresh), two)) && fx_error(cx) == FX_ERR_ARGUMENT);
    fx_clear(cx);
    CHECK(fx_item(fx_jacobian(fx_square(fresh), fresh)) == 2);
}

/* What it needs for itself it gives back. */
FX_TEST(op_derivatives, repeated_jacobians_hold_no_more_memory) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    size_t held = 0;
    for (int i = 0; i < 5; i++) {
        const fx_tensor x = fx_input_f64(g, fx_shape1(6), derivatives_a);
        CHECK(fx_tensor_valid(fx_hessian(fx_sum(fx_exp(x)), x)));
        fx_graph_reset(g);
        if (i == 1) held = fx_context_memory(cx).bytes;
    }
    CHECK(fx_context_memory(cx).bytes == held);
}

/* Each request in turn; what a Jacobian keeps for itself is given back. */
FX_TEST(op_derivatives, failing_requests_are_survived) {
    fx_context *cx = test_context();
    for (int forever = 0; forever < 2; forever++)
        for (int64_t n = 1;; n++) {
            fx_graph *g = fx_graph_new(cx);
            const fx_tensor x = fx_input_f64(g, fx_shape1(3), derivatives_a);
            fx_fail_request(cx, n, forever);
            double h[9];
            fx_read_f64(fx_hessian(fx_sum(fx_pow(x, fx_num(3))), x), 9, h);
            fx_fail_request(cx, 0, false);
            const fx_status status = fx_error(cx);
            fx_clear(cx);
            CHECK(status == FX_OK || status == FX_ERR_MEMORY);
            fx_graph_free(g);
            if (status != FX_OK) continue;
            CHECK(h[0] == 6 && h[4] == 12 && h[8] == 18 && h[1] == 0);
            break;
        }
}
