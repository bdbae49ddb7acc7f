/* SPDX-License-Identifier: MIT */
/* reshape, permute, transpose, broadcast_to, concat, cast. */
#include "cases.h"

static fx_tensor reshape_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_reshape(x[0], row->shape);
}

static fx_tensor permute_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_permute(x[0], row->shape);
}

static fx_tensor transpose_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_transpose(x[0], (int)row->start, (int)row->stop);
}

/* A reshape of what is not dense copies. */
static fx_tensor turned_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_reshape(fx_transpose(x[0], 0, 1), row->shape);
}

static fx_tensor broadcast_to_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_broadcast_to(x[0], row->shape);
}

static fx_tensor concat_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_concat(row->n, x, (int)row->axis);
}

/* To the other floating dtype and back. */
static fx_tensor cast_call(void *row, const fx_tensor *x) {
    const fx_dtype dtype = fx_tensor_dtype(x[0]);
    return (void)row, fx_cast(fx_cast(x[0], dtype == FX_F32 ? FX_F64 : FX_F32), dtype);
}

static fx_tensor cast_to_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_cast(x[0], (fx_dtype)row->start);
}

static case_number same_at(const case_row *row, const case_number *z) { return (void)row, z[0]; }

static void same_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][e];
}

/* y[i0, i1, ..] = x, dimension d of y being dimension axes[d] of x. */
static void permuted(fx_shape from, fx_shape axes, const case_number *x, case_number *y) {
    int64_t strides[FX_MAX_RANK], next = 1;
    for (int d = from.rank - 1; d >= 0; next *= from.dims[d--]) strides[d] = next;
    for (int64_t e = 0; e < case_numel(from); e++) {
        int64_t rest = e, place = 0;
        for (int d = from.rank - 1; d >= 0; d--) {
            const int64_t axis = axes.dims[d] < 0 ? axes.dims[d] + from.rank : axes.dims[d];
            place += rest % from.dims[axis] * strides[axis];
            rest /= from.dims[axis];
        }
        y[e] = x[place];
    }
}

static void permute_of(const case_row *row, const case_number *const *x, case_number *y) {
    permuted(row->x[0], row->shape, x[0], y);
}

static void turned_of(const case_row *row, const case_number *const *x, case_number *y) {
    permuted(row->x[0], fx_shape2(1, 0), x[0], y);
}

static void broadcast_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][case_broadcast(row->x[0], row->y, e)];
}

static void concat_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int axis = (int)(row->axis < 0 ? row->axis + row->y.rank : row->axis);
    int64_t outer = 1, inner = 1;
    for (int d = 0; d < axis; d++) outer *= row->y.dims[d];
    for (int d = axis + 1; d < row->y.rank; d++) inner *= row->y.dims[d];
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < row->n; i++) {
            const int64_t run = row->x[i].dims[axis] * inner;
            for (int64_t k = 0; k < run; k++) *y++ = x[i][o * run + k];
        }
}

#define RESHAPE .f = reshape_call, .n = 1, .of = same_of
#define PERMUTE .f = permute_call, .n = 1, .of = permute_of
#define SWAP    .f = transpose_call, .n = 1, .of = permute_of /* .shape says what must come */
#define REPEAT  .f = broadcast_to_call, .n = 1, .of = broadcast_of
#define CONCAT  .f = concat_call, .of = concat_of
#define BLOCK   .x = {{3, {2, 3, 4}}}
#define MATRIX  .x = {{2, {3, 4}}}

static const case_row shape_rows[] = {
    {"reshape", NULL, RESHAPE, MATRIX, .y = {2, {2, 6}}, .shape = {2, {2, 6}}},
    {"reshape", "the rest", RESHAPE, MATRIX, .y = {3, {2, 3, 2}}, .shape = {3, {2, -1, 2}}},
    {"reshape", "flat", RESHAPE, MATRIX, .y = {1, {12}}, .shape = {1, {-1}}},
    {"reshape", "to a number", RESHAPE, .x = {{2, {1, 1}}}, .y = {0, {0}}, .shape = {0, {0}}},
    {"reshape", "from a number", RESHAPE, .x = {{0, {0}}}, .y = {1, {1}}, .shape = {1, {-1}}},
    {"reshape", "nothing", RESHAPE, .x = {{2, {0, 3}}}, .y = {2, {5, 0}}, .shape = {2, {5, 0}}},
    {"reshape", "nothing, the rest", RESHAPE, .x = {{2, {0, 3}}}, .y = {2, {3, 0}},
     .shape = {2, {3, -1}}},
    {"reshape", "of a view", turned_call, 1, .of = turned_of, MATRIX, .y = {2, {2, 6}},
     .shape = {2, {2, 6}}, .made = true},
    {"permute", NULL, PERMUTE, BLOCK, .y = {3, {4, 2, 3}}, .shape = {3, {2, 0, 1}}},
    {"permute", "negative", PERMUTE, BLOCK, .y = {3, {3, 4, 2}}, .shape = {3, {-2, -1, 0}}},
    {"permute", "a number", PERMUTE, .x = {{0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}},
    {"permute", "nothing", PERMUTE, .x = {{2, {0, 3}}}, .y = {2, {3, 0}}, .shape = {2, {1, 0}}},
    {"transpose", NULL, SWAP, MATRIX, .y = {2, {4, 3}}, .shape = {2, {1, 0}}, .start = 0,
     .stop = 1},
    {"transpose", "negative", SWAP, BLOCK, .y = {3, {2, 4, 3}}, .shape = {3, {0, 2, 1}},
     .start = -1, .stop = -2},
    {"transpose", "ends", SWAP, BLOCK, .y = {3, {4, 3, 2}}, .shape = {3, {2, 1, 0}}, .start = 0,
     .stop = -1},
    {"transpose", "itself", SWAP, BLOCK, .y = {3, {2, 3, 4}}, .shape = {3, {0, 1, 2}}, .start = 1,
     .stop = -2},
    {"transpose", "one", SWAP, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .shape = {2, {1, 0}},
     .start = 0, .stop = 1},
    {"transpose", "nothing", SWAP, .x = {{2, {0, 3}}}, .y = {2, {3, 0}}, .shape = {2, {1, 0}},
     .start = 0, .stop = 1},
    {"broadcast_to", NULL, REPEAT, .x = {{2, {3, 1}}}, .y = {3, {2, 3, 4}},
     .shape = {3, {2, 3, 4}}},
    {"broadcast_to", "a number", REPEAT, .x = {{0, {0}}}, .y = {2, {2, 3}}, .shape = {2, {2, 3}}},
    {"broadcast_to", "itself", REPEAT, MATRIX, .y = {2, {3, 4}}, .shape = {2, {3, 4}}},
    {"broadcast_to", "to nothing", REPEAT, .x = {{2, {1, 3}}}, .y = {2, {0, 3}},
     .shape = {2, {0, 3}}},
    {"broadcast_to", "nothing", REPEAT, .x = {{2, {0, 1}}}, .y = {2, {0, 3}}, .shape = {2, {0, 3}}},
    {"concat", "of one", CONCAT, .n = 1, MATRIX, .y = {2, {3, 4}}, .axis = 1},
    {"concat", "of two", CONCAT, .n = 2, .x = {{2, {3, 4}}, {2, {2, 4}}}, .y = {2, {5, 4}},
     .axis = 0},
    {"concat", "of three", CONCAT, .n = 3, .x = {{3, {2, 1, 3}}, {3, {2, 2, 3}}, {3, {2, 3, 3}}},
     .y = {3, {2, 6, 3}}, .axis = -2},
    {"concat", "last", CONCAT, .n = 2, .x = {{2, {3, 4}}, {2, {3, 1}}}, .y = {2, {3, 5}},
     .axis = -1},
    {"concat", "equal", CONCAT, .n = 2, .x = {{2, {3, 2}}, {2, {3, 2}}}, .y = {2, {3, 4}},
     .axis = 1},
    {"concat", "with nothing", CONCAT, .n = 3, .x = {{2, {3, 2}}, {2, {3, 0}}, {2, {3, 1}}},
     .y = {2, {3, 3}}, .axis = 1},
    {"concat", "nothing", CONCAT, .n = 2, .x = {{2, {0, 2}}, {2, {0, 1}}}, .y = {2, {0, 3}},
     .axis = 1},
    {"concat", "ones", CONCAT, .n = 2, .x = {{1, {1}}, {1, {1}}}, .y = {1, {2}}, .axis = 0},
    {"cast", NULL, cast_call, 1, MATRIX, .y = {2, {3, 4}}, .at = same_at,
     .ulps = 0x1p28, /* of f64: half a unit of f32 */
     .step = 0.25},  /* linear, so that a long step costs nothing and hides the rounding */
};

#define F1                                                                                         \
    { FX_F64 }
#define F2                                                                                         \
    { FX_F64, FX_F64 }

static const case_error shape_errors[] = {
    {{"reshape", RESHAPE, MATRIX, .shape = {2, {5, 2}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: 12 elements do not fill a shape of 10 (x [3, 4])"},
    {{"reshape", RESHAPE, MATRIX, .shape = {2, {5, -1}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: 12 elements do not fill a shape of 5 times the size that is -1 (x [3, 4])"},
    {{"reshape", RESHAPE, MATRIX, .shape = {2, {-1, -1}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: size -1 at 1; sizes are not negative, but for one -1 (x [3, 4])"},
    {{"reshape", RESHAPE, MATRIX, .shape = {1, {-2}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: size -2 at 0; sizes are not negative, but for one -1 (x [3, 4])"},
    {{"reshape", RESHAPE, MATRIX, .shape = {2, {INT64_MAX, INT64_MAX}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: the sizes' product is too large (x [3, 4])"},
    {{"reshape", RESHAPE, MATRIX, .shape = {9, {0}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: a shape of rank 9; at most 8 is possible (x [3, 4])"},
    {{"reshape", RESHAPE, .x = {{2, {0, 3}}}, .shape = {2, {0, -1}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: 0 elements do not fill a shape of 0 times the size that is -1 (x [0, 3])"},
    {{"reshape", RESHAPE, .x = {{2, {0, 3}}}, .shape = {3, {0, 1LL << 40, 1LL << 40}}},
     F1,
     FX_ERR_SHAPE,
     "reshape: the sizes' product is too large (x [0, 3])"},
    {{"permute", PERMUTE, MATRIX, .shape = {3, {0, 1, 2}}},
     F1,
     FX_ERR_SHAPE,
     "permute: 3 axes for a tensor of rank 2 (x [3, 4])"},
    {{"permute", PERMUTE, MATRIX, .shape = {2, {1, -1}}},
     F1,
     FX_ERR_SHAPE,
     "permute: axis -1 is named twice (x [3, 4])"},
    {{"permute", PERMUTE, MATRIX, .shape = {2, {0, 2}}},
     F1,
     FX_ERR_SHAPE,
     "permute: axis 2 is outside -2..1 (x [3, 4])"},
    {{"transpose", SWAP, MATRIX, .start = 0, .stop = 2},
     F1,
     FX_ERR_SHAPE,
     "transpose: axis 2 is outside -2..1 (x [3, 4])"},
    {{"transpose", SWAP, .x = {{0, {0}}}, .start = 0, .stop = 1},
     F1,
     FX_ERR_SHAPE,
     "transpose: axis 0 of a tensor of rank 0 (x [])"},
    {{"transpose", SWAP, MATRIX, .start = 5, .stop = 7},
     F1,
     FX_ERR_SHAPE,
     "transpose: axis 5 is outside -2..1 (x [3, 4])"},
    {{"transpose", SWAP, MATRIX, .start = -3, .stop = 0},
     F1,
     FX_ERR_SHAPE,
     "transpose: axis -3 is outside -2..1 (x [3, 4])"},
    {{"broadcast_to", REPEAT, MATRIX, .shape = {2, {3, 5}}},
     F1,
     FX_ERR_SHAPE,
     "broadcast_to: x does not broadcast to the shape asked for (x [3, 4])"},
    {{"broadcast_to", REPEAT, MATRIX, .shape = {1, {4}}},
     F1,
     FX_ERR_SHAPE,
     "broadcast_to: x does not broadcast to the shape asked for (x [3, 4])"},
    {{"concat", CONCAT, .n = 2, .x = {{2, {3, 4}}, {2, {3, 5}}}, .axis = 0},
     F2,
     FX_ERR_SHAPE,
     "concat: operand 1 differs from the first besides along axis 0 (x0 [3, 4], x1 [3, 5])"},
    {{"concat", CONCAT, .n = 2, .x = {{2, {3, 4}}, {1, {4}}}, .axis = 0},
     F2,
     FX_ERR_SHAPE,
     "concat: operand 1 differs from the first besides along axis 0 (x0 [3, 4], x1 [4])"},
    {{"concat", CONCAT, .n = 2, .x = {{2, {3, 4}}, {2, {3, 4}}}, .axis = 2},
     F2,
     FX_ERR_SHAPE,
     "concat: axis 2 is outside -2..1 (x0 [3, 4], x1 [3, 4])"},
    {{"concat", CONCAT, .n = 2, .x = {{0, {0}}, {0, {0}}}, .axis = 0},
     F2,
     FX_ERR_SHAPE,
     "concat: axis 0 of a tensor of rank 0 (x0 [], x1 [])"},
    {{"concat", CONCAT, .n = 2, .x = {{1, {2}}, {1, {2}}}, .axis = 0},
     {FX_I64, FX_F64},
     FX_ERR_DTYPE,
     "concat: operand 1 is f64 where the first is i64; fx_cast it (x0 [2], x1 [2])"},
    {{"cast", .f = cast_to_call, .n = 1, MATRIX, .start = 4},
     F1,
     FX_ERR_DTYPE,
     "cast: there is no dtype 4 (x [3, 4])"},
};

const case_family case_shapes = {
    shape_rows, NULL, shape_errors, CASE_COUNT(shape_rows), 0, CASE_COUNT(shape_errors),
};
