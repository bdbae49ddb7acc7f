/* SPDX-License-Identifier: MIT */
/* The machine is asked each time: the answer costs nothing and needs no state. */
#include <string.h>

#include "kernels.h"

#if defined(__x86_64__)
static bool kernels_has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static const fx_kernels *kernels_best(void) {
    return kernels_has_avx2() ? &fx__kernels_avx2 : &fx__kernels_baseline;
}
#else
static bool kernels_has_avx2(void) { return false; }

static const fx_kernels *kernels_best(void) { return &fx__kernels_baseline; }
#endif

const fx_kernels *fx__kernels_choose(const char *isa) {
    const fx_kernels *best = kernels_best();
    if (!isa || !*isa || strcmp(isa, best->isa) == 0) return best;
    return strcmp(isa, fx__kernels_baseline.isa) == 0 ? &fx__kernels_baseline : NULL;
}

const char *fx__kernels_list(void) { return kernels_has_avx2() ? "baseline, avx2" : "baseline"; }
