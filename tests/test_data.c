/* SPDX-License-Identifier: MIT */
/* Data sets from memory and from tables, rows taken from them, and scikit-learn's split. */
#include <math.h>
#include <string.h>

#include "fluxion/data.h"
#include "support.h"

static const double some_x[] = {1, 2, 3, 4, 5, 6}, some_y[] = {10, 20, 30};

static fx_data *some_data(fx_context *cx, fx_dtype dtype) {
    return fx_data_new(cx, dtype, 3, 2, some_x, 1, some_y);
}

static fx_table *some_table(fx_context *cx) {
    static const char text[] = "crim,rm,town,medv\n1,2,x,30\n4,5,y,60\n7,NA,z,90\n";
    fx_csv_options options = fx_csv_defaults();
    options.missing = FX_MISSING_KEEP;
    return fx_csv_parse(cx, text, sizeof text - 1, "data.csv", &options);
}

/* The error that stands is this one; it is cleared. */
static void check_error(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

FX_TEST(data, null_data_is_fine) {
    fx_data *train = (fx_data *)1, *test = (fx_data *)1;
    const int64_t row = 0;
    fx_data_free(NULL);
    CHECK(!fx_data_context(NULL));
    const fx_data_view v = fx_data_look(NULL);
    CHECK(!v.rows && !v.inputs && !v.outputs && v.dtype == FX_F32 && !v.x && !v.y && !v.names);
    CHECK(!fx_data_take(NULL, 1, &row));
    CHECK(!fx_data_from_table(NULL, NULL, 0, NULL, FX_F32));
    CHECK(!fx_data_new(NULL, FX_F32, 3, 2, some_x, 1, some_y));
    CHECK(fx_train_test_split(NULL, 0.5, 0, &train, &test) == FX_ERR_ARGUMENT && !train && !test);
}

FX_TEST(data, copies_values_in_either_dtype) {
    fx_context *cx = test_context();
    double x[] = {1, 2, 3, 4, 5, 6};
    fx_data *wide = fx_data_new(cx, FX_F64, 3, 2, x, 1, some_y), *narrow = some_data(cx, FX_F32);
    x[0] = 99;
    const fx_data_view w = fx_data_look(wide), n = fx_data_look(narrow);
    CHECK(fx_data_context(wide) == cx && w.dtype == FX_F64 && n.dtype == FX_F32);
    CHECK(w.rows == 3 && w.inputs == 2 && w.outputs == 1);
    CHECK(memcmp(w.x, some_x, sizeof some_x) == 0 && memcmp(w.y, some_y, sizeof some_y) == 0);
    for (int i = 0; i < 6; i++) CHECK(((const float *)n.x)[i] == (float)some_x[i]);
    for (int i = 0; i < 3; i++) CHECK(((const float *)n.y)[i] == (float)some_y[i]);
    CHECK_TEXT(w.names[0], "x1");
    CHECK_TEXT(w.names[1], "x2");
    CHECK_TEXT(w.names[2], "y1");
    CHECK((uintptr_t)w.x % 64 == 0 && (uintptr_t)w.y % 64 == 0);
}

FX_TEST(data, targets_may_be_missing_and_columns_many) {
    static double x[20000];
    fx_context *cx = test_context();
    const fx_data_view v = fx_data_look(fx_data_new(cx, FX_F64, 1, 20000, x, 0, NULL));
    CHECK(v.outputs == 0 && v.inputs == 20000);
    CHECK_TEXT(v.names[9], "x10");
    CHECK_TEXT(v.names[19999], "x20000");
}

FX_TEST(data, values_that_are_not_finite_are_named) {
    static const struct {
        fx_dtype dtype;
        int at; /* in x, then in y */
        double value;
        const char *text;
    } table[] = {
        {FX_F64, 3, NAN,
         "fx_data_new: row 1 (counted from 0) of column x2 is nan, not a finite f64"},
        {FX_F64, 4, -INFINITY,
         "fx_data_new: row 2 (counted from 0) of column x1 is -inf, not a finite f64"},
        {FX_F32, 8, INFINITY,
         "fx_data_new: row 2 (counted from 0) of column y1 is inf, not a finite f32"},
        {FX_F32, 0, 1e300,
         "fx_data_new: row 0 (counted from 0) of column x1 is 1e+300, not a finite f32"},
        {FX_F64, 0, 1e300, ""},
    };
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double all[9] = {0};
        all[table[i].at] = table[i].value;
        fx_data *data = fx_data_new(cx, table[i].dtype, 3, 2, all, 1, all + 6);
        CHECK_TEXT(fx_error_text(cx), table[i].text);
        CHECK(table[i].text[0] ? !data && fx_error(cx) == FX_ERR_NAN : data != NULL);
        fx_clear(cx);
        fx_data_free(data);
        CHECK(fx_context_memory(cx).bytes == before);
    }
}

FX_TEST(data, wrong_arguments_are_named) {
    static const struct {
        fx_dtype dtype;
        int64_t rows, inputs, outputs;
        const double *x, *y;
        fx_status status;
        const char *text;
    } table[] = {
        {FX_I64, 3, 2, 1, some_x, some_y, FX_ERR_DTYPE,
         "fx_data_new: data sets are f32 or f64, not i64"},
        {(fx_dtype)9, 3, 2, 1, some_x, some_y, FX_ERR_DTYPE,
         "fx_data_new: data sets are f32 or f64, not ?"},
        {FX_F32, 0, 2, 1, some_x, some_y, FX_ERR_ARGUMENT,
         "fx_data_new: 0 rows of 2 inputs and 1 outputs; there must be a row and an input"},
        {FX_F32, 3, 0, 1, some_x, some_y, FX_ERR_ARGUMENT,
         "fx_data_new: 3 rows of 0 inputs and 1 outputs; there must be a row and an input"},
        {FX_F32, 3, 2, -1, some_x, some_y, FX_ERR_ARGUMENT,
         "fx_data_new: 3 rows of 2 inputs and -1 outputs; there must be a row and an input"},
        {FX_F32, 3, 2, 0, NULL, some_y, FX_ERR_ARGUMENT, "fx_data_new: x is NULL"},
        {FX_F32, 3, 2, 1, some_x, NULL, FX_ERR_ARGUMENT, "fx_data_new: y is NULL"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        CHECK(!fx_data_new(cx, table[i].dtype, table[i].rows, table[i].inputs, table[i].x,
                           table[i].outputs, table[i].y));
        check_error(cx, table[i].status, table[i].text);
    }
}

FX_TEST(data, sizes_that_overflow_are_a_lack_of_memory) {
    static const int64_t table[][3] = {
        {INT64_MAX, 1, 0},
        {INT64_MAX, INT64_MAX, INT64_MAX},
        {1, INT64_MAX, 1},
        {1, 1, INT64_MAX},
        {INT64_C(1) << 32, INT64_C(1) << 32, 0},
        {INT64_MAX / 64 + 1, 1, 0},
        {INT64_MAX / 128, 1, 1},
    };
    fx_context_options options = fx_context_defaults();
    options.memory_cap = 1 << 20; /* so that the sanitizers' allocators do not stop the test */
    fx_context *cx = test_context_with(&options);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const int64_t *n = table[i];
        CHECK(!fx_data_new(cx, FX_F64, n[0], n[1], some_x, n[2], some_y));
        CHECK(fx_error(cx) == FX_ERR_MEMORY);
        fx_clear(cx);
    }
}

FX_TEST(data, an_error_standing_makes_nothing) {
    fx_context *cx = test_context();
    const int64_t row = 0;
    fx_table *table = some_table(cx);
    fx_data *data = some_data(cx, FX_F32), *train, *test;
    fx_fail(cx, FX_ERR_IO, "stands");
    CHECK(!some_data(cx, FX_F32) && !fx_data_from_table(table, NULL, 0, NULL, FX_F32));
    CHECK(!fx_data_take(data, 1, &row));
    CHECK(fx_train_test_split(data, 0.5, 0, &train, &test) == FX_ERR_IO && !train && !test);
    check_error(cx, FX_ERR_IO, "stands");
}

FX_TEST(data, columns_of_a_table_in_any_order) {
    static const char *const names[] = {"medv", "crim"};
    fx_context *cx = test_context();
    fx_table *table = some_table(cx);
    fx_data *data = fx_data_from_table(table, NULL, 2, names, FX_F64);
    fx_data_view v = fx_data_look(data);
    CHECK(v.rows == 3 && v.inputs == 2 && v.outputs == 0);
    CHECK_TEXT(v.names[0], "medv");
    CHECK_TEXT(v.names[1], "crim");
    static const double expected[] = {30, 1, 60, 4, 90, 7};
    CHECK(memcmp(v.x, expected, sizeof expected) == 0);
    v = fx_data_look(fx_data_from_table(table, "crim", 1, names, FX_F64));
    CHECK(v.inputs == 1 && v.outputs == 1 && ((const double *)v.x)[2] == 90);
    CHECK(((const double *)v.y)[1] == 4);
    CHECK_TEXT(v.names[1], "crim");
    fx_table_free(table); /* the names are copies */
    CHECK_TEXT(v.names[0], "medv");
}

FX_TEST(data, all_other_columns_of_a_table) {
    fx_context *cx = test_context();
    static const char text[] = "a,b,c\n1,2,3\n4,5,6\n";
    fx_table *table = fx_csv_parse(cx, text, sizeof text - 1, "data.csv", NULL);
    static const char *const names[][3] = {{"b", "c", "a"}, {"a", "c", "b"}, {"a", "b", "c"}};
    for (int t = 0; t < 3; t++) {
        const char *target = names[t][2];
        const fx_data_view v = fx_data_look(fx_data_from_table(table, target, 0, NULL, FX_F32));
        CHECK(v.rows == 2 && v.inputs == 2 && v.outputs == 1);
        for (int i = 0; i < 3; i++) CHECK_TEXT(v.names[i], names[t][i]);
        CHECK(((const float *)v.y)[1] == (float)(4 + t));
    }
    const fx_data_view v = fx_data_look(fx_data_from_table(table, NULL, 0, NULL, FX_F64));
    CHECK(v.inputs == 3 && v.outputs == 0 && ((const double *)v.x)[5] == 6);
}

FX_TEST(data, what_a_table_cannot_give_is_named) {
    static const char *const crim[] = {"crim", "crim"}, *const none[] = {"crim", NULL},
                             *const rm[] = {"crim", "rm"}, *const wrong[] = {"rmm"},
                             *const unknown[] = {"latitude"};
    static const struct {
        const char *target;
        int64_t n;
        const char *const *names;
        fx_status status;
        const char *text;
    } table[] = {
        {"mdev", 1, crim, FX_ERR_ARGUMENT,
         "data.csv has no column \"mdev\"; did you mean \"medv\"? it has the columns crim, rm, "
         "town, medv"},
        {"medc", 0, NULL, FX_ERR_ARGUMENT,
         "data.csv has no column \"medc\"; did you mean \"medv\"? it has the columns crim, rm, "
         "town, medv"},
        {NULL, 1, wrong, FX_ERR_ARGUMENT,
         "data.csv has no column \"rmm\"; did you mean \"rm\"? it has the columns crim, rm, town, "
         "medv"},
        {NULL, 1, unknown, FX_ERR_ARGUMENT,
         "data.csv has no column \"latitude\"; it has the columns crim, rm, town, medv"},
        {"crim", 1, crim, FX_ERR_ARGUMENT,
         "fx_data_from_table: column \"crim\" is named twice; target and features are different "
         "columns"},
        {NULL, 2, crim, FX_ERR_ARGUMENT,
         "fx_data_from_table: column \"crim\" is named twice; target and features are different "
         "columns"},
        {NULL, 2, none, FX_ERR_ARGUMENT, "fx_data_from_table: the name of feature 1 is NULL"},
        {NULL, -1, crim, FX_ERR_ARGUMENT,
         "fx_data_from_table: -1 features of a table with 4 columns"},
        {NULL, 5, crim, FX_ERR_ARGUMENT,
         "fx_data_from_table: 5 features of a table with 4 columns"},
        {"medv", 2, NULL, FX_ERR_ARGUMENT,
         "fx_data_from_table: 2 features, named by NULL, of a table with 4 columns, one of them "
         "the target"},
        {"town", 1, crim, FX_ERR_DATA, "data.csv:2:5: 'x' is not a number (column \"town\")"},
        {"medv", 0, NULL, FX_ERR_DATA, "data.csv:2:5: 'x' is not a number (column \"town\")"},
        {"medv", 2, rm, FX_ERR_NAN, "data.csv:4: value is missing (column \"rm\")"},
    };
    fx_context *cx = test_context();
    fx_table *from = some_table(cx);
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        CHECK(!fx_data_from_table(from, table[i].target, table[i].n, table[i].names, FX_F32));
        check_error(cx, table[i].status, table[i].text);
        CHECK(fx_context_memory(cx).bytes == before);
    }
    CHECK(!fx_data_from_table(from, NULL, 0, NULL, FX_BOOL));
    check_error(cx, FX_ERR_DTYPE, "fx_data_from_table: data sets are f32 or f64, not bool");
}

FX_TEST(data, a_value_that_is_not_finite_is_named_with_its_line) {
    static const struct {
        const char *csv;
        fx_dtype dtype;
        const char *text;
    } cases[] = {
        {"a,b\n1,2\n\n1,1e39\n", FX_F32, "data.csv:4: 1e+39 is not a finite f32 (column \"b\")"},
        {"a,b\n-inf,2\n", FX_F64, "data.csv:2: -inf is not a finite f64 (column \"a\")"},
        {"a,b\n1,2\n1,1e999\n", FX_F64, "data.csv:3: inf is not a finite f64 (column \"b\")"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *csv = cases[i].csv;
        fx_table *table = fx_csv_parse(cx, csv, strlen(csv), "data.csv", NULL);
        CHECK(!fx_data_from_table(table, "b", 0, NULL, cases[i].dtype));
        check_error(cx, FX_ERR_NAN, cases[i].text);
    }
}

FX_TEST(data, a_table_of_the_target_alone_has_no_features) {
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, "a\n1\n", 4, "data.csv", NULL);
    CHECK(!fx_data_from_table(table, "a", 0, NULL, FX_F32));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_data_from_table: 0 features of a table with 1 columns, one of them the target");
    CHECK(fx_table_drop(table, "a") == FX_OK && !fx_data_from_table(table, NULL, 0, NULL, FX_F32));
    check_error(cx, FX_ERR_ARGUMENT, "fx_data_from_table: 0 features of a table with 0 columns");
}

FX_TEST(data, take_gives_rows_in_order_and_again) {
    static const int64_t rows[] = {2, 0, 2, 1};
    fx_context *cx = test_context();
    for (int dtype = FX_F32; dtype <= FX_F64; dtype++) {
        fx_data *data = some_data(cx, (fx_dtype)dtype);
        const fx_data_view v = fx_data_look(fx_data_take(data, 4, rows));
        fx_data_free(data);
        CHECK(v.rows == 4 && v.inputs == 2 && v.outputs == 1 && (int)v.dtype == dtype);
        CHECK_TEXT(v.names[1], "x2");
        CHECK_TEXT(v.names[2], "y1");
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 3; j++) {
                const void *part = j < 2 ? v.x : v.y;
                const int at = j < 2 ? 2 * i + j : i;
                const double value = dtype == FX_F32 ? (double)((const float *)part)[at]
                                                     : ((const double *)part)[at];
                CHECK(value == (j < 2 ? some_x[2 * rows[i] + j] : some_y[rows[i]]));
            }
    }
}

FX_TEST(data, take_refuses_rows_that_are_not_there) {
    static const int64_t rows[] = {0, 3}, negative[] = {-1};
    fx_context *cx = test_context();
    fx_data *data = some_data(cx, FX_F32);
    CHECK(!fx_data_take(data, 2, rows));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_data_take: there is no row 3 (rows[1]); the data has rows 0 to 2");
    CHECK(!fx_data_take(data, 1, negative));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_data_take: there is no row -1 (rows[0]); the data has rows 0 to 2");
    CHECK(!fx_data_take(data, 0, rows));
    check_error(cx, FX_ERR_ARGUMENT, "fx_data_take: 0 rows; at least one is needed");
    CHECK(!fx_data_take(data, 2, NULL));
    check_error(cx, FX_ERR_ARGUMENT,
                "fx_data_take: 2 rows, listed in NULL; at least one is needed");
}

/* ------------------------------------------------------------------------------- split */

FX_TEST(data, the_split_is_that_of_scikit_learn) {
    fx_context *cx = test_context();
    fx_data *train, *test;
    fx_table *split = fx_csv_read(cx, "data/boston_split_seed42.csv", NULL);
    const double *row = fx_table_column(split, 0);
    fx_table *boston = fx_csv_read(cx, "data/boston.csv", NULL);
    fx_data *data = fx_data_from_table(boston, "medv", 0, NULL, FX_F64);
    CHECK(fx_train_test_split(data, 0.2, 42, &train, &test) == FX_OK);
    const fx_data_view all = fx_data_look(data), a = fx_data_look(test), b = fx_data_look(train);
    CHECK(fx_table_rows(split) == 506 && a.rows == 102 && b.rows == 404 && a.inputs == 13);
    CHECK_TEXT(b.names[0], "crim");
    CHECK_TEXT(b.names[13], "medv");
    for (int64_t i = 0; i < 506; i++) {
        const fx_data_view *part = i < 102 ? &a : &b;
        const int64_t at = i < 102 ? i : i - 102, from = (int64_t)row[i];
        CHECK(memcmp((const double *)part->x + 13 * at, (const double *)all.x + 13 * from,
                     13 * sizeof(double)) == 0);
        CHECK(((const double *)part->y)[at] == ((const double *)all.y)[from]);
    }
}

FX_TEST(data, the_split_has_every_row_once_and_both_parts) {
    double x[10];
    for (int i = 0; i < 10; i++) x[i] = i;
    fx_context *cx = test_context();
    for (int n = 2; n <= 10; n++)
        for (int percent = 1; percent < 100; percent++) {
            fx_data *train = NULL, *test = NULL, *data = fx_data_new(cx, FX_F64, n, 1, x, 0, NULL);
            const int64_t expected = (int64_t)ceil(percent / 100.0 * n);
            const fx_status status =
                fx_train_test_split(data, percent / 100.0, (uint32_t)percent, &train, &test);
            CHECK((status == FX_OK) == (expected < n) && (status == FX_OK) == (train != NULL));
            fx_clear(cx);
            const fx_data_view a = fx_data_look(test), b = fx_data_look(train);
            CHECK(!train || (a.rows == expected && a.rows + b.rows == n));
            int seen = 0;
            for (int64_t i = 0; i < a.rows; i++) seen |= 1 << (int)((const double *)a.x)[i];
            for (int64_t i = 0; i < b.rows; i++) seen |= 1 << (int)((const double *)b.x)[i];
            CHECK(!train || seen == (1 << n) - 1);
            fx_data_free(data), fx_data_free(train), fx_data_free(test);
        }
}

FX_TEST(data, a_split_without_two_parts_is_refused) {
    static const struct {
        double test_size;
        const char *text;
    } table[] = {
        {0, "fx_train_test_split: test_size is 0; it is a share between 0 and 1"},
        {1, "fx_train_test_split: test_size is 1; it is a share between 0 and 1"},
        {-0.5, "fx_train_test_split: test_size is -0.5; it is a share between 0 and 1"},
        {NAN, "fx_train_test_split: test_size is nan; it is a share between 0 and 1"},
        {0.7, "fx_train_test_split: test_size 0.7 of 3 rows leaves none to train with"},
    };
    fx_context *cx = test_context();
    fx_data *data = some_data(cx, FX_F32), *train, *test;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        train = test = data;
        CHECK(fx_train_test_split(data, table[i].test_size, 0, &train, &test) == FX_ERR_ARGUMENT);
        CHECK(!train && !test);
        check_error(cx, FX_ERR_ARGUMENT, table[i].text);
    }
    CHECK(fx_train_test_split(data, 0.5, 0, NULL, &test) == FX_ERR_ARGUMENT && !test);
    check_error(cx, FX_ERR_ARGUMENT, "fx_train_test_split: train is NULL");
    CHECK(fx_train_test_split(data, 0.5, 0, &train, NULL) == FX_ERR_ARGUMENT && !train);
    check_error(cx, FX_ERR_ARGUMENT, "fx_train_test_split: test is NULL");
}

/* ------------------------------------------------------------------------------ memory */

static fx_data *make_new(fx_context *cx, const fx_table *table, const fx_data *data) {
    (void)table, (void)data;
    return some_data(cx, FX_F32);
}

static fx_data *make_from_table(fx_context *cx, const fx_table *table, const fx_data *data) {
    static const char *const names[] = {"crim"};
    (void)cx, (void)data;
    return fx_data_from_table(table, "medv", 1, names, FX_F64);
}

static fx_data *make_taken(fx_context *cx, const fx_table *table, const fx_data *data) {
    static const int64_t rows[] = {1, 1};
    (void)cx, (void)table;
    return fx_data_take(data, 2, rows);
}

static fx_data *make_split(fx_context *cx, const fx_table *table, const fx_data *data) {
    fx_data *train, *test;
    (void)table;
    const fx_status status = fx_train_test_split(data, 0.5, 3, &train, &test);
    CHECK(status == fx_error(cx) && !train == (status != FX_OK) && !test == !train);
    fx_data_free(test);
    return train;
}

/* What is freed early, what a failing request leaves, and what only the context frees. */
FX_TEST(data, every_failing_request_is_survived) {
    static fx_data *(*const makers[])(fx_context *, const fx_table *, const fx_data *) = {
        make_new, make_from_table, make_taken, make_split};
    fx_context *cx = test_context();
    fx_table *table = some_table(cx);
    fx_data *data = some_data(cx, FX_F64);
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++) {
        fx_fail_request(cx, 0, false);
        fx_data_free(makers[m](cx, table, data));
        const int64_t requests = fx_fail_request(cx, 0, false);
        CHECK(requests > 0 && fx_context_memory(cx).bytes == before);
        for (int64_t n = 1; n <= 2 * requests; n++) {
            fx_fail_request(cx, (n + 1) / 2, n % 2);
            CHECK(!makers[m](cx, table, data) && fx_error(cx) == FX_ERR_MEMORY);
            CHECK(fx_context_memory(cx).bytes == before);
            fx_fail_request(cx, 0, false);
            fx_clear(cx);
        }
    }
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++)
        CHECK(makers[m](cx, table, data)); /* freed by the context */
}
