/* SPDX-License-Identifier: MIT */
/* Numbers against tables, and against the C library in the C locale on random values. */
#include "number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static uint64_t state;

static uint64_t draw(void) {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_read(const char *text, double expected) {
    double value = -1;
    CHECK_THAT(fx__number_read(text, strlen(text), &value), "%s is not read", text);
    CHECK_THAT(same(value, expected), "%s read as %a, not %a", text, value, expected);
}

FX_TEST(number, reads_what_strtod_reads) {
    static const char *const texts[] = {
        "0",
        "-0",
        "+0",
        "0.0",
        "000",
        "0e5",
        "0e999999999999999999999",
        "1",
        "-1",
        "+1",
        "1.",
        ".5",
        "-.5",
        "1e0",
        "1E5",
        "1e+5",
        "1e-5",
        "00012",
        "0.1",
        "0.2",
        "0.3",
        "1e22",
        "1e23",
        "123e-25",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "9007199254740995",
        "9007199254740993.00000000000000000000000000000000000000001",
        "9007199254740993.0",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793728971405301e276",
        "17976931348623158e292",
        "1e400",
        "-1e400",
        "1e309",
        "1e9999999999999999999",
        "1e-9999999999999999999",
        "4.9406564584124654e-324",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.5e-324",
        "7.4e-324",
        "7.5e-324",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.2250738585072014e-308",
        "2.225073858507201136057409796709131975934819546351645648e-308",
        "1e-323",
        "1e-325",
        "1e-400",
        "0.000000000000000000000000000000000000000000000000001",
        "123456789012345678901234567890",
        "1234567890123456789",
        "12345678901234567891e-5",
        "6.02214076e23",
        "inf",
        "-inf",
        "INF",
        "+Inf",
        "infinity",
        "-INFINITY",
        "nan",
        "NaN",
        "+nan",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_read(texts[i], strtod(texts[i], NULL));
}

FX_TEST(number, refuses_everything_else) {
    static const char *const texts[] = {
        "",          " ",     "1 ",     " 1",    "+",    "-",    ".",        "e5",
        "1e",        "1e+",   "1e-",    "1e5 ",  "1,5",  "0x10", "1_000",    "--1",
        "+-1",       "1.2.3", "1..",    "1e5.0", "1ee5", "inff", "in",       "infinit",
        "infinityy", "na",    "nan(1)", "nann",  "1f",   "1d5",  "\xd9\xa1", "1e5e5",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 7;
        CHECK_THAT(!fx__number_read(texts[i], strlen(texts[i]), &value), "\"%s\" is read",
                   texts[i]);
        CHECK(value == 0);
    }
}

FX_TEST(number, reads_no_further_than_n) {
    double value;
    const char unterminated[] = {'1', '2', '3', '4'};
    CHECK(fx__number_read(unterminated, 3, &value) && value == 123);
    CHECK(!fx__number_read("1\0", 2, &value));
    CHECK(!fx__number_read("nan\0", 4, &value));
    CHECK(!fx__number_read(NULL, 0, &value));
}

/* digits * factor, the last digit first; how many there are then. */
static int times(char *digits, int n, uint64_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < n || carry; carry /= 10) {
        if (i < n) carry += (uint64_t)(digits[i] - '0') * factor;
        digits[i++] = (char)('0' + carry % 10);
        if (i > n) n = i;
    }
    return n;
}

/* odd * 2^-1075, where odd is an odd number: the midpoint of two neighbours. */
static size_t write_midpoint(char *out, uint64_t odd) {
    char digits[1200] = "1";
    int n = 1;
    for (int i = 0; i < 1075; i++) n = times(digits, n, 5);
    n = times(digits, n, odd);
    for (int i = 0; i < n; i++) out[i] = digits[n - 1 - i];
    return (size_t)n;
}

/* What breaks the tie may stand behind any number of zeros. */
static void check_midpoint(uint64_t below, int zeros) {
    char text[4096];
    const size_t n = write_midpoint(text, 2 * below + 1);
    const double low = from_bits(below), high = from_bits(below + 1);
    snprintf(text + n, sizeof text - n, "e-1075");
    check_read(text, below % 2 ? high : low);
    snprintf(text + n, sizeof text - n, ".%0*de-1075", zeros + 1, 1);
    check_read(text, high);
    snprintf(text + n, sizeof text - n, ".%0*de-1075", zeros + 1, 0);
    check_read(text, below % 2 ? high : low);
    text[n - 1]--; /* the last digit is 5 */
    snprintf(text + n, sizeof text - n, ".999e-1075");
    check_read(text, low);
}

FX_TEST(number, rounds_ties_to_even_however_long_they_are) {
    const uint64_t normal = (uint64_t)1 << 52;
    for (uint64_t i = 0; i < 10; i++) {
        check_midpoint(i, 0);
        check_midpoint(normal - 5 + i, 100 * (int)i);
        check_midpoint(draw() % normal, 3);
    }
}

FX_TEST(number, reads_long_texts) {
    char text[3001];
    memset(text, '0', 3000);
    text[3000] = '\0';
    check_read(text, 0);
    text[2999] = '7';
    check_read(text, 7);
    memset(text, '9', 3000);
    check_read(text, HUGE_VAL);
    text[1] = '.';
    check_read(text, 10);
    memset(text, '0', 3000);
    text[0] = '.';
    memcpy(text + 2990, "25e2990", 8);
    check_read(text, 2.5);
}

static void check_write(double value, int digits, const char *expected) {
    char text[FX__NUMBER_BYTES];
    memset(text, '#', sizeof text);
    const size_t n = fx__number_write(text, value, digits);
    CHECK_TEXT(text, expected);
    CHECK(n == strlen(expected));
}

FX_TEST(number, writes_the_table) {
    static const struct {
        double value;
        int digits;
        const char *text;
    } rows[] = {
        {0, 6, "0"},
        {-0.0, 6, "-0"},
        {1, 1, "1"},
        {-1, 17, "-1"},
        {10, 1, "1e+01"},
        {10, 2, "10"},
        {0.1, 17, "0.10000000000000001"},
        {0.1, 16, "0.1"},
        {0.1, 1, "0.1"},
        {0.5, 1, "0.5"},
        {2.5, 1, "2"},
        {3.5, 1, "4"},
        {0.125, 2, "0.12"},
        {0.375, 2, "0.38"},
        {9.5, 1, "1e+01"},
        {8.5, 1, "8"},
        {99.5, 2, "1e+02"},
        {999999.5, 6, "1e+06"},
        {9.9999996, 7, "10"},
        {1e-4, 6, "0.0001"},
        {9.9999e-5, 6, "9.9999e-05"},
        {9.99999e-5, 3, "0.0001"},
        {123456789, 6, "1.23457e+08"},
        {100000, 6, "100000"},
        {1e6, 6, "1e+06"},
        {1e100, 6, "1e+100"},
        {5e-324, 17, "4.9406564584124654e-324"},
        {5e-324, 1, "5e-324"},
        {-DBL_MAX, 17, "-1.7976931348623157e+308"},
        {DBL_MAX, 1, "2e+308"},
        {DBL_MIN, 17, "2.2250738585072014e-308"},
        {1e23, 17, "9.9999999999999992e+22"},
        {1e22, 17, "1e+22"},
        {2251799813685248.5, 17, "2251799813685248.5"},
        {2251799813685248.5, 16, "2251799813685248"},
        {2251799813685249.5, 16, "2251799813685250"},
        {-0.00012345678901234567, 17, "-0.00012345678901234567"},
        {HUGE_VAL, 6, "inf"},
        {-HUGE_VAL, 1, "-inf"},
        {1.0 / 3, 0, "0.3"},
        {1.0 / 3, -5, "0.3"},
        {0.1, 99, "0.10000000000000001"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_write(rows[i].value, rows[i].digits, rows[i].text);
    check_write(NAN, 6, "nan");
    check_write(copysign(NAN, -1), 6, "nan");
}

/* Random values of the kinds that come up: any bits, decimals of few digits, ties. */
static double draw_value(int kind) {
    if (kind == 0) return from_bits(draw());
    if (kind == 1) return (double)(int64_t)(draw() % 2000000) / 1000 - 1000;
    if (kind == 2) return ldexp((double)(draw() % 100000), -(int)(draw() % 20));
    if (kind == 3) return from_bits(draw() >> 12); /* subnormal */
    return (double)(draw() >> 10) * pow(10, (double)(draw() % 40) - 20);
}

FX_TEST(number, writes_as_snprintf_does) {
    state = 1;
    for (int i = 0; i < 50000; i++) {
        char expected[64];
        const double value = draw_value(i % 5);
        const int digits = 1 + (int)(draw() % 17);
        if (!isfinite(value)) continue;
        snprintf(expected, sizeof expected, "%.*g", digits, value);
        check_write(value, digits, expected);
    }
}

FX_TEST(number, reads_as_strtod_does) {
    state = 2;
    for (int i = 0; i < 50000; i++) {
        char text[64];
        if (i % 4 == 0) snprintf(text, sizeof text, "%.*g", 1 + i % 20, draw_value(i % 5));
        if (i % 4 == 1) snprintf(text, sizeof text, "%.*f", i % 7, draw_value(1));
        if (i % 4 == 2)
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)draw(),
                     (int)(draw() % 700) - 360);
        if (i % 4 == 3)
            snprintf(text, sizeof text, "%u.%llue%d", (unsigned)(draw() % 10),
                     (unsigned long long)(draw() >> draw() % 64), (int)(draw() % 60) - 30);
        if (strcmp(text, "-nan") != 0) check_read(text, strtod(text, NULL));
    }
}

FX_TEST(number, shortest_of_the_table) {
    static const struct {
        double value;
        bool single;
        const char *text;
    } rows[] = {
        {0, false, "0"},
        {-0.0, false, "-0"},
        {0.1, false, "0.1"},
        {0.1, true, "0.1"},
        {0.3, false, "0.3"},
        {0.1 + 0.2, false, "0.30000000000000004"},
        {1e23, false, "1e+23"},
        {1.0 / 3, false, "0.3333333333333333"},
        {1.0 / 3, true, "0.33333334"},
        {5e-324, false, "5e-324"},
        {1e-323, false, "1e-323"},
        {DBL_MIN, false, "2.2250738585072014e-308"},
        {DBL_MAX, false, "1.7976931348623157e+308"},
        {FLT_MAX, true, "3.4028235e+38"},
        {FLT_TRUE_MIN, true, "1e-45"},
        {FLT_MIN, true, "1.1754944e-38"},
        {16777216, true, "16777216"},
        {0x1p53, false, "9007199254740992"},
        {HUGE_VAL, false, "inf"},
        {-HUGE_VAL, true, "-inf"},
        {1e300, true, "inf"},
        {123456, true, "123456"},
        {9.5367431640625e-07, true, "9.536743e-07"},
    };
    char text[FX__NUMBER_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t n = fx__number_shortest(text, rows[i].value, rows[i].single);
        CHECK_TEXT(text, rows[i].text);
        CHECK(n == strlen(text));
    }
    CHECK(fx__number_shortest(text, NAN, false) == 3 && strcmp(text, "nan") == 0);
}

/* It reads back, and with one digit less nothing does. */
static void check_shortest(double value, bool single) {
    char text[FX__NUMBER_BYTES], less[512];
    double back;
    const size_t n = fx__number_shortest(text, value, single);
    CHECK(fx__number_read(text, n, &back));
    CHECK_THAT(single ? (float)back == (float)value && strtof(text, NULL) == (float)value
                      : same(back, value),
               "%a written as %s", value, text);
    int digits = 0;
    for (const char *c = text; *c && *c != 'e'; c++)
        if (digits ? *c >= '0' && *c <= '9' : *c >= '1' && *c <= '9') digits++;
    if (!strchr(text, '.')) return; /* trailing zeros of an integer are not counted apart */
    snprintf(less, sizeof less, "%.*g", digits - 1, value);
    CHECK_THAT(single ? strtof(less, NULL) != (float)value : strtod(less, NULL) != value,
               "%s is written, but %s would do", text, less);
}

FX_TEST(number, shortest_reads_back) {
    state = 3;
    for (int i = 0; i < 100000; i++) {
        const double value = from_bits(draw());
        if (isfinite(value)) check_shortest(value, false);
    }
    for (int i = 0; i < 10000; i++) check_shortest(draw_value(1 + i % 4), false);
}

FX_TEST(number, shortest_of_a_float_reads_back) {
    state = 4;
    for (int i = 0; i < 30000; i++) {
        const uint32_t bits = (uint32_t)(i % 4 ? draw() : draw() & 0x807fffff);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) check_shortest((double)value, true);
    }
}
