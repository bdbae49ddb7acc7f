/* SPDX-License-Identifier: MIT */
/* Printing, for programs: the library itself never prints. Compiled into the user's program. */
#ifndef FLUXION_STDIO_H
#define FLUXION_STDIO_H

#include <stdio.h>
#include <stdlib.h>

#include "fluxion/tensor.h"

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

/* fx_print
 * Prints a tensor to standard output, as fx_tensor_text writes it, and a new line. */
static inline void fx_print(fx_tensor t) {
    const size_t size = fx_tensor_text(t, NULL, 0) + 1;
    char *text = (char *)malloc(size);
    if (!text) return;
    fx_tensor_text(t, text, size);
    puts(text);
    free(text);
}

#ifdef __cplusplus
}
#endif

#endif
