/* SPDX-License-Identifier: MIT */
/* Which kernels there are, and which a machine can run. */
#ifndef FLUXION_SRC_KERNELS_KERNELS_H
#define FLUXION_SRC_KERNELS_KERNELS_H

#include "fluxion/kernel.h"

/* The tables in the library: baseline everywhere, avx2 on x86-64. */
extern const fx_kernels fx__kernels_baseline, fx__kernels_avx2;

/* fx__kernels_choose
 * The kernels of an instruction set by name; NULL or "": the best this machine has. NULL if the
 * name is unknown or the machine cannot run it. */
const fx_kernels *fx__kernels_choose(const char *isa);

/* fx__kernels_list
 * The names that fx__kernels_choose takes on this machine: "baseline, avx2"; static. */
const char *fx__kernels_list(void);

#endif
