/* SPDX-License-Identifier: MIT */
/* flip, roll, repeat, tile, tril, triu, diagonal, diag_embed. */
#include "cases.h"

static fx_tensor flip_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_flip(x[0], row->shape);
}

static fx_tensor roll_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_roll(x[0], (int)row->axis, row->start);
}

static fx_tensor repeat_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_repeat(x[0], row->shape);
}

static fx_tensor tile_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_tile(x[0], row->shape);
}

static fx_tensor tril_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_tril(x[0], row->start);
}

static fx_tensor triu_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_triu(x[0], row->start);
}

static fx_tensor diagonal_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_diagonal(x[0], row->start, (int)row->axis, (int)row->stop);
}

static fx_tensor diag_embed_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_diag_embed(x[0], row->start, (int)row->axis, (int)row->stop);
}

/* Positions of element e of a shape. */
static void tile_positions(fx_shape shape, int64_t e, int64_t *at) {
    for (int d = shape.rank - 1; d >= 0; e /= shape.dims[d--]) at[d] = e % shape.dims[d];
}

static int64_t tile_element(fx_shape shape, const int64_t *at) {
    int64_t e = 0;
    for (int d = 0; d < shape.rank; d++) e = e * shape.dims[d] + at[d];
    return e;
}

static void flip_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        int64_t at[FX_MAX_RANK];
        tile_positions(row->y, e, at);
        for (int i = 0; i < row->shape.rank; i++) {
            const int64_t asked = row->shape.dims[i], d = asked < 0 ? asked + row->y.rank : asked;
            at[d] = row->y.dims[d] - 1 - at[d];
        }
        y[e] = x[0][tile_element(row->y, at)];
    }
}

static void roll_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t d = row->axis < 0 ? row->axis + row->y.rank : row->axis;
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        int64_t at[FX_MAX_RANK];
        const int64_t size = row->y.dims[d];
        tile_positions(row->y, e, at);
        at[d] = (at[d] + row->start % size + size) % size;
        y[tile_element(row->y, at)] = x[0][e];
    }
}

static void tile_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int lead = row->y.rank - row->x[0].rank;
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        int64_t at[FX_MAX_RANK];
        tile_positions(row->y, e, at);
        for (int d = lead; d < row->y.rank; d++) at[d] %= row->x[0].dims[d - lead];
        y[e] = x[0][tile_element(row->x[0], at + lead)];
    }
}

static void triangle_of(const case_row *row, const case_number *const *x, case_number *y,
                        bool lower) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        int64_t at[FX_MAX_RANK];
        tile_positions(row->y, e, at);
        const int64_t above = at[row->y.rank - 1] - at[row->y.rank - 2];
        y[e] = (lower ? above <= row->start : above >= row->start) ? x[0][e] : 0;
    }
}

static void tril_of(const case_row *row, const case_number *const *x, case_number *y) {
    triangle_of(row, x, y, true);
}

static void triu_of(const case_row *row, const case_number *const *x, case_number *y) {
    triangle_of(row, x, y, false);
}

/* For each element of the diagonals its place in the whole. */
static int64_t diagonal_element(const case_row *row, fx_shape whole, fx_shape part, int64_t e) {
    const int64_t axis = row->axis < 0 ? row->axis + whole.rank : row->axis;
    const int64_t other = row->stop < 0 ? row->stop + whole.rank : row->stop;
    int64_t at[FX_MAX_RANK], in[FX_MAX_RANK];
    tile_positions(part, e, at);
    for (int d = 0, k = 0; d < whole.rank; d++)
        if (d != axis && d != other) in[d] = at[k++];
    in[axis] = at[part.rank - 1] - (row->start < 0 ? row->start : 0);
    in[other] = at[part.rank - 1] + (row->start > 0 ? row->start : 0);
    return tile_element(whole, in);
}

static void diagonal_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][diagonal_element(row, row->x[0], row->y, e)];
}

static void diag_embed_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = 0;
    for (int64_t e = 0; e < case_numel(row->x[0]); e++)
        y[diagonal_element(row, row->y, row->x[0], e)] = x[0][e];
}

#define FLIP     .f = flip_call, .n = 1, .of = flip_of
#define ROLL     .f = roll_call, .n = 1, .of = roll_of
#define REPEAT   .f = repeat_call, .n = 1, .of = tile_of
#define TILE     .f = tile_call, .n = 1, .of = tile_of
#define TRIL     .f = tril_call, .n = 1, .of = tril_of
#define TRIU     .f = triu_call, .n = 1, .of = triu_of
#define DIAGONAL .f = diagonal_call, .n = 1, .of = diagonal_of
#define EMBED    .f = diag_embed_call, .n = 1, .of = diag_embed_of
#define MATRIX   .x = {{2, {3, 4}}}
#define SAME     .y = {2, {3, 4}}
#define BLOCK    .x = {{3, {2, 3, 4}}}
#define LAST     .axis = -2, .stop = -1

static const case_row tile_rows[] = {
    {"flip", NULL, FLIP, MATRIX, SAME, .shape = {1, {0}}},
    {"flip", "last", FLIP, MATRIX, SAME, .shape = {1, {-1}}},
    {"flip", "two", FLIP, BLOCK, .y = {3, {2, 3, 4}}, .shape = {2, {2, 0}}},
    {"flip", "no axis", FLIP, MATRIX, SAME, .shape = {0, {0}}},
    {"flip", "one", FLIP, .x = {{1, {1}}}, .y = {1, {1}}, .shape = {1, {0}}},
    {"flip", "nothing", FLIP, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .shape = {2, {0, 1}}},
    {"roll", NULL, ROLL, MATRIX, SAME, .axis = 1, .start = 1},
    {"roll", "back", ROLL, MATRIX, SAME, .axis = -2, .start = -1},
    {"roll", "far", ROLL, MATRIX, SAME, .axis = 0, .start = INT64_MAX},
    {"roll", "far back", ROLL, MATRIX, SAME, .axis = 0, .start = INT64_MIN},
    {"roll", "round", ROLL, MATRIX, SAME, .axis = 1, .start = 8},
    {"roll", "one", ROLL, .x = {{1, {1}}}, .y = {1, {1}}, .axis = 0, .start = 3},
    {"roll", "nothing", ROLL, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .axis = 0, .start = 1},
    {"repeat", NULL, REPEAT, .x = {{2, {2, 3}}}, .y = {2, {6, 6}}, .shape = {2, {3, 2}}},
    {"repeat", "new axes", REPEAT, .x = {{1, {3}}}, .y = {3, {2, 2, 6}}, .shape = {3, {2, 2, 2}}},
    {"repeat", "once", REPEAT, MATRIX, SAME, .shape = {2, {1, 1}}},
    {"repeat", "never", REPEAT, MATRIX, .y = {2, {3, 0}}, .shape = {2, {1, 0}}},
    {"repeat", "a number", REPEAT, .x = {{0, {0}}}, .y = {1, {4}}, .shape = {1, {4}}},
    {"repeat", "of rank 8", REPEAT, .x = {{8, {1, 2, 1, 1, 1, 1, 2, 1}}},
     .y = {8, {2, 2, 1, 1, 1, 1, 4, 3}}, .shape = {8, {2, 1, 1, 1, 1, 1, 2, 3}}},
    {"repeat", "nothing", REPEAT, .x = {{2, {0, 3}}}, .y = {2, {0, 6}}, .shape = {2, {2, 2}}},
    {"tile", NULL, TILE, .x = {{2, {2, 3}}}, .y = {2, {2, 6}}, .shape = {1, {2}}},
    {"tile", "new axes", TILE, .x = {{1, {3}}}, .y = {2, {2, 9}}, .shape = {2, {2, 3}}},
    {"tile", "no axis", TILE, MATRIX, SAME, .shape = {0, {0}}},
    {"tile", "one", TILE, .x = {{0, {0}}}, .y = {0, {0}}, .shape = {0, {0}}},
    {"tile", "nothing", TILE, .x = {{1, {0}}}, .y = {2, {3, 0}}, .shape = {2, {3, 2}}},
    {"tril", NULL, TRIL, MATRIX, SAME, .start = 0},
    {"tril", "above", TRIL, MATRIX, SAME, .start = 1},
    {"tril", "below", TRIL, MATRIX, SAME, .start = -2},
    {"tril", "all", TRIL, MATRIX, SAME, .start = INT64_MAX},
    {"tril", "none", TRIL, MATRIX, SAME, .start = INT64_MIN},
    {"tril", "of a batch", TRIL, .x = {{3, {2, 3, 3}}}, .y = {3, {2, 3, 3}}, .start = 0},
    {"tril", "one", TRIL, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .start = 0},
    {"tril", "nothing", TRIL, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .start = 0},
    {"tril", "no columns", TRIL, .x = {{2, {3, 0}}}, .y = {2, {3, 0}}, .start = 0},
    {"triu", NULL, TRIU, MATRIX, SAME, .start = 0},
    {"triu", "above", TRIU, MATRIX, SAME, .start = 2},
    {"triu", "below", TRIU, MATRIX, SAME, .start = -1},
    {"triu", "all", TRIU, MATRIX, SAME, .start = INT64_MIN},
    {"triu", "none", TRIU, MATRIX, SAME, .start = INT64_MAX},
    {"triu", "of a batch", TRIU, .x = {{3, {2, 3, 3}}}, .y = {3, {2, 3, 3}}, .start = 1},
    {"triu", "one", TRIU, .x = {{2, {1, 1}}}, .y = {2, {1, 1}}, .start = 0},
    {"triu", "nothing", TRIU, .x = {{2, {0, 3}}}, .y = {2, {0, 3}}, .start = 0},
    {"diagonal", NULL, DIAGONAL, MATRIX, .y = {1, {3}}, .axis = 0, .stop = 1, .start = 0},
    {"diagonal", "above", DIAGONAL, MATRIX, .y = {1, {2}}, LAST, .start = 2},
    {"diagonal", "below", DIAGONAL, MATRIX, .y = {1, {2}}, LAST, .start = -1},
    {"diagonal", "turned", DIAGONAL, MATRIX, .y = {1, {2}}, .axis = 1, .stop = 0, .start = 1},
    {"diagonal", "of a batch", DIAGONAL, BLOCK, .y = {2, {2, 3}}, LAST, .start = 1},
    {"diagonal", "of outer axes", DIAGONAL, BLOCK, .y = {2, {3, 2}}, .axis = 0, .stop = 2,
     .start = 1},
    {"diagonal", "far above", DIAGONAL, MATRIX, .y = {1, {0}}, LAST, .start = INT64_MAX},
    {"diagonal", "far below", DIAGONAL, MATRIX, .y = {1, {0}}, LAST, .start = INT64_MIN},
    {"diagonal", "one", DIAGONAL, .x = {{2, {1, 1}}}, .y = {1, {1}}, LAST, .start = 0},
    {"diagonal", "nothing", DIAGONAL, .x = {{2, {0, 3}}}, .y = {1, {0}}, LAST, .start = 0},
    {"diag_embed", NULL, EMBED, .x = {{1, {3}}}, .y = {2, {3, 3}}, LAST, .start = 0},
    {"diag_embed", "above", EMBED, .x = {{1, {3}}}, .y = {2, {4, 4}}, LAST, .start = 1},
    {"diag_embed", "below", EMBED, .x = {{1, {2}}}, .y = {2, {4, 4}}, LAST, .start = -2},
    {"diag_embed", "of a batch", EMBED, .x = {{2, {2, 3}}}, .y = {3, {2, 3, 3}}, LAST, .start = 0},
    {"diag_embed", "outer axes", EMBED, .x = {{2, {2, 3}}}, .y = {3, {4, 2, 4}}, .axis = 0,
     .stop = 2, .start = 1},
    {"diag_embed", "turned", EMBED, .x = {{2, {2, 2}}}, .y = {3, {3, 3, 2}}, .axis = 1, .stop = 0,
     .start = 1},
    {"diag_embed", "one", EMBED, .x = {{1, {1}}}, .y = {2, {1, 1}}, LAST, .start = 0},
    {"diag_embed", "nothing", EMBED, .x = {{1, {0}}}, .y = {2, {2, 2}}, LAST, .start = 2},
};

#define F1                                                                                         \
    { FX_F64 }

static const case_error tile_errors[] = {
    {{"flip", FLIP, MATRIX, .shape = {1, {2}}},
     F1,
     FX_ERR_SHAPE,
     "flip: axis 2 is outside -2..1 (x [3, 4])"},
    {{"flip", FLIP, MATRIX, .shape = {2, {1, -1}}},
     F1,
     FX_ERR_SHAPE,
     "flip: axis -1 is named twice (x [3, 4])"},
    {{"flip", FLIP, MATRIX, .shape = {9, {0}}},
     F1,
     FX_ERR_SHAPE,
     "flip: 9 axes; at most 8 are possible (x [3, 4])"},
    {{"roll", ROLL, MATRIX, .axis = 2, .start = 1},
     F1,
     FX_ERR_SHAPE,
     "roll: axis 2 is outside -2..1 (x [3, 4])"},
    {{"repeat", REPEAT, MATRIX, .shape = {1, {2}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: 1 numbers of copies for 2 axes; fx_tile leaves the first axes alone (x [3, 4])"},
    {{"repeat", REPEAT, MATRIX, .shape = {2, {1, -1}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: -1 copies along axis 1 of size 4; copies are counted from 0 (x [3, 4])"},
    {{"repeat", REPEAT, MATRIX, .shape = {2, {1, INT64_MAX}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: 9223372036854775807 copies along axis 1 of size 4 are too large to count (x [3, 4])"},
    {{"repeat", REPEAT, MATRIX, .shape = {2, {1, 1LL << 60}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: shape [3, 1152921504606846976, 4] is too large to count"},
    {{"repeat", REPEAT, MATRIX, .shape = {9, {0}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: 9 numbers of copies; at most 8 are possible (x [3, 4])"},
    {{"repeat", REPEAT, .x = {{2, {0, 1}}}, .shape = {3, {1LL << 40, 1, 1LL << 40}}},
     F1,
     FX_ERR_SHAPE,
     "repeat: the sizes' product is too large (x [1, 1099511627776, 0])"},
    {{"tile", TILE, MATRIX, .shape = {-1, {0}}},
     F1,
     FX_ERR_SHAPE,
     "tile: -1 numbers of copies; at most 8 are possible (x [3, 4])"},
    {{"tile", TILE, MATRIX, .shape = {1, {-2}}},
     F1,
     FX_ERR_SHAPE,
     "tile: -2 copies along axis 1 of size 4; copies are counted from 0 (x [3, 4])"},
    {{"tril", TRIL, .x = {{1, {3}}}},
     F1,
     FX_ERR_SHAPE,
     "tril: a tensor of rank 1 has no matrix (x [3])"},
    {{"triu", TRIU, .x = {{0, {0}}}},
     F1,
     FX_ERR_SHAPE,
     "triu: a tensor of rank 0 has no matrix (x [])"},
    {{"diagonal", DIAGONAL, MATRIX, .axis = 1, .stop = -1},
     F1,
     FX_ERR_SHAPE,
     "diagonal: axis -1 is named twice (x [3, 4])"},
    {{"diagonal", DIAGONAL, .x = {{1, {3}}}, LAST},
     F1,
     FX_ERR_SHAPE,
     "diagonal: axis -2 is outside -1..0 (x [3])"},
    {{"diagonal", DIAGONAL, MATRIX, .axis = 0, .stop = 2},
     F1,
     FX_ERR_SHAPE,
     "diagonal: axis 2 is outside -2..1 (x [3, 4])"},
    {{"diag_embed", EMBED, .x = {{0, {0}}}, LAST},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: x has rank 0; 1 to 7 are possible (x [])"},
    {{"diag_embed", EMBED, .x = {{8, {1, 1, 1, 1, 1, 1, 1, 1}}}, LAST},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: x has rank 8; 1 to 7 are possible (x [1, 1, 1, 1, 1, 1, 1, 1])"},
    {{"diag_embed", EMBED, .x = {{1, {3}}}, LAST, .start = INT64_MIN},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: offset -9223372036854775808 is too large to count (x [3])"},
    {{"diag_embed", EMBED, .x = {{1, {3}}}, LAST, .start = INT64_MAX},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: offset 9223372036854775807 is too large to count (x [3])"},
    {{"diag_embed", EMBED, .x = {{1, {3}}}, LAST, .start = 1LL << 40},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: shape [1099511627779, 1099511627779] is too large to count"},
    {{"diag_embed", EMBED, .x = {{1, {3}}}, .axis = 0, .stop = 2},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: axis 2 is outside -2..1 (x [3])"},
    {{"diag_embed", EMBED, .x = {{1, {3}}}, .axis = 1, .stop = -1},
     F1,
     FX_ERR_SHAPE,
     "diag_embed: axis -1 is named twice (x [3])"},
};

const case_family case_tiles = {
    tile_rows, NULL, tile_errors, CASE_COUNT(tile_rows), 0, CASE_COUNT(tile_errors),
};
