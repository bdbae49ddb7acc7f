/* SPDX-License-Identifier: MIT */
/* The entries of the ops. */
#include <stdio.h>
#include <string.h>

#include "manual.h"

#include "manual.inc"

enum { MANUAL_ENTRIES = (int)(sizeof manual_entries / sizeof *manual_entries) };

const manual_entry *manual_find(const char *op) {
    static const manual_entry none = {"", NULL, 0, {-1, -1, -1, -1}, "result", {-1}};
    for (int i = 0; i < MANUAL_ENTRIES; i++)
        if (strcmp(manual_entries[i].op, op) == 0) return &manual_entries[i];
    return &none;
}

const char *manual_op(const char *function) {
    char call[64];
    const int skip = strncmp(function, "fx_", 3) == 0 ? 3 : 0;
    const int n = snprintf(call, sizeof call, " fx_%s(", function + skip);
    for (int i = 0; i < MANUAL_ENTRIES && n < (int)sizeof call; i++)
        if (manual_entries[i].calls && strstr(manual_entries[i].calls, call))
            return manual_entries[i].op;
    return NULL;
}

const char *manual_text(const manual_entry *entry, int i) {
    return entry->texts[i] < 0 ? NULL : manual_texts[entry->texts[i]];
}
