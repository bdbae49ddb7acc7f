/* SPDX-License-Identifier: MIT */
/* JSON strings both ways, unsigned integers, the pull reader's grammar and its error positions. */
#include "json.h"

#include <string.h>

#include "support.h"

/* The reader runs on a copy of exactly n bytes, so that a sanitizer sees a read beyond them. */
typedef struct string_case {
    const char *json;
    const char *text;  /* NULL: an error */
    const char *wrong; /* of the error */
    size_t at;
} string_case;

static const string_case strings[] = {
    {"\"\"", "", NULL, 0},
    {" \t\r\n\"a b\"", "a b", NULL, 0},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", NULL, 0},
    {"\"\\u0041\\u00e9\\u20AC\"", "A\xC3\xA9\xE2\x82\xAC", NULL, 0},
    {"\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
     "\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF", NULL, 0},
    {"\"\\ud83d\\ude00\\uD800\\uDC00\\uDBFF\\uDFFF\"",
     "\xF0\x9F\x98\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", NULL, 0},
    {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F",
     NULL, 0},
    {"", NULL, "expected a string", 0},
    {" 7", NULL, "expected a string", 1},
    {"\"", NULL, "a string without an end", 1},
    {"\"ab", NULL, "a string without an end", 3},
    {"\"ab\\", NULL, "a string without an end", 3},
    {"\"a\\x\"", NULL, "an unknown escape", 2},
    {"\"\\a\"", NULL, "an unknown escape", 1},
    {"\"a\nb\"", NULL, "a control character in a string", 2},
    {"\"\\u12\"", NULL, "\\u without four hexadecimal digits", 1},
    {"\"\\u12g4\"", NULL, "\\u without four hexadecimal digits", 1},
    {"\"\\u\"", NULL, "\\u without four hexadecimal digits", 1},
    {"\"a\\u0000\"", NULL, "\\u0000 in a string", 2},
    {"\"\\ud800\"", NULL, "half a surrogate pair", 1},
    {"\"\\ud800x\\udc00\"", NULL, "half a surrogate pair", 1},
    {"\"\\ud800\\u0041\"", NULL, "half a surrogate pair", 1},
    {"\"\\ud800\\ud800\"", NULL, "half a surrogate pair", 1},
    {"\"\\udc00\\udc00\"", NULL, "half a surrogate pair", 1},
    {"\"\\udc00\\ud800\"", NULL, "half a surrogate pair", 1},
    {"\"a\xFF\"", NULL, "text that is not UTF-8", 2},
    {"\"\xC3\"", NULL, "text that is not UTF-8", 1},
};

FX_TEST(json, reads_strings) {
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        const string_case *c = strings + i;
        char bytes[128], out[128], *room = out;
        const size_t n = strlen(c->json);
        char *exact = memcpy(bytes + sizeof bytes - n, c->json, n);
        fx__json json = {exact, n, 0, false, NULL};
        const char *text = fx__json_string(&json, &room);
        CHECK_TEXT(json.wrong ? json.wrong : "", c->wrong ? c->wrong : "");
        if (c->text) {
            CHECK_TEXT(text, c->text);
            CHECK(room == out + strlen(c->text) + 1 && strlen(c->text) <= n);
            CHECK(fx__json_end(&json));
        } else {
            CHECK(!text && !fx__json_end(&json));
            CHECK_THAT(json.at == c->at, "case %zu: at %zu, not %zu", i, json.at, c->at);
        }
    }
}

FX_TEST(json, reads_unsigned_integers) {
    static const struct {
        const char *json, *wrong;
        uint64_t value;
        size_t at;
    } cases[] = {
        {"0", NULL, 0, 1},
        {" 10", NULL, 10, 3},
        {"18446744073709551615", NULL, UINT64_MAX, 20},
        {"18446744073709551616", "a number over 18446744073709551615", 0, 19},
        {"99999999999999999999999", "a number over 18446744073709551615", 0, 19},
        {"184467440737095516150", "a number over 18446744073709551615", 0, 20},
        {"01", "a number that begins with 0", 0, 1},
        {"00", "a number that begins with 0", 0, 1},
        {"-1", "expected an unsigned integer", 0, 0},
        {"+1", "expected an unsigned integer", 0, 0},
        {"x", "expected an unsigned integer", 0, 0},
        {"", "expected an unsigned integer", 0, 0},
        {"\"1\"", "expected an unsigned integer", 0, 0},
        {"1.5", NULL, 1, 1}, /* the point is the next reader's fault to find */
        {"1e3", NULL, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fx__json json = {cases[i].json, strlen(cases[i].json), 0, false, NULL};
        uint64_t value = 77;
        CHECK(fx__json_unsigned(&json, &value) == !cases[i].wrong);
        CHECK_TEXT(json.wrong ? json.wrong : "", cases[i].wrong ? cases[i].wrong : "");
        CHECK_THAT(value == cases[i].value && json.at == cases[i].at, "%s", cases[i].json);
    }
}

/* Reads an array of arrays of integers as deep as it says, in a loop; the sum of all numbers. */
static uint64_t sum_of_matrix(fx__json *json) {
    uint64_t sum = 0, value;
    fx__json_open(json, '[');
    while (fx__json_next(json, ']')) {
        fx__json_open(json, '[');
        while (fx__json_next(json, ']') && fx__json_unsigned(json, &value)) sum += value;
    }
    fx__json_end(json);
    return sum;
}

FX_TEST(json, walks_arrays_and_objects) {
    static const struct {
        const char *json, *wrong;
        uint64_t sum;
        size_t at;
    } cases[] = {
        {"[]", NULL, 0, 2},
        {" [ [ ] , [ ] ] ", NULL, 0, 15},
        {"[[1],[2,3],[]]", NULL, 6, 14},
        {"[[1,2]", "expected , or ]", 3, 6},
        {"[[1 2]]", "expected , or ]", 1, 4},
        {"[[1,]]", "expected an unsigned integer", 1, 4},
        {"[,[1]]", "expected [", 0, 1},
        {"[[1],]", "expected [", 1, 5},
        {"[[1]}", "expected , or ]", 1, 4},
        {"[[1]]]", "expected nothing more", 1, 5},
        {"[[1.5]]", "expected , or ]", 1, 3},
        {"{", "expected [", 0, 0},
        {"[", "expected [", 0, 1},
        {"", "expected [", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fx__json json = {cases[i].json, strlen(cases[i].json), 0, false, NULL};
        CHECK_THAT(sum_of_matrix(&json) == cases[i].sum, "%s", cases[i].json);
        CHECK_TEXT(json.wrong ? json.wrong : "", cases[i].wrong ? cases[i].wrong : "");
        CHECK_THAT(json.at == cases[i].at, "%s: at %zu", cases[i].json, json.at);
    }

    static const char *const objects[][2] = {
        {"{\"a\":1,\"b\":2}", NULL},
        {"{ }", NULL},
        {"{\"a\" 1}", "expected :"},
        {"{\"a\":1 \"b\":2}", "expected , or }"},
        {"{a:1}", "expected a string"},
        {"{\"a\":1,}", "expected a string"},
        {"{\"a\":}", "expected an unsigned integer"},
        {"{\"a\":1", "expected , or }"},
        {"[]", "expected {"},
        {"{}", NULL},
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        char out[32], *room = out;
        uint64_t value;
        fx__json json = {objects[i][0], strlen(objects[i][0]), 0, false, NULL};
        fx__json_open(&json, '{');
        while (fx__json_next(&json, '}') && fx__json_key(&json, &room))
            fx__json_unsigned(&json, &value);
        CHECK_TEXT(json.wrong ? json.wrong : "", objects[i][1] ? objects[i][1] : "");
    }

    fx__json zero = {"\0", 1, 0, false, NULL};
    CHECK(!fx__json_end(&zero)); /* a zero byte is no blank */
}

/* By the definition: the value is in range and takes no more bytes than it needs. */
static size_t utf8_by_definition(const unsigned char *s, size_t n) {
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC0 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (!length || length > n || s[0] >= 0xF8) return 0;
    uint32_t code = length == 1 ? s[0] : s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (s[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    return length;
}

FX_TEST(json, utf8_agrees_with_its_definition) {
    static const unsigned char tails[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                          0x9F, 0xA0, 0xBF, 0xC0, 0xED, 0xFF};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (size_t k = 0; k < sizeof tails * sizeof tails; k++) {
                const unsigned char bytes[] = {(unsigned char)a, (unsigned char)b,
                                               tails[k % sizeof tails], tails[k / sizeof tails]};
                for (size_t n = 1; n <= 4; n++)
                    CHECK_THAT(fx__utf8((const char *)bytes, n) == utf8_by_definition(bytes, n),
                               "%02x %02x %02x %02x, %zu bytes", a, b, bytes[2], bytes[3], n);
            }
    CHECK(fx__utf8("", 0) == 0);
}

FX_TEST(json, writes_what_it_reads) {
    char all[700], written[4096], read[4096], *room = read;
    size_t n = 0;
    for (char c = 1; c > 0 && c < 127; c++) all[n++] = c;
    memcpy(all + n, "\x7F\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 11);
    fx__text text = fx__text_in(written, sizeof written);
    fx__json_put(&text, all);
    fx__json json = {written, text.length, 0, false, NULL};
    CHECK_TEXT(fx__json_string(&json, &room), all);
    CHECK(fx__json_end(&json));

    text = fx__text_in(written, sizeof written);
    fx__json_put(&text, "a\"b\\c/\b\f\n\r\t\x01\x1F\x7F\xC3\xA9");
    CHECK_TEXT(written, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xA9\"");
    text = fx__text_in(NULL, 0);
    fx__json_put(&text, "a\n");
    CHECK(text.length == 5);
}
