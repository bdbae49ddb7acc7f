/* SPDX-License-Identifier: MIT */
/* Shapes are checked once, where they enter; a layout that exists is right. */
#include "layout.h"

#include "size.h"
#include "text.h"

const fx__layout fx__scalar_layout = {.numel = 1, .rank = 0, .dense = true};

bool fx__shape_check(fx_context *cx, const char *what, fx_shape shape, size_t item, size_t *bytes) {
    if (bytes) *bytes = 0;
    if (shape.rank < 0 || shape.rank > FX_MAX_RANK) {
        fx_fail(cx, FX_ERR_SHAPE, "%s: rank %d; a tensor has rank 0 to %d", what, (int)shape.rank,
                FX_MAX_RANK);
        return false;
    }
    size_t needed;
    if (fx__bytes(&needed, 0, item, shape.rank, shape.dims, 1)) {
        if (bytes) *bytes = needed;
        return true;
    }
    char dims[256];
    fx__text t = fx__text_in(dims, sizeof dims);
    fx__put_dims(&t, shape.rank, shape.dims);
    for (int32_t i = 0; i < shape.rank; i++)
        if (shape.dims[i] < 0) {
            fx_fail(cx, FX_ERR_SHAPE, "%s: shape %s has a negative size", what, dims);
            return false;
        }
    fx_fail(cx, FX_ERR_SHAPE, "%s: shape %s is too large to count", what, dims);
    return false;
}

static bool layout_is_dense(const fx__layout *ly) {
    if (ly->numel <= 1) return true;
    int64_t expected = 1;
    for (int32_t i = ly->rank - 1; i >= 0; i--) {
        if (fx__dims(ly)[i] != 1 && fx__strides(ly)[i] != expected) return false;
        expected *= fx__dims(ly)[i];
    }
    return true;
}

void fx__layout_fill(fx__layout *ly, fx_shape shape, const int64_t *strides) {
    ly->numel = 1;
    ly->rank = shape.rank;
    int64_t stride = 1;
    for (int32_t i = shape.rank - 1; i >= 0; i--) {
        ly->d[i] = shape.dims[i];
        ly->d[shape.rank + i] = strides ? strides[i] : stride;
        stride *= shape.dims[i] > 0 ? shape.dims[i] : 1;
        ly->numel *= shape.dims[i];
    }
    ly->dense = !strides || layout_is_dense(ly);
}

const fx__layout *fx__layout_new(fx__arena *arena, fx_shape shape, const int64_t *strides) {
    if (shape.rank == 0) return &fx__scalar_layout;
    fx__layout *ly = fx__arena_alloc(arena, fx__layout_bytes(shape.rank));
    if (ly) fx__layout_fill(ly, shape, strides);
    return ly;
}

/* Built where it is returned: a copy of words just written would wait for them. */
fx_shape fx__layout_shape(const fx__layout *ly) {
    fx_shape shape = {ly->rank, {0}};
    for (int32_t i = 0; i < ly->rank; i++) shape.dims[i] = fx__dims(ly)[i];
    return shape;
}

void fx__broadcast_strides(const fx_view *x, int32_t rank, const int64_t *dims,
                           int64_t strides[FX_MAX_RANK]) {
    const int32_t lead = rank - x->rank;
    for (int32_t i = 0; i < rank; i++) {
        const bool repeats = i < lead || (x->dims[i - lead] == 1 && dims[i] != 1);
        strides[i] = repeats ? 0 : x->strides[i - lead];
    }
}

bool fx__broadcasts_to(const fx__layout *ly, int32_t rank, const int64_t *dims) {
    const int32_t lead = rank - ly->rank;
    if (lead < 0) return false;
    for (int32_t i = 0; i < ly->rank; i++)
        if (fx__dims(ly)[i] != dims[lead + i] && fx__dims(ly)[i] != 1) return false;
    return true;
}

bool fx__layout_extent(const fx__layout *ly, int64_t *low, int64_t *high) {
    *low = *high = 0;
    for (int32_t i = 0; i < ly->rank && ly->numel > 0; i++) {
        int64_t reach;
        if (__builtin_mul_overflow(fx__dims(ly)[i] - 1, fx__strides(ly)[i], &reach)) return false;
        int64_t *end = reach < 0 ? low : high;
        if (__builtin_add_overflow(*end, reach, end)) return false;
    }
    return *low > -PTRDIFF_MAX / 8 && *high < PTRDIFF_MAX / 8; /* bytes can be counted too */
}

static bool layout_rank_ok(fx_shape shape) { return shape.rank >= 0 && shape.rank <= FX_MAX_RANK; }

bool fx_broadcast_shapes(fx_shape a, fx_shape b, fx_shape *out) {
    if (!layout_rank_ok(a) || !layout_rank_ok(b)) return *out = fx_shape_n(0, NULL), false;
    *out = fx_shape_n(a.rank > b.rank ? a.rank : b.rank, a.rank > b.rank ? a.dims : b.dims);
    for (int32_t i = 1; i <= out->rank; i++) {
        const int64_t p = i <= a.rank ? a.dims[a.rank - i] : 1;
        const int64_t q = i <= b.rank ? b.dims[b.rank - i] : 1;
        if (p != q && p != 1 && q != 1) return false;
        out->dims[out->rank - i] = p == 1 ? q : p;
    }
    return true;
}
