/* SPDX-License-Identifier: MIT */
/* CSV in, table out: what each text means, the exact words for each that is refused, hostile
 * texts, and every allocation failing in turn. */
#include "fluxion/table.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { MOST = 6 };

/* A text, and the table it is. names: joined with |; a column of text has no values. */
typedef struct reading {
    const char *text;
    char separator;
    bool no_header;
    fx_missing missing;
    const char *names;
    int rows;
    double values[MOST]; /* row by row, without columns of text */
} reading;

static const reading readings[] = {
    {"a,b\n1,2\n3,4\n", 0, 0, 0, "a|b", 2, {1, 2, 3, 4}},
    {"a,b\n1,2\n3,4", 0, 0, 0, "a|b", 2, {1, 2, 3, 4}},
    {"a,b\r\n1,2\r\n3,4\r\n", 0, 0, 0, "a|b", 2, {1, 2, 3, 4}},
    {"a,b\r1,2\r3,4\r", 0, 0, 0, "a|b", 2, {1, 2, 3, 4}},
    {"a,b\r1,2\n\r3,4\r\n", 0, 0, 0, "a|b", 2, {1, 2, 3, 4}},
    {"\xEF\xBB\xBF"
     "a,b\n1,2\n",
     0,
     0,
     0,
     "a|b",
     1,
     {1, 2}},
    {"\n\n \t\na,b\n\n1,2\n  \n\n", 0, 0, 0, "a|b", 1, {1, 2}},
    {" a ,\tb\n 1 , 2\t\n", 0, 0, 0, "a|b", 1, {1, 2}},
    {"a;b\n1;2\n", 0, 0, 0, "a|b", 1, {1, 2}},
    {"a\tb\n1\t2\n", 0, 0, 0, "a|b", 1, {1, 2}},
    {"a;\"b,c,d\"\n1;2\n", 0, 0, 0, "a|b,c,d", 1, {1, 2}},
    {"a,b;c,d\n1,2,3\n", 0, 0, 0, "a|b;c|d", 1, {1, 2, 3}},
    {"a,b;c\n1;2\n", ';', 0, 0, "a,b|c", 1, {1, 2}},
    {"a b\n1 2\n", ' ', 0, 0, "a|b", 1, {1, 2}},
    {"a|b\n1|2\n", '|', 0, 0, "a|b", 1, {1, 2}},
    {"a\n1\n2\n", 0, 0, 0, "a", 2, {1, 2}},
    {"1,2\n3,4\n", 0, 1, 0, "c1|c2", 2, {1, 2, 3, 4}},
    {"1,5;2,5;3\n", 0, 1, 0, "c1|c2|c3", 1, {3}},
    {"\"a\",\"b \"\"c\"\"\",\"\"\n\"1\",2,\"3\"\n", 0, 0, 0, "a|b \"c\"|", 1, {1, 2, 3}},
    {"\"a\r\nb\",c\n1,2\n", 0, 0, 0, "a\r\nb|c", 1, {1, 2}},
    {" \"a\" , b\n1, \"2\" \n", 0, 0, 0, "a|b", 1, {1, 2}},
    {"5\" pipe,b\n1,2\n", 0, 0, 0, "5\" pipe|b", 1, {1, 2}},
    {"a,b\nx,1\n2,3\n", 0, 0, 0, "a|b", 2, {1, 3}},
    {"a,b\n\"x,\ny\",1\n", 0, 0, 0, "a|b", 1, {1}},
    {"a,b\n-1.5e-3,+.5\n1e400,-inf\n", 0, 0, 0, "a|b", 2, {-0.0015, 0.5, INFINITY, -INFINITY}},
    {"a,b\n1,\n2,3\n", 0, 0, FX_MISSING_DROP, "a|b", 1, {2, 3}},
    {"a,b\n1,\n2,3\n", 0, 0, FX_MISSING_KEEP, "a|b", 2, {1, NAN, 2, 3}},
    {"a\nNA\nn/a\nNaN\nNULL\n?\n-nan\n\"\"\n7\n", 0, 0, FX_MISSING_DROP, "a", 1, {7}},
    {"a\nNA\nn/a\nnull\n?\n-nan\n\"\"\n", 0, 0, 2, "a", 6, {NAN, NAN, NAN, NAN, NAN, NAN}},
    {"a,b\nx,NA\n1,2\n", 0, 0, FX_MISSING_DROP, "a|b", 1, {1, 2}},
    {"a,b\nx,NA\n1,2\n", 0, 0, FX_MISSING_KEEP, "a|b", 2, {NAN, 2}},
};

/* The separator and how missing values are treated, as options. */
static fx_csv_options options_of(char separator, bool no_header, fx_missing missing) {
    fx_csv_options options = fx_csv_defaults();
    options.separator = separator;
    options.no_header = no_header;
    options.missing = missing;
    return options;
}

static void check_names(const fx_table *table, const char *names, size_t row) {
    char joined[64] = "";
    for (int64_t c = 0; c < fx_table_columns(table); c++) {
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", c ? "|" : "",
                 fx_table_name(table, c));
        CHECK(fx_table_find(table, fx_table_name(table, c)) == c);
    }
    CHECK_THAT(strcmp(joined, names) == 0, "reading %zu: %s", row, joined);
}

static void check_reading(fx_context *cx, const reading *r, size_t row) {
    const fx_csv_options options = options_of(r->separator, r->no_header, r->missing);
    fx_table *table = fx_csv_parse(cx, r->text, strlen(r->text), "data.csv", &options);
    CHECK_THAT(table, "reading %zu: %s", row, fx_error_text(cx));
    CHECK_THAT(fx_table_rows(table) == r->rows, "reading %zu: %lld rows", row,
               (long long)fx_table_rows(table));
    check_names(table, r->names, row);
    int next = 0;
    for (int64_t i = 0; i < r->rows; i++) {
        for (int64_t c = 0; c < fx_table_columns(table); c++) {
            const double *values = fx_table_column(table, c);
            if (values) CHECK_NEAR(values[i], r->values[next++], 0);
            fx_clear(cx);
        }
    }
    CHECK_THAT(next == MOST || r->values[next] == 0, "reading %zu: %d values", row, next);
    fx_table_free(table);
}

FX_TEST(table, reads_what_people_have) {
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        check_reading(cx, &readings[i], i);
}

typedef struct refusal {
    const char *text;
    bool no_header;
    fx_missing missing;
    fx_status status;
    const char *expected;
} refusal;

#define MISSING_CURE                                                                               \
    "; set missing to drop such rows or to keep them with NaN (fx_csv_options.missing)"

static const refusal refusals[] = {
    {"", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"", 1, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"\xEF\xBB\xBF", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"\n \r\n\t", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"a,b", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"a,b\r\n\r\n", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"a,a\n", 0, 0, FX_ERR_DATA, "data.csv: no rows"},
    {"a,b\n1,NA\n,2\n", 0, 1, FX_ERR_DATA, "data.csv: no rows: in each a value is missing"},
    {"a,b\n1,2\n1,2,3\n", 0, 0, FX_ERR_FORMAT, "data.csv:3:1: 3 fields, but the header has 2"},
    {"a,b\n\n\n1\n", 0, 0, FX_ERR_FORMAT, "data.csv:4:1: 1 field, but the header has 2"},
    {"1,2\r1\r", 1, 0, FX_ERR_FORMAT, "data.csv:2:1: 1 field, but the first row has 2"},
    {"\"a\r\nb\",c\r\n1,2,\r\n", 0, 0, FX_ERR_FORMAT,
     "data.csv:3:1: 3 fields, but the header has 2"},
    {"a,b\n1,2,3\n\"", 0, 0, FX_ERR_FORMAT, "data.csv:2:1: 3 fields, but the header has 2"},
    {"a,b\n  1,  \"2\n3,4\n", 0, 0, FX_ERR_FORMAT, "data.csv:2:7: quote is never closed"},
    {"\xEF\xBB\xBF\"", 0, 0, FX_ERR_FORMAT, "data.csv:1:1: quote is never closed"},
    {"a,b\n1,\"\"\"\n", 0, 0, FX_ERR_FORMAT, "data.csv:2:3: quote is never closed"},
    {"a,b\n1,\"2\n3\" x\n", 0, 0, FX_ERR_FORMAT,
     "data.csv:3:4: text after a closing quote; a quote inside quotes is written \"\""},
    {"a,b,\"a\"\n1,2,3\n", 0, 0, FX_ERR_FORMAT, "data.csv:1:5: a second column is named \"a\""},
    {"a,,\n1,2,3\n", 0, 0, FX_ERR_FORMAT, "data.csv:1:4: a second column is named \"\""},
    {"\"a\nb\",\"a\nb\"\n1,2\n", 0, 0, FX_ERR_FORMAT,
     "data.csv:2:4: a second column is named \"a b\""},
    {"crim,rm\n1,2\n1,3\n4,\n", 0, 0, FX_ERR_DATA,
     "data.csv:4:3: value is missing (column \"rm\")" MISSING_CURE},
    {"crim,rm\n1,   n/A\n", 0, 0, FX_ERR_DATA,
     "data.csv:2:6: value is missing (column \"rm\")" MISSING_CURE},
    {"1,,3\n", 1, 0, FX_ERR_DATA, "data.csv:1:3: value is missing (column \"c2\")" MISSING_CURE},
};

FX_TEST(table, refuses_with_place_and_reason) {
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        const fx_csv_options options = options_of(0, r->no_header, r->missing);
        CHECK(!fx_csv_parse(cx, r->text, strlen(r->text), "data.csv", &options));
        CHECK_TEXT(fx_error_text(cx), r->expected);
        CHECK(fx_error(cx) == r->status);
        CHECK(fx_context_memory(cx).bytes == before);
        fx_clear(cx);
    }
}

static const struct {
    const char *text, *expected;
} texts[] = {
    {"nox\n1\n x \n", "data.csv:3:2: 'x' is not a number (column \"nox\")"},
    {"nox\n\"\n\"\n", "data.csv:2:1: ' ' is not a number (column \"nox\")"},
    {"nox\n0x10\n", "data.csv:2:1: '0x10' is not a number (column \"nox\")"},
    {"nox\n1 000\ny\n", "data.csv:2:1: '1 000' is not a number (column \"nox\")"},
    {"nox;b\n1,5;2\n",
     "data.csv:2:1: '1,5' is not a number (column \"nox\"); write a decimal point, not a comma"},
    {"nox;b\n1,5,0;2\n", "data.csv:2:1: '1,5,0' is not a number (column \"nox\")"},
    {"nox;b\nx,y;2\n", "data.csv:2:1: 'x,y' is not a number (column \"nox\")"},
    {"a\"\"\xC3\xA9 name that is far too long to be shown\nx\"y\x01\x7Fz\n",
     "data.csv:2:1: 'x\"y  z' is not a number (column \"a\"\"\xC3\xA9 name that is far too "
     "l...\")"},
    {"a\nabcdefghijklmnopqrstuvwxyz1\xC3\xA9\n",
     "data.csv:2:1: 'abcdefghijklmnopqrstuvwxyz1...' is not a number (column \"a\")"},
    {"a\nabcdefghijklmnopqrstuvwxyz\xC3\xA9\n",
     "data.csv:2:1: 'abcdefghijklmnopqrstuvwxyz\xC3\xA9' is not a number (column \"a\")"},
};

FX_TEST(table, text_is_refused_where_numbers_are_asked_for) {
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fx_table *table = fx_csv_parse(cx, texts[i].text, strlen(texts[i].text), "data.csv", NULL);
        CHECK_THAT(table, "%zu: %s", i, fx_error_text(cx));
        CHECK(!fx_table_column(table, 0));
        CHECK_TEXT(fx_error_text(cx), texts[i].expected);
        CHECK(fx_error(cx) == FX_ERR_DATA);
        fx_clear(cx);
    }
}

FX_TEST(table, a_nul_byte_is_named_before_all_else) {
    static const char text[] = "a,b\r\n1,2,3\n\"x\0";
    fx_context *cx = test_context();
    CHECK(!fx_csv_parse(cx, text, sizeof text - 1, "data.csv", NULL));
    CHECK_TEXT(fx_error_text(cx), "data.csv:3:3: a NUL byte; save the file as UTF-8 text");
    CHECK(fx_error(cx) == FX_ERR_FORMAT);
}

FX_TEST(table, arguments_are_checked) {
    fx_context *cx = test_context();
    fx_csv_options options = fx_csv_defaults();
    CHECK(!fx_csv_parse(NULL, "a\n1\n", 4, "x", NULL) && !fx_csv_read(NULL, "x", NULL));
    CHECK(!fx_csv_parse(cx, NULL, 4, "x", NULL));
    CHECK_TEXT(fx_error_text(cx), "csv_parse: the text is NULL");
    CHECK(!fx_csv_parse(cx, "a\n1\n", 4, "x", NULL)); /* inert while an error stands */
    CHECK(!fx_csv_read(cx, "data/boston.csv", NULL));
    fx_clear(cx);
    CHECK(!fx_csv_read(cx, NULL, NULL));
    CHECK_TEXT(fx_error_text(cx), "csv_read: the path is NULL");
    fx_clear(cx);
    options.size = 0;
    CHECK(!fx_csv_parse(cx, "a\n1\n", 4, "x", &options));
    CHECK_TEXT(fx_error_text(cx), "csv: options were not made by fx_csv_defaults");
    fx_clear(cx);
    options = options_of('.', false, FX_MISSING_ERROR);
    CHECK(!fx_csv_parse(cx, "a\n1\n", 4, "x", &options));
    CHECK_TEXT(fx_error_text(cx),
               "csv: the separator cannot be a quote, a line break or part of a number");
    fx_clear(cx);
    options = options_of(0, false, (fx_missing)3);
    CHECK(!fx_csv_parse(cx, "a\n1\n", 4, "x", &options));
    CHECK_TEXT(fx_error_text(cx), "csv: missing is 3; it is error, drop or keep");
    fx_clear(cx);
    CHECK(!fx_csv_parse(cx, NULL, 0, NULL, NULL));
    CHECK_TEXT(fx_error_text(cx), "text: no rows");
}

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
    CHECK_TEXT(fx_error_text(cx), "table_drop: data.csv has no column \"lstta\"; did you mean "
                                  "\"lstat\"? it has the columns crim, rm, b, lstat");
    CHECK(fx_table_drop(table, "b") == FX_ERR_ARGUMENT && fx_table_columns(table) == 4);
    fx_clear(cx);
    CHECK(fx_table_drop(table, "price") == FX_ERR_ARGUMENT);
    CHECK_TEXT(
        fx_error_text(cx),
        "table_drop: data.csv has no column \"price\"; it has the columns crim, rm, b, lstat");
    fx_clear(cx);
    CHECK(fx_table_drop(table, NULL) == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "table_drop: the name is NULL");
    fx_clear(cx);
    CHECK(fx_table_drop(table, "b") == FX_OK && fx_table_drop(table, "crim") == FX_OK);
    CHECK(fx_table_columns(table) == 2 && fx_table_find(table, "b") == -1);
    CHECK_TEXT(fx_table_name(table, 1), "lstat");
    CHECK(fx_table_column(table, 0)[1] == 6 && fx_table_column(table, 1)[0] == 4);
    CHECK(fx_table_drop(table, "rm") == FX_OK && fx_table_drop(table, "lstat") == FX_OK);
    CHECK(fx_table_columns(table) == 0 && fx_table_rows(table) == 2);
    CHECK(fx_table_drop(table, "rm") == FX_ERR_ARGUMENT);
    CHECK_TEXT(fx_error_text(cx), "table_drop: data.csv has no column \"rm\"; it has no columns");
}

FX_TEST(table, a_long_list_of_columns_is_cut_between_names) {
    char text[8000] = "",
         expected[8000] = "table_drop: data.csv has no column \"x\"; it has the columns ";
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

/* Texts of n bytes made of one pattern, between a head and a tail. */
static fx_status parse_repeated(fx_context *cx, const char *head, const char *pattern, size_t n,
                                const char *tail, char *error, size_t size) {
    char *text = malloc(strlen(head) + n + strlen(tail) + 1);
    CHECK(text);
    size_t at = strlen(head);
    memcpy(text, head, at);
    for (size_t i = 0; i < n; i++) text[at + i] = pattern[i % strlen(pattern)];
    strcpy(text + at + n, tail);
    fx_table *table = fx_csv_parse(cx, text, at + n + strlen(tail), "data.csv", NULL);
    free(text);
    snprintf(error, size, "%lld x %lld %s", (long long)fx_table_rows(table),
             (long long)fx_table_columns(table), fx_error_text(cx));
    const fx_status status = fx_error(cx);
    fx_table_free(table);
    fx_clear(cx);
    return status;
}

FX_TEST(table, hostile_texts_cost_no_more_than_others) {
    static const struct {
        const char *head, *pattern;
        size_t n;
        const char *tail, *expected;
    } table[] = {
        {"", "x", 10000000, "", "0 x 0 data.csv: no rows"},
        {"", ",", 10000000, "", "0 x 0 data.csv: no rows"},
        {"", ",", 10000000, "\n1", "0 x 0 data.csv:2:1: 1 field, but the header has 10000001"},
        {"a\n", "7", 10000000, "", "1 x 1 "},
        {"a\n", "x", 10000000, "\n", "1 x 1 "},
        {"a\n", "\"", 1000000, "", "1 x 1 "},
        {"a\n", "\"", 1000001, "", "0 x 0 data.csv:2:1: quote is never closed"},
        {"", "\"\"", 1000000, "\n1\n", "1 x 1 "},
        {"", "\"", 1, "", "0 x 0 data.csv:1:1: quote is never closed"},
        {"a\n", "1\r", 1000000, "", "500000 x 1 "},
        {"a\n1\n", "\n", 1000000, "", "1 x 1 "},
        {"a\n1\n", " ", 1000000, "", "1 x 1 "},
        {"a\n1\n", "\r \n\t", 1000000, "", "1 x 1 "},
        {"a\n", "\"\n\"\n", 1000000, "", "250000 x 1 "},
    };
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char error[256];
        parse_repeated(cx, table[i].head, table[i].pattern, table[i].n, table[i].tail, error,
                       sizeof error);
        CHECK_TEXT(error, table[i].expected);
        CHECK(fx_context_memory(cx).bytes == before);
    }
}

/* Names are compared through a set: two hundred thousand columns are no square of that. */
FX_TEST(table, many_columns_are_told_apart) {
    enum { COLUMNS = 200000, ROOM = 10 * COLUMNS };
    char *text = malloc(ROOM), *end = text;
    CHECK(text);
    for (int i = 0; i < COLUMNS; i++) end += sprintf(end, "%sn%d", i ? "," : "", i);
    for (int i = 0; i < COLUMNS; i++) end += sprintf(end, "%c%d", i ? ',' : '\n', i % 10);
    fx_context *cx = test_context();
    fx_table *table = fx_csv_parse(cx, text, (size_t)(end - text), "data.csv", NULL);
    free(text);
    CHECK_THAT(table, "%s", fx_error_text(cx));
    CHECK(fx_table_columns(table) == COLUMNS && fx_table_column(table, COLUMNS - 1)[0] == 9);
    CHECK_TEXT(fx_table_name(table, COLUMNS - 1), "n199999");
}

/* Every byte sequence up to a length over the characters that mean something, and cuts of a real
 * file, end in a table or in an error, and hold nothing afterwards. */
FX_TEST(table, no_short_text_breaks_the_reader) {
    static const char alphabet[] = "1a,\"\n\r ;";
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    for (int code = 0; code < 8 * 8 * 8 * 8 * 8; code++) {
        char *text = malloc(5); /* of its own, so that a sanitizer sees a read past its end */
        CHECK(text);
        for (int i = 0; i < 5; i++) text[i] = alphabet[code >> 3 * i & 7];
        for (size_t n = 5; n == 5 || (code < 8 && n); n--) {
            const fx_csv_options options = options_of(0, code & 1, (fx_missing)(code % 3));
            fx_table *table = fx_csv_parse(cx, text + 5 - n, n, "data.csv", &options);
            CHECK((table != NULL) == (fx_error(cx) == FX_OK));
            CHECK(!table || (fx_table_rows(table) > 0 && fx_table_columns(table) > 0));
            fx_table_free(table);
            CHECK(fx_context_memory(cx).bytes == before);
            fx_clear(cx);
        }
        free(text);
    }
}

FX_TEST(table, every_failing_request_is_survived) {
    static const char text[] = "crim,rm,b\n1,2,x\n5,NA,7\n8,9,10\n";
    fx_context *cx = test_context();
    const size_t before = fx_context_memory(cx).bytes;
    const fx_csv_options options = options_of(0, false, FX_MISSING_DROP);
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

FX_TEST(table, reads_the_data_sets) {
    static const struct {
        const char *path;
        int64_t rows, columns;
        double mean; /* of the last column */
    } table[] = {
        {"data/boston.csv", 506, 14, 22.5328063},
        {"data/concrete.csv", 1030, 9, 35.8179612},
        {"data/diabetes.csv", 442, 11, 152.1334842},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        fx_table *t = fx_csv_read(cx, table[i].path, NULL);
        CHECK_THAT(t, "%s", fx_error_text(cx));
        CHECK(fx_table_rows(t) == table[i].rows && fx_table_columns(t) == table[i].columns);
        const double *values = fx_table_column(t, table[i].columns - 1);
        double sum = 0;
        for (int64_t k = 0; k < table[i].rows; k++) sum += values[k];
        CHECK_NEAR(sum / (double)table[i].rows, table[i].mean, 1e-7);
    }
}

FX_TEST(table, reads_penguins_with_text_and_missing_values) {
    fx_context *cx = test_context();
    fx_csv_options options = fx_csv_defaults();
    CHECK(!fx_csv_read(cx, "data/penguins.csv", &options));
    CHECK_TEXT(fx_error_text(cx),
               "data/penguins.csv:5:18: value is missing (column \"bill_length_mm\")" MISSING_CURE);
    fx_clear(cx);
    options.missing = FX_MISSING_DROP;
    fx_table *t = fx_csv_read(cx, "data/penguins.csv", &options);
    CHECK(fx_table_rows(t) == 333 && fx_table_column(t, 2) && !fx_table_column(t, 0));
    CHECK_TEXT(fx_error_text(cx),
               "data/penguins.csv:2:1: 'Adelie' is not a number (column \"species\")");
    fx_clear(cx);
    options.missing = FX_MISSING_KEEP;
    t = fx_csv_read(cx, "data/penguins.csv", &options);
    CHECK(fx_table_rows(t) == 344 && isnan(fx_table_column(t, 2)[3]));
}

FX_TEST(table, a_file_that_is_not_there_is_reported) {
    fx_context *cx = test_context();
    CHECK(!fx_csv_read(cx, "data/none.csv", NULL) && fx_error(cx) == FX_ERR_IO);
    CHECK_TEXT(fx_error_text(cx), "cannot open data/none.csv: No such file or directory");
}

FX_TEST(table, a_dash_is_standard_input) {
    static const char text[] = "a,b\n1,x\n";
    int ends[2];
    const int before = dup(STDIN_FILENO);
    CHECK(pipe(ends) == 0 && write(ends[1], text, sizeof text - 1) == sizeof text - 1);
    CHECK(close(ends[1]) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    fx_context *cx = test_context();
    fx_table *table = fx_csv_read(cx, "-", NULL);
    if (before >= 0) dup2(before, STDIN_FILENO);
    close(before);
    close(ends[0]);
    CHECK(table && !fx_table_column(table, 1));
    CHECK_TEXT(fx_error_text(cx), "standard input:2:3: 'x' is not a number (column \"b\")");
}

FX_TEST(table, the_locale_changes_nothing) {
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (int i = 0; i < 3 && !setlocale(LC_ALL, locales[i]); i++) continue;
    fx_table *table = fx_csv_parse(test_context(), "a\n3.5\n", 6, "data.csv", NULL);
    setlocale(LC_ALL, "C");
    CHECK(table && fx_table_column(table, 0)[0] == 3.5);
}
