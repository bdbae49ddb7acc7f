/* SPDX-License-Identifier: MIT */
/* A tensor's text, character by character: every dtype, rank, layout and kind of tensor, where
 * lines break, what a large one leaves out, and how it is cut. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fluxion/fluxion.h"
#include "support.h"

enum { PRINT_ROOM = 65536 };

static char print_text[PRINT_ROOM];

static void print_check(fx_tensor t, const char *text) {
    CHECK(fx_tensor_text(t, NULL, 0) == strlen(text));
    CHECK(fx_tensor_text(t, print_text, sizeof print_text) == strlen(text));
    CHECK_TEXT(print_text, text);
}

/* Values 0, 1, .. */
static fx_tensor print_range(fx_graph *g, fx_shape shape, int64_t n) {
    return fx_reshape(fx_arange(g, FX_I64, 0, (double)n, 1), shape);
}

FX_TEST(print, shows_numbers_with_six_digits) {
    static const struct {
        double value;
        const char *text;
    } table[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-2.5, "-2.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.333333"},
        {2e5 / 3, "66666.7"},
        {123456, "123456"},
        {1234567, "1.23457e+06"},
        {1e-5, "1e-05"},
        {0.0001, "0.0001"},
        {1e300, "1e+300"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {999999.5, "1e+06"},
        {-1e-300, "-1e-300"},
    };
    fx_graph *g = fx_graph_new(test_context());
    char text[64];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *const heads[] = {"f32 []\n", "f64 []\n", "number\n"};
        const fx_tensor ts[] = {fx_f32(g, (float)table[i].value), fx_f64(g, table[i].value),
                                fx_num(table[i].value)};
        for (int k = fabs(table[i].value) > 1e200 || fabs(table[i].value) < 1e-200; k < 3; k++) {
            strcpy(text, heads[k]);
            strcat(text, table[i].text);
            print_check(ts[k], text);
        }
    }
}

FX_TEST(print, aligns_columns_of_every_dtype) {
    fx_graph *g = fx_graph_new(test_context());
    const double x[] = {1, -0.25, NAN, 1000, 3, 1e-9};
    const int64_t whole[] = {INT64_MIN, 0, INT64_MAX, -1};
    const bool flags[] = {true, false, false, true};
    print_check(fx_name(fx_input_f64(g, fx_shape2(2, 3), x), "w"), "f64 [2, 3] 'w'\n"
                                                                   "[[    1, -0.25,   nan],\n"
                                                                   " [ 1000,     3, 1e-09]]");
    print_check(fx_cast(fx_input_f64(g, fx_shape1(3), x), FX_F32),
                "f32 [3]\n[    1, -0.25,   nan]");
    print_check(fx_input_i64(g, fx_shape2(2, 2), whole),
                "i64 [2, 2]\n[[-9223372036854775808,                    0],\n"
                " [ 9223372036854775807,                   -1]]");
    print_check(fx_input_bool(g, fx_shape2(2, 2), flags), "bool [2, 2]\n[[ true, false],\n"
                                                          " [false,  true]]");
    print_check(fx_input_bool(g, fx_shape0(), flags), "bool []\ntrue");
    print_check(fx_input_i64(g, fx_shape0(), whole), "i64 []\n-9223372036854775808");
}

FX_TEST(print, shows_every_rank) {
    fx_graph *g = fx_graph_new(test_context());
    print_check(print_range(g, fx_shape3(2, 2, 3), 12), "i64 [2, 2, 3]\n"
                                                        "[[[ 0,  1,  2],\n"
                                                        "  [ 3,  4,  5]],\n"
                                                        "\n"
                                                        " [[ 6,  7,  8],\n"
                                                        "  [ 9, 10, 11]]]");
    print_check(print_range(g, fx_shape4(2, 1, 1, 2), 4), "i64 [2, 1, 1, 2]\n"
                                                          "[[[[0, 1]]],\n"
                                                          "\n"
                                                          "\n"
                                                          " [[[2, 3]]]]");
    print_check(print_range(g, (fx_shape){8, {1, 1, 1, 1, 1, 1, 1, 1}}, 1),
                "i64 [1, 1, 1, 1, 1, 1, 1, 1]\n[[[[[[[[0]]]]]]]]");
    print_check(print_range(g, fx_shape1(0), 0), "i64 [0]\n[]");
    print_check(print_range(g, fx_shape3(2, 0, 3), 0), "i64 [2, 0, 3]\n[]");
}

FX_TEST(print, shows_views_as_they_are_seen) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor x = print_range(g, fx_shape2(2, 3), 6);
    print_check(fx_transpose(x, 0, 1), "i64 [3, 2]\n[[0, 3],\n [1, 4],\n [2, 5]]");
    print_check(fx_slice(x, 1, 1, 3, 1), "i64 [2, 2]\n[[1, 2],\n [4, 5]]");
    print_check(fx_broadcast_to(fx_slice(x, 0, 1, 2, 1), fx_shape2(2, 3)),
                "i64 [2, 3]\n[[3, 4, 5],\n [3, 4, 5]]");
    const double back[] = {1, 2, 3};
    const int64_t stride = -1;
    print_check(fx_input_view(g, FX_F64, fx_shape1(3), &stride, back + 2), "f64 [3]\n[3, 2, 1]");
}

/* 80 columns, the comma included. */
FX_TEST(print, breaks_long_lines) {
    fx_graph *g = fx_graph_new(test_context());
    const fx_tensor x = fx_add(fx_cast(print_range(g, fx_shape1(30), 30), FX_F64), fx_num(0.125));
    print_check(x,
                "f64 [30]\n"
                "[ 0.125,  1.125,  2.125,  3.125,  4.125,  5.125,  6.125,  7.125,  8.125,  9.125,\n"
                " 10.125, 11.125, 12.125, 13.125, 14.125, 15.125, 16.125, 17.125, 18.125, 19.125,\n"
                " 20.125, 21.125, 22.125, 23.125, 24.125, 25.125, 26.125, 27.125, 28.125, 29.125]");
    const fx_tensor y = fx_reshape(x, fx_shape2(2, 15));
    print_check(y, "f64 [2, 15]\n"
                   "[[ 0.125,  1.125,  2.125,  3.125,  4.125,  5.125,  6.125,  7.125,  8.125,\n"
                   "   9.125, 10.125, 11.125, 12.125, 13.125, 14.125],\n"
                   " [15.125, 16.125, 17.125, 18.125, 19.125, 20.125, 21.125, 22.125, 23.125,\n"
                   "  24.125, 25.125, 26.125, 27.125, 28.125, 29.125]]");
}

FX_TEST(print, shows_the_edges_of_large_tensors) {
    fx_graph *g = fx_graph_new(test_context());
    print_check(print_range(g, fx_shape1(1001), 1001),
                "i64 [1001]\n[   0,    1,    2, ...,  998,  999, 1000]");
    print_check(print_range(g, fx_shape2(6, 200), 1200),
                "i64 [6, 200]\n"
                "[[   0,    1,    2, ...,  197,  198,  199],\n"
                " [ 200,  201,  202, ...,  397,  398,  399],\n"
                " [ 400,  401,  402, ...,  597,  598,  599],\n"
                " [ 600,  601,  602, ...,  797,  798,  799],\n"
                " [ 800,  801,  802, ...,  997,  998,  999],\n"
                " [1000, 1001, 1002, ..., 1197, 1198, 1199]]");
    print_check(print_range(g, fx_shape3(8, 70, 2), 1120), "i64 [8, 70, 2]\n"
                                                           "[[[   0,    1],\n"
                                                           "  [   2,    3],\n"
                                                           "  [   4,    5],\n"
                                                           "  ...,\n"
                                                           "  [ 134,  135],\n"
                                                           "  [ 136,  137],\n"
                                                           "  [ 138,  139]],\n"
                                                           "\n"
                                                           " [[ 140,  141],\n"
                                                           "  [ 142,  143],\n"
                                                           "  [ 144,  145],\n"
                                                           "  ...,\n"
                                                           "  [ 274,  275],\n"
                                                           "  [ 276,  277],\n"
                                                           "  [ 278,  279]],\n"
                                                           "\n"
                                                           " [[ 280,  281],\n"
                                                           "  [ 282,  283],\n"
                                                           "  [ 284,  285],\n"
                                                           "  ...,\n"
                                                           "  [ 414,  415],\n"
                                                           "  [ 416,  417],\n"
                                                           "  [ 418,  419]],\n"
                                                           "\n"
                                                           " ...,\n"
                                                           "\n"
                                                           " [[ 700,  701],\n"
                                                           "  [ 702,  703],\n"
                                                           "  [ 704,  705],\n"
                                                           "  ...,\n"
                                                           "  [ 834,  835],\n"
                                                           "  [ 836,  837],\n"
                                                           "  [ 838,  839]],\n"
                                                           "\n"
                                                           " [[ 840,  841],\n"
                                                           "  [ 842,  843],\n"
                                                           "  [ 844,  845],\n"
                                                           "  ...,\n"
                                                           "  [ 974,  975],\n"
                                                           "  [ 976,  977],\n"
                                                           "  [ 978,  979]],\n"
                                                           "\n"
                                                           " [[ 980,  981],\n"
                                                           "  [ 982,  983],\n"
                                                           "  [ 984,  985],\n"
                                                           "  ...,\n"
                                                           "  [1114, 1115],\n"
                                                           "  [1116, 1117],\n"
                                                           "  [1118, 1119]]]");
}

/* The dots take the room of three letters, not of a number. */
FX_TEST(print, breaks_lines_of_large_tensors) {
    static int64_t x[1001];
    fx_graph *g = fx_graph_new(test_context());
    for (int i = 0; i < 1001; i++) x[i] = INT64_MIN + i;
    print_check(fx_input_i64(g, fx_shape1(1001), x),
                "i64 [1001]\n"
                "[-9223372036854775808, -9223372036854775807, -9223372036854775806, ...,\n"
                " -9223372036854774810, -9223372036854774809, -9223372036854774808]");
}

static int print_commas(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == ',';
    return n;
}

/* 1000 elements are shown; one more than that along one axis, not; eight axes keep their ends. */
FX_TEST(print, never_shows_more_than_a_thousand) {
    fx_graph *g = fx_graph_new(test_context());
    fx_tensor_text(print_range(g, fx_shape2(10, 100), 1000), print_text, sizeof print_text);
    CHECK(!strstr(print_text, "...") && print_commas(print_text) == 1000);
    fx_shape eight = {8, {7, 7, 7, 7, 7, 7, 7, 7}}, four = {4, {7, 7, 7, 7}};
    const double one = 1;
    const int64_t still[8] = {0};
    CHECK(fx_tensor_text(fx_input_view(g, FX_F64, eight, still, &one), print_text, PRINT_ROOM) <
          PRINT_ROOM);
    CHECK(strstr(print_text, "[1, ..., 1]") && !strstr(print_text, "1, 1"));
    fx_tensor_text(fx_input_view(g, FX_F64, four, still, &one), print_text, PRINT_ROOM);
    CHECK(strstr(print_text, "[1, 1, ..., 1, 1]") && !strstr(print_text, "1, 1, 1"));
}

FX_TEST(print, says_why_there_is_nothing_to_show) {
    fx_context *cx = test_context();
    fx_graph *g = fx_graph_new(cx);
    fx_params *p = fx_params_new(cx, FX_F32, 0);
    fx_tensor unset;
    memset(&unset, 0, sizeof unset);
    const fx_tensor w = fx_param(p, "a.w", fx_shape1(2), fx_constant(0.5)), used = fx_use(g, w);
    const float values[] = {1, 2};
    print_check(unset, "(unset)");
    print_check(FX_NONE, "(left out)");
    print_check(w, "f32 [2] 'a.w'\n[0.5, 0.5]");
    print_check(used, "f32 [2] 'a.w'\n[0.5, 0.5]");
    fx_write_f32(w, 2, values);
    print_check(w, "f32 [2] 'a.w'\n[1, 2]");
    print_check(used, "(the parameter a.w as it was before it was changed)");
    print_check(fx_slice(fx_use(g, w), 0, 0, 1, 1), "f32 [1]\n[1]");
    const fx_tensor homeless = fx_add(fx_num(1), fx_num(2));
    print_check(homeless, "(the result of add, which found no graph)");
    CHECK_TEXT(fx_error_text(cx), "");
    const fx_tensor failed = fx_add(fx_f64(g, 1), unset),
                    nameless = fx_param(p, "", fx_shape0(), fx_constant(0));
    fx_clear(cx);
    print_check(failed, "(the result of an op that failed)");
    print_check(nameless, "(a parameter that could not be made)");
    const fx_tensor view = fx_slice(fx_use(g, w), 0, 0, 1, 1), x = fx_f64(g, 1);
    fx_write_f32(w, 2, values);
    print_check(view, "(the parameter as it was before it was changed)");
    fx_graph_reset(g);
    print_check(x, "(a tensor of a step that is over)");
    fx_graph_free(g);
    print_check(x, "(a tensor of a step that is over)");
    fx_params_free(p);
    print_check(w, "(a parameter of a set that was freed)");
    CHECK_TEXT(fx_error_text(cx), ""); /* nothing was reported on the way */
}

/* An error that stands is neither hidden nor in the way. */
FX_TEST(print, works_while_an_error_stands) {
    fx_context *cx = test_context();
    const fx_tensor x = fx_f64(fx_graph_new(cx), 2);
    fx_fail(cx, FX_ERR_DATA, "the first");
    print_check(x, "f64 []\n2");
    CHECK_TEXT(fx_error_text(cx), "the first");
    fx_clear(cx);
}

/* Each size: never beyond it, terminated, a beginning of the whole, which is always measured. */
FX_TEST(print, is_cut_like_snprintf) {
    fx_graph *g = fx_graph_new(test_context());
    const double x[] = {-1.25, 300, 1e-5, 17};
    const fx_tensor t = fx_input_f64(g, fx_shape2(2, 2), x);
    const char *const whole = "f64 [2, 2]\n[[-1.25,   300],\n [1e-05,    17]]";
    char text[64];
    for (size_t size = 0; size <= strlen(whole) + 2; size++) {
        memset(text, '#', sizeof text);
        CHECK(fx_tensor_text(t, text, size) == strlen(whole));
        for (size_t i = size; i < sizeof text; i++) CHECK(text[i] == '#');
        if (size == 0) continue;
        CHECK(memchr(text, '\0', size) && strncmp(text, whole, strlen(text)) == 0);
        const size_t n = strlen(text); /* never inside a number */
        CHECK(n == 0 || !strchr("0123456789.-", text[n - 1]) || !strchr("0123456789.", whole[n]) ||
              whole[n] == '\0' || n < 11);
    }
    CHECK_TEXT(text, whole);
    CHECK(fx_tensor_text(t, NULL, 10) == strlen(whole));
}

FX_TEST(print, knows_no_locale) {
    fx_graph *g = fx_graph_new(test_context());
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    const fx_tensor x = fx_f64(g, 1.5);
    for (int i = 0; i < 3; i++) {
        setlocale(LC_ALL, names[i]);
        print_check(x, "f64 []\n1.5");
    }
    setlocale(LC_ALL, "C");
}
