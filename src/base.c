/* SPDX-License-Identifier: MIT */
/* Names and sizes of the words in fluxion/base.h, as tables in the order of the enumerators. Values
 * that no enumerator has come from casts and from files; they get an answer too. */
#include "fluxion/base.h"

#define BASE_TEXT(x)             #x
#define BASE_VERSION(a, b, c)    BASE_TEXT(a) "." BASE_TEXT(b) "." BASE_TEXT(c)
#define BASE_KNOWN(value, table) ((size_t)(value) < sizeof(table) / sizeof(table)[0])

static const char *const base_statuses[] = {
    "ok", "argument", "shape", "dtype", "state", "data", "memory", "io", "format", "nan",
};

static const struct {
    const char *name;
    size_t size;
} base_dtypes[] = {{"f32", 4}, {"f64", 8}, {"i64", 8}, {"bool", 1}};

const char *fx_status_name(fx_status status) {
    return BASE_KNOWN(status, base_statuses) ? base_statuses[status] : "unknown";
}

const char *fx_version(void) {
    return BASE_VERSION(FX_VERSION_MAJOR, FX_VERSION_MINOR, FX_VERSION_PATCH);
}

const char *fx_dtype_name(fx_dtype dtype) {
    return BASE_KNOWN(dtype, base_dtypes) ? base_dtypes[dtype].name : "?";
}

size_t fx_dtype_size(fx_dtype dtype) {
    return BASE_KNOWN(dtype, base_dtypes) ? base_dtypes[dtype].size : 0;
}
