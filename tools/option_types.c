/* SPDX-License-Identifier: MIT */
/* The kinds of values that options take. Reading is strict: the whole word counts, and a number
 * must be finite and in its range, so that nothing is guessed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* --------------------------------------------------------------------------------- texts */

static bool flag_read(const char *text, void *value) {
    (void)text;
    *(bool *)value = true;
    return true;
}

static const char *flag_show(const void *value, int i, char room[OPTION_ROOM]) {
    (void)room;
    return i == 0 && *(const bool *)value ? "on" : NULL;
}

static bool text_read(const char *text, void *value) {
    *(const char **)value = text;
    return *text != '\0';
}

static const char *text_show(const void *value, int i, char room[OPTION_ROOM]) {
    (void)room;
    return i == 0 ? *(const char *const *)value : NULL;
}

static bool list_read(const char *text, void *value) {
    text_list *list = value;
    const char **more = realloc(list->at, sizeof *more * (size_t)(list->n + 1));
    if (!more) return false;
    list->at = more;
    list->at[list->n++] = text;
    return *text != '\0';
}

static const char *list_show(const void *value, int i, char room[OPTION_ROOM]) {
    const text_list *list = value;
    (void)room;
    return i < list->n ? list->at[i] : NULL;
}

/* A TAB is hard to type: its name will do. */
static bool separator_read(const char *text, void *value) {
    *(char *)value = strcmp(text, "tab") == 0 ? '\t' : text[0];
    return *(char *)value == '\t' || (text[0] && !text[1]);
}

static const char *separator_show(const void *value, int i, char room[OPTION_ROOM]) {
    char separator = *(const char *)value;
    if (i || !separator) return NULL;
    room[0] = separator, room[1] = '\0';
    return separator == '\t' ? "tab" : room;
}

/* -------------------------------------------------------------------------- whole numbers */

static bool whole_read(const char *text, uint64_t low, uint64_t high, uint64_t *value) {
    uint64_t sum = 0;
    for (const char *s = text; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        uint64_t digit = (uint64_t)(*s - '0');
        if (sum > (high - digit) / 10) return false;
        sum = 10 * sum + digit;
    }
    *value = sum;
    return *text && sum >= low;
}

static const char *whole_show(uint64_t value, int i, char room[OPTION_ROOM]) {
    if (i) return NULL;
    snprintf(room, OPTION_ROOM, "%llu", (unsigned long long)value);
    return room;
}

static bool count_read(const char *text, void *value) {
    uint64_t count;
    if (!whole_read(text, 1, INT64_MAX, &count)) return false;
    *(int64_t *)value = (int64_t)count;
    return true;
}

static const char *count_show(const void *value, int i, char room[OPTION_ROOM]) {
    return whole_show((uint64_t) * (const int64_t *)value, i, room);
}

static bool batch_read(const char *text, void *value) {
    if (strcmp(text, "full") != 0) return count_read(text, value);
    *(int64_t *)value = FX_FULL_BATCH;
    return true;
}

static const char *batch_show(const void *value, int i, char room[OPTION_ROOM]) {
    if (i == 0 && *(const int64_t *)value == FX_FULL_BATCH) return "full";
    return count_show(value, i, room);
}

static bool seed_read(const char *text, void *value) {
    return whole_read(text, 0, UINT64_MAX, value);
}

static const char *seed_show(const void *value, int i, char room[OPTION_ROOM]) {
    return whole_show(*(const uint64_t *)value, i, room);
}

static bool split_seed_read(const char *text, void *value) {
    uint64_t seed;
    if (!whole_read(text, 0, UINT32_MAX, &seed)) return false;
    *(uint32_t *)value = (uint32_t)seed;
    return true;
}

static const char *split_seed_show(const void *value, int i, char room[OPTION_ROOM]) {
    return whole_show(*(const uint32_t *)value, i, room);
}

/* -------------------------------------------------------------------------------- numbers */

static bool number_read(const char *text, double *value) {
    return fx_read_number(text, strlen(text), value) && isfinite(*value);
}

static const char *number_show(const void *value, int i, char room[OPTION_ROOM]) {
    if (i) return NULL;
    fx_write_number(room, OPTION_ROOM, *(const double *)value, 0);
    return room;
}

static bool positive_read(const char *text, void *value) {
    return number_read(text, value) && *(double *)value > 0;
}

static bool weight_read(const char *text, void *value) {
    return number_read(text, value) && *(double *)value >= 0;
}

static bool momentum_read(const char *text, void *value) {
    return weight_read(text, value) && *(double *)value < 1;
}

static bool fraction_read(const char *text, void *value) {
    return positive_read(text, value) && *(double *)value < 1;
}

static const char *fraction_show(const void *value, int i, char room[OPTION_ROOM]) {
    return *(const double *)value > 0 ? number_show(value, i, room) : NULL;
}

/* ---------------------------------------------------------------------------------- words */

static bool dtype_read(const char *text, void *value) {
    for (fx_dtype dtype = FX_F32; dtype <= FX_F64; dtype++) {
        if (strcmp(text, fx_dtype_name(dtype)) != 0) continue;
        *(fx_dtype *)value = dtype;
        return true;
    }
    return false;
}

static const char *dtype_show(const void *value, int i, char room[OPTION_ROOM]) {
    (void)room;
    return i ? NULL : fx_dtype_name(*(const fx_dtype *)value);
}

static bool missing_read(const char *text, void *value) {
    bool drop = strcmp(text, "drop") == 0;
    *(fx_missing *)value = drop ? FX_MISSING_DROP : FX_MISSING_ERROR;
    return drop || strcmp(text, "error") == 0;
}

static const char *missing_show(const void *value, int i, char room[OPTION_ROOM]) {
    (void)room;
    if (i) return NULL;
    return *(const fx_missing *)value == FX_MISSING_DROP ? "drop" : "error";
}

const option_type option_flag = {NULL, flag_read, flag_show};
const option_type option_text = {"a text", text_read, text_show};
const option_type option_list = {"a name", list_read, list_show};
const option_type option_count = {"a whole number from 1", count_read, count_show};
const option_type option_batch = {"a whole number from 1, or full", batch_read, batch_show};
const option_type option_seed = {"a whole number below 2^64", seed_read, seed_show};
const option_type option_split_seed = {"a whole number below 2^32", split_seed_read,
                                       split_seed_show};
const option_type option_positive = {"a number above 0", positive_read, number_show};
const option_type option_weight = {"a number from 0", weight_read, number_show};
const option_type option_momentum = {"a number from 0 to below 1", momentum_read, number_show};
const option_type option_fraction = {"a number between 0 and 1", fraction_read, fraction_show};
const option_type option_dtype = {"f32 or f64", dtype_read, dtype_show};
const option_type option_missing = {"error or drop", missing_read, missing_show};
const option_type option_separator = {"one character, or tab", separator_read, separator_show};
