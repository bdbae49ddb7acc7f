/* SPDX-License-Identifier: MIT */
/* The fields of a CSV text, one after the other. */
#ifndef FLUXION_SRC_CSV_SCAN_H
#define FLUXION_SRC_CSV_SCAN_H

#include "context.h"

/* A place in a CSV text. It is a value: a copy is a place to come back to. */
typedef struct fx__csv_scan {
    fx_context *cx;
    const char *source;
    const char *at, *end, *line_start;
    int64_t line; /* counted from 1 */
    char separator;
} fx__csv_scan;

/* A field: n bytes of the text, without blanks and quotes around them. */
typedef struct fx__csv_field {
    const char *text;
    size_t n;
    int64_t line, column; /* of the first byte (the quote, if there is one), counted from 1 */
    bool doubled;         /* holds doubled quotes, each of which stands for one */
    bool last;            /* of its record */
} fx__csv_field;

/* fx__csv_start
 * The beginning of a text. separator 0: the one of , ; tab that is most frequent in the first
 * line; without a header a ; wins over commas, which are decimal commas then. False after
 * FX_ERR_FORMAT if there is a NUL byte. */
bool fx__csv_start(fx__csv_scan *scan, fx_context *cx, const char *text, size_t n,
                   const char *source, char separator, bool no_header);

/* fx__csv_more
 * Skips empty lines; whether a record follows. */
bool fx__csv_more(fx__csv_scan *scan);

/* fx__csv_next
 * Takes the next field. False after FX_ERR_FORMAT (quotes). */
bool fx__csv_next(fx__csv_scan *scan, fx__csv_field *field);

/* fx__csv_unquote
 * The bytes of a field as they were meant, terminated, in out (n + 1 bytes); their number. */
size_t fx__csv_unquote(const fx__csv_field *field, char *out);

enum { FX__EXCERPT_BYTES = 32 };

/* fx__csv_excerpt
 * n bytes of s as they go into an error text: one line, cut with ... between UTF-8 characters. */
void fx__csv_excerpt(char out[FX__EXCERPT_BYTES], const char *s, size_t n);

#endif
