/* SPDX-License-Identifier: MIT */
/* Numbers read and written for users; that the digits are right is the business of test_number. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "fluxion/random.h"
#include "fluxion/text.h"
#include "support.h"

FX_TEST(number_public, reads_all_bytes_or_nothing) {
    static const struct {
        const char *text;
        bool good;
        double value;
    } table[] = {
        {"3.5", 1, 3.5},        {"-1e-3", 1, -1e-3}, {"inf", 1, INFINITY}, {"NaN", 1, NAN},
        {"1e999", 1, INFINITY}, {"", 0, 0},          {" 1", 0, 0},         {"1 ", 0, 0},
        {"1,5", 0, 0},          {"0x10", 0, 0},      {"1e", 0, 0},         {"--1", 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double value = 7;
        CHECK(fx_read_number(table[i].text, strlen(table[i].text), &value) == table[i].good);
        CHECK_NEAR(value, table[i].value, 0);
    }
    double value = 7;
    CHECK(fx_read_number("12345", 2, &value) && value == 12);
    CHECK(!fx_read_number(NULL, 3, &value) && value == 0);
    CHECK(fx_read_number("1", 1, NULL) && !fx_read_number("x", 1, NULL));
}

FX_TEST(number_public, writes_with_so_many_digits) {
    static const struct {
        double value;
        int digits;
        const char *expected;
    } table[] = {
        {0.1, 0, "0.1"},
        {0.1, -3, "0.1"},
        {1.0 / 3, 3, "0.333"},
        {0.1, 17, "0.10000000000000001"},
        {0.1, 99, "0.10000000000000001"},
        {123456, 2, "1.2e+05"},
        {-INFINITY, 0, "-inf"},
        {NAN, 4, "nan"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char out[32];
        const size_t n = fx_write_number(out, sizeof out, table[i].value, table[i].digits);
        CHECK_TEXT(out, table[i].expected);
        CHECK(n == strlen(out));
    }
}

FX_TEST(number_public, never_cuts_a_number) {
    for (size_t size = 0; size < 12; size++) {
        char out[16];
        memset(out, '#', sizeof out);
        CHECK(fx_write_number(size ? out : NULL, size, -1.25e-10, 0) == 9);
        CHECK_TEXT(size ? out : "", size > 9 ? "-1.25e-10" : "");
        CHECK(out[size] == '#');
    }
}

FX_TEST(number_public, what_is_written_reads_back) {
    const fx_stream stream = {3, 0, 0};
    double values[1004] = {0.0, -0.0, DBL_MAX, 0x1p-1074};
    for (int i = 4; i < 1004; i++)
        values[i] = ldexp(fx_uniform(stream, (uint64_t)i) - 0.5, i % 600 - 300);
    for (int i = 0; i < 1004; i++) {
        for (int digits = 0; digits <= 17; digits += 17) {
            char out[32];
            double back;
            const size_t n = fx_write_number(out, sizeof out, values[i], digits);
            CHECK(n < sizeof out && fx_read_number(out, n, &back));
            CHECK_THAT(memcmp(&back, &values[i], sizeof back) == 0, "%s", out);
        }
    }
}
