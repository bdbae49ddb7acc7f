/* SPDX-License-Identifier: MIT */
/* Chooses the kernels of a context. */
#ifndef FLUXION_SRC_KERNELS_H
#define FLUXION_SRC_KERNELS_H

#include "fluxion/kernel.h"

/* By name; NULL or "": the best this machine has. NULL: unknown or not supported here. */
const fx_kernels *fx__kernels_choose(const char *isa);

/* The names that can be chosen on this machine, as in "baseline, avx2"; static. */
const char *fx__kernels_list(void);

#endif
