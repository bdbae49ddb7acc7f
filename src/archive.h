/* SPDX-License-Identifier: MIT */
/* The inside of an archive, for its reader and its writer. */
#ifndef FLUXION_SRC_ARCHIVE_H
#define FLUXION_SRC_ARCHIVE_H

#include "context.h"
#include "fluxion/archive.h"

/* A limit of the format, for the JSON that comes before the data. */
enum { FX__ARCHIVE_HEADER_MOST = 100000000 };

#define FX__ARCHIVE_METADATA "__metadata__"

/* Items in the order of their arrival, and their numbers in the order of their names: in two runs,
 * of which the second, from settled on, holds the latest. Every item begins with its name. */
typedef struct fx__list {
    void *items;
    int64_t *sorted;
    int64_t count, settled, capacity, sorted_capacity;
    size_t item;
} fx__list;

/* The block of what was put, for fx__free. NULL for what was read: it lies in the archive's own. */
typedef struct fx__archive_array {
    fx_array array;
    char *block;
    size_t held;
} fx__archive_array;

typedef struct fx__archive_text {
    const char *key, *text;
    char *block;
    size_t held;
} fx__archive_text;

struct fx_archive {
    fx__owned owned;
    fx_context *cx;
    fx__list arrays, texts;
    char *strings, *data; /* what was read from a file */
    size_t strings_held, data_held;
};

/* What the format calls a dtype: "F32". */
extern const char *const fx__archive_dtypes[4];

/* fx__list_room
 * The place behind the last item, cleared; NULL after FX_ERR_MEMORY. It becomes an item when count
 * is raised and sorted set. */
void *fx__list_room(fx_context *cx, fx__list *list);

const char *fx__list_name(const fx__list *list, int64_t i);

/* fx__list_settle
 * Makes the two runs one. Both stay what they are, parts of a sorted whole. */
void fx__list_settle(const fx__list *list);

/* fx__list_sort
 * Makes sorted from the items at once. Returns a name that occurs twice, or NULL. */
const char *fx__list_sort(fx__list *list);

/* fx__archive_bool_fault
 * The first element that is neither 0 nor 1, or -1. */
int64_t fx__archive_bool_fault(fx_dtype dtype, const void *data, size_t bytes);

/* fx__copy_little
 * Copies the first n bytes of an array of items, little-endian on one of the two sides. */
void fx__copy_little(void *out, const void *in, size_t n, size_t item);

#endif
