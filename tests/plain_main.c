/* SPDX-License-Identifier: MIT */
/* The plain runner: plain [--list] [substring...]
 * All tests whose name contains one of the substrings, in one process, in the order of their names.
 * A line per failure and per test skipped, then the counts; 1 if a test failed or none passed. */
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
    const int words = list ? 2 : 1;
    int count[] = {[TEST_PASSED] = 0, [TEST_FAILED] = 0, [TEST_SKIPPED] = 0};
    for (const test_case *test = test_list(); test; test = test->next) {
        if (!main_wants(test, argc - words, argv + words)) continue;
        if (list)
            puts(test->name);
        else
            count[test_judge(test)]++;
    }
    if (list) return 0;
    printf("%d passed, %d failed, %d skipped\n", count[TEST_PASSED], count[TEST_FAILED],
           count[TEST_SKIPPED]);
    return count[TEST_FAILED] > 0 || count[TEST_PASSED] == 0;
}
