/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259) read piece by piece, as a caller who knows the form expects it, and strings
 * written. There is no tree and no recursion: the depth is the caller's own. */
#ifndef FLUXION_SRC_JSON_H
#define FLUXION_SRC_JSON_H

#include "text.h"

/* A reader. Start it with {bytes, n, at}, the rest zero. After the first error nothing is read any
 * more: every function returns false or NULL, and a loop over fx__json_next ends. */
typedef struct fx__json {
    const char *bytes;
    size_t n, at;      /* the next byte; after an error, the byte at fault */
    bool fresh;        /* an object or array was opened and nothing of it read yet */
    const char *wrong; /* NULL while all is well: what is wrong at that byte */
} fx__json;

/* fx__json_open, fx__json_next
 * Enters an object or array (bracket '{' or '['); then next says whether another item follows, or
 * reads the closing bracket and returns false. */
bool fx__json_open(fx__json *json, char bracket);
bool fx__json_next(fx__json *json, char closing);

/* fx__json_string, fx__json_key
 * Decodes a string, or a string and its colon, as UTF-8. No text is longer decoded than encoded,
 * so room for n bytes serves for all strings of a document.
 *
 *   room   where the text goes; moved behind its terminator
 *   ->     the text, or NULL
 */
const char *fx__json_string(fx__json *json, char **room);
const char *fx__json_key(fx__json *json, char **room);

/* fx__json_unsigned
 * Reads an integer from 0 to 2^64 - 1, without sign, fraction and exponent. */
bool fx__json_unsigned(fx__json *json, uint64_t *value);

/* fx__json_end
 * Whether nothing but blanks is left. */
bool fx__json_end(fx__json *json);

/* fx__json_put
 * Writes a UTF-8 text as a JSON string, quotes included; escaped is only what must be. */
void fx__json_put(fx__text *text, const char *s);

/* fx__utf8
 * The length of the character at the beginning of n bytes, 0 if it is no UTF-8 (RFC 3629: neither
 * overlong forms nor surrogates nor anything over U+10FFFF) or n is 0. */
size_t fx__utf8(const char *s, size_t n);

/* fx__is_utf8
 * Whether a text is UTF-8 to its end. */
bool fx__is_utf8(const char *s);

#endif
