/* SPDX-License-Identifier: MIT */
/* gather, scatter, scatter_add, scatter_won, index_select, embedding, one_hot. The index is the
 * last operand of a row. */
#include "cases.h"

static fx_tensor gather_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_gather(x[0], (int)row->axis, x[1]);
}

static fx_tensor scatter_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_scatter(x[0], (int)row->axis, x[2], x[1]);
}

static fx_tensor scatter_add_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_scatter_add(x[0], (int)row->axis, x[2], x[1]);
}

static fx_tensor index_select_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_index_select(x[0], (int)row->axis, x[1]);
}

static fx_tensor embedding_call(void *row, const fx_tensor *x) {
    return (void)row, fx_embedding(x[1], x[0]);
}

static fx_tensor one_hot_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    return fx_one_hot(x[0], row->stop, (fx_dtype)row->start);
}

/* The element of a whole where element e of a part belongs: k along the axis, else as in the part,
 * or at 0 where the whole repeats. */
static int64_t index_place(fx_shape whole, fx_shape part, int64_t axis, int64_t e, int64_t k) {
    int64_t place = 0, stride = 1;
    for (int d = part.rank - 1; d >= 0; d--) {
        const int own = d - (part.rank - whole.rank);
        if (own < 0) break;
        const int64_t at = d == axis ? k : e % part.dims[d];
        place += whole.dims[own] == 1 ? 0 : at * stride;
        stride *= whole.dims[own];
        e /= part.dims[d];
    }
    return place;
}

static int64_t index_target(const case_row *row, int64_t e, case_number k) {
    const fx_shape whole = row->x[0];
    const int64_t axis = row->axis < 0 ? row->axis + whole.rank : row->axis;
    return index_place(whole, row->x[row->n - 1], axis, e, (int64_t)creall(k));
}

static void gather_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][index_target(row, e, x[1][e])];
}

static void scatter_all(const case_row *row, const case_number *const *x, case_number *y,
                        bool add) {
    const fx_shape part = row->x[2];
    for (int64_t e = 0; e < case_numel(row->y); e++) y[e] = x[0][e];
    for (int64_t e = 0; e < case_numel(part); e++) {
        const case_number source = x[1][index_place(row->x[1], part, -1, e, 0)];
        const int64_t to = index_target(row, e, x[2][e]);
        y[to] = add ? y[to] + source : source;
    }
}

static void scatter_of(const case_row *row, const case_number *const *x, case_number *y) {
    scatter_all(row, x, y, false);
}

static void scatter_add_of(const case_row *row, const case_number *const *x, case_number *y) {
    scatter_all(row, x, y, true);
}

static void scatter_won_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t target = index_target(row, e, x[1][e]);
        y[e] = x[0][target];
        for (int64_t later = e + 1; later < case_numel(row->y); later++)
            if (index_target(row, later, x[1][later]) == target) y[e] = 0;
    }
}

static void index_select_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t axis = row->axis < 0 ? row->axis + row->y.rank : row->axis;
    int64_t inner = 1;
    for (int d = (int)axis + 1; d < row->y.rank; d++) inner *= row->y.dims[d];
    for (int64_t e = 0; e < case_numel(row->y); e++) {
        const int64_t k = (int64_t)creall(x[1][e / inner % row->y.dims[axis]]);
        y[e] = x[0][index_place(row->x[0], row->y, axis, e, k)];
    }
}

static void embedding_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t width = case_numel(row->x[0]) / row->x[0].dims[0];
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = x[0][(int64_t)creall(x[1][e / width]) * width + e % width];
}

static void one_hot_of(const case_row *row, const case_number *const *x, case_number *y) {
    for (int64_t e = 0; e < case_numel(row->y); e++)
        y[e] = (int64_t)creall(x[0][e / row->stop]) == e % row->stop;
}

#define GATHER .f = gather_call, .n = 2, .whole = 2, .of = gather_of
#define PUT    .f = scatter_call, .n = 3, .whole = 4, .of = scatter_of
#define ADD    .f = scatter_add_call, .n = 3, .whole = 4, .of = scatter_add_of, .ulps = 4, .sums = true
#define WON    .f = case_apply, .n = 2, .whole = 2, .of = scatter_won_of
#define SELECT .f = index_select_call, .n = 2, .whole = 2, .of = index_select_of
#define EMBED  .f = embedding_call, .n = 2, .whole = 2, .of = embedding_of, .made = true
#define HOT    .f = one_hot_call, .n = 1, .whole = 1, .of = one_hot_of, .flat = true, .made = true
#define OF(n)  .high = {0, n}
#define TO(n)  .high = {0, 0, n}

static const case_row index_rows[] = {
    {"gather", NULL, GATHER, .x = {{2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}}, .axis = 0, OF(3)},
    {"gather", "last", GATHER, .x = {{2, {3, 4}}, {2, {3, 6}}}, .y = {2, {3, 6}}, .axis = -1,
     OF(4)},
    {"gather", "a corner", GATHER, .x = {{2, {3, 4}}, {2, {2, 2}}}, .y = {2, {2, 2}}, .axis = 1,
     OF(4)},
    {"gather", "middle", GATHER, .x = {{3, {2, 3, 4}}, {3, {2, 5, 3}}}, .y = {3, {2, 5, 3}},
     .axis = 1, OF(3)},
    {"gather", "a line", GATHER, .x = {{1, {5}}, {1, {9}}}, .y = {1, {9}}, .axis = 0, OF(5)},
    {"gather", "one", GATHER, .x = {{1, {1}}, {1, {1}}}, .y = {1, {1}}, .axis = 0, OF(1)},
    {"gather", "one many times", GATHER, .x = {{2, {1, 3}}, {2, {4, 3}}}, .y = {2, {4, 3}},
     .axis = 0, OF(1)},
    {"gather", "of nothing", GATHER, .x = {{2, {0, 3}}, {2, {0, 2}}}, .y = {2, {0, 2}}, .axis = 1,
     OF(1)},
    {"gather", "nothing", GATHER, .x = {{2, {2, 3}}, {2, {2, 0}}}, .y = {2, {2, 0}}, .axis = 1,
     OF(1)},
    {"scatter", NULL, PUT, .x = {{2, {3, 4}}, {2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}},
     .axis = 0, TO(3)},
    {"scatter", "many for one", PUT, .x = {{2, {2, 3}}, {2, {7, 3}}, {2, {7, 3}}}, .y = {2, {2, 3}},
     .axis = -2, TO(2)},
    {"scatter", "last", PUT, .x = {{2, {3, 4}}, {2, {2, 5}}, {2, {2, 5}}}, .y = {2, {3, 4}},
     .axis = -1, TO(4)},
    {"scatter", "part of the source", PUT, .x = {{2, {3, 4}}, {2, {3, 4}}, {2, {2, 3}}},
     .y = {2, {3, 4}}, .axis = 1, TO(4)},
    {"scatter", "a number", PUT, .x = {{2, {3, 4}}, {0, {0}}, {2, {2, 3}}}, .y = {2, {3, 4}},
     .axis = 1, TO(4)},
    {"scatter", "a repeated row", PUT, .x = {{2, {3, 4}}, {1, {3}}, {2, {2, 3}}}, .y = {2, {3, 4}},
     .axis = 0, TO(3)},
    {"scatter", "one", PUT, .x = {{1, {1}}, {1, {1}}, {1, {1}}}, .y = {1, {1}}, .axis = 0, TO(1)},
    {"scatter", "nothing", PUT, .x = {{2, {0, 3}}, {2, {0, 2}}, {2, {0, 2}}}, .y = {2, {0, 3}},
     .axis = 1, TO(1)},
    {"scatter", "without a source", PUT, .x = {{1, {3}}, {1, {2}}, {1, {0}}}, .y = {1, {3}},
     .axis = 0, TO(1)},
    {"scatter_add", NULL, ADD, .x = {{2, {3, 4}}, {2, {3, 4}}, {2, {3, 4}}}, .y = {2, {3, 4}},
     .axis = 0, TO(3)},
    {"scatter_add", "many for one", ADD, .x = {{2, {2, 3}}, {2, {7, 3}}, {2, {7, 3}}},
     .y = {2, {2, 3}}, .axis = 0, TO(2)},
    {"scatter_add", "middle", ADD, .x = {{3, {2, 3, 4}}, {3, {2, 5, 2}}, {3, {2, 5, 2}}},
     .y = {3, {2, 3, 4}}, .axis = -2, TO(3)},
    {"scatter_add", "part of the source", ADD, .x = {{2, {3, 4}}, {2, {3, 4}}, {2, {2, 3}}},
     .y = {2, {3, 4}}, .axis = 1, TO(4)},
    {"scatter_add", "a number", ADD, .x = {{1, {4}}, {0, {0}}, {1, {9}}}, .y = {1, {4}}, .axis = 0,
     TO(4)},
    {"scatter_add", "one", ADD, .x = {{1, {1}}, {1, {1}}, {1, {1}}}, .y = {1, {1}}, .axis = 0,
     TO(1)},
    {"scatter_add", "nothing", ADD, .x = {{2, {0, 3}}, {2, {0, 2}}, {2, {0, 2}}}, .y = {2, {0, 3}},
     .axis = 1, TO(1)},
    {"scatter_won", NULL, WON, .x = {{2, {3, 4}}, {2, {5, 3}}}, .y = {2, {5, 3}}, OF(3),
     .attrs = {CASE_ATTR("axis", 0)}},
    {"scatter_won", "last", WON, .x = {{2, {3, 4}}, {2, {2, 6}}}, .y = {2, {2, 6}}, OF(4),
     .axis = 1, .attrs = {CASE_ATTR("axis", -1)}},
    {"scatter_won", "one", WON, .x = {{1, {1}}, {1, {1}}}, .y = {1, {1}}, OF(1),
     .attrs = {CASE_ATTR("axis", 0)}},
    {"scatter_won", "nothing", WON, .x = {{2, {0, 3}}, {2, {0, 2}}}, .y = {2, {0, 2}}, OF(1),
     .axis = 1, .attrs = {CASE_ATTR("axis", 1)}},
    {"index_select", NULL, SELECT, .x = {{2, {3, 4}}, {1, {5}}}, .y = {2, {5, 4}}, .axis = 0,
     OF(3)},
    {"index_select", "last", SELECT, .x = {{2, {3, 4}}, {1, {2}}}, .y = {2, {3, 2}}, .axis = -1,
     OF(4)},
    {"index_select", "middle", SELECT, .x = {{3, {2, 3, 2}}, {1, {4}}}, .y = {3, {2, 4, 2}},
     .axis = 1, OF(3)},
    {"index_select", "a line", SELECT, .x = {{1, {4}}, {1, {6}}}, .y = {1, {6}}, .axis = 0, OF(4)},
    {"index_select", "one", SELECT, .x = {{1, {1}}, {1, {1}}}, .y = {1, {1}}, .axis = 0, OF(1)},
    {"index_select", "of nothing", SELECT, .x = {{2, {0, 3}}, {1, {2}}}, .y = {2, {0, 2}},
     .axis = 1, OF(3)},
    {"index_select", "nothing", SELECT, .x = {{2, {3, 2}}, {1, {0}}}, .y = {2, {0, 2}}, .axis = 0,
     OF(3)},
    {"embedding", NULL, EMBED, .x = {{2, {5, 3}}, {1, {7}}}, .y = {2, {7, 3}}, OF(5)},
    {"embedding", "of a batch", EMBED, .x = {{2, {4, 3}}, {2, {2, 3}}}, .y = {3, {2, 3, 3}}, OF(4)},
    {"embedding", "of a number", EMBED, .x = {{2, {4, 3}}, {0, {0}}}, .y = {1, {3}}, OF(4)},
    {"embedding", "of matrices", EMBED, .x = {{3, {3, 2, 3}}, {1, {4}}}, .y = {3, {4, 2, 3}},
     OF(3)},
    {"embedding", "one", EMBED, .x = {{1, {1}}, {1, {1}}}, .y = {1, {1}}, OF(1)},
    {"embedding", "nothing", EMBED, .x = {{2, {3, 0}}, {1, {0}}}, .y = {2, {0, 0}}, OF(3)},
    {"one_hot", NULL, HOT, .x = {{1, {5}}}, .y = {2, {5, 4}}, .high = {4}, .start = FX_F64,
     .stop = 4},
    {"one_hot", "i64", HOT, .x = {{2, {2, 3}}}, .y = {3, {2, 3, 3}}, .high = {3}, .start = FX_I64,
     .stop = 3},
    {"one_hot", "bool", HOT, .x = {{1, {4}}}, .y = {2, {4, 2}}, .high = {2}, .start = FX_BOOL,
     .stop = 2},
    {"one_hot", "one", HOT, .x = {{0, {0}}}, .y = {1, {3}}, .high = {3}, .start = FX_F32,
     .stop = 3},
    {"one_hot", "nothing", HOT, .x = {{2, {0, 2}}}, .y = {3, {0, 2, 3}}, .high = {3},
     .start = FX_F64, .stop = 3},
};

#define FI                                                                                         \
    { FX_F64, FX_I64 }
#define FFI                                                                                        \
    { FX_F64, FX_F64, FX_I64 }

static const double index_negative[] = {0, 2, -1, 5}, index_far[] = {0, 1, 2, 3, 4, 1e15};

static const case_error index_errors[] = {
    {{"gather", GATHER, .x = {{1, {3}}, {1, {4}}}, .values = {NULL, index_negative}},
     FI,
     FX_ERR_DATA,
     "gather: index -1 at position 2 is outside 0..2 (x [3], index [4])"},
    {{"gather", GATHER, .x = {{2, {4, 2}}, {2, {3, 2}}}, .values = {NULL, index_far}},
     FI,
     FX_ERR_DATA,
     "gather: index 4 at position 4 is outside 0..3 (x [4, 2], index [3, 2])"},
    {{"gather", GATHER, .x = {{2, {2, 0}}, {2, {2, 1}}}, .axis = 1},
     FI,
     FX_ERR_DATA,
     "gather: index 1 at position 0 of an empty axis (x [2, 0], index [2, 1])"},
    {{"gather", GATHER, .x = {{2, {3, 4}}, {1, {3}}}},
     FI,
     FX_ERR_SHAPE,
     "gather: an index of rank 1 for a tensor of rank 2 (x [3, 4], index [3])"},
    {{"gather", GATHER, .x = {{2, {3, 4}}, {2, {3, 5}}}},
     FI,
     FX_ERR_SHAPE,
     "gather: index has 5 positions along axis 1, x only 4 (x [3, 4], index [3, 5])"},
    {{"gather", GATHER, .x = {{2, {3, 4}}, {2, {3, 4}}}, .axis = 2},
     FI,
     FX_ERR_SHAPE,
     "gather: axis 2 is outside -2..1 (x [3, 4], index [3, 4])"},
    {{"gather", GATHER, .x = {{0, {0}}, {0, {0}}}},
     FI,
     FX_ERR_SHAPE,
     "gather: axis 0 of a tensor of rank 0 (x [], index [])"},
    {{"gather", GATHER, .x = {{1, {3}}, {1, {3}}}},
     {FX_F64, FX_F64},
     FX_ERR_DTYPE,
     "gather: index is f64; an index is i64 (x [3], index [3])"},
    {{"scatter", PUT, .x = {{1, {3}}, {1, {4}}, {1, {4}}}, .values = {NULL, NULL, index_negative}},
     FFI,
     FX_ERR_DATA,
     "scatter: index -1 at position 2 is outside 0..2 (x [3], source [4], index [4])"},
    {{"scatter", PUT, .x = {{1, {3}}, {1, {2}}, {1, {3}}}},
     FFI,
     FX_ERR_SHAPE,
     "scatter: source has no element for each of index (x [3], source [2], index [3])"},
    {{"scatter", PUT, .x = {{1, {3}}, {2, {1, 3}}, {1, {3}}}},
     FFI,
     FX_ERR_SHAPE,
     "scatter: source has no element for each of index (x [3], source [1, 3], index [3])"},
    {{"scatter", PUT, .x = {{1, {3}}, {1, {3}}, {1, {3}}}},
     {FX_F64, FX_I64, FX_I64},
     FX_ERR_DTYPE,
     "scatter: source is i64 where x is f64; fx_cast it (x [3], source [3], index [3])"},
    {{"scatter", PUT, .x = {{2, {3, 2}}, {1, {3}}, {1, {3}}}},
     FFI,
     FX_ERR_SHAPE,
     "scatter: an index of rank 1 for a tensor of rank 2 (x [3, 2], source [3], index [3])"},
    {{"scatter_add", ADD, .x = {{1, {1}}, {1, {2}}, {1, {2}}}},
     FFI,
     FX_ERR_DATA,
     "scatter_add: index 1 at position 0 is outside 0..0 (x [1], source [2], index [2])"},
    {{"scatter_add", ADD, .x = {{2, {2, 2}}, {2, {2, 3}}, {2, {2, 3}}}},
     FFI,
     FX_ERR_SHAPE,
     "scatter_add: index has 3 positions along axis 1, x only 2 (x [2, 2], source [2, 3], index "
     "[2, 3])"},
    {{"scatter_add", ADD, .x = {{1, {3}}, {1, {3}}, {1, {3}}}},
     {FX_BOOL, FX_BOOL, FX_I64},
     FX_ERR_DTYPE,
     "scatter_add: operand x is bool, which the op does not take"},
    {{"scatter_won", WON, .x = {{1, {1}}, {1, {2}}}, .attrs = {CASE_ATTR("axis", 0)}},
     FI,
     FX_ERR_DATA,
     "scatter_won: index 1 at position 0 is outside 0..0 (x [1], index [2])"},
    {{"index_select", SELECT, .x = {{2, {2, 3}}, {1, {4}}}, .values = {NULL, index_negative}},
     FI,
     FX_ERR_DATA,
     "index_select: index 2 at position 1 is outside 0..1 (x [2, 3], index [4])"},
    {{"index_select", SELECT, .x = {{2, {0, 3}}, {1, {1}}}},
     FI,
     FX_ERR_DATA,
     "index_select: index 1 at position 0 of an empty axis (x [0, 3], index [1])"},
    {{"index_select", SELECT, .x = {{2, {2, 3}}, {2, {2, 2}}}},
     FI,
     FX_ERR_SHAPE,
     "index_select: an index of rank 2; fx_flatten it to a row of positions (x [2, 3], index [2, "
     "2])"},
    {{"index_select", SELECT, .x = {{2, {2, 3}}, {1, {2}}}, .axis = -3},
     FI,
     FX_ERR_SHAPE,
     "index_select: axis -3 is outside -2..1 (x [2, 3], index [2])"},
    {{"index_select", SELECT, .x = {{1, {2}}, {1, {2}}}},
     {FX_F64, FX_BOOL},
     FX_ERR_DTYPE,
     "index_select: index is bool; an index is i64 (x [2], index [2])"},
    {{"embedding", EMBED, .x = {{2, {4, 2}}, {2, {2, 3}}}, .values = {NULL, index_far}},
     FI,
     FX_ERR_DATA,
     "embedding: index 4 at position 4 is outside 0..3 (x [4, 2], index [6])"},
    {{"embedding", EMBED, .x = {{2, {4, 2}}, {8, {1, 1, 1, 1, 1, 1, 1, 1}}}},
     FI,
     FX_ERR_SHAPE,
     "embedding: ranks 8 of index and 2 of weight give one of 9; at most 8 is possible (weight [4, "
     "2], index [1, 1, 1, 1, 1, 1, 1, 1])"},
    {{"embedding", EMBED, .x = {{0, {0}}, {1, {2}}}},
     FI,
     FX_ERR_SHAPE,
     "embedding: axis 0 of a tensor of rank 0 (x [], index [2])"},
    {{"one_hot", HOT, .x = {{1, {2}}}, .start = FX_F64, .stop = 1},
     {FX_I64},
     FX_ERR_DATA,
     "one_hot: index 1 at position 0 is outside 0..0 (x [2, 1], source [], index [2, 1])"},
    {{"one_hot", HOT, .x = {{1, {2}}}, .start = FX_F64, .stop = 3},
     {FX_F64},
     FX_ERR_DTYPE,
     "one_hot: index is f64; an index is i64 (x [2, 3], source [], index [2, 1])"},
    {{"one_hot", HOT, .x = {{1, {2}}}, .start = FX_F64, .stop = -1},
     {FX_I64},
     FX_ERR_SHAPE,
     "input: shape [2, -1] has a negative size"},
    {{"one_hot", HOT, .x = {{8, {1, 1, 1, 1, 1, 1, 1, 1}}}, .start = FX_F64, .stop = 2},
     {FX_I64},
     FX_ERR_SHAPE,
     "one_hot: x has rank 8 already, the most there is (x [1, 1, 1, 1, 1, 1, 1, 1])"},
};

const case_family case_index = {
    index_rows, NULL, index_errors, CASE_COUNT(index_rows), 0, CASE_COUNT(index_errors),
};
