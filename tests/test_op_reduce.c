/* SPDX-License-Identifier: MIT */
/* Reductions where the case rows do not reach: numbers near the ends of the range, long lines. */
#include <math.h>

#include "fluxion/grad.h"
#include "fluxion/ops.h"
#include "support.h"

enum { REDUCE_LONG = 5000 };

static double reduce_values[REDUCE_LONG];

FX_TEST(op_reduce, norms_overflow_and_vanish_only_where_the_result_does) {
    static const double powers[] = {1, 1.5, 2, 3, INFINITY}, sizes[] = {1e300, 1, 1e-300, 5e-324};
    fx_graph *g = fx_graph_new(test_context());
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 5; i++) {
            const double p = powers[i], values[] = {3 * sizes[s], -4 * sizes[s]};
            const fx_tensor x = fx_input_f64(g, fx_shape1(2), values), y = fx_norm(x, p);
            const double want = isinf(p) ? 4 : pow(pow(3, p) + pow(4, p), 1 / p);
            double dx[2];
            CHECK(fx_read_f64(fx_derivative(y, x), 2, dx) == FX_OK);
            CHECK(fabs(fx_item(y) / sizes[s] - want) <= (sizes[s] < 1e-310 ? 0.5 : 1e-14 * want));
            if (sizes[s] > 1e-310 && !isinf(p)) {
                CHECK_NEAR(dx[0], pow(3 / want, p - 1), 1e-14);
                CHECK_NEAR(dx[1], -pow(4 / want, p - 1), 1e-14);
            }
        }
    CHECK_TEXT(fx_error_text(fx_graph_context(g)), "");
}

FX_TEST(op_reduce, prefix_sums_keep_what_rounding_loses) {
    fx_graph *g = fx_graph_new(test_context());
    double y[REDUCE_LONG];
    reduce_values[0] = 0x1p53;
    for (int i = 1; i < REDUCE_LONG; i++) reduce_values[i] = 1;
    const fx_tensor x = fx_input_f64(g, fx_shape1(REDUCE_LONG), reduce_values);
    CHECK(fx_read_f64(fx_cumsum(x, 0, false), REDUCE_LONG, y) == FX_OK);
    for (int i = 0; i < REDUCE_LONG; i += 2) CHECK(y[i] == 0x1p53 + i);
}

/* A line of many runs comes out in order, equal elements in theirs. */
FX_TEST(op_reduce, long_lines_are_sorted_stably) {
    fx_graph *g = fx_graph_new(test_context());
    int64_t at[REDUCE_LONG];
    for (int i = 0; i < REDUCE_LONG; i++) reduce_values[i] = i * 7919 % 101;
    const fx_tensor x = fx_input_f64(g, fx_shape1(REDUCE_LONG), reduce_values);
    for (int descending = 0; descending < 2; descending++) {
        CHECK(fx_read_i64(fx_argsort(x, 0, descending), REDUCE_LONG, at) == FX_OK);
        for (int i = 1; i < REDUCE_LONG; i++) {
            const double a = reduce_values[at[i - 1]], b = reduce_values[at[i]];
            CHECK(descending ? a >= b : a <= b);
            CHECK(a != b || at[i - 1] < at[i]);
        }
    }
}
