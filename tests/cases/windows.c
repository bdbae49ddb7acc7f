/* SPDX-License-Identifier: MIT */
/* windows and unwindows, unfold and fold. */
#include "spaces.h"

/* Along row->axis: start elements a window, row->stride, row->stop as dilation. */
static fx_tensor windows_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_windows(x[0], (int)row->axis, row->start, row->stride, row->stop);
}

/* The element of the whole that stands at element e of the windows along axis. */
static int64_t windows_place(fx_shape whole, fx_shape parts, const case_row *row, int64_t e) {
    const int axis = (int)(row->axis < 0 ? row->axis + whole.rank : row->axis);
    const int64_t k = e % parts.dims[whole.rank];
    int64_t place = 0, size = 1;
    e /= parts.dims[whole.rank];
    for (int d = whole.rank - 1; d >= 0; d--) {
        const int64_t at = e % parts.dims[d];
        place += (d == axis ? at * row->stride + k * row->stop : at) * size;
        size *= whole.dims[d];
        e /= parts.dims[d];
    }
    return place;
}

static void windows_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][windows_place(row->x[0], row->y, row, e)];
}

static void unwindows_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t e = 0; e < case_numel(row->x[0]); e++)
        y[windows_place(row->y, row->x[0], row, e)] += x[0][e];
}

/* ---- as columns ---- */

static fx_tensor unfold_call(void *user, const fx_tensor *x) {
    return fx_unfold(x[0], space_window(user));
}

static fx_tensor fold_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const int64_t *to = &row->y.dims[row->y.rank - 2];
    return fx_fold(x[0], to[0], to[1], space_window(row));
}

/* Puts the elements of an image where they stand among columns, or adds those to it. */
static void unfold_pairs(const case_row *row, fx_shape image, bool folds, const case_number *from,
                         case_number *to) {
    const case_space s = space_of(row, image);
    const int64_t windows = space_windows(&s), elements = space_elements(&s);
    for (int64_t e = 0; e < case_numel(row->y); e++) to[e] = 0;
    for (int64_t p = 0; p < s.planes; p++)
        for (int64_t k = 0; k < elements; k++)
            for (int64_t o = 0; o < windows; o++) {
                const int64_t at = space_place(&s, p, o, k);
                const int64_t column = (p * elements + k) * windows + o;
                if (at >= 0) to[folds ? at : column] += from[folds ? column : at];
            }
}

static void unfold_of(const case_row *row, const case_number *const *x, case_number *y) {
    unfold_pairs(row, row->x[0], false, x[0], y);
}

static void fold_of(const case_row *row, const case_number *const *x, case_number *y) {
    unfold_pairs(row, row->y, true, x[0], y);
}

#define CUT(along, size, by, apart)                                                                \
    .f = windows_call, .n = 1, .of = windows_of, .axis = (along), .start = (size), .stride = (by), \
    .stop = (apart)
#define PASTE(along, length, by, apart)                                                            \
    .f = case_apply, .n = 1, .of = unwindows_of, .ulps = 2, .sums = true, .axis = (along),         \
    .stride = (by), .stop = (apart),                                                               \
    .attrs = {CASE_ATTR("axis", along), CASE_ATTR("length", length), CASE_ATTR("stride", by),      \
              CASE_ATTR("dilation", apart)}
#define UNFOLD(...) .f = unfold_call, .n = 1, .of = unfold_of, .shape = {8, __VA_ARGS__}
#define FOLD(...)                                                                                  \
    .f = fold_call, .n = 1, .of = fold_of, .ulps = 2, .sums = true, .shape = {8, __VA_ARGS__}
#define PLAIN                                                                                      \
    { 2, 3, 1, 1, 0, 0, 1, 1 }
#define MIXED                                                                                      \
    { 3, 2, 2, 3, 2, 1, 1, 2 }
#define SINGLE                                                                                     \
    { 1, 1, 1, 1, 0, 0, 1, 1 }

static const case_row windows_rows[] = {
    {"windows", NULL, CUT(1, 3, 1, 1), .x = {{2, {3, 5}}}, .y = {3, {3, 3, 3}}},
    {"windows", "of rows", CUT(0, 2, 1, 1), .x = {{2, {4, 3}}}, .y = {3, {3, 3, 2}}},
    {"windows", "apart, and the rest left out", CUT(-1, 2, 3, 1), .x = {{2, {2, 7}}},
     .y = {3, {2, 2, 2}}},
    {"windows", "dilated", CUT(-2, 3, 2, 2), .x = {{3, {2, 8, 2}}}, .y = {4, {2, 2, 2, 3}}},
    {"windows", "of all", CUT(0, 5, 1, 1), .x = {{1, {5}}}, .y = {2, {1, 5}}},
    {"windows", "of one", CUT(0, 1, 2, INT64_MAX), .x = {{1, {5}}}, .y = {2, {3, 1}}},
    {"windows", "with a long stride", CUT(0, 2, INT64_MAX, 2), .x = {{2, {3, 4}}},
     .y = {3, {1, 4, 2}}},
    {"windows", "of nothing", CUT(1, 2, 1, 1), .x = {{2, {0, 4}}}, .y = {3, {0, 3, 2}}},
    {"windows", "one", CUT(0, 1, 1, 1), .x = {{1, {1}}}, .y = {2, {1, 1}}},
    {"unwindows", NULL, PASTE(1, 5, 1, 1), .x = {{3, {3, 3, 3}}}, .y = {2, {3, 5}}},
    {"unwindows", "of rows", PASTE(0, 7, 1, 1), .x = {{3, {4, 2, 4}}}, .y = {2, {7, 2}},
     .low = {0.1}, .high = {3}},
    {"unwindows", "apart, with a rest", PASTE(-1, 7, 3, 1), .x = {{3, {2, 2, 2}}},
     .y = {2, {2, 7}}},
    {"unwindows", "dilated", PASTE(-2, 8, 2, 2), .x = {{4, {2, 2, 2, 3}}}, .y = {3, {2, 8, 2}}},
    {"unwindows", "of nothing", PASTE(1, 4, 1, 1), .x = {{3, {0, 3, 2}}}, .y = {2, {0, 4}}},
    {"unwindows", "one", PASTE(0, 1, 1, 1), .x = {{2, {1, 1}}}, .y = {1, {1}}},
    {"unfold", NULL, UNFOLD(PLAIN), .x = {{4, {1, 2, 3, 4}}}, .y = {3, {1, 12, 4}}},
    {"unfold", "mixed", UNFOLD(MIXED), .x = {{3, {1, 3, 4}}}, .y = {2, {6, 6}}},
    {"unfold", "a batch", UNFOLD({2, 1, 1, 2, 0, 0, 2, 1}), .x = {{5, {1, 2, 2, 4, 3}}},
     .y = {4, {1, 2, 4, 4}}},
    {"unfold", "padding alone", UNFOLD({1, 1, 2, 2, 1, 1, 1, 1}), .x = {{3, {1, 1, 2}}},
     .y = {2, {1, 4}}},
    {"unfold", "nothing", UNFOLD(PLAIN), .x = {{4, {0, 2, 3, 4}}}, .y = {3, {0, 12, 4}}},
    {"unfold", "no channels", UNFOLD(PLAIN), .x = {{3, {0, 3, 4}}}, .y = {2, {0, 4}}},
    {"unfold", "one", UNFOLD(SINGLE), .x = {{3, {1, 1, 1}}}, .y = {2, {1, 1}}},
    {"fold", NULL, FOLD(PLAIN), .x = {{3, {1, 12, 4}}}, .y = {4, {1, 2, 3, 4}}},
    {"fold", "mixed", FOLD(MIXED), .x = {{2, {6, 6}}}, .y = {3, {1, 3, 4}}},
    {"fold", "a batch", FOLD({2, 1, 1, 2, 0, 0, 2, 1}), .x = {{4, {1, 2, 4, 4}}},
     .y = {5, {1, 2, 2, 4, 3}}},
    {"fold", "padding alone", FOLD({1, 1, 2, 2, 1, 1, 1, 1}), .x = {{2, {1, 4}}},
     .y = {3, {1, 1, 2}}},
    {"fold", "nothing", FOLD(PLAIN), .x = {{3, {0, 12, 4}}}, .y = {4, {0, 2, 3, 4}}},
    {"fold", "one", FOLD(SINGLE), .x = {{2, {1, 1}}}, .y = {3, {1, 1, 1}}},
};

#define F1                                                                                         \
    { FX_F64 }

static const case_error windows_errors[] = {
    {{"windows", CUT(2, 2, 1, 1), .x = {{2, {3, 5}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: axis 2 is outside -2..1 (x [3, 5])"},
    {{"windows", CUT(0, 1, 1, 1), .x = {{0, {0}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: axis 0 of a tensor of rank 0 (x [])"},
    {{"windows", CUT(0, 0, 1, 1), .x = {{1, {5}}}},
     F1,
     FX_ERR_ARGUMENT,
     "windows: size 0, stride 1, dilation 1; each is at least 1 (x [5])"},
    {{"windows", CUT(0, 2, 0, 1), .x = {{1, {5}}}},
     F1,
     FX_ERR_ARGUMENT,
     "windows: size 2, stride 0, dilation 1; each is at least 1 (x [5])"},
    {{"windows", CUT(0, 2, 1, -3), .x = {{1, {5}}}},
     F1,
     FX_ERR_ARGUMENT,
     "windows: size 2, stride 1, dilation -3; each is at least 1 (x [5])"},
    {{"windows", CUT(0, 3, 2, 3), .x = {{1, {6}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: a window of 3 with dilation 3 does not fit into axis 0, whose size is 6; fx_pad it "
     "(x [6])"},
    {{"windows", CUT(1, INT64_MAX, 1, INT64_MAX), .x = {{2, {2, 6}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: a window of 9223372036854775807 with dilation 9223372036854775807 does not fit into "
     "axis 1, whose size is 6; fx_pad it (x [2, 6])"},
    {{"windows", CUT(0, 1, 2, 2), .x = {{1, {0}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: a window of 1 with dilation 2 does not fit into axis 0, whose size is 0; fx_pad it "
     "(x [0])"},
    {{"windows", CUT(7, 1, 1, 1), .x = {{8, {1, 1, 1, 1, 1, 1, 1, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "windows: rank 8 leaves no room for the axis of a window (x [1, 1, 1, 1, 1, 1, 1, 2])"},
    {{"unwindows", PASTE(0, 3, 1, 1), .x = {{1, {3}}}},
     F1,
     FX_ERR_SHAPE,
     "unwindows: x has no axes of windows and their elements (x [3])"},
    {{"unwindows", PASTE(1, 3, 1, 1), .x = {{2, {2, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "unwindows: axis 1 is outside -1..0 (x [2, 2])"},
    {{"unwindows", PASTE(0, 4, 1, 1), .x = {{2, {2, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "unwindows: 4 elements have 3 windows along axis 0 (x [2, 2])"},
    {{"unwindows", PASTE(0, -1, 1, 1), .x = {{2, {2, 2}}}},
     F1,
     FX_ERR_SHAPE,
     "unwindows: shape [-1] has a negative size"},
    {{"unfold", UNFOLD(PLAIN), .x = {{2, {3, 4}}}},
     F1,
     FX_ERR_SHAPE,
     "unfold: rank 2; channels, height and width are the last three axes (x [3, 4])"},
    {{"unfold", UNFOLD(SINGLE), .x = {{7, {1, 1, 1, 1, 2, 3, 4}}}},
     F1,
     FX_ERR_SHAPE,
     "unfold: rank 7; at most 6 leaves room for the axes of windows (x [1, 1, 1, 1, 2, 3, 4])"},
    {{"unfold", UNFOLD({2, 0, 1, 1, 0, 0, 1, 1}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_ARGUMENT,
     "unfold: width: size 0, stride 1, padding 0, dilation 1; padding is at least 0, the others at "
     "least 1 (x [1, 3, 4])"},
    {{"unfold", UNFOLD({2, 2, 0, 1, 0, 0, 1, 1}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_ARGUMENT,
     "unfold: height: size 2, stride 0, padding 0, dilation 1; padding is at least 0, the others "
     "at least 1 (x [1, 3, 4])"},
    {{"unfold", UNFOLD({2, 2, 1, 1, 0, -1, 1, 1}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_ARGUMENT,
     "unfold: width: size 2, stride 1, padding -1, dilation 1; padding is at least 0, the others "
     "at least 1 (x [1, 3, 4])"},
    {{"unfold", UNFOLD({2, 2, 1, 1, 0, 0, 1, 0}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_ARGUMENT,
     "unfold: width: size 2, stride 1, padding 0, dilation 0; padding is at least 0, the others at "
     "least 1 (x [1, 3, 4])"},
    {{"unfold", UNFOLD({2, 2, 1, 1, INT64_MAX / 2, 0, 1, 1}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_SHAPE,
     "unfold: height: padding 4611686018427387903 is too large to count (x [1, 3, 4])"},
    {{"unfold", UNFOLD({2, 2, 1, 1, 1LL << 60, 0, 1, 1}), .x = {{3, {1, 3, 4}}}},
     F1,
     FX_ERR_SHAPE,
     "unfold: shape [1, 2305843009213693955, 4] is too large to count"},
    {{"unfold", UNFOLD({3, 2, 1, 1, 1, 0, 3, 1}), .x = {{3, {1, 4, 4}}}},
     F1,
     FX_ERR_SHAPE,
     "unfold: height: a window of 3 with dilation 3 does not fit into 4 with padding 1; make it "
     "smaller, or the padding larger (x [1, 4, 4])"},
    {{"fold", FOLD(PLAIN), .x = {{1, {12}}}, .y = {3, {2, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: rank 1; it is 2 to 5, the last two axes being elements and windows (x [12])"},
    {{"fold", FOLD(PLAIN), .x = {{6, {1, 1, 1, 1, 6, 4}}}, .y = {3, {1, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: rank 6; it is 2 to 5, the last two axes being elements and windows (x [1, 1, 1, 1, 6, "
     "4])"},
    {{"fold", FOLD(PLAIN), .x = {{2, {6, 4}}}, .y = {3, {1, 3, -4}}},
     F1,
     FX_ERR_ARGUMENT,
     "fold: width -4 is negative (x [6, 4])"},
    {{"fold", FOLD(PLAIN), .x = {{2, {6, 4}}}, .y = {3, {1, 1, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: height: a window of 2 with dilation 1 does not fit into 1 with padding 0; make it "
     "smaller, or the padding larger (x [6, 4])"},
    {{"fold", FOLD(PLAIN), .x = {{2, {8, 4}}}, .y = {3, {1, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: axis 0 has size 8, no multiple of a window's 2 x 3 (x [8, 4])"},
    {{"fold", FOLD(PLAIN), .x = {{3, {2, 7, 4}}}, .y = {3, {1, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: axis 1 has size 7, no multiple of a window's 2 x 3 (x [2, 7, 4])"},
    {{"fold", FOLD(PLAIN), .x = {{2, {6, 6}}}, .y = {3, {1, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: 6 windows; height 3 and width 4 have 2 x 2 (x [6, 6])"},
    {{"fold", FOLD(PLAIN), .x = {{2, {6, 5}}}, .y = {3, {1, 3, 4}}},
     F1,
     FX_ERR_SHAPE,
     "fold: 5 windows; height 3 and width 4 have 2 x 2 (x [6, 5])"},
};

const case_family case_windows = {
    windows_rows, NULL, windows_errors, CASE_COUNT(windows_rows), 0, CASE_COUNT(windows_errors),
};
