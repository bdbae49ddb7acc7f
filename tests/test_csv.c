/* SPDX-License-Identifier: MIT */
/* CSV in, table out: what each text means, the exact words for each that is refused, real files. */
#include "fluxion/table.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
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

FX_TEST(csv, reads_what_people_have) {
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

#define NAME_CURE                                                                                  \
    ": the name of a column is not UTF-8; convert the file, as with iconv -f latin1 -t utf-8"

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
    {"b,a,c,a,b\n1,2,3,4,5\n", 0, 0, FX_ERR_FORMAT, "data.csv:1:7: a second column is named \"a\""},
    {"\xEF\xBB\xBF\nb, caf\xE9\n1,2\n", 0, 0, FX_ERR_FORMAT, "data.csv:2:4" NAME_CURE},
    {"b,\"\xC3\n\xA9\"\n1,2\n", 0, 0, FX_ERR_FORMAT, "data.csv:1:3" NAME_CURE},
    {"\"a\nb\",\"a\nb\"\n1,2\n", 0, 0, FX_ERR_FORMAT,
     "data.csv:2:4: a second column is named \"a b\""},
    {"crim,rm\n1,2\n1,3\n4,\n", 0, 0, FX_ERR_DATA,
     "data.csv:4:3: value is missing (column \"rm\")" MISSING_CURE},
    {"crim,rm\n1,   n/A\n", 0, 0, FX_ERR_DATA,
     "data.csv:2:6: value is missing (column \"rm\")" MISSING_CURE},
    {"1,,3\n", 1, 0, FX_ERR_DATA, "data.csv:1:3: value is missing (column \"c2\")" MISSING_CURE},
};

FX_TEST(csv, refuses_with_place_and_reason) {
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

FX_TEST(csv, text_is_refused_where_numbers_are_asked_for) {
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

FX_TEST(csv, a_nul_byte_is_named_before_all_else) {
    static const char text[] = "a,b\r\n1,2,3\n\"x\0";
    fx_context *cx = test_context();
    CHECK(!fx_csv_parse(cx, text, sizeof text - 1, "data.csv", NULL));
    CHECK_TEXT(fx_error_text(cx), "data.csv:3:3: a NUL byte; save the file as UTF-8 text");
    CHECK(fx_error(cx) == FX_ERR_FORMAT);
}

FX_TEST(csv, arguments_are_checked) {
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

FX_TEST(csv, reads_the_data_sets) {
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

FX_TEST(csv, reads_penguins_with_text_and_missing_values) {
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

FX_TEST(csv, a_file_that_is_not_there_is_reported) {
    fx_context *cx = test_context();
    CHECK(!fx_csv_read(cx, "data/none.csv", NULL) && fx_error(cx) == FX_ERR_IO);
    CHECK_TEXT(fx_error_text(cx), "cannot open data/none.csv: No such file or directory");
}

FX_TEST(csv, a_dash_is_standard_input) {
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

FX_TEST(csv, the_locale_changes_nothing) {
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (int i = 0; i < 3 && !setlocale(LC_ALL, locales[i]); i++) continue;
    fx_table *table = fx_csv_parse(test_context(), "a\n3.5\n", 6, "data.csv", NULL);
    setlocale(LC_ALL, "C");
    CHECK(table && fx_table_column(table, 0)[0] == 3.5);
}
