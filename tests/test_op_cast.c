/* SPDX-License-Identifier: MIT */
/* cast between all dtypes, at the numbers where they differ; shape ops on every dtype. */
#include <string.h>

#include "cases/cases.h"
#include "kernel_data.h"
#include "support.h"

/* A leaf of one element. */
static fx_tensor cast_leaf(fx_graph *g, int dtype, double value) {
    const int64_t whole = dtype == FX_I64 ? (int64_t)value : 0;
    const bool flag = value != 0;
    switch (dtype) {
    case FX_F32:
        return fx_f32(g, (float)value);
    case FX_F64:
        return fx_f64(g, value);
    case FX_I64:
        return fx_input_i64(g, fx_shape0(), &whole);
    default:
        return fx_input_bool(g, fx_shape0(), &flag);
    }
}

static double cast_read(fx_tensor t) {
    int64_t whole = 0;
    bool flag = false;
    double value = 0;
    if (fx_tensor_dtype(t) == FX_I64) return fx_read_i64(t, 1, &whole), (double)whole;
    if (fx_tensor_dtype(t) == FX_BOOL) return fx_read_bool(t, 1, &flag), flag;
    fx_read_f64(t, 1, &value);
    return value;
}

/* What is exact in all of them, except that bool only asks whether it is 0. */
FX_TEST(cast, every_dtype_to_every_other) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double values[] = {0, 1, -1, 3, -70000, 16777216};
    for (int from = FX_F32; from <= FX_BOOL; from++)
        for (int to = FX_F32; to <= FX_BOOL; to++)
            for (int i = 0; i < CASE_COUNT(values); i++) {
                const double x = from == FX_BOOL ? values[i] != 0 : values[i];
                const fx_tensor y = fx_cast(cast_leaf(g, from, values[i]), (fx_dtype)to);
                CHECK(fx_tensor_dtype(y) == (fx_dtype)to);
                const double want = to == FX_BOOL ? x != 0 : x;
                CHECK_THAT(cast_read(y) == want, "cast: %s to %s: %g, not %g",
                           fx_dtype_name((fx_dtype)from), fx_dtype_name((fx_dtype)to), cast_read(y),
                           want);
            }
    CHECK_TEXT(fx_error_text(cx), "");
}

static const struct {
    int from, to;
    double x, y;
} cast_edges[] = {
    {FX_F64, FX_F32, 1 + 0x1p-24, 1}, /* ties to even */
    {FX_F64, FX_F32, 1 + 0x1.8p-23, 1 + 0x1p-22},
    {FX_F64, FX_F32, 0x1.fffffefffffffp127, FLT_MAX},
    {FX_F64, FX_F32, 0x1.ffffffp127, INFINITY},
    {FX_F64, FX_F32, 1e-46, 0},
    {FX_F64, FX_F32, -1e-46, -0.0},
    {FX_F64, FX_F32, NAN, NAN},
    {FX_F64, FX_F32, -INFINITY, -INFINITY},
    {FX_F32, FX_F64, 0.1, (double)0.1f},
    {FX_F32, FX_F64, 1e-45, 0x1p-149},
    {FX_F64, FX_I64, 2.9, 2},
    {FX_F64, FX_I64, -2.9, -2},
    {FX_F64, FX_BOOL, 0.25, 1},
    {FX_F64, FX_BOOL, -0.0, 0},
    {FX_F64, FX_BOOL, NAN, 1},
    {FX_F64, FX_BOOL, 5e-324, 1},
};

FX_TEST(cast, rounds_correctly) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    for (int i = 0; i < CASE_COUNT(cast_edges); i++) {
        const fx_tensor y =
            fx_cast(cast_leaf(g, cast_edges[i].from, cast_edges[i].x), (fx_dtype)cast_edges[i].to);
        CHECK_THAT(data_same(cast_read(y), cast_edges[i].y), "cast: %s to %s: %a gives %a, not %a",
                   fx_dtype_name((fx_dtype)cast_edges[i].from),
                   fx_dtype_name((fx_dtype)cast_edges[i].to), cast_edges[i].x, cast_read(y),
                   cast_edges[i].y);
    }
    CHECK_TEXT(fx_error_text(cx), "");
}

FX_TEST(cast, to_i64_saturates) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double x[] = {0x1p63, 1e300, INFINITY, -0x1p63, -1e300, -INFINITY, 0x1.fffffffffffffp62};
    const int64_t want[] = {INT64_MAX, INT64_MAX, INT64_MAX,         INT64_MIN,
                            INT64_MIN, INT64_MIN, 0x7ffffffffffffc00};
    int64_t y[7];
    CHECK(fx_read_i64(fx_cast(fx_input_f64(g, fx_shape1(7), x), FX_I64), 7, y) == FX_OK);
    for (int i = 0; i < 7; i++) CHECK_THAT(y[i] == want[i], "cast: %g to i64", x[i]);
}

/* The last is just above a tie of f32, which rounding to a double first would lose. */
FX_TEST(cast, from_i64_rounds_once) {
    const int64_t big[] = {INT64_MAX, (1LL << 53) + 1, (1LL << 54) + (1LL << 30) + 1};
    const volatile int64_t tie = big[2];
    if ((float)tie != 0x1.000002p54f) test_skip("this machine rounds an i64 to f32 twice");
    fx_graph *g = fx_graph_new(test_context());
    float narrow[3];
    const fx_tensor t = fx_input_i64(g, fx_shape1(3), big);
    CHECK(fx_read_f32(fx_cast(t, FX_F32), 3, narrow) == FX_OK);
    CHECK(narrow[0] == 0x1p63f && narrow[1] == 0x1p53f && narrow[2] == 0x1.000002p54f);
    double wide[3];
    CHECK(fx_read_f64(fx_cast(t, FX_F64), 3, wide) == FX_OK);
    CHECK(wide[0] == 0x1p63 && wide[1] == 0x1p53);
}

FX_TEST(cast, refuses_nan_as_i64) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const double x[] = {1, NAN, NAN};
    CHECK(!fx_tensor_valid(fx_cast(fx_input_f64(g, fx_shape1(3), x), FX_I64)));
    CHECK(fx_error(cx) == FX_ERR_DATA);
    CHECK_TEXT(fx_error_text(cx), "cast: element 1 is NaN, which no i64 can be (x [3])");
}

FX_TEST(cast, passes_the_gradient_in_the_dtype_of_its_operand) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_f64(g, 3), y = fx_square(fx_cast(x, FX_F32));
    const fx_tensor dx = fx_derivative(y, x);
    CHECK(fx_tensor_dtype(y) == FX_F32 && fx_tensor_dtype(dx) == FX_F64);
    CHECK(fx_item(dx) == 6 && fx_item(fx_derivative(dx, x)) == 2);
    CHECK_TEXT(fx_error_text(cx), "");
}

/* What has gone through an i64 has no derivative: it is zero, or an error, never a wrong number. */
FX_TEST(cast, through_an_integer_no_gradient_passes) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const fx_tensor x = fx_f64(g, 2.5);
    const fx_tensor y = fx_mul(fx_cast(fx_cast(x, FX_I64), FX_F64), x);
    CHECK(fx_item(y) == 5);
    const fx_tensor dx = fx_derivative(y, x);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(fx_item(dx) == 2);
}

/* ---- shape ops on integers and masks ---- */

static fx_tensor shapes_of(fx_tensor x) {
    x = fx_transpose(fx_reshape(x, fx_shape2(2, 3)), 0, 1);
    return fx_slice(fx_reshape(x, fx_shape1(6)), 0, -1, FX_ALL, -2); /* 0 3 1 4 2 5: 5 4 3 */
}

FX_TEST(cast, shape_ops_take_any_dtype) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    const int64_t whole[] = {0, 1, 2, 3, 4, INT64_MIN};
    const bool flags[] = {false, false, false, true, false, true};
    const float narrow[] = {0, 1, 2, 3, 4, 5};
    int64_t y[3];
    bool b[3];
    float f[3];
    fx_read_i64(shapes_of(fx_input_i64(g, fx_shape1(6), whole)), 3, y);
    fx_read_bool(shapes_of(fx_input_bool(g, fx_shape1(6), flags)), 3, b);
    fx_read_f32(shapes_of(fx_input_f32(g, fx_shape1(6), narrow)), 3, f);
    CHECK_TEXT(fx_error_text(cx), "");
    CHECK(y[0] == INT64_MIN && y[1] == 4 && y[2] == 3);
    CHECK(b[0] && !b[1] && b[2]);
    CHECK(f[0] == 5 && f[1] == 4 && f[2] == 3);
}
