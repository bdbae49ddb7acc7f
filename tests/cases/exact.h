/* SPDX-License-Identifier: MIT */
/* What the references of rows say, in more digits than what they judge, and how far results are
 * from it. */
#ifndef FLUXION_TESTS_EXACT_H
#define FLUXION_TESTS_EXACT_H

#include "cases.h"

/* The operands of a row, rounded to the dtype. */
typedef struct exact_operands {
    case_number x[CASE_OPERANDS][CASE_ELEMENTS];
} exact_operands;

void exact_numbers(const case_row *row, int dtype, exact_operands *operands);

/* The values of a row, and what its reference makes of the operands' absolute values. */
void exact_values(const case_row *row, int dtype, case_number *exact, case_number *absolute);

/* |y - exact| in ulps of exact or, where the row sums, of that of the absolute values. */
double exact_error(const case_row *row, int dtype, double y, case_number exact,
                   case_number absolute);

/* The derivative of <y, seed> along element e of operand i, from a step of 1e-200 i; and the sum of
 * the absolute values of what was added for it. */
long double exact_slope(const case_row *row, exact_operands *operands, int i, int64_t e,
                        const double *seed, long double *size);

/* Whether each element of the result has its own element of every operand, and a slope. */
bool exact_elementwise(const case_row *row);

#endif
