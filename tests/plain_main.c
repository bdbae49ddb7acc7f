/* SPDX-License-Identifier: MIT */
/* The plain runner: plain [--list] [substring...]
 * All tests whose name contains one of the substrings, in one process, in the order of their names.
 * A line per failure, then the count; 1 if a test failed or none ran. */
#include <stdio.h>
#include <string.h>

#include "support.h"

static bool main_wants(const test_case *test, int n, char **words) {
    for (int i = 0; i < n; i++)
        if (strstr(test->name, words[i])) return true;
    return n == 0;
}

int main(int argc, char **argv) {
    const bool list = argc > 1 && strcmp(argv[1], "--list") == 0;
    const int skipped = list ? 2 : 1;
    int passed = 0, failed = 0;
    for (const test_case *test = test_list(); test; test = test->next) {
        if (!main_wants(test, argc - skipped, argv + skipped)) continue;
        if (list)
            puts(test->name);
        else if (test_passes(test))
            passed++;
        else
            failed++;
    }
    if (list) return 0;
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
