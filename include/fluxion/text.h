/* SPDX-License-Identifier: MIT */
/* Numbers as text without the locale, and the word that was probably meant. */
#ifndef FLUXION_TEXT_H
#define FLUXION_TEXT_H

#include "fluxion/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_read_number
 * Reads a decimal number that fills all n bytes of s: sign, digits, point, exponent; inf, infinity
 * and nan in any case. Correctly rounded, ties to even; too large a number reads as an infinity.
 *
 *   ->   false, with *value 0, for anything else: blanks, a decimal comma, hexadecimal, no text
 */
FX_API bool fx_read_number(const char *s, size_t n, double *value);

/* fx_write_number
 * Writes value as printf's %.{digits}g does in the C locale, correctly rounded.
 *
 *   size     room in out, the terminator included; 32 is always enough
 *   digits   significant digits, 1..17 (more count as 17); 0 or less: the fewest that read back to
 *            the same double, with an exponent where 15 digits or that many would need one
 *   ->       the length of the number; if it does not fit, out is "": a number is never cut
 */
FX_API size_t fx_write_number(char *out, size_t size, double value, int digits);

/* fx_nearest
 * The choice that was probably meant by a mistyped word: at most two bytes inserted, left out,
 * replaced or swapped with their neighbour, and at most half of the word; ASCII letters compare
 * without case. Of equally near choices, the first.
 *
 *   n         how many choices; those that are NULL are passed over
 *   ->        one of choices; NULL if none is near
 */
FX_API const char *fx_nearest(const char *word, int n, const char *const *choices);

#ifdef __cplusplus
}
#endif

#endif
