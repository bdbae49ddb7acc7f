/* SPDX-License-Identifier: MIT */
/* Windows over the last axes of a tensor, as loops see them. row->shape lists their sizes, strides,
 * paddings and dilations: {size, stride, padding, dilation} of a length, or two of each. */
#ifndef FLUXION_TESTS_SPACES_H
#define FLUXION_TESTS_SPACES_H

#include "cases.h"

/* A length is a height of 1 with that width. */
typedef struct case_space {
    int64_t planes, length[2], size[2], stride[2], padding[2], dilation[2], count[2];
} case_space;

static inline case_space space_of(const case_row *row, fx_shape whole) {
    case_space s = {1, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {1, 1}, {1, 1}};
    int64_t *const fields[] = {s.size, s.stride, s.padding, s.dilation};
    const int axes = row->shape.rank / 4;
    for (int d = 0; d < whole.rank - axes; d++) s.planes *= whole.dims[d];
    for (int i = 0; i < axes; i++) {
        const int to = 2 - axes + i;
        for (int f = 0; f < 4; f++) fields[f][to] = row->shape.dims[f * axes + i];
        s.length[to] = whole.dims[whole.rank - axes + i];
        int64_t free = s.length[to] + 2 * s.padding[to] - 1 - (s.size[to] - 1) * s.dilation[to];
        for (s.count[to] = 0; free >= 0; free -= s.stride[to]) s.count[to]++;
    }
    return s;
}

static inline fx_window space_window(const case_row *row) {
    const int64_t *w = row->shape.dims;
    const fx_window window = {{w[0], w[1]}, {w[2], w[3]}, {w[4], w[5]}, {w[6], w[7]}};
    return window;
}

static inline int64_t space_windows(const case_space *s) { return s->count[0] * s->count[1]; }

static inline int64_t space_elements(const case_space *s) { return s->size[0] * s->size[1]; }

/* The element of the whole that is element k of window o of a plane; -1: padding. */
static inline int64_t space_place(const case_space *s, int64_t plane, int64_t o, int64_t k) {
    const int64_t window[2] = {o / s->count[1], o % s->count[1]};
    const int64_t element[2] = {k / s->size[1], k % s->size[1]};
    int64_t at[2];
    for (int i = 0; i < 2; i++) {
        at[i] = window[i] * s->stride[i] + element[i] * s->dilation[i] - s->padding[i];
        if (at[i] < 0 || at[i] >= s->length[i]) return -1;
    }
    return (plane * s->length[0] + at[0]) * s->length[1] + at[1];
}

#endif
