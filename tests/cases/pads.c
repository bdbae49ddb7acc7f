/* SPDX-License-Identifier: MIT */
/* pad, pad_reflect, pad_replicate. row->shape lists what stands before each axis; behind it stands
 * what makes x as large as y. */
#include "cases.h"

static fx_shape pad_after(const case_row *row) {
    fx_shape after = row->shape;
    for (int d = 0; d < row->x[0].rank; d++)
        after.dims[d] = row->y.dims[d] - row->x[0].dims[d] - row->shape.dims[d];
    return after;
}

static fx_tensor pad_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_pad(x[0], row->shape, pad_after(row), (double)row->start);
}

static fx_tensor pad_half_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_pad(x[0], row->shape, pad_after(row), 0.5);
}

static fx_tensor pad_reflect_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_pad_reflect(x[0], row->shape, pad_after(row));
}

static fx_tensor pad_replicate_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_pad_replicate(x[0], row->shape, pad_after(row));
}

/* The element of x that stands at each element of y; -1: none. */
static int64_t pad_source(const case_row *row, int64_t e, bool reflects, bool constant) {
    int64_t place = 0, stride = 1;
    for (int d = row->y.rank - 1; d >= 0; d--) {
        const int64_t size = row->x[0].dims[d];
        int64_t at = e % row->y.dims[d] - row->shape.dims[d];
        if (constant && (at < 0 || at >= size)) return -1;
        if (at < 0) at = reflects ? -at : 0;
        if (at >= size) at = reflects ? 2 * (size - 1) - at : size - 1;
        place += at * stride;
        stride *= size;
        e /= row->y.dims[d];
    }
    return place;
}

static void pad_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t from = pad_source(row, e, false, true);
        y[e] = from < 0 ? (case_number)row->start : x[0][from];
    }
}

static void pad_reflect_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][pad_source(row, e, true, false)];
}

static void pad_replicate_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][pad_source(row, e, false, false)];
}

#define PAD       .f = pad_call, .n = 1, .of = pad_of
#define REFLECT   .f = pad_reflect_call, .n = 1, .of = pad_reflect_of
#define REPLICATE .f = pad_replicate_call, .n = 1, .of = pad_replicate_of

static const case_row pad_rows[] = {
    {"pad", NULL, PAD, .x = {{2, {3, 4}}}, .y = {2, {6, 5}}, .shape = {2, {1, 0}}, .start = 0},
    {"pad", "with 3", PAD, .x = {{1, {4}}}, .y = {1, {9}}, .shape = {1, {2}}, .start = 3},
    {"pad", "behind", PAD, .x = {{3, {2, 2, 3}}}, .y = {3, {2, 3, 5}}, .shape = {3, {0, 0, 0}},
     .start = -1},
    {"pad", "not at all", PAD, .x = {{2, {2, 3}}}, .y = {2, {2, 3}}, .shape = {2, {0, 0}}},
    {"pad", "a number", PAD, .x = {{0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}},
    {"pad", "one", PAD, .x = {{1, {1}}}, .y = {1, {4}}, .shape = {1, {1}}},
    {"pad", "nothing", PAD, .x = {{2, {0, 2}}}, .y = {2, {3, 2}}, .shape = {2, {1, 0}}, .start = 7},
    {"pad", "to nothing", PAD, .x = {{2, {0, 2}}}, .y = {2, {0, 4}}, .shape = {2, {0, 1}}},
    {"pad_reflect", NULL, REFLECT, .x = {{2, {3, 4}}}, .y = {2, {6, 8}}, .shape = {2, {1, 3}}},
    {"pad_reflect", "before", REFLECT, .x = {{1, {5}}}, .y = {1, {9}}, .shape = {1, {4}}},
    {"pad_reflect", "behind", REFLECT, .x = {{1, {5}}}, .y = {1, {9}}, .shape = {1, {0}}},
    {"pad_reflect", "a little behind", REFLECT, .x = {{1, {5}}}, .y = {1, {7}}, .shape = {1, {0}}},
    {"pad_reflect", "one of two axes", REFLECT, .x = {{3, {2, 3, 2}}}, .y = {3, {2, 5, 2}},
     .shape = {3, {0, 1, 0}}},
    {"pad_reflect", "one", REFLECT, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .shape = {2, {0, 0}}},
    {"pad_reflect", "nothing", REFLECT, .x = {{2, {0, 3}}}, .y = {2, {0, 5}}, .shape = {2, {0, 1}}},
    {"pad_replicate", NULL, REPLICATE, .x = {{2, {3, 4}}}, .y = {2, {6, 8}}, .shape = {2, {1, 3}}},
    {"pad_replicate", "before", REPLICATE, .x = {{1, {3}}}, .y = {1, {9}}, .shape = {1, {6}}},
    {"pad_replicate", "behind", REPLICATE, .x = {{1, {3}}}, .y = {1, {9}}, .shape = {1, {0}}},
    {"pad_replicate", "one", REPLICATE, .x = {{2, {1, 1}}}, .y = {2, {3, 4}}, .shape = {2, {1, 2}}},
    {"pad_replicate", "nothing", REPLICATE, .x = {{2, {0, 3}}}, .y = {2, {0, 6}},
     .shape = {2, {0, 1}}},
};

#define F1                                                                                         \
    { FX_F64 }
#define LINE .x = {{1, {3}}}

static const case_error pad_errors[] = {
    {{"pad", PAD, LINE, .y = {1, {3}}, .shape = {2, {0, 0}}},
     F1,
     FX_ERR_SHAPE,
     "pad: 2 sizes before and 2 after for 1 axes (x [3])"},
    {{"pad", PAD, LINE, .y = {1, {3}}, .shape = {1, {-1}}},
     F1,
     FX_ERR_SHAPE,
     "pad: -1 before and 1 after axis 0; fx_slice cuts off (x [3])"},
    {{"pad", PAD, LINE, .y = {1, {2}}, .shape = {1, {0}}},
     F1,
     FX_ERR_SHAPE,
     "pad: 0 before and -1 after axis 0; fx_slice cuts off (x [3])"},
    {{"pad", PAD, LINE, .y = {1, {INT64_MAX}}, .shape = {1, {INT64_MAX - 3}}},
     F1,
     FX_ERR_SHAPE,
     "pad: shape [9223372036854775807] is too large to count"},
    {{"pad", PAD, LINE, .y = {1, {2}}, .shape = {1, {INT64_MAX - 2}}},
     F1,
     FX_ERR_SHAPE,
     "pad: 9223372036854775805 before and -9223372036854775806 after axis 0; fx_slice cuts off (x "
     "[3])"},
    {{"pad", PAD, .x = {{2, {3, 2}}}, .y = {2, {5, 1LL << 62}}, .shape = {2, {1, 0}}},
     F1,
     FX_ERR_SHAPE,
     "pad: shape [5, 4611686018427387904] is too large to count"},
    {{"pad", .f = pad_half_call, .n = 1, LINE, .y = {1, {5}}, .shape = {1, {1}}},
     {FX_I64},
     FX_ERR_ARGUMENT,
     "pad: value 0.5 is no i64 (x [3])"},
    {{"pad", PAD, LINE, .y = {1, {5}}, .shape = {1, {1}}, .start = 2},
     {FX_BOOL},
     FX_ERR_ARGUMENT,
     "pad: value 2 is no bool (x [3])"},
    {{"pad_reflect", REFLECT, LINE, .y = {1, {3}}, .shape = {2, {0, 0}}},
     F1,
     FX_ERR_SHAPE,
     "pad_reflect: 2 sizes before and 2 after for 1 axes (x [3])"},
    {{"pad_reflect", REFLECT, LINE, .y = {1, {6}}, .shape = {1, {3}}},
     F1,
     FX_ERR_SHAPE,
     "pad_reflect: 3 beyond an edge of axis 0, whose size is 3; a mirror shows one less than that "
     "(x [3])"},
    {{"pad_reflect", REFLECT, LINE, .y = {1, {6}}, .shape = {1, {0}}},
     F1,
     FX_ERR_SHAPE,
     "pad_reflect: 3 beyond an edge of axis 0, whose size is 3; a mirror shows one less than that "
     "(x [3])"},
    {{"pad_reflect", REFLECT, LINE, .y = {1, {2}}, .shape = {1, {0}}},
     F1,
     FX_ERR_SHAPE,
     "pad_reflect: -1 beyond an edge of axis 0, whose size is 3; fx_slice cuts off (x [3])"},
    {{"pad_replicate", REPLICATE, LINE, .y = {1, {3}}, .shape = {0, {0}}},
     F1,
     FX_ERR_SHAPE,
     "pad_replicate: 0 sizes before and 0 after for 1 axes (x [3])"},
    {{"pad_replicate", REPLICATE, .x = {{1, {0}}}, .y = {1, {2}}, .shape = {1, {1}}},
     F1,
     FX_ERR_SHAPE,
     "pad_replicate: 1 beyond an edge of axis 0, whose size is 0; nothing is there to repeat (x "
     "[0])"},
};

const case_family case_pads = {
    pad_rows, NULL, pad_errors, CASE_COUNT(pad_rows), 0, CASE_COUNT(pad_errors),
};
