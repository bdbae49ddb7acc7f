/* SPDX-License-Identifier: MIT */
/* Prints the facts of each op, a line each, separated by tabs: name, operands, what it is made of
 * (a kernel with a rule, a kernel, other ops), to which order its derivatives are checked, the
 * largest errors of values and gradients, what they count, and the formula. page.py makes the op
 * page of them. Errors are those at the points of tests/precision or, for ops that have none, on
 * the rows of tests/cases. Runs at the project's root. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "cases/exact.h"
#include "kernel_data.h"
#include "precision/measure.h"

typedef struct facts_errors {
    double ulps[PRECISION_QUANTITIES]; /* NAN: nothing to compare with */
    const char *unit;
} facts_errors;

static precision_row facts_points[PRECISION_ROWS];
static int facts_n_points;

static void facts_worst(double *most, double ulps) {
    if (!(ulps <= *most)) *most = isnan(ulps) ? (double)INFINITY : ulps;
}

static const char *facts_made(const fx_op *op) {
    if (op->vjp) return "rule";
    return op->infer || op->kernel || op->map || op->row[0] || op->row[1] ? "kernel" : "ops";
}

/* An op out of nothing: its rows measure what they do with its result. */
static bool facts_constant(const fx_op *op) {
    return !op->vjp && strstr(op->formula, ";  a constant");
}

/* Rows are checked to CASE_ORDER; steps, which have none, at points. */
static int facts_order(const fx_op *op) {
    int order = 0;
    if (facts_constant(op)) return 0;
    for (int i = 0; case_at(i); i++)
        if (strcmp(case_at(i)->op, op->name) == 0 && !case_at(i)->flat) return CASE_ORDER;
    for (int i = 0; case_point_at(i); i++) {
        const case_point *p = case_point_at(i);
        const int n = strcmp(p->op, op->name) == 0 ? (int)strlen(p->by) : 0;
        if (n > order) order = n;
    }
    return order;
}

static void facts_values(const case_row *row, int dtype, const case_result *result, double *most) {
    case_number exact[CASE_ELEMENTS], absolute[CASE_ELEMENTS];
    exact_values(row, dtype, exact, absolute);
    for (int64_t e = 0; e < case_numel(row->y); e++)
        facts_worst(most, exact_error(row, dtype, result->y[e], exact[e], absolute[e]));
}

/* In ulps of the derivative or, where several elements meet, of the operand's largest. */
static double facts_slope(const case_row *row, int dtype, double dx, long double slope,
                          long double largest) {
    const long double off = fabsl((long double)dx - slope);
    if (exact_elementwise(row)) return data_ulps(dtype, dx, slope);
    return off == 0 ? 0 : (double)(off / largest * (dtype == FX_F32 ? 0x1p24L : 0x1p53L));
}

static void facts_slopes(const case_row *row, int dtype, const case_result *result, double *most) {
    exact_operands operands;
    double seed[CASE_ELEMENTS];
    exact_numbers(row, dtype, &operands);
    case_seed(case_numel(row->y), 0, dtype, seed);
    for (int i = 0; i < row->n; i++) {
        const int64_t n = case_varies(row, i) ? case_numel(row->x[i]) : 0;
        long double slopes[CASE_ELEMENTS], size, largest = 0;
        for (int64_t e = 0; e < n; e++) {
            slopes[e] = exact_slope(row, &operands, i, e, seed, &size);
            largest = fmaxl(largest, fabsl(slopes[e]));
        }
        for (int64_t e = 0; e < n; e++)
            facts_worst(most, facts_slope(row, dtype, result->dx[i][e], slopes[e], largest));
    }
}

/* A row with a step of its own rounds to f32 on the way. */
static void facts_row(fx_graph *g, const case_row *row, facts_errors *errors) {
    for (int dtype = 0; dtype < 2; dtype++) {
        double *ulps = errors->ulps + (dtype == FX_F32);
        fx_tensor xs[CASE_OPERANDS];
        case_result result;
        if (row->step > 0 && dtype == FX_F64) continue;
        case_inputs(g, row, dtype, xs);
        if (case_run(g, row, xs, FX_NONE, &result) != FX_OK) return;
        facts_values(row, dtype, &result, &ulps[PRECISION_VALUE_F64]);
        if (!row->flat) facts_slopes(row, dtype, &result, &ulps[PRECISION_GRADIENT_F64]);
        fx_graph_reset(g);
    }
    if (row->sums) errors->unit = "terms";
}

static bool facts_at_points(const fx_op *op, facts_errors *errors) {
    for (int i = 0; i < facts_n_points; i++) {
        const precision_row *row = &facts_points[i];
        if (strcspn(row->name, "(") != strlen(op->name)) continue;
        if (strncmp(row->name, op->name, strlen(op->name)) != 0) continue;
        for (int k = 0; k < PRECISION_QUANTITIES; k++) facts_worst(&errors->ulps[k], row->ulps[k]);
        errors->unit = "points";
    }
    return strcmp(errors->unit, "points") == 0;
}

static facts_errors facts_measure(fx_graph *g, const fx_op *op) {
    facts_errors errors = {{NAN, NAN, NAN, NAN}, "result"};
    if (LDBL_MANT_DIG <= DBL_MANT_DIG || facts_constant(op)) return errors;
    if (facts_at_points(op, &errors)) return errors;
    for (int i = 0; case_at(i); i++) {
        const case_row *row = case_at(i);
        if (strcmp(row->op, op->name) == 0 && (row->at || row->of)) facts_row(g, row, &errors);
    }
    return errors;
}

static void facts_print(const fx_op *op, const facts_errors *errors) {
    printf("%s\t%s\t%s\t%d", op->name, op->operands, facts_made(op), facts_order(op));
    for (int k = 0; k < PRECISION_QUANTITIES; k++)
        printf(isnan(errors->ulps[k]) ? "\t-" : "\t%.2f", errors->ulps[k]);
    printf("\t%s\t%s\n", errors->unit, op->formula);
}

/* What the last digits depend on. */
static void facts_machine(void) {
#if defined __GLIBC__ && defined __x86_64__
    printf("# x86-64 with glibc %s\n", gnu_get_libc_version());
#else
    puts("# another machine");
#endif
}

int main(void) {
    fx_context *cx = fx_context_new(NULL);
    fx_graph *g = fx_graph_new(cx);
    facts_n_points = precision_measure(cx, facts_points);
    facts_machine();
    for (int i = 0; fx_ops_at(i) && !fx_error(cx); i++) {
        const facts_errors errors = facts_measure(g, fx_ops_at(i));
        facts_print(fx_ops_at(i), &errors);
    }
    const bool failed = fx_error(cx) || facts_n_points < 0;
    if (failed) fprintf(stderr, "facts: %s\n", fx_error(cx) ? fx_error_text(cx) : "no points");
    fx_context_free(cx);
    return failed;
}
