/* SPDX-License-Identifier: MIT */
/* Parameters to and from an archive. Reading looks at everything first and writes afterwards, when
 * nothing can fail any more. */
#include "params_file.h"

#include <string.h>

#include "fluxion/model.h"
#include "fluxion/text.h"

enum { SHAPE_TEXT_BYTES = FX_MAX_RANK * 32 };

/* A shape as "[10, 13]". */
static const char *shape_write(char out[SHAPE_TEXT_BYTES], fx_shape shape) {
    char *at = stpcpy(out, "[");
    for (int32_t i = 0; i < shape.rank; i++) {
        if (i) at = stpcpy(at, ", ");
        at += fx_write_number(at, 28, (double)shape.dims[i], 17);
    }
    stpcpy(at, "]");
    return out;
}

bool fx__array_fits(fx_context *cx, fx_status status, const char *source, const fx_archive *archive,
                    const char *name, fx_dtype dtype, fx_shape shape) {
    const fx_array array = fx_archive_find(archive, name);
    if (array.name && array.dtype == dtype && fx_shape_equal(array.shape, shape)) return true;
    char found[SHAPE_TEXT_BYTES], wanted[SHAPE_TEXT_BYTES];
    shape_write(wanted, shape);
    if (!array.name)
        fx_fail(cx, status,
                "%s: there is no array %s for the parameter %s %s; arrays and parameters must be "
                "the same",
                source, name, fx_dtype_name(dtype), wanted);
    else
        fx_fail(cx, status,
                "%s: array %s is %s %s, the parameter %s %s; dtype, layers and arrays must agree",
                source, name, fx_dtype_name(array.dtype), shape_write(found, array.shape),
                fx_dtype_name(dtype), wanted);
    return false;
}

fx_status fx_params_write(const fx_params *params, fx_archive *archive) {
    fx_context *cx = fx_params_context(params);
    if (!params) return FX_ERR_ARGUMENT;
    if (fx_error(cx)) return fx_error(cx);
    if (!archive) return fx_fail(cx, FX_ERR_ARGUMENT, "fx_params_write: the archive is NULL");
    fx_status status = FX_OK;
    for (int64_t i = 0; i < fx_params_count(params) && status == FX_OK; i++) {
        const fx_entry entry = fx_params_at(params, i);
        status =
            fx_archive_put(archive, entry.name, fx_params_dtype(params), entry.shape, entry.data);
    }
    return status;
}

/* Whether arrays and parameters are the same; false after the error. */
static bool params_fit(const fx_params *params, const fx_archive *archive, const char *source) {
    fx_context *cx = fx_params_context(params);
    const int64_t count = fx_params_count(params);
    for (int64_t i = 0; i < count; i++) {
        const fx_entry entry = fx_params_at(params, i);
        if (!fx__array_fits(cx, FX_ERR_FORMAT, source, archive, entry.name, fx_params_dtype(params),
                            entry.shape))
            return false;
    }
    if (fx_archive_count(archive) == count) return true;
    int64_t i = 0;
    while (fx_params_find(params, fx_archive_at(archive, i).name).name) i++;
    fx_fail(cx, FX_ERR_FORMAT,
            "%s: array %s belongs to no parameter; arrays and parameters must be the same", source,
            fx_archive_at(archive, i).name);
    return false;
}

fx_status fx__params_read(fx_params *params, const fx_archive *archive, const char *source) {
    fx_status status = FX_OK;
    if (!params_fit(params, archive, source)) return fx_error(fx_params_context(params));
    for (int64_t i = 0; i < fx_params_count(params) && status == FX_OK; i++) {
        const fx_entry entry = fx_params_at(params, i);
        const void *data = fx_archive_find(archive, entry.name).data;
        status = fx_params_dtype(params) == FX_F32 ? fx_write_f32(entry.tensor, entry.numel, data)
                                                   : fx_write_f64(entry.tensor, entry.numel, data);
    }
    return status;
}

fx_status fx_params_read(fx_params *params, const fx_archive *archive) {
    fx_context *cx = fx_params_context(params);
    if (!params) return FX_ERR_ARGUMENT;
    if (fx_error(cx)) return fx_error(cx);
    if (!archive) return fx_fail(cx, FX_ERR_ARGUMENT, "fx_params_read: the archive is NULL");
    return fx__params_read(params, archive, "fx_params_read");
}
