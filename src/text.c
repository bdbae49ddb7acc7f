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
    bool star;     /* the precision is an argument */
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
    if (start && text_in_number(s[start - 1])) return room; /* too long to be a number */
    const char *digit = s + start;
    while (digit < s + room && (*digit == '-' || *digit == '+' || *digit == '.')) digit++;
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

/* Reads the directive behind a %; where it ends, or NULL if it is none that can be written. */
static const char *text_directive_read(const char *s, text_directive *d) {
    *d = (text_directive){-1, 0, false, '\0'};
    if (s[0] == '.' && s[1] == '*') {
        d->star = true;
        s += 2;
    } else if (s[0] == '.') {
        d->precision = 0;
        for (s++; text_is_digit(*s); s++)
            if (d->precision < 1000000) d->precision = 10 * d->precision + (*s - '0');
    }
    if (*s == 'z') d->length = *s++;
    for (; *s == 'l' && d->length < 2; s++) d->length++;
    d->letter = *s;
    const char *letters = "sducg%";
    if (d->precision >= 0) letters = "sg";
    if (d->star) letters = "s";
    if (d->length) letters = d->star || d->precision >= 0 ? "" : "du";
    return *s && strchr(letters, *s) ? s + 1 : NULL;
}

static void text_put_integer(fx__text *t, const text_directive *d, va_list *from) {
    uint64_t value;
    if (d->length == 'z')
        value = va_arg(*from, size_t);
    else if (d->length == 2)
        value = va_arg(*from, unsigned long long);
    else if (d->letter == 'u')
        value = d->length ? va_arg(*from, unsigned long) : va_arg(*from, unsigned);
    else
        value = (uint64_t)(d->length ? va_arg(*from, long) : va_arg(*from, int));
    if (d->letter == 'd')
        fx__put_int(t, (int64_t)value);
    else
        text_put_digits(t, false, value);
}

static void text_put_string(fx__text *t, int precision, const char *s) {
    if (!s) s = "(null)";
    const char *end = precision < 0 ? NULL : memchr(s, '\0', (size_t)precision);
    if (end)
        fx__put_bytes(t, s, (size_t)(end - s));
    else if (precision < 0)
        fx__put(t, s);
    else
        fx__put_bytes(t, s, (size_t)precision);
}

static void text_put_directive(fx__text *t, const text_directive *d, va_list *from) {
    int precision = d->precision;
    char c = '%';
    switch (d->letter) {
    case 's':
        if (d->star) precision = va_arg(*from, int);
        text_put_string(t, precision, va_arg(*from, const char *));
        break;
    case 'g':
        fx__put_short(t, va_arg(*from, double), precision < 0 ? 6 : precision);
        break;
    case 'c':
        c = (char)va_arg(*from, int); /* fall through */
    case '%':
        fx__put_bytes(t, &c, 1);
        break;
    default:
        text_put_integer(t, d, from);
        break;
    }
}

void fx__put_vformat(fx__text *t, const char *format, va_list arguments) {
    va_list from;
    va_copy(from, arguments);
    for (;;) {
        text_directive d;
        const size_t plain = strcspn(format, "%");
        fx__put_bytes(t, format, plain);
        format += plain;
        const char *next = *format ? text_directive_read(format + 1, &d) : NULL;
        if (!next) break;
        text_put_directive(t, &d, &from);
        format = next;
    }
    fx__put(t, format);
    va_end(from);
}

void fx__put_format(fx__text *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fx__put_vformat(t, format, arguments);
    va_end(arguments);
}
