/* SPDX-License-Identifier: MIT */
/* What an archive holds: arrays and texts, each found by name through a sorted list of numbers. An
 * insertion moves numbers only, and few: the latest are a list of their own, which is merged when
 * it is full. A whole file is sorted once, so that no choice of names makes reading quadratic. */
#include "archive.h"

#include <string.h>

#include "json.h"
#include "order.h"
#include "size.h"

enum { LIST_LATEST = 1024 };

const char *const fx__archive_dtypes[4] = {"F32", "F64", "I64", "BOOL"};

static void archive_destroy(fx_context *cx, fx__owned *owned) {
    (void)cx;
    fx_archive_free((fx_archive *)owned);
}

fx_archive *fx_archive_new(fx_context *cx) {
    if (fx_error(cx)) return NULL;
    fx_archive *archive = fx__alloc_zero(cx, sizeof *archive);
    if (!archive) return NULL;
    archive->cx = cx;
    archive->arrays.item = sizeof(fx__archive_array);
    archive->texts.item = sizeof(fx__archive_text);
    fx__own(cx, &archive->owned, archive_destroy);
    return archive;
}

fx_context *fx_archive_context(const fx_archive *archive) { return archive ? archive->cx : NULL; }

static void list_free(fx_context *cx, fx__list *list) {
    fx__free(cx, list->items, (size_t)list->capacity * list->item);
    fx__free(cx, list->sorted, (size_t)list->sorted_capacity * sizeof *list->sorted);
}

void fx_archive_free(fx_archive *archive) {
    if (!archive) return;
    fx_context *cx = archive->cx;
    fx__archive_array *arrays = archive->arrays.items;
    fx__archive_text *texts = archive->texts.items;
    for (int64_t i = 0; i < archive->arrays.count; i++)
        fx__free(cx, arrays[i].block, arrays[i].held);
    for (int64_t i = 0; i < archive->texts.count; i++) fx__free(cx, texts[i].block, texts[i].held);
    list_free(cx, &archive->arrays);
    list_free(cx, &archive->texts);
    fx__free(cx, archive->strings, archive->strings_held);
    fx__free(cx, archive->data, archive->data_held);
    fx__disown(cx, &archive->owned);
    fx__free(cx, archive, sizeof *archive);
}

const char *fx__list_name(const fx__list *list, int64_t i) {
    return *(const char *const *)((const char *)list->items + (size_t)i * list->item);
}

void *fx__list_room(fx_context *cx, fx__list *list) {
    if (!fx__grow(cx, &list->items, &list->capacity, list->count + 1, list->item)) return NULL;
    if (!fx__grow(cx, &list->sorted, &list->sorted_capacity, list->count + 1, sizeof *list->sorted))
        return NULL;
    return memset((char *)list->items + (size_t)list->count * list->item, 0, list->item);
}

/* Where name stands in a run of sorted, or would have to. */
static int64_t list_place(const fx__list *list, int64_t low, int64_t high, const char *name) {
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (strcmp(fx__list_name(list, list->sorted[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The number of the item with that name, or -1. */
static int64_t list_find(const fx__list *list, const char *name) {
    const int64_t ends[] = {0, list->settled, list->count};
    for (int run = 0; run < 2; run++) {
        const int64_t place = list_place(list, ends[run], ends[run + 1], name);
        if (place == ends[run + 1]) continue;
        const int64_t i = list->sorted[place];
        if (strcmp(fx__list_name(list, i), name) == 0) return i;
    }
    return -1;
}

/* From the last of the latest on: what belongs behind it moves as one. */
void fx__list_settle(const fx__list *list) {
    int64_t latest[LIST_LATEST], n = list->count - list->settled, end = list->settled;
    if (n) memcpy(latest, list->sorted + end, (size_t)n * sizeof *latest);
    for (; n > 0; n--) {
        const int64_t place = list_place(list, 0, end, fx__list_name(list, latest[n - 1]));
        int64_t *slot = list->sorted + place;
        memmove(slot + n, slot, (size_t)(end - place) * sizeof *slot);
        slot[n - 1] = latest[n - 1];
        end = place;
    }
}

/* Makes the item in the room behind the last one the last one. */
static void list_insert(fx__list *list) {
    if (list->count - list->settled == LIST_LATEST) {
        fx__list_settle(list);
        list->settled = list->count;
    }
    const char *name = fx__list_name(list, list->count);
    const int64_t place = list_place(list, list->settled, list->count, name);
    int64_t *slot = list->sorted + place;
    memmove(slot + 1, slot, (size_t)(list->count - place) * sizeof *slot);
    *slot = list->count++;
}

static bool list_before(const void *list, int64_t a, int64_t b) {
    return strcmp(fx__list_name(list, a), fx__list_name(list, b)) < 0;
}

const char *fx__list_sort(fx__list *list) {
    for (int64_t i = 0; i < list->count; i++) list->sorted[i] = i;
    fx__order(list->sorted, list->count, list_before, list);
    list->settled = list->count;
    for (int64_t i = 1; i < list->count; i++) {
        const char *name = fx__list_name(list, list->sorted[i]);
        if (strcmp(fx__list_name(list, list->sorted[i - 1]), name) == 0) return name;
    }
    return NULL;
}

void fx__copy_little(void *out, const void *in, size_t n, size_t item) {
    const uint16_t one = 1;
    const size_t mirror = *(const unsigned char *)&one ? 0 : item - 1;
    if (!mirror) {
        if (n) memcpy(out, in, n);
        return;
    }
    /* Flipping the low bits of an index mirrors the bytes within each item. */
    for (size_t i = 0; i < n; i++) ((char *)out)[i] = ((const char *)in)[i ^ mirror];
}

int64_t fx__archive_bool_fault(fx_dtype dtype, const void *data, size_t bytes) {
    const unsigned char *byte = data;
    for (size_t i = 0; dtype == FX_BOOL && i < bytes; i++)
        if (byte[i] > 1) return (int64_t)i;
    return -1;
}

/* Whether a name or a text can be stored; false after the error. */
static bool archive_word(fx_context *cx, const char *what, const char *word) {
    if (!word) return fx_fail(cx, FX_ERR_ARGUMENT, "archive: the %s is NULL", what), false;
    if (fx__is_utf8(word)) return true;
    return fx_fail(cx, FX_ERR_ARGUMENT, "archive: the %s is not UTF-8", what), false;
}

/* The bytes of an array; false after the error if it has none. */
static bool archive_sized(fx_context *cx, const char *name, fx_dtype dtype, const fx_shape *shape,
                          size_t *bytes) {
    char text[256];
    fx__text dims = fx__text_in(text, sizeof text);
    fx__put_dims(&dims, shape->rank, shape->dims);
    *bytes = 0;
    if (!fx_dtype_size(dtype))
        fx_fail(cx, FX_ERR_DTYPE, "archive: %s: unknown dtype %d", name, (int)dtype);
    else if (shape->rank < 0 || shape->rank > FX_MAX_RANK)
        fx_fail(cx, FX_ERR_SHAPE, "archive: %s: rank %d is outside 0..%d", name, (int)shape->rank,
                FX_MAX_RANK);
    else if (!fx__bytes(bytes, 0, fx_dtype_size(dtype), shape->rank, shape->dims, 1))
        fx_fail(cx, FX_ERR_SHAPE, "archive: %s: shape %s is negative or too large", name, text);
    else
        return true;
    return false;
}

/* Whether the archive can take the array; false after the error. */
static bool archive_takes(const fx_archive *archive, const fx_array *array) {
    fx_context *cx = archive->cx;
    const char *name = array->name;
    const int64_t fault =
        array->data ? fx__archive_bool_fault(array->dtype, array->data, array->bytes) : -1;
    if (strcmp(name, FX__ARCHIVE_METADATA) == 0)
        fx_fail(cx, FX_ERR_ARGUMENT, "archive: the name %s is the format's own", name);
    else if (list_find(&archive->arrays, name) >= 0)
        fx_fail(cx, FX_ERR_ARGUMENT, "archive: %s: there is an array of that name", name);
    else if (!array->data && array->bytes)
        fx_fail(cx, FX_ERR_ARGUMENT, "archive: %s: data is NULL", name);
    else if (fault >= 0)
        fx_fail(cx, FX_ERR_DATA, "archive: %s: bool %lld is %d, neither 0 nor 1", name,
                (long long)fault, ((const unsigned char *)array->data)[fault]);
    else
        return true;
    return false;
}

/* Copies data and name into one block of a new item. */
static fx_status archive_add(fx_archive *archive, const fx_array *array) {
    fx_context *cx = archive->cx;
    const size_t length = strlen(array->name) + 1;
    size_t held;
    if (!fx__bytes(&held, array->bytes, length, 0, NULL, 1))
        return fx__out_of_memory(cx, array->bytes);
    fx__archive_array *item = fx__list_room(cx, &archive->arrays);
    char *block = item ? fx__alloc(cx, held) : NULL;
    if (!block) return fx_error(cx);
    if (array->bytes) memcpy(block, array->data, array->bytes);
    memcpy(block + array->bytes, array->name, length);
    *item = (fx__archive_array){*array, block, held};
    item->array.name = block + array->bytes;
    item->array.data = block;
    list_insert(&archive->arrays);
    return FX_OK;
}

fx_status fx_archive_put(fx_archive *archive, const char *name, fx_dtype dtype, fx_shape shape,
                         const void *data) {
    if (!archive) return FX_ERR_ARGUMENT;
    fx_context *cx = archive->cx;
    fx_array array = {name, dtype, shape, data, 0};
    if (fx_error(cx) || !archive_word(cx, "name", name)) return fx_error(cx);
    if (!archive_sized(cx, name, dtype, &shape, &array.bytes)) return fx_error(cx);
    array.shape = fx_shape_n(shape.rank, shape.dims); /* zeros behind the last dimension */
    return archive_takes(archive, &array) ? archive_add(archive, &array) : fx_error(cx);
}

fx_status fx_archive_put_text(fx_archive *archive, const char *key, const char *text) {
    if (!archive) return FX_ERR_ARGUMENT;
    fx_context *cx = archive->cx;
    if (fx_error(cx) || !archive_word(cx, "key", key) || !archive_word(cx, "text", text))
        return fx_error(cx);
    const int64_t old = list_find(&archive->texts, key);
    fx__archive_text *item = fx__list_room(cx, &archive->texts);
    if (!item) return fx_error(cx);
    const size_t length = strlen(text) + 1, key_length = strlen(key) + 1;
    char *block = fx__alloc(cx, length + key_length);
    if (!block) return fx_error(cx);
    memcpy(block, text, length);
    memcpy(block + length, key, key_length);
    if (old >= 0) {
        item = (fx__archive_text *)archive->texts.items + old;
        fx__free(cx, item->block, item->held);
    }
    *item = (fx__archive_text){block + length, block, block, length + key_length};
    if (old < 0) list_insert(&archive->texts);
    return FX_OK;
}

int64_t fx_archive_count(const fx_archive *archive) { return archive ? archive->arrays.count : 0; }

fx_array fx_archive_at(const fx_archive *archive, int64_t i) {
    if (i < 0 || i >= fx_archive_count(archive)) return (fx_array){0};
    return ((const fx__archive_array *)archive->arrays.items)[i].array;
}

fx_array fx_archive_find(const fx_archive *archive, const char *name) {
    if (!archive || !name) return (fx_array){0};
    return fx_archive_at(archive, list_find(&archive->arrays, name));
}

const char *fx_archive_text(const fx_archive *archive, const char *key) {
    if (!archive || !key) return NULL;
    const int64_t i = list_find(&archive->texts, key);
    return i < 0 ? NULL : ((const fx__archive_text *)archive->texts.items)[i].text;
}
