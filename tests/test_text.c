/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

enum { ROOM = 128 };

static fx__text start(char *data, size_t size) {
    memset(data, '#', ROOM);
    return fx__text_in(data, size);
}

FX_TEST(text, puts_pieces_one_after_another) {
    char data[ROOM];
    fx__text t = start(data, sizeof data);
    fx__put(&t, "a");
    fx__put_bytes(&t, "bcd", 2);
    fx__put(&t, NULL);
    fx__put_int(&t, -12);
    fx__put(&t, " ");
    fx__put_number(&t, 0.1);
    fx__put(&t, " ");
    fx__put_short(&t, 1.0 / 3, 3);
    CHECK_TEXT(data, "abc(null)-12 0.1 0.333");
    CHECK(t.length == strlen(data));
}

FX_TEST(text, puts_integers) {
    static const int64_t values[] = {0, 1, -1, 9, 10, 123456789, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char data[ROOM], expected[ROOM];
        fx__text t = start(data, sizeof data);
        fx__put_int(&t, values[i]);
        snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
        CHECK_TEXT(data, expected);
    }
}

static void check_dims(int rank, const int64_t *dims, const char *expected) {
    char data[ROOM];
    fx__text t = start(data, sizeof data);
    fx__put_dims(&t, rank, dims);
    CHECK_TEXT(data, expected);
}

FX_TEST(text, puts_dims) {
    const int64_t dims[] = {32, 13, 1, 4, 5, 6, 7, 8};
    check_dims(0, NULL, "[]");
    check_dims(1, dims, "[32]");
    check_dims(2, dims, "[32, 13]");
    check_dims(8, dims, "[32, 13, 1, 4, 5, 6, 7, 8]");
    check_dims(9, dims, "[rank 9]");
    check_dims(-1, dims, "[rank -1]");
}

FX_TEST(text, puts_sizes_rounded_down) {
    static const struct {
        size_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {512, "512 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {1048575, "1023.9 KiB"},
        {1572864, "1.5 MiB"},
        {(size_t)1 << 30, "1.0 GiB"},
        {(size_t)128 << 40, "128.0 TiB"},
        {(size_t)1 << 50, "1.0 PiB"},
        {SIZE_MAX, "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char data[ROOM];
        fx__text t = start(data, sizeof data);
        fx__put_size(&t, rows[i].bytes);
        CHECK_TEXT(data, rows[i].text);
    }
}

/* Both ways from one list of arguments: what printf writes is what is written. */
#define CHECK_PRINTF(...)                                                                          \
    do {                                                                                           \
        char data[ROOM], expected[ROOM];                                                           \
        fx__text t = start(data, sizeof data);                                                     \
        fx__put_format(&t, __VA_ARGS__);                                                           \
        snprintf(expected, sizeof expected, __VA_ARGS__);                                          \
        CHECK_TEXT(data, expected);                                                                \
        CHECK(t.length == strlen(expected));                                                       \
    } while (0)

FX_TEST(text, formats_as_printf_does) {
    const char unterminated[] = {'a', 'b', 'c'};
    CHECK_PRINTF("plain");
    CHECK_PRINTF("%s: %s", "op", "word");
    CHECK_PRINTF("%.*s|%.*s|%.*s", 3, unterminated, 0, "never", -1, "all");
    CHECK_PRINTF("%.2s|%.9s", "word", "word");
    CHECK_PRINTF("%d %d %d", 0, INT_MIN, INT_MAX);
    CHECK_PRINTF("%u %lu %llu", UINT_MAX, ULONG_MAX, ULLONG_MAX);
    CHECK_PRINTF("%ld %lld %lld", LONG_MIN, LLONG_MIN, LLONG_MAX);
    CHECK_PRINTF("%zu %zu", (size_t)0, SIZE_MAX);
    CHECK_PRINTF("%g %.3g %.0g %.17g %g", 1e-5, 3.14159, 1234.0, 0.1, INFINITY);
    CHECK_PRINTF("100%% %c%c %d", 'o', 'k', 7);
}

/* Formats that printf itself would take otherwise, kept from the compiler's check. */
static void check_copied(const char *format, const char *expected, ...) {
    char data[ROOM];
    fx__text t = start(data, sizeof data);
    va_list arguments;
    va_start(arguments, expected);
    fx__put_vformat(&t, format, arguments);
    va_end(arguments);
    CHECK_TEXT(data, expected);
}

FX_TEST(text, copies_from_an_unknown_directive_on) {
    check_copied("%d %x %s", "5 %x %s", 5, 6, "never read");
    check_copied("%d %5d %s", "5 %5d %s", 5, 6, "never read");
    check_copied("%.*d %s", "%.*d %s", 3, 6, "never read");
    check_copied("%.*ls", "%.*ls", 3, "never read");
    check_copied("%.2d %s", "%.2d %s", 6, "never read");
    check_copied("%zs", "%zs", "never read");
    check_copied("%llld", "%llld", 1LL);
    check_copied("%zld", "%zld", 1L);
    check_copied("%n%s", "%n%s", "never read");
    check_copied("%", "%");
    check_copied("50%", "50%");
    check_copied("%.", "%.");
    check_copied("%.*", "%.*", 3);
    check_copied("%ll", "%ll", 3);
    check_copied("%s", "(null)", (const char *)NULL);
    check_copied("%.99999999999g", "0.10000000000000001", 0.1);
}

static void check_cut(size_t size, const char *pieces, const char *number, const char *expected) {
    char data[ROOM];
    fx__text t = start(data, size);
    fx__put(&t, pieces);
    if (number) fx__put(&t, number);
    CHECK_TEXT(data, expected);
    CHECK(t.length == strlen(pieces) + (number ? strlen(number) : 0));
    CHECK(data[size] == '#');
}

FX_TEST(text, cuts_words_anywhere_but_not_characters_or_numbers) {
    check_cut(6, "abcde", NULL, "abcde");
    check_cut(5, "abcde", NULL, "abcd");
    check_cut(1, "abcde", NULL, "");
    check_cut(4, "ab\xc3\xa4", NULL, "ab");
    check_cut(5, "ab\xc3\xa4z", NULL, "ab\xc3\xa4");
    check_cut(3, "\xe2\x82\xac", NULL, "");
    check_cut(5, "\xf0\x9f\x98\x80!", NULL, "\xf0\x9f\x98\x80");
    check_cut(8, "got 12345", NULL, "got ");
    check_cut(8, "got -1.5e-7", NULL, "got ");
    check_cut(8, "got .25e7", NULL, "got ");
    check_cut(7, "abc123456", NULL, "abc123"); /* a name */
    check_cut(8, "got 123 more", NULL, "got 123");
    check_cut(41, "00000000000000000000000000000000000000000000", NULL,
              "0000000000000000000000000000000000000000");
    check_cut(5, "abc", "defg", "abcd");
    check_cut(4, "abcd", "never", "abc");
}

FX_TEST(text, cuts_without_reading_further) {
    const char unterminated[] = {'a', ' ', '-', '.'};
    for (size_t size = 1; size < 5; size++) {
        char data[ROOM];
        fx__text t = start(data, size);
        fx__put_bytes(&t, unterminated, sizeof unterminated);
        CHECK(strncmp(data, "a -.", size - 1) == 0 && strlen(data) == size - 1);
    }
}

FX_TEST(text, numbers_fit_whole_or_not_at_all) {
    const int64_t dims[] = {1234, 5678};
    for (size_t size = 1; size < 16; size++) {
        char data[ROOM];
        fx__text t = start(data, size);
        fx__put_dims(&t, 2, dims);
        fx__put(&t, "!");
        const char *expected = size > 13   ? "[1234, 5678]!"
                               : size > 12 ? "[1234, 5678]"
                               : size > 11 ? "[1234, 5678"
                               : size > 7  ? "[1234, "
                               : size > 6  ? "[1234,"
                               : size > 5  ? "[1234"
                               : size > 1  ? "["
                                           : "";
        CHECK_TEXT(data, expected);
        CHECK(t.length == 13 && data[size] == '#');
    }
}

FX_TEST(text, infinities_and_sizes_are_numbers_too) {
    char data[ROOM];
    fx__text t = start(data, 4);
    fx__put_number(&t, -HUGE_VAL);
    CHECK_TEXT(data, "");
    t = start(data, 7);
    fx__put_size(&t, 1536);
    CHECK_TEXT(data, "");
    CHECK(t.length == 7);
    t = start(data, 8);
    fx__put_size(&t, 1536);
    CHECK_TEXT(data, "1.5 KiB");
}

FX_TEST(text, without_room_only_counts) {
    fx__text t = fx__text_in(NULL, 0);
    fx__put_format(&t, "%d %s", 12345, "word");
    CHECK(t.length == 10);
}
