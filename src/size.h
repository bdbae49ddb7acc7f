/* SPDX-License-Identifier: MIT */
/* The one place where sizes are computed. */
#ifndef FLUXION_SRC_SIZE_H
#define FLUXION_SRC_SIZE_H

#include "fluxion/base.h"

/* fx__bytes
 * *bytes = base + item * factors[0] * ... * factors[n-1], rounded up to a multiple of align (a
 * power of two). False, and *bytes 0, if a factor is negative or anything on the way exceeds
 * PTRDIFF_MAX, even where a factor is 0: the strides of such a shape would overflow. */
bool fx__bytes(size_t *bytes, size_t base, size_t item, int n, const int64_t *factors,
               size_t align);

#endif
