/* SPDX-License-Identifier: MIT */
/* The reader of archives against hostile files: each rule of the format has its broken files and
 * their exact error; no truncation is taken, no damage crashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/archive.h"
#include "support.h"

/* A file in a block of exactly its size, so that a sanitizer sees a read beyond it. */
static unsigned char *file_of(const char *header, uint64_t length, size_t data, size_t *n) {
    const size_t header_n = strlen(header);
    *n = 8 + header_n + data;
    unsigned char *bytes = calloc(*n, 1);
    CHECK(bytes);
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(bytes + 8, header, header_n);
    return bytes;
}

static fx_archive *parse(fx_context *cx, const char *header, size_t data) {
    size_t n;
    unsigned char *bytes = file_of(header, strlen(header), data, &n);
    fx_archive *archive = fx_archive_parse(cx, bytes, n, "x");
    free(bytes);
    return archive;
}

#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{\"w\":" ENTRY(dtype, shape, offsets) "}"

typedef struct hostile_case {
    const char *header;
    size_t data;
    const char *text;
} hostile_case;

static const hostile_case hostile[] = {
    /* JSON and the form of the header */
    {"", 0, "x: byte 8: expected {"},
    {"   ", 0, "x: byte 11: expected {"},
    {"[]", 0, "x: byte 8: expected {"},
    {"{", 0, "x: byte 9: expected a string"},
    {"{} x", 0, "x: byte 11: expected nothing more"},
    {"{}{}", 0, "x: byte 10: expected nothing more"},
    {"{\"w\":{},}", 0, "x: \"w\": dtype is missing"},
    {"{\"w\":7}", 0, "x: byte 13: expected {"},
    {"{\"w\":null}", 0, "x: byte 13: expected {"},
    {"{\"\xFF\":{}}", 0, "x: byte 10: text that is not UTF-8"},
    {"{\"\xC0\x80\":{}}", 0, "x: byte 10: text that is not UTF-8"},
    {"{\"\\u0000\":{}}", 0, "x: byte 10: \\u0000 in a string"},
    {"{\"\\ud800\":{}}", 0, "x: byte 10: half a surrogate pair"},
    {"\xEF\xBB\xBF{}", 0, "x: byte 8: expected {"},
    {"{/**/}", 0, "x: byte 9: expected a string"},
    /* texts */
    {"{\"__metadata__\":{\"a\":1}}", 0, "x: byte 29: expected a string"},
    {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "x: byte 29: expected a string"},
    {"{\"__metadata__\":[]}", 0, "x: byte 24: expected {"},
    {"{\"__metadata__\":\"a\"}", 0, "x: byte 24: expected {"},
    {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, "x: \"a\": appears twice"},
    {"{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"2\"}}", 0, "x: \"a\": appears twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "x: \"__metadata__\": appears twice"},
    /* the entry of an array */
    {"{\"w\":{\"shape\":[],\"data_offsets\":[0,0]}}", 0, "x: \"w\": dtype is missing"},
    {"{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}", 0, "x: \"w\": shape is missing"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0, "x: \"w\": data_offsets is missing"},
    {"{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, "x: \"w\": dtype appears twice"},
    {"{\"w\":{\"shape\":[],\"shape\":[]}}", 0, "x: \"w\": shape appears twice"},
    {"{\"w\":{\"data_offsets\":[0,0],\"data_offsets\":[0,0]}}", 0,
     "x: \"w\": data_offsets appears twice"},
    {"{\"w\":{\"size\":4}}", 0, "x: \"w\": an array has no \"size\""},
    {"{\"w\":{\"dtype\":7}}", 0, "x: byte 22: expected a string"},
    {"{\"w\":{\"shape\":7}}", 0, "x: byte 22: expected ["},
    {ONE("F32", "[1,]", "[0,4]"), 4, "x: byte 39: expected an unsigned integer"},
    {ONE("F32", "[1.0]", "[0,4]"), 4, "x: byte 38: expected , or ]"},
    {ONE("F32", "[-1]", "[0,4]"), 4, "x: byte 37: expected an unsigned integer"},
    {ONE("F32", "[1e0]", "[0,4]"), 4, "x: byte 38: expected , or ]"},
    {ONE("F32", "[01]", "[0,4]"), 4, "x: byte 38: a number that begins with 0"},
    {ONE("F32", "[18446744073709551616]", "[0,4]"), 4,
     "x: byte 56: a number over 18446744073709551615"},
    {ONE("F32", "[[1]]", "[0,4]"), 4, "x: byte 37: expected an unsigned integer"},
    {ONE("F32", "[1]", "[0]"), 4, "x: \"w\": data_offsets must be two numbers"},
    {ONE("F32", "[1]", "[0,4,4]"), 4, "x: \"w\": data_offsets must be two numbers"},
    {ONE("F32", "[1]", "[0,2,3,4]"), 4, "x: \"w\": data_offsets must be two numbers"},
    {ONE("F32", "[1]", "[]"), 4, "x: \"w\": data_offsets must be two numbers"},
    /* dtypes: those of the format that Fluxion has no use for, and none */
    {ONE("BF16", "[1]", "[0,2]"), 2, "x: \"w\": dtype \"BF16\" is none of F32, F64, I64, BOOL"},
    {ONE("I32", "[1]", "[0,4]"), 4, "x: \"w\": dtype \"I32\" is none of F32, F64, I64, BOOL"},
    {ONE("f32", "[1]", "[0,4]"), 4, "x: \"w\": dtype \"f32\" is none of F32, F64, I64, BOOL"},
    {ONE("", "[1]", "[0,4]"), 4, "x: \"w\": dtype \"\" is none of F32, F64, I64, BOOL"},
    {ONE("\\u001b\\n", "[1]", "[0,4]"), 4,
     "x: \"w\": dtype \"\\u001b\\n\" is none of F32, F64, I64, BOOL"},
    /* shapes */
    {ONE("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "x: \"w\": rank 9 is over 8"},
    {ONE("F32", "[2,18446744073709551614]", "[0,4]"), 4,
     "x: \"w\": shape [2, 18446744073709551614] is too large"},
    {ONE("F32", "[2,9223372036854775807]", "[0,4]"), 4,
     "x: \"w\": shape [2, 9223372036854775807] is too large"},
    {ONE("F32", "[4611686018427387904]", "[0,0]"), 0,
     "x: \"w\": shape [4611686018427387904] is too large"},
    {ONE("BOOL", "[9223372036854775808]", "[0,0]"), 0,
     "x: \"w\": shape [9223372036854775808] is too large"},
    {ONE("F64", "[4294967296,4294967296,0]", "[0,0]"), 0,
     "x: \"w\": shape [4294967296, 4294967296, 0] is too large"},
    {ONE("F64", "[0,9223372036854775807]", "[0,0]"), 0,
     "x: \"w\": shape [0, 9223372036854775807] is too large"},
    {ONE("F32", "[1,18446744073709551615]", "[0,18446744073709551615]"), 4,
     "x: \"w\": shape [1, 18446744073709551615] is too large"},
    {ONE("F32", "[2,3]", "[0,20]"), 20,
     "x: \"w\": F32 [2, 3] takes 24 bytes, not the span from 0 to 20"},
    {ONE("F32", "[]", "[0,0]"), 0, "x: \"w\": F32 [] takes 4 bytes, not the span from 0 to 0"},
    {ONE("I64", "[0]", "[0,8]"), 8, "x: \"w\": I64 [0] takes 0 bytes, not the span from 0 to 8"},
    {ONE("F32", "[1]", "[4,0]"), 4, "x: \"w\": F32 [1] takes 4 bytes, not the span from 4 to 0"},
    {ONE("F32", "[1]", "[18446744073709551615,3]"), 4,
     "x: \"w\": F32 [1] takes 4 bytes, not the span from 18446744073709551615 to 3"},
    /* offsets */
    {ONE("F32", "[1]", "[4,8]"), 8, "x: \"w\": data begins at 4, but the data before it ends at 0"},
    {ONE("F32", "[1]", "[18446744073709551611,18446744073709551615]"), 4,
     "x: \"w\": data begins at 18446744073709551611, but the data before it ends at 0"},
    {ONE("F32", "[0]", "[4,4]"), 4, "x: \"w\": data begins at 4, but the data before it ends at 0"},
    {"{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"b\":" ENTRY("F32", "[1]", "[5,9]") "}", 9,
     "x: \"b\": data begins at 5, but the data before it ends at 4"},
    {"{\"a\":" ENTRY("F32", "[2]", "[0,8]") ",\"b\":" ENTRY("F32", "[1]", "[4,8]") "}", 8,
     "x: \"b\": data begins at 4, but the data before it ends at 8"},
    {"{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"b\":" ENTRY("F32", "[1]", "[0,4]") "}", 4,
     "x: \"b\": data begins at 0, but the data before it ends at 4"},
    {"{\"a\":" ENTRY("F32", "[1]", "[4,8]") ",\"b\":" ENTRY("F32", "[0]", "[6,6]") ",\"c\":" ENTRY(
         "F32", "[1]", "[0,4]") "}",
     8, "x: \"b\": data begins at 6, but the data before it ends at 8"},
    {ONE("F32", "[1]", "[0,4]"), 3, "x: the arrays take 4 bytes, but the file holds 3"},
    {ONE("F32", "[1]", "[0,4]"), 5, "x: the arrays take 4 bytes, but the file holds 5"},
    {ONE("F32", "[1073741824]", "[0,4294967296]"), 4,
     "x: the arrays take 4294967296 bytes, but the file holds 4"},
    {"{}", 1, "x: the arrays take 0 bytes, but the file holds 1"},
    /* names */
    {"{\"a\":" ENTRY("F32", "[1]", "[0,4]") ",\"a\":" ENTRY("F32", "[1]", "[4,8]") "}", 8,
     "x: \"a\": appears twice"},
    {"{\"\\n\":" ENTRY("F32", "[1]", "[0,4]") ",\"\\u000a\":" ENTRY("F32", "[1]", "[4,8]") "}", 8,
     "x: \"\\n\": appears twice"},
};

FX_TEST(archive_read, refuses_hostile_headers) {
    fx_context *cx = test_context();
    const size_t empty = fx_context_memory(cx).bytes;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        CHECK_THAT(!parse(cx, hostile[i].header, hostile[i].data), "taken: %s", hostile[i].header);
        CHECK_TEXT(fx_error_text(cx), hostile[i].text);
        CHECK(fx_error(cx) == FX_ERR_FORMAT && fx_context_memory(cx).bytes == empty);
        fx_clear(cx);
    }
}

FX_TEST(archive_read, refuses_wrong_header_lengths) {
    static const struct {
        uint64_t length;
        const char *text;
    } cases[] = {
        {3, "x: a header of 3 bytes in a file of 10: cut off?"},
        {100000000, "x: a header of 100000000 bytes in a file of 10: cut off?"},
        {100000001, "x: not a safetensors file: a header of 100000001 bytes is over 100000000"},
        {UINT64_MAX,
         "x: not a safetensors file: a header of 18446744073709551615 bytes is over 100000000"},
        {UINT64_MAX - 7,
         "x: not a safetensors file: a header of 18446744073709551608 bytes is over 100000000"},
        {0, "x: byte 8: expected {"},
        {1, "x: byte 9: expected a string"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n;
        unsigned char *bytes = file_of("{}", cases[i].length, 0, &n);
        CHECK(!fx_archive_parse(cx, bytes, n, "x"));
        CHECK_TEXT(fx_error_text(cx), cases[i].text);
        fx_clear(cx);
        free(bytes);
    }
    for (size_t n = 0; n < 8; n++) {
        char text[80], bytes[8] = {0};
        CHECK(!fx_archive_parse(cx, bytes, n, "x") && fx_error(cx) == FX_ERR_FORMAT);
        snprintf(text, sizeof text, "x: %zu bytes are too few for a safetensors file", n);
        CHECK_TEXT(fx_error_text(cx), text);
        fx_clear(cx);
    }
}

FX_TEST(archive_read, takes_all_that_the_format_allows) {
    static const hostile_case allowed[] = {
        {"{}", 0, NULL},
        {" \t\r\n{ } \t\r\n", 0, NULL},
        {"{\"__metadata__\":{}}", 0, NULL},
        {ONE("F32", "[]", "[0,4]") "      ", 4, "w"},
        {ONE("F32", "[0]", "[0,0]"), 0, "w"},
        {ONE("I64", "[1,1,1,1,1,1,1,1]", "[0,8]"), 8, "w"},
        {"{\"w\":{\"data_offsets\":[0,4],\"shape\":[1],\"dtype\":\"F32\"}}", 4, "w"},
        {"{\"\":" ENTRY("BOOL", "[3]", "[0,3]") ",\"w\":" ENTRY("F64", "[1]", "[3,11]") "}", 11,
         "w"},
        {"{\"w\":" ENTRY("F32", "[1]", "[4,8]") ",\"a\":" ENTRY(
             "F32", "[0]", "[4,4]") ",\"b\":" ENTRY("F32", "[1]", "[0,4]") "}",
         8, "w"},
    };
    fx_context *cx = test_context();
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        fx_archive *archive = parse(cx, allowed[i].header, allowed[i].data);
        CHECK_THAT(archive, "%s: %s", allowed[i].header, fx_error_text(cx));
        const fx_array array = fx_archive_find(archive, "w");
        CHECK(!array.name == !allowed[i].text);
        CHECK(!array.name || (array.data && (uintptr_t)array.data % 8 == 0));
    }
    fx_archive *stored = parse(cx, allowed[8].header, 8);
    CHECK_TEXT(fx_archive_at(stored, 0).name, "w");
    CHECK_TEXT(fx_archive_at(stored, 2).name, "b");
}

FX_TEST(archive_read, refuses_bools_that_are_none) {
    fx_context *cx = test_context();
    size_t n;
    const char *header = ONE("BOOL", "[3]", "[0,3]");
    unsigned char *bytes = file_of(header, strlen(header), 3, &n);
    bytes[n - 1] = 255;
    CHECK(!fx_archive_parse(cx, bytes, n, "x") && fx_error(cx) == FX_ERR_FORMAT);
    CHECK_TEXT(fx_error_text(cx), "x: \"w\": bool 2 is 255, neither 0 nor 1");
    free(bytes);
}

/* An archive with something of everything. */
static unsigned char *sample(fx_context *cx, size_t *n) {
    fx_archive *archive = fx_archive_new(cx);
    const double data[] = {1.5, -2, 0.25};
    const bool mask[] = {true, false, true};
    fx_archive_put(archive, "w\xC3\xA9", FX_F64, fx_shape2(1, 3), data);
    fx_archive_put(archive, "b", FX_F32, fx_shape0(), data);
    fx_archive_put(archive, "m", FX_BOOL, fx_shape1(3), mask);
    fx_archive_put(archive, "e", FX_I64, fx_shape2(0, 2), NULL);
    fx_archive_put_text(archive, "k\n", "v\xE2\x82\xAC");
    *n = fx_archive_write(archive, NULL, 0);
    unsigned char *bytes = malloc(*n);
    CHECK(bytes && fx_archive_write(archive, bytes, *n) == *n);
    fx_archive_free(archive);
    return bytes;
}

FX_TEST(archive_read, refuses_every_truncation) {
    fx_context *cx = test_context();
    size_t n;
    unsigned char *bytes = sample(cx, &n);
    for (size_t k = 0; k < n; k++) {
        unsigned char *part = malloc(k + !k);
        CHECK(part);
        memcpy(part, bytes, k);
        CHECK_THAT(!fx_archive_parse(cx, part, k, "x"), "%zu of %zu bytes are taken", k, n);
        CHECK(fx_error(cx) == FX_ERR_FORMAT);
        fx_clear(cx);
        free(part);
    }
    free(bytes);
}

/* What is still taken must be a sound archive: it is written and read once more. */
FX_TEST(archive_read, survives_every_damaged_byte) {
    static const unsigned char damages[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20,
                                            0x40, 0x80, 0xFF, 0x7F, 0x0C, 0x5B};
    fx_context *cx = test_context();
    size_t n, taken = 0, out_n;
    unsigned char *bytes = sample(cx, &n), out[1024];
    for (size_t k = 0; k < n; k++)
        for (size_t d = 0; d < sizeof damages; d++) {
            bytes[k] ^= damages[d];
            fx_archive *archive = fx_archive_parse(cx, bytes, n, "x");
            bytes[k] ^= damages[d];
            CHECK(archive || fx_error(cx) == FX_ERR_FORMAT);
            fx_clear(cx);
            if (!archive) continue;
            taken++;
            out_n = fx_archive_write(archive, out, sizeof out);
            CHECK(out_n && out_n <= sizeof out && fx_archive_parse(cx, out, out_n, "again"));
            fx_archive_free(archive);
        }
    CHECK(taken > 0 && taken < n * sizeof damages / 2);
    free(bytes);
}

/* Names and offsets in the order that is worst for an insertion; time grows with n log n. */
FX_TEST(archive_read, reads_many_arrays) {
    enum { MANY = 20000, ROOM = 80 };
    fx_context *cx = test_context();
    char *header = malloc(MANY * ROOM), *end = header;
    CHECK(header);
    for (int i = MANY; i-- > 0;)
        end += snprintf(end, ROOM, "%c\"%05d\":" ENTRY("BOOL", "[1]", "[%d,%d]"),
                        i == MANY - 1 ? '{' : ',', i, i, i + 1);
    strcpy(end, "}");
    fx_archive *archive = parse(cx, header, MANY);
    CHECK_THAT(archive, "%s", fx_error_text(cx));
    CHECK(fx_archive_count(archive) == MANY);
    CHECK(fx_archive_find(archive, "00000").bytes == 1 && fx_archive_find(archive, "19999").name);
    free(header);
}
