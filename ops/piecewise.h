/* SPDX-License-Identifier: MIT */
/* Functions made of straight pieces, for the families that are made of them. */
#ifndef FLUXION_OPS_PIECEWISE_H
#define FLUXION_OPS_PIECEWISE_H

#include "families.h"

/* What an element is multiplied by: below where x <= low, above where x >= high, else inside. */
typedef struct fx__slopes {
    double below, inside, above, low, high;
} fx__slopes;

/* g times the slope at x; NaN at NaN. Its derivative by x is 0. */
fx_tensor fx__slope(fx_tensor g, fx_tensor x, fx__slopes slopes);

/* g times below where x < 0, 0 at 0, times above where x > 0. */
fx_tensor fx__signed(fx_tensor g, fx_tensor x, double below, double above);

/* x within [low, high]; the derivative is 1 inside and 0 at and beyond the ends. */
fx_tensor fx__clip(fx_tensor x, double low, double high);

#endif
