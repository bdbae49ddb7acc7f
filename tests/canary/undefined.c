/* SPDX-License-Identifier: MIT */
/* Adds 1 to the largest int, which the compiler is not to see. */
#include <limits.h>

int main(void) {
    volatile int largest = INT_MAX;
    volatile int sum = largest + 1;
    return sum == 0;
}
