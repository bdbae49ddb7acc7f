/* SPDX-License-Identifier: MIT */
/* References of ops over axes, line by line. A row names its axes in shape; stride 1 says that the
 * call is that of all elements. Rows of three operands have an element in each, so that points can
 * be derivatives of one element by another. */
#ifndef FLUXION_TESTS_LINES_H
#define FLUXION_TESTS_LINES_H

#include "cases.h"

/* n elements of each operand; what the result has there. */
typedef void case_line(const case_row *row, int64_t n, const case_number *const *z, case_number *y);

static inline bool lines_goes(const case_row *row, int dim) {
    const int rank = row->x[0].rank;
    bool goes = row->stride == 1;
    for (int i = 0; i < row->shape.rank; i++)
        goes = goes || row->shape.dims[i] == dim || row->shape.dims[i] == dim - rank;
    return goes;
}

/* The elements of a line in a tensor of that shape; how many. */
static inline int64_t lines_places(const case_row *row, fx_shape shape, int64_t line, int64_t *at) {
    int64_t n = 0;
    for (int64_t e = 0; e < case_numel(shape); e++) {
        int64_t rest = e, place = 0, next = 1;
        for (int d = shape.rank - 1; d >= 0; rest /= shape.dims[d--]) {
            if (lines_goes(row, d)) continue;
            place += rest % shape.dims[d] * next;
            next *= shape.dims[d];
        }
        if (place == line) at[n++] = e;
    }
    return n;
}

static inline void lines_of(const case_row *row, const case_number *const *x, case_number *y,
                            case_line *f) {
    case_number z[CASE_OPERANDS][CASE_ELEMENTS], out[CASE_ELEMENTS];
    const case_number *each[CASE_OPERANDS];
    int64_t lines = 1, at[CASE_ELEMENTS];
    for (int d = 0; d < row->x[0].rank; d++)
        if (!lines_goes(row, d)) lines *= row->x[0].dims[d];
    for (int64_t l = 0; l < lines; l++) {
        int64_t n = lines_places(row, row->x[0], l, at);
        for (int i = 0; i < CASE_OPERANDS; i++) {
            for (int64_t k = 0; k < n; k++) z[i][k] = x[i][at[k]];
            each[i] = z[i];
        }
        if (row->n == 3) {
            n = 3;
            for (int i = 0; i < 3; i++) z[0][i] = x[i][0];
        }
        f(row, n, each, out);
        const bool single = case_numel(row->y) == lines;
        const int64_t m = single ? 1 : lines_places(row, row->y, l, at);
        for (int64_t k = 0; k < m; k++) y[single ? l : at[k]] = out[k];
    }
}

/* The operand of a call: x, or the three as a vector. */
static inline fx_tensor lines_operand(const case_row *row, const fx_tensor *x) {
    if (row->n != 3) return x[0];
    fx_tensor flat[3];
    for (int i = 0; i < 3; i++) flat[i] = fx_reshape(x[i], fx_shape1(1));
    return fx_concat(3, flat, 0);
}

#define LINES_BLOCK .x = {{3, {2, 3, 4}}}
#define LINES_THREE                                                                                \
    .n = 3, .x = {{1, {1}}, {1, {1}}, {1, {1}}}, .y = {0, {0}}, .made = true, .stride = 1

#endif
