/* SPDX-License-Identifier: MIT */
/* Functions of which tests/golden/derivatives.safetensors holds PyTorch's derivatives. */
#ifndef FLUXION_TESTS_GOLDEN_FUNCTIONS_H
#define FLUXION_TESTS_GOLDEN_FUNCTIONS_H

#include "fluxion/tensor.h"

typedef struct golden_row {
    const char *name;                   /* in derivatives.py and in the file */
    fx_tensor (*f)(const fx_tensor *x); /* of its operands */
} golden_row;

extern const golden_row golden_functions[];
extern const int golden_functions_count;

#endif
