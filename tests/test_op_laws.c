/* SPDX-License-Identifier: MIT */
/* Every op is what its cases say: a row for each op, values against references in more digits,
 * derivatives by central differences and by a complex step, exact numbers at kinks and edges. */
#include <stdio.h>
#include <string.h>

#include "cases/exact.h"
#include "kernel_data.h"
#include "support.h"

enum { LAWS_GRADIENT_ULPS = 4 };

static bool laws_composed(const fx_op *op) {
    return !op->infer && !op->kernel && !op->map && !op->row[0] && !op->row[1];
}

FX_TEST(op_laws, every_op_has_a_row_and_every_row_an_op) {
    CHECK(fx_ops_count() > 0 && fx_ops_at(-1) == NULL && fx_ops_at(fx_ops_count()) == NULL);
    CHECK(fx_ops_find(NULL) == NULL && fx_ops_find("") == NULL && fx_ops_find("ad") == NULL);
    for (int i = 0; i < fx_ops_count(); i++) {
        const char *name = fx_ops_at(i)->name;
        bool found = false;
        for (int k = 0; case_at(k); k++) found = found || strcmp(case_at(k)->op, name) == 0;
        CHECK_THAT(found, "%s has no row in tests/cases", name);
        CHECK_THAT(fx_ops_find(name) == fx_ops_at(i), "two ops are called %s", name);
    }
    for (int k = 0; case_at(k); k++) {
        CHECK_THAT(fx_ops_find(case_at(k)->op) != NULL, "a row stands for %s, which is no op",
                   case_at(k)->op);
        CHECK_THAT(case_find(case_at(k)->op, case_at(k)->what) == case_at(k),
                   "two rows are called %s", case_title(case_at(k)));
    }
}

FX_TEST(op_laws, rows_keep_within_their_limits) {
    for (int k = 0; case_at(k); k++) {
        const case_row *row = case_at(k);
        bool fits = row->n <= CASE_OPERANDS && case_numel(row->y) <= CASE_ELEMENTS;
        for (int i = 0; i < row->n && fits; i++) fits = case_numel(row->x[i]) <= CASE_ELEMENTS;
        CHECK_THAT(fits, "%s has more than %d operands, or one of more than %d elements",
                   case_title(row), CASE_OPERANDS, CASE_ELEMENTS);
    }
}

/* How many names an operands text has, and how many of them are needed; -1: any. */
static void laws_count(const char *text, int *min, int *max) {
    *min = *max = 0;
    for (const char *at = text; at && *at; at++) {
        const bool ends = at[1] == ',' || at[1] == '\0';
        if (!ends || *at == ' ') continue;
        *max += *max >= 0;
        *min += *at != '?';
        if (*at == '.') *max = -1;
    }
}

/* Whether its first row has no slope. */
static bool laws_flat(const fx_op *op) {
    int i = 0;
    while (case_at(i) && strcmp(case_at(i)->op, op->name) != 0) i++;
    return case_at(i) && case_at(i)->flat;
}

/* "value;  derivatives": each operand's cotangent is named, d and its name, if there is a rule. */
static void laws_check_formula(const fx_op *op) {
    const char *cut = op->formula ? strstr(op->formula, ";  ") : NULL;
    CHECK_THAT(op->formula && op->formula[0], "%s has no formula", op->name);
    if (!op->vjp && (!laws_composed(op) || laws_flat(op))) return;
    CHECK_THAT(cut && cut > op->formula && cut[3], "%s: the formula is not \"value;  derivatives\"",
               op->name);
    CHECK_THAT(strchr(op->formula, '=') < cut, "%s: the formula says no value", op->name);
    CHECK_THAT(strstr(cut, "d") && strchr(cut, '='), "%s: the formula says no derivative",
               op->name);
}

FX_TEST(op_laws, descriptors_agree_with_themselves) {
    for (int i = 0; i < fx_ops_count(); i++) {
        const fx_op *op = fx_ops_at(i);
        int min, max;
        laws_count(op->operands, &min, &max);
        CHECK_THAT(op->min == min && op->max == max, "%s: min %d, max %d, but operands \"%s\"",
                   op->name, op->min, op->max, op->operands);
        CHECK_THAT(op->version == FX_OP_VERSION, "%s has no version", op->name);
        CHECK_THAT(!op->attrs == !op->attrs_size, "%s: attrs or their size are missing", op->name);
        for (const fx_attr *attr = op->attrs; attr && attr->name; attr++)
            CHECK_THAT(attr->offset < op->attrs_size && attr->type >= FX_ATTR_I64 &&
                           attr->type <= FX_ATTR_SHAPE,
                       "%s: attribute %s lies outside its struct", op->name, attr->name);
        laws_check_formula(op);
    }
}

/* ---- values ---- */

static void laws_check_value(fx_graph *g, const case_row *row, int dtype) {
    case_number exact[CASE_ELEMENTS], absolute[CASE_ELEMENTS];
    fx_tensor xs[CASE_OPERANDS];
    case_result result;
    case_inputs(g, row, dtype, xs);
    CHECK_THAT(case_run(g, row, xs, FX_NONE, &result) == FX_OK, "%s: value: %s", case_title(row),
               fx_error_text(fx_graph_context(g)));
    CHECK_THAT(fx_shape_equal(result.shape, row->y), "%s: shape: of rank %d, not the row's",
               case_title(row), (int)result.shape.rank);
    if (!row->at && !row->of) return;
    exact_values(row, dtype, exact, absolute);
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const double error = exact_error(row, dtype, result.y[e], exact[e], absolute[e]);
        CHECK_THAT(error <= row->ulps, "%s: value: %s element %d is %a, %g ulp from %La",
                   case_title(row), data_dtype[dtype], (int)e, result.y[e], error,
                   creall(exact[e]));
    }
}

/* The references need more digits, and more exponents, than what they judge. */
static void laws_need_references(void) {
    if (!test_long_double_is_wide()) test_skip("long double is no wider than double");
}

FX_TEST(op_laws, values_are_those_of_the_reference) {
    laws_need_references();
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2; dtype++) {
            laws_check_value(g, case_at(i), dtype);
            fx_graph_reset(g);
        }
}

/* ---- derivatives ---- */

/* From one row to the next: valgrind, under which long double is narrow, takes its time. */
static int laws_stride(void) { return test_long_double_is_wide() ? 1 : 8; }

FX_TEST(op_laws, derivatives_are_those_of_central_differences) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int i = 0; case_at(i); i += laws_stride()) {
        const case_row *row = case_at(i);
        if (row->flat) continue;
        fx_gradcheck_options options = fx_gradcheck_defaults();
        fx_gradcheck_report r;
        fx_tensor xs[CASE_OPERANDS];
        options.order = CASE_ORDER;
        if (row->step > 0) options.step = row->step;
        case_inputs(g, row, FX_F64, xs);
        const fx_status status =
            fx_gradcheck(g, row->f, (void *)(uintptr_t)row, row->n, xs, &options, &r);
        CHECK_THAT(status == FX_OK, "%s: gradcheck: %s", case_title(row), fx_error_text(cx));
        CHECK_THAT(r.passed,
                   "%s: gradcheck: order %d, operand %d, element %d: %.17g by the rule, %.17g by "
                   "differences (%g times the tolerance)",
                   case_title(row), r.order, r.operand, (int)r.element, r.analytic, r.numeric,
                   r.error);
        fx_graph_reset(g);
    }
}

static void laws_check_step(fx_graph *g, const case_row *row) {
    exact_operands operands;
    fx_tensor xs[CASE_OPERANDS];
    case_result result;
    double seed[CASE_ELEMENTS];
    long double size;
    case_inputs(g, row, FX_F64, xs);
    CHECK_THAT(case_run(g, row, xs, FX_NONE, &result) == FX_OK, "%s: complex step: %s",
               case_title(row), fx_error_text(fx_graph_context(g)));
    case_seed(case_numel(row->y), 0, FX_F64, seed);
    exact_numbers(row, FX_F64, &operands);
    const double tolerance = row->step > 0 ? 1e-7 : 1e-13; /* a row that rounds to f32 */
    for (int i = 0; i < row->n; i++)
        for (int64_t e = 0; e < case_numel(row->x[i]) && case_varies(row, i); e++) {
            const double slope = (double)exact_slope(row, &operands, i, e, seed, &size);
            const double dx = result.dx[i][e];
            CHECK_THAT(fabs(dx - slope) <= tolerance * (double)size,
                       "%s: complex step: operand %d, element %d: %.17g by the rule, %.17g by the "
                       "step",
                       case_title(row), i, (int)e, dx, slope);
        }
}

FX_TEST(op_laws, derivatives_are_those_of_a_complex_step) {
    laws_need_references();
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++) {
        if ((case_at(i)->at || case_at(i)->of) && !case_at(i)->flat) laws_check_step(g, case_at(i));
        fx_graph_reset(g);
    }
}

/* ---- the last digits ---- */

/* Elementwise gradients keep their relative accuracy, however small they are: what is computed from
 * a rounded result instead of the operand (1 - tanh^2) would not. */
static void laws_check_digits(fx_graph *g, const case_row *row, int dtype) {
    exact_operands operands;
    fx_tensor xs[CASE_OPERANDS];
    case_result result;
    double seed[CASE_ELEMENTS];
    long double size;
    case_inputs(g, row, dtype, xs);
    CHECK(case_run(g, row, xs, FX_NONE, &result) == FX_OK);
    case_seed(case_numel(row->y), 0, dtype, seed);
    exact_numbers(row, dtype, &operands);
    for (int i = 0; i < row->n; i++)
        for (int64_t e = 0; e < case_numel(row->x[i]) && case_varies(row, i); e++) {
            const double slope = (double)exact_slope(row, &operands, i, e, seed, &size);
            const double ulps = data_ulps(dtype, result.dx[i][e], (long double)slope);
            CHECK_THAT(ulps <= LAWS_GRADIENT_ULPS,
                       "%s: digits: %s operand %d, element %d: %.17g is %g ulp from %.17g",
                       case_title(row), data_dtype[dtype], i, (int)e, result.dx[i][e], ulps, slope);
        }
}

FX_TEST(op_laws, elementwise_gradients_are_good_to_the_last_digits) {
    laws_need_references();
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2; dtype++) {
            if (exact_elementwise(case_at(i))) laws_check_digits(g, case_at(i), dtype);
            fx_graph_reset(g);
        }
}

/* ---- kinks and edges ---- */

static double laws_point(fx_graph *g, const case_point *point, int dtype) {
    const case_row *row = case_find(point->op, point->what);
    CHECK_THAT(row != NULL, "a point stands for %s, which has no such row", point->op);
    fx_tensor xs[CASE_OPERANDS];
    for (int i = 0; i < row->n; i++)
        xs[i] =
            case_input(g, case_dtype(row, i, dtype), fx_shape0(), &point->x[i], CASE_DENSE, NULL);
    fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    for (const char *by = point->by; *by; by++) y = fx_derivative(y, xs[*by - '0']);
    return fx_item(y);
}

FX_TEST(op_laws, kinks_and_edges_are_exact) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int i = 0; case_point_at(i); i++)
        for (int dtype = 0; dtype < 2; dtype++) {
            const case_point *p = case_point_at(i);
            const double value = laws_point(g, p, dtype);
            CHECK_THAT(fx_error(cx) == FX_OK, "%s: point: %s", p->op, fx_error_text(cx));
            const bool zeros = p->value == 0 && value == 0 && p->by[0]; /* of either sign */
            CHECK_THAT(zeros || data_same(value, p->value),
                       "%s: point: %s, derivative by \"%s\" at (%g, %g, %g) is %.17g, not %.17g",
                       p->op, data_dtype[dtype], p->by, p->x[0], p->x[1], p->x[2], value, p->value);
            fx_graph_reset(g);
        }
}
