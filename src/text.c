/* SPDX-License-Identifier: MIT */
/* Text without printf. A piece that does not fit is the last that is written: numbers fit whole or
 * not at all, words are cut between the characters of UTF-8 and never inside a number. */
#include "text.h"

#include <string.h>

#include "number.h"

/* A format directive: %, perhaps a precision, perhaps a length, a letter. */
typedef struct text_directive {
    int precision; /* -1: none */
    int length;    /* 0, 1: l, 2: ll, 'z' */
    char letter;
} text_directive;

static bool text_is_digit(char c) { return c >= '0' && c <= '9'; }

static bool text_in_number(char c) {
    return text_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '+' || c == '-';
}

/* The last place up to room where s may be cut; s has more than room bytes. */
static size_t text_cut(const char *s, size_t room) {
    const size_t least = room > FX__NUMBER_BYTES ? room - FX__NUMBER_BYTES : 0;
    size_t start = room;
    while (room && ((unsigned char)s[room] & 0xc0) == 0x80) room--;
    if (!text_in_number(s[room])) return room;
    while (start > least && text_in_number(s[start - 1])) start--;
    const char *digit = s + start;
    if (*digit == '-' || *digit == '+') digit++;
    if (*digit == '.') digit++;
    return text_is_digit(*digit) ? start : room;
}

/* Appends n bytes of s as a whole, or as much as may be cut off. */
static void text_append(fx__text *t, const char *s, size_t n, bool whole) {
    const size_t before = t->length;
    t->length = n > SIZE_MAX - before ? SIZE_MAX : before + n;
    if (before >= t->size) return;
    const size_t room = t->size - before - 1;
    const size_t used = n <= room ? n : whole ? 0 : text_cut(s, room);
    if (used) memcpy(t->data + before, s, used);
    t->data[before + used] = '\0';
}

void fx__put_bytes(fx__text *t, const char *s, size_t n) { text_append(t, s, n, false); }

void fx__put(fx__text *t, const char *s) {
    if (!s) s = "(null)";
    fx__put_bytes(t, s, strlen(s));
}

static void text_put_digits(fx__text *t, bool minus, uint64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    if (minus) digits[--at] = '-';
    text_append(t, digits + at, sizeof digits - at, true);
}

void fx__put_int(fx__text *t, int64_t value) {
    text_put_digits(t, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void fx__put_number(fx__text *t, double value) {
    char number[FX__NUMBER_BYTES];
    text_append(t, number, fx__number_shortest(number, value, false), true);
}

void fx__put_short(fx__text *t, double value, int digits) {
    char number[FX__NUMBER_BYTES];
    text_append(t, number, fx__number_write(number, value, digits), true);
}

void fx__put_dims(fx__text *t, int rank, const int64_t *dims) {
    if (rank < 0 || rank > FX_MAX_RANK) {
        fx__put_format(t, "[rank %d]", rank);
        return;
    }
    fx__put(t, "[");
    for (int i = 0; i < rank; i++) {
        if (i) fx__put(t, ", ");
        fx__put_int(t, dims[i]);
    }
    fx__put(t, "]");
}

void fx__put_size(fx__text *t, size_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int power = 0;
    uint64_t unit = 1;
    while (power < 6 && bytes / unit >= 1024) {
        unit *= 1024;
        power++;
    }
    if (!power) {
        fx__put_format(t, "%zu B", bytes);
        return;
    }
    const unsigned tenths = (unsigned)(bytes % unit * 10 / unit);
    char number[16];
    fx__text whole = fx__text_in(number, sizeof number);
    fx__put_format(&whole, "%zu.%u %s", (size_t)(bytes / unit), tenths, units[power - 1]);
    text_append(t, number, whole.length, true);
}

/* Reads a directive behind its %; where it ends, or NULL if it is none that can be written. */
static const char *text_directive_read(const char *s, text_directive *d, va_list *arguments) {
    *d = (text_directive){-1, 0, '\0'};
    if (*s == '.' && *++s == '*') {
        d->precision = s[1] == 's' ? va_arg(*arguments, int) : -1;
        s++;
    } else if (s[-1] == '.') {
        for (d->precision = 0; text_is_digit(*s); s++)
            if (d->precision < 1000000) d->precision = 10 * d->precision + (*s - '0');
    }
    if (*s == 'z') d->length = *s++;
    for (; *s == 'l' && d->length < 2; s++) d->length++;
    d->letter = *s;
    const char *letters = d->length ? "du" : d->precision >= 0 ? "sg" : "sducg%";
    return *s && strchr(letters, *s) ? s + 1 : NULL;
}
