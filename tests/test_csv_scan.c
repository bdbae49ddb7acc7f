/* SPDX-License-Identifier: MIT */
/* Hostile CSV: long, deep in quotes, many columns, and every short text over the characters that
 * mean something. */
#include "fluxion/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

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

FX_TEST(csv_scan, hostile_texts_cost_no_more_than_others) {
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
FX_TEST(csv_scan, many_columns_are_told_apart) {
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

/* The text of n bytes with the given number, in a block of its own, so that a sanitizer sees a read
 * past its end. */
static void check_short(fx_context *cx, int code, size_t n) {
    static const char alphabet[] = "1a,\"\n\r ;";
    const size_t before = fx_context_memory(cx).bytes;
    char *text = malloc(n);
    CHECK(text);
    for (size_t i = 0; i < n; i++) text[i] = alphabet[code >> 3 * i & 7];
    fx_csv_options options = fx_csv_defaults();
    options.no_header = code & 1;
    options.missing = (fx_missing)(code % 3);
    fx_table *table = fx_csv_parse(cx, text, n, "data.csv", &options);
    free(text);
    CHECK((table != NULL) == (fx_error(cx) == FX_OK));
    CHECK(!table || (fx_table_rows(table) > 0 && fx_table_columns(table) > 0));
    fx_table_free(table);
    CHECK(fx_context_memory(cx).bytes == before);
    fx_clear(cx);
}

/* Every text of up to five bytes over the characters that mean something is a table or an error,
 * and holds nothing afterwards. */
FX_TEST(csv_scan, no_short_text_breaks_the_reader) {
    fx_context *cx = test_context();
    int count = 1;
    for (size_t n = 1; n <= 5; n++) {
        count *= 8;
        for (int code = 0; code < count; code++) check_short(cx, code, n);
    }
}
