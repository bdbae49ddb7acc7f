/* SPDX-License-Identifier: MIT */
/* How operands lie in memory changes no bit; tensors of no element and of one work. */
#include <string.h>

#include "cases/cases.h"
#include "kernel_data.h"
#include "support.h"

/* Room for operands and the seed, which are borrowed. */
static double layouts_room[CASE_OPERANDS + 1][CASE_ROOM];

/* Runs a row with the operands whose bit is set laid out otherwise; bit n is the seed. All of
 * them get the values of the layout, so that a dense run (which 0) is the same problem. */
static void layouts_run(fx_graph *g, const case_row *row, int dtype, int layout, unsigned which,
                        case_result *out) {
    fx_tensor xs[CASE_OPERANDS], seed = FX_NONE;
    for (int i = 0; i <= row->n; i++) {
        double values[CASE_ELEMENTS];
        const fx_shape shape = i < row->n ? row->x[i] : row->y;
        const int own = i < row->n ? case_dtype(row, i, dtype) : dtype;
        if (i < row->n)
            case_values(row, i, dtype, values);
        else
            case_seed(case_numel(shape), 0, dtype, values);
        if (layout == CASE_REPEATED) case_repeat(shape, values);
        const fx_tensor t = case_input(g, own, shape, values, which >> i & 1 ? layout : CASE_DENSE,
                                       layouts_room[i]);
        *(i < row->n ? &xs[i] : &seed) = t;
    }
    CHECK_THAT(case_run(g, row, xs, seed, out) == FX_OK, "%s: layout: %s: %s", case_title(row),
               case_layouts[layout], fx_error_text(fx_graph_context(g)));
    fx_graph_reset(g);
}

static void layouts_check(fx_graph *g, const case_row *row, int dtype, int layout) {
    static case_result dense, other;
    layouts_run(g, row, dtype, layout, 0, &dense);
    for (unsigned which = 1; which < 2u << row->n; which++) {
        layouts_run(g, row, dtype, layout, which, &other);
        CHECK_THAT(case_same(row, &dense, &other),
                   "%s: layout: %s operands %s (set %u) give other bits than dense ones",
                   case_title(row), data_dtype[dtype], case_layouts[layout], which);
    }
}

FX_TEST(op_layouts, change_no_bit) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int dtype = 0; dtype < 2; dtype++)
            for (int layout = CASE_DENSE + 1; layout < CASE_LAYOUTS; layout++)
                layouts_check(g, case_at(i), dtype, layout);
}

/* ---- nothing and one ---- */

static const fx_shape layouts_small[] = {
    {1, {0}},
    {2, {2, 0}},
    {3, {0, 1, 3}},
    {0, {0}},
    {1, {1}},
    {4, {1, 1, 1, 1}},
    {8, {1, 2, 1, 1, 1, 1, 1, 2}},
};

/* The row with all operands of one small shape. */
static void layouts_check_small(fx_graph *g, const case_row *row, fx_shape shape) {
    static case_result whole, small;
    case_row changed = *row;
    changed.y = shape;
    for (int i = 0; i < row->n; i++) changed.x[i] = shape;
    layouts_run(g, &changed, FX_F64, CASE_DENSE, 0, &small);
    CHECK_THAT(fx_shape_equal(small.shape, shape), "%s: small: a shape changed", case_title(row));
    if (case_numel(shape) != 1) return;
    changed.y = (fx_shape){2, {3, 4}};
    for (int i = 0; i < row->n; i++) changed.x[i] = changed.y;
    layouts_run(g, &changed, FX_F64, CASE_DENSE, 0, &whole); /* whose first element is the same */
    CHECK_THAT(data_same(whole.y[0], small.y[0]) && data_same(whole.dx[0][0], small.dx[0][0]),
               "%s: small: one element is not as the first of many", case_title(row));
}

FX_TEST(op_layouts, elementwise_ops_take_nothing_one_and_rank_8) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; case_at(i); i++)
        for (int k = 0; case_at(i)->at && k < CASE_COUNT(layouts_small); k++)
            if (case_numel(layouts_small[k]) || !case_refuses_nothing(case_at(i)->op))
                layouts_check_small(g, case_at(i), layouts_small[k]);
}

/* Ops that are not elementwise show it in rows of their own. */
FX_TEST(op_layouts, other_ops_have_rows_for_nothing_and_one) {
    for (int i = 0; i < fx_ops_count(); i++) {
        const char *name = fx_ops_at(i)->name;
        bool nothing = case_refuses_nothing(name), one = false;
        for (int k = 0; case_at(k); k++) {
            const case_row *row = case_at(k);
            if (strcmp(row->op, name) != 0) continue;
            nothing = nothing || row->at || case_numel(row->x[0]) == 0;
            one = one || row->at || case_numel(row->x[0]) == 1;
        }
        CHECK_THAT(nothing, "%s has no row with an empty operand", name);
        CHECK_THAT(one, "%s has no row with an operand of one element", name);
    }
}

/* ---- long ---- */

enum { LAYOUTS_LONG = CASE_LONG, LAYOUTS_GAP = 3 };

static double layouts_long[CASE_OPERANDS + 1][LAYOUTS_LONG * LAYOUTS_GAP];

/* The values of a small operand over and over, step apart. */
static fx_tensor layouts_cycle(fx_graph *g, int dtype, const double *values, int64_t m, int step,
                               double *room) {
    const int64_t stride = step;
    for (int64_t e = 0; e < LAYOUTS_LONG; e++) case_put(dtype, room, e * step, values[e % m]);
    return fx_input_view(g, (fx_dtype)dtype, fx_shape1(LAYOUTS_LONG), &stride, room);
}

/* Gradients of a long row, under the short row's seed over and over. */
static void layouts_check_slopes(fx_graph *g, const case_row *row, int dtype, int step,
                                 const fx_tensor *xs, fx_tensor t, const case_result *small) {
    static double dx[LAYOUTS_LONG];
    double values[CASE_ELEMENTS];
    fx_tensor vary[CASE_OPERANDS], dxs[CASE_OPERANDS];
    int of[CASE_OPERANDS];
    const int64_t m = case_numel(row->y);
    const int n = case_vary(row, xs, vary, of);
    case_seed(m, 0, dtype, values);
    fx_grad(t, layouts_cycle(g, dtype, values, m, step, layouts_long[row->n]), n, vary, dxs);
    for (int k = 0; k < n; k++) {
        fx_read_f64(dxs[k], LAYOUTS_LONG, dx);
        for (int e = 0; e < LAYOUTS_LONG; e++)
            CHECK_THAT(data_same(dx[e], small->dx[of[k]][e % m]),
                       "%s: long: %s, step %d: gradient %d is not as in a short tensor",
                       case_title(row), data_dtype[dtype], step, e);
    }
}

static void layouts_check_long(fx_graph *g, const case_row *row, int dtype, int step) {
    static case_result small;
    static double y[LAYOUTS_LONG];
    double values[CASE_ELEMENTS];
    fx_tensor xs[CASE_OPERANDS];
    const int64_t m = case_numel(row->y);
    layouts_run(g, row, dtype, CASE_DENSE, 0, &small);
    for (int i = 0; i < row->n; i++) {
        case_values(row, i, dtype, values);
        xs[i] = layouts_cycle(g, case_dtype(row, i, dtype), values, m, step, layouts_long[i]);
    }
    const fx_tensor t = row->f((void *)(uintptr_t)row, xs);
    case_read(t, LAYOUTS_LONG, y);
    for (int e = 0; e < LAYOUTS_LONG; e++)
        CHECK_THAT(data_same(y[e], small.y[e % m]),
                   "%s: long: %s, step %d: element %d is not as in a short tensor", case_title(row),
                   data_dtype[dtype], step, e);
    if (!row->flat) layouts_check_slopes(g, row, dtype, step, xs, t, &small);
    CHECK_TEXT(fx_error_text(fx_graph_context(g)), "");
    fx_graph_reset(g);
}

/* Past every chunk and vector of a kernel, an element depends on its operands alone. */
FX_TEST(op_layouts, long_rows_are_many_short_ones) {
    fx_graph *g = fx_graph_new(test_context());
    for (int k = 0; case_at(k); k++) {
        bool plain = case_at(k)->at != NULL;
        for (int i = 0; i < case_at(k)->n; i++)
            plain = plain && fx_shape_equal(case_at(k)->x[i], case_at(k)->y);
        for (int dtype = 0; plain && dtype < 2; dtype++) {
            layouts_check_long(g, case_at(k), dtype, 1);
            layouts_check_long(g, case_at(k), dtype, LAYOUTS_GAP);
        }
    }
}

/* Sums longer than a block, products deeper than one: y and gradient of [rows, deep] matrices that
 * lie by rows or by columns. */
static void layouts_deep(fx_graph *g, bool columns, double *out) {
    const int64_t rows = 3, deep = LAYOUTS_LONG, dense[] = {deep, 1}, turned[] = {1, rows};
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < deep; k++)
            layouts_long[0][columns ? k * rows + i : i * deep + k] =
                (double)((i * deep + k) * 7919 % 10007) / 1024;
    const fx_tensor x =
        fx_input_view(g, FX_F64, fx_shape2(rows, deep), columns ? turned : dense, layouts_long[0]);
    const fx_tensor gram = fx_matmul(x, fx_transpose(x, 0, 1));
    const fx_tensor sums = fx_sum_axes(fx_mul(x, x), fx_axes1(-1), true);
    fx_tensor dx;
    fx_grad(fx_sum(fx_mul(gram, sums)), FX_NONE, 1, &x, &dx);
    fx_read_f64(gram, 9, out);
    fx_read_f64(sums, 3, out + 9);
    fx_read_f64(dx, rows * deep, out + 12);
    CHECK_TEXT(fx_error_text(fx_graph_context(g)), "");
    fx_graph_reset(g);
}

FX_TEST(op_layouts, deep_sums_and_products_do_not_see_them) {
    static double by_rows[12 + 3 * LAYOUTS_LONG], by_columns[12 + 3 * LAYOUTS_LONG];
    fx_graph *g = fx_graph_new(test_context());
    layouts_deep(g, false, by_rows);
    layouts_deep(g, true, by_columns);
    CHECK(memcmp(by_rows, by_columns, sizeof by_rows) == 0);
    for (int i = 0; i < 3; i++) CHECK_NEAR(by_rows[9 + i], by_rows[4 * i], 1e-13);
}
