/* SPDX-License-Identifier: MIT */
/* Reading and writing numbers, as users see it: number.h with the manners of snprintf. */
#include <string.h>

#include "fluxion/text.h"
#include "number.h"

bool fx_read_number(const char *s, size_t n, double *value) {
    double unwanted;
    if (!value) value = &unwanted;
    *value = 0;
    return s && fx__number_read(s, n, value);
}

size_t fx_write_number(char *out, size_t size, double value, int digits) {
    char number[FX__NUMBER_BYTES];
    const size_t n = digits <= 0 ? fx__number_shortest(number, value, false)
                                 : fx__number_write(number, value, digits);
    if (!out || !size) return n;
    out[0] = '\0';
    if (n < size) memcpy(out, number, n + 1);
    return n;
}
