/* SPDX-License-Identifier: MIT */
/* The writer of the safetensors format. Metadata by key, arrays by dtype and then by name, which is
 * the order of the format's reference writer: wide items first, so that all data are aligned. */
#include <string.h>

#include "archive.h"
#include "file.h"
#include "json.h"
#include "size.h"

enum { WRITER_LENGTH_BYTES = 8, WRITER_ALIGN = 8 };

static const fx_dtype writer_dtypes[] = {FX_I64, FX_F64, FX_F32, FX_BOOL};

/* A walk over the arrays in the order of the file. */
typedef struct writer_walk {
    const fx_archive *archive;
    size_t dtype;
    int64_t place;
} writer_walk;

static const fx_array *writer_next(writer_walk *walk) {
    const fx__list *list = &walk->archive->arrays;
    const fx__archive_array *items = list->items;
    for (; walk->dtype < sizeof writer_dtypes / sizeof *writer_dtypes; walk->dtype++) {
        while (walk->place < list->count) {
            const fx_array *array = &items[list->sorted[walk->place++]].array;
            if (array->dtype == writer_dtypes[walk->dtype]) return array;
        }
        walk->place = 0;
    }
    return NULL;
}

static void writer_texts(fx__text *text, const fx__list *list) {
    const fx__archive_text *items = list->items;
    fx__json_put(text, FX__ARCHIVE_METADATA);
    for (int64_t i = 0; i < list->count; i++) {
        fx__put(text, i ? "," : ":{");
        fx__json_put(text, items[list->sorted[i]].key);
        fx__put(text, ":");
        fx__json_put(text, items[list->sorted[i]].text);
    }
    fx__put(text, "}");
}

static void writer_array(fx__text *text, const fx_array *array, size_t begin) {
    fx__json_put(text, array->name);
    fx__put_format(text, ":{\"dtype\":\"%s\",\"shape\":[", fx__archive_dtypes[array->dtype]);
    for (int32_t i = 0; i < array->shape.rank; i++)
        fx__put_format(text, i ? ",%lld" : "%lld", (long long)array->shape.dims[i]);
    fx__put_format(text, "],\"data_offsets\":[%zu,%zu]}", begin, begin + array->bytes);
}

static void writer_header(fx__text *text, const fx_archive *archive) {
    writer_walk walk = {archive, 0, 0};
    size_t begin = 0;
    fx__list_settle(&archive->texts);
    fx__list_settle(&archive->arrays);
    fx__put(text, "{");
    if (archive->texts.count) writer_texts(text, &archive->texts);
    for (const fx_array *array; (array = writer_next(&walk)) != NULL; begin += array->bytes) {
        if (text->length > 1) fx__put(text, ",");
        writer_array(text, array, begin);
    }
    fx__put(text, "}");
    while (text->length % WRITER_ALIGN) fx__put(text, " ");
}

/* Output that is cut where the caller's memory ends. */
typedef struct writer_out {
    char *bytes;
    size_t size, at;
} writer_out;

static void writer_put(writer_out *out, const void *bytes, size_t n, size_t item) {
    const size_t room = out->size > out->at ? out->size - out->at : 0;
    if (room) fx__copy_little(out->bytes + out->at, bytes, n < room ? n : room, item);
    out->at += n;
}

/* The size of header and data together. */
static bool writer_size(const fx_archive *archive, size_t *header, size_t *total) {
    fx_context *cx = archive->cx;
    fx__text text = fx__text_in(NULL, 0);
    const fx__archive_array *items = archive->arrays.items;
    bool fits = true;
    *total = WRITER_LENGTH_BYTES;
    for (int64_t i = 0; i < archive->arrays.count && fits; i++)
        fits = fx__bytes(total, *total, items[i].array.bytes, 0, NULL, 1);
    writer_header(&text, archive);
    *header = text.length;
    if (*header > FX__ARCHIVE_HEADER_MOST)
        return fx_fail(cx, FX_ERR_ARGUMENT, "archive: names and texts take %zu bytes, over %d",
                       *header, FX__ARCHIVE_HEADER_MOST),
               false;
    if (fits && fx__bytes(total, *total, *header, 0, NULL, 1)) return true;
    return fx__out_of_memory(cx, PTRDIFF_MAX), false;
}

size_t fx_archive_write(const fx_archive *archive, void *out, size_t size) {
    if (!archive || fx_error(archive->cx)) return 0;
    fx_context *cx = archive->cx;
    size_t header, total;
    if (!writer_size(archive, &header, &total)) return 0;
    if (!out || !size) return total;
    char *block = fx__alloc(cx, header + 1);
    if (!block) return 0;

    fx__text text = fx__text_in(block, header + 1);
    writer_header(&text, archive);
    writer_out to = {out, size, 0};
    const uint64_t length = header;
    writer_put(&to, &length, sizeof length, sizeof length);
    writer_put(&to, block, header, 1);
    fx__free(cx, block, header + 1);
    writer_walk walk = {archive, 0, 0};
    for (const fx_array *array; (array = writer_next(&walk)) != NULL;)
        writer_put(&to, array->data, array->bytes, fx_dtype_size(array->dtype));
    return total;
}

fx_status fx_archive_save(const fx_archive *archive, const char *path) {
    if (!archive) return FX_ERR_ARGUMENT;
    fx_context *cx = archive->cx;
    const size_t n = fx_archive_write(archive, NULL, 0);
    char *bytes = n ? fx__alloc(cx, n) : NULL;
    if (bytes && fx_archive_write(archive, bytes, n)) fx__file_write(cx, path, bytes, n);
    fx__free(cx, bytes, n);
    return fx_error(cx);
}
