/* SPDX-License-Identifier: MIT */
/* The inside of a table, for the readers that fill one. */
#ifndef FLUXION_SRC_TABLE_H
#define FLUXION_SRC_TABLE_H

#include "csv_scan.h"
#include "fluxion/table.h"

/* One column. Where line is not 0, it is a column of text, and its first text stood there. */
typedef struct fx__table_column {
    double *values;
    int64_t line, at;
    char text[FX__EXCERPT_BYTES];
} fx__table_column;

/* A table is one block of memory: this struct, then everything that it points to. */
struct fx_table {
    fx__owned link;
    fx_context *cx;
    size_t bytes;
    int64_t rows, columns;
    const char **names;
    fx__table_column *column;
    char *source;
    int64_t *lines; /* on which each row begins */
    char *text;     /* room for the names */
};

/* fx__table_new
 * A table of the given size with room for text bytes of names, not yet on the context's list
 * (fx__own(cx, &table->link, fx__table_destroy) puts it there). NULL after FX_ERR_MEMORY. */
fx_table *fx__table_new(fx_context *cx, const char *source, int64_t rows, int64_t columns,
                        int64_t text);
void fx__table_destroy(fx_context *cx, fx__owned *self);

#endif
