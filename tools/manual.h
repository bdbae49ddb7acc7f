/* SPDX-License-Identifier: MIT */
/* What the headers and the tests say of each op: tools/manual.inc, which `./dev ops` makes together
 * with docs/ops.md. */
#ifndef FLUXION_TOOLS_MANUAL_H
#define FLUXION_TOOLS_MANUAL_H

/* Errors are the largest that the tests see, in units of the last place; below 0: none measured. */
typedef struct manual_entry {
    const char *op;
    const char
        *calls;       /* the functions' declarations, a line break between; NULL: for rules alone */
    int order;        /* to which derivatives are checked; 0: there are none */
    double errors[4]; /* of values in f64, f32, of gradients in f64, f32 */
    const char *unit; /* of what the last place is: points, result, terms (docs/ops.md) */
    int texts[4];     /* numbers; -1 behind the last */
} manual_entry;

/* manual_find
 * The entry of an op; one without a call if there is none. */
const manual_entry *manual_find(const char *op);

/* manual_op
 * The op that a function applies, with or without fx_ ("randn": "normal"); NULL: none. */
const char *manual_op(const char *function);

/* manual_text
 * Part i of what the header says, in lines; NULL behind the last. */
const char *manual_text(const manual_entry *entry, int i);

#endif
