/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259): one object or list per line, numbers that read back to the same double. */
#include <math.h>
#include <string.h>

#include "output.h"

static void json_separate(json *j) {
    if (j->comma) fputc(',', j->to);
    j->comma = true;
}

void json_begin(json *j, char bracket) {
    json_separate(j);
    fputc(bracket, j->to);
    j->comma = false;
    j->depth++;
}

void json_end(json *j, char bracket) {
    fputc(bracket, j->to);
    j->comma = --j->depth > 0;
    if (!j->comma) fputc('\n', j->to);
}

/* How many bytes the character at s takes, 0 if it is not UTF-8: overlong forms, surrogates and
 * what lies beyond U+10FFFF are not. */
static int utf8_length(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    int n = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
            : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
            : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                           : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) return 0;
    if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) return 0;
    return n;
}

static void json_string(FILE *to, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', to);
    while (*s) {
        int n = utf8_length(s);
        if (n == 0)
            fputs("\\ufffd", to);
        else if (*s == '"' || *s == '\\')
            fprintf(to, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7F)
            fprintf(to, "\\u%04x", *s);
        else
            fwrite(s, 1, (size_t)n, to);
        s += n ? n : 1;
    }
    fputc('"', to);
}

void json_key(json *j, const char *key) {
    json_separate(j);
    json_string(j->to, key);
    fputc(':', j->to);
    j->comma = false;
}

void json_text(json *j, const char *text) {
    json_separate(j);
    if (text)
        json_string(j->to, text);
    else
        fputs("null", j->to);
}

void json_number(json *j, double value) {
    json_separate(j);
    if (isfinite(value))
        number_write(j->to, value, 0);
    else
        fputs("null", j->to);
}

void json_whole(json *j, int64_t value) {
    json_separate(j);
    fprintf(j->to, "%lld", (long long)value);
}

void json_bool(json *j, bool value) {
    json_separate(j);
    fputs(value ? "true" : "false", j->to);
}
