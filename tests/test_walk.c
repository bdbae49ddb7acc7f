/* SPDX-License-Identifier: MIT */
/* A walk visits what nested loops visit, in the same order, in rows as long as can be. */
#include "kernel_data.h"
#include "support.h"

enum { WALK_CENTRE = 4000, WALK_MOST = 8000 };

/* The offset of element number i, counted in row-major order. */
static int64_t walk_offset(fx_shape shape, const int64_t *strides, int64_t i) {
    int64_t offset = 0;
    for (int32_t d = shape.rank - 1; d >= 0; d--) {
        offset += i % shape.dims[d] * strides[d];
        i /= shape.dims[d];
    }
    return offset;
}

static int64_t walk_numel(fx_shape shape) {
    int64_t numel = 1;
    for (int32_t d = 0; d < shape.rank; d++) numel *= shape.dims[d];
    return numel;
}

/* Rows that a walk takes; checks every offset on the way. */
static int walk_rows(fx_shape shape, int n, const int64_t *const *strides) {
    fx_walk w;
    int rows = 0;
    int64_t i = 0;
    for (bool more = fx_walk_begin(&w, shape, n, strides); more; more = fx_walk_next(&w), rows++)
        for (int64_t at = 0; at < w.length; at++, i++)
            for (int j = 0; j < n; j++)
                CHECK(w.offset[j] + at * w.step[j] == walk_offset(shape, strides[j], i));
    CHECK(i == walk_numel(shape));
    return rows;
}

static void walk_dense(fx_shape shape, int64_t *strides) {
    int64_t stride = 1;
    for (int32_t d = shape.rank - 1; d >= 0; d--) {
        strides[d] = stride;
        stride *= shape.dims[d];
    }
}

static void walk_shuffle(uint64_t *state, int n, int *order) {
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)(data_next(state) % (uint64_t)(i + 1)), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

/* Dense in some order of the dimensions, some of them repeated or backwards. */
static void walk_random_strides(uint64_t *state, fx_shape shape, int64_t *strides) {
    int order[FX_MAX_RANK];
    int64_t stride = 1;
    const bool straight = data_next(state) % 2;
    walk_shuffle(state, shape.rank, order);
    for (int i = shape.rank - 1; i >= 0; i--) {
        const int d = straight ? i : order[i];
        const uint64_t kind = data_next(state) % 8;
        strides[d] = kind == 0 ? 0 : kind == 1 ? -stride : stride;
        stride *= shape.dims[d] + (kind == 2);
    }
}

static fx_shape walk_random_shape(uint64_t *state, int most) {
    fx_shape shape = {(int32_t)(data_next(state) % (unsigned)(most + 1)), {0}};
    for (int32_t d = 0; d < shape.rank; d++) shape.dims[d] = 1 + (int64_t)(data_next(state) % 4);
    return shape;
}

FX_TEST(walk, visits_elements_in_row_major_order) {
    uint64_t state = 1;
    for (int repeat = 0; repeat < 3000; repeat++) {
        int64_t strides[FX_WALK_OPERANDS][FX_MAX_RANK];
        const int64_t *operands[FX_WALK_OPERANDS];
        const fx_shape shape = walk_random_shape(&state, repeat % 100 ? 5 : FX_MAX_RANK);
        const int n = (int)(data_next(&state) % (FX_WALK_OPERANDS + 1));
        for (int j = 0; j < n; j++) {
            walk_random_strides(&state, shape, strides[j]);
            operands[j] = strides[j];
        }
        walk_rows(shape, n, operands);
    }
}

FX_TEST(walk, takes_dense_operands_as_one_row) {
    uint64_t state = 2;
    for (int repeat = 0; repeat < 300; repeat++) {
        int64_t strides[FX_MAX_RANK];
        const fx_shape shape = walk_random_shape(&state, FX_MAX_RANK);
        walk_dense(shape, strides);
        const int64_t *operands[] = {strides, strides, strides};
        CHECK(walk_rows(shape, 3, operands) == 1);
        fx_walk w;
        CHECK(fx_walk_begin(&w, shape, 3, operands));
        CHECK(w.length == walk_numel(shape) && w.step[0] == 1 && w.step[2] == 1);
    }
}

FX_TEST(walk, merges_where_all_operands_can) {
    static const int64_t dense[] = {12, 4, 1}, row[] = {0, 0, 1}, column[] = {3, 1, 0};
    static const int64_t number[] = {0, 0, 0}, slice[] = {24, 4, 1}, lone[] = {12, 99, 1};
    const fx_shape shape = fx_shape3(2, 3, 4), thin = fx_shape3(2, 1, 12);
    CHECK(walk_rows(shape, 2, (const int64_t *const[]){dense, number}) == 1);
    CHECK(walk_rows(shape, 1, (const int64_t *const[]){number}) == 1);
    CHECK(walk_rows(shape, 2, (const int64_t *const[]){dense, row}) == 6);
    CHECK(walk_rows(shape, 2, (const int64_t *const[]){dense, column}) == 6);
    CHECK(walk_rows(shape, 2, (const int64_t *const[]){dense, slice}) == 2);
    CHECK(walk_rows(thin, 1, (const int64_t *const[]){lone}) == 1);
}

FX_TEST(walk, a_number_is_one_row_and_nothing_is_none) {
    static const int64_t strides[] = {5, 1, 1};
    const int64_t *operands[] = {strides};
    fx_walk w;
    CHECK(fx_walk_begin(&w, fx_shape0(), 1, operands));
    CHECK(w.length == 1 && w.offset[0] == 0 && !fx_walk_next(&w));
    CHECK(!fx_walk_begin(&w, fx_shape1(0), 1, operands));
    CHECK(!fx_walk_begin(&w, fx_shape3(2, 0, 3), 1, operands));
    CHECK(!fx_walk_begin(&w, fx_shape3(0, 2, 3), 1, operands));
}

static unsigned char walk_from[8 * WALK_MOST], walk_to[8 * WALK_MOST + 1];

static void walk_check_copy(fx_shape shape, size_t size, const int64_t *strides) {
    const unsigned char *x = walk_from + WALK_CENTRE * size;
    const size_t bytes = (size_t)walk_numel(shape) * size;
    walk_to[bytes] = 77;
    fx_copy_strided(shape, size, x, strides, walk_to);
    for (int64_t i = 0; i < walk_numel(shape); i++) {
        const unsigned char *element = x + walk_offset(shape, strides, i) * (int64_t)size;
        CHECK(memcmp(walk_to + (size_t)i * size, element, size) == 0);
    }
    CHECK(walk_to[bytes] == 77);
}

FX_TEST(walk, copies_any_strides_to_dense) {
    static const size_t sizes[] = {1, 4, 8};
    uint64_t state = 3;
    for (size_t i = 0; i < sizeof walk_from; i++) walk_from[i] = (unsigned char)data_next(&state);
    for (int repeat = 0; repeat < 3000; repeat++) {
        int64_t strides[FX_MAX_RANK];
        const fx_shape shape = walk_random_shape(&state, 5);
        walk_random_strides(&state, shape, strides);
        walk_check_copy(shape, sizes[repeat % 3], strides);
    }
    fx_copy_strided(fx_shape2(3, 0), 4, NULL, (const int64_t[]){0, 1}, NULL);
}
