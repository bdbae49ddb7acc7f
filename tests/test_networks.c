/* SPDX-License-Identifier: MIT */
/* A network around every op: weights give activations, these are brought to the shapes and ranges
 * of a row's operands, and a loss judges what the op makes of them. Its derivatives by the weights
 * are held against differences to order 3, and its products with derivatives against each other. */
#include <math.h>
#include <string.h>

#include "cases/cases.h"
#include "fluxion/random.h"
#include "support.h"

/* Two features, two hidden units: a matrix, a bias, and the weights of the one output. */
enum { WEIGHTS = 8, DIRECTIONS = 2 };

/* Relative to the largest entry of the matrix that is multiplied. */
#define CLOSE 1e-12

static void networks_fill(const char *purpose, uint64_t which, int64_t n, double *out) {
    const fx_stream stream = {which, 0, fx_purpose(purpose)};
    for (int64_t e = 0; e < n; e++) out[e] = 4 * fx_uniform(stream, (uint64_t)e) - 2;
}

static fx_tensor networks_leaf(fx_graph *g, const char *purpose, fx_shape shape) {
    double values[WEIGHTS * DIRECTIONS];
    networks_fill(purpose, 0, case_numel(shape), values);
    return fx_input_f64(g, shape, values);
}

/* What the hidden layer makes of n fixed rows, between 0 and 1. */
static fx_tensor networks_activations(fx_graph *g, uint64_t which, fx_shape shape, fx_tensor w) {
    double rows[2 * CASE_ELEMENTS];
    const int64_t n = case_numel(shape);
    networks_fill("rows", which, 2 * n, rows);
    const fx_tensor in = fx_input_f64(g, fx_shape2(n, 2), rows);
    const fx_tensor matrix = fx_reshape(fx_narrow(w, 0, 0, 4), fx_shape2(2, 2));
    const fx_tensor hidden = fx_tanh(fx_linear(in, matrix, fx_narrow(w, 0, 4, 2)));
    return fx_reshape(fx_sigmoid(fx_matmul(hidden, fx_narrow(w, 0, 6, 2))), shape);
}

/* Operand i: within the row's limits and of its signs, or close to the row's values. */
static fx_tensor networks_operand(fx_graph *g, const case_row *row, int i, fx_tensor w) {
    double values[CASE_ELEMENTS];
    case_values(row, i, FX_F64, values);
    if (!case_varies(row, i))
        return case_input(g, case_dtype(row, i, FX_F64), row->x[i], values, CASE_DENSE, NULL);
    const bool usual = row->low[i] == 0 && row->high[i] == 0, given = row->values[i];
    const double low = given ? 0.99 : usual ? -2 : row->low[i];
    const double high = given ? 1.01 : usual ? 2 : row->high[i];
    for (int64_t e = 0; e < case_numel(row->x[i]) && !given; e++)
        values[e] = (row->either >> i & 1) && values[e] < 0 ? -1 : 1;
    const fx_tensor x =
        fx_mul(networks_activations(g, (uint64_t)i, row->x[i], w), fx_num(high - low));
    return fx_mul(fx_input_f64(g, row->x[i], values), fx_add(x, fx_num(low)));
}

/* What the row's call gives, as a vector. */
static fx_tensor networks_result(fx_graph *g, const case_row *row, fx_tensor w) {
    fx_tensor xs[CASE_OPERANDS];
    for (int i = 0; i < row->n; i++) xs[i] = networks_operand(g, row, i, w);
    return fx_reshape(row->f((void *)(uintptr_t)row, xs), fx_shape1(case_numel(row->y)));
}

static fx_tensor networks_loss(fx_graph *g, const case_row *row, fx_tensor y) {
    double target[CASE_ELEMENTS];
    case_seed(case_numel(row->y), 1, FX_F64, target);
    return fx_mse_loss(y, fx_input_f64(g, fx_shape1(case_numel(row->y)), target));
}

/* The loss along directions in the space of the weights. */
static fx_tensor networks_along(void *user, const fx_tensor *t) {
    const case_row *row = user;
    fx_graph *g = fx_tensor_graph(t[0]);
    const fx_tensor start = networks_leaf(g, "weights", fx_shape1(WEIGHTS));
    const fx_tensor to = networks_leaf(g, "directions", fx_shape2(WEIGHTS, DIRECTIONS));
    const fx_tensor w = fx_add(start, fx_matmul(to, t[0]));
    return networks_loss(g, row, networks_result(g, row, w));
}

/* A row that rounds to f32, or has no elements, has no differences. */
static bool networks_can(const case_row *row) {
    bool can = !row->flat && row->step == 0 && case_numel(row->y) > 0;
    for (int i = 0; i < row->n; i++) can = can && case_numel(row->x[i]) > 0;
    return can;
}

/* From one row to the next: valgrind, under which long double is narrow, takes its time. */
static int networks_stride(void) { return test_long_double_is_wide() ? 1 : 8; }

/* All but the rounding to f32. */
FX_TEST(networks, use_every_op_that_has_derivatives) {
    for (int i = 0; i < fx_ops_count(); i++) {
        const char *name = fx_ops_at(i)->name;
        bool smooth = false, used = false;
        for (int k = 0; case_at(k); k++) {
            if (strcmp(case_at(k)->op, name) != 0) continue;
            smooth = smooth || !case_at(k)->flat;
            used = used || networks_can(case_at(k));
        }
        CHECK_THAT(used || !smooth || strcmp(name, "cast") == 0, "no network uses %s", name);
    }
}

FX_TEST(networks, derivatives_are_those_of_differences_to_order_three) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_gradcheck_options options = fx_gradcheck_defaults();
    options.order = CASE_ORDER;
    for (int i = 0; case_at(i); i += networks_stride()) {
        const case_row *row = case_at(i);
        if (!networks_can(row)) continue;
        fx_gradcheck_report r;
        const fx_tensor t = fx_input_f64(g, fx_shape1(DIRECTIONS), (double[DIRECTIONS]){0});
        const fx_status status =
            fx_gradcheck(g, networks_along, (void *)(uintptr_t)row, 1, &t, &options, &r);
        CHECK_THAT(status == FX_OK, "%s: network: %s", case_title(row), fx_error_text(cx));
        CHECK_THAT(r.passed,
                   "%s: network: order %d, direction %d: %.17g by the rules, %.17g by differences "
                   "(%g times the tolerance)",
                   case_title(row), r.order, (int)r.element, r.analytic, r.numeric, r.error);
        fx_graph_reset(g);
    }
}

/* ---- products with derivatives ---- */

typedef struct networks_matrix {
    const char *what;
    int64_t rows, columns;
    double at[CASE_ELEMENTS * WEIGHTS];
} networks_matrix;

/* product is the matrix times the factor, or the transposed one. */
static void networks_check(const case_row *row, const networks_matrix *m, bool transposed,
                           const double *factor, fx_tensor product) {
    double found[CASE_ELEMENTS], largest = 0;
    const int64_t n = transposed ? m->columns : m->rows, k = transposed ? m->rows : m->columns;
    CHECK_THAT(fx_read_f64(product, n, found) == FX_OK, "%s: network: %s: %s", case_title(row),
               m->what, fx_error_text(fx_tensor_context(product)));
    for (int64_t e = 0; e < n * k; e++) largest = fmax(largest, fabs(m->at[e]));
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < k; j++)
            sum += m->at[transposed ? j * m->columns + i : i * m->columns + j] * factor[j];
        CHECK_THAT(fabs(found[i] - sum) <= CLOSE * largest,
                   "%s: network: %s, element %d: %.17g, not %.17g (the largest entry is %g)",
                   case_title(row), m->what, (int)i, found[i], sum, largest);
    }
}

static void networks_read(const case_row *row, fx_tensor t, networks_matrix *m) {
    CHECK_THAT(fx_read_f64(t, m->rows * m->columns, m->at) == FX_OK, "%s: network: %s: %s",
               case_title(row), m->what, fx_error_text(fx_tensor_context(t)));
}

static void networks_agree(fx_graph *g, const case_row *row) {
    double v[WEIGHTS], u[CASE_ELEMENTS];
    fx_tensor back;
    const fx_tensor w = networks_leaf(g, "weights", fx_shape1(WEIGHTS));
    const fx_tensor y = networks_result(g, row, w), loss = networks_loss(g, row, y);
    networks_fill("tangent", 0, WEIGHTS, v);
    case_seed(case_numel(row->y), 0, FX_F64, u);
    const fx_tensor tangent = fx_input_f64(g, fx_shape1(WEIGHTS), v);
    static networks_matrix j, h;
    j.what = "jacobian and jvp", j.rows = case_numel(row->y), j.columns = WEIGHTS;
    h.what = "hessian and hvp", h.rows = h.columns = WEIGHTS;
    networks_read(row, fx_jacobian(y, w), &j);
    networks_check(row, &j, false, v, fx_jvp(y, 1, &w, &tangent));
    j.what = "jacobian and fx_grad";
    fx_grad(y, fx_input_f64(g, fx_shape1(case_numel(row->y)), u), 1, &w, &back);
    networks_check(row, &j, true, u, back);
    networks_read(row, fx_hessian(loss, w), &h);
    networks_check(row, &h, false, v, fx_hvp(loss, w, tangent));
    h.what = "hessian, transposed";
    networks_check(row, &h, true, v, fx_hvp(loss, w, tangent));
}

FX_TEST(networks, products_agree_with_the_whole_matrices) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i += networks_stride()) {
        if (networks_can(case_at(i))) networks_agree(g, case_at(i));
        fx_graph_reset(g);
    }
}
