/* SPDX-License-Identifier: MIT */
/* Tables of numbers with named columns, read from CSV. */
#ifndef FLUXION_TABLE_H
#define FLUXION_TABLE_H

#include "fluxion/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_table fx_table;

/* What to do with a row in which a value is missing (empty, NA, N/A, NaN, null, ?). */
typedef enum fx_missing {
    FX_MISSING_ERROR = 0, /* FX_ERR_DATA, with file:line:column */
    FX_MISSING_DROP = 1,  /* leave the row out */
    FX_MISSING_KEEP = 2,  /* keep it, with NaN for the value */
} fx_missing;

typedef struct fx_csv_options {
    size_t size;        /* filled by fx_csv_defaults */
    char separator;     /* 0: the most frequent of , ; tab in the first line */
    bool no_header;     /* the first line is data; columns are called c1, c2, ... */
    fx_missing missing; /* FX_MISSING_ERROR */
} fx_csv_options;

static inline fx_csv_options fx_csv_defaults(void) {
    fx_csv_options options = {sizeof(fx_csv_options), 0, false, FX_MISSING_ERROR};
    return options;
}

/* fx_csv_read, fx_csv_parse
 * Reads a CSV file (RFC 4180: quotes, doubled quotes, line breaks inside quotes; LF, CRLF or CR;
 * a UTF-8 mark at the front; empty lines skipped; blanks around a value do not count), or n bytes
 * of text (source names them in errors).
 * "-" reads standard input. Numbers are read without the locale. A column is a column of text as
 * soon as one value is not a number; text columns are kept by name and refused where numbers are
 * asked for.
 *
 *   ->   a table, freed by its context at the latest; NULL after
 *        FX_ERR_IO       the file cannot be read
 *        FX_ERR_FORMAT   `file:line:column: ...`: ragged rows, an open quote, a NUL byte, a
 *                        column name that is repeated or not UTF-8
 *        FX_ERR_DATA     no rows; a missing value (see missing)
 */
FX_API fx_table *fx_csv_read(fx_context *cx, const char *path, const fx_csv_options *options);
FX_API fx_table *fx_csv_parse(fx_context *cx, const char *text, size_t n, const char *source,
                              const fx_csv_options *options);
FX_API void fx_table_free(fx_table *table);

/* fx_table_context, fx_table_rows, fx_table_columns, fx_table_name, fx_table_find
 * The context; counts; the name of a column ("" outside); the index of a name, -1 if there is no
 * such column. All take NULL (NULL, 0, "", -1). */
FX_API fx_context *fx_table_context(const fx_table *table);
FX_API int64_t fx_table_rows(const fx_table *table);
FX_API int64_t fx_table_columns(const fx_table *table);
FX_API const char *fx_table_name(const fx_table *table, int64_t column);
FX_API int64_t fx_table_find(const fx_table *table, const char *name);

/* fx_table_need
 * The index of a name that must be there: -1 after FX_ERR_ARGUMENT, which names the columns there
 * are, and the nearest. */
FX_API int64_t fx_table_need(const fx_table *table, const char *name);

/* fx_table_source, fx_table_line
 * Where the numbers come from: the file as errors name it ("" of NULL), and the line in it, counted
 * from 1, on which a row begins (0 outside). */
FX_API const char *fx_table_source(const fx_table *table);
FX_API int64_t fx_table_line(const fx_table *table, int64_t row);

/* fx_table_column
 * The values of a column, one per row; the table owns them.
 *
 *   ->   NULL after FX_ERR_DATA for a column of text (naming its first text as file:line:column),
 *        FX_ERR_ARGUMENT for an index outside
 */
FX_API const double *fx_table_column(const fx_table *table, int64_t column);

/* fx_table_drop
 * Takes a column out, which must be there (fx_table_need). */
FX_API fx_status fx_table_drop(fx_table *table, const char *name);

#ifdef __cplusplus
}
#endif

#endif
