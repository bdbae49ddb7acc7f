/* SPDX-License-Identifier: MIT */
/* Printing, for programs: the library itself never prints. Compiled into the user's program. */
#ifndef FLUXION_STDIO_H
#define FLUXION_STDIO_H

#include <stdio.h>

#include "fluxion/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* fx_report
 * Prints the context's error to standard error, if one stands.
 *
 *   ->   what main returns: 0 without an error, 1 with one
 */
static inline int fx_report(const fx_context *cx) {
    if (fx_error(cx) == FX_OK) return 0;
    fprintf(stderr, "%s\n", fx_error_text(cx));
    return 1;
}

#ifdef __cplusplus
}
#endif

#endif
