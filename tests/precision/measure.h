/* SPDX-License-Identifier: MIT */
/* How far the elementwise ops are from reference.txt, in units of the last place: of the number
 * next to the exact one or, where terms of it cancel, of the largest term. */
#ifndef FLUXION_TESTS_PRECISION_MEASURE_H
#define FLUXION_TESTS_PRECISION_MEASURE_H

#include "fluxion/fluxion.h"

enum { PRECISION_OPERANDS = 3, PRECISION_ROWS = 128, PRECISION_NAME = 24 };

/* The largest over all points; of gradients, over all operands too. */
typedef enum precision_quantity {
    PRECISION_VALUE_F64,
    PRECISION_VALUE_F32,
    PRECISION_GRADIENT_F64,
    PRECISION_GRADIENT_F32,
    PRECISION_QUANTITIES
} precision_quantity;

extern const char *const precision_words[PRECISION_QUANTITIES];

typedef struct precision_row {
    char name[PRECISION_NAME]; /* "elu(1)" */
    int operands;
    double ulps[PRECISION_QUANTITIES]; /* infinite: NaN, or infinite where the exact value is not */
    double at[PRECISION_QUANTITIES][PRECISION_OPERANDS]; /* where it was seen */
} precision_row;

/* An op by its name in the files, and what is promised for it. */
typedef struct precision_op {
    const char *name;
    fx_tensor (*one)(fx_tensor);
    fx_tensor (*two)(fx_tensor, fx_tensor);
    fx_tensor (*three)(fx_tensor, fx_tensor, fx_tensor);
    bool libm;                       /* C has this function */
    double (*gate)(const double *x); /* by what it multiplies a number that may be subnormal */
    double gradient;                 /* the most error of a gradient, or 0: the common limit */
    const char *note;                /* the condition that makes it so */
} precision_op;

/* NULL outside, or for an unknown name. */
const precision_op *precision_op_at(int i);
const precision_op *precision_op_find(const char *name);
fx_tensor precision_apply(const precision_op *op, const fx_tensor *xs);

/* What the op must keep. */
double precision_limit(const precision_op *op, precision_quantity quantity);

/* |y - (high + low)| in units of the last place of the larger of high and size; low counts units of
 * the last place of the double high. */
double precision_error(fx_dtype dtype, double y, double high, double low, double size);

/* The least size at x: 0, but for gates, where the least unit is multiplied. */
double precision_least(const precision_op *op, fx_dtype dtype, const double *x);

/* Measures all ops of reference.txt; how many rows there are, or -1 if it cannot be read. */
int precision_measure(fx_context *cx, precision_row *rows);

/* The same errors of PyTorch, from pytorch.txt; NAN where it has no such op. version receives its
 * version. */
int precision_pytorch(precision_row *rows, char version[PRECISION_NAME]);

/* The row of that name, or NULL. */
const precision_row *precision_find(const precision_row *rows, int n, const char *name);

#endif
