/* SPDX-License-Identifier: MIT */
/* matmul in all transpositions, with stacks, vectors and nothing to add up; linear. */
#include "cases.h"

enum { LEFT = 1, RIGHT = 2 }; /* row->start: which operands are transposed */

static fx_tensor matmul_call(void *user, const fx_tensor *x) {
    const case_row *row = user;
    const fx_tensor a = row->start & LEFT ? fx_transpose(x[0], -1, -2) : x[0];
    return fx_matmul(a, row->start & RIGHT ? fx_transpose(x[1], -2, -1) : x[1]);
}

static fx_tensor linear_call(void *row, const fx_tensor *x) {
    return (void)row, fx_linear(x[0], x[1], x[2]);
}

static fx_tensor weight_call(void *row, const fx_tensor *x) {
    return (void)row, fx_linear(x[0], x[1], FX_NONE);
}

/* A matrix of a stack: sizes and steps; a vector is a row on the left, a column on the right. */
typedef struct matrix {
    int64_t rows, columns, down, right;
    fx_shape lead;
} matrix;

static matrix matrix_of(fx_shape shape, bool transposed, bool left) {
    matrix m = {1, 1, 1, 1, shape};
    m.lead.rank = shape.rank < 2 ? 0 : shape.rank - 2;
    const int64_t last = shape.dims[shape.rank - 1];
    if (shape.rank < 2)
        return left ? (matrix){1, last, 0, 1, m.lead} : (matrix){last, 1, 1, 0, m.lead};
    const int64_t before = shape.dims[shape.rank - 2];
    if (transposed) return (matrix){last, before, 1, last, m.lead};
    return (matrix){before, last, last, 1, m.lead};
}

static void matmul_of(const case_row *row, const case_number *const *x, case_number *y) {
    const matrix a = matrix_of(row->x[0], row->start & LEFT, true);
    const matrix b = matrix_of(row->x[1], row->start & RIGHT, false);
    fx_shape lead = row->y;
    lead.rank -= (row->x[0].rank > 1) + (row->x[1].rank > 1);
    for (int64_t s = 0; s < case_numel(lead); s++) {
        const case_number *p = x[0] + case_broadcast(a.lead, lead, s) * a.rows * a.columns;
        const case_number *q = x[1] + case_broadcast(b.lead, lead, s) * b.rows * b.columns;
        for (int64_t i = 0; i < a.rows; i++)
            for (int64_t j = 0; j < b.columns; j++, y++) {
                *y = 0;
                for (int64_t k = 0; k < a.columns; k++)
                    *y += p[i * a.down + k * a.right] * q[k * b.down + j * b.right];
            }
    }
}

static void linear_of(const case_row *row, const case_number *const *x, case_number *y) {
    const int64_t out = row->x[1].dims[0], in = row->x[1].dims[1];
    const int64_t rows = out ? case_numel(row->y) / out : 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < out; j++, y++) {
            *y = row->n > 2 ? x[2][j] : 0;
            for (int64_t k = 0; k < in; k++) *y += x[0][i * in + k] * x[1][j * in + k];
        }
}

/* A chain of k fused products: k half ulps of the sum of absolute values, at most. */
#define PRODUCT .f = matmul_call, .n = 2, .of = matmul_of, .ulps = 3, .sums = true
#define LAYER   .f = linear_call, .n = 3, .of = linear_of, .ulps = 3, .sums = true

static const case_row linear_rows[] = {
    {"matmul", "NN", PRODUCT, .x = {{2, {3, 4}}, {2, {4, 2}}}, .y = {2, {3, 2}}},
    {"matmul", "NT", PRODUCT, .x = {{2, {3, 4}}, {2, {2, 4}}}, .y = {2, {3, 2}}, .start = RIGHT,
     .made = true},
    {"matmul", "TN", PRODUCT, .x = {{2, {4, 3}}, {2, {4, 2}}}, .y = {2, {3, 2}}, .start = LEFT,
     .made = true},
    {"matmul", "TT", PRODUCT, .x = {{2, {4, 3}}, {2, {2, 4}}}, .y = {2, {3, 2}},
     .start = LEFT | RIGHT, .made = true},
    {"matmul", "square", PRODUCT, .x = {{2, {3, 3}}, {2, {3, 3}}}, .y = {2, {3, 3}}},
    {"matmul", "stack", PRODUCT, .x = {{3, {2, 3, 2}}, {3, {2, 2, 3}}}, .y = {3, {2, 3, 3}}},
    {"matmul", "stack TT", PRODUCT, .x = {{3, {2, 2, 3}}, {3, {2, 3, 2}}}, .y = {3, {2, 3, 3}},
     .start = LEFT | RIGHT, .made = true},
    {"matmul", "stack of matrix", PRODUCT, .x = {{3, {2, 3, 2}}, {2, {2, 2}}}, .y = {3, {2, 3, 2}}},
    {"matmul", "matrix of stack", PRODUCT, .x = {{2, {3, 2}}, {3, {2, 2, 2}}}, .y = {3, {2, 3, 2}}},
    {"matmul", "both repeated", PRODUCT, .x = {{4, {2, 1, 2, 3}}, {4, {1, 3, 3, 1}}},
     .y = {4, {2, 3, 2, 1}}},
    {"matmul", "vectors", PRODUCT, .x = {{1, {4}}, {1, {4}}}, .y = {0, {0}}},
    {"matmul", "vector left", PRODUCT, .x = {{1, {4}}, {2, {4, 3}}}, .y = {1, {3}}},
    {"matmul", "vector right", PRODUCT, .x = {{2, {3, 4}}, {1, {4}}}, .y = {1, {3}}},
    {"matmul", "vector of stack", PRODUCT, .x = {{1, {2}}, {3, {2, 2, 3}}}, .y = {2, {2, 3}}},
    {"matmul", "stack of vector", PRODUCT, .x = {{3, {2, 3, 2}}, {1, {2}}}, .y = {2, {2, 3}}},
    {"matmul", "nothing to add", PRODUCT, .x = {{2, {3, 0}}, {2, {0, 2}}}, .y = {2, {3, 2}}},
    {"matmul", "empty vectors", PRODUCT, .x = {{1, {0}}, {1, {0}}}, .y = {0, {0}}},
    {"matmul", "no rows", PRODUCT, .x = {{2, {0, 4}}, {2, {4, 2}}}, .y = {2, {0, 2}}},
    {"matmul", "no columns", PRODUCT, .x = {{2, {3, 4}}, {2, {4, 0}}}, .y = {2, {3, 0}}},
    {"matmul", "empty stack", PRODUCT, .x = {{3, {0, 3, 2}}, {2, {2, 2}}}, .y = {3, {0, 3, 2}}},
    {"matmul", "one", PRODUCT, .x = {{2, {1, 1}}, {2, {1, 1}}}, .y = {2, {1, 1}}},
    {"linear", NULL, LAYER, .x = {{2, {3, 4}}, {2, {2, 4}}, {1, {2}}}, .y = {2, {3, 2}}},
    {"linear",
     "no bias",
     weight_call,
     2,
     {{2, {3, 4}}, {2, {2, 4}}},
     {2, {3, 2}},
     .of = linear_of,
     .ulps = 3,
     .sums = true},
    {"linear", "vector", LAYER, .x = {{1, {4}}, {2, {2, 4}}, {1, {2}}}, .y = {1, {2}}},
    {"linear", "stack", LAYER, .x = {{3, {2, 3, 2}}, {2, {3, 2}}, {1, {3}}}, .y = {3, {2, 3, 3}}},
    {"linear", "no rows", LAYER, .x = {{2, {0, 1}}, {2, {60, 1}}, {1, {60}}}, .y = {2, {0, 60}}},
    {"linear", "no inputs", LAYER, .x = {{2, {3, 0}}, {2, {2, 0}}, {1, {2}}}, .y = {2, {3, 2}}},
    {"linear", "no outputs", LAYER, .x = {{2, {3, 4}}, {2, {0, 4}}, {1, {0}}}, .y = {2, {3, 0}}},
    {"linear", "one", LAYER, .x = {{2, {1, 1}}, {2, {1, 1}}, {1, {1}}}, .y = {2, {1, 1}}},
};

static const case_error linear_errors[] = {
    {{.op = "matmul", .f = matmul_call, .n = 2, .x = {{2, {2, 3}}, {2, {2, 3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "matmul: inner sizes differ: A has 3 columns, B has 2 rows (A [2, 3], B [2, 3])"},
    {{.op = "matmul", .f = matmul_call, .n = 2, .x = {{3, {2, 2, 3}}, {3, {5, 3, 2}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "matmul: leading sizes do not broadcast; they must be equal or 1 (A [2, 2, 3], B [5, 3, 2])"},
    {{.op = "matmul", .f = matmul_call, .n = 2, .x = {{0, {0}}, {2, {2, 3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "matmul: operands of rank 0 and 2; both need at least 1 (A [], B [2, 3])"},
    {{.op = "matmul", .f = matmul_call, .n = 2, .x = {{1, {3}}, {2, {2, 3}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "matmul: inner sizes differ: A has 3 columns, B has 2 rows (A [1, 3], B [2, 3])"},
    {{.op = "linear", .f = linear_call, .n = 3, .x = {{2, {32, 12}}, {2, {10, 13}}, {1, {10}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "linear: expected 13 input features, got 12 (x [32, 12], weight [10, 13], bias [10])"},
    {{.op = "linear", .f = weight_call, .n = 2, .x = {{2, {32, 12}}, {2, {10, 13}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "linear: expected 13 input features, got 12 (x [32, 12], weight [10, 13], bias left out)"},
    {{.op = "linear", .f = linear_call, .n = 3, .x = {{2, {3, 4}}, {2, {2, 4}}, {1, {3}}}},
     {FX_F64, FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "linear: bias needs shape [2], one value an output (x [3, 4], weight [2, 4], bias [3])"},
    {{.op = "linear", .f = weight_call, .n = 2, .x = {{2, {3, 4}}, {1, {4}}}},
     {FX_F64, FX_F64},
     FX_ERR_SHAPE,
     "linear: x needs at least rank 1 and weight rank 2, [out, in] (x [3, 4], weight [4], bias "
     "left out)"},
};

const case_family case_linear = {
    linear_rows, NULL, linear_errors, CASE_COUNT(linear_rows), 0, CASE_COUNT(linear_errors),
};
