/* SPDX-License-Identifier: MIT */
/* What the tool writes: numbers without the locale, JSON, files that are whole or not there. */
#ifndef FLUXION_TOOLS_OUTPUT_H
#define FLUXION_TOOLS_OUTPUT_H

#include <stdio.h>

#include "fluxion/fluxion.h"

/* say
 * A line on standard error that begins with "fluxion: ". */
void say(const char *format, ...) FX_PRINTF(1, 2);

/* number_write
 * A number with so many significant digits; 0: all that are needed to read it back. */
void number_write(FILE *to, double value, int digits);

/* ---------------------------------------------------------------------------------- json */

/* A JSON text that is being written; commas come by themselves. */
typedef struct json {
    FILE *to;
    bool comma;
    int depth;
} json;

/* json_begin, json_end
 * An object or a list: bracket is one of { [ and } ]. The end of the outermost ends the
 * line. */
void json_begin(json *j, char bracket);
void json_end(json *j, char bracket);

/* json_key, json_text, json_number, json_whole, json_bool
 * A member's name; values. NULL, NaN and infinities are null; bytes that are not UTF-8 become
 * U+FFFD. */
void json_key(json *j, const char *key);
void json_text(json *j, const char *text);
void json_number(json *j, double value);
void json_whole(json *j, int64_t value);
void json_bool(json *j, bool value);

/* --------------------------------------------------------------------------------- files */

/* A file that is being written beside its place. */
typedef struct sink {
    FILE *to;
    const char *path;
    char *temporary; /* NULL: what is written goes where it belongs at once */
} sink;

/* sink_open, sink_close, sink_drop
 * Opens path for writing (NULL or "-": standard output; a device or pipe: directly); moves the
 * whole file to its place; gives up. False after FX_ERR_IO, FX_ERR_MEMORY: nothing is left. Main
 * looks after standard output, whoever wrote to it. */
bool sink_open(sink *s, fx_context *cx, const char *path);
bool sink_close(sink *s, fx_context *cx);
void sink_drop(sink *s);

/* output_check
 * Whether a file can be written to the folder of path: told before the work, not after it. */
bool output_check(fx_context *cx, const char *path);

#endif
