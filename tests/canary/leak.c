/* SPDX-License-Identifier: MIT */
/* Forgets a block: the only pointer to it is overwritten. */
#include <stdlib.h>

static void *volatile block;

int main(void) {
    block = malloc(64);
    block = NULL;
    return 0;
}
