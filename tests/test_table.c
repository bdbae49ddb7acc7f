/* SPDX-License-Identifier: MIT */
/* Tables: columns by name and index, columns taken out, every allocation failing in turn. */
#include "fluxion/table.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

FX_TEST(table, null_tables_are_fine) {
    fx_table_free(NULL);
    CHECK(!fx_table_context(NULL) && !fx_table_rows(NULL) && !fx_table_columns(NULL));
    CHECK_TEXT(fx_table_name(NULL, 0), "");
    CHECK(fx_table_find(NULL, "a") == -1 && !fx_table_column(NULL, 0));
    CHECK(fx_table_drop(NULL, "a") == FX_ERR_ARGUMENT);
}

FX_TEST(table, an_index_outside_is_reported) {
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, "a,b\n1,2\n", 8, "data.csv", NULL);
    CHECK(fx_table_context(table) == cx);
    CHECK_TEXT(fx_table_name(table, -1), "");
    CHECK_TEXT(fx_table_name(table, 2), "");
    CHECK(fx_table_find(table, "c") == -1 && fx_table_find(table, NULL) == -1);
    CHECK(!fx_table_column(table, 2));
    CHECK_TEXT(fx_error_text(cx), "table: no column 2; data.csv has 2, counted from 0");
    fx_clear(cx);
    CHECK(!fx_table_column(table, -1) && fx_error(cx) == FX_ERR_ARGUMENT);
}

FX_TEST(table, drop_takes_a_column_out_or_says_what_was_meant) {
    static const char text[] = "crim,rm,b,lstat\n1,2,x,4\n5,6,7,8\n";
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, text, sizeof text - 1, "data.csv", NULL);
    CHECK(fx_table_drop(table, "lstta") == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "data.csv has no column \"lstta\"; did you mean "
                                  "\"lstat\"? it has the columns crim, rm, b, lstat");
    CHECK(fx_table_drop(table, "b") == FX_ERR_ARGUMENT && fx_table_columns(table) == 4);
    fx_clear(cx);
    CHECK(fx_table_drop(table, "price") == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx),
               "data.csv has no column \"price\"; it has the columns crim, rm, b, lstat");
    fx_clear(cx);
    CHECK(fx_table_drop(table, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "table: the name of a column is NULL");
    fx_clear(cx);
    CHECK(fx_table_drop(table, "b") == FX_OK && fx_table_drop(table, "crim") == FX_OK);
    CHECK(fx_table_columns(table) == 2 && fx_table_find(table, "b") == -1);
    CHECK_TEXT(fx_table_name(table, 1), "lstat");
    CHECK(fx_table_column(table, 0)[1] == 6 && fx_table_column(table, 1)[0] == 4);
    CHECK(fx_table_drop(table, "rm") == FX_OK && fx_table_drop(table, "lstat") == FX_OK);
    CHECK(fx_table_columns(table) == 0 && fx_table_rows(table) == 2);
    CHECK(fx_table_drop(table, "rm") == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "data.csv has no column \"rm\"; it has no columns");
}

FX_TEST(table, a_long_list_of_columns_is_cut_between_names) {
    char text[8000] = "", expected[8000] = "data.csv has no column \"x\"; it has the columns ";
    for (int i = 0; i < 500; i++)
        snprintf(text + strlen(text), 32, "%scolumn%03d", i ? "," : "", i);
    strcat(text, "\n");
    for (int i = 0; i < 500; i++) strcat(text, i ? ",1" : "1");
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, text, strlen(text), "data.csv", NULL);
    CHECK(fx_table_drop(table, "x") == FX_ERR_ARGUMENT);
    for (int i = 0; i < 46; i++) snprintf(expected + strlen(expected), 32, "column%03d, ", i);
    strcat(expected, "...");
    CHECK_TEXT(fx_error_text(cx), expected);
}

FX_TEST(table, a_row_knows_its_line) {
    static const char text[] = "a,b\n\n1,\"\n2\"\n3,NA\n\n5,6";
    fx_context *cx = test_context();
    fx_csv_options options = fx_csv_defaults();
    options.missing = FX_MISSING_DROP;
    fx_table *table = fx_csv_parse(cx, text, sizeof text - 1, "data.csv", &options);
    CHECK(fx_table_rows(table) == 2);
    CHECK(fx_table_line(table, 0) == 3 && fx_table_line(table, 1) == 7);
    CHECK(!fx_table_line(table, -1) && !fx_table_line(table, 2) && !fx_table_line(NULL, 0));
    CHECK_TEXT(fx_table_source(table), "data.csv");
    CHECK_TEXT(fx_table_source(NULL), "");
}

FX_TEST(table, need_is_find_with_an_error) {
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, "a,b\n1,2\n", 8, "data.csv", NULL);
    CHECK(fx_table_need(NULL, "a") == -1 && fx_table_need(table, "b") == 1 && !fx_error(cx));
    CHECK(fx_table_need(table, "z") == -1 && fx_error(cx) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "data.csv has no column \"z\"; it has the columns a, b");
    fx_clear(cx);
    CHECK(fx_table_need(table, NULL) == -1);
    CHECK_TEXT(fx_error_text(cx), "table: the name of a column is NULL");
}

FX_TEST(table, every_failing_request_is_survived) {
    static const char text[] = "crim,rm,b\n1,2,x\n5,NA,7\n8,9,10\n";
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    fx_csv_options options = fx_csv_defaults();
    options.missing = FX_MISSING_DROP;
    fx_fail_request(cx, 0, false);
    fx_table_free(fx_csv_parse(cx, text, sizeof text - 1, "data.csv", &options));
    const int64_t requests = fx_fail_request(cx, 0, false);
    CHECK(requests > 0 && fx_context_memory(cx).bytes == before);
    for (int64_t n = 1; n <= 2 * requests; n++) {
        fx_fail_request(cx, (n + 1) / 2, n % 2);
        CHECK(!fx_csv_parse(cx, text, sizeof text - 1, "data.csv", &options));
        CHECK(fx_error(cx) == FX_ERR_MEMORY && fx_context_memory(cx).bytes == before);
        fx_fail_request(cx, 0, false);
        fx_clear(cx);
        fx_table *table = fx_csv_parse(cx, text, sizeof text - 1, "data.csv", &options);
        CHECK(fx_table_rows(table) == 2 && fx_table_column(table, 1)[1] == 9);
        fx_table_free(table);
    }
}

FX_TEST(table, every_failing_request_of_a_file_is_survived) {
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    fx_fail_request(cx, 0, false);
    fx_table_free(fx_csv_read(cx, "data/diabetes.csv", NULL));
    const int64_t requests = fx_fail_request(cx, 0, false);
    CHECK(fx_error(cx) == FX_OK && requests > 2);
    for (int64_t n = 1; n <= requests; n++) {
        fx_fail_request(cx, n, false);
        CHECK(!fx_csv_read(cx, "data/diabetes.csv", NULL) && fx_error(cx) == FX_ERR_MEMORY);
        CHECK(fx_context_memory(cx).bytes == before);
        fx_clear(cx);
    }
    fx_fail_request(cx, 0, false);
    CHECK(fx_table_rows(fx_csv_read(cx, "data/diabetes.csv", NULL)) == 442);
}
