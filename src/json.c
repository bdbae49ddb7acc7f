/* SPDX-License-Identifier: MIT */
/* JSON in the strict sense of RFC 8259, with two limits of its own: strings hold no U+0000, since
 * they become C strings, and numbers are unsigned integers, since the files read here hold no
 * others. */
#include "json.h"

#include <string.h>

/* What follows a backslash, and what it stands for. */
static const char json_letters[] = "\"\\/bfnrt";
static const char json_meanings[] = "\"\\/\b\f\n\r\t";

static bool json_fail(fx__json *json, const char *wrong) {
    if (!json->wrong) json->wrong = wrong;
    return false;
}

static void json_skip(fx__json *json) {
    while (json->at < json->n && memchr(" \t\r\n", json->bytes[json->at], 4)) json->at++;
}

/* Whether the next byte after blanks is c, which is then read. */
static bool json_take(fx__json *json, char c) {
    if (json->wrong) return false;
    json_skip(json);
    if (json->at == json->n || json->bytes[json->at] != c) return false;
    json->at++;
    return true;
}

bool fx__json_open(fx__json *json, char bracket) {
    if (!json_take(json, bracket))
        return json_fail(json, bracket == '{' ? "expected {" : "expected [");
    return json->fresh = true;
}

bool fx__json_next(fx__json *json, char closing) {
    const bool first = json->fresh;
    json->fresh = false;
    if (json_take(json, closing)) return false;
    if (json->wrong) return false;
    if (first || json_take(json, ',')) return true;
    return json_fail(json, closing == '}' ? "expected , or }" : "expected , or ]");
}

bool fx__json_end(fx__json *json) {
    if (json->wrong) return false;
    json_skip(json);
    return json->at == json->n || json_fail(json, "expected nothing more");
}

bool fx__json_unsigned(fx__json *json, uint64_t *value) {
    uint64_t total = 0;
    *value = 0;
    if (json->wrong) return false;
    json_skip(json);
    const size_t start = json->at;
    while (json->at < json->n && json->bytes[json->at] >= '0' && json->bytes[json->at] <= '9') {
        const unsigned digit = (unsigned)(json->bytes[json->at] - '0');
        if (json->at > start && total == 0) return json_fail(json, "a number that begins with 0");
        if (total > (UINT64_MAX - digit) / 10)
            return json_fail(json, "a number over 18446744073709551615");
        total = total * 10 + digit;
        json->at++;
    }
    if (json->at == start) return json_fail(json, "expected an unsigned integer");
    *value = total;
    return true;
}

size_t fx__utf8(const char *s, size_t n) {
    static const struct {
        unsigned char first, last, low, high; /* of the leading byte; of the one after it */
        size_t length;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    const unsigned char *byte = (const unsigned char *)s;
    if (n == 0 || byte[0] < 0x80) return n ? 1 : 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (byte[0] < forms[i].first || byte[0] > forms[i].last) continue;
        if (n < forms[i].length) return 0;
        for (size_t k = 1; k < forms[i].length; k++) {
            const unsigned char low = k == 1 ? forms[i].low : 0x80;
            const unsigned char high = k == 1 ? forms[i].high : 0xBF;
            if (byte[k] < low || byte[k] > high) return 0;
        }
        return forms[i].length;
    }
    return 0;
}

bool fx__is_utf8(const char *s) {
    size_t left = strlen(s), length;
    while ((length = fx__utf8(s, left)) > 0) s += length, left -= length;
    return left == 0;
}

/* The four digits of \uXXXX at the given byte, or -1. */
static int32_t json_unit(const fx__json *json, size_t at) {
    static const char digits[] = "0123456789abcdefABCDEF";
    int32_t unit = 0;
    if (json->n - at < 6 || json->bytes[at] != '\\' || json->bytes[at + 1] != 'u') return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        const char *digit = memchr(digits, json->bytes[i], sizeof digits - 1);
        if (!digit) return -1;
        const int32_t value = (int32_t)(digit - digits);
        unit = unit * 16 + (value < 16 ? value : value - 6);
    }
    return unit;
}

static size_t json_encode(char *out, int32_t code) {
    static const unsigned char leads[] = {0x00, 0xC0, 0xE0, 0xF0};
    const size_t more = (size_t)(code >= 0x80) + (code >= 0x800) + (code >= 0x10000);
    for (size_t i = more; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(leads[more] | code);
    return more + 1;
}

/* \uXXXX, or two of them for a character over U+FFFF. Returns the bytes written. */
static size_t json_unicode(fx__json *json, char *out) {
    int32_t code = json_unit(json, json->at);
    if (code < 0) return json_fail(json, "\\u without four hexadecimal digits");
    if (code == 0) return json_fail(json, "\\u0000 in a string");
    size_t used = 6;
    if (code >= 0xD800 && code <= 0xDFFF) {
        const int32_t low = json_unit(json, json->at + 6);
        if (code > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
            return json_fail(json, "half a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        used = 12;
    }
    json->at += used;
    return json_encode(out, code);
}

static size_t json_escape(fx__json *json, char *out) {
    if (json->n - json->at < 2) return json_fail(json, "a string without an end");
    const char letter = json->bytes[json->at + 1];
    if (letter == 'u') return json_unicode(json, out);
    const char *known = memchr(json_letters, letter, sizeof json_letters - 1);
    if (!known) return json_fail(json, "an unknown escape");
    *out = json_meanings[known - json_letters];
    json->at += 2;
    return 1;
}

static size_t json_character(fx__json *json, char *out) {
    const char *next = json->bytes + json->at;
    if (*next == '\\') return json_escape(json, out);
    if ((unsigned char)*next < 0x20) return json_fail(json, "a control character in a string");
    const size_t length = fx__utf8(next, json->n - json->at);
    if (!length) return json_fail(json, "text that is not UTF-8");
    memcpy(out, next, length);
    json->at += length;
    return length;
}

const char *fx__json_string(fx__json *json, char **room) {
    if (!json_take(json, '"')) return json_fail(json, "expected a string"), NULL;
    char *start = *room, *out = start;
    while (json->at < json->n && json->bytes[json->at] != '"') {
        out += json_character(json, out);
        if (json->wrong) return NULL;
    }
    if (json->at == json->n) return json_fail(json, "a string without an end"), NULL;
    json->at++;
    *out = '\0';
    *room = out + 1;
    return start;
}

const char *fx__json_key(fx__json *json, char **room) {
    const char *key = fx__json_string(json, room);
    if (key && !json_take(json, ':')) return json_fail(json, "expected :"), NULL;
    return key;
}

void fx__json_put(fx__text *text, const char *s) {
    static const char digits[] = "0123456789abcdef";
    fx__put_bytes(text, "\"", 1);
    for (;;) {
        size_t plain = 0;
        while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\') plain++;
        fx__put_bytes(text, s, plain);
        s += plain;
        if (!*s) break;
        char escape[] = {'\\', 'u', '0', '0', digits[*s >> 4 & 1], digits[*s & 15]};
        const char *known = strchr(json_meanings, *s);
        if (known) escape[1] = json_letters[known - json_meanings];
        fx__put_bytes(text, escape, known ? 2 : sizeof escape);
        s++;
    }
    fx__put_bytes(text, "\"", 1);
}
