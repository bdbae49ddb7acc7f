/* SPDX-License-Identifier: MIT */
/* Strided operands are walked like the wheels of a counter. Merging dimensions first makes rows as
 * long as they can be. Inside a walk dimension 0 is the one next to the row. */
#include "fluxion/kernel.h"

/* Whether dimension d of the shape continues the last one kept, of that size, for all operands. */
static bool walk_merges(const fx_walk *w, int32_t last, int32_t d, const int64_t *const *strides) {
    for (int32_t j = 0; j < w->n; j++)
        if (strides[j][d] != w->strides[j][last] * w->dims[last]) return false;
    return true;
}

/* Takes the innermost of the dimensions kept as the row; without any, the row is one element. */
static void walk_take_row(fx_walk *w) {
    w->length = w->rank > 0 ? w->dims[0] : 1;
    for (int32_t j = 0; j < w->n; j++) {
        w->offset[j] = 0;
        w->step[j] = w->rank > 0 ? w->strides[j][0] : 1;
    }
    if (w->rank > 0) w->rank--;
    for (int32_t i = 0; i < w->rank; i++) {
        w->dims[i] = w->dims[i + 1];
        w->at[i] = 0;
        for (int32_t j = 0; j < w->n; j++) w->strides[j][i] = w->strides[j][i + 1];
    }
}

bool fx_walk_begin(fx_walk *w, fx_shape shape, int n, const int64_t *const *strides) {
    w->n = n;
    w->rank = 0;
    for (int32_t d = shape.rank - 1; d >= 0; d--) {
        const int64_t size = shape.dims[d];
        if (size == 0) return false;
        if (size == 1) continue;
        if (w->rank > 0 && walk_merges(w, w->rank - 1, d, strides)) {
            w->dims[w->rank - 1] *= size;
            continue;
        }
        w->dims[w->rank] = size;
        for (int32_t j = 0; j < n; j++) w->strides[j][w->rank] = strides[j][d];
        w->rank++;
    }
    walk_take_row(w);
    return true;
}

bool fx_walk_next(fx_walk *w) {
    for (int32_t i = 0; i < w->rank; i++) {
        const bool carry = ++w->at[i] == w->dims[i];
        const int64_t steps = carry ? 1 - w->dims[i] : 1;
        for (int32_t j = 0; j < w->n; j++) w->offset[j] += steps * w->strides[j][i];
        if (!carry) return true;
        w->at[i] = 0;
    }
    return false;
}
