/* SPDX-License-Identifier: MIT */
/* Writes one byte beyond a block. The size is hidden from the compiler, which would warn. */
#include <stdlib.h>

int main(void) {
    volatile size_t size = 16;
    char *block = malloc(size);
    if (!block) return 0;
    block[size] = 1;
    free(block);
    return 0;
}
