/* SPDX-License-Identifier: MIT */
/* Reads CSV into a table.
 *
 * Method: two walks over the text. The first counts records and checks that all have as many
 * fields as the first one, so the second can fill a table of exactly the right size. Errors are
 * written as compilers write them: file:line:column, the column in bytes, all counted from 1. */
#include <math.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "number.h"
#include "order.h"
#include "table.h"
#include "text.h"

typedef struct csv_size {
    int64_t records, columns;
    int64_t text; /* bytes of the first record's fields, with terminators */
} csv_size;

static fx_status csv_check(fx_context *cx, const fx_csv_options *o) {
    if (o->size != sizeof *o)
        return fx_fail(cx, FX_ERR_ARGUMENT, "csv: options were not made by fx_csv_defaults");
    if (o->missing != FX_MISSING_ERROR && o->missing != FX_MISSING_DROP &&
        o->missing != FX_MISSING_KEEP)
        return fx_fail(cx, FX_ERR_ARGUMENT, "csv: missing is %d; it is error, drop or keep",
                       (int)o->missing);
    if (o->separator && strchr("\"\r\n+-.0123456789", o->separator))
        return fx_fail(cx, FX_ERR_ARGUMENT,
                       "csv: the separator cannot be a quote, a line break or part of a number");
    return FX_OK;
}

/* Walks over one record: counts its fields and adds up their bytes. */
static bool csv_measure_record(fx__csv_scan *scan, int64_t *fields, int64_t *text) {
    fx__csv_field field;
    do {
        if (!fx__csv_next(scan, &field)) return false;
        (*fields)++;
        *text += (int64_t)field.n + 1;
    } while (!field.last);
    return true;
}

static bool csv_measure(fx__csv_scan scan, bool no_header, csv_size *size) {
    *size = (csv_size){0, 0, 0};
    while (fx__csv_more(&scan)) {
        const int64_t line = scan.line;
        int64_t fields = 0, text = 0;
        if (!csv_measure_record(&scan, &fields, &text)) return false;
        if (!size->records++) {
            size->columns = fields;
            size->text = text;
        } else if (fields != size->columns) {
            fx_fail(scan.cx, FX_ERR_FORMAT, "%s:%lld:1: %lld field%s, but the %s has %lld",
                    scan.source, (long long)line, (long long)fields, fields == 1 ? "" : "s",
                    no_header ? "first row" : "header", (long long)size->columns);
            return false;
        }
    }
    return true;
}

static bool csv_read_names(fx__csv_scan *scan, fx_table *table) {
    char *out = table->text;
    for (int64_t c = 0; c < table->columns; c++) {
        fx__csv_field field;
        if (!fx__csv_next(scan, &field)) return false;
        table->names[c] = out;
        out += fx__csv_unquote(&field, out) + 1;
        if (fx__is_utf8(table->names[c])) continue;
        fx_fail(scan->cx, FX_ERR_FORMAT,
                "%s:%lld:%lld: the name of a column is not UTF-8; convert the file, as with iconv "
                "-f latin1 -t utf-8",
                scan->source, (long long)field.line, (long long)field.column);
        return false;
    }
    return true;
}

static bool csv_name_before(const void *user, int64_t a, int64_t b) {
    const fx_table *table = user;
    const int order = strcmp(table->names[a], table->names[b]);
    return order ? order < 0 : a < b;
}

/* The first column with the name of one before it, or -1. By sorting: a header can be made to
 * collide in any hash that is known. order is room for a number per column. */
static int64_t csv_find_repeated(const fx_table *table, int64_t *order) {
    int64_t repeated = -1;
    for (int64_t c = 0; c < table->columns; c++) order[c] = c;
    fx__order(order, table->columns, csv_name_before, table);
    for (int64_t i = 1; i < table->columns; i++) {
        if (strcmp(table->names[order[i - 1]], table->names[order[i]]) != 0) continue;
        if (repeated < 0 || order[i] < repeated) repeated = order[i];
    }
    return repeated;
}

/* scan stands before the header. */
static bool csv_fail_repeated(fx__csv_scan scan, const fx_table *table, int64_t column) {
    fx__csv_field field;
    char name[FX__EXCERPT_BYTES];
    for (int64_t c = 0; c <= column; c++)
        if (!fx__csv_next(&scan, &field)) return false;
    fx__csv_excerpt(name, table->names[column], strlen(table->names[column]));
    fx_fail(scan.cx, FX_ERR_FORMAT, "%s:%lld:%lld: a second column is named \"%s\"", scan.source,
            (long long)field.line, (long long)field.column, name);
    return false;
}

static bool csv_header(fx__csv_scan *scan, fx_table *table) {
    if (!fx__csv_more(scan)) return false;
    const fx__csv_scan header = *scan;
    const size_t bytes = (size_t)table->columns * sizeof(int64_t); /* the table is larger */
    if (!csv_read_names(scan, table)) return false;
    int64_t *order = fx__alloc(scan->cx, bytes);
    if (!order) return false;
    const int64_t repeated = csv_find_repeated(table, order);
    fx__free(scan->cx, order, bytes);
    return repeated < 0 || csv_fail_repeated(header, table, repeated);
}

enum { CSV_NAME_BYTES = 24 }; /* room for c and any column's number */

static void csv_number_names(fx_table *table) {
    char *out = table->text;
    for (int64_t c = 0; c < table->columns; c++, out += CSV_NAME_BYTES) {
        fx__text name = fx__text_in(out, CSV_NAME_BYTES);
        fx__put(&name, "c");
        fx__put_int(&name, c + 1);
        table->names[c] = out;
    }
}

static bool csv_is_word(const fx__csv_field *field, const char *lower) {
    const size_t n = strlen(lower);
    if (field->n != n) return false;
    for (size_t i = 0; i < n; i++) {
        const char c = field->text[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i]) return false;
    }
    return true;
}

typedef enum csv_kind { CSV_NUMBER, CSV_MISSING, CSV_TEXT } csv_kind;

static csv_kind csv_value(const fx__csv_field *field, double *value) {
    static const char *const missing[] = {"", "na", "n/a", "null", "?"};
    *value = NAN;
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        if (csv_is_word(field, missing[i])) return CSV_MISSING;
    double number;
    if (!fx__number_read(field->text, field->n, &number)) return CSV_TEXT;
    if (isnan(number)) return CSV_MISSING;
    *value = number;
    return CSV_NUMBER;
}

/* Whether a value is missing in the record that begins here. */
static bool csv_incomplete(fx__csv_scan scan) {
    fx__csv_field field;
    double value;
    do {
        if (!fx__csv_next(&scan, &field)) return false;
        if (csv_value(&field, &value) == CSV_MISSING) return true;
    } while (!field.last);
    return false;
}

static bool csv_fail_missing(fx_context *cx, const fx_table *table, const fx__csv_field *field,
                             int64_t column) {
    char name[FX__EXCERPT_BYTES];
    fx__csv_excerpt(name, table->names[column], strlen(table->names[column]));
    fx_fail(cx, FX_ERR_DATA,
            "%s:%lld:%lld: value is missing (column \"%s\"); set missing to drop such rows or to "
            "keep them with NaN (fx_csv_options.missing)",
            table->source, (long long)field->line, (long long)field->column, name);
    return false;
}

/* Reads one record into row number row of the table. */
static bool csv_row(fx__csv_scan *scan, fx_table *table, int64_t row, fx_missing missing) {
    table->lines[row] = scan->line;
    for (int64_t c = 0; c < table->columns; c++) {
        fx__table_column *column = &table->column[c];
        fx__csv_field field;
        if (!fx__csv_next(scan, &field)) return false;
        const csv_kind kind = csv_value(&field, &column->values[row]);
        if (kind == CSV_MISSING && missing == FX_MISSING_ERROR)
            return csv_fail_missing(scan->cx, table, &field, c);
        if (kind != CSV_TEXT || column->line) continue;
        column->line = field.line;
        column->at = field.column;
        fx__csv_excerpt(column->text, field.text, field.n);
    }
    return true;
}

static bool csv_skip_row(fx__csv_scan *scan) {
    int64_t fields = 0, text = 0;
    return csv_measure_record(scan, &fields, &text);
}

static bool csv_fill(fx__csv_scan *scan, fx_table *table, const fx_csv_options *options) {
    if (options->no_header) {
        csv_number_names(table);
    } else if (!csv_header(scan, table)) {
        return false;
    }
    table->rows = 0;
    while (fx__csv_more(scan)) {
        const bool skip = options->missing == FX_MISSING_DROP && csv_incomplete(*scan);
        if (skip ? !csv_skip_row(scan) : !csv_row(scan, table, table->rows, options->missing))
            return false;
        table->rows += !skip;
    }
    if (table->rows) return true;
    fx_fail(scan->cx, FX_ERR_DATA, "%s: no rows: in each a value is missing", scan->source);
    return false;
}

static fx_table *csv_table(fx__csv_scan *scan, const fx_csv_options *options) {
    csv_size size;
    if (!csv_measure(*scan, options->no_header, &size)) return NULL;
    const int64_t rows = size.records - !options->no_header;
    if (rows <= 0) {
        fx_fail(scan->cx, FX_ERR_DATA, "%s: no rows", scan->source);
        return NULL;
    }
    const int64_t text = options->no_header ? CSV_NAME_BYTES * size.columns : size.text;
    fx_table *table = fx__table_new(scan->cx, scan->source, rows, size.columns, text);
    if (!table) return NULL;
    if (csv_fill(scan, table, options)) {
        fx__own(scan->cx, &table->link, fx__table_destroy);
        return table;
    }
    fx__table_destroy(scan->cx, &table->link);
    return NULL;
}

fx_table *fx_csv_parse(fx_context *cx, const char *text, size_t n, const char *source,
                       const fx_csv_options *options) {
    const fx_csv_options o = options ? *options : fx_csv_defaults();
    if (!cx || fx_error(cx) || csv_check(cx, &o)) return NULL;
    if (!text && n) {
        fx_fail(cx, FX_ERR_ARGUMENT, "csv_parse: the text is NULL");
        return NULL;
    }
    fx__csv_scan scan;
    if (!fx__csv_start(&scan, cx, text ? text : "", n, source ? source : "text", o.separator,
                       o.no_header))
        return NULL;
    return csv_table(&scan, &o);
}

fx_table *fx_csv_read(fx_context *cx, const char *path, const fx_csv_options *options) {
    if (!cx || fx_error(cx)) return NULL;
    if (!path) {
        fx_fail(cx, FX_ERR_ARGUMENT, "csv_read: the path is NULL");
        return NULL;
    }
    char *bytes;
    size_t n, held;
    if (!fx__file_read(cx, path, &bytes, &n, &held)) return NULL;
    fx_table *table = fx_csv_parse(cx, bytes, n, fx__file_name(path), options);
    fx__free(cx, bytes, held);
    return table;
}
