/* SPDX-License-Identifier: MIT */
/* slice and unslice. row->shape lists the positions that Python's x[start:stop:step] picks. */
#include "cases.h"

static fx_tensor slice_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_slice(x[0], (int)row->axis, row->start, row->stop, row->stride);
}

/* Element of x that stands at position at of the axis, other positions as in element e of y. */
static int64_t slice_element(fx_shape whole, int axis, int64_t outer, int64_t at, int64_t inner) {
    int64_t size = 1;
    for (int d = axis + 1; d < whole.rank; d++) size *= whole.dims[d];
    return (outer * whole.dims[axis] + at) * size + inner;
}

/* Calls for each element of the part: its place in the whole. */
static void slice_places(fx_shape whole, int64_t asked, fx_shape picked, int64_t *places) {
    const int axis = (int)(asked < 0 ? asked + whole.rank : asked);
    int64_t outer = 1, inner = 1, n = 0;
    for (int d = 0; d < axis; d++) outer *= whole.dims[d];
    for (int d = axis + 1; d < whole.rank; d++) inner *= whole.dims[d];
    for (int64_t o = 0; o < outer; o++)
        for (int k = 0; k < picked.rank; k++)
            for (int64_t i = 0; i < inner; i++)
                places[n++] = slice_element(whole, axis, o, picked.dims[k], i);
}

static void slice_of(const case_row *row, const case_number *const *x, case_number *y) {
    int64_t places[CASE_ELEMENTS];
    slice_places(row->x[0], row->axis, row->shape, places);
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][places[e]];
}

static void unslice_of(const case_row *row, const case_number *const *x, case_number *y) {
    int64_t places[CASE_ELEMENTS];
    slice_places(row->y, row->axis, row->shape, places);
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t e = 0; e < case_numel(row->x[0]); e++) y[places[e]] = x[0][e];
}

#define CUT(along, from, to, by)                                                                   \
    .f = slice_call, .n = 1, .of = slice_of, .axis = (along), .start = (from), .stop = (to),       \
    .stride = (by)
#define LINE   .x = {{1, {7}}}
#define MATRIX .x = {{2, {3, 5}}}

static const case_row slice_rows[] = {
    {"slice", NULL, CUT(1, 1, 3, 1), MATRIX, .y = {2, {3, 2}}, .shape = {2, {1, 2}}},
    {"slice", "rows", CUT(0, 1, 3, 1), MATRIX, .y = {2, {2, 5}}, .shape = {2, {1, 2}}},
    {"slice", "every other", CUT(-1, 0, FX_ALL, 2), MATRIX, .y = {2, {3, 3}},
     .shape = {3, {0, 2, 4}}},
    {"slice", "every other of an even end", CUT(0, 1, 6, 2), LINE, .y = {1, {3}},
     .shape = {3, {1, 3, 5}}},
    {"slice", "reversed", CUT(1, -1, FX_ALL, -1), MATRIX, .y = {2, {3, 5}},
     .shape = {5, {4, 3, 2, 1, 0}}},
    {"slice", "backwards by 2", CUT(0, 5, 0, -2), LINE, .y = {1, {3}}, .shape = {3, {5, 3, 1}}},
    {"slice", "backwards by 3", CUT(0, 100, FX_ALL, -3), LINE, .y = {1, {3}},
     .shape = {3, {6, 3, 0}}},
    {"slice", "from the end", CUT(0, -3, -1, 1), LINE, .y = {1, {2}}, .shape = {2, {4, 5}}},
    {"slice", "far outside", CUT(0, -100, 100, 1), LINE, .y = {1, {7}},
     .shape = {7, {0, 1, 2, 3, 4, 5, 6}}},
    {"slice", "backwards to far outside", CUT(0, 2, -100, -1), LINE, .y = {1, {3}},
     .shape = {3, {2, 1, 0}}},
    {"slice", "a long step", CUT(0, 3, FX_ALL, INT64_MAX), LINE, .y = {1, {1}}, .shape = {1, {3}}},
    {"slice", "a long step back", CUT(0, 3, FX_ALL, INT64_MIN), LINE, .y = {1, {1}},
     .shape = {1, {3}}},
    {"slice", "the lowest start", CUT(0, INT64_MIN, INT64_MAX - 1, 3), LINE, .y = {1, {3}},
     .shape = {3, {0, 3, 6}}},
    {"slice", "nothing", CUT(1, 3, 3, 1), MATRIX, .y = {2, {3, 0}}, .shape = {0, {0}}},
    {"slice", "turned round", CUT(1, 3, 1, 1), MATRIX, .y = {2, {3, 0}}, .shape = {0, {0}}},
    {"slice", "behind the end", CUT(0, 7, FX_ALL, 1), LINE, .y = {1, {0}}, .shape = {0, {0}}},
    {"slice", "of nothing", CUT(0, 0, FX_ALL, -1), .x = {{2, {0, 3}}}, .y = {2, {0, 3}},
     .shape = {0, {0}}},
    {"slice", "one", CUT(0, 0, 1, 1), .x = {{1, {1}}}, .y = {1, {1}}, .shape = {1, {0}}},
#define BACK(along, from, to, by, ...)                                                             \
    .f = case_apply, .n = 1, .of = unslice_of, .axis = (along),                                    \
    .attrs = {CASE_ATTR("axis", along),                                                            \
              CASE_ATTR("start", from),                                                            \
              CASE_ATTR("stop", to),                                                               \
              CASE_ATTR("step", by),                                                               \
              {.name = "shape", .shape = __VA_ARGS__}},                                            \
    .y = __VA_ARGS__
    {"unslice", NULL, BACK(1, 1, 3, 1, {2, {3, 5}}), .x = {{2, {3, 2}}}, .shape = {2, {1, 2}}},
    {"unslice", "every other", BACK(0, 1, 6, 2, {1, {7}}), .x = {{1, {3}}},
     .shape = {3, {1, 3, 5}}},
    {"unslice", "backwards", BACK(-1, 4, 0, -2, {2, {2, 5}}), .x = {{2, {2, 2}}},
     .shape = {2, {4, 2}}},
    {"unslice", "nothing", BACK(0, 2, 2, 1, {1, {3}}), .x = {{1, {0}}}, .shape = {0, {0}}},
    {"unslice", "into nothing", BACK(0, 0, 5, 1, {1, {0}}), .x = {{1, {0}}}, .shape = {0, {0}}},
    {"unslice", "one", BACK(0, 0, 1, 1, {1, {1}}), .x = {{1, {1}}}, .shape = {1, {0}}},
};

static const case_error slice_errors[] = {
    {{"slice", CUT(0, 0, 3, 0), LINE},
     {FX_F64},
     FX_ERR_ARGUMENT,
     "slice: step 0; a slice moves forwards or backwards (x [7])"},
    {{"slice", CUT(1, 0, 3, 1), LINE},
     {FX_F64},
     FX_ERR_SHAPE,
     "slice: axis 1 is outside -1..0 (x [7])"},
    {{"slice", CUT(0, 0, 3, 1), .x = {{0, {0}}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "slice: axis 0 of a tensor of rank 0 (x [])"},
    {{"unslice", BACK(0, 0, 3, 1, {1, {7}}), .x = {{1, {2}}}},
     {FX_F64},
     FX_ERR_SHAPE,
     "unslice: x is not of the shape of that slice (x [2])"},
};

const case_family case_slices = {
    slice_rows, NULL, slice_errors, CASE_COUNT(slice_rows), 0, CASE_COUNT(slice_errors),
};
