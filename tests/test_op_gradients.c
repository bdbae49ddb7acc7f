/* SPDX-License-Identifier: MIT */
/* Laws of every rule: linear in its cotangent, its own transpose turned round, the same bits each
 * time, both roles of a tensor that plays two, f32 like f64, parameters like tensors. */
#include <stdio.h>
#include <string.h>

#include "cases/cases.h"
#include "kernel_data.h"
#include "support.h"

static double gradients_largest(const double *x, int64_t n) {
    double most = 0;
    for (int64_t e = 0; e < n; e++) most = fmax(most, fabs(x[e]));
    return most;
}

/* The row with a seed; the values of the operands are those of the row. */
static void gradients_run(fx_graph *g, const case_row *row, int dtype, const double *seed,
                          case_result *out) {
    fx_tensor xs[CASE_OPERANDS];
    case_inputs(g, row, dtype, xs);
    const fx_tensor t = case_input(g, dtype, row->y, seed, CASE_DENSE, NULL);
    CHECK_THAT(case_run(g, row, xs, t, out) == FX_OK, "%s: %s", case_title(row),
               fx_error_text(fx_graph_context(g)));
    fx_graph_reset(g);
}

/* ---- linearity ---- */

static void gradients_check_linear(fx_graph *g, const case_row *row, int dtype) {
    static case_result one, other, both, twice;
    double s[4][CASE_ELEMENTS];
    const int64_t n = case_numel(row->y);
    case_seed(n, 1, dtype, s[0]);
    case_seed(n, 2, dtype, s[1]);
    for (int64_t e = 0; e < n; e++) {
        const double mixed = 0.75 * s[0][e] - 3 * s[1][e];
        s[2][e] = dtype == FX_F32 ? (double)(float)mixed : mixed;
        s[3][e] = 2 * s[0][e];
    }
    gradients_run(g, row, dtype, s[0], &one);
    gradients_run(g, row, dtype, s[1], &other);
    gradients_run(g, row, dtype, s[2], &both);
    gradients_run(g, row, dtype, s[3], &twice);
    const double rounding = dtype == FX_F32 ? 1e-6 : row->step > 0 ? 1e-7 : 1e-14;
    for (int i = 0; i < row->n; i++) {
        const int64_t m = case_numel(row->x[i]);
        const double size = gradients_largest(one.dx[i], m) + gradients_largest(other.dx[i], m);
        for (int64_t e = 0; e < m; e++) {
            const double want = 0.75 * one.dx[i][e] - 3 * other.dx[i][e];
            CHECK_THAT(fabs(both.dx[i][e] - want) <= rounding * size,
                       "%s: linear: operand %d, element %d: J'(a u + b v) = %.17g, a J'u + b J'v = "
                       "%.17g",
                       case_title(row), i, (int)e, both.dx[i][e], want);
            CHECK_THAT(data_same(twice.dx[i][e], 2 * one.dx[i][e]),
                       "%s: linear: operand %d, element %d: J'(2 u) = %a, 2 J'u = %a",
                       case_title(row), i, (int)e, twice.dx[i][e], 2 * one.dx[i][e]);
        }
    }
}

FX_TEST(op_gradients, rules_are_linear_in_the_cotangent) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2 && !case_at(i)->flat; dtype++)
            gradients_check_linear(g, case_at(i), dtype);
}

/* ---- where there is none ---- */

/* A flat row of floats says so: its gradient is zero, or refused. Others have no cotangent. */
static void gradients_check_flat(fx_graph *g, const case_row *row, int dtype) {
    fx_context *cx = fx_graph_context(g);
    fx_tensor xs[CASE_OPERANDS], vary[CASE_OPERANDS], dxs[CASE_OPERANDS];
    double dx[CASE_ELEMENTS], seed[CASE_ELEMENTS];
    int of[CASE_OPERANDS];
    case_inputs(g, row, dtype, xs);
    const int m = case_vary(row, xs, vary, of);
    const fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    const int own = (int)fx_tensor_dtype(y);
    case_seed(case_numel(row->y), 0, own, seed);
    if (m == 0) return;
    const fx_tensor s = case_input(g, own, row->y, seed, CASE_DENSE, NULL);
    const fx_status status = fx_grad(y, s, m, vary, dxs);
    const fx_op *op = fx_ops_find(row->op);
    const fx_status refusal = own > FX_F64 ? FX_ERR_DTYPE : op->vjp ? FX_OK : FX_ERR_ARGUMENT;
    CHECK_THAT(status == refusal || (status == FX_OK && own <= FX_F64), "%s: flat: %s: %s",
               case_title(row), fx_status_name(status), fx_error_text(cx));
    for (int k = 0; k < m && status == FX_OK; k++) {
        fx_read_f64(dxs[k], case_numel(row->x[of[k]]), dx);
        for (int64_t e = 0; e < case_numel(row->x[of[k]]); e++)
            CHECK_THAT(dx[e] == 0, "%s: flat: operand %d, element %d: gradient %g", case_title(row),
                       of[k], (int)e, dx[e]);
    }
    fx_clear(cx);
}

FX_TEST(op_gradients, flat_results_have_zero_gradients_or_none) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2 && case_at(i)->flat; dtype++) {
            gradients_check_flat(g, case_at(i), dtype);
            fx_graph_reset(g);
        }
}

/* ---- the derivative of the derivative is the transpose ---- */

/* <J t, s> = <J's, t>, J t being what forward mode makes of the rule. */
static void gradients_check_adjoint(fx_graph *g, const case_row *row) {
    fx_tensor xs[CASE_OPERANDS], vary[CASE_OPERANDS], tangents[CASE_OPERANDS];
    case_result back;
    double s[CASE_ELEMENTS], t[CASE_OPERANDS][CASE_ELEMENTS], forth[CASE_ELEMENTS];
    double left = 0, right = 0, size = 0;
    int m = 0;
    case_inputs(g, row, FX_F64, xs);
    CHECK(case_run(g, row, xs, FX_NONE, &back) == FX_OK);
    for (int i = 0; i < row->n; i++) {
        if (!case_varies(row, i)) continue;
        case_seed(case_numel(row->x[i]), 10 + (uint64_t)i, FX_F64, t[i]);
        tangents[m] = case_input(g, FX_F64, row->x[i], t[i], CASE_DENSE, NULL);
        vary[m++] = xs[i];
        for (int64_t e = 0; e < case_numel(row->x[i]); e++) right += back.dx[i][e] * t[i][e];
    }
    const fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    fx_read_f64(fx_jvp(y, m, vary, tangents), case_numel(row->y), forth);
    CHECK_THAT(fx_error(fx_graph_context(g)) == FX_OK, "%s: adjoint: %s", case_title(row),
               fx_error_text(fx_graph_context(g)));
    case_seed(case_numel(row->y), 0, FX_F64, s);
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        left += forth[e] * s[e];
        size += fabs(forth[e] * s[e]);
    }
    const double rounding = row->step > 0 ? 1e-6 : 1e-13;
    CHECK_THAT(isnan(back.y[0]) || fabs(left - right) <= rounding * size,
               "%s: adjoint: <J t, s> = %.17g, <J's, t> = %.17g", case_title(row), left, right);
}

FX_TEST(op_gradients, forward_mode_is_the_transpose_of_reverse_mode) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++) {
        if (!case_at(i)->flat) gradients_check_adjoint(g, case_at(i));
        fx_graph_reset(g);
    }
}

/* ---- the same again ---- */

static void gradients_check_again(fx_graph *g, const case_row *row, int dtype) {
    fx_tensor xs[CASE_OPERANDS], vary[CASE_OPERANDS], dxs[2][CASE_OPERANDS], y;
    double a[CASE_ELEMENTS], b[CASE_ELEMENTS], seed[CASE_ELEMENTS];
    int of[CASE_OPERANDS];
    case_inputs(g, row, dtype, xs);
    const int n = case_vary(row, xs, vary, of);
    y = row->f((void *)(uintptr_t)row, xs);
    case_seed(case_numel(row->y), 0, dtype, seed);
    const fx_tensor s = case_input(g, dtype, row->y, seed, CASE_DENSE, NULL);
    CHECK(fx_grad(y, s, n, vary, dxs[0]) == FX_OK);
    CHECK(fx_grad(y, s, n, vary, dxs[1]) == FX_OK);
    for (int i = 0; i < n; i++) {
        const int64_t m = case_numel(row->x[of[i]]);
        fx_read_f64(dxs[0][i], m, a);
        fx_read_f64(dxs[1][i], m, b);
        for (int64_t e = 0; e < m; e++)
            CHECK_THAT(data_same(a[e], b[e]),
                       "%s: backward twice: operand %d, element %d: %a, then %a", case_title(row),
                       of[i], (int)e, a[e], b[e]);
    }
}

FX_TEST(op_gradients, backward_twice_gives_the_same_bits) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2 && !case_at(i)->flat; dtype++) {
            gradients_check_again(g, case_at(i), dtype);
            fx_graph_reset(g);
        }
}

/* Gradients of what is recomputed. */
static void gradients_check_recomputed(fx_graph *g, const case_row *row, const fx_tensor *xs,
                                       fx_tensor z, const case_result *plain) {
    fx_tensor vary[CASE_OPERANDS], dxs[CASE_OPERANDS];
    double values[CASE_ELEMENTS];
    int of[CASE_OPERANDS];
    const int n = case_vary(row, xs, vary, of);
    case_seed(case_numel(row->y), 0, FX_F64, values);
    const fx_tensor s = case_input(g, FX_F64, row->y, values, CASE_DENSE, NULL);
    fx_grad(z, s, n, vary, dxs);
    CHECK_THAT(fx_error(fx_graph_context(g)) == FX_OK, "%s: recomputed: %s", case_title(row),
               fx_error_text(fx_graph_context(g)));
    for (int k = 0; k < n; k++) {
        fx_read_f64(dxs[k], case_numel(row->x[of[k]]), values);
        for (int64_t e = 0; e < case_numel(row->x[of[k]]); e++)
            CHECK_THAT(data_same(values[e], plain->dx[of[k]][e]),
                       "%s: recomputed: operand %d, element %d differs", case_title(row), of[k],
                       (int)e);
    }
}

/* What is not recorded, and a recomputation, give the same bits. */
FX_TEST(op_gradients, recording_and_recomputing_do_not_change_bits) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++) {
        const case_row *row = case_at(i);
        fx_tensor xs[CASE_OPERANDS];
        case_result plain;
        double y[2][CASE_ELEMENTS];
        case_inputs(g, row, FX_F64, xs);
        CHECK(case_run(g, row, xs, FX_NONE, &plain) == FX_OK);
        const bool was = fx_record(g, false);
        case_read(row->f((void *)(uintptr_t)row, xs), case_numel(row->y), y[0]);
        fx_record(g, was);
        const fx_tensor z = fx_recompute(row->f, (void *)(uintptr_t)row, 0, row->n, xs);
        case_read(z, case_numel(row->y), y[1]);
        for (int64_t e = 0; e < case_numel(row->y); e++)
            CHECK_THAT(data_same(y[0][e], plain.y[e]) && data_same(y[1][e], plain.y[e]),
                       "%s: unrecorded or recomputed: element %d differs", case_title(row), (int)e);
        if (!row->flat) gradients_check_recomputed(g, row, xs, z, &plain);
        fx_graph_reset(g);
    }
}

/* ---- one tensor in all places ---- */

static bool gradients_alike(const case_row *row) {
    bool alike = row->n > 1 && !row->whole && !row->mask;
    for (int i = 1; i < row->n; i++) alike = alike && fx_shape_equal(row->x[0], row->x[i]);
    return alike;
}

static void gradients_check_same(fx_graph *g, const case_row *row) {
    static case_result apart, together;
    double values[CASE_ELEMENTS];
    fx_tensor xs[CASE_OPERANDS], same[CASE_OPERANDS];
    case_values(row, row->n - 1, FX_F64, values); /* of c, x, p: what a base can be */
    for (int e = 0; e < (int)case_numel(row->x[0]); e++)
        values[e] = fabs(values[e]) + 0.125; /* and a base is positive */
    for (int i = 0; i < row->n; i++)
        xs[i] = case_input(g, FX_F64, row->x[i], values, CASE_DENSE, NULL);
    for (int i = 0; i < row->n; i++) same[i] = xs[0];
    CHECK(case_run(g, row, xs, FX_NONE, &apart) == FX_OK);
    CHECK_THAT(case_run(g, row, same, FX_NONE, &together) == FX_OK, "%s: same operand: %s",
               case_title(row), fx_error_text(fx_graph_context(g)));
    for (int64_t e = 0; e < case_numel(row->y); e++)
        CHECK_THAT(data_same(apart.y[e], together.y[e]), "%s: same operand: element %d differs",
                   case_title(row), (int)e);
    for (int64_t e = 0; e < case_numel(row->x[0]); e++) {
        double want = 0, size = 0;
        for (int i = 0; i < row->n; i++) {
            want += apart.dx[i][e];
            size += fabs(apart.dx[i][e]);
        }
        for (int i = 0; i < row->n; i++)
            CHECK_THAT(fabs(together.dx[i][e] - want) <= 1e-15 * size,
                       "%s: same operand: element %d: gradient %.17g, not the sum %.17g",
                       case_title(row), (int)e, together.dx[i][e], want);
    }
}

FX_TEST(op_gradients, one_tensor_for_all_operands_gets_the_sum) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++) {
        if (gradients_alike(case_at(i))) gradients_check_same(g, case_at(i));
        fx_graph_reset(g);
    }
}

/* ---- f32 ---- */

/* The f64 op at the same numbers, to 8 ulps of f32 in the largest gradient of the operand. */
static void gradients_check_f32(fx_graph *g, const case_row *row) {
    static case_result narrow, wide;
    double seed[CASE_ELEMENTS], values[CASE_ELEMENTS];
    fx_tensor xs[CASE_OPERANDS];
    case_seed(case_numel(row->y), 0, FX_F32, seed);
    gradients_run(g, row, FX_F32, seed, &narrow);
    for (int i = 0; i < row->n; i++) {
        case_values(row, i, FX_F32, values);
        xs[i] = case_input(g, case_dtype(row, i, FX_F64), row->x[i], values, CASE_DENSE, NULL);
    }
    const fx_tensor s = case_input(g, FX_F64, row->y, seed, CASE_DENSE, NULL);
    CHECK(case_run(g, row, xs, s, &wide) == FX_OK);
    for (int i = 0; i < row->n; i++) {
        const int64_t n = case_numel(row->x[i]);
        const double size = gradients_largest(wide.dx[i], n);
        for (int64_t e = 0; e < n; e++)
            CHECK_THAT(fabs(narrow.dx[i][e] - wide.dx[i][e]) <= 8 * 0x1p-24 * size,
                       "%s: f32: operand %d, element %d: gradient %.9g, in f64 %.17g",
                       case_title(row), i, (int)e, narrow.dx[i][e], wide.dx[i][e]);
    }
}

FX_TEST(op_gradients, f32_is_f64_with_fewer_digits) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++) {
        if (!case_at(i)->flat) gradients_check_f32(g, case_at(i));
        fx_graph_reset(g);
    }
}

/* ---- parameters ---- */

/* All operands but one, which puts the call into a graph, are parameters. */
static void gradients_check_parameters(fx_graph *g, const case_row *row, int anchor) {
    static case_result plain, with;
    fx_context *cx = fx_graph_context(g);
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    fx_tensor xs[CASE_OPERANDS];
    double values[CASE_ELEMENTS];
    case_inputs(g, row, FX_F64, xs);
    CHECK(case_run(g, row, xs, FX_NONE, &plain) == FX_OK);
    for (int k = 0; k < row->n; k++) {
        char name[8];
        if (!case_varies(row, k)) continue;
        snprintf(name, sizeof name, "p%d", k);
        case_values(row, k, FX_F64, values);
        xs[k] = fx_param(p, name, row->x[k], fx_constant(0));
        fx_write_f64(xs[k], case_numel(row->x[k]), values);
        if (k == anchor || row->made) xs[k] = fx_use(g, xs[k]);
    }
    CHECK_THAT(case_run(g, row, xs, FX_NONE, &with) == FX_OK, "%s: parameters: %s", case_title(row),
               fx_error_text(cx));
    CHECK_THAT(case_same(row, &plain, &with), "%s: parameters: other bits", case_title(row));
    fx_graph_reset(g);
    fx_params_free(p);
}

FX_TEST(op_gradients, parameters_stand_for_tensors) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int anchor = 0; anchor < case_at(i)->n; anchor++)
            gradients_check_parameters(g, case_at(i), anchor);
}

/* ---- numbers ---- */

/* The first operand besides k that has a derivative; -1: there is none. */
static int gradients_other(const case_row *row, int k) {
    for (int i = 0; i < row->n; i++)
        if (i != k && case_varies(row, i)) return i;
    return -1;
}

/* Operand k as a number; whether the row allows it. */
static bool gradients_check_number(fx_graph *g, const case_row *row, int k) {
    static case_result plain, with;
    const int other = gradients_other(row, k);
    fx_tensor xs[CASE_OPERANDS], dx;
    double value, seed[CASE_ELEMENTS];
    if (other < 0 || !case_varies(row, k) || row->x[k].rank) return false;
    case_inputs(g, row, FX_F32, xs);
    CHECK(case_run(g, row, xs, FX_NONE, &plain) == FX_OK);
    case_values(row, k, FX_F32, &value);
    xs[k] = fx_num(value);
    const fx_tensor y = row->f((void *)(uintptr_t)row, xs);
    case_read(y, case_numel(row->y), with.y);
    case_seed(case_numel(row->y), 0, FX_F32, seed);
    if (!row->flat) {
        fx_grad(y, case_input(g, FX_F32, row->y, seed, CASE_DENSE, NULL), 1, &xs[other], &dx);
        fx_read_f64(dx, case_numel(row->x[other]), with.dx[other]);
    }
    CHECK_THAT(fx_error(fx_graph_context(g)) == FX_OK, "%s: numbers: %s", case_title(row),
               fx_error_text(fx_graph_context(g)));
    for (int64_t e = 0; e < case_numel(row->y); e++)
        CHECK_THAT(data_same(plain.y[e], with.y[e]), "%s: numbers: other values", case_title(row));
    for (int64_t e = 0; e < case_numel(row->x[other]) && !row->flat; e++)
        CHECK_THAT(data_same(plain.dx[other][e], with.dx[other][e]), "%s: numbers: other gradients",
                   case_title(row));
    return true;
}

FX_TEST(op_gradients, plain_numbers_stand_for_tensors_of_rank_0) {
    fx_graph *g = fx_graph_new(test_context());
    int checked = 0;
    for (int i = 0; case_at(i); i++)
        for (int k = 0; k < case_at(i)->n; k++) {
            checked += gradients_check_number(g, case_at(i), k);
            fx_graph_reset(g);
        }
    CHECK(checked >= 5);
}
