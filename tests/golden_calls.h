/* SPDX-License-Identifier: MIT */
/* The golden table, tests/golden/calls.txt, as the tests see it: a reader of its lines and a table
 * of how each op is called. tests/golden/calls.py writes it and says what a line is. */
#ifndef FLUXION_TESTS_GOLDEN_CALLS_H
#define FLUXION_TESTS_GOLDEN_CALLS_H

#include "fluxion/grad.h"
#include "fluxion/ops.h"

enum { GOLDEN_LIST = 8, GOLDEN_ELEMENTS = 512 };

/* An attribute: a word, or a list of numbers. */
typedef struct golden_attr {
    const char *text;
    int n;
    double v[GOLDEN_LIST];
} golden_attr;

/* A tensor in plain memory, of any dtype. */
typedef struct golden_value {
    fx_dtype dtype;
    fx_shape shape;
    int64_t n;
    double v[GOLDEN_ELEMENTS];
} golden_value;

/* ---- lines: golden_table.c ---- */

typedef struct golden_operand {
    const golden_value *value; /* NULL: a plain number, or none */
    double number;
    bool none;
} golden_operand;

typedef struct golden_line {
    int number;         /* in the file, from 1 */
    char *op;           /* without ":grad" */
    char *differs;      /* the name of a deliberate difference, or NULL */
    bool grad, refused; /* results are gradients by the operands; the call must fail */
    int attrs, operands, results;
    golden_attr attr[GOLDEN_LIST];
    golden_operand operand[GOLDEN_LIST];
    bool wanted[GOLDEN_LIST]; /* whether result i is given */
    golden_value result[GOLDEN_LIST];
} golden_line;

typedef struct golden_table golden_table;

/* The table, freed with cx; the next call in it, false at its end. A line that is none fails the
 * test. */
golden_table *golden_open(fx_context *cx, const char *path);
bool golden_next(golden_table *table, golden_line *line);

/* ---- calls: golden_calls.c ---- */

typedef struct golden_call {
    fx_graph *graph;
    int attrs, n, results; /* results: how many y has; 1 before */
    uint32_t slopes;       /* bit k: y[k] is differentiated; all before */
    const golden_attr *attr;
    fx_tensor x[GOLDEN_LIST], y[GOLDEN_LIST];
} golden_call;

/* Makes the call that op stands for: false if the name is unknown. */
bool golden_run(const char *op, golden_call *call);

/* Whether values of the op are sums, which are compared relative to the largest number in the call,
 * and whose zeros have no sign. */
bool golden_sums(const char *op);

#endif
