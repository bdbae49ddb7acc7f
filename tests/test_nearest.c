/* SPDX-License-Identifier: MIT */
/* The word that was probably meant: cases that people type, and the definition of the distance. */
#include <string.h>

#include "fluxion/random.h"
#include "fluxion/text.h"
#include "support.h"

FX_TEST(nearest, finds_what_was_meant) {
    static const char *const names[] = {"crim",  "zn",  "chas", NULL, "nox",     "rm",  "b",
                                        "lstat", "tax", "rad",  "",   "ptratio", "MEDV"};
    static const struct {
        const char *word, *expected;
    } table[] = {
        {"crim", "crim"},   {"crime", "crim"},      {"cirm", "crim"},      {"lsta", "lstat"},
        {"lstta", "lstat"}, {"stat", "lstat"},      {"rmm", "rm"},         {"B", "b"},
        {"medv", "MEDV"},   {"PTRATIO", "ptratio"}, {"ptraio", "ptratio"}, {"patratoi", "ptratio"},
        {"c", NULL},        {"price", NULL},        {"dis", NULL},         {"age", NULL},
        {"", ""},           {"lstatxyz", NULL},     {"taxrad", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *found = fx_nearest(table[i].word, 13, names);
        CHECK_TEXT(found ? found : "(none)", table[i].expected ? table[i].expected : "(none)");
    }
}

FX_TEST(nearest, prefers_the_nearest_and_then_the_first) {
    static const char *const names[] = {"lstaxx", "lstab", "lstac", "lstat"};
    CHECK(fx_nearest("lstad", 4, names) == names[1]);
    CHECK(fx_nearest("lstat", 4, names) == names[3]);
    CHECK(fx_nearest("lstat", 1, names) == names[0]);
}

FX_TEST(nearest, takes_nothing_for_an_answer) {
    static const char *const names[] = {"a"};
    CHECK(!fx_nearest(NULL, 1, names) && !fx_nearest("a", 1, NULL));
    CHECK(!fx_nearest("a", 0, names) && !fx_nearest("a", -1, names));
}

/* The distance by its definition, over the whole matrix. */
static int distance(const char *a, const char *b) {
    int d[16][16];
    const int m = (int)strlen(a), n = (int)strlen(b);
    for (int i = 0; i <= m; i++) {
        for (int j = 0; j <= n; j++) {
            int least = i + j;
            if (i && j) {
                const int replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                least = d[i - 1][j] < d[i][j - 1] ? d[i - 1][j] + 1 : d[i][j - 1] + 1;
                if (replaced < least) least = replaced;
            }
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < least)
                least = d[i - 2][j - 2] + 1;
            d[i][j] = least;
        }
    }
    return d[m][n];
}

FX_TEST(nearest, is_the_edit_distance_with_swaps) {
    const fx_stream stream = {1, 0, fx_purpose("words")};
    int near = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        char words[2][12] = {"", ""};
        uint64_t bits = fx_random_bits(stream, i);
        for (int w = 0; w < 2; w++) {
            const int n = (int)(bits % 10);
            bits /= 10;
            for (int k = 0; k < n; k++, bits /= 3) words[w][k] = (char)('a' + bits % 3);
        }
        const size_t m = strlen(words[0]), n = strlen(words[1]);
        const int d = distance(words[0], words[1]);
        const bool expected = d <= 2 && (size_t)(2 * d) <= (m > n ? m : n);
        const char *const choice = words[1];
        near += expected;
        CHECK_THAT(fx_nearest(words[0], 1, &choice) == (expected ? choice : NULL), "%s, %s: %d",
                   words[0], words[1], d);
    }
    CHECK(near > 1000);
}

FX_TEST(nearest, takes_words_of_any_length) {
    static char a[1000001], b[1000003];
    memset(a, 'x', sizeof a - 1);
    memset(b, 'x', sizeof b - 1);
    const char *const choice = b;
    CHECK(fx_nearest(a, 1, &choice) == b);
    b[1] = b[500000] = b[1000000] = 'y';
    CHECK(!fx_nearest(a, 1, &choice));
}
