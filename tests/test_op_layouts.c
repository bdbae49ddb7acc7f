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
        const int own = i < row->n && case_whole(row, i) ? FX_I64 : dtype;
        if (i < row->n)
            case_values(row, i, dtype, values);
        else
            case_seed(case_numel(shape), 0, dtype, values);
        if (layout == CASE_REPEATED && own != FX_I64) case_repeat(shape, values);
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
            if (case_numel(layouts_small[k]) || strcmp(case_at(i)->op, "mse_loss") != 0)
                layouts_check_small(g, case_at(i), layouts_small[k]);
}

/* Ops that are not elementwise show it in rows of their own. */
FX_TEST(op_layouts, other_ops_have_rows_for_nothing_and_one) {
    for (int i = 0; i < fx_ops_count(); i++) {
        const char *name = fx_ops_at(i)->name;
        bool nothing = strcmp(name, "mse_loss") == 0, one = false; /* of nothing: an error */
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
