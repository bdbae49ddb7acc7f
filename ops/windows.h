/* SPDX-License-Identifier: MIT */
/* Windows that slide over the space of a tensor, its last axis or its last two. */
#ifndef FLUXION_OPS_WINDOWS_H
#define FLUXION_OPS_WINDOWS_H

#include "families.h"

/* Of one axis, the length: the first numbers of window are its own; of two, height and width. */
typedef struct fx__space {
    int axes;
    fx_window window;
} fx__space;

/* "length", or "height" and "width". */
const char *fx__space_name(int axes, int i);

/* Whether x has least axes, and room for more; otherwise op refuses. */
bool fx__space_rank(const fx_op *op, fx_tensor x, int least, int more, fx_tensor *refusal);

/* Whether the window can be, and fits into these lengths; otherwise op, of operand x, refuses. */
bool fx__space_fits(const fx_op *op, fx_tensor x, const fx__space *s, const int64_t *lengths,
                    fx_tensor *refusal);

/* x with a border of value, and its windows, [.., windows.., elements..]. */
fx_tensor fx__space_windows(fx_tensor x, const fx__space *s, double value);

#endif
