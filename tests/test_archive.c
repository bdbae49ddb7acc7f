/* SPDX-License-Identifier: MIT */
/* Archives: what was put comes back bit for bit, through memory and through files; the bytes depend
 * on the contents alone; failures leave nothing behind. */
#include "fluxion/archive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

/* The bytes of an archive in a block of exactly their size. */
static unsigned char *written(const fx_archive *archive, size_t *n) {
    *n = fx_archive_write(archive, NULL, 0);
    unsigned char *bytes = malloc(*n + !*n);
    CHECK(bytes && fx_archive_write(archive, bytes, *n) == *n);
    return bytes;
}

static void check_refused(fx_context *cx, fx_status status, const char *text) {
    CHECK_TEXT(fx_error_text(cx), text);
    CHECK(fx_error(cx) == status);
    fx_clear(cx);
}

static const fx_shape shapes[] = {
    {0, {0}}, {1, {3}}, {2, {2, 3}}, {1, {0}}, {3, {2, 0, 3}}, {8, {1, 2, 1, 2, 1, 2, 1, 2}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static int64_t elements(fx_shape shape) {
    int64_t n = 1;
    for (int32_t i = 0; i < shape.rank; i++) n *= shape.dims[i];
    return n;
}

/* Numbers of every kind: for floats, each of their bit patterns matters. */
static void fill(unsigned char *data, fx_dtype dtype, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(dtype == FX_BOOL ? (i * 7 + seed) % 3 == 0 : i * 89 + seed * 31);
    const double specials[] = {NAN, -INFINITY, -0.0};
    if (dtype == FX_F64 && bytes >= sizeof specials) memcpy(data, specials, sizeof specials);
}

FX_TEST(archive, round_trips_every_dtype_and_shape) {
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    unsigned char data[SHAPES * 4][16 * 8];
    char name[32];
    for (unsigned i = 0; i < SHAPES * 4; i++) {
        const fx_dtype dtype = (fx_dtype)(i % 4);
        fill(data[i], dtype, (size_t)elements(shapes[i / 4]) * fx_dtype_size(dtype), i);
        snprintf(name, sizeof name, "a%u.\xC3\xA9\"\\\n", i);
        CHECK(fx_archive_put(archive, name, dtype, shapes[i / 4], data[i]) == FX_OK);
    }
    CHECK(fx_archive_put_text(archive, "\xE2\x82\xAC", "{\"x\": [1]}\t\x01") == FX_OK);
    CHECK(fx_archive_put_text(archive, "", "") == FX_OK);
    size_t n;
    unsigned char *bytes = written(archive, &n);
    fx_archive *read = fx_archive_parse(cx, bytes, n, "copy");
    CHECK_THAT(read, "%s", fx_error_text(cx));
    free(bytes);
    fx_archive_free(archive);

    CHECK(fx_archive_count(read) == SHAPES * 4);
    for (unsigned i = 0; i < SHAPES * 4; i++) {
        snprintf(name, sizeof name, "a%u.\xC3\xA9\"\\\n", i);
        const fx_array array = fx_archive_find(read, name);
        CHECK_TEXT(array.name, name);
        CHECK(array.dtype == (fx_dtype)(i % 4) && fx_shape_equal(array.shape, shapes[i / 4]));
        CHECK(array.bytes == (size_t)elements(array.shape) * fx_dtype_size(array.dtype));
        CHECK(array.data && (uintptr_t)array.data % 8 == 0);
        CHECK(memcmp(array.data, data[i], array.bytes) == 0);
    }
    CHECK_TEXT(fx_archive_text(read, "\xE2\x82\xAC"), "{\"x\": [1]}\t\x01");
    CHECK_TEXT(fx_archive_text(read, ""), "");
    CHECK(!fx_archive_text(read, "x") && !fx_archive_find(read, "x").name);
}

/* Written out by hand from the format's description. */
FX_TEST(archive, writes_the_documented_bytes) {
    static const char header[] =
        "{\"__metadata__\":{\"a\":\"1\\n\",\"b\":\"2\"},"
        "\"i\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,16]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[16,24]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[24,24]},"
        "\"b\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[24,27]}}";
    static const unsigned char data[] = {
        0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, /* -2 */
        0,    0,    0,    0,    0,    0,    0xF8, 0x3F, /* 1.5 */
        0,    0,    0x80, 0x3F, 0,    0,    0,    0xC0, /* 1, -2 */
        1,    0,    1,
    };
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    const bool mask[] = {true, false, true};
    const float a[] = {1, -2};
    const int64_t i = -2;
    const double d = 1.5;
    fx_archive_put(archive, "z", FX_F32, fx_shape1(0), NULL);
    fx_archive_put(archive, "b", FX_BOOL, fx_shape1(3), mask);
    fx_archive_put(archive, "a", FX_F32, fx_shape2(1, 2), a);
    fx_archive_put(archive, "d", FX_F64, fx_shape1(1), &d);
    fx_archive_put(archive, "i", FX_I64, fx_shape0(), &i);
    fx_archive_put_text(archive, "b", "2");
    CHECK(fx_archive_put_text(archive, "a", "1\n") == FX_OK);
    size_t n;
    unsigned char *bytes = written(archive, &n);
    const size_t length = sizeof header - 1, padded = (length + 7) / 8 * 8;
    CHECK(n == 8 + padded + sizeof data);
    for (size_t k = 0; k < 8; k++) CHECK(bytes[k] == (padded >> (8 * k) & 0xFF));
    CHECK(memcmp(bytes + 8, header, length) == 0);
    for (size_t k = length; k < padded; k++) CHECK(bytes[8 + k] == ' ');
    CHECK(memcmp(bytes + 8 + padded, data, sizeof data) == 0);
    free(bytes);

    archive = fx_archive_new(cx);
    bytes = written(archive, &n);
    CHECK(n == 16 && memcmp(bytes, "\x08\0\0\0\0\0\0\0{}      ", 16) == 0);
    free(bytes);
}

FX_TEST(archive, bytes_do_not_depend_on_the_order_of_putting) {
    static const char *const names[] = {"b", "a", "c", "a.b"};
    fx_context *cx = test_context();
    const double data[] = {1, 2};
    unsigned char *first = NULL;
    size_t first_n = 0;
    for (int order = 0; order < 256; order++) {
        const int at[] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6};
        if ((1 << at[0] | 1 << at[1] | 1 << at[2] | 1 << at[3]) != 15) continue;
        fx_archive *archive = fx_archive_new(cx);
        for (int i = 0; i < 4; i++) {
            const fx_dtype dtype = at[i] == 3 ? FX_F32 : FX_F64;
            fx_archive_put(archive, names[at[i]], dtype, fx_shape1(at[i] % 3), data);
            fx_archive_put_text(archive, names[at[i]], "an earlier text");
            fx_archive_put_text(archive, names[at[i]], names[at[i]]);
        }
        CHECK_TEXT(fx_archive_at(archive, 2).name, names[at[2]]);
        size_t n;
        unsigned char *bytes = written(archive, &n);
        if (!first) first = bytes, first_n = n;
        CHECK(n == first_n && memcmp(bytes, first, n) == 0);
        if (bytes != first) free(bytes);
        fx_archive_free(archive);
    }
    fx_archive *read = fx_archive_parse(cx, first, first_n, NULL);
    CHECK_TEXT(fx_archive_at(read, 0).name, "a");
    CHECK_TEXT(fx_archive_text(read, "c"), "c");
    fx_archive_put_text(read, "c", "changed"); /* what was read can be changed and added to */
    CHECK_TEXT(fx_archive_text(read, "c"), "changed");
    CHECK(fx_archive_put(read, "0", FX_F64, fx_shape1(2), data) == FX_OK);
    CHECK(fx_archive_find(read, "0").bytes == 16 && fx_archive_count(read) == 5);
    free(first);
}

/* Puts many arrays and texts, by steps through all numbers below a prime; writes in between. */
enum { MANY = 3001 };

static unsigned char *many_written(fx_context *cx, int step, size_t *n) {
    fx_archive *archive = fx_archive_new(cx);
    char name[16];
    for (int i = 0; i < MANY; i++) {
        const int64_t number = (int64_t)i * step % MANY;
        snprintf(name, sizeof name, "w%d", (int)number);
        CHECK(fx_archive_put(archive, name, FX_I64, fx_shape0(), &number) == FX_OK);
        CHECK(fx_archive_put_text(archive, name, name) == FX_OK);
        if (i % 700 == 0) CHECK(fx_archive_write(archive, NULL, 0) > 0);
    }
    CHECK(fx_archive_count(archive) == MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "w%d", i);
        const int64_t *found = fx_archive_find(archive, name).data;
        CHECK(found && *found == i && strcmp(fx_archive_text(archive, name), name) == 0);
    }
    CHECK(!fx_archive_find(archive, "w").name && !fx_archive_text(archive, "w3001"));
    CHECK(fx_archive_put(archive, "w7", FX_I64, fx_shape0(), &(int64_t){7}) == FX_ERR_ARGUMENT);
    check_refused(cx, FX_ERR_ARGUMENT, "archive: w7: there is an array of that name");
    unsigned char *bytes = written(archive, n);
    fx_archive_free(archive);
    return bytes;
}

FX_TEST(archive, finds_and_orders_thousands_of_names) {
    fx_context *cx = test_context();
    size_t n, others;
    unsigned char *bytes = many_written(cx, 1, &n);
    static const int steps[] = {MANY - 1, 1234};
    for (int i = 0; i < 2; i++) {
        unsigned char *other = many_written(cx, steps[i], &others);
        CHECK(n == others && memcmp(bytes, other, n) == 0);
        free(other);
    }
    fx_archive *archive = fx_archive_parse(cx, bytes, n, "many");
    CHECK(archive && fx_archive_put_text(archive, "w8", "eight") == FX_OK);
    CHECK_TEXT(fx_archive_text(archive, "w8"), "eight");
    CHECK(fx_archive_put(archive, "v", FX_I64, fx_shape0(), &(int64_t){7}) == FX_OK);
    CHECK(fx_archive_find(archive, "v").name && fx_archive_find(archive, "w3000").name);
    free(bytes);
}

FX_TEST(archive, writes_at_most_what_it_is_given) {
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    const double data[] = {1, 2};
    fx_archive_put(archive, "a", FX_F64, fx_shape1(2), data);
    size_t n;
    unsigned char *bytes = written(archive, &n);
    for (size_t size = 0; size < n + 3; size++) {
        unsigned char out[256];
        memset(out, 0x5A, sizeof out);
        CHECK(fx_archive_write(archive, out, size) == n);
        CHECK(memcmp(out, bytes, size < n ? size : n) == 0);
        for (size_t i = size < n ? size : n; i < sizeof out; i++) CHECK(out[i] == 0x5A);
    }
    CHECK(fx_archive_parse(cx, bytes, n, "copy"));
    free(bytes);
}

FX_TEST(archive, refuses_what_it_cannot_store) {
    const fx_shape deep = {9, {1}}, below = {-1, {0}};
    const int64_t half = (int64_t)1 << 62;
    const unsigned char mask[] = {1, 0, 2};
    const struct {
        const char *name;
        fx_dtype dtype;
        fx_shape shape;
        const void *data;
        fx_status status;
        const char *text;
    } cases[] = {
        {NULL, FX_F64, fx_shape0(), mask, FX_ERR_ARGUMENT, "archive: the name is NULL"},
        {"\xC3(", FX_F64, fx_shape0(), mask, FX_ERR_ARGUMENT, "archive: the name is not UTF-8"},
        {"__metadata__", FX_BOOL, fx_shape1(1), mask, FX_ERR_ARGUMENT,
         "archive: the name __metadata__ is the format's own"},
        {"w", FX_BOOL, fx_shape1(1), mask, FX_ERR_ARGUMENT,
         "archive: w: there is an array of that name"},
        {"v", (fx_dtype)4, fx_shape0(), mask, FX_ERR_DTYPE, "archive: v: unknown dtype 4"},
        {"v", (fx_dtype)-1, fx_shape0(), mask, FX_ERR_DTYPE, "archive: v: unknown dtype -1"},
        {"v", FX_F64, deep, mask, FX_ERR_SHAPE, "archive: v: rank 9 is outside 0..8"},
        {"v", FX_F64, below, mask, FX_ERR_SHAPE, "archive: v: rank -1 is outside 0..8"},
        {"v", FX_F64, fx_shape2(2, -1), mask, FX_ERR_SHAPE,
         "archive: v: shape [2, -1] is negative or too large"},
        {"v", FX_F64, fx_shape2(half, 2), mask, FX_ERR_SHAPE,
         "archive: v: shape [4611686018427387904, 2] is negative or too large"},
        {"v", FX_F64, fx_shape0(), NULL, FX_ERR_ARGUMENT, "archive: v: data is NULL"},
        {"v", FX_BOOL, fx_shape1(3), mask, FX_ERR_DATA, "archive: v: bool 2 is 2, neither 0 nor 1"},
    };
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    CHECK(fx_archive_put(archive, "w", FX_BOOL, fx_shape1(2), mask) == FX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(fx_archive_put(archive, cases[i].name, cases[i].dtype, cases[i].shape,
                             cases[i].data) == cases[i].status);
        check_refused(cx, cases[i].status, cases[i].text);
    }
    CHECK(fx_archive_put_text(archive, NULL, "") == FX_ERR_ARGUMENT);
    check_refused(cx, FX_ERR_ARGUMENT, "archive: the key is NULL");
    CHECK(fx_archive_put_text(archive, "k", NULL) == FX_ERR_ARGUMENT);
    check_refused(cx, FX_ERR_ARGUMENT, "archive: the text is NULL");
    CHECK(fx_archive_put_text(archive, "k", "\xED\xA0\x80") == FX_ERR_ARGUMENT);
    check_refused(cx, FX_ERR_ARGUMENT, "archive: the text is not UTF-8");
    CHECK(fx_archive_count(archive) == 1 && !fx_archive_text(archive, "k"));
}

FX_TEST(archive, refuses_a_header_that_no_reader_takes) {
    enum { MOST = 100000000 };
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    char *text = malloc(MOST + 1);
    CHECK(text);
    memset(text, 'x', MOST);
    text[MOST - 24] = '\0'; /* {"__metadata__":{"k":"..."}} */
    CHECK(fx_archive_put_text(archive, "k", text) == FX_OK);
    text[MOST - 25] = '\0';
    CHECK(fx_archive_write(archive, NULL, 0) == 0);
    check_refused(cx, FX_ERR_ARGUMENT,
                  "archive: names and texts take 100000008 bytes, over 100000000");
    CHECK(fx_archive_put_text(archive, "k", text) == FX_OK);
    CHECK(fx_archive_write(archive, NULL, 0) == MOST + 8);
    free(text);
}

FX_TEST(archive, takes_null_and_is_inert_after_an_error) {
    fx_context *cx = test_context();
    CHECK(!fx_archive_new(NULL) && !fx_archive_load(NULL, "x") &&
          !fx_archive_parse(NULL, "", 0, ""));
    CHECK(fx_archive_put(NULL, "a", FX_F64, fx_shape0(), "") == FX_ERR_ARGUMENT);
    CHECK(fx_archive_put_text(NULL, "a", "b") == FX_ERR_ARGUMENT);
    CHECK(fx_archive_count(NULL) == 0 && !fx_archive_at(NULL, 0).name);
    CHECK(!fx_archive_find(NULL, "a").name && !fx_archive_text(NULL, "a"));
    CHECK(fx_archive_write(NULL, NULL, 0) == 0 && fx_archive_save(NULL, "x") == FX_ERR_ARGUMENT);
    fx_archive_free(NULL);

    fx_archive *archive = fx_archive_new(cx);
    fx_archive_put_text(archive, "a", "b");
    CHECK(!fx_archive_find(archive, NULL).name && !fx_archive_text(archive, NULL));
    CHECK(!fx_archive_at(archive, -1).name && !fx_archive_at(archive, 0).name);
    CHECK(!fx_archive_load(cx, NULL));
    check_refused(cx, FX_ERR_ARGUMENT, "cannot read a file: its path is NULL");
    CHECK(fx_archive_save(archive, NULL) == FX_ERR_ARGUMENT);
    check_refused(cx, FX_ERR_ARGUMENT, "cannot write a file: its path is NULL");
    CHECK(!fx_archive_parse(cx, NULL, 3, NULL));
    check_refused(cx, FX_ERR_ARGUMENT, "archive: its bytes are NULL");

    fx_fail(cx, FX_ERR_NAN, "an error stands");
    CHECK(!fx_archive_new(cx) && !fx_archive_parse(cx, "", 0, "x") && !fx_archive_load(cx, "none"));
    CHECK(fx_archive_put(archive, "a", FX_F64, fx_shape1(0), NULL) == FX_ERR_NAN);
    CHECK(fx_archive_put_text(archive, "a", "c") == FX_ERR_NAN);
    CHECK(fx_archive_write(archive, NULL, 0) == 0);
    CHECK(fx_archive_save(archive, "/tmp/fluxion-never-written") == FX_ERR_NAN);
    CHECK(access("/tmp/fluxion-never-written", F_OK) != 0);
    CHECK_TEXT(fx_archive_text(archive, "a"), "b");
    CHECK_TEXT(fx_error_text(cx), "an error stands");
}

FX_TEST(archive, saves_and_loads_a_file) {
    fx_context *cx = test_context();
    fx_archive *archive = fx_archive_new(cx);
    const char *path = test_file();
    char text[128];
    const double data[] = {1.5, -2};
    fx_archive_put(archive, "w", FX_F64, fx_shape1(2), data);
    fx_archive_put_text(archive, "model", "13-10-1");
    CHECK(fx_archive_save(archive, path) == FX_OK);
    fx_archive *read = fx_archive_load(cx, path);
    CHECK(memcmp(fx_archive_find(read, "w").data, data, sizeof data) == 0);
    CHECK_TEXT(fx_archive_text(read, "model"), "13-10-1");
    CHECK(truncate(path, 20) == 0 && !fx_archive_load(cx, path));
    snprintf(text, sizeof text, "%s: a header of 96 bytes in a file of 20: cut off?", path);
    check_refused(cx, FX_ERR_FORMAT, text);
    unlink(path);
    CHECK(!fx_archive_load(cx, path));
    snprintf(text, sizeof text, "cannot open %s: No such file or directory", path);
    check_refused(cx, FX_ERR_IO, text);
    CHECK(fx_archive_save(archive, "/tmp") == FX_ERR_IO);
    check_refused(cx, FX_ERR_IO, "cannot open /tmp: Is a directory");
}

/* Makes, fills, saves and loads an archive, and frees all of it: whether that worked. */
static bool whole_life(fx_context *cx, const char *path) {
    fx_archive *archive = fx_archive_new(cx), *read = NULL;
    const double data[] = {1.5, -2};
    const bool mask = true;
    char name[16];
    for (int i = 0; i < 20; i++) { /* so that every list grows */
        snprintf(name, sizeof name, "w%d", i);
        fx_archive_put(archive, name, i % 2 ? FX_F64 : FX_BOOL, fx_shape1(i % 2 ? 2 : 1),
                       i % 2 ? (const void *)data : &mask);
        fx_archive_put_text(archive, name, i % 2 ? "odd" : "even");
    }
    fx_archive_put_text(archive, "w3", "replaced");
    if (fx_archive_save(archive, path) == FX_OK) read = fx_archive_load(cx, path);
    const bool worked = read && fx_archive_count(read) == 20 &&
                        memcmp(fx_archive_find(read, "w19").data, data, sizeof data) == 0;
    fx_archive_free(read);
    fx_archive_free(archive);
    return worked;
}

FX_TEST(archive, survives_any_failed_allocation) {
    fx_context *cx = test_context();
    const char *path = test_file();
    const size_t empty = fx_context_memory(cx).bytes;
    for (int forever = 0; forever < 2; forever++) {
        fx_fail_request(cx, 0, false);
        CHECK(whole_life(cx, path));
        const int64_t requests = fx_fail_request(cx, 0, false);
        CHECK(requests > 60);
        for (int64_t i = 1; i <= requests; i++) {
            fx_fail_request(cx, i, forever);
            CHECK_THAT(!whole_life(cx, path), "request %lld", (long long)i);
            fx_fail_request(cx, 0, false);
            CHECK(fx_error(cx) == FX_ERR_MEMORY);
            CHECK_THAT(fx_context_memory(cx).bytes == empty, "request %lld", (long long)i);
            fx_clear(cx);
        }
    }
    CHECK(whole_life(cx, path));
}
