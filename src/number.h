/* SPDX-License-Identifier: MIT */
/* Decimal numbers read and written exactly, whatever the locale. */
#ifndef FLUXION_SRC_NUMBER_H
#define FLUXION_SRC_NUMBER_H

#include "fluxion/base.h"

enum { FX__NUMBER_BYTES = 32 }; /* room for any number with its terminator */

/* fx__number_read
 * Reads a decimal number (sign, digits, point, exponent; inf, infinity, nan in any case) that
 * fills all n bytes of s. Correctly rounded to nearest, ties to even; overflow gives an infinity.
 * False, and *value 0, for anything else: hexadecimal, blanks, a decimal comma, an empty text. */
bool fx__number_read(const char *s, size_t n, double *value);

/* fx__number_write
 * Writes value with at most digits significant digits (1..17), in the form of printf's %.{digits}g,
 * correctly rounded; "nan", "inf", "-inf".  Returns the length. */
size_t fx__number_write(char out[FX__NUMBER_BYTES], double value, int digits);

/* fx__number_shortest
 * The form of fx__number_write with the fewest digits, but from 15 on, that reads back to the same
 * double; of subnormal numbers from 1 on. With single, from 6 on, to the same float. */
size_t fx__number_shortest(char out[FX__NUMBER_BYTES], double value, bool single);

#endif
