/* SPDX-License-Identifier: MIT */
/* What the rows of linear algebra cannot say: factors multiply to the matrix at any size, singular
 * matrices, conventions of sign, and where derivatives end. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "support.h"

enum { LINALG_SIDE = 24 };

static fx_tensor linalg_noise(fx_graph *g, fx_shape shape, uint64_t which) {
    static double values[2 * LINALG_SIDE * LINALG_SIDE];
    case_seed(case_numel(shape), which, FX_F64, values);
    return fx_input_f64(g, shape, values);
}

static fx_tensor linalg_matrix(fx_graph *g, int64_t m, int64_t n, const double *values) {
    return fx_input_f64(g, fx_shape2(m, n), values);
}

static double linalg_distance(fx_tensor a, fx_tensor b) {
    return fx_item(fx_sum(fx_abs(fx_sub(a, b)))) / (1 + fx_item(fx_sum(fx_abs(b))));
}

static fx_tensor linalg_turned(fx_tensor x) { return fx_transpose(x, -1, -2); }

static fx_tensor linalg_unit(fx_graph *g, int64_t n) {
    static double values[LINALG_SIDE * LINALG_SIDE];
    memset(values, 0, sizeof values);
    for (int64_t i = 0; i < n; i++) values[i * n + i] = 1;
    return linalg_matrix(g, n, n, values);
}

static fx_tensor linalg_scaled(fx_tensor columns, fx_tensor s) {
    return fx_mul(columns, fx_reshape(s, fx_shape2(1, -1)));
}

/* ---- products of factors ---- */

static void linalg_check_square(fx_graph *g, int64_t n) {
    const fx_tensor x = linalg_noise(g, fx_shape2(n, n), 1), unit = linalg_unit(g, n);
    const fx_tensor definite = fx_add(fx_matmul(x, linalg_turned(x)), unit);
    const fx_tensor l = fx_cholesky(definite);
    CHECK_NEAR(linalg_distance(fx_matmul(l, linalg_turned(l)), definite), 0, 1e-14);
    const fx_tensor b = linalg_noise(g, fx_shape2(n, 3), 2);
    CHECK_NEAR(linalg_distance(fx_matmul(definite, fx_solve(definite, b)), b), 0, 1e-12);
    CHECK_NEAR(linalg_distance(fx_matmul(fx_inverse(definite), definite), unit), 0, 1e-12);
    const fx_tensor y = fx_triangular_solve(l, b, false, false);
    const fx_tensor twice = fx_triangular_solve(l, y, false, true);
    CHECK_NEAR(linalg_distance(twice, fx_solve(definite, b)), 0, 1e-12);
    fx_tensor w, v, sign, log_abs;
    CHECK(fx_eigh(definite, &w, &v) == FX_OK);
    CHECK_NEAR(linalg_distance(fx_matmul(definite, v), linalg_scaled(v, w)), 0, 1e-13);
    CHECK_NEAR(linalg_distance(fx_matmul(linalg_turned(v), v), unit), 0, 1e-13);
    CHECK(fx_slogdet(definite, &sign, &log_abs) == FX_OK && fx_item(sign) == 1);
    CHECK_NEAR(fx_item(log_abs), fx_item(fx_sum(fx_log(w))), 1e-12);
    CHECK_NEAR(fx_item(fx_logdet(definite)), fx_item(log_abs), 1e-15);
}

static void linalg_check_factors(fx_graph *g, int64_t m, int64_t n) {
    const int64_t k = m < n ? m : n;
    const fx_tensor a = linalg_noise(g, fx_shape2(m, n), 3), unit = linalg_unit(g, k);
    fx_tensor q, r, u, s, vh;
    double values[LINALG_SIDE];
    if (m >= n) {
        CHECK(fx_qr(a, &q, &r) == FX_OK);
        CHECK_NEAR(linalg_distance(fx_matmul(q, r), a), 0, 1e-14);
        CHECK_NEAR(linalg_distance(fx_matmul(linalg_turned(q), q), unit), 0, 1e-14);
    }
    CHECK(fx_svd(a, &u, &s, &vh) == FX_OK);
    CHECK_NEAR(linalg_distance(fx_matmul(linalg_scaled(u, s), vh), a), 0, 1e-14);
    CHECK_NEAR(linalg_distance(fx_matmul(linalg_turned(u), u), unit), 0, 1e-13);
    CHECK_NEAR(linalg_distance(fx_matmul(vh, linalg_turned(vh)), unit), 0, 1e-13);
    fx_read_f64(s, k, values);
    for (int64_t i = 1; i < k; i++) CHECK(values[i] <= values[i - 1] && values[i] >= 0);
}

FX_TEST(op_linalg, factors_multiply_to_the_matrix) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t sizes[] = {1, 2, 5, 24};
    for (int i = 0; i < CASE_COUNT(sizes); i++) {
        linalg_check_square(g, sizes[i]);
        for (int j = 0; j < CASE_COUNT(sizes); j++) linalg_check_factors(g, sizes[i], sizes[j]);
        CHECK_TEXT(fx_error_text(cx), "");
        fx_graph_reset(g);
    }
}

/* Powers of two scale without rounding: neither huge nor tiny numbers overflow in between. */
FX_TEST(op_linalg, factors_do_not_depend_on_the_scale) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor a = linalg_noise(g, fx_shape2(5, 3), 3);
    const fx_tensor c = linalg_noise(g, fx_shape2(4, 4), 4);
    const double scales[] = {0x1p900, 0x1p-900};
    for (int i = 0; i < 2; i++) {
        fx_tensor q[2], r[2], s[2], w[2], v[2];
        for (int k = 0; k < 2; k++) {
            const fx_tensor by = fx_num(k ? scales[i] : 1);
            fx_qr(fx_mul(a, by), &q[k], &r[k]);
            fx_svd(fx_mul(a, by), NULL, &s[k], NULL);
            fx_eigh(fx_mul(c, by), &w[k], &v[k]);
        }
        CHECK(linalg_distance(q[1], q[0]) == 0 && linalg_distance(v[1], v[0]) == 0);
        CHECK(linalg_distance(fx_div(r[1], fx_num(scales[i])), r[0]) == 0);
        CHECK(linalg_distance(fx_div(s[1], fx_num(scales[i])), s[0]) == 0);
        CHECK(linalg_distance(fx_div(w[1], fx_num(scales[i])), w[0]) == 0);
    }
}

/* ---- singular matrices ---- */

/* Of rank n - 1 the cofactors are the derivative; of rank n - 2 they are 0. */
FX_TEST(op_linalg, a_singular_determinant_has_its_derivative) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double a[] = {1, 2, 3, 4, 5, 6, 5, 7, 9}, cofactors[] = {3, -6, 3, 3, -6, 3, -3, 6, -3};
    const double low[] = {1, 2, 3, 2, 4, 6, -1, -2, -3};
    double dx[9];
    for (int i = 0; i < 2; i++) {
        const fx_tensor x = linalg_matrix(g, 3, 3, i ? low : a), y = fx_det(x);
        CHECK_NEAR(fx_item(y), 0, 1e-14);
        fx_read_f64(fx_derivative(y, x), 9, dx);
        for (int k = 0; k < 9; k++) CHECK_NEAR(dx[k], i ? 0 : cofactors[k], 1e-13);
    }
    const double holes[] = {0, 1, 0, 2, 0, 0, 0, 0, 0};
    const fx_tensor hollow = linalg_matrix(g, 3, 3, holes);
    fx_read_f64(fx_derivative(fx_det(hollow), hollow), 9, dx);
    for (int k = 0; k < 9; k++) CHECK(dx[k] == (k == 8 ? -2 : 0));
    const fx_tensor zero = linalg_matrix(g, 1, 1, (double[]){0});
    CHECK(fx_item(fx_det(zero)) == 0 && fx_item(fx_derivative(fx_det(zero), zero)) == 1);
    CHECK_TEXT(fx_error_text(cx), "");
    const fx_tensor x = linalg_matrix(g, 3, 3, low);
    fx_hvp(fx_det(x), x, x);
    CHECK(fx_error(cx) == FX_ERR_DATA);
    CHECK(strstr(fx_error_text(cx), "cofactors: solve: matrix 0 is singular: pivot 1 is 0"));
}

FX_TEST(op_linalg, a_singular_logarithm_is_infinite_and_has_no_derivative) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = linalg_matrix(g, 2, 2, (double[]){1, 2, 2, 4});
    fx_tensor sign, log_abs;
    CHECK(fx_slogdet(x, &sign, &log_abs) == FX_OK);
    CHECK(fx_item(sign) == 0 && fx_item(log_abs) == -INFINITY);
    CHECK(fx_item(fx_sum(fx_derivative(sign, x))) == 0);
    CHECK(!fx_tensor_valid(fx_derivative(log_abs, x)) && fx_error(cx) == FX_ERR_DATA);
    CHECK(strstr(fx_error_text(cx), "inverse: matrix 0 is singular: pivot 1 is 0"));
}

/* The second of a stack is at fault, and only the triangle that is asked for is read. */
FX_TEST(op_linalg, the_matrix_at_fault_is_named) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double stack[] = {1, 0, 0, 1, 1, 2, 2, 1}, b[] = {1, 1};
    const fx_tensor x = fx_input_f64(g, fx_shape3(2, 2, 2), stack);
    CHECK(!fx_tensor_valid(fx_cholesky(x)) && fx_error(cx) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(cx), "cholesky: matrix 1 is not positive definite: -3 is left in "
                                  "column 1; add a multiple of the identity (A [2, 2, 2])");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_logdet(x)));
    CHECK_TEXT(fx_error_text(cx),
               "logdet: the determinant of matrix 1 is negative; fx_slogdet takes any (A [2, 2, "
               "2])");
    fx_clear(cx);
    const fx_tensor hidden = linalg_matrix(g, 2, 2, (double[]){1, NAN, 1, 2});
    double y[2];
    fx_read_f64(fx_triangular_solve(hidden, fx_input_f64(g, fx_shape1(2), b), false, false), 2, y);
    CHECK(y[0] == 1 && y[1] == 0);
}

/* ---- what is not unique ---- */

FX_TEST(op_linalg, values_of_zero_get_orthogonal_vectors) {
    fx_graph *g = fx_graph_new(test_context());
    const double rank_one[] = {1, 2, 2, 4, 3, 6, 0, 0};
    fx_tensor u, s, vh;
    for (int i = 0; i < 2; i++) {
        const fx_tensor a = fx_mul(linalg_matrix(g, 4, 2, rank_one), fx_num(i));
        CHECK(fx_svd(a, &u, &s, &vh) == FX_OK);
        CHECK_NEAR(linalg_distance(fx_matmul(linalg_turned(u), u), linalg_unit(g, 2)), 0, 1e-14);
        CHECK_NEAR(linalg_distance(fx_matmul(linalg_scaled(u, s), vh), a), 0, 1e-14);
    }
    fx_tensor q, r;
    fx_qr(linalg_matrix(g, 4, 2, (double[8]){0}), &q, &r);
    CHECK_NEAR(linalg_distance(fx_matmul(linalg_turned(q), q), linalg_unit(g, 2)), 0, 0);
}

/* Values alone need no division: equal eigenvalues and singular values are no obstacle. */
FX_TEST(op_linalg, equal_values_have_first_derivatives) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = linalg_unit(g, 3);
    fx_tensor w, v, s;
    fx_eigh(x, &w, &v);
    CHECK(linalg_distance(fx_derivative(fx_sum(w), x), x) == 0);
    fx_svd(x, NULL, &s, NULL);
    CHECK(linalg_distance(fx_derivative(fx_sum(s), x), x) == 0);
    const fx_tensor lost = fx_derivative(fx_sum(fx_mul(v, linalg_noise(g, fx_shape2(3, 3), 1))), x);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(!isfinite(fx_item(fx_sum(fx_abs(lost)))));
}

/* A NaN goes on; nothing hangs on it. */
FX_TEST(op_linalg, nan_goes_on) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_tensor out[9];
    for (int at = 0; at < 9; at++) {
        double values[9] = {4, 1, 0, 1, 5, 1, 0, 1, 6};
        values[at] = NAN;
        const fx_tensor x = linalg_matrix(g, 3, 3, values);
        fx_svd(x, &out[0], &out[1], &out[2]);
        fx_eigh(x, &out[3], &out[4]);
        fx_qr(x, &out[5], &out[6]);
        out[7] = fx_inverse(x);
        out[8] = fx_det(x);
        for (int k = 0; k < 9; k++) CHECK(isnan(fx_item(fx_sum(out[k]))));
        CHECK(isnan(fx_item(fx_sum(fx_cholesky(x)))));
        CHECK(isnan(fx_item(fx_sum(fx_derivative(out[8], x)))));
    }
    CHECK_TEXT(fx_error_text(cx), "");
}
