/* SPDX-License-Identifier: MIT */
/* Exact values, exact slopes, and distances from them. */
#include <math.h>
#include <string.h>

#include "exact.h"
#include "kernel_data.h"

void exact_numbers(const case_row *row, int dtype, exact_operands *operands) {
    double values[CASE_ELEMENTS];
    memset(operands, 0, sizeof *operands);
    for (int i = 0; i < row->n; i++) {
        case_values(row, i, dtype, values);
        for (int64_t e = 0; e < case_numel(row->x[i]); e++) operands->x[i][e] = values[e];
    }
}

static void exact_reference(const case_row *row, const exact_operands *operands, case_number *y) {
    case_reference(row, (const case_number(*)[CASE_ELEMENTS])operands->x, y);
}

void exact_values(const case_row *row, int dtype, case_number *exact, case_number *absolute) {
    exact_operands operands;
    exact_numbers(row, dtype, &operands);
    exact_reference(row, &operands, exact);
    for (int i = 0; i < CASE_OPERANDS; i++)
        for (int64_t e = 0; e < CASE_ELEMENTS; e++)
            operands.x[i][e] = fabsl(creall(operands.x[i][e]));
    exact_reference(row, &operands, absolute);
}

double exact_error(const case_row *row, int dtype, double y, case_number exact,
                   case_number absolute) {
    const long double value = creall(exact);
    if (!row->sums || isnan(value)) return data_ulps(dtype, y, value);
    const long double size = fabsl(creall(absolute)), off = fabsl((long double)y - value);
    return off == 0 ? 0 : (double)(off / size * (dtype == FX_F32 ? 0x1p24L : 0x1p53L));
}

long double exact_slope(const case_row *row, exact_operands *operands, int i, int64_t e,
                        const double *seed, long double *size) {
    const long double h = 1e-200L;
    const case_number kept = operands->x[i][e];
    case_number y[CASE_ELEMENTS];
    long double slope = 0;
    operands->x[i][e] = kept + h * _Complex_I;
    exact_reference(row, operands, y);
    operands->x[i][e] = kept;
    *size = 0;
    for (int64_t k = 0; k < case_numel(row->y); k++) {
        const long double term = cimagl(y[k]) / h * (long double)seed[k];
        slope += term;
        *size += fabsl(term);
    }
    return slope;
}

bool exact_elementwise(const case_row *row) {
    bool plain = row->at && row->step == 0 && !row->flat;
    for (int i = 0; i < row->n; i++) plain = plain && fx_shape_equal(row->x[i], row->y);
    return plain;
}
