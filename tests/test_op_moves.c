/* SPDX-License-Identifier: MIT */
/* Ops that move values: bit for bit in every dtype; sums at an index in a fixed order; the ends of
 * sequences; several tensors from one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cases/cases.h"
#include "kernel_data.h"
#include "support.h"

/* ---- every dtype ---- */

static const case_family *const moves_families[] = {&case_shapes, &case_joins, &case_slices,
                                                    &case_index,  &case_pads,  &case_tiles};

/* Whether the row's op moves values of that dtype and does nothing else. */
static bool moves_only(const case_row *row, fx_dtype dtype) {
    const fx_op *op = fx_ops_find(row->op);
    const bool counts = strcmp(row->op, "scatter_add") == 0 || strcmp(row->op, "cast") == 0;
    const bool fills = strcmp(row->op, "pad") == 0 && row->start != 0;
    return op && (op->dtypes & FX_DTYPE_BIT(dtype)) && !row->flat && !counts && !fills;
}

static fx_tensor moves_run(fx_graph *g, const case_row *row, fx_dtype dtype) {
    fx_tensor xs[CASE_OPERANDS];
    for (int i = 0; i < row->n; i++) {
        double values[CASE_ELEMENTS];
        int64_t bits[CASE_ELEMENTS];
        bool flags[CASE_ELEMENTS];
        memset(values, 0, sizeof values);
        case_values(row, i, FX_F64, values);
        for (int64_t e = 0; e < case_numel(row->x[i]); e++) flags[e] = values[e] > 0;
        if (!case_varies(row, i))
            xs[i] = case_input(g, FX_I64, row->x[i], values, CASE_DENSE, NULL);
        else if (dtype == FX_BOOL)
            xs[i] = fx_input_bool(g, row->x[i], flags);
        else if (dtype == FX_F64)
            xs[i] = fx_input_f64(g, row->x[i], values);
        else
            xs[i] = fx_input_i64(g, row->x[i], memcpy(bits, values, sizeof bits));
    }
    return row->f((void *)(uintptr_t)row, xs);
}

static void moves_check(fx_graph *g, const case_row *row) {
    double plain[CASE_ELEMENTS];
    int64_t whole[CASE_ELEMENTS];
    bool flags[CASE_ELEMENTS];
    const int64_t n = case_numel(row->y);
    const size_t bytes = (size_t)n * sizeof(double);
    CHECK(fx_read_f64(moves_run(g, row, FX_F64), n, plain) == FX_OK);
    if (moves_only(row, FX_I64)) {
        CHECK_THAT(fx_read_i64(moves_run(g, row, FX_I64), n, whole) == FX_OK, "%s: i64: %s",
                   case_title(row), fx_error_text(fx_graph_context(g)));
        CHECK_THAT(memcmp(plain, whole, bytes) == 0, "%s: i64: other bits", case_title(row));
    }
    if (!moves_only(row, FX_BOOL)) return;
    CHECK_THAT(fx_read_bool(moves_run(g, row, FX_BOOL), n, flags) == FX_OK, "%s: bool: %s",
               case_title(row), fx_error_text(fx_graph_context(g)));
    for (int64_t e = 0; e < n; e++)
        CHECK_THAT(flags[e] == (plain[e] > 0), "%s: bool: element %d", case_title(row), (int)e);
}

FX_TEST(op_moves, no_bit_changes_in_any_dtype) {
    fx_graph *g = fx_graph_new(test_context());
    int rows = 0;
    for (int f = 0; f < CASE_COUNT(moves_families); f++)
        for (int i = 0; i < moves_families[f]->n_rows; i++) {
            const case_row *row = &moves_families[f]->rows[i];
            if (moves_only(row, FX_I64)) moves_check(g, row), rows++;
            fx_graph_reset(g);
        }
    CHECK(rows > 150);
}

FX_TEST(op_moves, pad_fills_with_what_the_dtype_holds) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t big = INT64_MIN;
    const bool off = false;
    int64_t y[3];
    bool b[3];
    const fx_shape one = fx_shape1(1);
    fx_read_i64(fx_pad(fx_input_i64(g, one, &big), one, one, -7), 3, y);
    fx_read_bool(fx_pad(fx_input_bool(g, one, &off), one, one, 1), 3, b);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(y[0] == -7 && y[1] == INT64_MIN && y[2] == -7);
    CHECK(b[0] && !b[1] && b[2]);
}

FX_TEST(op_moves, grids_and_constants_take_any_dtype) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t whole[] = {5, 6};
    const bool flags[] = {true, false, true};
    fx_tensor grid[2];
    const fx_tensor axes[] = {fx_input_i64(g, fx_shape1(2), whole),
                              fx_input_bool(g, fx_shape1(3), flags)};
    CHECK(fx_meshgrid(2, axes, grid) == FX_OK);
    int64_t y[6];
    bool b[6];
    fx_read_i64(grid[0], 6, y);
    fx_read_bool(grid[1], 6, b);
    for (int i = 0; i < 6; i++) CHECK(y[i] == whole[i / 3] && b[i] == flags[i % 3]);
    fx_read_i64(fx_full(g, FX_I64, fx_shape1(2), -3), 2, y);
    fx_read_bool(fx_ones(g, FX_BOOL, fx_shape1(2)), 2, b);
    CHECK(y[0] == -3 && y[1] == -3 && b[0] && b[1]);
    fx_read_bool(fx_zeros_like(grid[1]), 6, b);
    fx_read_i64(fx_eye(g, FX_I64, 2), 4, y);
    CHECK(!b[0] && !b[5] && y[0] == 1 && y[1] == 0 && y[2] == 0 && y[3] == 1);
    CHECK_TEXT(fx_error_text(cx), "");
}

/* ---- at an index ---- */

/* In any other order 1 or 2 would be lost or kept. */
FX_TEST(op_moves, scatter_add_adds_in_order) {
    fx_graph *g = fx_graph_new(test_context());
    const double parts[] = {1, 1e16, -1e16, 1};
    const int64_t first[4] = {0};
    const fx_tensor source = fx_input_f64(g, fx_shape1(4), parts);
    const fx_tensor index = fx_input_i64(g, fx_shape1(4), first);
    const fx_tensor zero = fx_zeros(g, FX_F64, fx_shape1(1));
    CHECK(fx_item(fx_scatter_add(zero, 0, index, source)) == 1);
    CHECK(fx_item(fx_scatter_add(zero, 0, index, fx_flip(source, fx_axes1(0)))) == 1);
    const fx_tensor swapped = fx_roll(source, 0, 1); /* 1, 1, 1e16, -1e16 */
    CHECK(fx_item(fx_scatter_add(zero, 0, index, swapped)) == 2);
}

FX_TEST(op_moves, scatter_add_of_i64_wraps) {
    fx_graph *g = fx_graph_new(test_context());
    const int64_t most[] = {INT64_MAX, 5}, twice[] = {0, 0}, two[] = {1, 2};
    int64_t y[2];
    const fx_tensor x = fx_input_i64(g, fx_shape1(2), most);
    const fx_tensor index = fx_input_i64(g, fx_shape1(2), twice);
    fx_read_i64(fx_scatter_add(x, 0, index, fx_input_i64(g, fx_shape1(2), two)), 2, y);
    CHECK(y[0] == INT64_MIN + 2 && y[1] == 5);
}

/* Counting: a histogram is ones added at an index. */
FX_TEST(op_moves, scatter_add_counts) {
    fx_graph *g = fx_graph_new(test_context());
    const int64_t labels[] = {2, 0, 2, 2, 1}, want[] = {1, 1, 3, 0};
    int64_t y[4];
    const fx_tensor index = fx_input_i64(g, fx_shape1(5), labels);
    fx_read_i64(fx_scatter_add(fx_zeros(g, FX_I64, fx_shape1(4)), 0, index, fx_num(1)), 4, y);
    CHECK(memcmp(y, want, sizeof want) == 0);
}

/* Only what stayed has a derivative. */
FX_TEST(op_moves, scatter_keeps_the_last_and_its_gradient) {
    fx_graph *g = fx_graph_new(test_context());
    const double x[] = {1, 2}, source[] = {10, 20, 30};
    const int64_t to[] = {0, 0, 0};
    double y[2], dx[2], ds[3];
    const fx_tensor xs[] = {fx_input_f64(g, fx_shape1(2), x),
                            fx_input_f64(g, fx_shape1(3), source)};
    const fx_tensor t = fx_scatter(xs[0], 0, fx_input_i64(g, fx_shape1(3), to), xs[1]);
    fx_tensor dxs[2];
    fx_read_f64(t, 2, y);
    CHECK(y[0] == 30 && y[1] == 2);
    CHECK(fx_grad(fx_sum(t), FX_NONE, 2, xs, dxs) == FX_OK);
    fx_read_f64(dxs[0], 2, dx);
    fx_read_f64(dxs[1], 3, ds);
    CHECK(dx[0] == 0 && dx[1] == 1 && ds[0] == 0 && ds[1] == 0 && ds[2] == 1);
}

FX_TEST(op_moves, an_embedding_reads_parameters) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F32, 0);
    const fx_tensor weight = fx_param(p, "weight", fx_shape2(3, 2), fx_constant(0.5));
    const int64_t rows[] = {2, 2};
    const fx_tensor y = fx_embedding(fx_input_i64(g, fx_shape1(2), rows), weight);
    CHECK(fx_backward(fx_sum(fx_mul(y, y))) == FX_OK);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(fx_shape_equal(fx_tensor_shape(y), fx_shape2(2, 2)) && fx_tensor_dtype(y) == FX_F32);
}

/* ---- what stands elsewhere does not count ---- */

FX_TEST(op_moves, triangles_and_scatter_drop_nan) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double hot[] = {1, NAN, INFINITY, 2};
    double y[4];
    const fx_tensor x = fx_input_f64(g, fx_shape2(2, 2), hot);
    fx_read_f64(fx_tril(fx_triu(x, 0), 0), 4, y);
    CHECK(y[0] == 1 && y[1] == 0 && y[2] == 0 && y[3] == 2);
    const int64_t to[] = {0, 1, 1, 0};
    const fx_tensor index = fx_input_i64(g, fx_shape2(2, 2), to);
    const fx_tensor dx = fx_derivative(fx_sum(fx_scatter(x, 0, index, fx_num(0))), x);
    CHECK(fx_item(fx_sum(dx)) == 0);
    CHECK_TEXT(fx_error_text(cx), "");
}

/* ---- sequences ---- */

static const struct {
    double start, stop;
    int n;
} moves_lines[] = {{0.1, 0.7, 7}, {-1e308, 1e308, 3}, {1e308, -1.5e308, 4}, {0, 1, 11},
                   {3, 3, 5},     {5e-324, 1, 6},     {-0.3, 0.3, 101}};

FX_TEST(op_moves, linspace_meets_both_ends_and_goes_one_way) {
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; i < CASE_COUNT(moves_lines); i++) {
        const double start = moves_lines[i].start, stop = moves_lines[i].stop;
        const int n = moves_lines[i].n;
        double y[128];
        CHECK(fx_read_f64(fx_linspace(g, FX_F64, start, stop, n), n, y) == FX_OK);
        CHECK(y[0] == start && y[n - 1] == stop);
        for (int k = 1; k < n; k++) {
            const long double t = (long double)k / (n - 1);
            const long double want = start * (1 - t) + stop * t;
            CHECK(start <= stop ? y[k] >= y[k - 1] : y[k] <= y[k - 1]);
            CHECK(fabsl((long double)y[k] - want) <=
                  0x1p-52L * fmaxl(fabsl((long double)start), fabsl((long double)stop)));
        }
    }
}

FX_TEST(op_moves, arange_rounds_once_and_counts_like_its_definition) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    double y[1000];
    float f[1000];
    CHECK(fx_read_f64(fx_arange(g, FX_F64, 0, 100, 0.1), 1000, y) == FX_OK);
    CHECK(fx_read_f32(fx_arange(g, FX_F32, 0, 100, 0.1), 1000, f) == FX_OK);
    for (int i = 0; i < 1000; i++) CHECK(y[i] == fma(i, 0.1, 0) && f[i] == (float)fma(i, 0.1, 0));
    CHECK(fx_read_f64(fx_arange(g, FX_F64, 0.3, 100.25, 0.1), 1000, y) == FX_OK);
    for (int i = 0; i < 1000; i++) CHECK(y[i] == fma(i, 0.1, 0.3));
    CHECK(fx_tensor_numel(fx_arange(g, FX_F64, 0, -1, -0.25)) == 4);
    CHECK(fx_tensor_numel(fx_arange(g, FX_F64, 0, 1.0000001, 0.25)) == 5);
    CHECK(fx_tensor_numel(fx_arange(g, FX_I64, 5, 0, 1)) == 0);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(!fx_tensor_valid(fx_arange(g, FX_F64, NAN, 1, 1)));
    CHECK_TEXT(fx_error_text(cx), "arange: from nan to 1 by 1; ends and step are finite, the step "
                                  "is not 0, and at most 2^53 values lie between");
}

/* ---- several from one ---- */

FX_TEST(op_moves, parts_are_all_invalid_after_an_error) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_zeros(g, FX_F64, fx_shape1(5));
    fx_tensor out[4];
    const int64_t sizes[] = {1, 2, 3};
    CHECK(fx_split(x, 0, 3, sizes, out) == FX_ERR_SHAPE);
    for (int i = 0; i < 3; i++) CHECK(!fx_tensor_valid(out[i]));
    CHECK(fx_chunk(x, 0, 3, out) == FX_ERR_SHAPE); /* the error stands */
    for (int i = 0; i < 3; i++) CHECK(!fx_tensor_valid(out[i]));
    CHECK(fx_meshgrid(1, &x, out) == FX_ERR_SHAPE && !fx_tensor_valid(out[0]));
    fx_clear(cx);
    CHECK(fx_split(x, 0, 2, NULL, out) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "split: 0 sizes; at least one is needed (x [5])");
    fx_clear(cx);
    CHECK(fx_chunk(FX_NONE, 0, 2, out) == FX_ERR_ARGUMENT && !fx_tensor_valid(out[1]));
    CHECK(fx_meshgrid(0, NULL, out) == FX_ERR_ARGUMENT);
    CHECK(fx_error(cx) == FX_OK);
    CHECK(fx_chunk(x, 0, 4, out) == FX_OK); /* 2, 2, 1 and nothing */
}

/* What has no graph says so. */
FX_TEST(op_moves, a_parameter_alone_is_refused) {
    fx_context *cx = test_context();
    fx_params *p = fx_params_new(cx, FX_F64, 0);
    const fx_tensor w = fx_param(p, "w", fx_shape1(2), fx_constant(0));
    CHECK(!fx_tensor_valid(fx_zeros_like(w)));
    CHECK_TEXT(fx_error_text(cx), "zeros_like: all operands are parameters or numbers; write "
                                  "fx_use(graph, ...) around one of them");
    fx_clear(cx);
    CHECK(!fx_tensor_valid(fx_zeros(NULL, FX_F64, fx_shape1(2))));
    CHECK(!fx_tensor_valid(fx_arange(NULL, FX_F64, 0, 1, 0)));
    CHECK(!fx_tensor_valid(fx_linspace(NULL, FX_F64, 0, 1, 3)));
    CHECK(!fx_tensor_valid(fx_eye(NULL, FX_F64, 3)) && fx_error(cx) == FX_OK);
}

/* A constant takes no memory for its elements, nor do its copies. */
FX_TEST(op_moves, constants_of_any_size_are_one_number) {
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1 << 24;
    fx_context *cx = test_context_with(&options);
    fx_graph *g = fx_graph_new(cx);
    const fx_shape huge = fx_shape2(1LL << 30, 1LL << 28);
    const fx_tensor parts[] = {fx_zeros(g, FX_F64, huge), fx_full(g, FX_F64, huge, 3)};
    CHECK(fx_item(fx_slice(fx_slice(parts[1], 0, 7, 8, 1), 1, -1, FX_ALL, 1)) == 3);
    CHECK(fx_tensor_valid(parts[0]) && fx_error(cx) == FX_OK);
    const fx_tensor tiled = fx_tile(fx_f64(g, 1), fx_shape1(1LL << 40));
    CHECK(fx_tensor_valid(tiled) && !fx_tensor_valid(fx_exp(tiled)));
    CHECK(fx_error(cx) == FX_ERR_MEMORY);
}
