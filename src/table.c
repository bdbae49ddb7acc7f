/* SPDX-License-Identifier: MIT */
/* Tables of numbers with named columns.
 *
 * A table is one block: the head, the values column by column, the names and the place of the
 * first text of each column, so that there is one request for memory and one thing to free. */
#include <string.h>

#include "fluxion/text.h"
#include "size.h"
#include "table.h"
#include "text.h"

enum { TABLE_ALIGN = 64 };

/* Adds room for n * m items to *bytes; where they begin. A size that overflows becomes one that no
 * allocator gives, so that it is reported like any other lack of memory. */
static size_t table_room(size_t *bytes, size_t item, int64_t n, int64_t m) {
    const size_t start = *bytes;
    const int64_t factors[] = {n, m};
    if (start == PTRDIFF_MAX || !fx__bytes(bytes, start, item, 2, factors, TABLE_ALIGN))
        *bytes = PTRDIFF_MAX;
    return start;
}

fx_table *fx__table_new(fx_context *cx, const char *source, int64_t rows, int64_t columns,
                        int64_t text) {
    const size_t source_bytes = strlen(source) + 1;
    size_t bytes = 0;
    table_room(&bytes, sizeof(fx_table), 1, 1);
    const size_t values = table_room(&bytes, sizeof(double), columns, rows);
    const size_t column = table_room(&bytes, sizeof(fx__table_column), columns, 1);
    const size_t names = table_room(&bytes, sizeof(char *), columns, 1);
    const size_t lines = table_room(&bytes, sizeof(int64_t), rows, 1);
    const size_t source_at = table_room(&bytes, source_bytes, 1, 1);
    const size_t text_at = table_room(&bytes, 1, text, 1);
    char *block = fx__alloc(cx, bytes);
    if (!block) return NULL;
    fx_table *table = (fx_table *)(void *)block;
    *table = (fx_table){.cx = cx, .bytes = bytes, .rows = rows, .columns = columns};
    table->column = (fx__table_column *)(void *)(block + column);
    table->names = (const char **)(void *)(block + names);
    table->source = memcpy(block + source_at, source, source_bytes);
    table->lines = (int64_t *)(void *)(block + lines);
    table->text = block + text_at;
    memset(table->column, 0, (size_t)columns * sizeof *table->column);
    for (int64_t c = 0; c < columns; c++)
        table->column[c].values = (double *)(void *)(block + values) + c * rows;
    return table;
}

void fx__table_destroy(fx_context *cx, fx__owned *self) {
    fx_table *table = (fx_table *)(void *)self;
    fx__free(cx, table, table->bytes);
}

void fx_table_free(fx_table *table) {
    if (!table) return;
    fx__disown(table->cx, &table->link);
    fx__table_destroy(table->cx, &table->link);
}

fx_context *fx_table_context(const fx_table *table) { return table ? table->cx : NULL; }

int64_t fx_table_rows(const fx_table *table) { return table ? table->rows : 0; }

int64_t fx_table_columns(const fx_table *table) { return table ? table->columns : 0; }

static bool table_has(const fx_table *table, int64_t column) {
    return table && column >= 0 && column < table->columns;
}

const char *fx_table_name(const fx_table *table, int64_t column) {
    return table_has(table, column) ? table->names[column] : "";
}

int64_t fx_table_find(const fx_table *table, const char *name) {
    const int64_t columns = name ? fx_table_columns(table) : 0;
    for (int64_t c = 0; c < columns; c++)
        if (strcmp(table->names[c], name) == 0) return c;
    return -1;
}

const char *fx_table_source(const fx_table *table) { return table ? table->source : ""; }

int64_t fx_table_line(const fx_table *table, int64_t row) {
    return table && row >= 0 && row < table->rows ? table->lines[row] : 0;
}

/* Whether a text would be a number if its comma were a point. */
static bool table_decimal_comma(const char *text) {
    char copy[FX__EXCERPT_BYTES];
    double value;
    const size_t n = strlen(text);
    memcpy(copy, text, n);
    char *comma = memchr(copy, ',', n);
    if (comma) *comma = '.';
    return comma && fx_read_number(copy, n, &value);
}

static void table_fail_text(const fx_table *table, int64_t column) {
    const fx__table_column *c = &table->column[column];
    char name[FX__EXCERPT_BYTES];
    fx__csv_excerpt(name, table->names[column], strlen(table->names[column]));
    fx_fail(table->cx, FX_ERR_DATA, "%s:%lld:%lld: '%s' is not a number (column \"%s\")%s",
            table->source, (long long)c->line, (long long)c->at, c->text, name,
            table_decimal_comma(c->text) ? "; write a decimal point, not a comma" : "");
}

const double *fx_table_column(const fx_table *table, int64_t column) {
    if (!table) return NULL;
    if (!table_has(table, column)) {
        fx_fail(table->cx, FX_ERR_ARGUMENT, "table: no column %lld; %s has %lld, counted from 0",
                (long long)column, table->source, (long long)table->columns);
        return NULL;
    }
    if (!table->column[column].line) return table->column[column].values;
    table_fail_text(table, column);
    return NULL;
}

/* The names of the columns as a list, cut with ... where size ends. */
static void table_list(const fx_table *table, char *out, size_t size) {
    fx__text list = fx__text_in(out, size - sizeof ", ...");
    for (int64_t c = 0; c < table->columns; c++) {
        char name[FX__EXCERPT_BYTES];
        fx__csv_excerpt(name, table->names[c], strlen(table->names[c]));
        const size_t end = list.length;
        if (c) fx__put(&list, ", ");
        fx__put(&list, name);
        if (list.length < list.size) continue;
        memcpy(out + end, ", ...", sizeof ", ...");
        return;
    }
}

static void table_fail_name(const fx_table *table, const char *name) {
    const int choices = table->columns < INT32_MAX ? (int)table->columns : INT32_MAX;
    const char *nearest = fx_nearest(name, choices, table->names);
    char wrong[FX__EXCERPT_BYTES], meant[FX__EXCERPT_BYTES] = "", columns[512];
    fx__csv_excerpt(wrong, name, strlen(name));
    if (nearest) fx__csv_excerpt(meant, nearest, strlen(nearest));
    table_list(table, columns, sizeof columns);
    fx_fail(table->cx, FX_ERR_ARGUMENT, "%s has no column \"%s\"%s%s%sit has %s%s", table->source,
            wrong, nearest ? "; did you mean \"" : "", meant, nearest ? "\"? " : "; ",
            columns[0] ? "the columns " : "no columns", columns);
}

int64_t fx_table_need(const fx_table *table, const char *name) {
    const int64_t column = fx_table_find(table, name);
    if (table && !name)
        fx_fail(table->cx, FX_ERR_ARGUMENT, "table: the name of a column is NULL");
    else if (table && column < 0)
        table_fail_name(table, name);
    return column;
}

fx_status fx_table_drop(fx_table *table, const char *name) {
    if (!table) return FX_ERR_ARGUMENT;
    if (fx_error(table->cx)) return fx_error(table->cx);
    const int64_t column = fx_table_need(table, name);
    if (column < 0) return fx_error(table->cx);
    const size_t after = (size_t)(--table->columns - column);
    memmove(table->names + column, table->names + column + 1, after * sizeof *table->names);
    memmove(table->column + column, table->column + column + 1, after * sizeof *table->column);
    return FX_OK;
}
