/* SPDX-License-Identifier: MIT */
/* Text built in a caller's buffer, without printf: no locale, no hidden allocation. */
#ifndef FLUXION_SRC_TEXT_H
#define FLUXION_SRC_TEXT_H

#include <stdarg.h>

#include "fluxion/base.h"

/* A text being written. length counts what would have been written with room enough, as snprintf
 * does; data is always terminated if size > 0, and is cut between characters (UTF-8), never
 * inside a number. */
typedef struct fx__text {
    char *data;
    size_t size, length;
} fx__text;

static inline fx__text fx__text_in(char *data, size_t size) {
    fx__text text = {data, size, 0};
    if (size) data[0] = '\0';
    return text;
}

void fx__put(fx__text *t, const char *s); /* NULL reads as "(null)" */
void fx__put_bytes(fx__text *t, const char *s, size_t n);
void fx__put_int(fx__text *t, int64_t value);
void fx__put_number(fx__text *t, double value); /* shortest that reads back, %.17g at most */
void fx__put_short(fx__text *t, double value, int digits);     /* %g with that many digits */
void fx__put_dims(fx__text *t, int rank, const int64_t *dims); /* [32, 13]; [rank 9] if it is bad */
void fx__put_size(fx__text *t, size_t bytes);                  /* 512 B, 1.5 MiB: rounded down */

/* fx__put_format
 * printf's %s %.*s %.Ns %d %u %ld %lu %lld %llu %zu %g %.Ng %c %%. From any other directive on the
 * format is copied as it is, because the arguments that follow cannot be told apart any more. */
void fx__put_format(fx__text *t, const char *format, ...) FX_PRINTF(2, 3);
void fx__put_vformat(fx__text *t, const char *format, va_list arguments);

#endif
