/* SPDX-License-Identifier: MIT */
/* Standardisation: its laws, values known exactly, constant columns and what cannot be scaled. */
#include <math.h>
#include <string.h>

#include "fluxion/data.h"
#include "support.h"

enum { ROWS = 101, INPUTS = 3, OUTPUTS = 2, COLUMNS = INPUTS + OUTPUTS };

/* Columns that differ in place and spread by many powers of ten. */
static fx_data *uneven_data(fx_context *cx, fx_dtype dtype, bool targets) {
    static const double place[] = {0, 1e3, -1e-7, 5e5, 1e-20}, spread[] = {1, 1e2, 1e-7, 1, 1e-20};
    double x[ROWS * INPUTS], y[ROWS * OUTPUTS];
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            const double value = place[c] + spread[c] * sin(r * r + 7 * c);
            if (c < INPUTS)
                x[r * INPUTS + c] = value;
            else
                y[r * OUTPUTS + c - INPUTS] = value;
        }
    return fx_data_new(cx, dtype, ROWS, INPUTS, x, targets ? OUTPUTS : 0, y);
}

static double value_of(const fx_data *data, int64_t row, int64_t column) {
    const fx_data_view v = fx_data_look(data);
    const void *part = column < v.inputs ? v.x : v.y;
    const int64_t at =
        column < v.inputs ? row * v.inputs + column : row * v.outputs + column - v.inputs;
    return v.dtype == FX_F32 ? (double)((const float *)part)[at] : ((const double *)part)[at];
}

static void check_error(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

FX_TEST(scaler, null_is_fine) {
    double y = 1;
    fx_scaler_free(NULL);
    CHECK(fx_scaler_inputs(NULL) == 0 && fx_scaler_outputs(NULL) == 0);
    CHECK(!fx_scaler_at(NULL, 0).name && !fx_scaler_fit(NULL) && !fx_scaler_apply(NULL, NULL));
    CHECK(fx_scaler_invert(NULL, 1, &y) == FX_ERR_ARGUMENT && y == 1);
    CHECK(!fx_scaler_new(NULL, 1, 0, &(fx_scale){"a", 0, 1}));
}

FX_TEST(scaler, scaled_training_data_has_mean_0_and_deviation_1) {
    fx_context *cx = test_context();
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        const double tolerance = dtype == FX_F32 ? 1e-7 : 1e-14;
        fx_data *data = uneven_data(cx, (fx_dtype)dtype, true);
        fx_scaler *scaler = fx_scaler_fit(data);
        fx_data *scaled = fx_scaler_apply(scaler, data);
        CHECK(fx_scaler_inputs(scaler) == INPUTS && fx_scaler_outputs(scaler) == OUTPUTS);
        CHECK((int)fx_data_look(scaled).dtype == dtype && fx_data_look(scaled).rows == ROWS);
        for (int c = 0; c < COLUMNS; c++) {
            double sum = 0, squares = 0;
            for (int r = 0; r < ROWS; r++) sum += value_of(scaled, r, c);
            for (int r = 0; r < ROWS; r++) squares += pow(value_of(scaled, r, c) - sum / ROWS, 2);
            CHECK_NEAR(sum / ROWS, 0, c == 3 ? 1e3 * tolerance : tolerance); /* 5e5 +- 1 */
            CHECK_NEAR(sqrt(squares / ROWS), 1, tolerance);
            CHECK_TEXT(fx_data_look(scaled).names[c], fx_scaler_at(scaler, c).name);
        }
    }
}

FX_TEST(scaler, columns_of_boston_are_measured_as_rational_numbers_are) {
    static const fx_scale expected[] = {{"crim", 3.613523557312253, 8.59304135129577},
                                        {"tax", 408.2371541501976, 168.37049503938115},
                                        {"medv", 22.532806324110673, 9.188011545278203}};
    static const char *const names[] = {"crim", "tax"};
    fx_context *cx = test_context();
    fx_table *boston = fx_csv_read(cx, "data/boston.csv", NULL);
    fx_scaler *scaler = fx_scaler_fit(fx_data_from_table(boston, "medv", 2, names, FX_F64));
    for (int i = 0; i < 3; i++) {
        const fx_scale s = fx_scaler_at(scaler, i);
        CHECK_TEXT(s.name, expected[i].name);
        CHECK_NEAR(s.mean / expected[i].mean, 1, 1e-14);
        CHECK_NEAR(s.deviation / expected[i].deviation, 1, 1e-14);
    }
    CHECK(!fx_scaler_at(scaler, 3).name && !fx_scaler_at(scaler, -1).name);
}

FX_TEST(scaler, a_constant_column_is_only_moved) {
    static const double constants[] = {0.1, 0, -1e-300, 1e15 + 0.3, 1e308, 3};
    double x[ROWS];
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        for (int rows = 1; rows <= ROWS; rows += 50) {
            for (int r = 0; r < rows; r++) x[r] = constants[i];
            fx_data *data = fx_data_new(cx, FX_F64, rows, 1, x, 0, NULL);
            fx_scaler *scaler = fx_scaler_fit(data);
            const fx_scale s = fx_scaler_at(scaler, 0);
            CHECK(s.mean == constants[i] && s.deviation == 1);
            CHECK(value_of(fx_scaler_apply(scaler, data), rows - 1, 0) == 0);
        }
}

FX_TEST(scaler, a_place_far_away_does_not_spoil_the_deviation) {
    static const double x[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    fx_context *cx = test_context();
    const fx_scale s = fx_scaler_at(fx_scaler_fit(fx_data_new(cx, FX_F64, 4, 1, x, 0, NULL)), 0);
    CHECK(s.mean == 1e9 + 10 && s.deviation == sqrt(22.5));
}

FX_TEST(scaler, invert_undoes_apply) {
    fx_context *cx = test_context();
    fx_data *data = uneven_data(cx, FX_F64, true);
    fx_scaler *scaler = fx_scaler_fit(data);
    fx_data *scaled = fx_scaler_apply(scaler, data);
    double y[ROWS * OUTPUTS];
    memcpy(y, fx_data_look(scaled).y, sizeof y);
    CHECK(fx_scaler_invert(scaler, ROWS, y) == FX_OK);
    const double *original = fx_data_look(data).y;
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        CHECK_NEAR(y[i] / original[i], 1, i % OUTPUTS ? 1e-10 : 1e-15); /* sin near 0 cancels */
    CHECK(fx_scaler_invert(scaler, 0, NULL) == FX_OK);
}

FX_TEST(scaler, data_without_targets_and_of_another_context_is_scaled) {
    fx_context *cx = test_context(), *other = test_context();
    fx_data *data = uneven_data(cx, FX_F64, true), *inputs = uneven_data(other, FX_F64, false);
    fx_scaler *scaler = fx_scaler_fit(data);
    fx_data *a = fx_scaler_apply(scaler, data), *b = fx_scaler_apply(scaler, inputs);
    CHECK(fx_data_look(b).outputs == 0 && fx_data_context(b) == other);
    CHECK(memcmp(fx_data_look(a).x, fx_data_look(b).x, sizeof(double) * ROWS * INPUTS) == 0);
    fx_fail(cx, FX_ERR_IO, "stands where the scaler was made");
    CHECK(fx_scaler_apply(scaler, inputs) && !fx_scaler_apply(scaler, data));
}

FX_TEST(scaler, given_columns_are_copied) {
    char name[] = "length";
    fx_scale columns[] = {{name, 2, 4}, {"price", -1, 0.5}};
    fx_context *cx = test_context();
    fx_scaler *scaler = fx_scaler_new(cx, 1, 1, columns);
    columns[0] = (fx_scale){NULL, 0, 0};
    name[0] = '?';
    CHECK_TEXT(fx_scaler_at(scaler, 0).name, "length");
    CHECK_TEXT(fx_scaler_at(scaler, 1).name, "price");
    const double x[] = {10, -2}, y[] = {0, 1};
    fx_data *scaled = fx_scaler_apply(scaler, fx_data_new(cx, FX_F32, 2, 1, x, 1, y));
    CHECK(value_of(scaled, 0, 0) == 2 && value_of(scaled, 1, 0) == -1);
    CHECK(value_of(scaled, 0, 1) == 2 && value_of(scaled, 1, 1) == 4);
}

FX_TEST(scaler, columns_that_do_not_scale_are_named) {
    static const struct {
        fx_scale column;
        const char *text;
    } table[] = {
        {{NULL, 0, 1}, "fx_scaler_new: the name of column 1 is NULL"},
        {{"b", NAN, 1}, "fx_scaler_new: column b has mean nan; it must be finite"},
        {{"b", INFINITY, 1}, "fx_scaler_new: column b has mean inf; it must be finite"},
        {{"b", 0, 0}, "fx_scaler_new: column b has deviation 0; it must be positive and finite"},
        {{"b", 0, -2}, "fx_scaler_new: column b has deviation -2; it must be positive and finite"},
        {{"b", 0, NAN},
         "fx_scaler_new: column b has deviation nan; it must be positive and finite"},
        {{"b", 0, INFINITY},
         "fx_scaler_new: column b has deviation inf; it must be positive and finite"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const fx_scale columns[] = {{"a", 0, 1}, table[i].column};
        CHECK(!fx_scaler_new(cx, 1, 1, columns));
        check_error(cx, FX_ERR_ARGUMENT, table[i].text);
    }
    const fx_scale fine = {"a", 0, 1};
    CHECK(!fx_scaler_new(cx, 0, 1, &fine));
    check_error(
        cx, FX_ERR_ARGUMENT,
        "fx_scaler_new: 0 inputs and 1 outputs; 1 input or more and 0 outputs or more are needed");
    CHECK(!fx_scaler_new(cx, 1, -1, &fine));
    check_error(
        cx, FX_ERR_ARGUMENT,
        "fx_scaler_new: 1 inputs and -1 outputs; 1 input or more and 0 outputs or more are needed");
    CHECK(!fx_scaler_new(cx, INT64_MAX, 0, &fine));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_scaler_new: 9223372036854775807 inputs and 0 outputs; 1 input or more and 0 "
                "outputs or more are needed");
    CHECK(!fx_scaler_new(cx, 1, INT64_MAX, &fine));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_scaler_new: 1 inputs and 9223372036854775807 outputs; 1 input or more and 0 "
                "outputs or more are needed");
    CHECK(!fx_scaler_new(cx, 2, 1, NULL));
    check_error(cx, FX_ERR_ARGUMENT, "fx_scaler_new: 2 inputs and 1 outputs, but columns is NULL");
}

FX_TEST(scaler, data_that_does_not_fit_is_refused) {
    fx_context *cx = test_context();
    fx_data *data = uneven_data(cx, FX_F64, true);
    fx_scaler *scaler = fx_scaler_fit(data);
    const double x[] = {1, 2, 3};
    double y = 1;
    CHECK(!fx_scaler_apply(scaler, fx_data_new(cx, FX_F64, 1, 2, x, 0, NULL)));
    check_error(cx, FX_ERR_SHAPE,
                "fx_scaler_apply: the scaler has 3 inputs and 2 outputs, the data 2 and 0");
    CHECK(!fx_scaler_apply(scaler, fx_data_new(cx, FX_F64, 1, 3, x, 1, x)));
    check_error(cx, FX_ERR_SHAPE,
                "fx_scaler_apply: the scaler has 3 inputs and 2 outputs, the data 3 and 1");
    CHECK(!fx_scaler_apply(scaler, NULL));
    check_error(cx, FX_ERR_ARGUMENT, "fx_scaler_apply: data is NULL");
    CHECK(!fx_scaler_apply(NULL, data));
    check_error(cx, FX_ERR_ARGUMENT, "fx_scaler_apply: scaler is NULL");
    CHECK(fx_scaler_invert(scaler, -1, &y) == FX_ERR_ARGUMENT && y == 1);
    check_error(cx, FX_ERR_ARGUMENT, "fx_scaler_invert: -1 rows");
    CHECK(fx_scaler_invert(scaler, 2, NULL) == FX_ERR_ARGUMENT);
    check_error(cx, FX_ERR_ARGUMENT, "fx_scaler_invert: 2 rows, but y is NULL");
}

FX_TEST(scaler, values_too_large_are_named) {
    static const double small[] = {1, 2}, far[] = {-1e308, 1e308}, wide[] = {-1e200, 1e200};
    static const fx_scale tiny = {"a", 0, 1e-10};
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    fx_data *data = fx_data_new(cx, FX_F64, 2, 1, far, 0, NULL);
    CHECK(!fx_scaler_fit(data));
    check_error(cx, FX_ERR_NAN,
                "fx_scaler_fit: column x1 has values too large: mean inf, deviation inf");
    fx_scaler *scaler = fx_scaler_new(cx, 1, 0, &tiny);
    CHECK(!fx_scaler_apply(scaler, data));
    check_error(cx, FX_ERR_NAN,
                "fx_scaler_apply: row 0 (counted from 0) of column x1 is -inf, not a finite f64");
    fx_data_free(data);
    data = fx_data_new(cx, FX_F64, 2, 1, small, 1, wide);
    CHECK(!fx_scaler_fit(data));
    check_error(cx, FX_ERR_NAN,
                "fx_scaler_fit: column y1 has values too large: mean 0, deviation inf");
    fx_data_free(data);
    fx_scaler_free(scaler);
    CHECK(fx_context_memory(cx).bytes == before);
}

FX_TEST(scaler, an_error_standing_makes_nothing) {
    fx_context *cx = test_context();
    fx_data *data = uneven_data(cx, FX_F64, true);
    fx_scaler *scaler = fx_scaler_fit(data);
    const fx_scale fine = {"a", 0, 1};
    double y[] = {1, 2};
    fx_fail(cx, FX_ERR_IO, "stands");
    CHECK(!fx_scaler_fit(data) && !fx_scaler_apply(scaler, data) &&
          !fx_scaler_new(cx, 1, 0, &fine));
    CHECK(fx_scaler_invert(scaler, 1, y) == FX_ERR_IO && y[0] == 1);
    check_error(cx, FX_ERR_IO, "stands");
}

/* Each step makes an object or NULL; the scaler of a failed fit is NULL. */
FX_TEST(scaler, every_failing_request_is_survived) {
    static const fx_scale columns[] = {{"a", 0, 1}, {"b", 0, 1}, {"c", 0, 1}};
    fx_context *cx = test_context();
    fx_data *data = uneven_data(cx, FX_F64, true);
    fx_scaler *scaler = fx_scaler_fit(data);
    const size_t before = fx_context_memory(cx).bytes;
    for (int n = 0; n < 6; n++) {
        fx_fail_request(cx, 1, n % 2);
        CHECK(n / 2 != 0 || !fx_scaler_fit(data));
        CHECK(n / 2 != 1 || !fx_scaler_new(cx, 3, 0, columns));
        CHECK(n / 2 != 2 || !fx_scaler_apply(scaler, data));
        CHECK(fx_error(cx) == FX_ERR_MEMORY && fx_context_memory(cx).bytes == before);
        CHECK(fx_fail_request(cx, 0, false) == 1);
        fx_clear(cx);
    }
    fx_scaler_free(fx_scaler_fit(data));
    fx_scaler_free(fx_scaler_new(cx, 3, 0, columns));
    fx_data_free(fx_scaler_apply(scaler, data));
    CHECK(fx_error(cx) == FX_OK && fx_context_memory(cx).bytes == before);
}
