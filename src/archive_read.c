/* SPDX-License-Identifier: MIT */
/* The strict reader of the safetensors format. A file is 8 bytes of little-endian header length,
 * the header in JSON, and data. Every array names the span of its data; the spans must cover the
 * data from its first byte to its last without a hole and without an overlap, and every size is
 * checked before it is used. Beyond the specification's letter only blanks around the header are
 * accepted, as its reference reader does. */
#include <string.h>

#include "archive.h"
#include "file.h"
#include "json.h"
#include "order.h"
#include "size.h"

enum { READER_LENGTH_BYTES = 8, READER_ALIGN = 8, READER_QUOTE_BYTES = 160 };

typedef struct reader_span {
    uint64_t begin, end;
} reader_span;

typedef struct reader {
    fx_context *cx;
    const char *source;
    fx_archive *archive;
    fx__json json;
    char *room;         /* where the next decoded string goes */
    reader_span *spans; /* of the arrays, in their order */
    int64_t span_capacity;
    int64_t *order; /* the arrays by the place of their data */
    const char *data;
    size_t data_bytes;
} reader;

/* The JSON object of one array, while it is read. */
typedef struct reader_entry {
    const char *name, *dtype;
    uint64_t rank, spans[2];
    fx_shape shape;
    fx__text dims; /* as written: sizes may be far beyond int64_t */
    char dims_text[200];
    bool huge, shaped, placed;
} reader_entry;

/* A word of the file for a message, as JSON: it does not get to send newlines or escape sequences
 * to the user's terminal. */
static const char *reader_quote(char quoted[READER_QUOTE_BYTES], const char *word) {
    fx__text text = fx__text_in(quoted, READER_QUOTE_BYTES);
    fx__json_put(&text, word);
    return quoted;
}

/* Reports a fault of the file, or of one of its names. */
static bool reader_fail(const reader *r, const char *name, const char *format, ...) FX_PRINTF(3, 4);

static bool reader_fail(const reader *r, const char *name, const char *format, ...) {
    char quoted[READER_QUOTE_BYTES] = "", what[400];
    fx__text text = fx__text_in(what, sizeof what);
    if (name) reader_quote(quoted, name);
    va_list arguments;
    va_start(arguments, format);
    fx__put_vformat(&text, format, arguments);
    va_end(arguments);
    fx_fail(r->cx, FX_ERR_FORMAT, "%s: %s%s%s", r->source, quoted, name ? ": " : "", what);
    return false;
}

/* Whether the header still is JSON of the expected form; false after the error. */
static bool reader_sound(const reader *r) {
    if (!r->json.wrong) return true;
    return reader_fail(r, NULL, "byte %zu: %s", r->json.at, r->json.wrong);
}

static bool reader_shape(reader *r, reader_entry *entry) {
    entry->shaped = true;
    entry->dims = fx__text_in(entry->dims_text, sizeof entry->dims_text);
    fx__put(&entry->dims, "[");
    fx__json_open(&r->json, '[');
    while (fx__json_next(&r->json, ']')) {
        uint64_t size;
        if (!fx__json_unsigned(&r->json, &size)) break;
        if (entry->rank < FX_MAX_RANK) {
            entry->shape.dims[entry->rank] = (int64_t)(size & INT64_MAX);
            fx__put_format(&entry->dims, entry->rank ? ", %llu" : "%llu", (unsigned long long)size);
        }
        if (size > INT64_MAX) entry->huge = true;
        entry->rank++;
    }
    fx__put(&entry->dims, "]");
    return reader_sound(r);
}

static bool reader_offsets(reader *r, reader_entry *entry) {
    entry->placed = true;
    int count = 0;
    fx__json_open(&r->json, '[');
    while (fx__json_next(&r->json, ']')) {
        uint64_t offset;
        if (!fx__json_unsigned(&r->json, &offset)) break;
        if (count < 2) entry->spans[count] = offset;
        if (count < 3) count++;
    }
    if (!reader_sound(r)) return false;
    return count == 2 || reader_fail(r, entry->name, "data_offsets must be two numbers");
}

/* Reads the object of one array. */
static bool reader_entry_read(reader *r, reader_entry *entry) {
    char quoted[READER_QUOTE_BYTES];
    fx__json_open(&r->json, '{');
    while (fx__json_next(&r->json, '}')) {
        const char *key = fx__json_key(&r->json, &r->room);
        if (!key) break;
        const bool dtype = !strcmp(key, "dtype"), shape = !strcmp(key, "shape");
        const bool offsets = !strcmp(key, "data_offsets");
        if ((dtype && entry->dtype) || (shape && entry->shaped) || (offsets && entry->placed))
            return reader_fail(r, entry->name, "%s appears twice", key);
        if (dtype)
            entry->dtype = fx__json_string(&r->json, &r->room);
        else if (shape && !reader_shape(r, entry))
            return false;
        else if (offsets && !reader_offsets(r, entry))
            return false;
        else if (!shape && !offsets)
            return reader_fail(r, entry->name, "an array has no %s", reader_quote(quoted, key));
    }
    return reader_sound(r);
}

/* Checks what an entry says of itself; the result is its dtype and its bytes. */
static bool reader_entry_check(const reader *r, reader_entry *entry, fx_array *array) {
    const char *missing = !entry->dtype    ? "dtype"
                          : !entry->shaped ? "shape"
                          : !entry->placed ? "data_offsets"
                                           : NULL;
    if (missing) return reader_fail(r, entry->name, "%s is missing", missing);
    int dtype = 0;
    while (dtype < 4 && strcmp(entry->dtype, fx__archive_dtypes[dtype])) dtype++;
    if (dtype == 4) {
        char quoted[READER_QUOTE_BYTES];
        return reader_fail(r, entry->name, "dtype %s is none of F32, F64, I64, BOOL",
                           reader_quote(quoted, entry->dtype));
    }
    if (entry->rank > FX_MAX_RANK)
        return reader_fail(r, entry->name, "rank %llu is over %d", (unsigned long long)entry->rank,
                           FX_MAX_RANK);
    entry->shape.rank = (int32_t)entry->rank;
    array->name = entry->name;
    array->dtype = (fx_dtype)dtype;
    array->shape = entry->shape;
    const uint64_t begin = entry->spans[0], end = entry->spans[1];
    if (entry->huge || !fx__bytes(&array->bytes, 0, fx_dtype_size(array->dtype), entry->shape.rank,
                                  entry->shape.dims, 1))
        return reader_fail(r, entry->name, "shape %s is too large", entry->dims_text);
    if (begin > end || end - begin != array->bytes)
        return reader_fail(r, entry->name, "%s %s takes %zu bytes, not the span from %llu to %llu",
                           entry->dtype, entry->dims_text, array->bytes, (unsigned long long)begin,
                           (unsigned long long)end);
    return true;
}

static bool reader_array(reader *r, const char *name) {
    reader_entry entry = {.name = name};
    fx_array array = {0};
    if (!reader_entry_read(r, &entry) || !reader_entry_check(r, &entry, &array)) return false;
    fx__list *list = &r->archive->arrays;
    fx__archive_array *item = fx__list_room(r->cx, list);
    if (!item || !fx__grow(r->cx, &r->spans, &r->span_capacity, list->count + 1, sizeof *r->spans))
        return false;
    item->array = array;
    r->spans[list->count++] = (reader_span){entry.spans[0], entry.spans[1]};
    return true;
}

static bool reader_texts(reader *r) {
    fx__list *list = &r->archive->texts;
    fx__json_open(&r->json, '{');
    while (fx__json_next(&r->json, '}')) {
        const char *key = fx__json_key(&r->json, &r->room);
        const char *text = key ? fx__json_string(&r->json, &r->room) : NULL;
        if (!text) break;
        fx__archive_text *item = fx__list_room(r->cx, list);
        if (!item) return false;
        item->key = key, item->text = text;
        list->count++;
    }
    return reader_sound(r);
}

static bool reader_header(reader *r) {
    bool metadata = false;
    fx__json_open(&r->json, '{');
    while (fx__json_next(&r->json, '}')) {
        const char *name = fx__json_key(&r->json, &r->room);
        if (!name) break;
        const bool texts = strcmp(name, FX__ARCHIVE_METADATA) == 0;
        if (texts && metadata) return reader_fail(r, name, "appears twice");
        if (texts) metadata = true;
        if (texts ? !reader_texts(r) : !reader_array(r, name)) return false;
    }
    fx__json_end(&r->json);
    if (!reader_sound(r)) return false;
    const char *twice = fx__list_sort(&r->archive->arrays);
    if (!twice) twice = fx__list_sort(&r->archive->texts);
    return !twice || reader_fail(r, twice, "appears twice");
}

/* Empty arrays come before the one that begins where they lie. */
static bool reader_before(const void *user, int64_t a, int64_t b) {
    const reader_span *spans = user;
    if (spans[a].begin != spans[b].begin) return spans[a].begin < spans[b].begin;
    if (spans[a].end != spans[b].end) return spans[a].end < spans[b].end;
    return a < b;
}

/* Whether the spans cover the data exactly. Afterwards every span is known to lie inside. */
static bool reader_cover(reader *r) {
    const int64_t n = r->archive->arrays.count;
    for (int64_t i = 0; i < n; i++) r->order[i] = i;
    fx__order(r->order, n, reader_before, r->spans);
    uint64_t end = 0;
    for (int64_t i = 0; i < n; i++) {
        const reader_span span = r->spans[r->order[i]];
        if (span.begin != end)
            return reader_fail(r, fx__list_name(&r->archive->arrays, r->order[i]),
                               "data begins at %llu, but the data before it ends at %llu",
                               (unsigned long long)span.begin, (unsigned long long)end);
        end = span.end;
    }
    return end == r->data_bytes ||
           reader_fail(r, NULL, "the arrays take %llu bytes, but the file holds %zu",
                       (unsigned long long)end, r->data_bytes);
}

/* Copies the data into one block, each array aligned, which in a file it need not be. */
static bool reader_copy(reader *r) {
    fx_archive *archive = r->archive;
    fx__archive_array *items = archive->arrays.items;
    size_t total = READER_ALIGN; /* so that empty arrays have an address too */
    for (int64_t i = 0; i < archive->arrays.count; i++)
        if (!fx__bytes(&total, total, items[i].array.bytes, 0, NULL, READER_ALIGN))
            return fx__out_of_memory(r->cx, r->data_bytes), false;
    archive->data = fx__alloc(r->cx, total);
    if (!archive->data) return false;
    archive->data_held = total;
    char *to = archive->data;
    for (int64_t i = 0; i < archive->arrays.count; i++) {
        fx_array *array = &items[i].array;
        array->data = to;
        fx__copy_little(to, r->data + r->spans[i].begin, array->bytes, fx_dtype_size(array->dtype));
        const int64_t fault = fx__archive_bool_fault(array->dtype, to, array->bytes);
        if (fault >= 0)
            return reader_fail(r, array->name, "bool %lld is %d, neither 0 nor 1", (long long)fault,
                               (unsigned char)to[fault]);
        to += (array->bytes + READER_ALIGN - 1) / READER_ALIGN * READER_ALIGN;
    }
    return true;
}

/* Finds header and data in the file. */
static bool reader_begin(reader *r, const char *bytes, size_t n) {
    uint64_t length = 0;
    if (n < READER_LENGTH_BYTES)
        return reader_fail(r, NULL, "%zu bytes are too few for a safetensors file", n);
    for (size_t i = READER_LENGTH_BYTES; i-- > 0;) length = length << 8 | (unsigned char)bytes[i];
    if (length > FX__ARCHIVE_HEADER_MOST)
        return reader_fail(r, NULL, "not a safetensors file: a header of %llu bytes is over %d",
                           (unsigned long long)length, FX__ARCHIVE_HEADER_MOST);
    if (length > n - READER_LENGTH_BYTES)
        return reader_fail(r, NULL, "a header of %llu bytes in a file of %zu: cut off?",
                           (unsigned long long)length, n);
    const size_t start = READER_LENGTH_BYTES + (size_t)length;
    r->json = (fx__json){bytes, start, READER_LENGTH_BYTES, false, NULL};
    r->data = bytes + start;
    r->data_bytes = n - start;
    return true;
}

static bool reader_run(reader *r, const char *bytes, size_t n) {
    if (!reader_begin(r, bytes, n)) return false;
    fx_archive *archive = r->archive = fx_archive_new(r->cx);
    if (!archive) return false;
    const size_t header = r->json.n - r->json.at;
    archive->strings = r->room = fx__alloc(r->cx, header);
    if (header && !archive->strings) return false;
    archive->strings_held = header;
    if (!reader_header(r)) return false;
    const int64_t count = archive->arrays.count;
    int64_t capacity = 0;
    if (!fx__grow(r->cx, &r->order, &capacity, count, sizeof *r->order)) return false;
    const bool covered = reader_cover(r);
    fx__free(r->cx, r->order, (size_t)capacity * sizeof *r->order);
    return covered && reader_copy(r);
}

fx_archive *fx_archive_parse(fx_context *cx, const void *bytes, size_t n, const char *source) {
    if (fx_error(cx)) return NULL;
    reader r = {.cx = cx, .source = source ? source : "archive"};
    if (!bytes && n) return fx_fail(cx, FX_ERR_ARGUMENT, "%s: its bytes are NULL", r.source), NULL;
    const bool read = reader_run(&r, bytes, n);
    fx__free(cx, r.spans, (size_t)r.span_capacity * sizeof *r.spans);
    if (read) return r.archive;
    fx_archive_free(r.archive);
    return NULL;
}

fx_archive *fx_archive_load(fx_context *cx, const char *path) {
    char *bytes;
    size_t n, held;
    if (fx_error(cx) || !fx__file_read(cx, path, &bytes, &n, &held)) return NULL;
    fx_archive *archive = fx_archive_parse(cx, bytes, n, fx__file_name(path));
    fx__free(cx, bytes, held);
    return archive;
}
