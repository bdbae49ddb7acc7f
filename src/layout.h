/* SPDX-License-Identifier: MIT */
/* Shape and strides of a value: immutable, shared by pointer. */
#ifndef FLUXION_SRC_LAYOUT_H
#define FLUXION_SRC_LAYOUT_H

#include "arena.h"
#include "fluxion/op.h"

typedef struct fx__layout {
    int64_t numel;
    int32_t rank;
    bool dense;  /* row-major without gaps; true for one element or none */
    int64_t d[]; /* rank sizes, then rank strides, in elements */
} fx__layout;

/* The layout of every tensor of rank 0, so that a pointer compare finds them equal. */
extern const fx__layout fx__scalar_layout;

static inline const int64_t *fx__dims(const fx__layout *ly) { return ly->d; }
static inline const int64_t *fx__strides(const fx__layout *ly) { return ly->d + ly->rank; }

static inline size_t fx__layout_bytes(int32_t rank) {
    return sizeof(fx__layout) + 2 * sizeof(int64_t) * (size_t)rank;
}

/* fx__shape_check
 * Whether a shape can be: rank 0..FX_MAX_RANK, no negative size, and its bytes countable. Reports
 * FX_ERR_SHAPE in the words of what. *bytes receives the size of dense values; may be NULL. */
bool fx__shape_check(fx_context *cx, const char *what, fx_shape shape, size_t item, size_t *bytes);

/* A layout in an arena, for a shape that was checked. strides NULL: dense. NULL: no memory. */
const fx__layout *fx__layout_new(fx__arena *arena, fx_shape shape, const int64_t *strides);

/* Fills memory of fx__layout_bytes(shape.rank). */
void fx__layout_fill(fx__layout *ly, fx_shape shape, const int64_t *strides);

fx_shape fx__layout_shape(const fx__layout *ly);

static inline bool fx__same_shape(const fx__layout *a, const fx__layout *b) {
    if (a == b) return true;
    if (a->rank != b->rank) return false;
    for (int32_t i = 0; i < a->rank; i++)
        if (a->d[i] != b->d[i]) return false;
    return true;
}

static inline bool fx__has_shape(const fx__layout *ly, const fx_shape *shape) {
    if (ly->rank != shape->rank) return false;
    for (int32_t i = 0; i < ly->rank; i++)
        if (ly->d[i] != shape->dims[i]) return false;
    return true;
}

/* fx__broadcast_strides
 * The strides with which x is read as a value of a shape of at least x's rank to which it
 * broadcasts: 0 where it repeats. */
void fx__broadcast_strides(const fx_view *x, int32_t rank, const int64_t *dims,
                           int64_t strides[FX_MAX_RANK]);

/* The elements of a shape that was checked. */
static inline int64_t fx__shape_numel(fx_shape shape) {
    int64_t n = 1;
    for (int32_t i = 0; i < shape.rank; i++) n *= shape.dims[i];
    return n;
}

/* Whether ly's shape broadcasts to the given one. */
bool fx__broadcasts_to(const fx__layout *ly, int32_t rank, const int64_t *dims);

/* The element range a layout covers, relative to its first element: [*low, *high]. False: it cannot
 * be counted. */
bool fx__layout_extent(const fx__layout *ly, int64_t *low, int64_t *high);

#endif
