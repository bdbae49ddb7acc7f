/* SPDX-License-Identifier: MIT */
/* squeeze, unsqueeze, flatten, stack, narrow, split, chunk. */
#include "cases.h"

static fx_tensor squeeze_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_squeeze(x[0], (int)row->axis);
}

static fx_tensor unsqueeze_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_unsqueeze(x[0], (int)row->axis);
}

static fx_tensor flatten_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_flatten(x[0], (int)row->start, (int)row->stop);
}

static fx_tensor stack_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_stack(row->n, x, (int)row->axis);
}

static fx_tensor narrow_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_narrow(x[0], (int)row->axis, row->start, row->stop);
}

/* The parts behind one another, the last first: each in its place, or not. */
static fx_tensor shape_turned(fx_tensor *parts, int n, int axis) {
    for (int i = 0; i < n / 2; i++) {
        const fx_tensor part = parts[i];
        parts[i] = parts[n - 1 - i];
        parts[n - 1 - i] = part;
    }
    return fx_concat(n, parts, axis);
}

static fx_tensor split_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor parts[FX_MAX_RANK];
    const fx_status status =
        fx_split(x[0], (int)row->axis, row->shape.rank, row->shape.dims, parts);
    return status == FX_OK || row->shape.rank > 0
               ? shape_turned(parts, row->shape.rank, (int)row->axis)
               : fx_neg(x[0]); /* while the error stands */
}

static fx_tensor chunk_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    fx_tensor parts[FX_MAX_RANK];
    const fx_status status = fx_chunk(x[0], (int)row->axis, (int)row->start, parts);
    return status == FX_OK || row->start > 0 ? shape_turned(parts, (int)row->start, (int)row->axis)
                                             : fx_neg(x[0]);
}

static void same_elements_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][e];
}

static void stack_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int axis = (int)(row->axis < 0 ? row->axis + row->y.rank : row->axis);
    int64_t inner = 1;
    for (int d = axis + 1; d < row->y.rank; d++) inner *= row->y.dims[d];
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[e / inner % row->n][e / inner / row->n * inner + e % inner];
}

static void narrow_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int axis = (int)(row->axis < 0 ? row->axis + row->y.rank : row->axis);
    int64_t inner = 1;
    const int64_t size = row->x[0].dims[axis], start = row->start + (row->start < 0 ? size : 0);
    for (int d = axis + 1; d < row->y.rank; d++) inner *= row->y.dims[d];
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t at = e / inner % row->stop + start;
        y[e] = x[0][(e / inner / row->stop * size + at) * inner + e % inner];
    }
}

/* Parts of the given sizes along the axis, the last first. */
static void parts_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int axis = (int)(row->axis < 0 ? row->axis + row->y.rank : row->axis);
    int64_t inner = 1;
    const int64_t size = row->y.dims[axis];
    for (int d = axis + 1; d < row->y.rank; d++) inner *= row->y.dims[d];
    for (int64_t o = 0; o < case_numel(row->y); o += size * inner) {
        int64_t end = size;
        for (int i = row->shape.rank - 1; i >= 0; end -= row->shape.dims[i--])
            for (int64_t k = end - row->shape.dims[i]; k < end; k++)
                for (int64_t j = 0; j < inner; j++) *y++ = x[0][o + k * inner + j];
    }
}

#define SQUEEZE .f = squeeze_call, .n = 1, .of = same_elements_of
#define EXPAND  .f = unsqueeze_call, .n = 1, .of = same_elements_of
#define FLATTEN .f = flatten_call, .n = 1, .of = same_elements_of
#define STACK   .f = stack_call, .of = stack_of
#define NARROW  .f = narrow_call, .n = 1, .of = narrow_of
#define SPLIT   .f = split_call, .n = 1, .of = parts_of
#define CHUNK   .f = chunk_call, .n = 1, .of = parts_of
#define BLOCK   .x = {{3, {2, 3, 4}}}
#define MATRIX  .x = {{2, {3, 4}}}

static const case_row join_rows[] = {
    {"squeeze", NULL, SQUEEZE, .x = {{3, {3, 1, 4}}}, .y = {2, {3, 4}}, .axis = 1},
    {"squeeze", "negative", SQUEEZE, .x = {{3, {3, 4, 1}}}, .y = {2, {3, 4}}, .axis = -1},
    {"squeeze", "first", SQUEEZE, .x = {{3, {1, 3, 4}}}, .y = {2, {3, 4}}, .axis = 0},
    {"squeeze", "to a number", SQUEEZE, .x = {{1, {1}}}, .y = {0, {0}}, .axis = 0},
    {"squeeze", "nothing", SQUEEZE, .x = {{2, {0, 1}}}, .y = {1, {0}}, .axis = 1},
    {"unsqueeze", NULL, EXPAND, MATRIX, .y = {3, {3, 1, 4}}, .axis = 1},
    {"unsqueeze", "negative", EXPAND, MATRIX, .y = {3, {3, 4, 1}}, .axis = -1},
    {"unsqueeze", "first", EXPAND, MATRIX, .y = {3, {1, 3, 4}}, .axis = -3},
    {"unsqueeze", "a number", EXPAND, .x = {{0, {0}}}, .y = {1, {1}}, .axis = 0},
    {"unsqueeze", "nothing", EXPAND, .x = {{1, {0}}}, .y = {2, {0, 1}}, .axis = 1},
    {"flatten", NULL, FLATTEN, BLOCK, .y = {1, {24}}, .start = 0, .stop = -1},
    {"flatten", "the last", FLATTEN, BLOCK, .y = {2, {2, 12}}, .start = 1, .stop = 2},
    {"flatten", "the first", FLATTEN, BLOCK, .y = {2, {6, 4}}, .start = -3, .stop = -2},
    {"flatten", "itself", FLATTEN, BLOCK, .y = {3, {2, 3, 4}}, .start = 1, .stop = 1},
    {"flatten", "a number", FLATTEN, .x = {{0, {0}}}, .y = {1, {1}}, .start = 0, .stop = -1},
    {"flatten", "nothing", FLATTEN, .x = {{3, {2, 0, 3}}}, .y = {2, {2, 0}}, .start = 1, .stop = 2},
    {"stack", "of one", STACK, .n = 1, MATRIX, .y = {3, {1, 3, 4}}, .axis = 0},
    {"stack", "of two", STACK, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {3, {3, 2, 4}},
     .axis = 1},
    {"stack", "of three", STACK, .n = 3, .x = {{1, {4}}, {1, {4}}, {1, {4}}}, .y = {2, {4, 3}},
     .axis = -1},
    {"stack", "numbers", STACK, .n = 2, .x = {{0, {0}}, {0, {0}}}, .y = {1, {2}}, .axis = 0},
    {"stack", "nothing", STACK, .n = 2, .x = {{1, {0}}, {1, {0}}}, .y = {2, {2, 0}}, .axis = 0},
    {"narrow", NULL, NARROW, MATRIX, .y = {2, {3, 2}}, .axis = 1, .start = 1, .stop = 2},
    {"narrow", "from the end", NARROW, MATRIX, .y = {2, {2, 4}}, .axis = -2, .start = -2,
     .stop = 2},
    {"narrow", "to nothing", NARROW, MATRIX, .y = {2, {3, 0}}, .axis = 1, .start = 4, .stop = 0},
    {"narrow", "one", NARROW, .x = {{1, {1}}}, .y = {1, {1}}, .axis = 0, .start = 0, .stop = 1},
    {"narrow", "nothing", NARROW, .x = {{2, {0, 3}}}, .y = {2, {0, 2}}, .axis = 1, .start = 0,
     .stop = 2},
    {"split", NULL, SPLIT, MATRIX, .y = {2, {3, 4}}, .axis = 1, .shape = {3, {1, 2, 1}}},
    {"split", "rows", SPLIT, MATRIX, .y = {2, {3, 4}}, .axis = -2, .shape = {2, {1, 2}}},
    {"split", "with an empty part", SPLIT, MATRIX, .y = {2, {3, 4}}, .axis = 1,
     .shape = {3, {3, 0, 1}}},
    {"split", "one", SPLIT, .x = {{1, {1}}}, .y = {1, {1}}, .axis = 0, .shape = {1, {1}}},
    {"split", "nothing", SPLIT, .x = {{2, {0, 2}}}, .y = {2, {0, 2}}, .axis = 1,
     .shape = {2, {1, 1}}},
    {"chunk", NULL, CHUNK, MATRIX, .y = {2, {3, 4}}, .axis = 1, .start = 2, .shape = {2, {2, 2}}},
    {"chunk", "with a rest", CHUNK, .x = {{1, {7}}}, .y = {1, {7}}, .axis = 0, .start = 3,
     .shape = {3, {3, 3, 1}}},
    {"chunk", "with nothing left", CHUNK, .x = {{1, {5}}}, .y = {1, {5}}, .axis = 0, .start = 4,
     .shape = {3, {2, 2, 1}}},
    {"chunk", "one", CHUNK, .x = {{1, {1}}}, .y = {1, {1}}, .axis = 0, .start = 1,
     .shape = {1, {1}}},
    {"chunk", "nothing", CHUNK, .x = {{2, {2, 0}}}, .y = {2, {2, 0}}, .axis = 1, .start = 2,
     .shape = {1, {0}}},
};

#define F1                                                                                         \
    { FX_F64 }
#define F2                                                                                         \
    { FX_F64, FX_F64 }

static const case_error join_errors[] = {
    {{"squeeze", SQUEEZE, MATRIX, .axis = -1},
     F1,
     FX_ERR_SHAPE,
     "squeeze: axis 1 has size 4; only size 1 can go (x [3, 4])"},
    {{"squeeze", SQUEEZE, .x = {{0, {0}}}, .axis = 0},
     F1,
     FX_ERR_SHAPE,
     "squeeze: axis 0 of a tensor of rank 0 (x [])"},
    {{"unsqueeze", EXPAND, MATRIX, .axis = 3},
     F1,
     FX_ERR_SHAPE,
     "unsqueeze: axis 3 is outside -3..2 (x [3, 4])"},
    {{"unsqueeze", EXPAND, .x = {{8, {1, 1, 1, 1, 1, 1, 1, 1}}}, .axis = 0},
     F1,
     FX_ERR_SHAPE,
     "unsqueeze: x has rank 8 already, the most there is (x [1, 1, 1, 1, 1, 1, 1, 1])"},
    {{"flatten", FLATTEN, BLOCK, .start = 1, .stop = 3},
     F1,
     FX_ERR_SHAPE,
     "flatten: axes 1 to 3 are not in a tensor of rank 3 in that order (x [2, 3, 4])"},
    {{"flatten", FLATTEN, BLOCK, .start = -1, .stop = 0},
     F1,
     FX_ERR_SHAPE,
     "flatten: axes -1 to 0 are not in a tensor of rank 3 in that order (x [2, 3, 4])"},
    {{"stack", STACK, .n = 2, .x = {{1, {2}}, {1, {3}}}, .axis = 0},
     F2,
     FX_ERR_SHAPE,
     "stack: operand 1 is not of the shape of the first (x0 [2], x1 [3])"},
    {{"stack", STACK, .n = 2, .x = {{1, {2}}, {1, {2}}}, .axis = 2},
     F2,
     FX_ERR_SHAPE,
     "stack: axis 2 is outside -2..1 (x0 [2], x1 [2])"},
    {{"stack", STACK, .n = 2, .x = {{1, {2}}, {1, {2}}}, .axis = 0},
     {FX_F64, FX_BOOL},
     FX_ERR_DTYPE,
     "stack: operand 1 is bool where the first is f64; fx_cast it (x0 [2], x1 [2])"},
    {{"stack", STACK, .n = 1, .x = {{8, {1, 1, 1, 1, 1, 1, 1, 1}}}, .axis = 0},
     F1,
     FX_ERR_SHAPE,
     "stack: operands have rank 8 already, the most there is (x0 [1, 1, 1, 1, 1, 1, 1, 1])"},
    {{"narrow", NARROW, MATRIX, .axis = 1, .start = 3, .stop = 2},
     F1,
     FX_ERR_SHAPE,
     "narrow: 2 elements from 3 on are not in axis 1, whose size is 4 (x [3, 4])"},
    {{"narrow", NARROW, MATRIX, .axis = 1, .start = -5, .stop = 1},
     F1,
     FX_ERR_SHAPE,
     "narrow: 1 elements from -5 on are not in axis 1, whose size is 4 (x [3, 4])"},
    {{"narrow", NARROW, MATRIX, .axis = 0, .start = 0, .stop = -1},
     F1,
     FX_ERR_SHAPE,
     "narrow: -1 elements from 0 on are not in axis 0, whose size is 3 (x [3, 4])"},
    {{"narrow", NARROW, MATRIX, .axis = 2, .start = 0, .stop = 1},
     F1,
     FX_ERR_SHAPE,
     "narrow: axis 2 is outside -2..1 (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {2, {3, 2}}},
     F1,
     FX_ERR_SHAPE,
     "split: the sizes do not add up to 4, the size of axis 1 (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {2, {INT64_MAX, INT64_MAX}}},
     F1,
     FX_ERR_SHAPE,
     "split: the sizes do not add up to 4, the size of axis 1 (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {2, {1, 2}}},
     F1,
     FX_ERR_SHAPE,
     "split: the sizes do not add up to 4, the size of axis 1 (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {2, {5, -1}}},
     F1,
     FX_ERR_SHAPE,
     "split: the sizes do not add up to 4, the size of axis 1 (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {2, {-1, 5}}},
     F1,
     FX_ERR_SHAPE,
     "split: size -1 at 0 is negative (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = 1, .shape = {0, {0}}},
     F1,
     FX_ERR_ARGUMENT,
     "split: 0 sizes; at least one is needed (x [3, 4])"},
    {{"split", SPLIT, MATRIX, .axis = -3, .shape = {1, {3}}},
     F1,
     FX_ERR_SHAPE,
     "split: axis -3 is outside -2..1 (x [3, 4])"},
    {{"chunk", CHUNK, MATRIX, .axis = 1, .start = 0},
     F1,
     FX_ERR_ARGUMENT,
     "chunk: 0 parts; at least one is needed (x [3, 4])"},
    {{"chunk", CHUNK, MATRIX, .axis = 2, .start = 2},
     F1,
     FX_ERR_SHAPE,
     "chunk: axis 2 is outside -2..1 (x [3, 4])"},
};

const case_family case_joins = {
    join_rows, NULL, join_errors, CASE_COUNT(join_rows), 0, CASE_COUNT(join_errors),
};
