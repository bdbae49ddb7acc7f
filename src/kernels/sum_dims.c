/* SPDX-License-Identifier: MIT */
/* Sums over any dimensions, by the one sum of a sequence. Dimensions are split into those that stay
 * and those that are summed over, and neighbours are merged; where one of each is left the kernel
 * reads x in place, otherwise x is copied into that order first. */
#include "fluxion/kernel.h"

typedef struct sum_dims_side {
    fx_shape shape;
    int64_t strides[FX_MAX_RANK];
} sum_dims_side;

/* Adds a dimension inside the others; it is merged with the last where both are walked as one. */
static void sum_dims_push(sum_dims_side *side, int64_t size, int64_t stride) {
    if (size == 1) return;
    const int32_t last = side->shape.rank - 1;
    if (last >= 0 && side->strides[last] == size * stride) {
        side->shape.dims[last] *= size;
        side->strides[last] = stride;
        return;
    }
    side->strides[side->shape.rank] = stride;
    side->shape.dims[side->shape.rank++] = size;
}

static int64_t sum_dims_numel(const sum_dims_side *side) {
    int64_t n = 1;
    for (int32_t i = 0; i < side->shape.rank; i++) n *= side->shape.dims[i];
    return n;
}

static int64_t sum_dims_stride(const sum_dims_side *side) {
    return side->shape.rank ? side->strides[0] : 0;
}

void fx_sum_dims(const fx_kernels *kernels, fx_dtype dtype, fx_shape shape, const int64_t *strides,
                 uint32_t dims, const void *x, void *scratch, void *y) {
    sum_dims_side kept = {{0, {0}}, {0}}, gone = {{0, {0}}, {0}};
    for (int32_t i = 0; i < shape.rank; i++)
        sum_dims_push(dims >> i & 1u ? &gone : &kept, shape.dims[i], strides[i]);
    fx_sum_args sum = {sum_dims_numel(&kept),  sum_dims_numel(&gone),  x,
                       sum_dims_stride(&kept), sum_dims_stride(&gone), y};
    if (kept.shape.rank > 1 || gone.shape.rank > 1) {
        for (int32_t i = 0; i < gone.shape.rank; i++) {
            kept.strides[kept.shape.rank] = gone.strides[i];
            kept.shape.dims[kept.shape.rank++] = gone.shape.dims[i];
        }
        const size_t item = dtype == FX_F32 ? sizeof(float) : sizeof(double);
        fx_copy_strided(kept.shape, item, x, kept.strides, scratch);
        sum.x = scratch;
        sum.outer = sum.n;
        sum.inner = 1;
    }
    kernels->sum[dtype](&sum);
}
