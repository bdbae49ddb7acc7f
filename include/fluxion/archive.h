/* SPDX-License-Identifier: MIT */
/* Named arrays and texts in one file: the safetensors format, strictly. */
#ifndef FLUXION_ARCHIVE_H
#define FLUXION_ARCHIVE_H

#include "fluxion/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fx_archive fx_archive;

/* One array of an archive. data is dense, row-major, and belongs to the archive. */
typedef struct fx_array {
    const char *name;
    fx_dtype dtype;
    fx_shape shape;
    const void *data;
    size_t bytes;
} fx_array;

/* fx_archive_new, fx_archive_free
 * An empty archive, to be filled and written. Freed by its context at the latest; NULL is fine. */
FX_API fx_archive *fx_archive_new(fx_context *cx);
FX_API void fx_archive_free(fx_archive *archive);
FX_API fx_context *fx_archive_context(const fx_archive *archive);

/* fx_archive_put, fx_archive_put_text
 * Adds a copy of an array or of a text (the file's __metadata__). A text put twice replaces the
 * first; an array put twice is FX_ERR_ARGUMENT. Names and texts are UTF-8. */
FX_API fx_status fx_archive_put(fx_archive *archive, const char *name, fx_dtype dtype,
                                fx_shape shape, const void *data);
FX_API fx_status fx_archive_put_text(fx_archive *archive, const char *key, const char *text);

/* fx_archive_count, fx_archive_at, fx_archive_find
 * The arrays, in the order put or stored. A name that is not there, or an index outside, gives an
 * array whose name is NULL. */
FX_API int64_t fx_archive_count(const fx_archive *archive);
FX_API fx_array fx_archive_at(const fx_archive *archive, int64_t i);
FX_API fx_array fx_archive_find(const fx_archive *archive, const char *name);

/* fx_archive_text
 * The text of a key, NULL if it is not there. */
FX_API const char *fx_archive_text(const fx_archive *archive, const char *key);

/* fx_archive_save
 * Writes the archive so that path holds either the old file or the whole new one, whatever happens
 * (a temporary file in the same folder, fsync, rename). The bytes depend on the contents alone.
 * FX_ERR_IO names operation, path and the system's reason; no temporary file stays behind. */
FX_API fx_status fx_archive_save(const fx_archive *archive, const char *path);

/* fx_archive_write
 * The same bytes into memory: copies at most size bytes to out.
 *
 *   ->   the bytes needed; 0 after an error
 */
FX_API size_t fx_archive_write(const fx_archive *archive, void *out, size_t size);

/* fx_archive_load, fx_archive_parse
 * Reads a file, or n bytes (source names them in messages). Everything is checked before anything
 * is believed: FX_ERR_FORMAT says what is wrong and where; dtypes other than F32, F64, I64 and BOOL
 * are refused by name. FX_ERR_IO if the file cannot be read.
 *
 *   ->   an archive of its own memory, or NULL
 */
FX_API fx_archive *fx_archive_load(fx_context *cx, const char *path);
FX_API fx_archive *fx_archive_parse(fx_context *cx, const void *bytes, size_t n,
                                    const char *source);

#ifdef __cplusplus
}
#endif

#endif
